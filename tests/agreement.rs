//! Lint and preview never disagree: whatever a preview reports about a link, lint reports for that link, too; and the
//! preview shows each lint error about an address or a value with that link.
//!
//! This is tested with every template in the fixtures, every example on the rule pages, and thousands of damaged ones,
//! with the values that ship with psalink.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use psalink::config::LintConfig;
use psalink::document::{LinkSpan, Place};
use psalink::html::scan::{RegionKind, attributes, tag_name};
use psalink::lint::rule;
use psalink::render::{RenderedLink, Sample, render};
use psalink::session::Overrides;
use psalink::source::{OffsetMap, edit};
use psalink::vocabulary::{Confidence, ParamKind, Target, ValueKind};
use psalink::{Config, Diagnostic, Document, Level, Rewriter, Session, Source, SourceKind, Span, Template, Vocabulary};

/// Whether two spans overlap or touch.
fn meets(a: Span, b: Span) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// Whether a finding is about an address, judging by its rule.
fn judges(finding: &Diagnostic) -> bool {
    rule(finding.rule).unwrap().judges_addresses()
}

/// The span that a finding is about, if that may be an address. A tag without `>` makes the text up to where it should
/// end part of its address.
fn about(finding: &Diagnostic) -> Option<Span> {
    let end = finding.fix.as_ref().and_then(|fix| fix.edits.first()).map(|edit| edit.span.end);
    match finding.rule {
        "unclosed-element" => Some(Span { start: finding.span.start, end: end?.max(finding.span.end) }),
        _ => judges(finding).then_some(finding.span),
    }
}

/// The spans of a document that contain an address that a reader can follow.
fn addresses(document: &Document) -> Vec<Span> {
    let bytes = document.source().bytes();
    // An address between the tags of a link leads to where the link leads.
    let is_in_anchor = |at: u32| {
        let before = document.regions().iter().take_while(|region| region.span.start <= at).filter(|region| {
            let is_tag = matches!(region.kind, RegionKind::StartTag | RegionKind::EndTag);
            is_tag && bytes[tag_name(bytes, region.span).range()].eq_ignore_ascii_case(b"a")
        });
        before.last().is_some_and(|tag| tag.kind == RegionKind::StartTag)
    };
    let is_text = |link: &&LinkSpan| match link.place {
        Place::Text => !is_in_anchor(link.span.start),
        place => matches!(place, Place::PlainText | Place::Subject),
    };
    let mut spans: Vec<Span> = document.links().iter().filter(is_text).map(|link| link.span).collect();
    for region in document.regions().iter().filter(|region| region.kind == RegionKind::StartTag) {
        let name = bytes[tag_name(bytes, region.span).range()].to_ascii_lowercase();
        if name == b"a" || name == b"area" || name.starts_with(b"v:") {
            let mut all = attributes(bytes, region.span);
            let href = all.find(|attribute| bytes[attribute.name.range()].eq_ignore_ascii_case(b"href"));
            spans.extend(href.and_then(|href| Some(Span { start: href.name.start, end: href.value?.end })));
        }
    }
    spans
}

