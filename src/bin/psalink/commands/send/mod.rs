//! `psalink send`: mails previews, to the people whom the command line names and to nobody else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use psalink::report::full;
use psalink::{
    Error, ErrorKind, Fate, Guard, Letter, Level, Listener, Login, MailAddress, MailSender, MailServer, Password,
    Patience, Postman, SendConfig, Vocabulary, plain_file, read_pipe, visible,
};

use crate::args::SendArgs;
use crate::atomic_write::{self, Before, lock};
use crate::console::{Console, Status};
use crate::inputs::finder;
use crate::inputs::mails;
use crate::inputs::sessions::Sessions;
use crate::inputs::stdin;
use crate::panics;
use crate::paths::{real_path, show};
use crate::previews::{self, Mail, Previews};
use crate::transform::destination;
use crate::wording::{could_not, count};
use crate::workers::Workers;

/// Where the password may stand, so that nobody else reads it.
const PASSWORD: &str = "PSALINK_SMTP_PASSWORD";

/// The largest password that is read.
const LONGEST_PASSWORD: u64 = 4096;

/// The sender of files where nothing names one.
const NOBODY: &str = "preview@psalink.invalid";

/// A preview on its way.
struct Post {
    /// What messages call it.
    name: String,
    letter: Letter,
}

pub fn run(args: &SendArgs, console: &mut Console) -> Result<Status, Error> {
    std::thread::spawn(Vocabulary::builtin);
    let (to, confirmed) = recipients(args)?;
    let overrides = args.templates.overrides();
    let mut sessions = Sessions::new(&args.templates, &overrides)?;
    let templates = args.templates.or_here();
    let own: Vec<&Path> = args.eml.as_deref().into_iter().collect();
    let found = finder::find(&templates, &mut sessions, &own, args.eml.is_some())?;
    found.errors.iter().for_each(|error| console.error(error));
    let jobs = previews::jobs(&mails::bodies(&found), &sessions);
    if jobs.is_empty() {
        console.inform("nothing to send: no template (.html, .htm, .txt, .j2) was found");
        return Ok(if found.errors.is_empty() { Status::Clean } else { Status::Failed });
    }
    let samples = mails::samples(&args.samples, &sessions, false)?;

    // Everything that can be wrong is told before the first mail goes out.
    let workers = Workers::new(&args.templates, &sessions, &found);
    let mut server = None;
    for job in &jobs {
        let settings = &workers.session(*job).config().send;
        if !to.is_empty() {
            Guard::new(&settings.allow, &confirmed)?.check(&to)?;
        }
        sender(args, settings)?;
        if args.eml.is_none() {
            let this = way(args, settings, args.dry_run)?;
            match &server {
                None => server = Some(this),
                Some(first) if *first != this => {
                    let detail = format!(
                        "the templates have settings with different mail servers, {} and {}; send them one after the \
                         other, or say `--smtp-host`",
                        first.host, this.host
                    );
                    return Err(Error::new(ErrorKind::Usage, detail));
                }
                Some(_) => {}
            }
        }
    }
    let server = server.map(|way| if args.dry_run { way.server(args) } else { way.signed_in(args) }).transpose()?;

    let Previews { mails, failed, problems, mut status } = previews::render_all(&workers, &samples, &jobs, console)?;
    if !found.errors.is_empty() {
        status = Status::Failed;
    }
    let mut packer =
        Packer { args, workers: &workers, style: console.style, quiet: console.quiet, said: Vec::new(), missing: 0 };
    let many = count(mails.len(), "mail", "mails");
    if let Some(folder) = &args.eml {
        let written = write_all(&mut packer, folder, &mails, &to, console)?;
        if written < mails.len() {
            status = Status::Failed;
        }
        let many = count(written, "mail", "mails");
        console.inform(&format!("{many} in `{}`{}", show(folder), eye(problems + packer.missing)));
    } else if args.dry_run {
        for mail in &mails {
            let file = packer.file(mail);
            let shown = panics::caught(file, || {
                let (post, warnings) = packer.pack(mail)?;
                Ok((shown(&post, &to)?, warnings))
            });
            match shown {
                Ok((shown, warnings)) => {
                    console.say(&warnings);
                    console.list(&shown);
                }
                Err(error) => {
                    console.error(&error);
                    status = Status::Failed;
                }
            }
        }
        let through = server.map(|server| server.name()).unwrap_or_default();
        let eye = eye(problems + packer.missing);
        console.inform(&format!("{many} would go to {} through {through}; nothing was sent{eye}", people(&to)));
    } else if let Some(server) = server {
        let all_sent = send_all(server, &mut packer, mails, &to, problems, console);
        if !all_sent {
            status = Status::Failed;
        }
    }
    if packer.missing > 0 {
        status = status.max(Status::Found);
    }
    if !failed.is_empty() {
        let names: Vec<String> = failed.iter().map(|name| format!("`{name}`")).collect();
        let detail = format!(
            "{} could not be made a mail, see above: {}",
            count(failed.len(), "template", "templates"),
            names.join(", ")
        );
        console.error(&Error::new(ErrorKind::Template, detail));
    }
    Ok(status)
}

