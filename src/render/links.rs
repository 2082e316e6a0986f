//! The links of a rendered message, each read back as the reader's program would read it.

use std::collections::HashSet;

use crate::config::settings::Settings;
use crate::html::scan::{self, RegionKind};
use crate::lint::{broken_link, check_value, glued};
use crate::parse::Parser;
use crate::parse::deep_link::{self, Client, DeepLink, LinkForm, SlipKind};
use crate::parse::document::{Document, LinkSpan, Place};
use crate::render::rendered::RenderedLink;
use crate::secret::masked;
use crate::source::decoded::{Decoded, References};
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::vocabulary::{Gateway, Param, Target, Vocabulary};

/// The links of a body, in the order in which they appear. Links that only Outlook sees come last, and only if they
/// lead elsewhere. `glued` are the positions of values that are more than the plain number that their link needs.
pub(super) fn of(
    body: &mut String,
    kind: SourceKind,
    settings: &Settings,
    glued: &[usize],
    parser: &mut Parser<'_>,
) -> Vec<RenderedLink> {
    // A large body is not copied, but moved out and back.
    let document = parser.parse_whole(Source::from_text("mail", std::mem::take(body), kind));
    let reader = LinkReader { document: &document, settings, glued, vocabulary: parser.vocabulary() };
    let (mut links, mut more) = (Vec::new(), Vec::new());
    match kind {
        SourceKind::Html => reader.anchors(&mut links, &mut more),
        SourceKind::Text | SourceKind::Subject => {}
    }
    let in_text = reader.in_text();
    match kind {
        SourceKind::Html => more.extend(in_text),
        SourceKind::Text | SourceKind::Subject => links.extend(in_text),
    }
    let mut known: HashSet<String> = links.iter().map(|link| link.url.clone()).collect();
    links.extend(more.into_iter().filter(|link| known.insert(link.url.clone())));
    *body = String::from_utf8(parser.release(document).into_bytes()).unwrap_or_default(); // it was text before
    links
}

struct LinkReader<'a> {
    document: &'a Document,
    settings: &'a Settings,
    glued: &'a [usize],
    vocabulary: &'a Vocabulary,
}

