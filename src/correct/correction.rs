//! One link being put right: its placeholders, its host, its command, what it must not carry.

use super::findings::{automatic_action, check_value, desktop_only, foreign, hard_coded, html_in_attribute, kind_of};
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Flaw, Part, PartKind, Place};
use crate::edit::Edit;
use crate::link::{self, Client, DeepLink, Field, LinkForm};
use crate::nearest;
use crate::parse::Parser;
use crate::scan::Quote;
use crate::settings::Settings;
use crate::span::Span;
use crate::vocabulary::{Command, Gateway, Param, ParamKind, Target, ValueKind, Vocabulary};

/// One link being put right.
pub(super) struct Correction<'a> {
    pub(super) document: &'a Document,
    pub(super) settings: &'a Settings,
    pub(super) vocabulary: &'a Vocabulary,
    pub(super) target: &'a Target,
    pub(super) link: &'a DeepLink,
    pub(super) edits: Vec<Edit>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Correction<'_> {
    pub(super) fn run(&mut self, parser: &mut Parser<'_>, depth: usize) {
        let is_unquoted = matches!(self.link.at.place, Place::Attribute(attribute) if attribute.quote == Quote::None);
        let beyond = self.parts().iter().find(|part| part.span.end > self.link.at.span.end);
        if let Some(part) = beyond.filter(|_| is_unquoted) {
            let token = self.document.text(part.span).into_owned();
            self.report(
                Diagnostic::error(
                    "unquoted-placeholder",
                    part.span,
                    format!("the link ends at the space in `{token}`, because its value has no quotes"),
                )
                .help("put double quotes around the whole address"),
            );
            return;
        }
        if self.link.scheme.text.is_empty() {
            // Where a link without a scheme leads depends on the reader's program; its placeholders are damaged in any.
            return self.tokens();
        }
        match self.link.form {
            LinkForm::Current => {
                self.tokens();
                self.ampersands();
                self.host();
                self.scheme();
                self.command();
                self.credentials();
                if self.link.client == Client::Desktop && self.settings.client == Client::Web {
                    self.report(desktop_only(self.link.at.span));
                }
            }
            LinkForm::Retired(index) => self.retired(index),
            LinkForm::Magic => self.magic(),
            LinkForm::Wrapped(index) => {
                let title = Gateway::builtin().get(index).map_or("a mail gateway", |gateway| &gateway.title);
                self.wrapped(title, parser, depth);
            }
            LinkForm::OtherPage => {
                self.tokens();
                self.host();
                self.scheme();
                self.credentials();
            }
        }
    }

    pub(super) fn parts(&self) -> &[Part] {
        self.document.parts_in(self.link.at.span)
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Placeholders that an editor has encoded or spaced are written as the PSA needs them.
    pub(super) fn tokens(&mut self) {
        let mut gains_space = false;
        let spans: Vec<Part> = self.parts().to_vec();
        for part in &spans {
            let Some(spelling) = part.spelling().filter(|_| self.link.at.span.covers(part.span)) else { continue };
            if self.link.host.as_ref().is_some_and(|host| host.span.covers(part.span)) && spelling.known.is_empty() {
                continue; // `[your-subdomain]`, of which the host speaks
            }
            if let Some(diagnostic) = foreign(self.vocabulary, self.settings, part) {
                self.report(diagnostic);
                continue;
            }
            let token = spelling.token();
            let span = with_brackets(self.document, part, self.link.at.span);
            if matches!(part.kind, PartKind::Placeholder(_)) && span == part.span {
                continue;
            }
            if spelling.flaws.contains(&Flaw::NeverClosed) {
                self.report(
                    Diagnostic::warning(
                        "unclosed-placeholder",
                        part.span,
                        format!("`[{}` is never closed", spelling.name),
                    )
                    .help(format!("write `{token}`")),
                );
            } else if spelling.flaws == [Flaw::WrongCase] {
                self.report(
                    Diagnostic::warning(
                        "misspelt-case",
                        part.span,
                        format!("the PSA knows this placeholder as `{token}`"),
                    )
                    .help(format!("write `{token}`")),
                );
            } else {
                gains_space |= token.contains(' ');
                self.edits.push(Edit::new(span, token));
            }
        }
        if let Place::Attribute(attribute) = self.link.at.place
            && attribute.quote == Quote::None
            && gains_space
        {
            let value = attribute.value;
            self.edits.insert(0, Edit::new(Span { start: value.start, end: value.start }, "\""));
            self.edits.push(Edit::new(Span { start: value.end, end: value.end }, "\""));
        }
    }

    pub(super) fn ampersands(&mut self) {
        self.edits.extend(self.link.params.iter().filter_map(|param| param.escaped_twice).map(Edit::delete));
    }

    fn host(&mut self) {
        let Some(host) = &self.link.host else { return };
        if is_unfilled(self.document, self.target, host) {
            match &self.settings.host {
                Some(right) => self.edits.push(Edit::new(host.span, right.clone())),
                None => {
                    let diagnostic = Diagnostic::error(
                        "unfilled-host",
                        host.span,
                        format!("`{}` stands where the portal's name belongs, so the link leads nowhere", host.text),
                    )
                    .help("say which portal it is: `portal: acme` in psalink.yaml, or `--portal acme`");
                    self.report(diagnostic);
                }
            }
            return;
        }
        let hosts = self.settings.hosts();
        let name = host.text.to_lowercase();
        if !hosts.is_empty()
            && !hosts.contains(&name)
            && !hosts.iter().any(|known| known.split(':').next() == Some(&name))
        {
            let ours = self.settings.host.clone().unwrap_or_default();
            let diagnostic = Diagnostic::note(
                "unexpected-host",
                host.span,
                format!("this link leads to `{}`, not to `{ours}`", host.text),
            )
            .help("if that is right, add it to `allowed_hosts` in psalink.yaml");
            self.report(diagnostic);
        }
    }

    /// `http` on the portal's own domain.
    fn scheme(&mut self) {
        let scheme = &self.link.scheme;
        let Some(host) = &self.link.host else { return };
        let name = host.text.to_lowercase();
        let is_own = name == self.target.host_suffix || name.ends_with(&format!(".{}", self.target.host_suffix));
        let fills = is_unfilled(self.document, self.target, host) && self.settings.host.is_some();
        if self.link.client == Client::Web && scheme.text.eq_ignore_ascii_case("http") && (is_own || fills) {
            let end = scheme.span.end;
            self.edits.push(match scheme.text.as_str() {
                "http" => Edit::new(Span { start: end, end }, "s"),
                _ => Edit::new(scheme.span, "https"),
            });
        }
    }

    fn command(&mut self) {
        // In text `&quot` counts without its semicolon, so that `&quote_id=` reads `"e_id=`.
        if self.link.at.place == Place::Text && self.link.text().contains(['"', '>']) {
            let message =
                "a reader sees this link broken: part of `&quote_id` or `&gtoken` reads as a quotation mark or `>`";
            self.report(
                Diagnostic::error("broken-entity", self.link.at.span, message)
                    .help("write `&amp;` for each `&` of the link"),
            );
            return;
        }
        let Some(name) = self.link.value("name") else {
            let has_auth = self.link.params.iter().any(|param| self.target.auth_param(&param.key.text).is_some());
            if !has_auth {
                let diagnostic = Diagnostic::error(
                    "missing-parameter",
                    self.link.at.span,
                    "this link does not say what to open: `name=` is missing",
                )
                .help("for the ticket of the mail write `name=ticket&ticket_id=…`, or use the macro `[dd:ticket]`");
                self.report(diagnostic);
            }
            return;
        };
        let unconfirmed = |command: &&Command| command.confidence == crate::Confidence::Assumed;
        let command = match self.target.command_named(&name.text) {
            Some(command) => command,
            None => {
                // The public pages leave these names blank, so that any may be right.
                let may_be_right = self.target.commands.iter().filter(unconfirmed).flat_map(|command| &command.params);
                if may_be_right.into_iter().any(|param| param.required && self.link.param(&param.name).is_some()) {
                    return;
                }
                let names = self.target.commands.iter().map(|command| command.name.as_str());
                let mut diagnostic = Diagnostic::error(
                    "unknown-command",
                    name.span,
                    format!("{} has no page `{}`", self.target.title, name.text),
                );
                if let Some(right) = nearest(&name.text, names) {
                    diagnostic = diagnostic.help(format!("did you mean `{right}`?"));
                }
                self.report(diagnostic);
                return;
            }
        };
        let mut seen: Vec<&str> = Vec::new();
        let link = self.link;
        for param in &link.params {
            let key = param.key.text.as_str();
            if key.is_empty() {
                continue;
            }
            if seen.contains(&key) {
                let diagnostic = Diagnostic::warning(
                    "duplicate-parameter",
                    param.key.span,
                    format!("`{key}` stands twice in this link"),
                )
                .help("keep the one that is meant");
                self.report(diagnostic);
                continue;
            }
            seen.push(key);
            if key == "name" || self.target.auth_param(key).is_some() {
                continue;
            }
            match command.param(key) {
                Some(known) => self.value(command, known, param.value.as_ref(), param.key.span),
                None => {
                    let names = command.params.iter().map(|param| param.name.as_str());
                    let mut diagnostic = Diagnostic::warning(
                        "unknown-parameter",
                        param.key.span,
                        format!("`name={}` takes no `{key}`", command.name),
                    );
                    if let Some(right) = nearest(key, names) {
                        diagnostic = diagnostic.help(format!("did you mean `{right}`?"));
                    }
                    self.report(diagnostic);
                }
            }
        }
        for param in command.params.iter().filter(|param| param.required && !seen.contains(&param.name.as_str())) {
            let diagnostic = Diagnostic::error(
                "missing-parameter",
                link.at.span,
                format!("this link to `{}` needs `{}=`", command.name, param.name),
            );
            let token = param.means.as_ref().and_then(|meaning| self.settings.token(self.vocabulary, meaning));
            let diagnostic = match token {
                Some(token) => diagnostic.help(format!("add `{}=[{token}]`", param.name)),
                None => diagnostic,
            };
            self.report(diagnostic);
        }
    }

    fn value(&mut self, command: &Command, param: &Param, value: Option<&Field>, key: Span) {
        let Some(value) = value.filter(|value| !value.text.is_empty()) else {
            let diagnostic = Diagnostic::error("missing-parameter", key, format!("`{}=` has no value", param.name));
            self.report(diagnostic);
            return;
        };
        let parts = self.document.parts_in(value.span);
        if let [part] = parts
            && part.span == value.span
        {
            let part = part.clone();
            if let Some(meaning) = param.means.as_deref() {
                self.record(&part, param, meaning);
            } else if param.kind == ParamKind::Id
                && kind_of(self.vocabulary, self.settings, &part) == Some(ValueKind::HtmlLink)
            {
                self.report(html_in_attribute(&part));
            }
            return;
        }
        if !parts.is_empty() {
            return; // a text around a placeholder may be right
        }
        if let Some(diagnostic) = check_value(command, param, &value.text, value.span) {
            self.report(diagnostic);
        } else if param.means.is_some() {
            self.hard_coded(value, param.means.as_deref().unwrap_or_default());
        } else if param.automatic.contains(&value.text) {
            self.report(automatic_action(&value.text, value.span));
        }
    }

    /// The number of one record in a template that is sent for many.
    pub(super) fn hard_coded(&mut self, value: &Field, meaning: &str) {
        self.report(hard_coded(&value.text, value.span, self.settings.token(self.vocabulary, meaning)));
    }

    /// A placeholder as the number of a record: the right one, its display number, or another record's.
    fn record(&mut self, part: &Part, param: &Param, meaning: &str) {
        let dialect = self.settings.dialect(self.vocabulary);
        let Some(spelling) = part.spelling() else { return };
        let Some(known) = spelling.known_in(self.settings.dialect) else { return };
        if dialect.means(known, meaning) {
            return;
        }
        let Some(right) = self.settings.token(self.vocabulary, meaning) else { return };
        let is_display_number = dialect.identifies_ticket(known) && meaning == "ticket.id";
        let number = self.settings.token(self.vocabulary, "ticket.number").unwrap_or_default();
        let is_linked_number =
            dialect.placeholder(known).kind == ValueKind::HtmlLink && spelling.name.starts_with(&format!("{number} ("));
        if is_display_number || is_linked_number && meaning == "ticket.id" {
            let span = with_brackets(self.document, part, self.link.at.span);
            self.edits.retain(|edit| edit.span != span);
            self.edits.push(Edit::new(span, format!("[{right}]")));
        } else {
            let message = format!("`{}` is not the number that `{}` needs", spelling.token(), param.name);
            self.report(
                Diagnostic::error("wrong-id-placeholder", part.span, message).help(format!("write `[{right}]`")),
            );
        }
    }

    fn credentials(&mut self) {
        let link = self.link;
        for param in &link.params {
            let Some(known) = self.target.auth_param(&param.key.text).filter(|known| known.secret) else { continue };
            let is_password = known.name.contains("password");
            let rule = if is_password { "password-in-link" } else { "token-in-link" };
            let what = if is_password { "a password" } else { "a token that signs in" };
            let span = param.value.as_ref().map_or(param.key.span, |value| value.span);
            self.report(
                Diagnostic::error(
                    rule,
                    span,
                    format!("this link carries {what}: whoever holds the mail can sign in with it"),
                )
                .help("remove it from the link, and change it: it has been in mails"),
            );
        }
    }
}

