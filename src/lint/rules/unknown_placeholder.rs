//! A placeholder that is not in any list, usually because it is misspelled.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::damaged_names::{ENCODED, damaged_names};
use crate::lint::names::How;
use crate::lint::placeholders::{damage, write};
use crate::lint::{Case, Check, Context, Rewrite, Rule, Token, When, foreign};
use crate::nearest::nearest;
use crate::parse::document::{Flaw, Part, PartKind, Place, Spelling};
use crate::parse::follows_encoded_mark;
use crate::source::look_alike::first_in_words;
use crate::span::Span;
use crate::vocabulary::{Dialect, Nearest, Shape};

/// A placeholder is not in any list.
pub const RULE: Rule = Rule {
    name: "unknown-placeholder",
    level: Level::Warning,
    also: &[UNLISTED],
    when: When::NotesOncePerName,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder is misspelled, or not in any list that psalink knows",
    page: include_str!("../../../fixtures/rules/unknown-placeholder.md"),
    checks: &[Check::AllParts(check), Check::Placeholder(look_alike)],
};

pub(crate) const UNLISTED: Case = Case {
    level: Level::Note,
    when: "for a name that is not a typo of a known one, because the lists are not complete",
};

/// What to report about a name that the template's dialect does not know.
enum NameVerdict {
    /// One of the dialect's own names was meant.
    Near(Nearest),
    /// Another PSA's name was meant; the last field is this PSA's name for its meaning, if it has one.
    NearOther(usize, String, Option<String>),
    /// It has the same parts or meaning as known names, but the list is not complete, so it may exist.
    Alike(Nearest),
    /// It is close to no name, and the list is not complete, but it misspells a word that names are made of.
    Misspelled(String),
    /// It is not close to any name; `true` if the list is complete.
    Far(bool),
    /// It is text in brackets.
    NoPlaceholder,
}

/// How many unknown names in one template are compared with the lists. A template with more is not for that PSA.
const LOOKED_UP: usize = 200;

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut verdicts: HashMap<String, NameVerdict> = HashMap::new();
    let mut has_more = false;
    for part in cx.document.parts().iter().filter(|part| part.place.is_visible()) {
        let (name, shape) = match &part.kind {
            PartKind::Placeholder(spelling) if spelling.known.is_empty() => (spelling.name.clone(), spelling.shape),
            PartKind::FillIn => (cx.document.text(part.span).trim_matches(['[', ']']).to_owned(), Shape::Set),
            _ => continue,
        };
        if cx.is_in_portal_host(part.span) {
            continue;
        }
        if !verdicts.contains_key(&name) {
            match verdicts.len().cmp(&LOOKED_UP) {
                Ordering::Less => verdicts.insert(name.clone(), judge(cx, part, &name, shape)),
                Ordering::Equal if !has_more => {
                    has_more = true;
                    found.push(RULE.in_case(UNLISTED, too_many(part.span)));
                    continue;
                }
                _ => continue,
            };
        }
        let is_glued = part.span.start.checked_sub(1).is_some_and(|at| {
            let byte = cx.bytes()[at as usize];
            let is_word = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b']';
            is_word && !follows_encoded_mark(cx.bytes(), part.span.start as usize)
        });
        // `host[index]` is not a placeholder, unless its name says so.
        let verdict = verdicts.get(&name).filter(|verdict| {
            !(is_glued && matches!(verdict, NameVerdict::Far(_) | NameVerdict::Misspelled(_) | NameVerdict::Alike(_)))
        });
        found.extend(verdict.and_then(|verdict| finding(cx, (part.place, part.span), &name, verdict)));
    }
    let names = damaged_names(cx);
    for damaged in &names.damaged {
        let replaceable = damaged.is_replaceable(cx);
        let at = (damaged.place, damaged.span);
        found.extend(of_damaged(cx, at, &damaged.name, (damaged.damage(cx), replaceable), &mut verdicts));
    }
    for other in names.other.iter().filter(|other| other.right.is_none()) {
        let damage = match other.how {
            How::Encoded => ENCODED,
            _ => ", in brackets that only look like square ones",
        };
        found.extend(of_damaged(cx, (other.place, other.span), &other.name, (damage, true), &mut verdicts));
    }
}