/// The recipients, and those of them that were named twice.
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
        let detail = format!(
            "`--yes-send-to {stray}` confirms an address that is not among the recipients; say `--to {stray}` as well"
        );
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    if to.is_empty() && args.eml.is_none() {
        let detail = "nobody is named who gets the previews; say `--to you@msp.example`";
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    Ok((to, confirmed))
}

fn sender(args: &SendArgs, settings: &SendConfig) -> Result<MailSender, Error> {
    match args.from.as_deref().or(settings.from.as_deref()) {
        Some(from) => MailSender::parse(from),
        None if args.eml.is_some() => MailSender::parse(NOBODY),
        None => {
            let detail = "no sender is set; add `send: { from: preview@msp.example }` to psalink.yaml, or say `--from \
                          preview@msp.example`";
            Err(Error::new(ErrorKind::Missing, detail))
        }
    }
}

/// The way to a mail server, as far as it may stand in psalink.yaml.
#[derive(Debug, PartialEq, Eq)]
struct Way {
    host: String,
    port: Option<u16>,
    tls: Option<psalink::TlsConfig>,
    user: Option<String>,
}

fn way(args: &SendArgs, settings: &SendConfig, may_lack: bool) -> Result<Way, Error> {
    let smtp = &settings.smtp;
    let host = match args.smtp_host.as_ref().or(smtp.host.as_ref()).filter(|host| !host.is_empty()) {
        Some(host) => host.clone(),
        None if may_lack => "a mail server that is not set yet".to_owned(),
        None => {
            let detail = "no mail server is set (`send.smtp.host`); add `send: { smtp: { host: smtp.msp.example, tls: starttls, \
                          user: preview@msp.example } }` to psalink.yaml, or say `--smtp-host smtp.msp.example`";
            return Err(Error::new(ErrorKind::Missing, detail));
        }
    };
    Ok(Way {
        host,
        port: args.smtp_port.or(smtp.port),
        tls: args.tls.map(Into::into).or(smtp.tls),
        user: args.user.as_ref().or(smtp.user.as_ref()).filter(|user| !user.is_empty()).cloned(),
    })
}

impl Way {
    fn server(&self, args: &SendArgs) -> Result<MailServer, Error> {
        let mut server = MailServer::new(&self.host, self.port, self.tls);
        server.patience = Patience::of(Duration::from_secs(args.timeout.into()));
        if let Some(file) = &args.tls_ca {
            server.trust(file)?;
        }
        Ok(server)
    }

    fn signed_in(&self, args: &SendArgs) -> Result<MailServer, Error> {
        let mut server = self.server(args)?;
        let is_asked = args.password_file.is_some() || args.password_stdin;
        server.login = match (&self.user, is_asked) {
            (Some(user), _) => {
                if user.contains(char::is_control) {
                    let detail = "the name to sign in with (`send.smtp.user`) holds a line end, or another letter that cannot be typed";
                    return Err(Error::new(ErrorKind::Usage, detail));
                }
                Some(Login { user: user.clone(), password: password(args, user)? })
            }
            (None, true) => {
                let detail = "there is a password, and nobody whose it is; add `send: { smtp: { user: preview@msp.example } }` \
                              to psalink.yaml, or say `--user preview@msp.example`";
                return Err(Error::new(ErrorKind::Missing, detail));
            }
            (None, false) => None,
        };
        Ok(server)
    }
}