impl LinkReader<'_> {
    /// Elements that lead somewhere; those that only Outlook sees go to `outlook`.
    fn anchors(&self, links: &mut Vec<RenderedLink>, outlook: &mut Vec<RenderedLink>) {
        let bytes = self.document.source().bytes();
        let regions = self.document.regions();
        for (index, region) in regions.iter().enumerate().filter(|(_, region)| region.kind == RegionKind::StartTag) {
            let name = &bytes[scan::tag_name(bytes, region.span).range()];
            let is_shape = name.starts_with(b"v:");
            if !(name.eq_ignore_ascii_case(b"a") || name.eq_ignore_ascii_case(b"area") || is_shape) {
                continue;
            }
            let is_href = |name: Span| bytes[name.range()].eq_ignore_ascii_case(b"href");
            let href = scan::attributes(bytes, region.span).find(|attribute| is_href(attribute.name));
            let Some(value) = href.and_then(|href| href.value) else { continue };
            let url = Decoded::new(self.document.source(), value, References::Attribute).text().trim().to_owned();
            let end = if is_shape { name } else { &b"a"[..] };
            let inside = regions[index + 1..].iter().take_while(|region| {
                let is_end = matches!(region.kind, RegionKind::EndTag | RegionKind::StartTag)
                    && bytes[scan::tag_name(bytes, region.span).range()].eq_ignore_ascii_case(end);
                !is_end
            });
            let text = self.text_of(inside.map(|region| (region.kind, region.span)));
            let links_here = self.document.links();
            let first = links_here.partition_point(|at| at.span.start < value.start);
            let at = links_here.get(first).filter(|at| value.covers(at.span));
            let (is_portal, problem) = at.map_or((false, None), |&at| self.judge(at));
            let link = RenderedLink { url, text, is_portal, problem };
            if region.conditional { outlook.push(link) } else { links.push(link) }
        }
    }

    /// What a reader sees of some regions: their text, and the alternative texts of images.
    fn text_of(&self, regions: impl Iterator<Item = (RegionKind, Span)>) -> String {
        let source = self.document.source();
        let mut text = String::new();
        for (kind, span) in regions {
            match kind {
                RegionKind::Text => text.push_str(Decoded::new(source, span, References::Text).text()),
                RegionKind::StartTag => {
                    let is_alt = |name: Span| source.bytes()[name.range()].eq_ignore_ascii_case(b"alt");
                    let alt = scan::attributes(source.bytes(), span).find(|attribute| is_alt(attribute.name));
                    text.push(' ');
                    if let Some(alt) = alt.and_then(|alt| alt.value) {
                        text.push_str(Decoded::new(source, alt, References::Attribute).text());
                    }
                }
                RegionKind::EndTag => text.push(' '),
                _ => {}
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Addresses written as text.
    fn in_text(&self) -> Vec<RenderedLink> {
        let mut found: Vec<(u32, RenderedLink)> = Vec::new();
        for &at in self.document.links() {
            if matches!(at.place, Place::Text | Place::PlainText | Place::Subject) {
                let references = References::of(self.document.source().kind(), false);
                let url = Decoded::new(self.document.source(), at.span, references).text().to_owned();
                let (is_portal, problem) = self.judge(at);
                found.push((at.span.start, RenderedLink { text: url.clone(), url, is_portal, problem }));
            }
        }
        if self.document.source().kind() == SourceKind::Text {
            let text = String::from_utf8_lossy(self.document.source().bytes());
            for (start, url) in addresses(&text) {
                let before = self.document.links().partition_point(|at| at.span.start <= start);
                let is_known = before.checked_sub(1).is_some_and(|index| self.document.links()[index].span.end > start);
                if !is_known {
                    let link =
                        RenderedLink { url: url.to_owned(), text: url.to_owned(), is_portal: false, problem: None };
                    found.push((start, link));
                }
            }
            found.sort_by_key(|(start, _)| *start);
        }
        found.into_iter().map(|(_, link)| link).collect()
    }

    /// Whether a link leads to the portal, and why it does not work.
    fn judge(&self, at: LinkSpan) -> (bool, Option<String>) {
        let hosts = self.settings.hosts();
        let mut targets = self.vocabulary.targets().iter();
        let found = targets.find_map(|target| Some((target, DeepLink::read(self.document, at, target, &hosts)?)));
        match found {
            Some((target, link)) => (true, self.problem(target, &link, &hosts).map(masked)),
            None => (false, None),
        }
    }

    fn holds_glued(&self, value: Span) -> bool {
        let first = self.glued.partition_point(|&at| at < value.start as usize);
        self.glued.get(first).is_some_and(|&at| at < value.end as usize)
    }

    fn names_its_site(&self) -> bool {
        let bytes = self.document.source().bytes();
        let is_base = |tag: Span| bytes[scan::tag_name(bytes, tag).range()].eq_ignore_ascii_case(b"base");
        self.document.regions().iter().any(|region| region.kind == RegionKind::StartTag && is_base(region.span))
    }

    fn problem(&self, target: &Target, link: &DeepLink, hosts: &[String]) -> Option<String> {
        if let Some(part) = self.document.parts_in(link.at.span).first() {
            return Some(format!("it still contains `{}`", self.document.source().quoted(part.span)));
        }
        if let Some(slip) = &link.slip {
            // A template that names its site with `<base>` completes a link without a host.
            let is_right = slip.kind == SlipKind::NoHost && self.names_its_site();
            return (!is_right).then(|| broken_link(slip.kind).to_owned());
        }
        match link.form {
            LinkForm::Current => {}
            LinkForm::OtherPage => return None,
            LinkForm::Retired(_) => return Some("it is a link of the old portal".to_owned()),
            LinkForm::Magic => return Some("it signs in anyone who has the message".to_owned()),
            // People also write these on purpose.
            LinkForm::Wrapped(index) if Gateway::builtin().get(index).is_some_and(|gateway| gateway.is_redirect) => {
                return None;
            }
            LinkForm::Wrapped(_) => return Some("it was rewritten by someone else's mail gateway".to_owned()),
        }
        if link.client == Client::Web {
            let host = link.host.as_ref().map_or("", |host| &*host.text).to_lowercase();
            let is_own = hosts.contains(&host) || host.ends_with(&format!(".{}", target.host_suffix));
            if deep_link::valid_host(&host).is_none() || target.is_unfilled(&host) {
                return Some(format!("`{host}` is not the address of a portal"));
            }
            if !is_own {
                return Some(format!("it leads to `{host}`, which is not your portal according to psalink.yaml"));
            }
        }
        let Some(name) = link.value("name").map(|name| &*name.text) else {
            return Some("it does not say what to open: `name=` is missing".to_owned());
        };
        let Some(command) = target.command_named(name) else {
            return Some(format!("the portal has nothing called `{name}`"));
        };
        let given = |param: &&Param| link.value(&param.name).is_some_and(|value| !value.text.is_empty());
        if let Some(missing) = command.params.iter().filter(|param| param.required).find(|param| !given(param)) {
            return Some(format!("`{}=` is missing or empty", missing.name));
        }
        for param in link.params.iter().filter(|param| &*param.key.text != "name" && !param.key.text.is_empty()) {
            let key = &*param.key.text;
            let Some(known) = command.param(key).or_else(|| target.auth_param(key)) else {
                return Some(format!("it has an unknown parameter `{key}=`"));
            };
            let value = param.value.as_ref().map_or("", |value| &*value.text);
            if let Some(finding) = check_value(command, known, value, link.at.span) {
                return Some(finding.message.to_string());
            }
            if param.value.as_ref().is_some_and(|value| self.holds_glued(value.span)) {
                return Some(format!("`{}` of `{}` cannot be `{value}`", known.name, command.key));
            }
        }
        None
    }
}

/// The positions of placeholders with something attached where a portal link needs just a number.
pub(super) fn glued(document: &Document, settings: &Settings, vocabulary: &Vocabulary) -> Vec<u32> {
    let hosts = settings.hosts();
    let mut starts = Vec::new();
    for &at in document.links().iter().filter(|at| !document.parts_in(at.span).is_empty()) {
        for target in vocabulary.targets() {
            let Some(link) = DeepLink::read(document, at, target, &hosts) else { continue };
            let Some(command) = link.value("name").and_then(|name| target.command_named(&name.text)) else { continue };
            for glued in glued::in_link(document, &link, command) {
                starts.extend(document.parts_in(glued.value.span).iter().map(|part| part.span.start));
            }
        }
    }
    starts.sort_unstable();
    starts
}

/// The addresses in a plain text, with their positions.
fn addresses(text: &str) -> Vec<(u32, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(colon) = text[at..].find(':').map(|offset| at + offset) {
        at = colon + 1;
        let scheme = ["https", "http", "mailto", "tel"].iter().find(|scheme| text[..colon].ends_with(**scheme));
        let Some(scheme) = scheme else { continue };
        let start = colon - scheme.len();
        let is_inside_word = text[..start].ends_with(|character: char| character.is_alphanumeric());
        let has_slashes = text[at..].starts_with("//");
        if is_inside_word || has_slashes != scheme.starts_with("http") {
            continue;
        }
        let is_end =
            |character: char| character.is_whitespace() || character.is_control() || "<>\"".contains(character);
        let end = text[at..].find(is_end).map_or(text.len(), |offset| at + offset);
        let url = text[start..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']);
        if url.len() > colon + 1 - start {
            found.push((start as u32, url));
        }
        at = end;
    }
    found
}