/// What is wrong with a portal link, from the view of a program that knows nothing about templates. Only the PSA knows
/// what a custom field contains; it may be a number.
fn broken(url: &str, target: &Target) -> Option<String> {
    // Where a link without a scheme leads depends on the reader's program.
    let (scheme, rest) = url.split_once("//").filter(|(scheme, _)| !scheme.is_empty())?;
    let (page, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = page.find('/').map_or("", |at| &page[at..]).trim_end_matches('/');
    let is_desktop = scheme.trim_end_matches(':') == target.desktop_scheme();
    let query = if is_desktop { rest } else { query };
    let is_page = is_desktop || path == target.web_path();
    let pairs: Vec<(&str, &str)> =
        query.split('#').next()?.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    let value = |key: &str| pairs.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
    if !is_page || pairs.iter().any(|(key, _)| target.auth_param(key).is_some()) {
        return None;
    }
    let Some(name) = value("name") else { return Some("it has no name".to_owned()) };
    let Some(command) = target.command_named(name) else {
        // The public pages leave these names blank, so any name may be right.
        let assumed = target
            .commands
            .iter()
            .filter(|command| command.confidence == Confidence::Assumed)
            .flat_map(|command| &command.params);
        let may_be = assumed.into_iter().any(|param| param.required && value(&param.name).is_some());
        return (!may_be).then(|| format!("nothing is called {name}"));
    };
    for param in &command.params {
        let is_wrong = match (value(&param.name), param.kind) {
            (None | Some(""), _) => param.required,
            (Some(value), _) if texts().contains(&value.to_owned()) || is_name_of_a_set(value) => false,
            (Some(value), ParamKind::Id) => !value.bytes().all(|byte| byte.is_ascii_digit()),
            (Some(value), ParamKind::Choice) => !param.values.iter().any(|known| known == value),
            (Some(value), ParamKind::Boolean) => !matches!(value, "true" | "false"),
            _ => false,
        };
        if is_wrong {
            return Some(format!("{} is {:?}", param.name, value(&param.name)));
        }
    }
    None
}

/// Whether a value may be a placeholder of a PSA with a different word for tickets: `[Case: ID]`.
fn is_name_of_a_set(value: &str) -> bool {
    let inside = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let field = inside.and_then(|inside| inside.split_once(": "));
    field.is_some_and(|(_, field)| field.starts_with(char::is_uppercase))
}

/// The values that ship with psalink for placeholders of plain text, as they appear in an address.
fn texts() -> &'static [String] {
    static TEXTS: OnceLock<Vec<String>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let placeholders = Vocabulary::builtin().dialects().iter().flat_map(|dialect| dialect.placeholders());
        let texts = placeholders
            .filter(|placeholder| placeholder.kind == ValueKind::Text)
            .filter_map(|placeholder| placeholder.sample.as_deref());
        texts.map(|text| text.replace(' ', "%20").replace(',', "%2C")).collect()
    })
}

/// What lint and a preview report about one template.
struct Reports {
    found: Vec<Diagnostic>,
    links: Vec<RenderedLink>,
}

impl Reports {
    /// Whether lint has reported a link at this level or a worse one, in its place or in another with the same address.
    fn has_reported(&self, link: &RenderedLink, least: Level) -> bool {
        let is_same = |other: &&RenderedLink| other.url == link.url;
        let mut places = self.links.iter().filter(is_same).map(|other| other.origin);
        let is_shown_once =
            |finding: &Diagnostic| finding.notes().iter().any(|note| note.ends_with("more in this file"));
        places.any(|place| {
            self.found
                .iter()
                .any(|finding| finding.level >= least && about(finding).is_some_and(|span| meets(span, place)))
        }) || self.found.iter().any(|finding| finding.level >= least && is_shown_once(finding))
    }
}

/// The sessions that were needed so far, and what was tried with them.
#[derive(Default)]
pub(crate) struct Bench {
    sessions: HashMap<String, &'static Session>,
    tried: usize,
    links: usize,
    wrong: Vec<String>,
}

impl Bench {
    pub(crate) fn session(&mut self, settings: &[(String, String)]) -> &'static Session {
        let value = |key: &str| settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
        let mut yaml = format!("dialect: {}\n", value("dialect").unwrap_or("connectwise"));
        match (value("host"), value("portal").unwrap_or("acme")) {
            (Some(host), _) => yaml += &format!("host: {host}\n"),
            (None, "none") => {}
            (None, portal) => yaml += &format!("portal: {portal}\n"),
        }
        for key in ["allowed_hosts", "client", "bare", "ampersand"] {
            yaml += &value(key).map(|value| format!("{key}: {value}\n")).unwrap_or_default();
        }
        yaml +=
            &value("language").map(|language| format!("autotask: {{ language: {language} }}\n")).unwrap_or_default();
        let of_path = ["audience", "context"].map(|key| value(key).map(|value| format!(", {key}: {value}")));
        if of_path.iter().any(Option::is_some) {
            yaml += &format!("templates: [{{ path: '**'{} }}]\n", of_path.map(Option::unwrap_or_default).concat());
        }
        let overrides = Overrides { unsafe_fixes: value("unsafe") == Some("true"), ..Overrides::default() };
        self.sessions.entry(format!("{yaml}{}", overrides.unsafe_fixes)).or_insert_with(|| {
            let config = Config::parse("psalink.yaml", &yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
            Box::leak(Box::new(Session::new(config, overrides).unwrap()))
        })
    }

