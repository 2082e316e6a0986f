//! Links as they stand in a template: what is broken and can be put right for certain is, the rest is reported.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::document::{AttributeRole, Document, Flaw, LinkSpan, Part, PartKind, Place};
use crate::edit::{self, Edit};
use crate::link::{self, Ampersand, Client, DeepLink, Field, LinkForm};
use crate::outline::Outline;
use crate::parse::Parser;
use crate::rewrite::{LinkChange, LinkOutcome, Rewritten, Settings};
use crate::scan::{Quote, RegionKind};
use crate::source::{Source, SourceKind, Span};
use crate::vocabulary::{Command, Gateway, Param, ParamKind, Target, ValueKind, Vocabulary};
use crate::{nearest, scan};

/// How many gateways may have wrapped a link one around another.
const WRAP_LIMIT: usize = 3;

/// Corrects the links of a document. Returns whether its main body has a link to the ticket of the mail.
pub(crate) fn correct(
    document: &Document,
    settings: &Settings,
    parser: &mut Parser<'_>,
    rewritten: &mut Rewritten,
    depth: usize,
) -> bool {
    let hosts = settings.hosts();
    let vocabulary = parser.vocabulary();
    let mut has_ticket_link = false;
    let mut outline = Outline::new(document);
    let mut claimed: Vec<Span> = Vec::new();
    for &at in document.links() {
        if claimed.last().is_some_and(|span| span.covers(at.span)) || touches_macro(document, at.span) {
            continue;
        }
        // The text of a link is changed only together with the link.
        if at.place == Place::Text && outline.at(at.span.start as usize).anchor.is_some() {
            continue;
        }
        let key = CleanLinks::key(document, &at);
        if let Some(clean) = parser.clean_links.find(settings, key.as_deref()) {
            has_ticket_link |= clean.leads_to_ticket && shows_in_body(document, &at);
            let (before, after) = (clean.text.clone(), clean.text.clone());
            rewritten.links.push(LinkChange { span: at.span, before, after, outcome: LinkOutcome::Kept });
            continue;
        }
        let found = vocabulary
            .targets()
            .iter()
            .find_map(|target| DeepLink::read(document, at, target, &hosts).map(|link| (target, link)));
        let Some((target, link)) = found else { continue };
        let mut correction = Correction {
            document,
            settings,
            vocabulary,
            target,
            link: &link,
            edits: Vec::new(),
            diagnostics: Vec::new(),
        };
        correction.run(parser, depth);
        let Correction { edits, diagnostics, .. } = correction;
        let leads_to_ticket = leads_to_ticket(document, &link, target, settings, vocabulary);
        has_ticket_link |= leads_to_ticket && shows_in_body(document, &at);
        if edits.is_empty()
            && diagnostics.is_empty()
            && let Some(key) = key
        {
            parser.clean_links.remember(key, CleanLink { leads_to_ticket, text: link.text().into() });
        }
        let reported = diagnostics.iter().any(|it| it.level >= crate::Level::Warning);
        let after = after_edits(document.source(), at.span, &edits);
        let outcome = match (edits.is_empty(), reported) {
            (false, _) => LinkOutcome::Corrected,
            (true, true) => LinkOutcome::Reported,
            (true, false) => LinkOutcome::Kept,
        };
        if !edits.is_empty() {
            rewritten.corrected += 1;
            if let Some((span, text)) = same_text(document, &link, &after) {
                claimed.push(span);
                rewritten.edits.push(Edit::new(span, text));
            }
        }
        rewritten.links.push(LinkChange { span: at.span, before: link.text().into(), after: after.into(), outcome });
        rewritten.edits.extend(edits);
        rewritten.diagnostics.extend(diagnostics);
    }
    has_ticket_link
}

