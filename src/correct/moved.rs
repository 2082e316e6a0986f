//! Links that another link takes the place of: those of the old portal, those with the magic token, and those that a
//! mail gateway has rewritten.

use super::correct;
use super::correction::Correction;
use super::findings::foreign;
use crate::diagnostic::Diagnostic;
use crate::document::{Flaw, Place};
use crate::edit::{self, Edit};
use crate::link::{self, Ampersand, Client, DeepLink, Field, LinkForm, LinkParam};
use crate::parse::Parser;
use crate::rewritten::Rewritten;
use crate::scan::Quote;
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::vocabulary::Command;

/// How many gateways may have wrapped a link one around another.
const WRAP_LIMIT: usize = 3;

impl Correction<'_> {
    pub(super) fn retired(&mut self, index: usize) {
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
        if link.params.iter().filter(|param| !param.key.text.is_empty()).count() > 1 || link.text().contains('#') {
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

    pub(super) fn magic(&mut self) {
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
        let is_known = |param: &&LinkParam| {
            let (token, ticket) = self.target.magic.as_ref().map_or(("", ""), |(token, ticket)| (token, ticket));
            param.key.text.is_empty() || param.key.text == token || param.key.text == ticket
        };
        if !link.params.iter().all(|param| is_known(&param)) || link.text().contains('#') {
            let help =
                "it says more than which ticket to open, so write it again by hand, or use the macro `[dd:ticket]`";
            return self.report(diagnostic().help(help));
        }
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
            Some(url) => {
                self.replace(&url);
                let message = "the magic token is out of this link, but it has been in mails";
                self.report(
                    Diagnostic::note("magic-token", link.at.span, message)
                        .help("revoke the token in the DeskDirector admin console"),
                );
            }
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
    pub(super) fn wrapped(&mut self, gateway: &str, parser: &mut Parser<'_>, depth: usize) {
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