/// `[ѕrnumber]`, whose first letter is Cyrillic.
fn look_alike(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some()
        || !matches!(token.worst_flaw(), Some(Flaw::LookAlike))
    {
        return;
    }
    let written = htmlize::unescape(cx.document.text(token.part.span));
    let characters = first_in_words(&written).unwrap_or_default();
    let name = &token.spelling.name;
    let message = format!("this placeholder has {characters}, so the PSA does not see `[{name}]`");
    found.push(damage(cx, &RULE, token, message, Safety::Safe));
}

/// A misspelled name in damaged brackets; what is not close to a name is text.
fn of_damaged(
    cx: &Context<'_>,
    at: (Place, Span),
    name: &str,
    (damage, is_replaceable): (&str, bool),
    verdicts: &mut HashMap<String, NameVerdict>,
) -> Option<Diagnostic> {
    if !verdicts.contains_key(name) {
        if verdicts.len() >= LOOKED_UP {
            return None;
        }
        let shape = if name.contains(": ") { Shape::Set } else { Shape::Word };
        verdicts.insert(name.to_owned(), judge_name(cx, name, shape));
    }
    let verdict = verdicts.get(name)?;
    if !matches!(verdict, NameVerdict::Near(near) if near.is_slip) {
        return None;
    }
    let mut finding = finding(cx, at, name, verdict)?;
    finding.message = format!("{}{damage}", finding.message).into();
    if !is_replaceable {
        finding.fix = None;
    }
    Some(finding)
}

/// Whether a part is clearly text in brackets, not a placeholder of this PSA: `[see below]`.
pub(in crate::lint) fn is_text(cx: &Context<'_>, part: &Part) -> bool {
    let (name, shape) = match &part.kind {
        PartKind::Placeholder(spelling) if spelling.known.is_empty() => (spelling.name.as_str(), spelling.shape),
        PartKind::FillIn => return without_colon(cx, part).is_none(),
        _ => return false,
    };
    // `[Case: ID]` is right if the PSA calls tickets that, which the settings may not say.
    if name
        .split_once(": ")
        .is_some_and(|(_, field)| shape == cx.dialect().shape && field.starts_with(char::is_uppercase))
    {
        return false;
    }
    let mut texts = cx.texts.borrow_mut();
    if let Some(is_text) = texts.get(name) {
        return *is_text;
    }
    let is_text = texts.len() < LOOKED_UP && matches!(judge(cx, part, name, shape), NameVerdict::NoPlaceholder);
    if texts.len() < LOOKED_UP {
        texts.insert(name.to_owned(), is_text);
    }
    is_text
}

fn judge(cx: &Context<'_>, part: &Part, name: &str, shape: Shape) -> NameVerdict {
    if part.kind == PartKind::FillIn {
        let right = without_colon(cx, part);
        return right.map_or(NameVerdict::NoPlaceholder, |name| {
            NameVerdict::Near(Nearest { name, others: Vec::new(), is_sure: true, is_slip: true })
        });
    }
    judge_name(cx, name, shape)
}

