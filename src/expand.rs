//! Link macros and bare ticket numbers, by the place where they stand, become links.

mod check;
mod known;

use std::borrow::Cow;
use std::sync::Arc;

use check::{Checked, broken};
pub(crate) use known::KnownMacros;

use crate::correct::{foreign, html_in_attribute, in_link, is_ours};
use crate::decoded::{Decoded, References};
use crate::diagnostic::Diagnostic;
use crate::document::{AttributePlace, AttributeRole, Document, Flaw, LinkMacro, Part, PartKind, Piece, Place};
use crate::edit::Edit;
use crate::error::Error;
use crate::front_matter::Audience;
use crate::link::{self, Ampersand, Client};
use crate::look::{Branch, Look};
use crate::outline::{Lines, Outline, Surroundings};
use crate::parse::Parser;
use crate::rewritten::{LinkChange, LinkOutcome, Rewritten};
use crate::scan::Quote;
use crate::settings::{Bare, Settings};
use crate::source::SourceKind;
use crate::span::Span;
use crate::vocabulary::{Target, ValueKind};

/// Expands the macros of a document; `has_ticket_link` says that its main body links to its ticket already.
pub(crate) fn expand(
    document: &Document,
    settings: &Settings,
    parser: &mut Parser<'_>,
    rewritten: &mut Rewritten,
    has_ticket_link: bool,
) -> Result<(), Error> {
    parser.known_macros.begin(settings);
    let mut expansion =
        Expansion { document, settings, parser, rewritten, has_ticket_link, quoted: None, damaged: None };
    let mut outline = Outline::new(document);
    let mut bare = Vec::new();
    let mut inside_anchor = None;
    for part in document.parts() {
        match &part.kind {
            PartKind::LinkMacro(link_macro) => {
                let around = if part.place == Place::Text {
                    outline.at(part.span.start as usize)
                } else {
                    Surroundings::default()
                };
                inside_anchor = inside_anchor.or(around.anchor);
                let before = expansion.rewritten.links.len();
                expansion.link_macro(part, link_macro, around)?;
                if expansion.rewritten.links.len() == before {
                    expansion.left(part);
                }
            }
            PartKind::BrokenMacro(flaw) => {
                expansion.rewritten.diagnostics.push(broken(document, part, *flaw));
                expansion.left(part);
            }
            PartKind::Placeholder(_) | PartKind::Malformed(_) => match part.place {
                Place::Attribute(attribute) => expansion.whole_address(part, attribute)?,
                Place::Text => bare.push(part),
                _ => {}
            },
            PartKind::FillIn => {}
        }
    }
    let wants_bare = match settings.bare {
        Bare::Off => false,
        Bare::First => !expansion.has_ticket_link,
        Bare::All => true,
    };
    if wants_bare && settings.audience != Some(Audience::Internal) {
        inside_anchor = inside_anchor.or(expansion.bare(&bare)?);
    }
    if let Some(tag) = inside_anchor.filter(|&tag| outline.unclosed() == Some(tag)) {
        let diagnostic = Diagnostic::note(
            "unclosed-anchor",
            tag,
            "this link is never closed, so everything after it counts as its text",
        )
        .help("add `</a>` where the text of the link ends");
        expansion.rewritten.diagnostics.push(diagnostic);
    }
    Ok(())
}

struct Expansion<'a, 'p, 'v> {
    document: &'a Document,
    settings: &'a Settings,
    parser: &'p mut Parser<'v>,
    rewritten: &'p mut Rewritten,
    has_ticket_link: bool,
    /// The unquoted value that gained quotes last.
    quoted: Option<Span>,
    /// The value that was looked at last, and whether it holds a damaged placeholder.
    damaged: Option<(Span, bool)>,
}

/// What stands for a byte that is no letter.
const NO_LETTER: char = '\u{1a}';

