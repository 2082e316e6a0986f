//! Every word of a link macro, checked before anything is written.

use crate::config::settings::Settings;
use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::error::Error;
use crate::expand::look::Look;
use crate::lint::rules::{automatic_action, unknown_macro_key};
use crate::lint::{
    check_value, desktop_only, duplicate_keys, foreign_placeholder as foreign, hard_coded, html_in_attribute,
    unconfirmed, unlisted,
};
use crate::nearest::nearest;
use crate::parse::deep_link::{self, Client};
use crate::parse::document::{Argument, Document, LinkMacro, MacroFlaw, Part, PartKind, Piece, Place};
use crate::parse::spelling;
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::{Command, Confidence, Param, Target, ValueKind, Vocabulary};

/// A link macro whose every word was checked.
pub(super) struct Checked<'v> {
    pub(super) command: &'v Command,
    pub(super) url: String,
    pub(super) text: Option<Piece>,
    pub(super) look: Look,
    pub(super) opens_ticket: bool,
}

impl<'v> Checked<'v> {
    /// The same macro elsewhere: spans that counted from `from` count from `to`.
    pub(super) fn moved(&self, from: u32, to: u32) -> Checked<'v> {
        let text = self.text.as_ref().map(|text| text.moved(from, to));
        Checked { text, url: self.url.clone(), ..*self }
    }
}

/// What the words of a macro are checked against.
pub(super) struct Checker<'a, 'v> {
    pub(super) document: &'a Document,
    pub(super) settings: &'a Settings,
    pub(super) vocabulary: &'v Vocabulary,
}