/// The password. No message here may hold a part of it.
fn password(args: &SendArgs, user: &str) -> Result<Password, Error> {
    let not_text = |what: &str| Error::new(ErrorKind::Encoding, format!("the password in {what} is not UTF-8"));
    if args.password_stdin {
        if args.templates.paths.iter().any(|path| path.as_os_str() == "-") {
            let detail = "the standard input cannot be both a template (`-`) and the password; use `--password-file`";
            return Err(Error::new(ErrorKind::Usage, detail));
        }
        return read_pipe(|| Ok(std::io::stdin()), LONGEST_PASSWORD, stdin::patience())
            .map_err(|error| could_not("read", Path::new("the standard input"), error))
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| not_text("the standard input")))
            .and_then(Password::new);
    }
    if let Some(path) = &args.password_file {
        return plain_file::read_named(path, LONGEST_PASSWORD)
            .map_err(|error| could_not("read the password in", path, error))
            .and_then(|bytes| String::from_utf8(bytes).map_err(|_| not_text("the file")))
            .and_then(Password::new)
            .map_err(|error| error.at(show(path)));
    }
    match std::env::var(PASSWORD) {
        Ok(text) => Password::new(text).map_err(|error| error.at(PASSWORD)),
        Err(std::env::VarError::NotUnicode(_)) => Err(not_text(PASSWORD)),
        Err(std::env::VarError::NotPresent) => {
            let detail = format!(
                "there is no password for `{user}`; put it into the environment variable {PASSWORD}, or say \
                 `--password-file FILE` or `--password-stdin`"
            );
            Err(Error::new(ErrorKind::Missing, detail))
        }
    }
}

/// Makes letters of mails, each when it is needed: a thousand with their pictures would not fit into memory.
struct Packer<'a> {
    args: &'a SendArgs,
    workers: &'a Workers<'a>,
    style: full::Style,
    quiet: bool,
    /// What was said of pictures.
    said: Vec<String>,
    /// How many pictures could not go with their mails.
    missing: usize,
}

impl<'a> Packer<'a> {
    /// What messages call the template of a mail.
    fn file(&self, mail: &Mail) -> &'a str {
        &self.workers.found.inputs[mail.job.input].name
    }

    /// A mail as a letter, and what is to be said of its pictures.
    fn pack(&mut self, mail: &Mail) -> Result<(Post, String), Error> {
        let file = self.file(mail);
        let from = sender(self.args, &self.workers.session(mail.job).config().send)?;
        let psa = if self.args.templates.dialect.len() > 1 { format!(" for {}", mail.psa) } else { String::new() };
        let name = format!("`{}`{psa} with the sample `{}`", visible(file), mail.sample);
        let mut letter = Letter::new(mail.rendered.clone(), file, &mail.sample, from);
        let mut warnings = String::new();
        if self.args.inline_images {
            let folder = Path::new(file).parent().unwrap_or(Path::new(""));
            for problem in letter.inline_images(folder) {
                self.missing += 1;
                let known = format!("{file} {problem}");
                if !self.quiet && !self.said.contains(&known) {
                    let message = format!("{name}: {problem}");
                    warnings.push_str(&full::write_message(Level::Warning, &message, self.style));
                    self.said.push(known);
                }
            }
        }
        Ok((Post { name, letter }, warnings))
    }
}

/// Writes each mail into a file; gives how many there are. One that cannot be written is named, and costs no other.
fn write_all(
    packer: &mut Packer<'_>,
    folder: &Path,
    mails: &[Mail],
    to: &[MailAddress],
    console: &mut Console,
) -> Result<usize, Error> {
    let workers = packer.workers;
    let names = previews::file_names(workers, mails);
    let paths: Vec<PathBuf> = names.iter().map(|name| folder.join(format!("{name}.eml"))).collect();
    if let Some(path) = paths.iter().find(|path| workers.found.real.contains(&real_path(path))) {
        return Err(destination::overwrites(path));
    }
    paths.iter().try_for_each(|path| atomic_write::check_inside(folder, path))?;
    atomic_write::make_folder(folder)?;
    let _lock = lock::take([folder])?;
    let mut written = 0;
    for (path, mail) in paths.iter().zip(mails) {
        let packed = panics::caught(packer.file(mail), || {
            let (post, warnings) = packer.pack(mail)?;
            Ok((post.letter.bytes(to)?, warnings))
        });
        let written_to = packed.and_then(|(bytes, warnings)| {
            console.say(&warnings);
            atomic_write::replace_inside(folder, path, &bytes, Before::Anything)
        });
        match written_to {
            Ok(notes) => {
                console.notes(&notes);
                written += 1;
            }
            Err(error) => console.error(&error),
        }
    }
    Ok(written)
}