impl<'a, 'v> Expansion<'a, '_, 'v> {
    fn link_macro(&mut self, part: &Part, link_macro: &LinkMacro, around: Surroundings) -> Result<(), Error> {
        let prefix = &link_macro.prefix;
        let vocabulary = self.parser.vocabulary();
        let Some(target) = vocabulary.targets().iter().find(|it| it.prefix.eq_ignore_ascii_case(&prefix.text)) else {
            let known: Vec<String> =
                vocabulary.targets().iter().map(|target| format!("`{}:`", target.prefix)).collect();
            let message = format!("psalink knows no macro that starts with `{}:`", prefix.text);
            self.rewritten.diagnostics.push(
                Diagnostic::error("unknown-macro", part.span, message)
                    .help(format!("link macros start with {}", known.join(" or "))),
            );
            return Ok(());
        };
        let where_not = match part.place {
            Place::Comment => Some("a comment"),
            Place::Style => Some("a style sheet"),
            Place::Script => Some("a script"),
            Place::Subject => Some("a subject: PSAs match replies by it, and it shows no links"),
            Place::Markup => Some("the middle of a tag"),
            Place::FrontMatter => Some("the settings on top of a template"),
            _ => None,
        };
        if let Some(where_not) = where_not {
            self.rewritten.diagnostics.push(
                Diagnostic::error(
                    "macro-not-expandable",
                    part.span,
                    format!("a link macro cannot stand in {where_not}"),
                )
                .help("move it into the text of the mail, or delete it"),
            );
            return Ok(());
        }
        let links = self.document.links();
        let first = links.partition_point(|link| link.span.start < part.span.start);
        let holds_link = links.get(first).is_some_and(|link| part.span.covers(link.span));
        let is_in_link =
            in_link(self.document, part.span).is_some_and(|link| is_ours(self.document, *link, self.parser));
        if holds_link || is_in_link {
            let message = if holds_link {
                "the text of a macro cannot hold a link of its own"
            } else {
                "this macro stands inside a link to the portal"
            };
            self.rewritten.diagnostics.push(
                Diagnostic::error("macro-not-expandable", part.span, message)
                    .help("write the macro in the place of the whole link"),
            );
            return Ok(());
        }
        let known = self.parser.known_macros.find(self.document, part);
        let checked = match known.map(|known| known.checked.moved(0, part.span.start)) {
            Some(checked) => checked,
            None => {
                let before = self.rewritten.diagnostics.len();
                match self.check(target, link_macro, part)? {
                    Ok(checked) => {
                        if self.rewritten.diagnostics.len() == before {
                            self.parser.known_macros.remember(self.document, part, &checked);
                        }
                        checked
                    }
                    Err(diagnostics) => {
                        self.rewritten.diagnostics.extend(diagnostics);
                        return Ok(());
                    }
                }
            }
        };
        let writes_address = part.place == Place::PlainText
            || part.place == Place::Text
                && (checked.look == Look::Url || around.anchor.is_some() || around.takes_no_link);
        let reason = if writes_address && goes_on(self.document, part) {
            Some((
                "what follows this macro without a space would become a part of the address",
                "put a space behind the macro",
            ))
        } else {
            checked.text.as_ref().filter(|_| part.place == Place::Text).and_then(|text| {
                let lower = text.text.to_ascii_lowercase();
                let in_comment = part.conditional || checked.look == Look::Button;
                let ends_comment = in_comment && (lower.contains("--") && lower.contains('>') || lower.contains("<!"));
                let has_anchor = ["<a ", "<a>", "</a", "<a\t", "<a\n"].iter().any(|tag| lower.contains(tag));
                if ends_comment {
                    Some((
                        "the text of this macro would end the comment that Outlook reads",
                        "leave `-->` and `<!` out of it",
                    ))
                } else {
                    has_anchor.then_some(("the text of a macro cannot hold a link of its own", "leave `<a>` out of it"))
                }
            })
        };
        if let Some((message, help)) = reason {
            self.rewritten.diagnostics.push(Diagnostic::error("macro-not-expandable", part.span, message).help(help));
            return Ok(());
        }
        let ampersand = self.settings.ampersand;
        let url = link::escape(&checked.url, ampersand);
        let text = match part.place {
            Place::PlainText => {
                let text = checked.text.as_ref().map_or(Cow::Borrowed(checked.command.text.as_str()), |text| {
                    Cow::Owned(htmlize::unescape(&*text.text).into_owned())
                });
                checked.look.text(&checked.url, &text)
            }
            Place::Attribute(attribute) => match self.attribute_text(part, attribute, &url) {
                Some(text) => text,
                None => return Ok(()),
            },
            Place::Text if around.anchor.is_none() && !around.takes_no_link => {
                let branch = if part.conditional {
                    Branch::Outlook
                } else if around.revealed {
                    Branch::Others
                } else {
                    Branch::Everyone
                };
                if let Some(piece) = checked.text.as_ref().filter(|text| text.text.contains(NO_LETTER)) {
                    self.around_bytes(part, piece, &checked, &url);
                    return Ok(());
                }
                self.html(part, &checked, &url, branch)
            }
            _ => url,
        };
        let can_be_clicked = match part.place {
            Place::Text => around.anchor.is_none() && !around.takes_no_link,
            Place::Attribute(attribute) => {
                attribute.role == AttributeRole::Link && is_whole_value(self.document, part.span, attribute)
            }
            _ => false,
        };
        self.has_ticket_link |= checked.opens_ticket && can_be_clicked && !part.conditional;
        self.push(part.span, text, checked.url);
        Ok(())
    }

    /// The HTML for a macro in text.
    fn html(&mut self, part: &Part, checked: &Checked<'_>, url: &str, branch: Branch) -> String {
        let write = || {
            let text = checked
                .text
                .as_ref()
                .map_or_else(|| link::escape(&checked.command.text, Ampersand::Escaped), |text| text.text.clone());
            checked.look.html(url, &text, &self.settings.color, branch)
        };
        match self.parser.known_macros.find_mut(self.document, part) {
            Some(known) => known.html(branch).get_or_insert_with(|| write().into()).to_string(),
            None => write(),
        }
    }

    /// A link whose text holds bytes that are no letters: the tags are written around them, and they stay.
    fn around_bytes(&mut self, part: &Part, piece: &Piece, checked: &Checked<'_>, url: &str) {
        let html = checked.look.html(url, "\0", &self.settings.color, Branch::Everyone);
        let Some((before, after)) = html.split_once('\0').filter(|_| checked.look == Look::Link) else {
            let message = "the text of this macro holds bytes that are no letters";
            self.rewritten.diagnostics.push(
                Diagnostic::error("macro-not-expandable", piece.span, message).help(
                    "type the text again, or say which encoding the file is in, such as `--encoding windows-1252`",
                ),
            );
            return;
        };
        let (before, after) = (before.to_owned(), after.to_owned());
        self.has_ticket_link |= checked.opens_ticket && !part.conditional;
        self.rewritten.edits.push(Edit::new(Span { start: part.span.start, end: piece.span.start }, before));
        self.push(Span { start: piece.span.end, end: part.span.end }, after, checked.url.clone());
    }

    /// The text for an attribute; an unquoted value that it would break gains quotes.
    fn attribute_text(&mut self, part: &Part, attribute: AttributePlace, url: &str) -> Option<String> {
        let value = attribute.value.start as usize..part.span.start as usize;
        if self.document.source().bytes().get(value).is_some_and(|before| before.ends_with(b"://")) {
            let message = "a scheme such as `http://` stands before this, and the link brings its own";
            self.rewritten.diagnostics.push(
                Diagnostic::error("scheme-before-placeholder", part.span, message)
                    .help("delete what stands before the macro"),
            );
            return None;
        }
        if self.stands_beside_damage(attribute.value) {
            let message = "a damaged placeholder stands in the same value, which would become a part of the link";
            self.rewritten.diagnostics.push(
                Diagnostic::error("macro-not-expandable", part.span, message)
                    .help("mend or delete the placeholder first"),
            );
            return None;
        }
        let quote = match attribute.quote {
            Quote::Single => '\'',
            Quote::Double => '"',
            Quote::None => {
                let bytes = self.document.source().bytes();
                let ends =
                    bytes.get(part.span.end as usize).is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'>');
                if attribute.value.start == part.span.start && ends {
                    return Some(format!("\"{url}\""));
                }
                let is_whole = attribute.value.covers(part.span) && !url.contains([' ', '\'', '`', '=', '"']);
                if !is_whole && attribute.value.covers(part.span) {
                    let Span { start, end } = attribute.value;
                    if self.quoted.replace(attribute.value) == Some(attribute.value) {
                        return Some(url.to_owned());
                    }
                    self.rewritten.edits.push(Edit::new(Span { start, end: start }, "\""));
                    self.rewritten.edits.push(Edit::new(Span { start: end, end }, "\""));
                } else if !is_whole {
                    let message = "this value has no quotes, so the macro in it ends at its first space";
                    self.rewritten.diagnostics.push(
                        Diagnostic::error("unquoted-placeholder", part.span, message)
                            .help("put double quotes around the whole value"),
                    );
                    return None;
                }
                return Some(url.to_owned());
            }
        };
        if url.contains(quote) {
            let message = format!("the address holds the quote {quote} that its attribute is written in");
            self.rewritten.diagnostics.push(
                Diagnostic::error("macro-not-expandable", part.span, message)
                    .help("write the attribute with the other quotes"),
            );
            return None;
        }
        Some(url.to_owned())
    }

    /// Whether a value holds a damaged placeholder beside something that is not damaged.
    fn stands_beside_damage(&mut self, value: Span) -> bool {
        if let Some((known, is_damaged)) = self.damaged
            && known == value
        {
            return is_damaged;
        }
        let parts = self.document.parts_in(value);
        let is_damaged = parts.len() > 1 && parts.iter().any(|part| matches!(part.kind, PartKind::Malformed(_)));
        self.damaged = Some((value, is_damaged));
        is_damaged
    }

    /// A placeholder that is the whole address of a link becomes the address of the ticket.
    fn whole_address(&mut self, part: &Part, attribute: AttributePlace) -> Result<(), Error> {
        if attribute.role != AttributeRole::Link || in_link(self.document, part.span).is_some() {
            return Ok(());
        }
        let is_whole = is_whole_value(self.document, part.span, attribute);
        let Some(spelling) = part.spelling().filter(|_| is_whole) else { return Ok(()) };
        let vocabulary = self.parser.vocabulary();
        let dialect = self.settings.dialect(vocabulary);
        let Some(known) = spelling.known_in(self.settings.dialect) else { return Ok(()) };
        let placeholder = dialect.placeholder(known);
        if placeholder.kind == ValueKind::HtmlLink {
            self.rewritten.diagnostics.push(html_in_attribute(part));
            return Ok(());
        }
        let repairable = !spelling.flaws.iter().any(|flaw| matches!(flaw, Flaw::NeverClosed | Flaw::WrongCase));
        if !dialect.identifies_ticket(known) || !repairable || foreign(vocabulary, self.settings, part).is_some() {
            return Ok(());
        }
        let Some(url) = self.ticket_link()? else { return Ok(()) };
        let escaped = link::escape(&url, self.settings.ampersand);
        if let Some(text) = self.attribute_text(part, attribute, &escaped) {
            self.has_ticket_link |= !part.conditional;
            self.push(part.span, text, url);
        }
        Ok(())
    }

    /// Bare ticket numbers in text. Returns the `<a>` around one that had to stay.
    fn bare(&mut self, parts: &[&'a Part]) -> Result<Option<Span>, Error> {
        let vocabulary = self.parser.vocabulary();
        let dialect = self.settings.dialect(vocabulary);
        let mut outline = Outline::new(self.document);
        let mut lines = Lines::new(self.document);
        let mut inside = None;
        for part in parts {
            let PartKind::Placeholder(spelling) = &part.kind else { continue };
            let Some(known) = spelling.known_in(self.settings.dialect) else { continue };
            let right_language = known.languages & dialect.language_bit(&self.settings.language) != 0;
            if !dialect.identifies_ticket(known) || !right_language || in_link(self.document, part.span).is_some() {
                continue;
            }
            let first = self.settings.bare == Bare::First;
            if first && part.conditional {
                continue;
            }
            let around = outline.at(part.span.start as usize);
            if around.anchor.is_some() {
                inside = inside.or(around.anchor);
                continue;
            }
            if around.hidden || around.takes_no_link || first && around.revealed || is_glued(self.document, part.span) {
                continue;
            }
            if lines.is_reply_marker(part.span.start as usize) {
                continue;
            }
            let Some(url) = self.ticket_link()? else { return Ok(inside) };
            let escaped = link::escape(&url, self.settings.ampersand);
            let text = self.document.text(part.span).into_owned();
            let html = Look::Link.html(&escaped, &text, &self.settings.color, Branch::Everyone);
            self.push(part.span, html, url);
            if first {
                break;
            }
        }
        Ok(inside)
    }

    /// The link to the ticket of the mail, with the dialect's own placeholder; `None` where the dialect has none.
    fn ticket_link(&self) -> Result<Option<String>, Error> {
        let vocabulary = self.parser.vocabulary();
        let Some(token) = self.settings.token(vocabulary, "ticket.id") else { return Ok(None) };
        for target in vocabulary.targets() {
            for command in &target.commands {
                let Some(param) = command.params.iter().find(|param| param.means.as_deref() == Some("ticket.id"))
                else {
                    continue;
                };
                let host = self.host(target, self.settings.client, None)?;
                let token = format!("[{token}]");
                return Ok(Some(link::build(
                    target,
                    self.settings.client,
                    &host,
                    &command.name,
                    &[(&param.name, &token)],
                )));
            }
        }
        Ok(None)
    }

    fn host(&self, target: &Target, client: Client, own: Option<&str>) -> Result<String, Error> {
        match (client, own, &self.settings.host) {
            (Client::Desktop, ..) => Ok(String::new()),
            (_, Some(host), _) => Ok(host.to_owned()),
            (_, None, Some(host)) => Ok(host.clone()),
            (_, None, None) => Err(Settings::no_portal(target).at(self.document.source().name())),
        }
    }

    /// A macro that stays as it is, for the table of links.
    fn left(&mut self, part: &Part) {
        let text: Arc<str> = self.document.text(part.span).into();
        let (before, after) = (text.clone(), text);
        self.rewritten.links.push(LinkChange { span: part.span, before, after, outcome: LinkOutcome::Reported });
    }

    fn push(&mut self, span: Span, text: String, url: String) {
        self.rewritten.expanded += 1;
        let before = self.document.text(span).into();
        self.rewritten.links.push(LinkChange { span, before, after: url.into(), outcome: LinkOutcome::Expanded });
        self.rewritten.edits.push(Edit::new(span, text));
    }
}