impl<'v> Checker<'_, 'v> {
    /// Checks every word of a macro and builds its link; what is worth knowing of one that is right goes to `found`.
    pub(super) fn check(
        &self,
        target: &'v Target,
        link_macro: &LinkMacro,
        part: &Part,
        found: &mut Vec<Diagnostic>,
    ) -> Result<Result<Checked<'v>, Vec<Diagnostic>>, Error> {
        let mut wrong = Vec::new();
        let mut remarks = Vec::new();
        let Some(command) = target.command(&link_macro.command.text) else {
            let word = &link_macro.command;
            let keys = target.commands.iter().map(|command| command.key.as_str());
            let mut diagnostic = Diagnostic::error(
                "unknown-command",
                word.span,
                format!("{} links have no command `{}`", target.title, word.text),
            );
            diagnostic = match nearest(&word.text, keys.clone()) {
                Some(right) => diagnostic.help(format!("did you mean `[{}:{right}]`?", target.prefix)),
                None => diagnostic.help(format!("known commands: {}", keys.collect::<Vec<_>>().join(", "))),
            };
            return Ok(Err(vec![diagnostic]));
        };
        let keys = link_macro.arguments.iter().map(|argument| (&*argument.key.text, argument.key.span));
        wrong.extend(duplicate_keys(keys, "macro"));
        let mut seen: Vec<&str> = Vec::new();
        let mut values: Vec<(&str, String)> = Vec::new();
        let (mut text, mut look, mut client, mut host) = (None, Look::Link, self.settings.client, None);
        for Argument { key, value } in &link_macro.arguments {
            if seen.contains(&&*key.text) {
                continue;
            }
            seen.push(&key.text);
            let word = htmlize::unescape(&*value.text);
            match &*key.text {
                "text" => text = Some(value.clone()).filter(|value| !value.text.trim().is_empty()),
                "as" => match Look::from_word(&word) {
                    Some(known) => look = known,
                    None => wrong.push(not_one_of("as", &word, value.span, &Look::WORDS)),
                },
                "client" => match &*word {
                    "web" => client = Client::Web,
                    "desktop" => {
                        client = Client::Desktop;
                        if self.settings.client == Client::Web {
                            remarks.push(desktop_only(value.span));
                        }
                    }
                    _ => wrong.push(not_one_of("client", &word, value.span, &["web", "desktop"])),
                },
                "host" => match deep_link::valid_host(&word) {
                    Some(known) => {
                        if !self.settings.hosts().contains(&known) {
                            let message = format!("this link leads to `{known}`, which is not in the settings");
                            remarks.push(
                                Diagnostic::note("unexpected-host", value.span, message)
                                    .help("if that is right, add it to `allowed_hosts` in psalink.yaml"),
                            );
                        }
                        host = Some(known);
                    }
                    None => wrong.push(
                        Diagnostic::error("invalid-value", value.span, format!("`{word}` is not a valid host name"))
                            .help("write it like this: `support.example.com`"),
                    ),
                },
                name => match command.param(name).or_else(|| target.auth_param(name).filter(|param| !param.secret)) {
                    Some(param) => match self.value(command, param, value) {
                        Ok(text) => {
                            if let Some(meaning) = param.means.as_deref().filter(|_| !text.contains('[')) {
                                remarks.push(hard_coded(
                                    &text,
                                    value.span,
                                    self.settings.token(self.vocabulary, meaning),
                                ));
                            }
                            values.push((&param.name, text));
                        }
                        Err(diagnostic) => wrong.push(*diagnostic),
                    },
                    None => wrong.push(unknown_key(target, command, key, value)),
                },
            }
        }
        for param in command.params.iter().filter(|param| param.required && !seen.contains(&param.name.as_str())) {
            let token = param.means.as_ref().and_then(|meaning| self.settings.token(self.vocabulary, meaning));
            match token {
                Some(token) => values.push((&param.name, format!("[{token}]"))),
                None => wrong.push(
                    Diagnostic::error(
                        "missing-parameter",
                        part.span,
                        format!("`[{}:{}]` needs `{}=`", target.prefix, command.key, param.name),
                    )
                    .help(format!("write `[{}:{} {}=…]`", target.prefix, command.key, param.name)),
                ),
            }
        }
        if !wrong.is_empty() {
            return Ok(Err(wrong));
        }
        found.extend(remarks);
        let host = self.host(target, client, host.as_deref())?;
        // Required parameters first, then optional ones, each in the order of the target's file.
        let order = |name: &str| command.params.iter().position(|param| param.name == name).unwrap_or(usize::MAX);
        let is_optional = |name: &str| command.param(name).is_none_or(|param| !param.required);
        values.sort_by_key(|(name, _)| (is_optional(name), order(name)));
        let params: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let url = deep_link::build(target, client, &host, &command.name, &params);
        if command.confidence == Confidence::Assumed {
            found.push(unconfirmed(target, command, link_macro.command.span));
        }
        for (name, value) in &values {
            if command.param(name).is_some_and(|param| param.automatic.contains(value)) {
                let written = link_macro.arguments.iter().find(|argument| *argument.key.text == **name);
                let span = written.map_or(part.span, |argument| argument.value.span);
                found.push(automatic_action::finding(value, span));
            }
        }
        let opens_ticket = values.iter().any(|(name, value)| {
            let means_ticket = command.param(name).is_some_and(|param| param.means.as_deref() == Some("ticket.id"));
            let token = self.settings.token(self.vocabulary, "ticket.id").unwrap_or_default();
            means_ticket && *value == format!("[{token}]")
        });
        Ok(Ok(Checked { command, url, text, look, opens_ticket }))
    }

    /// The value of a parameter: a literal that it takes, or a placeholder of the right kind.
    fn value(&self, command: &Command, param: &Param, value: &Piece) -> Result<String, Box<Diagnostic>> {
        let text = htmlize::unescape(&*value.text).into_owned();
        if !text.starts_with('[') {
            if text.contains('[') && text.contains(']') {
                return Ok(text); // a text around a placeholder
            }
            return match check_value(command, param, &text, value.span) {
                Some(diagnostic) => Err(Box::new(diagnostic)),
                None => Ok(text),
            };
        }
        let vocabulary: &'v Vocabulary = self.vocabulary;
        let unknown = || Box::new(unlisted(self.settings.dialect(vocabulary), &text, value.span, Level::Warning));
        let Some(spelling) = spelling(self.vocabulary, &text) else { return Err(unknown()) };
        let part = Part {
            span: value.span,
            place: Place::Text,
            conditional: false,
            kind: PartKind::Placeholder(spelling.clone()),
        };
        if let Some(diagnostic) = foreign(vocabulary, self.settings, &part) {
            return Err(Box::new(diagnostic));
        }
        let dialect = self.settings.dialect(vocabulary);
        let Some(known) = spelling.known_in(self.settings.dialect) else {
            // The lists are not complete, and the user has written it on purpose.
            return if dialect.is_complete_for(&spelling.name) || spelling.shape != dialect.shape {
                Err(unknown())
            } else {
                Ok(spelling.token())
            };
        };
        if dialect.placeholder(known).kind == ValueKind::HtmlLink {
            return Err(Box::new(html_in_attribute(&part)));
        }
        if let Some(meaning) = &param.means
            && !dialect.means(known, meaning)
        {
            let right = self.settings.token(vocabulary, meaning).unwrap_or_default();
            if meaning == "ticket.id" && dialect.identifies_ticket(known) && !right.is_empty() {
                return Ok(format!("[{right}]")); // the ticket's number for its id, as in a link
            }
            let message = format!("`{}` is not the number that `{}` needs", spelling.token(), param.name);
            return Err(Box::new(
                Diagnostic::error("wrong-id-placeholder", value.span, message)
                    .help(format!("write `{}=[{right}]`, or omit it: psalink fills it in", param.name)),
            ));
        }
        Ok(spelling.token())
    }

    /// The host of a link; the one that the macro names wins.
    pub(super) fn host(&self, target: &Target, client: Client, own: Option<&str>) -> Result<String, Error> {
        match (client, own, &self.settings.host) {
            (Client::Desktop, ..) => Ok(String::new()),
            (_, Some(host), _) => Ok(host.to_owned()),
            (_, None, Some(host)) => Ok(host.clone()),
            (_, None, None) => Err(Settings::no_portal(target).at(self.document.source().name())),
        }
    }
}

