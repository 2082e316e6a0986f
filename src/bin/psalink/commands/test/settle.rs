//! What happens to messages that are not as recorded: they are shown, recorded, or left for review.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use psalink::nearest::nearest;
use psalink::snapshot::pending;
use psalink::{Error, ErrorKind};

use super::counts::Counts;
use super::mail::{State, TestedMail};
use super::mode::TestMode;
use crate::atomic_write::{Before, Notes};
use crate::console::Console;
use crate::paths::show;
use crate::prompt::{self, Answer};

/// Shows, records or leaves for review what is not as recorded.
pub fn settle(mode: &TestMode, all: &[TestedMail], counts: &mut Counts, console: &mut Console) {
    let waiting = all.iter().filter(|mail| !matches!(mail.state, State::Same)).count();
    let mut at = 0;
    let mut has_quit = false;
    let mut input = io::stdin().lock();
    for mail in all {
        let is_same = matches!(mail.state, State::Same);
        at += usize::from(!is_same);
        let answer = match mode {
            _ if is_same => Answer::Keep,
            TestMode::Accept(filter) if mail.fits(filter) => Answer::Accept,
            TestMode::Show | TestMode::Check(_) | TestMode::Accept(_) => {
                try_to_show(mail, false, counts, console);
                Answer::Skip
            }
            TestMode::New if matches!(mail.state, State::New) => Answer::Accept,
            TestMode::New => Answer::Skip,
            TestMode::Review if has_quit => Answer::Quit,
            TestMode::Review => {
                try_to_show(mail, true, counts, console);
                prompt::ask(&mail.question(at, waiting), &mut input, console)
            }
        };
        has_quit |= answer == Answer::Quit;
        let written = match answer {
            _ if matches!(mode, TestMode::Check(_)) => Ok(Notes::default()),
            Answer::Skip if matches!(mode, TestMode::New) => Ok(Notes::default()),
            Answer::Accept => mail
                .write(&mail.path, Before::read(mail.before.as_deref()))
                .and_then(|notes| mail.remove_pending().map(|()| notes)),
            Answer::Keep => mail.remove_pending().map(|()| Notes::default()),
            // An unreadable file is left to the user; next to it `cargo insta` would stumble over it.
            Answer::Skip | Answer::Quit if matches!(mail.state, State::Unreadable(_)) => Ok(Notes::default()),
            Answer::Skip | Answer::Quit => mail.write(&pending(&mail.path), Before::Anything),
        };
        if let Ok(notes) = &written {
            console.notes(notes);
        }
        if let Err(error) = written {
            console.error(&error);
            counts.unwritten += 1;
        } else if answer == Answer::Accept {
            if !matches!(mode, TestMode::New) {
                console.inform(&format!("recorded: {}", show(&mail.path)));
                mail.warn_if_empty(console);
            }
            counts.recorded += 1;
            continue;
        }
        match mail.state {
            State::Same => counts.same += 1,
            State::New => counts.new += 1,
            State::Changed(_) => counts.changed += 1,
            State::Unreadable(_) => counts.unreadable += 1,
        }
    }
}

/// Checks that a filter matches a message, so that a typo does not look like success.
pub fn check_filter(filter: &str, all: &[TestedMail]) -> Result<(), Error> {
    if all.iter().any(|mail| mail.fits(filter)) {
        return Ok(());
    }
    let mut names: BTreeSet<String> = BTreeSet::new();
    for mail in all {
        let stem = mail.name.file_name().trim_end_matches(".snap").to_owned();
        let template = stem.rsplitn(3, '.').nth(2).unwrap_or(&stem).to_owned();
        names.extend([template, mail.record.template.clone(), mail.record.sample.clone(), stem]);
    }
    let hint = match nearest(filter, names.iter().map(String::as_str)) {
        Some(near) => near.question(),
        None if Path::new(filter).exists() => {
            format!("to give a path, put it before `--accept`: `psalink test {filter} --accept`")
        }
        None => format!("the first name is `{}`", all[0].label()),
    };
    let detail = format!("nothing was recorded, because no message name contains `{filter}`; {hint}");
    Err(Error::new(ErrorKind::Usage, detail))
}

/// Shows a mail; what psalink gets wrong about one does not take the others with it.
fn try_to_show(mail: &TestedMail, in_review: bool, counts: &mut Counts, console: &mut Console) {
    if let Err(error) = mail.try_to_show(in_review, console) {
        console.error(&error);
        counts.failed += 1;
    }
}