    fn compare(&mut self, origin: &str, session: &'static Session, text: &str, kind: SourceKind) {
        let mut rewriter = session.rewriter();
        match disagreement(session, &mut rewriter, text, kind) {
            Ok(None) => {}
            Ok(Some(links)) => (self.tried, self.links) = (self.tried + 1, self.links + links),
            Err(wrong) => self.wrong.push(format!("{origin}: {wrong}\nin {text:?}\n")),
        }
    }

    /// Whether more templates should be tried. A busy machine takes longer for the least number of them.
    fn goes_on(&self, start: Instant, tried: usize, links: usize) -> bool {
        let is_enough = self.tried >= tried && self.links >= links;
        self.wrong.len() < 40 && (start.elapsed() < patience() || !is_enough)
    }

    #[track_caller]
    fn end(&self, tried: usize, links: usize) {
        let count = self.wrong.len();
        let mut some: Vec<&str> = self.wrong.iter().map(String::as_str).collect();
        some.sort_by_key(|text| text.len());
        let some = some.iter().take(8).copied().collect::<Vec<_>>().join("\n");
        assert!(count == 0, "{count} templates on which lint and preview disagree:\n{some}");
        assert!(self.tried >= tried && self.links >= links, "only {} tried, {} links", self.tried, self.links);
    }
}

/// Returns how many links a template has, `None` if it cannot be shown, or a text about where lint and preview
/// disagree.
fn disagreement(
    session: &'static Session,
    rewriter: &mut Rewriter<'static>,
    text: &str,
    kind: SourceKind,
) -> Result<Option<usize>, String> {
    let source = || Source::from_text("mail", text, kind);
    let profile = session.profile("mail", &LintConfig::default()).unwrap();
    let Ok((document, found)) = session.check(source(), rewriter, &profile) else { return Ok(None) };
    let Ok(ready) = session.ready(&Template::of(source()), rewriter) else { return Ok(None) };
    let own_values = Sample::parse("none.yaml", "{}", session.vocabulary()).unwrap();
    let links = render(&ready, &own_values, &mut rewriter.parser).links;
    let reports = Reports { found, links };
    let target = &session.vocabulary().targets()[0];

    for link in &reports.links {
        let RenderedLink { url, problem, doubt, .. } = link;
        if let Some(problem) = problem.as_ref().filter(|_| !reports.has_reported(link, Level::Error)) {
            return Err(format!("preview says of {url} that {problem:?}, lint only {}", short(&reports.found)));
        }
        if let Some(doubt) = doubt.as_ref().filter(|doubt| !reports.has_reported(link, doubt.level)) {
            return Err(format!("preview says of {url} that {doubt:?}, lint only {}", short(&reports.found)));
        }
        let wrong = broken(url, target).filter(|_| link.is_portal && !text.contains("psalink: allow"));
        if let Some(wrong) = wrong.filter(|_| !reports.has_reported(link, Level::Note)) {
            return Err(format!("{url} does not work, {wrong}, and lint only says {}", short(&reports.found)));
        }
    }

    // A preview shows the result of a rewrite.
    let rewritten = session.rewrite(&document, rewriter).map_err(|error| error.to_string())?;
    let bytes = edit::apply(document.source(), &rewritten.edits).unwrap();
    let back = OffsetMap::of_edits(&rewritten.edits);
    let source = Source::from_text("mail", String::from_utf8(bytes).unwrap(), kind);
    let (document, found) = session.check(source, rewriter, &profile).map_err(|error| error.to_string())?;
    let addresses = addresses(&document);
    for finding in found.iter().filter(|finding| finding.level == Level::Error && judges(finding)) {
        let is_in = |address: &&Span| address.start <= finding.span.start && finding.span.start <= address.end;
        let Some(address) = addresses.iter().find(is_in) else { continue };
        let place = Span::new(back.origin(address.start as usize), back.origin(address.end as usize));
        let mut links_here = reports.links.iter().filter(|link| meets(link.origin, place)).peekable();
        let says = |link: &RenderedLink| {
            link.problem
                .as_ref()
                .is_some_and(|problem| problem.contains(&*finding.message) || problem.contains("; and "))
        };
        // If two links have the same address, one is enough.
        let is_reported =
            if links_here.peek().is_some() { links_here.any(says) } else { reports.links.iter().any(says) };
        if !is_reported {
            return Err(format!(
                "lint says {}, and preview only {:?}",
                short(std::slice::from_ref(finding)),
                reports.links
            ));
        }
    }
    Ok(Some(reports.links.len()))
}

