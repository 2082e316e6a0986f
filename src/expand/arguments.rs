//! Checks every word of a link macro before anything is written.

use crate::config::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::expand::look::Look;
use crate::lint::rules::{
    automatic_action, doubled_brackets, encoded_placeholder, foreign_syntax, invalid_value, invisible_character,
    missing_parameter, password_in_link, space_in_placeholder, split_placeholder, token_in_link, unclosed_placeholder,
    unexpected_host, unknown_command, unknown_macro, unknown_macro_key, unknown_parameter, wrong_brackets,
    wrong_id_placeholder,
};
use crate::lint::{
    check_value, desktop_only, duplicate_keys, foreign_placeholder as foreign, foreign_values, hard_coded,
    html_in_attribute, unconfirmed, unlisted,
};
use crate::parse::deep_link::{self, Client};
use crate::parse::document::{Argument, Document, LinkMacro, MacroFlaw, Part, PartKind, Piece, Place};
use crate::parse::spelling;
use crate::span::Span;
use crate::vocabulary::{Command, Confidence, Param, ParamKind, Target, ValueKind, Vocabulary};

/// A link macro whose words have all been checked.
pub(super) struct Checked<'v> {
    pub(super) command: &'v Command,
    pub(super) url: String,
    pub(super) text: Option<Piece>,
    pub(super) look: Look,
    pub(super) opens_ticket: bool,
}

impl<'v> Checked<'v> {
    /// The same macro at another position: spans relative to `from` become relative to `to`.
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

/// What the words of a macro mean, and what is wrong with them.
struct Words<'v, 'm> {
    seen: Vec<&'m str>,
    /// The link parameters and their values.
    values: Vec<(&'v str, String)>,
    text: Option<Piece>,
    look: Look,
    client: Client,
    host: Option<String>,
    wrong: Vec<Diagnostic>,
    /// What is worth knowing if nothing is wrong.
    remarks: Vec<Diagnostic>,
}

impl<'v> Checker<'_, 'v> {
    /// Checks every word of a macro and builds its link. Remarks about a correct macro go to `found`.
    pub(super) fn check(
        &self,
        target: &'v Target,
        link_macro: &LinkMacro,
        part: &Part,
        found: &mut Vec<Diagnostic>,
    ) -> Result<Result<Checked<'v>, Vec<Diagnostic>>, Error> {
        let word = &link_macro.command;
        let Some(command) = target.command(&word.text) else {
            return Ok(Err(vec![unknown_command::in_macro(target, word.span, &word.text)]));
        };
        let mut words = self.words(target, command, link_macro);
        self.fill_in(target, command, part.span, &mut words);
        if !words.wrong.is_empty() {
            return Ok(Err(words.wrong));
        }
        let Words { mut values, text, look, client, host, remarks, .. } = words;
        found.extend(remarks);
        let host = self.host(target, client, host.as_deref())?;
        // Required parameters first, then optional ones, each in the order of the target's file.
        let order = |name: &str| command.params.iter().position(|param| param.name == name).unwrap_or(usize::MAX);
        let is_optional = |name: &str| command.param(name).is_none_or(|param| !param.required);
        values.sort_by_key(|(name, _)| (is_optional(name), order(name)));
        let params: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let url = deep_link::build(target, client, &host, &command.name, &params);
        if command.confidence == Confidence::Assumed {
            found.push(unconfirmed(target, command, word.span));
        }
        found.extend(automatic(command, link_macro, part.span, &params));
        Ok(Ok(Checked { command, url, text, look, opens_ticket: self.opens_ticket(command, &params) }))
    }