fn judge_name(cx: &Context<'_>, name: &str, shape: Shape) -> NameVerdict {
    let dialect = cx.dialect();
    if let Some(right) = seen_as(cx, name, shape) {
        let is_sure = dialect.is_complete_in(right, &cx.settings.language);
        return NameVerdict::Near(Nearest { name: right.to_owned(), others: Vec::new(), is_sure, is_slip: true });
    }
    if shape != dialect.shape {
        return near_other(cx, name, shape).unwrap_or(NameVerdict::NoPlaceholder);
    }
    let language = &cx.settings.language;
    if let Some(near) = dialect.nearest(name, language) {
        let is_wrong = near.is_slip || dialect.is_complete_in(name, language);
        return if is_wrong { NameVerdict::Near(near) } else { NameVerdict::Alike(near) };
    }
    match name.split_once(": ") {
        // `[Queue: second]` is text; so is `[Ticket: see below]`, since field names begin with a capital letter.
        Some((set, field)) if !dialect.has_prefix(set) || field.starts_with(char::is_lowercase) => {
            NameVerdict::NoPlaceholder
        }
        Some(_) => NameVerdict::Far(dialect.is_complete_in(name, language) && is_written_in(cx, language)),
        None if is_prose(cx, name) => NameVerdict::NoPlaceholder,
        None => match misspelled_word(cx, name).filter(|_| !dialect.is_complete_in(name, language)) {
            Some(help) => NameVerdict::Misspelled(help),
            None => NameVerdict::Far(dialect.is_complete_in(name, language)),
        },
    }
}

/// Words that people put in brackets for readers.
#[rustfmt::skip]
const PROSE: [&str; 22] = [
    "confidential", "deleted", "develop", "edited", "emphasis", "external", "illegible", "image", "important", "inaudible",
    "internal", "laughs", "master", "notice", "omitted", "pause", "private", "quote", "redacted", "resolved", "translated",
    "unclear",
];

/// Whether a word in brackets is a remark or a label, not a name: `[sic]`, `[main]`.
fn is_prose(cx: &Context<'_>, name: &str) -> bool {
    let is_word = name.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_name = || cx.vocabulary.looks_like_name(name) || misspelled_word(cx, name).is_some();
    is_word && (PROSE.contains(&name) || name.len() < 5 && !cx.dialect().is_complete_for(name) && !is_name())
}

/// The name that people take this one for: `Ticket: ID` for `Ticket.ID`. A single word is not the name of several words.
fn seen_as<'a>(cx: &Context<'a>, name: &str, shape: Shape) -> Option<&'a str> {
    let has_parts = || {
        name.chars().any(|character| !character.is_alphanumeric())
            || name.chars().filter(|character| character.is_uppercase()).count() > 1
    };
    let dialect = cx.dialect();
    (shape == dialect.shape || has_parts()).then(|| dialect.seen_as(name, &cx.settings.language)).flatten()
}

/// Whether a name was meant for another PSA.
fn near_other(cx: &Context<'_>, name: &str, shape: Shape) -> Option<NameVerdict> {
    // A short word in brackets is just a word.
    if shape == Shape::Word && name.len() < 6 {
        return None;
    }
    cx.vocabulary.dialects().iter().enumerate().filter(|(_, other)| other.shape == shape).find_map(|(index, other)| {
        let near = |language: &String| other.nearest(name, language).filter(|near| near.is_slip);
        let near = other.languages.iter().find_map(near)?;
        let meanings = other.find(&near.name).map(|known| &other.placeholder(known).means);
        let right = meanings.and_then(|meanings| meanings.iter().find_map(|meaning| cx.token(meaning)));
        Some(NameVerdict::NearOther(index, near.name, right.map(str::to_owned)))
    })
}

/// Whether a template clearly uses the names of a language: it has one that no other language has.
fn is_written_in(cx: &Context<'_>, language: &str) -> bool {
    let bit = cx.dialect().language_bit(language);
    let is_of_language =
        |spelling: &Spelling| spelling.known_in(cx.settings.dialect).is_some_and(|known| known.languages == bit);
    cx.dialect().languages.len() < 2 || cx.document.parts().iter().filter_map(Part::spelling).any(is_of_language)
}

/// The placeholder that text in brackets would be if it had a colon: `[Ticket Number]`.
pub(in crate::lint) fn without_colon(cx: &Context<'_>, part: &Part) -> Option<String> {
    let dialect = cx.dialect();
    if part.kind != PartKind::FillIn || dialect.shape != Shape::Set {
        return None;
    }
    let text = cx.document.text(part.span);
    let text = text.trim_matches(['[', ']']);
    if let Some(right) = dialect.seen_as(text, &cx.settings.language) {
        return Some(right.to_owned());
    }
    text.match_indices(' ').take(4).find_map(|(at, _)| {
        let (known, name) = dialect.find_folded(&format!("{}: {}", &text[..at], &text[at + 1..]))?;
        dialect.placeholder(known).use_instead.is_none().then_some(name)
    })
}