/// Findings in one line.
fn short(found: &[Diagnostic]) -> String {
    let line = |finding: &Diagnostic| {
        let Diagnostic { level, rule, span, message, .. } = finding;
        format!("{}[{rule}]@{}..{}: {message}", level.name(), span.start, span.end)
    };
    found.iter().map(line).collect::<Vec<_>>().join("; ")
}

/// The settings that a page gives for its next block.
pub(crate) type Pairs = Vec<(String, String)>;

/// The blocks of a page with their lines and settings.
fn blocks(page: &str) -> Vec<(usize, Pairs, SourceKind, String)> {
    let mut blocks = Vec::new();
    let mut settings = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let kind = match kind {
            "settings" => {
                let pair = |line: &&str| {
                    line.split_once(':').map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
                };
                settings = body.iter().filter_map(pair).collect();
                continue;
            }
            "html" => SourceKind::Html,
            "text" => SourceKind::Text,
            "subject" => SourceKind::Subject,
            _ => continue,
        };
        blocks.push((index + 1, std::mem::take(&mut settings), kind, body.join("\n")));
    }
    blocks
}

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Every example on the pages of the fixtures: its place, its settings, its kind and its text.
pub(crate) fn examples() -> Vec<(String, Pairs, SourceKind, String)> {
    let rules = std::fs::read_dir(fixtures().join("rules")).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = rules.chain(["links.md", "expansion.md"].map(|page| fixtures().join(page))).collect();
    paths.sort();
    let of_page = |path: std::path::PathBuf| {
        let page = std::fs::read_to_string(&path).unwrap();
        let place = move |line: usize| format!("{}:{line}", path.display());
        blocks(&page).into_iter().map(move |(line, settings, kind, text)| (place(line), settings, kind, text))
    };
    paths.into_iter().flat_map(of_page).collect()
}

#[test]
fn they_agree_about_every_example_of_the_pages() {
    let mut bench = Bench::default();
    for (place, settings, kind, text) in examples() {
        let session = bench.session(&settings);
        bench.compare(&place, session, &text, kind);
    }
    bench.end(700, 500);
}

/// The templates in the fixtures that are text, with their dialects.
fn templates() -> Vec<(String, &'static str, SourceKind, String)> {
    let mut all = Vec::new();
    for (folder, dialects) in
        [("connectwise", &["connectwise"][..]), ("autotask", &["autotask"]), ("broken", &["connectwise", "autotask"])]
    {
        let mut paths: Vec<_> = std::fs::read_dir(fixtures().join("templates").join(folder)).unwrap().collect();
        paths.sort_by_key(|entry| entry.as_ref().unwrap().path());
        for path in paths.into_iter().map(|entry| entry.unwrap().path()) {
            let name = path.display().to_string();
            let kind = SourceKind::of(&name);
            let Ok(source) = Source::read(&name, std::fs::read(&path).unwrap(), kind, None) else { continue };
            let text = source.text(Span::new(0, source.bytes().len())).trim_start_matches('\u{feff}').to_owned();
            all.extend(dialects.iter().map(|dialect| (name.clone(), *dialect, kind, text.clone())));
        }
    }
    all
}