/// Whether a host is a stand-in that nobody has filled in.
fn is_unfilled(document: &Document, target: &Target, host: &Field) -> bool {
    let unknown = document.parts_in(host.span).iter().any(|part| part.spelling().is_none_or(|it| it.known.is_empty()));
    unknown || target.is_unfilled(&link::percent_decode(&host.text))
}

/// A placeholder together with further brackets around it, in any of their forms: `[%5Bsrnumber%5D]`.
fn with_brackets(document: &Document, part: &Part, link: Span) -> Span {
    const PAIRS: [(&str, &str); 6] = [
        ("[", "]"),
        ("%5b", "%5d"),
        ("&#91;", "&#93;"),
        ("&#x5b;", "&#x5d;"),
        ("&lbrack;", "&rbrack;"),
        ("&lsqb;", "&rsqb;"),
    ];
    const LONGEST: usize = "&lbrack;".len();
    let bytes = document.source().bytes();
    let mut span = part.span;
    loop {
        let left = (link.start as usize).max((span.start as usize).saturating_sub(LONGEST));
        let right = (link.end as usize).min(span.end as usize + LONGEST);
        let before = bytes[left..span.start as usize].to_ascii_lowercase();
        let after = bytes.get(span.end as usize..right).unwrap_or_default().to_ascii_lowercase();
        let opening = PAIRS.iter().find(|(opening, _)| before.ends_with(opening.as_bytes()));
        let closing = PAIRS.iter().find(|(_, closing)| after.starts_with(closing.as_bytes()));
        let (Some((opening, _)), Some((_, closing))) = (opening, closing) else { break };
        span = Span::new(span.start as usize - opening.len(), span.end as usize + closing.len());
    }
    // Before a token that is written anew, a bracket too many would make it damaged again.
    if span != part.span || matches!(part.kind, PartKind::Malformed(_)) {
        while span.start > link.start && bytes[span.start as usize - 1] == b'[' {
            span.start -= 1;
        }
    }
    span
}