/// Whether a macro stands in a link, or a link in a macro: such a thing is left to the person who wrote it.
fn touches_macro(document: &Document, span: Span) -> bool {
    let is_macro = |part: &Part| matches!(part.kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
    let before = document.parts().partition_point(|part| part.span.start < span.start);
    let around = before.checked_sub(1).and_then(|index| document.parts().get(index));
    document.parts_in(span).iter().any(is_macro)
        || around.is_some_and(|part| is_macro(part) && part.span.end > span.start)
}

/// Whether a link is one of a target.
pub(crate) fn is_ours(document: &Document, at: LinkSpan, parser: &Parser<'_>) -> bool {
    parser.vocabulary().targets().iter().any(|target| DeepLink::read(document, at, target, &[]).is_some())
}

/// Whether a link stands in the main body: not in what only Outlook shows, nor in the text-only twin of an HTML body.
fn shows_in_body(document: &Document, at: &LinkSpan) -> bool {
    !at.conditional
        && match at.place {
            Place::Attribute(attribute) => attribute.role == AttributeRole::Link,
            Place::PlainText => document.source().kind() == SourceKind::Text,
            _ => true,
        }
}

/// Links with which nothing was wrong: in a folder of templates most are the same few.
#[derive(Default)]
pub(crate) struct CleanLinks {
    settings: Option<Settings>,
    links: HashMap<Vec<u8>, CleanLink, foldhash::fast::FixedState>,
}

#[derive(Clone)]
struct CleanLink {
    leads_to_ticket: bool,
    text: Arc<str>,
}

impl CleanLinks {
    /// Links that are remembered.
    const LIMIT: usize = 10_000;

    /// What the verdict on a link depends on beside the settings: its bytes, and how its place is read. A placeholder
    /// that goes on behind the link is another matter.
    fn key(document: &Document, at: &LinkSpan) -> Option<Vec<u8>> {
        let bytes = &document.source().bytes()[at.span.range()];
        let is_read = match at.place {
            Place::Attribute(attribute) if attribute.quote == Quote::None => return None,
            Place::Attribute(_) => b'a',
            Place::Text => b't',
            _ => b'p',
        };
        let may = bytes.len() <= 1024 && (document.source().is_utf8() || bytes.is_ascii());
        may.then(|| {
            let mut key = Vec::with_capacity(bytes.len() + 1);
            key.push(is_read);
            key.extend_from_slice(bytes);
            key
        })
    }

    fn find(&mut self, settings: &Settings, key: Option<&[u8]>) -> Option<&CleanLink> {
        if self.settings.as_ref() != Some(settings) {
            self.settings = Some(settings.clone());
            self.links.clear();
        }
        self.links.get(key?)
    }

    fn remember(&mut self, key: Vec<u8>, link: CleanLink) {
        if self.links.len() < CleanLinks::LIMIT {
            self.links.insert(key, link);
        }
    }
}

/// One link being put right.
struct Correction<'a> {
    document: &'a Document,
    settings: &'a Settings,
    vocabulary: &'a Vocabulary,
    target: &'a Target,
    link: &'a DeepLink,
    edits: Vec<Edit>,
    diagnostics: Vec<Diagnostic>,
}