fn session_of(bench: &mut Bench, dialect: &str) -> &'static Session {
    bench.session(&[("dialect".to_owned(), dialect.to_owned())])
}

#[test]
fn they_agree_about_every_template() {
    let mut bench = Bench::default();
    for (name, dialect, kind, text) in templates() {
        let session = session_of(&mut bench, dialect);
        bench.compare(&name, session, &text, kind);
    }
    bench.end(100, 250);
}

/// An xorshift generator, so that every run makes the same templates.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % limit.max(1)
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const HOSTS: [&str; 14] = [
    "https://acme.deskdirector.com/portal/deeplink?",
    "https://acme.deskdirector.com/portal/deeplink?",
    "https://acme.deskdirector.com/portal/deeplink?",
    "http://acme.deskdirector.com/portal/deeplink/?",
    "https://other.deskdirector.com/portal/deeplink?",
    "https://evil.example/portal/deeplink?",
    "https://[your-subdomain].deskdirector.com/portal/deeplink?",
    "https://acme/portal/deeplink?",
    "//acme.deskdirector.com/portal/deeplink?",
    "/portal/deeplink?",
    "ddportal://",
    "https://acme.deskdirector.com?gtoken=abc&ticketid=1&",
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3F",
    "https://www.google.com/url?q=https://acme.deskdirector.com/portal/deeplink?",
];

const KEYS: [&str; 21] = [
    "name=ticket",
    "name=ticket",
    "name=ticket&ticket_id=",
    "name=ticket&ticket_id=",
    "name=ticket&ticket_id=",
    "name=tikcet",
    "name=request_type&type_id=",
    "name=ticket_list&state=",
    "name=invoice&invoice_id=",
    "name=survey&survey_id=1&campaign_id=",
    "name=",
    "ticket_id=",
    "ticket_id=",
    "action=",
    "action=chat",
    "colour=",
    "type_id=",
    "password=",
    "email=",
    "mytickets",
    "ticketid=",
];

const VALUES: [&str; 30] = [
    "[srnumber]",
    "[srnumber]",
    "[srnumber]",
    "[srnumber].",
    "[srnumber]%20",
    "3D[srnumber]",
    "T[srnumber]",
    "1[srnumber]",
    "[srnumber][srnumber]",
    "[SRNumber]",
    "[srnumbr]",
    "[ srnumber ]",
    "[sr&shy;number]",
    "%5Bsrnumber%5D",
    "&#91;srnumber&#93;",
    "[sr<b>number</b>]",
    "[srnumber",
    "[[srnumber]]",
    "[Ticket: ID]",
    "[contactfirstname]",
    "[contactemail]",
    "[companyrecid]",
    "[ourowntoken]",
    "{{ticket.id}}",
    "4711",
    "T4711",
    "",
    "chat",
    "open",
    "[dd:ticket]",
];

const AROUND: [(&str, &str); 16] = [
    ("<a href=\"", "\">Open</a>"),
    ("<a href=\"", "\">Open</a>"),
    ("<a href=\"", "\">Open</a>"),
    ("<a href='", "'><img src=\"x.png\"></a>"),
    ("<a href=", ">Open</a>"),
    ("<a href=\"\"", "\"\">Open</a>"),
    ("<a href=\"&quot;", "&quot;\">Open</a>"),
    ("<a href=\u{201c}", "\u{201d}>Open</a>"),
    ("<a href=\"", ">Open</a><p class=\"x\">"),
    ("<a title='x' href=\" ", " \" target=_blank>Open</a>"),
    ("<area href=\"", "\">"),
    ("<!--[if mso]><v:roundrect href=\"", "\"></v:roundrect><![endif]-->"),
    ("<p>See ", ".</p>"),
    ("<p>(", ")</p>"),
    ("<!-- psalink: allow hard-coded-id, invalid-value -->\n<a href=\"", "\">Open</a>"),
    ("---\nsubject: S\ntext: |\n  See ", "\n---\n<p>Hello</p>"),
];

