//! Findings that corrections and expansions share.

use crate::diagnostic::Diagnostic;
use crate::document::Part;
use crate::nearest;
use crate::settings::Settings;
use crate::span::Span;
use crate::vocabulary::{Command, Param, ParamKind, ValueKind, Vocabulary};

/// A placeholder of another PSA, or of another language: the PSA would print it.
pub(crate) fn foreign(vocabulary: &Vocabulary, settings: &Settings, part: &Part) -> Option<Diagnostic> {
    let spelling = part.spelling()?;
    let dialect = settings.dialect(vocabulary);
    let Some(known) = spelling.known_in(settings.dialect) else {
        let &(other, _) = spelling.known.first()?;
        let other = &vocabulary.dialects()[other];
        let message = format!(
            "`{}` is a placeholder of {}; {} prints it as it stands",
            spelling.token(),
            other.title,
            dialect.title
        );
        let mut diagnostic = Diagnostic::error("wrong-dialect-placeholder", part.span, message);
        let meaning = spelling
            .known
            .first()
            .and_then(|&(index, known)| vocabulary.dialects()[index].placeholder(known).means.first());
        if let Some(token) = meaning.and_then(|meaning| settings.token(vocabulary, meaning)) {
            diagnostic = diagnostic.help(format!("write `[{token}]`"));
        }
        return Some(diagnostic);
    };
    let placeholder = dialect.placeholder(known);
    if let Some(right) = placeholder.replacement(&spelling.name) {
        let message = format!("{} has no placeholder `{}`", dialect.title, spelling.token());
        return Some(
            Diagnostic::error("nonexistent-placeholder", part.span, message).help(format!("write `[{right}]`")),
        );
    }
    if known.languages & dialect.language_bit(&settings.language) == 0 && !placeholder.is_pattern() {
        let message = format!(
            "`{}` is not a name in this language ({}); the PSA prints it as it stands",
            spelling.token(),
            settings.language
        );
        let right = if settings.language == dialect.languages[0] {
            Some(&placeholder.name)
        } else {
            placeholder.translations.get(&settings.language)
        };
        let mut diagnostic = Diagnostic::error("wrong-language-placeholder", part.span, message);
        if let Some(right) = right {
            diagnostic = diagnostic.help(format!("write `[{right}]`"));
        }
        return Some(diagnostic);
    }
    None
}

pub(super) fn kind_of(vocabulary: &Vocabulary, settings: &Settings, part: &Part) -> Option<ValueKind> {
    let known = part.spelling()?.known_in(settings.dialect)?;
    Some(settings.dialect(vocabulary).placeholder(known).kind)
}

/// A placeholder that brings a whole link of its own, inside an attribute.
pub(crate) fn html_in_attribute(part: &Part) -> Diagnostic {
    let token = part.spelling().map(crate::Spelling::token).unwrap_or_default();
    Diagnostic::error(
        "html-placeholder-in-attribute",
        part.span,
        format!("the PSA puts a whole link in the place of `{token}`, which breaks the address around it"),
    )
    .help("use the placeholder that gives the number or the address alone")
}

/// A link that only the installed portal opens, in a mail to people who use the web.
pub(crate) fn desktop_only(span: Span) -> Diagnostic {
    Diagnostic::warning("desktop-link-only", span, "this link works only where the desktop portal is installed")
        .help("link to the web portal instead, or say `client: desktop` where customers use it")
}

/// The number of one record where the PSA should fill in that of each mail.
pub(crate) fn hard_coded(value: &str, span: Span, token: Option<&str>) -> Diagnostic {
    let message = format!("every mail from this template would open record {value}");
    let diagnostic = Diagnostic::error("hard-coded-id", span, message);
    match token {
        Some(token) => diagnostic.help(format!("write `[{token}]`, which the PSA fills for each mail")),
        None => diagnostic,
    }
}

/// Something that would become another link together with the text beside it.
pub(crate) fn glued(rule: &'static str, span: Span, what: &str) -> Diagnostic {
    let message = format!("{what} and what stands beside it without a space would become another link");
    Diagnostic::error(rule, span, message).help("let it stand alone, or delete what stands beside it")
}

/// A literal value that a parameter does not take.
pub(crate) fn check_value(command: &Command, param: &Param, value: &str, span: Span) -> Option<Diagnostic> {
    let (wrong, expected) = match param.kind {
        ParamKind::Id => (
            !value.bytes().all(|byte| byte.is_ascii_digit()),
            "a number, or a placeholder that stands for one".to_owned(),
        ),
        ParamKind::Choice => {
            let known: Vec<String> = param.values.iter().map(|value| format!("`{value}`")).collect();
            (!param.values.iter().any(|known| known == value), format!("one of {}", known.join(", ")))
        }
        ParamKind::Boolean => (!matches!(value, "true" | "false"), "`true` or `false`".to_owned()),
        ParamKind::Text | ParamKind::Email => (value.is_empty(), "a value".to_owned()),
    };
    if !wrong {
        return None;
    }
    let message = format!("`{}` of `{}` cannot be `{value}`", param.name, command.key);
    let help = match nearest(value, param.values.iter().map(String::as_str)) {
        Some(right) => format!("did you mean `{right}`?"),
        None => format!("it takes {expected}"),
    };
    Some(Diagnostic::error("invalid-value", span, message).help(help))
}

/// An action that mail scanners would start by following the link.
pub(crate) fn automatic_action(action: &str, span: Span) -> Diagnostic {
    Diagnostic::warning(
        "automatic-action",
        span,
        format!("`{action}` acts as soon as the link is opened, and mail scanners open links"),
    )
    .help(format!("ask the reader first: `{}`", action.trim_start_matches("auto_")))
}
