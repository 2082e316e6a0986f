//! Shows, records or leaves for review the messages that do not match their records.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use psalink::nearest::{did_you_mean, nearest};
use psalink::snapshot::pending;
use psalink::{Error, ErrorKind};

use super::counts::Counts;
use super::mail::{RecordState, TestedMail};
use super::mode::TestMode;
use crate::atomic_write::{Before, Notes};
use crate::console::Console;
use crate::paths::show;
use crate::prompt::{self, ReviewAnswer};

/// Shows, records or leaves for review what does not match.
pub fn settle(mode: &TestMode, all: &[TestedMail], counts: &mut Counts, console: &mut Console) {
    let groups = groups(mode, all);
    let is_same = |mail: &TestedMail| matches!(mail.state, RecordState::Same);
    let waiting = groups.iter().filter(|group| !is_same(group[0])).count();
    let mut at = 0;
    let mut has_quit = false;
    let mut accepted_template = None;
    let mut input = io::stdin().lock();
    for group in &groups {
        let (mail, others) = (group[0], &group[1..]);
        at += usize::from(!is_same(mail));
        let answer = match mode {
            _ if is_same(mail) => ReviewAnswer::Keep,
            TestMode::Accept(filter) if mail.fits(filter) => ReviewAnswer::Accept,
            TestMode::Show | TestMode::Check(_) | TestMode::Accept(_) => {
                try_to_show(mail, others, false, counts, console);
                ReviewAnswer::Skip
            }
            TestMode::New if matches!(mail.state, RecordState::New) => ReviewAnswer::Accept,
            TestMode::New => ReviewAnswer::Skip,
            TestMode::Review if has_quit => ReviewAnswer::Quit,
            TestMode::Review if accepted_template == Some(mail.input) => ReviewAnswer::Accept,
            TestMode::Review => {
                try_to_show(mail, others, true, counts, console);
                prompt::ask(&mail.question(others.len(), at, waiting), &mut input, console)
            }
        };
        has_quit |= answer == ReviewAnswer::Quit;
        if answer == ReviewAnswer::Template {
            accepted_template = Some(mail.input);
        }
        group.iter().for_each(|mail| settle_one(mode, mail, answer, counts, console));
    }
}

/// Messages that are shown and asked about together: those of one template that changed in the same way, and those that
/// are new where nobody looks at each.
fn groups<'a>(mode: &TestMode, all: &'a [TestedMail]) -> Vec<Vec<&'a TestedMail>> {
    let is_alike = |one: &TestedMail, other: &TestedMail| {
        let is_same_kind = match (&one.state, &other.state) {
            (RecordState::Changed(_), RecordState::Changed(_)) => one.outline == other.outline,
            (RecordState::New, RecordState::New) => !matches!(mode, TestMode::Review),
            _ => false,
        };
        let is_same_choice = match mode {
            TestMode::Accept(filter) => one.fits(filter) == other.fits(filter),
            _ => true,
        };
        is_same_kind && is_same_choice && one.record.dialect == other.record.dialect
    };
    let mut groups: Vec<Vec<&TestedMail>> = Vec::new();
    for template in all.chunk_by(|one, other| one.input == other.input) {
        let first = groups.len();
        for mail in template {
            match groups[first..].iter_mut().find(|group| is_alike(group[0], mail)) {
                Some(group) => group.push(mail),
                None => groups.push(vec![mail]),
            }
        }
    }
    groups
}

/// Does with one message what was answered.
fn settle_one(mode: &TestMode, mail: &TestedMail, answer: ReviewAnswer, counts: &mut Counts, console: &mut Console) {
    let is_accepted = matches!(answer, ReviewAnswer::Accept | ReviewAnswer::Template);
    let written = match answer {
        _ if matches!(mode, TestMode::Check(_)) => Ok(Notes::default()),
        ReviewAnswer::Skip if matches!(mode, TestMode::New) => Ok(Notes::default()),
        ReviewAnswer::Accept | ReviewAnswer::Template => mail
            .write(&mail.path, Before::read(mail.before.as_deref()))
            .and_then(|notes| mail.remove_pending().map(|()| notes)),
        ReviewAnswer::Keep => mail.remove_pending().map(|()| Notes::default()),
        // An unreadable file is left to the user; next to it `cargo insta` would stumble over it.
        ReviewAnswer::Skip | ReviewAnswer::Quit if matches!(mail.state, RecordState::Unreadable(_)) => {
            Ok(Notes::default())
        }
        ReviewAnswer::Skip | ReviewAnswer::Quit => mail.write(&pending(&mail.path), Before::Anything),
    };
    if let Ok(notes) = &written {
        console.notes(notes);
    }
    if let Err(error) = written {
        console.error(&error);
        counts.unwritten += 1;
    } else if is_accepted {
        if !matches!(mode, TestMode::New) {
            console.inform(&format!("recorded: {}", show(&mail.path)));
            mail.warn_if_empty(console);
        }
        counts.recorded += 1;
        return;
    }
    match mail.state {
        RecordState::Same => counts.same += 1,
        RecordState::New => counts.new += 1,
        RecordState::Changed(_) => counts.changed += 1,
        RecordState::Unreadable(_) => counts.unreadable += 1,
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
    let hint = match nearest(filter, names.iter().map(String::as_str)).map(did_you_mean) {
        Some(hint) => hint,
        None if Path::new(filter).exists() => {
            format!("to give a path, put it before `--accept`: `psalink test {filter} --accept`")
        }
        None => format!("the first name is `{}`", all[0].label()),
    };
    let detail = format!("nothing was recorded, because no message name contains `{filter}`; {hint}");
    Err(Error::new(ErrorKind::Usage, detail))
}

/// Shows a mail; what psalink gets wrong about one does not take the others with it.
fn try_to_show(mail: &TestedMail, others: &[&TestedMail], in_review: bool, counts: &mut Counts, console: &mut Console) {
    if let Err(error) = mail.try_to_show(others, in_review, console) {
        console.error(&error);
        counts.failed += 1;
    }
}
