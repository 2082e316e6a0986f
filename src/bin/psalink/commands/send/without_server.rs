//! Messages that are not sent, but written to files or shown as a server would receive them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use psalink::Error;
use psalink::mail::MailAddress;

use super::packer::{OutgoingMessage, Packer};
use crate::atomic_write::{self, Before, lock};
use crate::console::Console;
use crate::panics;
use crate::paths::real_path;
use crate::previews::{self, PreviewMail};
use crate::transform::destination;

/// Writes each message to a file, and returns how many there are. A message that cannot be written is reported and does
/// not stop the others.
pub fn write_all(
    packer: &mut Packer<'_>,
    folder: &Path,
    mails: &[PreviewMail],
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
            let (outgoing, warnings) = packer.pack(mail)?;
            Ok((outgoing.message.bytes(to)?, warnings))
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

/// Shows each message as a server would receive it. Returns whether all of them could be shown.
pub fn show_all(packer: &mut Packer<'_>, mails: &[PreviewMail], to: &[MailAddress], console: &mut Console) -> bool {
    let mut all_shown = true;
    for mail in mails {
        let file = packer.file(mail);
        let shown = panics::caught(file, || {
            let (outgoing, warnings) = packer.pack(mail)?;
            Ok((shown(&outgoing, to)?, warnings))
        });
        match shown {
            Ok((shown, warnings)) => {
                console.say(&warnings);
                console.list(&shown);
            }
            Err(error) => {
                console.error(&error);
                all_shown = false;
            }
        }
    }
    all_shown
}

/// What a mail server would receive.
fn shown(outgoing: &OutgoingMessage, to: &[MailAddress]) -> Result<String, Error> {
    let head = outgoing.message.head(to)?;
    let mut text = format!("{}\n  envelope from: {}\n", outgoing.name, outgoing.message.from().address);
    for address in to {
        let _ = writeln!(text, "  envelope to:   {address}");
    }
    for line in head.lines() {
        let _ = writeln!(text, "    {line}");
    }
    let subject = outgoing.message.subject();
    if !head.lines().any(|line| line == format!("Subject: {subject}")) {
        let _ = writeln!(text, "  The subject is: {subject}");
    }
    Ok(text)
}