/// What a mail server would be told of a letter.
fn shown(post: &Post, to: &[MailAddress]) -> Result<String, Error> {
    let head = post.letter.head(to)?;
    let mut text = format!("{}\n  envelope from: {}\n", post.name, post.letter.from().address);
    for address in to {
        let _ = writeln!(text, "  envelope to:   {address}");
    }
    for line in head.lines() {
        let _ = writeln!(text, "    {line}");
    }
    let subject = post.letter.subject();
    if !head.lines().any(|line| line == format!("Subject: {subject}")) {
        let _ = writeln!(text, "  The subject reads: {subject}");
    }
    Ok(text)
}

/// Sends every letter, and says what became of it. Gives whether all of them have gone out.
fn send_all(
    server: MailServer,
    packer: &mut Packer<'_>,
    mails: Vec<Mail>,
    to: &[MailAddress],
    problems: usize,
    console: &mut Console,
) -> bool {
    let bar = console.start_bar_of(mails.len(), "mails");
    let (mut sent, total) = (0, mails.len());
    let (mut not_sent, mut unknown) = (Vec::new(), Vec::new());
    let name = server.name();
    {
        let is_verbose = console.verbose;
        let console = std::cell::RefCell::new(&mut *console);
        let tell = |line: &str| console.borrow_mut().say(&format!("{line}\n"));
        let mut postman = Postman::new(server, is_verbose.then(|| Box::new(tell) as Listener<'_>));
        for mail in mails {
            let file = packer.file(&mail);
            let packed = panics::caught(file, || {
                let (post, warnings) = packer.pack(&mail)?;
                // What is wrong with its bytes is told before a server hears of it.
                post.letter.bytes(to)?;
                Ok((post, warnings))
            });
            let (Post { name, mut letter }, warnings) = match packed {
                Ok(packed) => packed,
                Err(error) => {
                    not_sent.push((format!("`{file}`"), error.to_string()));
                    bar.inc(1);
                    continue;
                }
            };
            console.borrow_mut().say(&warnings);
            letter.make_unique();
            let deliveries = postman.send(&letter, to);
            let mut console = console.borrow_mut();
            sent += usize::from(deliveries.iter().all(|delivery| delivery.fate == Fate::Sent));
            for delivery in deliveries {
                let what = format!("{name} to {}", delivery.to);
                let word = match delivery.fate {
                    Fate::Sent => "sent",
                    Fate::NotSent(reason) => {
                        not_sent.push((what.clone(), reason));
                        "not sent"
                    }
                    Fate::Unknown(reason) => {
                        unknown.push((what.clone(), reason));
                        "may have arrived"
                    }
                };
                if !console.quiet {
                    console.list(&format!("{what}: {word}\n"));
                }
            }
            bar.inc(1);
        }
        postman.finish();
    }
    console.end_bar();
    for (list, what) in
        [(&not_sent, "not sent"), (&unknown, "answered by nobody: it may have arrived, so it is not sent again")]
    {
        if list.is_empty() {
            continue;
        }
        let mut text = match list.as_slice() {
            [(what_, reason)] => format!("{what_} was {what}: {reason}"),
            _ => format!("{} mails were {what}:", list.len())
                .replace("it may have arrived, so it is", "they may have arrived, so they are"),
        };
        if list.len() > 1 {
            for (what, reason) in list {
                let _ = write!(text, "\n  {what}: {reason}");
            }
        }
        console.say(&full::write_message(Level::Error, &text, console.style));
    }
    let all_sent = not_sent.is_empty() && unknown.is_empty();
    let many =
        if all_sent { count(total, "mail", "mails") } else { format!("{sent} of {}", count(total, "mail", "mails")) };
    let line = format!("{many} sent to {} through {name}{}", people(to), eye(problems + packer.missing));
    console.inform(&line);
    all_sent
}

/// `me@msp.example and you@msp.example`
fn people(to: &[MailAddress]) -> String {
    match to {
        [one] => one.to_string(),
        [one, other] => format!("{one} and {other}"),
        _ => format!("{} recipients", to.len()),
    }
}

fn eye(problems: usize) -> String {
    match problems {
        0 => String::new(),
        _ => format!("; {} above needs your eye", count(problems, "problem", "problems"))
            .replace("problems above needs", "problems above need"),
    }
}
