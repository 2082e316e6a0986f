//! Reports placeholders that a translation leaves unchanged.

use super::counterpart::{name_in, real};
use super::purpose::Purpose;
use crate::diagnostic::Diagnostic;
use crate::lint::NONEXISTENT;
use crate::lint::rules::wrong_dialect_placeholder::{RULE as WRONG_DIALECT, UNSEEN};
use crate::nearest::nearest;
use crate::parse::document::Spelling;
use crate::span::Span;
use crate::vocabulary::{Dialect, Placeholder};

/// How many placeholders are listed if none is the closest.
const NAMED: usize = 3;

/// The other PSA has nothing with this meaning.
pub(super) fn nothing(
    span: Span,
    spelling: &Spelling,
    from: &Dialect,
    to: &Dialect,
    meaning: &str,
    help: &str,
) -> Diagnostic {
    let message = format!(
        "{} has no placeholder that psalink knows for `{}` of {} ({meaning})",
        to.title,
        spelling.token(),
        from.title
    );
    WRONG_DIALECT.at(span, message).help(help.to_owned())
}

/// What the other PSA has that is closest to a meaning.
pub(super) fn closest(to: &Dialect, meaning: &str, language: &str) -> String {
    let subject = meaning.split('.').next().unwrap_or(meaning);
    let is_of_it = |means: &&String| means.strip_prefix(subject).is_some_and(|rest| rest.starts_with('.'));
    let mut alike: Vec<(&str, &Placeholder)> = Vec::new();
    for placeholder in real(to) {
        for means in placeholder.means.iter().filter(is_of_it) {
            if name_in(to, placeholder, language).is_some() {
                alike.push((means, placeholder));
            }
        }
    }
    let token =
        |placeholder: &Placeholder| format!("`[{}]`", name_in(to, placeholder, language).unwrap_or(&placeholder.name));
    let near = nearest(meaning, alike.iter().map(|(means, _)| *means));
    if let Some((means, placeholder)) = near.and_then(|near| alike.iter().find(|(means, _)| *means == near.names()[0]))
    {
        return format!(
            "the closest match in {} is {} ({means}); use it if it fits, or remove this placeholder",
            to.title,
            token(placeholder)
        );
    }
    let mut names: Vec<String> = Vec::new();
    for (_, placeholder) in alike {
        let name = token(placeholder);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return format!("psalink knows nothing like it in {}; replace it by hand, or remove it", to.title);
    }
    let more = if names.len() > NAMED { " and others" } else { "" };
    names.truncate(NAMED);
    format!(
        "for the {}, psalink knows {}{more}; use one that fits, or remove this placeholder",
        subject.replace('_', " "),
        names.join(", ")
    )
}

/// There is no way to tell which of several is right.
pub(super) fn several(
    span: Span,
    spelling: &Spelling,
    to: &Dialect,
    names: &[&str],
    purpose: Purpose<'_>,
) -> Diagnostic {
    let names: Vec<String> = names.iter().map(|name| format!("`[{name}]`")).collect();
    let names = names.join(" or ");
    let reason = match purpose {
        Purpose::Comment => "in a comment, psalink cannot tell which",
        _ => "only the site at this address knows which one it needs",
    };
    let message = format!("`{}` can be {names} in {}, and {reason}", spelling.token(), to.title);
    WRONG_DIALECT.at(span, message).help(format!("write {names}, depending on which one belongs here"))
}

/// The counterpart has no known name in the language.
pub(super) fn unnamed(span: Span, spelling: &Spelling, to: &Dialect, name: &str, language: &str) -> Diagnostic {
    let language = to.language_name(language);
    let message =
        format!("psalink does not know the {language} name of `[{name}]`, the counterpart of `{}`", spelling.token());
    let help = format!(
        "look up its name in {} and write it by hand; you can also add it under `vocabulary` in psalink.yaml",
        to.title
    );
    WRONG_DIALECT.at(span, message).help(help)
}

/// The meaning of the placeholder is not known.
pub(super) fn no_meaning(span: Span, spelling: &Spelling, from: &Dialect, to: &Dialect) -> Diagnostic {
    let message = format!(
        "`{}` of {} is left as it is: psalink does not know which placeholder of {} means the same",
        spelling.token(),
        from.title,
        to.title
    );
    let help = "replace it by hand, or use `means` in your own vocabulary file to link the two names";
    WRONG_DIALECT.at(span, message).help(help.to_owned())
}

/// An editor has damaged the placeholder.
pub(super) fn damaged(span: Span, spelling: &Spelling, from: &Dialect) -> Diagnostic {
    let message =
        format!("this looks like `{}` of {}, but it is damaged, so it is left as it is", spelling.token(), from.title);
    WRONG_DIALECT.at(span, message).help("fix it with `psalink lint --fix` first, then translate again")
}

/// The macro around the placeholder cannot be parsed.
pub(super) fn in_broken_macro(span: Span, spelling: &Spelling, from: &Dialect) -> Diagnostic {
    let message = format!(
        "`{}` of {} is left as it is, because the link macro around it is broken",
        spelling.token(),
        from.title
    );
    WRONG_DIALECT
        .at(span, message)
        .help("fix the macro first (`psalink lint` shows what is wrong), then translate again")
}

/// No placeholder with this name exists.
pub(super) fn nonexistent(span: Span, spelling: &Spelling, from: &Dialect, right: &str) -> Diagnostic {
    let message = format!("{} has no placeholder `{}`, so it cannot be translated", from.title, spelling.token());
    let help =
        format!("`[{right}]` is probably meant; fix it with `psalink lint --unsafe-fixes` first, then translate again");
    NONEXISTENT.at(span, message).help(help)
}

/// A word in brackets may be code in a script or a style sheet.
pub(super) fn in_code(span: Span, spelling: &Spelling, from: &Dialect) -> Diagnostic {
    let message = format!(
        "`{}` of {} is left as it is in a script or style sheet, where it may be code",
        spelling.token(),
        from.title
    );
    WRONG_DIALECT.at_in(UNSEEN, span, message)
}

/// The file's encoding cannot represent the new name.
pub(super) fn lacks_characters(span: Span, token: &str, encoding: &str) -> Diagnostic {
    let message = format!("`{token}` belongs here, but {encoding} cannot represent one of its characters");
    WRONG_DIALECT.at(span, message).help("save the file as UTF-8, then translate again")
}

/// The new name would close the quotes around it, or be cut off at its space.
pub(super) fn breaks_quotes(span: Span, token: &str) -> Diagnostic {
    let message = format!("`{token}` belongs here, but the quotation marks around this value would cut it off");
    WRONG_DIALECT.at(span, message).help("put the whole value in double quotes, or replace the placeholder by hand")
}

/// The value around the placeholder has no quotes, and ends inside it.
pub(super) fn without_quotes(span: Span, token: &str) -> Diagnostic {
    let message = format!("`{token}` belongs here, but this value has no quotes, so it would run into what follows");
    WRONG_DIALECT.at(span, message).help("put the whole value in double quotes, then translate again")
}

/// The settings at the top set the dialect in a form that is not edited.
pub(super) fn dialect_on_top(span: Span, to: &Dialect) -> Diagnostic {
    let message = "the settings at the top of this template still name the old PSA";
    WRONG_DIALECT.at(span, message).help(format!("write `dialect: {}` there", to.id))
}

/// The same, where readers do not see it.
pub(super) fn unseen(finding: Diagnostic) -> Diagnostic {
    WRONG_DIALECT.in_case(UNSEEN, finding)
}
