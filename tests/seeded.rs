//! Mistakes seeded into whole templates: each must be found in its place by its rule, and after a fix, whole templates
//! have no findings.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use psalink::document::{FrontMatter, Part, Place};
use psalink::html::scan::{Quote, RegionKind, attributes};
use psalink::lint::fix;
use psalink::lint::{Profile, RULES};
use psalink::source::edit;
use psalink::vocabulary::Dialect;
use psalink::{Document, Edit, Level, Parser, Safety, Settings, Source, SourceKind, Span, Vocabulary, check};

/// An xorshift generator, so that every run seeds the same mistakes.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A template in `fixtures/templates` as it is on disk.
struct Template {
    name: String,
    kind: SourceKind,
    bytes: Vec<u8>,
}

fn templates(folder: &str) -> Vec<Template> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/templates").join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let kind = if name.ends_with(".subject.txt") {
            SourceKind::Subject
        } else if name.ends_with(".txt") {
            SourceKind::Text
        } else {
            SourceKind::Html
        };
        Template { name, kind, bytes: std::fs::read(path).unwrap() }
    };
    paths.into_iter().map(read).collect()
}

impl Template {
    fn source(&self, bytes: Vec<u8>) -> Source {
        Source::read(&self.name, bytes, self.kind, None).unwrap()
    }
}

/// A parsed template, and its settings.
fn parse(parser: &mut Parser<'_>, source: Source, dialect: &str) -> (Document, Settings) {
    let vocabulary = Vocabulary::builtin();
    let mut settings = Settings::new(vocabulary, dialect, Some("acme.deskdirector.com")).unwrap();
    let front_matter = FrontMatter::read(&source).unwrap_or(None);
    settings.audience = front_matter.as_ref().and_then(|own| own.audience);
    let document = parser.parse_whole(source);
    settings.language = document.language(&vocabulary.dialects()[settings.dialect], settings.dialect).to_owned();
    (document, settings)
}

/// Where in a template a mistake is seeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Text,
    Title,
    Attribute,
    Conditional,
    Link,
    ConditionalLink,
    PlainText,
    PlainLink,
    Subject,
}

impl Spot {
    /// Whether tags and character references have a meaning there.
    fn is_html(self) -> bool {
        !matches!(self, Spot::PlainText | Spot::PlainLink | Spot::Subject)
    }

    /// Whether an address may be written there.
    fn takes_address(self) -> bool {
        matches!(self, Spot::Text | Spot::Conditional | Spot::PlainText)
    }

    fn is_link(self) -> bool {
        matches!(self, Spot::Link | Spot::ConditionalLink | Spot::PlainLink)
    }
}

/// The places in a template: text in which a word can be inserted after each space, and the ticket placeholder in each
/// portal link, with the link.
struct Places {
    words: Vec<(Spot, usize)>,
    links: Vec<(Spot, Span, Span)>,
}

