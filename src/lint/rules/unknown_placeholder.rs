//! A placeholder that is not in any list: most often a misspelled one.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::placeholders::write;
use crate::lint::{Case, Check, Context, Rewrite, Rule, When};
use crate::parse::document::{Part, PartKind, Spelling};
use crate::parse::follows_encoded_sign;
use crate::span::Span;
use crate::vocabulary::{Dialect, Nearest, Shape};

/// A placeholder is not in any list.
pub const RULE: Rule = Rule {
    name: "unknown-placeholder",
    level: Level::Warning,
    also: &[UNLISTED],
    when: When::NotesOncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder is misspelled, or not in any list that psalink knows",
    page: include_str!("../../../fixtures/rules/unknown-placeholder.md"),
    checks: &[Check::AllParts(check)],
};

pub(crate) const UNLISTED: Case =
    Case { level: Level::Note, when: "for a name that resembles no known one, because the lists are not complete" };

/// What to report about a name that the dialect of the template does not know.
enum Verdict {
    /// One of the dialect's own names was meant.
    Near(Nearest),
    /// A name of another PSA was meant, and this one has none or the second of that meaning.
    NearOther(usize, String, Option<String>),
    /// It is near no name; `true` where the list is complete.
    Far(bool),
    /// Text in brackets.
    NoPlaceholder,
}

/// How many names of one template are compared with the lists. A template with more is not for that PSA.
const LOOKED_UP: usize = 200;

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut verdicts: HashMap<String, Verdict> = HashMap::new();
    for part in cx.document.parts().iter().filter(|part| part.place.is_visible()) {
        let (name, shape) = match &part.kind {
            PartKind::Placeholder(spelling) if spelling.known.is_empty() => (spelling.name.clone(), spelling.shape),
            PartKind::FillIn => (cx.document.text(part.span).trim_matches(['[', ']']).to_owned(), Shape::Set),
            _ => continue,
        };
        if cx.is_in_portal_host(part.span) {
            continue;
        }
        if verdicts.len() < LOOKED_UP && !verdicts.contains_key(&name) {
            verdicts.insert(name.clone(), look(cx, part, &name, shape));
        }
        let is_glued = part.span.start.checked_sub(1).is_some_and(|at| {
            let byte = cx.bytes()[at as usize];
            let is_word = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b']';
            is_word && !follows_encoded_sign(cx.bytes(), part.span.start as usize)
        });
        // `host[index]` is not a placeholder, unless its name says so.
        let verdict = verdicts.get(&name).filter(|verdict| !(is_glued && matches!(verdict, Verdict::Far(_))));
        found.extend(verdict.and_then(|verdict| finding(cx, part, &name, verdict)));
    }
}

/// Whether a part is text in brackets that no one would take for a placeholder of this PSA: `[see below]`.
pub(in crate::lint) fn is_text(cx: &Context<'_>, part: &Part) -> bool {
    let (name, shape) = match &part.kind {
        PartKind::Placeholder(spelling) if spelling.known.is_empty() => (spelling.name.as_str(), spelling.shape),
        PartKind::FillIn => return without_colon(cx, part).is_none(),
        _ => return false,
    };
    // `[Case: ID]` is right where the PSA calls tickets so, which the settings may not say.
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
    let is_text = texts.len() < LOOKED_UP && matches!(look(cx, part, name, shape), Verdict::NoPlaceholder);
    if texts.len() < LOOKED_UP {
        texts.insert(name.to_owned(), is_text);
    }
    is_text
}

fn look(cx: &Context<'_>, part: &Part, name: &str, shape: Shape) -> Verdict {
    if part.kind == PartKind::FillIn {
        let right = without_colon(cx, part);
        return right.map_or(Verdict::NoPlaceholder, |name| Verdict::Near(Nearest { name, is_sure: true }));
    }
    let dialect = cx.dialect();
    if shape != dialect.shape {
        return near_other(cx, name, shape).unwrap_or(Verdict::NoPlaceholder);
    }
    let language = &cx.settings.language;
    if let Some(near) = dialect.nearest(name, language) {
        return Verdict::Near(near);
    }
    match name.split_once(": ") {
        // `[Queue: second]` is text; so is `[Ticket: see below]`, since fields begin with a capital letter.
        Some((set, field)) if !dialect.has_prefix(set) || field.starts_with(char::is_lowercase) => {
            Verdict::NoPlaceholder
        }
        Some(_) => Verdict::Far(dialect.is_complete_in(name, language) && speaks(cx, language)),
        None => Verdict::Far(dialect.is_complete_in(name, language)),
    }
}