    /// Reads every word; if several have the same key, the first counts.
    fn words<'m>(&self, target: &'v Target, command: &'v Command, link_macro: &'m LinkMacro) -> Words<'v, 'm> {
        let keys = link_macro.arguments.iter().map(|argument| (&*argument.key.text, argument.key.span));
        let mut words = Words {
            seen: Vec::new(),
            values: Vec::new(),
            text: None,
            look: Look::Link,
            client: self.settings.client,
            host: None,
            wrong: duplicate_keys(keys, "macro"),
            remarks: Vec::new(),
        };
        for argument in &link_macro.arguments {
            if words.seen.contains(&&*argument.key.text) {
                continue;
            }
            words.seen.push(&argument.key.text);
            if !self.own_word(argument, &mut words) {
                self.parameter(target, command, argument, &mut words);
            }
        }
        words
    }

    /// Reads a word that every macro accepts; `false` if it is not one.
    fn own_word(&self, Argument { key, value }: &Argument, words: &mut Words<'_, '_>) -> bool {
        let word = htmlize::unescape(&*value.text);
        match &*key.text {
            "text" => words.text = Some(value.clone()).filter(|value| !value.text.trim().is_empty()),
            "as" => match Look::from_word(&word) {
                Some(known) => words.look = known,
                None => words.wrong.push(invalid_value::not_one_of("as", &word, value.span, &Look::WORDS)),
            },
            "client" => match &*word {
                "web" => words.client = Client::Web,
                "desktop" => {
                    words.client = Client::Desktop;
                    if self.settings.client == Client::Web {
                        words.remarks.push(desktop_only(value.span));
                    }
                }
                _ => words.wrong.push(invalid_value::not_one_of("client", &word, value.span, &["web", "desktop"])),
            },
            "host" => match deep_link::valid_host(&word) {
                Some(known) => {
                    if !self.settings.hosts().contains(&known) {
                        words.remarks.push(unexpected_host::finding(&known, value.span));
                    }
                    words.host = Some(known);
                }
                None => words.wrong.push(invalid_value::not_a_host(&word, value.span)),
            },
            _ => return false,
        }
        true
    }

    /// Reads a parameter of the link.
    fn parameter(
        &self,
        target: &'v Target,
        command: &'v Command,
        Argument { key, value }: &Argument,
        words: &mut Words<'v, '_>,
    ) {
        let name = &*key.text;
        let known = command.param(name).or_else(|| target.auth_param(name).filter(|param| !param.secret));
        let Some(param) = known else {
            words.wrong.push(unknown_key(target, command, key, value));
            return;
        };
        match self.value(command, param, value) {
            Ok(text) => {
                if let Some(meaning) = param.means.as_deref().filter(|_| !text.contains('[')) {
                    let token = self.settings.token(self.vocabulary, meaning);
                    words.remarks.push(hard_coded(&text, value.span, token));
                }
                words.values.push((&param.name, text));
            }
            Err(diagnostic) => words.wrong.push(*diagnostic),
        }
    }

    /// Fills in the required parameters that the macro leaves out.
    fn fill_in(&self, target: &Target, command: &'v Command, span: Span, words: &mut Words<'v, '_>) {
        for param in command.params.iter().filter(|param| param.required) {
            if words.seen.contains(&param.name.as_str()) {
                continue;
            }
            let token = param.means.as_ref().and_then(|meaning| self.settings.token(self.vocabulary, meaning));
            match token {
                Some(token) => words.values.push((&param.name, format!("[{token}]"))),
                None => words.wrong.push(missing_parameter::in_macro(target, command, param, span)),
            }
        }
    }

    /// Whether a link opens the ticket that the message is about.
    fn opens_ticket(&self, command: &Command, values: &[(&str, &str)]) -> bool {
        values.iter().any(|(name, value)| {
            let means_ticket = command.param(name).is_some_and(|param| param.means.as_deref() == Some("ticket.id"));
            let token = self.settings.token(self.vocabulary, "ticket.id").unwrap_or_default();
            means_ticket && *value == format!("[{token}]")
        })
    }

    /// The value of a parameter: a valid literal, or a placeholder of the right kind.
    fn value(&self, command: &Command, param: &Param, value: &Piece) -> Result<String, Box<Diagnostic>> {
        let text = htmlize::unescape(&*value.text).into_owned();
        let is_one = text.starts_with('[') && text.ends_with(']') && text.matches('[').count() == 1;
        if param.kind == ParamKind::Id && !is_one && text.contains('[') && text.contains(']') {
            return Err(Box::new(invalid_value::glued_in_macro(command, param, &text, value.span)));
        }
        if foreign_values::is_strict(param)
            && let Some(form) = foreign_values::in_text(&text)
        {
            let token = param.means.as_ref().and_then(|meaning| self.settings.token(self.vocabulary, meaning));
            let psa = &self.settings.dialect(self.vocabulary).title;
            return Err(Box::new(foreign_syntax::in_macro(&text, form, psa, token, value.span)));
        }
        if !text.starts_with('[') {
            if text.contains('[') && text.contains(']') {
                return Ok(text); // text around a placeholder
            }
            return match check_value(command, param, &text, value.span) {
                Some(diagnostic) => Err(Box::new(diagnostic)),
                None => Ok(text),
            };
        }
        let vocabulary: &'v Vocabulary = self.vocabulary;
        let unknown = || Box::new(unlisted(self.settings.dialect(vocabulary), &text, value.span));
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
            if param.kind == ParamKind::Id && wrong_id_placeholder::names_text(&spelling.name) {
                let right = param.means.as_ref().and_then(|meaning| self.settings.token(vocabulary, meaning));
                return Err(Box::new(match right {
                    Some(right) => wrong_id_placeholder::in_macro(&spelling.token(), &param.name, right, value.span),
                    None => *unknown(),
                }));
            }
            // The lists are incomplete, and the user wrote it on purpose.
            return if dialect.is_complete_for(&spelling.name) || spelling.shape != dialect.shape {
                Err(unknown())
            } else {
                Ok(spelling.token())
            };
        };
        if dialect.placeholder(known).kind == ValueKind::HtmlLink {
            return Err(Box::new(html_in_attribute(&part)));
        }
        let token = (&*spelling.token(), dialect.placeholder(known).kind);
        if let Some(finding) = invalid_value::of_kind(command, param, token, value.span) {
            return Err(Box::new(finding));
        }
        if let Some(meaning) = &param.means
            && !dialect.means(known, meaning)
        {
            let right = self.settings.token(vocabulary, meaning).unwrap_or_default();
            if meaning == "ticket.id" && dialect.identifies_ticket(known) && !right.is_empty() {
                return Ok(format!("[{right}]")); // the ticket's number in place of its ID, as in a link
            }
            let token = spelling.token();
            return Err(Box::new(wrong_id_placeholder::in_macro(&token, &param.name, right, value.span)));
        }
        Ok(spelling.token())
    }

    /// The host of a link; a host in the macro takes precedence.
    pub(super) fn host(&self, target: &Target, client: Client, named: Option<&str>) -> Result<String, Error> {
        match (client, named, &self.settings.host) {
            (Client::Desktop, ..) => Ok(String::new()),
            (_, Some(host), _) => Ok(host.to_owned()),
            (_, None, Some(host)) => Ok(host.clone()),
            (_, None, None) => Err(Settings::no_portal(target).at(self.document.source().name())),
        }
    }
}