/// Whether text follows a macro so closely that it would belong to an address in its place.
fn goes_on(document: &Document, part: &Part) -> bool {
    let rest = &document.source().bytes()[part.span.end as usize..];
    let rest = &rest[..rest.len().min(64)];
    let marks = rest.iter().take_while(|byte| b".,;:!?)'".contains(byte)).count();
    match &rest[marks..] {
        [] => false,
        [byte, ..] if byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>' | b'"') => false,
        rest => {
            let ends = [&b"&nbsp;"[..], b"&lt;", b"&gt;", b"&quot;", b"&#160;"];
            part.place == Place::PlainText || !ends.iter().any(|end| rest.starts_with(end))
        }
    }
}

/// Whether a macro is all that an attribute's value holds, white space aside.
fn is_whole_value(document: &Document, span: Span, attribute: AttributePlace) -> bool {
    let bytes = document.source().bytes();
    if attribute.quote == Quote::None {
        let next = bytes.get(span.end as usize);
        return attribute.value.start == span.start
            && next.is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'>');
    }
    let before = &bytes[attribute.value.start as usize..span.start as usize];
    let after = bytes.get(span.end as usize..attribute.value.end as usize).unwrap_or_default();
    before.trim_ascii().is_empty() && after.trim_ascii().is_empty()
}