/// Whether a name was meant for another PSA.
fn near_other(cx: &Context<'_>, name: &str, shape: Shape) -> Option<Verdict> {
    // A short word in brackets is a word of the text.
    if shape == Shape::Word && name.len() < 6 {
        return None;
    }
    cx.vocabulary.dialects().iter().enumerate().filter(|(_, other)| other.shape == shape).find_map(|(index, other)| {
        let near = other.languages.iter().find_map(|language| other.nearest(name, language))?;
        let meanings = other.find(&near.name).map(|known| &other.placeholder(known).means);
        let ours = meanings.and_then(|meanings| meanings.iter().find_map(|meaning| cx.token(meaning)));
        Some(Verdict::NearOther(index, near.name, ours.map(str::to_owned)))
    })
}

/// Whether a template surely uses the names of a language: it has one that no other language has.
fn speaks(cx: &Context<'_>, language: &str) -> bool {
    let bit = cx.dialect().language_bit(language);
    let is_of_it = |spelling: &Spelling| spelling.known_in(cx.settings.dialect).is_some_and(|it| it.languages == bit);
    cx.dialect().languages.len() < 2 || cx.document.parts().iter().filter_map(Part::spelling).any(is_of_it)
}

/// The placeholder that text in brackets would be with a colon: `[Ticket Number]`.
pub(in crate::lint) fn without_colon(cx: &Context<'_>, part: &Part) -> Option<String> {
    let dialect = cx.dialect();
    if part.kind != PartKind::FillIn || dialect.shape != Shape::Set {
        return None;
    }
    let text = cx.document.text(part.span);
    let text = text.trim_matches(['[', ']']);
    text.match_indices(' ').take(4).find_map(|(at, _)| {
        let (known, name) = dialect.find_folded(&format!("{}: {}", &text[..at], &text[at + 1..]))?;
        dialect.placeholder(known).use_instead.is_none().then_some(name)
    })
}

fn finding(cx: &Context<'_>, part: &Part, name: &str, verdict: &Verdict) -> Option<Diagnostic> {
    let dialect = cx.dialect();
    let has_not = || format!("{} has no placeholder `[{name}]`", dialect.title);
    let fix = |finding: Diagnostic, right: &str, safety| {
        let title = format!("write `[{right}]`");
        finding.help(title.clone()).fix(title, safety, write(part.place, part.span, format!("[{right}]")))
    };
    match verdict {
        Verdict::Near(Nearest { name: right, is_sure }) => {
            let is_listed = *is_sure || dialect.is_complete_in(name, &cx.settings.language);
            let message = if is_listed { has_not() } else { format!("`[{name}]` looks like a misspelled `[{right}]`") };
            let safety = if *is_sure { Safety::Suggested } else { Safety::Shown };
            Some(fix(RULE.at(part.span, message), right, safety))
        }
        Verdict::NearOther(other, theirs, ours) => {
            let other = &cx.vocabulary.dialects()[*other];
            let message = format!("{}; it looks like `[{theirs}]` of {}", has_not(), other.title);
            let finding = RULE.at(part.span, message);
            Some(match ours {
                Some(right) => fix(finding, right, Safety::Shown),
                None => finding.help(format!("remove it: {} would print it unchanged", dialect.title)),
            })
        }
        Verdict::Far(true) => {
            let help = "check the spelling; you can add your own placeholders under `vocabulary` in psalink.yaml";
            Some(RULE.at(part.span, has_not()).help(help))
        }
        Verdict::Far(false) => Some(RULE.in_case(UNLISTED, unlisted(dialect, &format!("[{name}]"), part.span))),
        Verdict::NoPlaceholder => None,
    }
}

/// What is said of the placeholders of a template that are in no list.
pub(crate) fn findings(cx: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    check(cx, &mut found);
    found
}

/// A placeholder that is in no list and near no name.
pub(crate) fn unlisted(dialect: &Dialect, token: &str, span: Span) -> Diagnostic {
    RULE.at(span, format!("psalink does not know `{token}` of {}", dialect.title))
        .help("check the spelling; you can add your own placeholders under `vocabulary` in psalink.yaml")
}