fn places(document: &Document, found: &[psalink::Diagnostic]) -> Places {
    let bytes = document.source().bytes();
    let body = document.front_matter().map_or(0, |own| own.span.end as usize);
    let mut words = Vec::new();
    let mut add = |spot: Spot, span: Span| {
        let taken = |at: usize| {
            let inside = |span: Span| (span.start as usize) <= at && at <= span.end as usize;
            document.parts().iter().any(|part| inside(part.span))
                || document.links().iter().any(|link| inside(link.span))
                || found.iter().any(|finding| inside(finding.span) && finding.span.len() < 200)
        };
        let after_space = |at: &usize| bytes[at - 1] == b' ' && !taken(*at);
        words.extend((span.start as usize + 1..span.end as usize).filter(after_space).map(|at| (spot, at)));
    };
    match document.source().kind() {
        SourceKind::Subject => add(Spot::Subject, Span::new(0, bytes.len())),
        SourceKind::Text => add(Spot::PlainText, Span::new(body, bytes.len())),
        SourceKind::Html => {
            for region in document.regions() {
                match region.kind {
                    RegionKind::Text if region.conditional => add(Spot::Conditional, region.span),
                    RegionKind::Text => add(Spot::Text, region.span),
                    RegionKind::Rcdata => add(Spot::Title, region.span),
                    RegionKind::StartTag => {
                        for attribute in attributes(bytes, region.span) {
                            let name = &bytes[attribute.name.range()];
                            let is_text = [&b"title"[..], b"alt"].iter().any(|text| name.eq_ignore_ascii_case(text));
                            if let Some(value) = attribute.value.filter(|_| is_text && attribute.quote != Quote::None) {
                                add(Spot::Attribute, value);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    let mut links = Vec::new();
    for link in document.links() {
        let spot = match link.place {
            Place::PlainText => Spot::PlainLink,
            Place::Attribute(at) if at.quote == Quote::None => continue,
            Place::Attribute(_) if link.conditional => Spot::ConditionalLink,
            Place::Attribute(_) => Spot::Link,
            _ => continue,
        };
        let text = document.text(link.span);
        let is_current = text.starts_with("https://acme.deskdirector.com/portal/deeplink?name=ticket&");
        let is_clean =
            !found.iter().any(|finding| finding.span.start < link.span.end && link.span.start < finding.span.end);
        if let [Part { span, .. }] = document.parts_in(link.span)
            && is_current
            && is_clean
        {
            links.push((spot, link.span, *span));
        }
    }
    Places { words, links }
}

/// Whether a text belongs to a link and is checked with it.
fn is_in_anchor(document: &Document, at: usize) -> bool {
    let bytes = document.source().bytes();
    let before = document.regions().iter().take_while(|region| region.span.start as usize <= at);
    let is_anchor = |span: Span| bytes[psalink::html::scan::tag_name(bytes, span).range()].eq_ignore_ascii_case(b"a");
    let tags = before
        .filter(|region| matches!(region.kind, RegionKind::StartTag | RegionKind::EndTag) && is_anchor(region.span));
    tags.last().is_some_and(|tag| tag.kind == RegionKind::StartTag)
}

/// A mistake to seed: what to write where, which bytes of it are damaged, and what must be found.
struct Mistake {
    kind: &'static str,
    rule: &'static str,
    at: Span,
    text: String,
    /// The damaged part of `text`.
    damage: std::ops::Range<usize>,
    /// The right name, if one must be suggested.
    right: Option<String>,
}

/// The rule that must report it, the text, and its damaged part.
type Damaged = (&'static str, String, std::ops::Range<usize>);

const PLACEHOLDER_KINDS: [&str; 8] =
    ["misspelt", "wrong case", "wrong dialect", "wrong language", "encoded", "split", "nbsp", "unclosed"];

/// A damaged placeholder of the dialect; `None` if that name cannot be damaged that way there.
fn placeholder(
    random: &mut Random,
    kind: &'static str,
    spot: Spot,
    cx: &Names<'_>,
) -> Option<(Damaged, Option<String>)> {
    let name = cx.name(random, spot);
    let whole = |text: String| {
        let length = text.len();
        (text, 0..length)
    };
    let (rule, (text, damage)) = match kind {
        "misspelt" => ("unknown-placeholder", whole(format!("[{}]", misspell(random, &name)?))),
        "wrong case" => {
            let flip = |character: char| {
                if character.is_uppercase() {
                    character.to_lowercase().collect()
                } else {
                    character.to_uppercase().to_string()
                }
            };
            let at = random.below(name.chars().count());
            let wrong: String = match random.below(3) {
                0 => name.to_uppercase(),
                1 if name.chars().any(char::is_uppercase) => name.to_lowercase(),
                _ => name
                    .chars()
                    .enumerate()
                    .map(|(index, character)| if index == at { flip(character) } else { character.into() })
                    .collect(),
            };
            (wrong != name && cx.dialect.find(&wrong).is_none()).then_some(())?;
            ("misspelt-case", whole(format!("[{wrong}]")))
        }
        "wrong dialect" => ("wrong-dialect-placeholder", whole(format!("[{}]", cx.foreign(random, spot)))),
        "wrong language" => ("wrong-language-placeholder", whole(format!("[{}]", cx.translated(random, &name)?))),
        "encoded" => {
            let percent = |character: char| match character {
                '[' => "%5B".to_owned(),
                ']' => "%5D".to_owned(),
                ' ' => "%20".to_owned(),
                character => character.to_string(),
            };
            let written = format!("[{name}]");
            let all: String = written.chars().map(percent).collect();
            let text: String = match random.below(if spot.is_html() { 10 } else { 5 }) {
                0 => all,
                1 => all.replace("%5B", "%5b").replace("%5D", "%5d"),
                2 if name.contains(' ') => written.replace(' ', "%20"),
                2 => format!("%5B{name}]"),
                3 => all.replace("%20", "+").replace(':', "%3A"),
                4 => format!("[{name}%5D"),
                5 => format!("&#91;{name}&#93;"),
                6 => format!("&#x5B;{name}&#x5D;"),
                7 => format!("&lbrack;{name}&rbrack;"),
                8 => format!("&lsqb;{name}&rsqb;"),
                _ => format!("&#091;{name}&#X5d;"),
            };
            ("encoded-placeholder", whole(text))
        }
        "split" => {
            (spot.is_html() && !spot.is_link() && !matches!(spot, Spot::Title | Spot::Attribute)).then_some(())?;
            let inner: Vec<usize> = name.char_indices().map(|(at, _)| at).chain([name.len()]).collect();
            let (from, to) = (*random.pick(&inner), *random.pick(&inner));
            let (from, to) = (from.min(to), from.max(to));
            let (open, close) = *random.pick(&[
                ("<b>", "</b>"),
                ("<span style=\"color:#c00\">", "</span>"),
                ("<o:p>", "</o:p>"),
                ("<SPAN class=SpellE>", "</SPAN>"),
                ("</b>", "<b>"),
                ("<br>", ""),
                ("<wbr>", ""),
                ("</span>", "<span\r\nlang=EN-US>"),
                ("<font face='x'><b>", "</b></font>"),
            ]);
            let text = format!("[{}{open}{}{close}{}]", &name[..from], &name[from..to], &name[to..]);
            let end = 1 + to + open.len() + close.len();
            ("split-placeholder", (text, 1 + from..end))
        }
        "nbsp" => {
            let plain = ["\u{a0}", "  ", " \u{a0}", "\t", "\n"];
            let html = ["&nbsp;", "&#160;", "&#xA0;", " &nbsp;", "\r\n  "];
            let count = if spot.is_html() { plain.len() + html.len() } else { plain.len() };
            let space = *plain.iter().chain(&html).nth(random.below(count)).unwrap();
            // A subject is one line.
            let space = if spot == Spot::Subject && space == "\n" { "\t" } else { space };
            let spaces: Vec<usize> = name.match_indices(' ').map(|(at, _)| at).collect();
            let at = if spaces.is_empty() { *random.pick(&[0, name.len()]) } else { *random.pick(&spaces) };
            let rest = name[at..].strip_prefix(' ').unwrap_or(&name[at..]);
            ("space-in-placeholder", (format!("[{}{space}{rest}]", &name[..at]), 1 + at..1 + at + space.len()))
        }
        _ => {
            let end = 1 + name.len();
            ("unclosed-placeholder", (format!("[{name}"), end..end))
        }
    };
    let right = (rule != "wrong-dialect-placeholder" && rule != "wrong-language-placeholder").then_some(name);
    Some(((rule, text, damage), right))
}

/// One letter omitted, doubled, replaced, or swapped with its neighbor.
fn misspell(random: &mut Random, name: &str) -> Option<String> {
    let mut characters: Vec<char> = name.chars().collect();
    let places: Vec<usize> = (1..characters.len() - 1).filter(|&at| characters[at].is_alphabetic()).collect();
    let at = *random.pick(&places);
    match random.below(4) {
        0 => {
            characters.remove(at);
        }
        1 => characters.insert(at, characters[at]),
        2 => characters[at] = if characters[at] == 'e' { 'a' } else { 'e' },
        _ if characters[at + 1].is_alphabetic() => characters.swap(at, at + 1),
        _ => characters[at] = if characters[at] == 'o' { 'i' } else { 'o' },
    }
    let wrong: String = characters.into_iter().collect();
    let is_known = |dialect: &Dialect| dialect.find(&wrong).is_some() || dialect.find_folded(&wrong).is_some();
    (wrong != name && !Vocabulary::builtin().dialects().iter().any(is_known)).then_some(wrong)
}

/// The names that may be put into one template.
struct Names<'a> {
    dialect: &'a Dialect,
    other: &'a Dialect,
    settings: &'a Settings,
    known: Vec<String>,
}

impl<'a> Names<'a> {
    fn new(settings: &'a Settings, source: &Source) -> Names<'a> {
        let dialects = Vocabulary::builtin().dialects();
        let dialect = &dialects[settings.dialect];
        let other = dialects.iter().find(|other| other.id != dialect.id).unwrap();
        let own_name =
            |placeholder: &psalink::vocabulary::Placeholder| name_in(placeholder, dialect, &settings.language);
        // A character that the encoding lacks is written as a reference, which is a different mistake.
        let is_plain = |name: &String| source.decode(&source.encode(name)) == **name;
        let real = dialect
            .placeholders()
            .iter()
            .filter(|placeholder| placeholder.use_instead.is_none() && !placeholder.is_pattern());
        let known = real.filter_map(own_name).filter(is_plain).collect();
        Names { dialect, other, settings, known }
    }

    /// A name of the dialect; in a link, the one that belongs there.
    fn name(&self, random: &mut Random, spot: Spot) -> String {
        if spot.is_link() {
            return self.dialect.token("ticket.id", &self.settings.language).unwrap().to_owned();
        }
        // A character with a special meaning in HTML or in an address would be a second mistake.
        let marks: &[char] = if spot == Spot::Attribute { &['%', '\'', '"', '>'] } else { &['%', '>'] };
        loop {
            let name = random.pick(&self.known);
            if !name.contains(marks) {
                return name.clone();
            }
        }
    }

    fn foreign(&self, random: &mut Random, spot: Spot) -> String {
        if spot.is_link() {
            return self.other.token("ticket.id", &self.other_language()).unwrap().to_owned();
        }
        let real = |placeholder: &&psalink::vocabulary::Placeholder| {
            placeholder.use_instead.is_none() && !placeholder.is_pattern() && !placeholder.name.contains('>')
        };
        let names: Vec<&psalink::vocabulary::Placeholder> = self.other.placeholders().iter().filter(real).collect();
        random.pick(&names).name.clone()
    }

    fn other_language(&self) -> String {
        self.other.languages.first().cloned().unwrap_or_default()
    }

    /// The same placeholder in a language that this template does not use.
    fn translated(&self, random: &mut Random, name: &str) -> Option<String> {
        let known = self.dialect.find(name)?;
        let languages: Vec<&String> =
            self.dialect.languages.iter().filter(|language| **language != self.settings.language).collect();
        if languages.is_empty() {
            return None;
        }
        let translated = name_in(self.dialect.placeholder(known), self.dialect, random.pick::<&String>(&languages))?;
        let bit = self.dialect.language_bit(&self.settings.language);
        let is_other = self.dialect.find(&translated).is_some_and(|known| known.languages & bit == 0);
        is_other.then_some(translated)
    }
}

fn name_in(placeholder: &psalink::vocabulary::Placeholder, dialect: &Dialect, language: &str) -> Option<String> {
    match dialect.languages.first() {
        Some(first) if first != language => placeholder.translations.get(language).cloned(),
        _ => Some(placeholder.name.clone()),
    }
}

const LINK_KINDS: [&str; 9] = [
    "unfilled host",
    "http",
    "page misspelt",
    "escaped twice",
    "number of one ticket",
    "value misspelt",
    "wrong id",
    "old portal",
    "ticket missing",
];

/// A broken link to the ticket.
fn broken_link(kind: &'static str, spot: Spot, link: &str, token: &str, cx: &Names<'_>) -> Option<Damaged> {
    let put = |from: &str, to: &str| {
        let at = link.find(from)?;
        Some((link.replacen(from, to, 1), at..at + to.len()))
    };
    let (rule, (text, damage)) = match kind {
        "unfilled host" => ("unfilled-host", put("acme.desk", "[your-subdomain].desk")?),
        "http" => ("insecure-link", put("https:", "http:")?),
        "page misspelt" => ("unknown-command", put("name=ticket&", "name=tikcet&")?),
        "escaped twice" if link.contains("&amp;ticket_id") => {
            ("double-escaped", put("&amp;ticket_id", "&amp;amp;ticket_id")?)
        }
        "escaped twice" => return None,
        "number of one ticket" => ("hard-coded-id", put(token, "148372")?),
        "value misspelt" => {
            let ampersand = if spot.is_html() { "&amp;" } else { "&" };
            (!link.contains("action=")).then_some(())?;
            ("invalid-value", put(token, &format!("{token}{ampersand}action=aprove"))?)
        }
        "wrong id" => {
            let meaning = if cx.dialect.id == "autotask" { "ticket.number" } else { "contact.id" };
            let wrong = format!("[{}]", cx.dialect.token(meaning, &cx.settings.language)?);
            ("wrong-id-placeholder", put(token, &wrong)?)
        }
        "old portal" => {
            let text = format!("ddportal://ticketid={token}");
            let length = text.len();
            ("retired-deep-link", (text, 0..length))
        }
        _ => {
            let end = link.find(token)? + token.len();
            let start = link[..end].rfind('&')?;
            ("missing-parameter", (format!("{}{}", &link[..start], &link[end..]), start..start))
        }
    };
    Some((rule, text, damage))
}

/// How many were tried, and how many were found.
#[derive(Default)]
struct Count {
    tried: usize,
    found: usize,
}

#[derive(Default)]
struct Tally {
    counts: BTreeMap<(&'static str, Spot), Count>,
    /// How many of the found ones came with the right name.
    suggestions: BTreeMap<&'static str, Count>,
    missed: Vec<String>,
}

impl Tally {
    fn sum(&self, kind: Option<&str>) -> Count {
        let counts = self.counts.iter().filter(|((of, _), _)| kind.is_none_or(|kind| kind == *of));
        counts.fold(Count::default(), |sum, (_, count)| Count {
            tried: sum.tried + count.tried,
            found: sum.found + count.found,
        })
    }

    fn table(&self) -> String {
        let mut out = String::new();
        for kind in PLACEHOLDER_KINDS.iter().chain(&LINK_KINDS) {
            let sum = self.sum(Some(kind));
            let _ = write!(out, "{kind:22} {:4} / {:4} ", sum.found, sum.tried);
            for ((_, spot), count) in self.counts.iter().filter(|((of, _), _)| of == kind) {
                let _ = write!(out, "  {spot:?} {}/{}", count.found, count.tried);
            }
            out.push('\n');
        }
        let sum = self.sum(None);
        let _ = writeln!(out, "{:22} {:4} / {:4}", "all", sum.found, sum.tried);
        for (kind, right) in &self.suggestions {
            let _ = writeln!(out, "right name for {kind:13} {:4} / {:4}", right.found, right.tried);
        }
        for missed in self.missed.iter().take(60) {
            let _ = writeln!(out, "missed: {missed}");
        }
        out
    }
}

/// The template that mistakes are seeded into, and its settings.
struct Ground<'a> {
    template: &'a Template,
    source: &'a Source,
    settings: &'a Settings,
    dialect: &'a str,
}

/// Seeds one mistake and checks whether it is found: a finding of its rule that is inside the new text and touches the
/// damaged part. The places were chosen so that nothing is found there beforehand.
fn seed(parser: &mut Parser<'_>, ground: &Ground<'_>, spot: Spot, mistake: &Mistake, tally: &mut Tally) {
    let Ground { template, source, settings, dialect } = *ground;
    let space = match mistake.text.len() % 4 {
        _ if spot.is_link() => "",
        _ if mistake.kind == "unclosed" => " ",
        0 => ", ",
        1 => ": ",
        2 => " ",
        _ => ". ",
    };
    let text = format!("{}{space}", mistake.text);
    let bytes = edit::apply(source, &[Edit::new(mistake.at, text)]).unwrap();
    let (document, _) = parse(parser, template.source(bytes), dialect);
    let start = mistake.at.start as usize;
    let length = |text: &str| source.encode(text).len();
    let mistake_span = Span::new(start, start + length(&mistake.text));
    let damage = Span::new(
        start + length(&mistake.text[..mistake.damage.start]),
        start + length(&mistake.text[..mistake.damage.end]),
    );
    let found = check(&document, settings, parser.vocabulary(), &Profile::default());
    let hit = found.iter().find(|finding| {
        finding.rule == mistake.rule
            && mistake_span.covers(finding.span)
            && finding.span.start <= damage.end
            && damage.start <= finding.span.end
    });
    let count = tally.counts.entry((mistake.kind, spot)).or_default();
    count.tried += 1;
    count.found += usize::from(hit.is_some());
    if let (Some(hit), Some(right)) = (hit, &mistake.right) {
        let says = |text: &str| text.contains(&format!("[{right}]"));
        let is_right = hit.help.as_deref().is_some_and(says)
            || hit.fix.as_ref().is_some_and(|fix| says(&fix.title) || fix.edits.iter().any(|edit| says(&edit.text)));
        let count = tally.suggestions.entry(mistake.kind).or_default();
        count.tried += 1;
        count.found += usize::from(is_right);
        if !is_right {
            tally.missed.push(format!("{}: {} should be {right}: {:?}", template.name, mistake.text, hit.help));
        }
    }
    if hit.is_none() {
        let near: Vec<String> = found
            .iter()
            .filter(|finding| finding.span.start <= mistake_span.end && mistake_span.start <= finding.span.end)
            .map(|finding| format!("{}@{}..{}", finding.rule, finding.span.start, finding.span.end))
            .collect();
        tally.missed.push(format!(
            "{} {:?} {}: {:?} at {}..{}, {} wanted, {near:?} found",
            template.name, spot, mistake.kind, mistake.text, mistake_span.start, mistake_span.end, mistake.rule
        ));
    }
}

#[test]
fn seeded_mistakes_are_found_where_they_are() {
    let mut parser = Parser::new(Vocabulary::builtin());
    let mut tally = Tally::default();
    let has_rule = |name: &str| RULES.iter().any(|rule| rule.name == name);
    for dialect in ["connectwise", "autotask"] {
        for (index, template) in templates(dialect).iter().enumerate() {
            let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (index as u64 + 1));
            let (document, settings) = parse(&mut parser, template.source(template.bytes.clone()), dialect);
            let before = check(&document, &settings, parser.vocabulary(), &Profile::default());
            let places = places(&document, &before);
            let source = document.source();
            let names = Names::new(&settings, source);
            let ground = Ground { template, source, settings: &settings, dialect };
            let spots: BTreeSet<Spot> = places.words.iter().map(|(spot, _)| *spot).collect();
            for kind in PLACEHOLDER_KINDS {
                for &spot in &spots {
                    let words: Vec<usize> =
                        places.words.iter().filter(|(of, _)| *of == spot).map(|(_, at)| *at).collect();
                    for _ in 0..2 {
                        let at = *random.pick(&words);
                        let Some(((rule, text, damage), right)) = placeholder(&mut random, kind, spot, &names) else {
                            continue;
                        };
                        if !has_rule(rule) {
                            continue;
                        }
                        let mistake = Mistake { kind, rule, at: Span::new(at, at), text, damage, right };
                        seed(&mut parser, &ground, spot, &mistake, &mut tally);
                    }
                }
                for &(spot, _, token) in &places.links {
                    let Some(((rule, text, damage), right)) = placeholder(&mut random, kind, spot, &names) else {
                        continue;
                    };
                    if has_rule(rule) {
                        let mistake = Mistake { kind, rule, at: token, text, damage, right };
                        seed(&mut parser, &ground, spot, &mistake, &mut tally);
                    }
                }
            }
            for kind in LINK_KINDS {
                for &spot in spots.iter().filter(|spot| spot.takes_address()) {
                    let is_free = |at: &usize| !is_in_anchor(&document, *at);
                    let words = places.words.iter().filter(|(of, _)| *of == spot).map(|(_, at)| *at);
                    let words: Vec<usize> = words.filter(is_free).collect();
                    if words.is_empty() {
                        continue;
                    }
                    let at = *random.pick(&words);
                    let token = format!("[{}]", names.name(&mut random, Spot::Link));
                    let ampersand = if spot.is_html() { "&amp;" } else { "&" };
                    let link = format!(
                        "https://acme.deskdirector.com/portal/deeplink?name=ticket{ampersand}ticket_id={token}"
                    );
                    let Some((rule, text, damage)) = broken_link(kind, spot, &link, &token, &names) else { continue };
                    let mistake = Mistake { kind, rule, at: Span::new(at, at), text, damage, right: None };
                    seed(&mut parser, &ground, spot, &mistake, &mut tally);
                }
                for &(spot, link, token) in &places.links {
                    let (text, token) = (document.text(link), document.text(token));
                    let Some((rule, text, damage)) = broken_link(kind, spot, &text, &token, &names) else { continue };
                    let mistake = Mistake { kind, rule, at: link, text, damage, right: None };
                    seed(&mut parser, &ground, spot, &mistake, &mut tally);
                }
            }
        }
    }
    let all = tally.sum(None);
    let table = tally.table();
    assert!(all.tried > 1000, "too few mistakes were made\n{table}");
    assert!(all.found * 100 >= all.tried * 95, "too few mistakes are found\n{table}");
    for kind in PLACEHOLDER_KINDS.iter().chain(&LINK_KINDS) {
        let sum = tally.sum(Some(kind));
        let is_to_come = *kind == "misspelt" && !has_rule("unknown-placeholder");
        assert!(sum.tried > 0 || is_to_come, "`{kind}` was never made\n{table}");
        assert!(sum.found * 100 >= sum.tried * 90, "too few of `{kind}` are found\n{table}");
    }
    for (kind, right) in &tally.suggestions {
        assert!(right.found * 100 >= right.tried * 90, "too few suggestions for `{kind}` are right\n{table}");
    }
}

/// Templates without mistakes, according to the read-me file of the fixtures.
const RIGHT: [(&str, &[&str]); 2] = [
    (
        "connectwise",
        &[
            "approval-request.html",
            "closed-ticket-survey.html",
            "correct-links.html",
            "correct-links.txt",
            "dark-mode.html",
            "front-matter-escalation-internal.html",
            "front-matter-reminder.html",
            "hidden-preheader.html",
            "invoice.html",
            "invoice.subject.txt",
            "link-macros-tour.html",
            "link-macros-tour.subject.txt",
            "link-macros-tour.txt",
            "monthly-newsletter.html",
            "mso-vml-button.html",
            "new-ticket.html",
            "new-ticket.subject.txt",
            "new-ticket.txt",
            "site-visit-utf16be-bom.html",
            "ticket-assigned.txt",
            "ticket-closed.html",
            "ticket-updated-reply-above.html",
            "ticket-updated-reply-above.subject.txt",
            "waiting-for-customer-utf8-bom.html",
        ],
    ),
    (
        "autotask",
        &[
            "change-approval-request.html",
            "complete-survey.html",
            "correct-links.html",
            "dark-mode.html",
            "device-alert-utf8-bom.html",
            "front-matter-sla-warning-internal.html",
            "front-matter-waiting-customer.html",
            "hidden-preheader.html",
            "invoice.html",
            "invoice.subject.txt",
            "link-macros-tour.html",
            "link-macros-tour.txt",
            "new-ticket.html",
            "new-ticket.subject.txt",
            "new-ticket.txt",
            "service-call-scheduled.txt",
            "service-review-newsletter.html",
            "spanish-new-ticket-iso-8859-15.html",
            "ticket-complete.html",
            "ticket-note-added.html",
            "ticket-note-added.subject.txt",
        ],
    ),
];

#[test]
fn right_templates_are_quiet() {
    let mut parser = Parser::new(Vocabulary::builtin());
    let (mut files, mut warnings) = (0, 0);
    let mut said = String::new();
    for (dialect, right) in RIGHT {
        let templates = templates(dialect);
        for name in right {
            let template = templates
                .iter()
                .find(|template| template.name == *name)
                .unwrap_or_else(|| panic!("no {dialect}/{name}"));
            let (document, settings) = parse(&mut parser, template.source(template.bytes.clone()), dialect);
            let found = check(&document, &settings, parser.vocabulary(), &Profile::default());
            files += 1;
            warnings += found.iter().filter(|finding| finding.level == Level::Warning).count();
            for finding in found.iter().filter(|finding| finding.level != Level::Note) {
                let text = document.text(finding.span);
                let _ = writeln!(
                    said,
                    "{dialect}/{name}: {}[{}]: {} ({text})",
                    finding.level.name(),
                    finding.rule,
                    finding.message
                );
            }
        }
    }
    assert!(!said.contains(": error["), "errors in right templates:\n{said}");
    assert!(warnings <= files, "{warnings} warnings in {files} right templates:\n{said}");
}

#[test]
fn what_only_looks_like_a_placeholder_is_left_alone() {
    let mut parser = Parser::new(Vocabulary::builtin());
    let is_of_placeholders = |rule: &str| {
        rule.ends_with("-placeholder") || ["misspelt-case", "doubled-brackets", "fill-me-in-text"].contains(&rule)
    };
    for html in [
        "<!--[if mso]><p>Outlook</p><![endif]-->",
        "<!--[if gte mso 9]><xml></xml><![endif]--><!--[if !mso]><!--><p>others</p><!--<![endif]-->",
        "<![if !supportLists]>1.<![endif]>",
        "<!--[if (gte mso 9)|(IE)]><table><tr><td><![endif]-->",
        "<style>[data-ogsc] p, a[href^=\"tel\"], [owa] .x { color: #333 } a[x-apple-data-detectors] { }</style>",
        "<style>@media (max-width:600px) { *[class=\"button\"] { width: 100% } input[type=text] { } }</style>",
        "<p>[cid:image001.png@01D9.ABCD] <img src=\"cid:image001.png\" alt=\"[cid:logo]\"></p>",
        "<p>[our site](https://acme.example) and [text][reference]</p>",
        "<a href=\"https://acme.example/?a[]=1&amp;tags[]=x&amp;filter[state]=open\">list</a>",
        "<a href=\"https://acme.example/?ids[0]=1\">list</a>",
        "<p>Queue [Queue], [ID:4711], [#4711], [x], [ ] and [1]</p>",
        "<p>items[0] = list[index]; a[b]</p>",
    ] {
        for dialect in ["connectwise", "autotask"] {
            for kind in [SourceKind::Html, SourceKind::Text] {
                // In a text-only message, a style sheet is text.
                if kind == SourceKind::Text && (html.contains("<style") || html.contains("[if")) {
                    continue;
                }
                let (document, settings) = parse(&mut parser, Source::from_text("mail", html, kind), dialect);
                let mut found = check(&document, &settings, parser.vocabulary(), &Profile::default());
                found.retain(|finding| is_of_placeholders(finding.rule));
                assert!(found.is_empty(), "{dialect} {kind:?}: {html}\n{found:#?}");
            }
        }
    }
}

#[test]
fn fixing_comes_to_an_end_and_makes_nothing_new() {
    let mut parser = Parser::new(Vocabulary::builtin());
    let mut wrong = String::new();
    for folder in ["connectwise", "autotask", "broken"] {
        for template in templates(folder) {
            let Ok(source) = Source::read(&template.name, template.bytes.clone(), template.kind, None) else {
                continue;
            };
            if source.can_write().is_err() {
                continue;
            }
            for dialect in ["connectwise", "autotask"] {
                for least in [Safety::Safe, Safety::Suggested] {
                    let mut language = None;
                    let mut look = |source: Source| {
                        let (document, mut settings) = parse(&mut parser, source, dialect);
                        // A fix may tip the balance between two languages.
                        settings.language = language.get_or_insert(settings.language).clone();
                        let found = check(&document, &settings, parser.vocabulary(), &Profile::default());
                        Ok((document, found))
                    };
                    let (_, before) = look(template.source(template.bytes.clone())).unwrap();
                    let done = fix(template.source(template.bytes.clone()), least, &mut look).unwrap();
                    let bytes = edit::apply(done.document.source(), &[]).unwrap();
                    let again = fix(template.source(bytes), least, &mut look).unwrap();
                    let mut say = |what: &str| {
                        let _ = writeln!(wrong, "{folder}/{} as {dialect} at {least:?}: {what}", template.name);
                    };
                    if !done.is_quiet {
                        say("does not come to an end");
                    }
                    if !again.fixed.is_empty() {
                        say(&format!("a second run fixes {:?}", again.fixed));
                    }
                    for left in &done.left {
                        if !before.iter().any(|finding| finding.rule == left.rule) {
                            say(&format!("new is {}: {}", left.rule, left.message));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
