//! Everything that a first `psalink send` lacks, reported at once with the lines for psalink.yaml.

use std::fmt::Write as _;

use psalink::config::SendConfig;
use psalink::error::Missing;
use psalink::mail::{AllowList, MailAddress};
use psalink::report::wrap;
use psalink::visible::visible;
use psalink::{Config, Error, ErrorKind};

use super::server::{PASSWORD, has_password};
use crate::args::SendArgs;
use crate::console::Console;
use crate::paths::show;
use crate::workers::{Job, Worker, Workers};

/// The recipients of a run.
pub struct People<'a> {
    pub to: &'a [MailAddress],
    /// The ones that were also confirmed with `--yes-send-to`.
    pub confirmed: &'a [MailAddress],
}

/// What neither the settings nor the command line provide.
#[derive(Default)]
struct MissingItems {
    recipients: bool,
    from: bool,
    /// Entries for `send.allow`.
    allow: Vec<String>,
    server: bool,
    /// The user name that has no password.
    password: Option<String>,
    /// The template that needs a portal.
    portal: Option<String>,
}

/// Reports what is missing if it is more than one thing, and returns whether it is. A single missing thing is reported
/// where it is needed, with its own error.
///
/// # Errors
///
/// An entry of `send.allow` that is not an address.
pub fn say_several(
    args: &SendArgs,
    workers: &Workers<'_>,
    jobs: &[Job],
    people: &People<'_>,
    console: &mut Console,
) -> Result<bool, Error> {
    let mut looked_at = Vec::new();
    for &job in jobs {
        let settings = workers.found.inputs[job.input].settings;
        if looked_at.contains(&settings) {
            continue;
        }
        looked_at.push(settings);
        let config = workers.session(job).config();
        let list = AllowList::new(&config.send.allow, people.confirmed)?;
        if !config.send.allow.is_empty() && people.to.iter().any(|address| !list.allows(address)) {
            return Ok(false); // a refused recipient is more important than anything else that is missing
        }
        let mut missing = MissingItems::of(args, &config.send, people);
        if missing.count() > 0 && !workers.sessions.has_portal(settings) {
            let of_settings = |job: &&Job| workers.found.inputs[job.input].settings == settings;
            missing.portal = jobs.iter().filter(of_settings).find_map(|job| needs_portal(workers, *job));
        }
        if missing.count() > 1 {
            console.error(&Error::new(ErrorKind::Missing, missing.text()));
            console.say(&wrap(&missing.lines(args, config), console.style.width, 0));
            return Ok(true);
        }
    }
    Ok(false)
}

/// The template of a job, if it cannot become a message without a portal.
fn needs_portal(workers: &Workers<'_>, job: Job) -> Option<String> {
    let mut worker = Worker::default();
    let template = workers.template(&mut worker, job).ok()?;
    let rewriter = workers.rewriter(&mut worker.rewriters, job);
    let error = workers.session(job).ready(&template, rewriter).err()?;
    (error.missing() == Some(Missing::Portal)).then(|| visible(&workers.found.inputs[job.input].name).into_owned())
}

impl MissingItems {
    fn of(args: &SendArgs, settings: &SendConfig, people: &People<'_>) -> MissingItems {
        let mut missing = MissingItems::default();
        if settings.allow.is_empty() {
            let unconfirmed = people.to.iter().filter(|address| !people.confirmed.contains(address));
            missing.allow.extend(unconfirmed.map(MailAddress::to_string));
        }
        if args.eml.is_some() {
            return missing;
        }
        missing.recipients = people.to.is_empty();
        if missing.recipients && settings.allow.is_empty() {
            missing.allow.push("*@msp.example".to_owned());
        }
        missing.from = args.from.is_none() && settings.from.is_none();
        if !args.dry_run {
            let is_named = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.is_empty());
            missing.server = !is_named(&args.smtp_host) && !is_named(&settings.smtp.host);
            let user = args.user.as_ref().or(settings.smtp.user.as_ref()).filter(|user| !user.is_empty());
            missing.password = user.filter(|_| !has_password(args)).cloned();
        }
        missing
    }

    fn count(&self) -> usize {
        let parts = [
            self.recipients,
            self.from,
            !self.allow.is_empty(),
            self.server,
            self.password.is_some(),
            self.portal.is_some(),
        ];
        parts.into_iter().filter(|is_missing| *is_missing).count()
    }

    /// The list of what is missing.
    fn text(&self) -> String {
        let mut text = format!("nothing was sent, because {} things are missing:", self.count());
        let mut item = |thing: String| text.push_str(&format!("\n  - {thing}"));
        if self.recipients {
            item("a recipient: use `--to you@msp.example`".to_owned());
        }
        if let Some(template) = &self.portal {
            item(format!("your portal, `portal`: `{template}` links to it"));
        }
        if self.from {
            item("the sender, `send.from`".to_owned());
        }
        if !self.allow.is_empty() {
            item("who may get previews, `send.allow`: only addresses that no customer reads".to_owned());
        }
        if self.server {
            item("the mail server, `send.smtp`".to_owned());
        }
        if let Some(user) = &self.password {
            item(format!("the password for `{user}`: put it in the environment variable {PASSWORD}"));
        }
        text
    }

    /// The lines for psalink.yaml, without indentation so that they can be copied.
    fn lines(&self, args: &SendArgs, config: &Config) -> String {
        let mut options = Vec::new();
        let mut lines = String::new();
        if self.portal.is_some() {
            lines.push_str("portal: acme\n");
            options.push("`--portal`");
        }
        if self.from || !self.allow.is_empty() || self.server {
            lines.push_str("send:\n");
        }
        if self.from {
            lines.push_str("  from: preview@msp.example\n");
            options.push("`--from`");
        }
        if !self.allow.is_empty() {
            let entries: Vec<String> = self.allow.iter().map(|entry| format!("\"{entry}\"")).collect();
            let _ = writeln!(lines, "  allow: [{}]", entries.join(", "));
            options.push("`--yes-send-to`");
        }
        if self.server {
            lines.push_str("  smtp: { host: smtp.msp.example, tls: starttls, user: preview@msp.example }\n");
            options.push("`--smtp-host`");
        }
        if lines.is_empty() {
            return String::new();
        }
        let SendConfig { from, allow, smtp } = &config.send;
        let has_send = from.is_some() || !allow.is_empty() || smtp.host.is_some() || smtp.user.is_some();
        let below = if has_send { ", below the `send:` that is there" } else { "" };
        let file = config.path().map_or_else(|| "psalink.yaml".to_owned(), show);
        let mut text = format!("\nAdd these lines to `{file}`{below}, with your own values:\n\n{lines}\n");
        if self.server && !has_password(args) {
            let _ = writeln!(text, "The password for the mail server goes into the environment variable {PASSWORD}.");
        }
        if let [option] = options.as_slice() {
            let _ = writeln!(text, "For one run, {option} does the same.");
        } else if let [most @ .., last] = options.as_slice() {
            let _ = writeln!(text, "For one run, {} and {last} do the same.", most.join(", "));
        }
        text
    }
}