fn finding(cx: &Context<'_>, (place, span): (Place, Span), name: &str, verdict: &NameVerdict) -> Option<Diagnostic> {
    let dialect = cx.dialect();
    let has_not = || format!("{} has no placeholder `[{name}]`", dialect.title);
    let fix = |finding: Diagnostic, right: &str, safety| {
        let title = format!("write `[{right}]`");
        finding.help(title.clone()).fix(title, safety, write(place, span, format!("[{right}]")))
    };
    match verdict {
        NameVerdict::Near(near) => {
            let right = &near.name;
            let is_listed = near.is_sure || dialect.is_complete_in(name, &cx.settings.language);
            let message = if is_listed { has_not() } else { misspelled(name, near) };
            let finding = RULE.at(span, message);
            Some(match near.is_sure {
                true => fix(finding, right, Safety::Suggested),
                // Nothing shows which of several is meant.
                false if !near.others.is_empty() => finding.help(near.question()),
                false => fix(finding, right, Safety::Shown),
            })
        }
        NameVerdict::Alike(near) => {
            Some(RULE.in_case(UNLISTED, unlisted(dialect, &format!("[{name}]"), span).help(near.question())))
        }
        NameVerdict::NearOther(other, other_name, right) => {
            let other = &cx.vocabulary.dialects()[*other];
            let message = format!("{}; it looks like `[{other_name}]` of {}", has_not(), other.title);
            let finding = RULE.at(span, message);
            Some(match right {
                Some(right) => fix(finding, right, Safety::Shown),
                None => finding.help(format!("remove it: {} would print it unchanged", dialect.title)),
            })
        }
        NameVerdict::Far(true) => Some(RULE.at(span, has_not()).help(format!("check the spelling; {ADD_YOUR_OWN}"))),
        NameVerdict::Misspelled(help) => {
            Some(RULE.in_case(UNLISTED, unlisted(dialect, &format!("[{name}]"), span).help(help.clone())))
        }
        NameVerdict::Far(false) => Some(RULE.in_case(UNLISTED, unlisted(dialect, &format!("[{name}]"), span))),
        NameVerdict::NoPlaceholder => None,
    }
}

fn misspelled(name: &str, near: &Nearest) -> String {
    let names: Vec<String> =
        std::iter::once(&near.name).chain(&near.others).map(|right| format!("`[{right}]`")).collect();
    format!("`[{name}]` looks like a misspelled {}", names.join(" or "))
}

/// A misspelled word in a name, although psalink knows no name to suggest: `compnay`.
fn misspelled_word(cx: &Context<'_>, name: &str) -> Option<String> {
    let near = nearest(name, cx.vocabulary.dialects().iter().flat_map(Dialect::subjects))?;
    let word = near.sure().filter(|word| word.len() > 4 && *word != name)?;
    Some(format!("`{name}` looks like a misspelled `{word}`; {ADD_YOUR_OWN}"))
}

fn too_many(span: Span) -> Diagnostic {
    let message =
        format!("psalink looks up {LOOKED_UP} unknown placeholders of a file, and this one and others are more");
    RULE.at(span, message).help("check that this template is for the PSA that psalink takes it for")
}

const ADD_YOUR_OWN: &str = "you can add your own placeholders under `vocabulary` in psalink.yaml";

/// The findings about placeholders of a template that are in no list.
pub(crate) fn findings(cx: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    check(cx, &mut found);
    found
}

/// A placeholder that is in no list and close to no name.
pub(crate) fn unlisted(dialect: &Dialect, token: &str, span: Span) -> Diagnostic {
    RULE.at(span, format!("psalink does not know `{token}` of {}", dialect.title))
        .help(format!("check the spelling; {ADD_YOUR_OWN}"))
}
