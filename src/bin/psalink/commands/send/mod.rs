//! `psalink send`: sends previews to the addresses on the command line, and to no others.
//!
//! ```text
//! Workspace --previews::render_all--> [PreviewMail] --Packer--> Message --delivery--> mail server; --without_server--> .eml
//! ```

mod delivery;
mod missing;
mod packer;
mod server;
mod without_server;

use std::path::Path;

use psalink::mail::{AllowList, MailAddress, MailServer};
use psalink::{Error, ErrorKind};

use self::delivery::send_all;
use self::missing::People;
use self::packer::{Packer, sender};
use self::server::ServerOptions;
use self::without_server::{show_all, write_all};
use crate::args::SendArgs;
use crate::console::{Console, Status};
use crate::inputs::mails;
use crate::inputs::workspace::Workspace;
use crate::paths::show;
use crate::previews::{self, Previews};
use crate::wording::count;
use crate::workers::{Job, Workers};

pub fn run(args: &SendArgs, console: &mut Console) -> Result<Status, Error> {
    let (to, confirmed) = recipients(args)?;
    let outputs: Vec<&Path> = args.eml.as_deref().into_iter().collect();
    let overrides = args.templates.overrides();
    let workspace = Workspace::open(args.templates.or_here(), &overrides, &outputs, args.eml.is_some())?;
    workspace.say_errors(console);
    let workers = Workers::new(&workspace);
    let jobs = workers.jobs_of(&mails::bodies(&workspace.found));
    if jobs.is_empty() {
        return Ok(workspace.finish_empty("nothing to send", console));
    }
    let samples = mails::samples(&args.samples, &workspace.sessions, false)?;

    // Everything that can be checked is checked before the first message is sent.
    if missing::say_several(args, &workers, &jobs, &People { to: &to, confirmed: &confirmed }, console)? {
        return Ok(Status::Failed);
    }
    if to.is_empty() && args.eml.is_none() {
        return Err(Error::new(ErrorKind::Usage, "no recipients were given; use `--to you@msp.example`"));
    }
    let server = check(args, &workers, &jobs, &to, &confirmed)?;

    let Previews { mails, failed, problems, mut status } = previews::render_all(&workers, &samples, &jobs, console)?;
    status = status.max(workspace.status());
    let mut packer = Packer::new(args, &workers, console);
    let many = count(mails.len(), "message", "messages");
    let total = mails.len();
    // The reasons have already been reported.
    let lost = match failed.len() {
        0 => String::new(),
        failed => format!("; {} could not be turned into a message", count(failed, "template", "templates")),
    };
    let is_done = if let Some(folder) = &args.eml {
        let written = write_all(&mut packer, folder, &mails, &to, console)?;
        let many = count(written, "message", "messages");
        console.inform(&format!("{many} in `{}`{}{lost}", show(folder), eye(problems + packer.missing)));
        written == total
    } else if args.dry_run {
        let all_shown = show_all(&mut packer, &mails, &to, console);
        let through = server.map(|server| server.name()).unwrap_or_default();
        let eye = eye(problems + packer.missing);
        console.inform(&format!("{many} would go to {} through {through}; nothing was sent{eye}{lost}", people(&to)));
        all_shown
    } else if let Some(server) = server {
        let name = server.name();
        let delivered = send_all(server, &mut packer, mails, &to, console);
        delivered.say_failures(console);
        let many = if delivered.is_complete() { many } else { format!("{} of {many}", delivered.sent) };
        let eye = eye(problems + packer.missing);
        match total {
            0 => console.inform(&format!("nothing was sent{lost}")),
            _ => console.inform(&format!("{many} sent to {} through {name}{eye}{lost}", people(&to))),
        }
        delivered.is_complete()
    } else {
        true
    };
    if !is_done {
        status = Status::Failed;
    }
    if packer.missing > 0 {
        status = status.max(Status::Found);
    }
    Ok(status)
}

/// Checks that every message has a sender and may go to its recipients. Returns the one server for all messages, or
/// `None` if they go into files.
fn check(
    args: &SendArgs,
    workers: &Workers<'_>,
    jobs: &[Job],
    to: &[MailAddress],
    confirmed: &[MailAddress],
) -> Result<Option<MailServer>, Error> {
    let mut server = None;
    for job in jobs {
        let settings = &workers.session(*job).config().send;
        if !to.is_empty() {
            AllowList::new(&settings.allow, confirmed)?.check(to)?;
        }
        sender(args, settings)?;
        if args.eml.is_none() {
            let options = ServerOptions::of(args, settings, args.dry_run)?;
            match &server {
                None => server = Some(options),
                Some(first) if *first != options => {
                    let detail = format!(
                        "the templates have settings for different mail servers, {} and {}; send them separately, or use \
                         `--smtp-host`",
                        first.host, options.host
                    );
                    return Err(Error::new(ErrorKind::Usage, detail));
                }
                Some(_) => {}
            }
        }
    }
    server.map(|options| if args.dry_run { options.server(args) } else { options.signed_in(args) }).transpose()
}

/// The recipients, and those that were given twice.
fn recipients(args: &SendArgs) -> Result<(Vec<MailAddress>, Vec<MailAddress>), Error> {
    let mut to: Vec<MailAddress> = Vec::new();
    for text in &args.to {
        let address = MailAddress::parse(text)?;
        if !to.contains(&address) {
            to.push(address);
        }
    }
    let confirmed = args.yes_send_to.iter().map(|text| MailAddress::parse(text)).collect::<Result<Vec<_>, _>>()?;
    if let Some(stray) = confirmed.iter().find(|address| !to.contains(address)) {
        let detail = format!("`--yes-send-to {stray}` needs the same address in `--to`; add `--to {stray}`");
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    Ok((to, confirmed))
}

/// `me@msp.example and you@msp.example`
fn people(to: &[MailAddress]) -> String {
    match to {
        [only] => only.to_string(),
        [first, second] => format!("{first} and {second}"),
        _ => format!("{} recipients", to.len()),
    }
}

fn eye(problems: usize) -> String {
    match problems {
        0 => String::new(),
        _ => format!("; {} above needs attention", count(problems, "problem", "problems"))
            .replace("problems above needs", "problems above need"),
    }
}