impl Correction<'_> {
    fn run(&mut self, parser: &mut Parser<'_>, depth: usize) {
        if let Some(part) = self.parts().iter().find(|part| part.span.end > self.link.at.span.end) {
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

    fn parts(&self) -> &[Part] {
        self.document.parts_in(self.link.at.span)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Placeholders that an editor has encoded or spaced are written as the PSA needs them.
    fn tokens(&mut self) {
        let mut gains_space = false;
        let spans: Vec<Part> = self.parts().to_vec();
        for part in &spans {
            let Some(spelling) = part.spelling() else { continue };
            if self.link.host.as_ref().is_some_and(|host| host.span.covers(part.span)) && spelling.known.is_empty() {
                continue; // `[your-subdomain]`, of which the host speaks
            }
            if let Some(diagnostic) = foreign(self.vocabulary, self.settings, part) {
                self.report(diagnostic);
                continue;
            }
            let token = spelling.token();
            let span = with_brackets(self.document, part.span, self.link.at.span);
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

    fn ampersands(&mut self) {
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
    fn hard_coded(&mut self, value: &Field, meaning: &str) {
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
            let span = with_brackets(self.document, part.span, self.link.at.span);
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

    fn retired(&mut self, index: usize) {
        let form = &self.target.retired[index];
        let link = self.link;
        let whole = link.at.span;
        let retired = |what: String| Diagnostic::error("retired-deep-link", whole, what);
        let old = format!("`{}:` links of the old portal no longer work", self.target.desktop_scheme());
        let Some(command) = form.becomes.as_ref().and_then(|key| self.target.command(key)) else {
            self.tokens();
            let mut diagnostic =
                retired(format!("`{}` is a link of the old portal, and nothing certain took its place", form.word))
                    .help("open the page in the portal you have now, and link to it from there");
            if let Some(note) = &form.note {
                diagnostic = diagnostic.with_note(note.clone());
            }
            self.report(diagnostic);
            return;
        };
        if link.params.iter().filter(|param| !param.key.text.is_empty()).count() > 1 {
            self.tokens();
            self.ampersands();
            self.report(
                retired(format!("{old}, and this one has more parameters than `{}`", form.word))
                    .help(format!("replace it by the macro `[{}:{}]`", self.target.prefix, command.key)),
            );
            return;
        }
        let value = link
            .params
            .iter()
            .find(|param| param.key.text.eq_ignore_ascii_case(&form.word))
            .and_then(|param| param.value.as_ref());
        let mut params = Vec::new();
        if let (Some(name), Some(value)) = (&form.value, value) {
            match self.record_value(value) {
                Ok(text) => params.push((name.as_str(), text)),
                Err(diagnostic) => return self.report(*diagnostic),
            }
        }
        let meaning = form.value.as_ref().and_then(|name| command.param(name)).and_then(|param| param.means.as_deref());
        if let (Some((_, text)), Some(value), Some(meaning)) = (params.first(), value, meaning)
            && !text.starts_with('[')
        {
            self.hard_coded(value, meaning);
        }
        let params: Vec<(&str, &str)> = params.iter().map(|(name, text)| (*name, text.as_str())).collect();
        match self.new_link(self.settings.client, command, &params) {
            Some(url) => self.replace(&url),
            None => self.report(retired(old).help("say which portal it is, and psalink puts the link right: `portal: acme` in psalink.yaml, or `--portal acme`")),
        }
    }

    fn magic(&mut self) {
        let link = self.link;
        let diagnostic = || {
            Diagnostic::error(
                "magic-token",
                link.at.span,
                "whoever holds this mail can sign in as its reader: the link carries the global magic token",
            )
            .with_note("the token has been in mails: revoke it in the DeskDirector admin console")
        };
        let ticket = self.target.magic.as_ref().and_then(|(_, ticket)| link.value(ticket));
        let command = self
            .target
            .commands
            .iter()
            .find(|command| command.params.iter().any(|it| it.means.as_deref() == Some("ticket.id")));
        let (Some(ticket), Some(command)) = (ticket, command) else {
            return self.report(diagnostic().help("replace the link by a macro such as `[dd:support_options]`"));
        };
        if !self.settings.unsafe_fixes {
            return self.report(
                diagnostic()
                    .help("`--unsafe-fixes` makes it a plain link to the ticket, where the reader signs in as usual"),
            );
        }
        let value = match self.record_value(ticket) {
            Ok(value) => value,
            Err(diagnostic) => return self.report(*diagnostic),
        };
        let name = command
            .params
            .iter()
            .find(|param| param.means.as_deref() == Some("ticket.id"))
            .map_or("ticket_id", |param| &param.name);
        match self.new_link(Client::Web, command, &[(name, &value)]) {
            Some(url) => self.replace(&url),
            None => self.report(
                diagnostic().help("say which portal it is: `portal: acme` in psalink.yaml, or `--portal acme`"),
            ),
        }
    }

    /// The value of an old link's ticket number: its placeholder, or its digits.
    fn record_value(&self, value: &Field) -> Result<String, Box<Diagnostic>> {
        let parts = self.document.parts_in(value.span);
        if let [part] = parts
            && part.span == value.span
        {
            if let Some(diagnostic) = foreign(self.vocabulary, self.settings, part) {
                return Err(Box::new(diagnostic));
            }
            if let Some(spelling) = part.spelling()
                && let Some(known) = spelling.known_in(self.settings.dialect)
                && !spelling.flaws.contains(&Flaw::NeverClosed)
            {
                let dialect = self.settings.dialect(self.vocabulary);
                if dialect.means(known, "ticket.id") {
                    return Ok(spelling.token());
                }
                if dialect.identifies_ticket(known)
                    && let Some(right) = self.settings.token(self.vocabulary, "ticket.id")
                {
                    return Ok(format!("[{right}]"));
                }
            }
        } else if !value.text.is_empty() && value.text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(value.text.clone());
        }
        let message =
            format!("`{}` is not the number of a ticket, so this link of the old portal stays as it is", value.text);
        Err(Box::new(
            Diagnostic::error("retired-deep-link", value.span, message).help("link to the ticket with `[dd:ticket]`"),
        ))
    }

    fn new_link(&self, client: Client, command: &Command, params: &[(&str, &str)]) -> Option<String> {
        let host = match client {
            Client::Web => self.settings.host.as_deref()?,
            Client::Desktop => "",
        };
        Some(link::build(self.target, client, host, &command.name, params))
    }

    /// Puts a whole link in the place of this one, in the same quotes.
    fn replace(&mut self, url: &str) {
        // A link whose ampersands are not escaped keeps that style.
        let written = self.document.text(self.link.at.span);
        let is_plain =
            written.contains('&') && !written.to_ascii_lowercase().contains("&amp;") && !written.contains("&#");
        let ampersand = if is_plain { Ampersand::Plain } else { self.settings.ampersand };
        let text = match self.link.at.place {
            Place::Attribute(attribute) if attribute.quote == Quote::None => {
                format!("\"{}\"", link::escape(url, ampersand))
            }
            Place::PlainText => url.to_owned(),
            _ => link::escape(url, ampersand),
        };
        self.edits = vec![Edit::new(self.link.at.span, text)];
    }

    /// A link that a mail gateway has wrapped: where it holds a placeholder it was copied from a delivered mail's
    /// template, and the link inside was meant.
    fn wrapped(&mut self, gateway: &str, parser: &mut Parser<'_>, depth: usize) {
        let inner = self.link.unwrapped().filter(|_| depth < WRAP_LIMIT);
        let right = inner.as_deref().and_then(|inner| {
            let source = Source::from_text(self.document.source().name(), inner, SourceKind::Text);
            let document = parser.parse(source, None);
            let [at] = document.links() else { return None };
            let whole = at.span == Span::new(0, inner.len());
            let hosts = self.settings.hosts();
            let link = DeepLink::read(&document, *at, self.target, &hosts)?;
            let is_ours = matches!(link.form, LinkForm::Current | LinkForm::Retired(_) | LinkForm::Wrapped(_));
            let has_token = document.parts().iter().any(|part| part.spelling().is_some())
                || matches!(link.form, LinkForm::Wrapped(_));
            if !whole || !is_ours || !has_token {
                return None;
            }
            let mut rewritten = Rewritten::default();
            correct(&document, self.settings, parser, &mut rewritten, depth + 1);
            let stuck = matches!(link.form, LinkForm::Wrapped(_)) && rewritten.edits.is_empty();
            let bytes = edit::apply(document.source(), &rewritten.edits).ok()?;
            (!stuck).then(|| String::from_utf8(bytes).ok())?
        });
        match right {
            Some(url) => self.replace(&link::without_quotes(&url)),
            None => self.report(
                Diagnostic::warning(
                    "gateway-wrapped-link",
                    self.link.at.span,
                    format!("{gateway} has rewritten this link; it was copied from a delivered mail"),
                )
                .help("write the link again as it was meant, or use a macro such as `[dd:ticket]`"),
            ),
        }
    }
}

/// Whether a link opens the ticket of the mail, now or after it was put right.
fn leads_to_ticket(
    document: &Document,
    link: &DeepLink,
    target: &Target,
    settings: &Settings,
    vocabulary: &Vocabulary,
) -> bool {
    let is_ticket = |span: Span| {
        let dialect = settings.dialect(vocabulary);
        document.parts_in(span).iter().filter_map(Part::spelling).any(|spelling| {
            spelling.known_in(settings.dialect).is_some_and(|known| {
                let number = dialect.token("ticket.number", &settings.language).unwrap_or_default();
                dialect.identifies_ticket(known) || spelling.name.starts_with(&format!("{number} ("))
            })
        })
    };
    match link.form {
        LinkForm::Current => {
            let command = link.value("name").and_then(|name| target.command_named(&name.text));
            let param =
                command.and_then(|command| command.params.iter().find(|it| it.means.as_deref() == Some("ticket.id")));
            param.and_then(|param| link.value(&param.name)).is_some_and(|value| is_ticket(value.span))
        }
        // These open the ticket, or are meant to; a second link beside them would only confuse.
        LinkForm::Retired(_) | LinkForm::Magic | LinkForm::Wrapped(_) => is_ticket(link.at.span),
        LinkForm::OtherPage => false,
    }
}

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

fn kind_of(vocabulary: &Vocabulary, settings: &Settings, part: &Part) -> Option<ValueKind> {
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

/// Whether a host is a stand-in that nobody has filled in.
fn is_unfilled(document: &Document, target: &Target, host: &Field) -> bool {
    let unknown = document.parts_in(host.span).iter().any(|part| part.spelling().is_none_or(|it| it.known.is_empty()));
    unknown || target.is_unfilled(&link::percent_decode(&host.text))
}

/// A placeholder together with further brackets around it, in any of their forms: `[%5Bsrnumber%5D]`.
fn with_brackets(document: &Document, token: Span, link: Span) -> Span {
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
    let mut span = token;
    loop {
        let left = (link.start as usize).max((span.start as usize).saturating_sub(LONGEST));
        let right = (link.end as usize).min(span.end as usize + LONGEST);
        let before = bytes[left..span.start as usize].to_ascii_lowercase();
        let after = bytes.get(span.end as usize..right).unwrap_or_default().to_ascii_lowercase();
        let opening = PAIRS.iter().find(|(opening, _)| before.ends_with(opening.as_bytes()));
        let closing = PAIRS.iter().find(|(_, closing)| after.starts_with(closing.as_bytes()));
        let (Some((opening, _)), Some((_, closing))) = (opening, closing) else { return span };
        span = Span::new(span.start as usize - opening.len(), span.end as usize + closing.len());
    }
}

/// The link after its edits, character references undone.
fn after_edits(source: &Source, span: Span, edits: &[Edit]) -> String {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| edit.span);
    let mut text = String::new();
    let mut done = span.start;
    for edit in sorted {
        text.push_str(&source.text(Span { start: done, end: edit.span.start.max(done) }));
        text.push_str(&edit.text);
        done = edit.span.end;
    }
    text.push_str(&source.text(Span { start: done, end: span.end.max(done) }));
    let text = text.trim_matches('"');
    if source.kind() == SourceKind::Html { htmlize::unescape_attribute(text).into_owned() } else { text.to_owned() }
}

/// The text of an anchor that is the same URL as its link: where it stands and what it becomes.
fn same_text(document: &Document, link: &DeepLink, after: &str) -> Option<(Span, String)> {
    let Place::Attribute(attribute) = link.at.place else { return None };
    let bytes = document.source().bytes();
    let is_anchor = |tag: Span| bytes[scan::tag_name(bytes, tag).range()].eq_ignore_ascii_case(b"a");
    let regions = document.regions();
    let tag = regions.partition_point(|region| region.span.start < attribute.tag.start);
    let [_, text, end, ..] = regions.get(tag..)? else { return None };
    let fits = is_anchor(attribute.tag)
        && text.kind == RegionKind::Text
        && end.kind == RegionKind::EndTag
        && is_anchor(end.span);
    if !fits {
        return None;
    }
    let raw = &bytes[text.span.range()];
    let start = text.span.start as usize + raw.len() - raw.trim_ascii_start().len();
    let span = Span::new(start, start + raw.trim_ascii().len());
    let written = document.text(span);
    if htmlize::unescape(&*written) != link.text() {
        return None;
    }
    let plain = written.contains('&') && !written.contains("&amp;");
    Some((span, link::escape(after, if plain { Ampersand::Plain } else { Ampersand::Escaped })))
}

/// The link spans of a document, for whoever must not touch them.
pub(crate) fn in_link(document: &Document, span: Span) -> Option<&LinkSpan> {
    let index = document.links().partition_point(|link| link.span.end <= span.start);
    document.links().get(index).filter(|link| link.span.start <= span.start)
}