/// A link that an editor, a gateway, or a person may have made, with its surroundings.
fn link(random: &mut Random) -> String {
    let (before, after) = AROUND[random.below(AROUND.len())];
    let mut link = before.to_owned() + random.pick(&HOSTS);
    let ampersand = random.pick(&["&", "&amp;", "&amp;", "&amp;amp;", "%26"]);
    for index in 0..1 + random.below(3) {
        link += if index > 0 { ampersand } else { "" };
        link += &random.pick(&KEYS).replace('&', ampersand);
        if link.ends_with('=') {
            link += random.pick(&VALUES);
        }
    }
    link + after
}

/// How long each of the two kinds of damage is tested. An unoptimized build tests fewer cases in that time.
fn patience() -> Duration {
    let seconds = std::env::var("PSALINK_MUTATION_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(3))
}

#[test]
fn they_agree_about_links_that_are_nearly_right() {
    let mut bench = Bench::default();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let start = Instant::now();
    while bench.goes_on(start, 50, 50) {
        let dialect = random.pick(&["connectwise", "connectwise", "autotask"]);
        let session = session_of(&mut bench, dialect);
        let kind = [SourceKind::Html, SourceKind::Html, SourceKind::Text, SourceKind::Subject][random.below(4)];
        let text = match kind {
            SourceKind::Html => (0..1 + random.below(2)).map(|_| link(&mut random)).collect(),
            _ => format!("See {} now", link(&mut random).replace(['\n', '<'], " ")),
        };
        bench.compare("made", session, &text, kind);
    }
    bench.end(50, 50);
}

/// What is inserted into a template.
const PIECES: [&str; 22] = [
    "[",
    "]",
    "[[",
    "[dd:",
    "[dd:ticket",
    "[srnumber]",
    "%5B",
    "&#91;",
    "\"",
    "'",
    "<",
    ">",
    "<!--",
    "-->",
    "<a href=\"",
    " href=\"\"",
    "</a>",
    "&amp;",
    "&quot",
    "https://acme.deskdirector.com/portal/deeplink?",
    "\u{ad}",
    "é🙂",
];

#[test]
fn they_agree_about_templates_that_are_nearly_right() {
    let templates: Vec<_> = templates().into_iter().filter(|(_, _, _, text)| text.len() < 4000).collect();
    let mut bench = Bench::default();
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let start = Instant::now();
    while bench.goes_on(start, 20, 50) {
        let (name, dialect, kind, text) = &templates[random.below(templates.len())];
        let mut damaged: Vec<char> = text.chars().collect();
        for _ in 0..=random.below(3) {
            // Close to a link, where damage matters most.
            let starts: Vec<usize> = damaged
                .windows(3)
                .enumerate()
                .filter(|(_, window)| *window == ['h', 't', 't'])
                .map(|(at, _)| at)
                .collect();
            let near = starts.get(random.below(starts.len())).copied().unwrap_or(0);
            let at = (near + random.below(90)).saturating_sub(15).min(damaged.len());
            let end = (at + random.below(8)).min(damaged.len());
            let piece: Vec<char> =
                if random.below(3) == 0 { Vec::new() } else { random.pick(&PIECES).chars().collect() };
            damaged.splice(at..end, piece);
        }
        let session = session_of(&mut bench, dialect);
        bench.compare(name, session, &damaged.into_iter().collect::<String>(), *kind);
    }
    bench.end(20, 50);
}