fn unknown_key(target: &Target, command: &Command, key: &Piece, value: &Piece) -> Diagnostic {
    const OWN: [&str; 4] = ["text", "as", "client", "host"];
    if let Some(auth) = target.auth_param(&key.text) {
        let is_password = auth.name.contains("password");
        let rule = if is_password { "password-in-link" } else { "token-in-link" };
        return Diagnostic::error(rule, value.span, "anyone who has the message could sign in with this link")
            .help("remove it: the portal asks the reader to sign in");
    }
    let names = command.params.iter().map(|param| param.name.as_str()).chain(OWN);
    let other = target.commands.iter().find(|other| other.param(&key.text).is_some());
    let diagnostic = match other {
        Some(other) => Diagnostic::warning(
            "unknown-parameter",
            key.span,
            format!("`{}` has no parameter `{}`; it belongs to `{}`", command.key, key.text, other.key),
        ),
        None => unknown_macro_key::finding(key.span, &command.key, &key.text),
    };
    diagnostic.help(unknown_macro_key::instead(&key.text, names))
}

fn not_one_of(key: &str, wrong: &str, span: Span, words: &[&str]) -> Diagnostic {
    let finding = Diagnostic::error("invalid-value", span, format!("`{key}` cannot be `{wrong}`"));
    match nearest(wrong, words.iter().copied()) {
        Some(right) => finding.help(format!("write `{right}`")).fix(
            format!("write `{right}`"),
            Safety::Suggested,
            vec![Edit::new(span, right)],
        ),
        None => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            finding.help(format!("it must be one of {}", words.join(", ")))
        }
    }
}

/// What is wrong with something that was meant to be a link macro.
pub(super) fn broken(document: &Document, part: &Part, flaw: MacroFlaw) -> Diagnostic {
    let written = document.source().quoted(part.span);
    let short: String = written.chars().take(24).collect();
    let (rule, message, help) = match flaw {
        MacroFlaw::NeverClosed => (
            "unclosed-placeholder",
            format!("the macro `{short}…` is never closed"),
            "add `]` where the macro ends; inside an attribute, use the other kind of quotation marks in the macro",
        ),
        MacroFlaw::QuoteNotClosed => (
            "unclosed-placeholder",
            "a quotation mark in this macro is never closed".to_owned(),
            "write `text=\"…\"`, with both quotation marks",
        ),
        MacroFlaw::SplitByTags => (
            "split-placeholder",
            "an editor has put formatting into this macro".to_owned(),
            "delete the macro and type it again, or clear its formatting",
        ),
        MacroFlaw::Encoded => (
            "encoded-placeholder",
            "an editor has encoded the brackets of this macro".to_owned(),
            "write it with plain brackets, in the source view of the editor",
        ),
        MacroFlaw::Spaces => (
            "space-in-placeholder",
            "this looks like a link macro, but it has a space where none is allowed".to_owned(),
            "write it like this: `[dd:ticket]`, with no space before `dd` and a colon after it",
        ),
        MacroFlaw::NotKeyValue => return unknown_macro_key::not_key_value(part.span),
    };
    Diagnostic::error(rule, part.span, message).help(help)
}