/// Reports the actions among the values that start without asking.
fn automatic(command: &Command, link_macro: &LinkMacro, span: Span, values: &[(&str, &str)]) -> Vec<Diagnostic> {
    let is_automatic = |name: &str, value: &str| {
        command.param(name).is_some_and(|param| param.automatic.iter().any(|known| known == value))
    };
    let found = values.iter().filter(|(name, value)| is_automatic(name, value)).map(|(name, value)| {
        let written = link_macro.arguments.iter().find(|argument| *argument.key.text == **name);
        automatic_action::finding(value, written.map_or(span, |argument| argument.value.span))
    });
    found.collect()
}

fn unknown_key(target: &Target, command: &Command, key: &Piece, value: &Piece) -> Diagnostic {
    const OWN: [&str; 4] = ["text", "as", "client", "host"];
    if let Some(auth) = target.auth_param(&key.text) {
        let is_password = auth.name.contains("password");
        return if is_password { password_in_link::in_macro(value.span) } else { token_in_link::in_macro(value.span) };
    }
    let names = command.params.iter().map(|param| param.name.as_str()).chain(OWN);
    let finding = match target.commands.iter().find(|other| other.param(&key.text).is_some()) {
        Some(other) => unknown_parameter::of_other_command(&command.key, &key.text, &other.key, key.span),
        None => unknown_macro_key::finding(key.span, &command.key, &key.text),
    };
    finding.help(unknown_macro_key::instead(&key.text, names))
}

/// The problem with something that was meant to be a link macro.
pub(super) fn broken(document: &Document, part: &Part, flaw: MacroFlaw) -> Diagnostic {
    match flaw {
        MacroFlaw::NeverClosed => {
            let start: String = document.source().quoted(part.span).chars().take(24).collect();
            unclosed_placeholder::of_macro(&start, part.span)
        }
        MacroFlaw::QuoteNotClosed => unclosed_placeholder::quote_in_macro(part.span),
        MacroFlaw::SplitByTags => split_placeholder::of_macro(part.span),
        MacroFlaw::Encoded => encoded_placeholder::of_macro(part.span, document.text(part.span).starts_with('[')),
        MacroFlaw::Invisible => invisible_character::of_macro(document, part.span),
        MacroFlaw::Spaces => space_in_placeholder::in_macro(document, part.span),
        MacroFlaw::NoColon => unknown_macro::no_colon(&document.text(part.span), part.span),
        MacroFlaw::Doubled => doubled_brackets::of_macro(part.span),
        MacroFlaw::ExtraBracket => {
            doubled_brackets::bracket_more(part.span, document.source().bytes()[part.span.range()].starts_with(b"[["))
        }
        MacroFlaw::OtherBrackets => wrong_brackets::finding(document, part.span),
        MacroFlaw::NotKeyValue => unknown_macro_key::not_key_value(part.span),
    }
}