/// Whether a placeholder belongs to a word, an address or a path that a program may read.
fn is_glued(document: &Document, span: Span) -> bool {
    let source = document.source();
    debug_assert_eq!(source.kind(), SourceKind::Html);
    let region = document.regions().partition_point(|region| region.span.end <= span.start);
    let Some(region) = document.regions().get(region) else { return false };
    let bytes = source.bytes();
    // Words are short; what is glued to more than this is glued.
    let left = (region.span.start as usize).max((span.start as usize).saturating_sub(200));
    let right = (region.span.end as usize).min(span.end as usize + 200).max(span.end as usize);
    let left =
        bytes[left..span.start as usize].iter().rposition(u8::is_ascii_whitespace).map_or(left, |at| left + at + 1);
    let right = bytes[span.end as usize..right]
        .iter()
        .position(u8::is_ascii_whitespace)
        .map_or(right, |at| span.end as usize + at);
    let decode = |span| Decoded::new(source, span, References::Text);
    let before = decode(Span::new(left, span.start as usize));
    let after = decode(Span::new(span.end as usize, right));
    let word_before = before.text().rsplit(char::is_whitespace).next().unwrap_or_default();
    let word_after = after.text().split(char::is_whitespace).next().unwrap_or_default();
    let last = word_before.trim_end_matches('#').chars().next_back();
    if last.is_some_and(|letter| letter.is_alphanumeric() || "[{_=/@:".contains(letter)) {
        return true;
    }
    let is_address = word_before.contains("://") || word_before.contains("www.") || word_before.contains(['@', '\\']);
    is_address || word_after.contains('@') || word_after.starts_with(['/', '\\', '=', '}'])
}
