//! The pages of examples in `fixtures/`: every case is rewritten and compared, byte for byte.

use std::fmt::Write as _;

use psalink::config::Bare;
use psalink::document::Audience;
use psalink::link::Client;
use psalink::lint::{Profile, RULES};
use psalink::source::edit;
use psalink::{Diagnostic, Document, Edit, Level, Rewriter, Settings, Source, SourceKind, Span, Vocabulary, rewrite};

/// One case of a page.
#[derive(Default)]
struct Case {
    line: usize,
    title: String,
    settings: Vec<(String, String)>,
    input: Option<(SourceKind, String)>,
    expected: Option<String>,
    reports: Option<Vec<String>>,
}

fn cases(page: &str) -> Vec<Case> {
    let path = format!("{}/fixtures/{page}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut cases: Vec<Case> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if let Some(title) = line.strip_prefix("### ") {
            cases.push(Case { line: index + 1, title: title.to_owned(), ..Case::default() });
        }
        let Some(kind) = line.strip_prefix("```") else { continue };
        let mut body = Vec::new();
        for (_, line) in lines.by_ref() {
            if line == "```" {
                break;
            }
            body.push(line);
        }
        let body = body.join("\n");
        let case = cases.last_mut().unwrap_or_else(|| panic!("{page}:{}: a block before the first case", index + 1));
        match kind {
            "html" => case.input = Some((SourceKind::Html, body)),
            "text" => case.input = Some((SourceKind::Text, body)),
            "subject" => case.input = Some((SourceKind::Subject, body)),
            "expected" => case.expected = Some(body),
            "reports" => case.reports = Some(body.lines().map(str::to_owned).collect()),
            "settings" => {
                let pair =
                    |line: &str| line.split_once(':').map(|(key, value)| (key.trim().into(), value.trim().into()));
                case.settings = body.lines().filter_map(pair).collect();
            }
            other => panic!("{page}:{}: unknown block `{other}`", index + 1),
        }
    }
    assert!(cases.iter().all(|case| case.input.is_some()), "every case has an input");
    cases
}

/// The settings that a page sets, with the pages' defaults for everything else.
pub(crate) fn settings(line: usize, pairs: &[(String, String)]) -> Settings {
    let value = |key: &str| pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
    let vocabulary = Vocabulary::builtin();
    let host = match (value("host"), value("portal").unwrap_or("acme")) {
        (Some(host), _) => Some(host.to_owned()),
        (None, "none") => None,
        (None, portal) => Some(format!("{portal}.deskdirector.com")),
    };
    let mut settings = Settings::new(vocabulary, value("dialect").unwrap_or("connectwise"), host.as_deref()).unwrap();
    for (key, value) in pairs {
        match (key.as_str(), value.as_str()) {
            ("dialect" | "portal" | "host" | "kind" | "saved_as", _) => {}
            ("allowed_hosts", list) => {
                settings.allowed_hosts =
                    list.trim_matches(['[', ']']).split(',').map(|host| host.trim().to_owned()).collect();
            }
            ("client", "desktop") => settings.client = Client::Desktop,
            ("client", "web") => settings.client = Client::Web,
            ("bare", "first") => settings.bare = Bare::First,
            ("bare", "all") => settings.bare = Bare::All,
            ("bare", "off") => settings.bare = Bare::Off,
            ("unsafe", "true") => settings.unsafe_fixes = true,
            ("language", language) => settings.language = language.to_owned(),
            ("audience", "internal") => settings.audience = Some(Audience::Internal),
            ("audience", "customer") => settings.audience = Some(Audience::Customer),
            ("context", context) => settings.context = Some(context.to_owned()),
            ("ampersand", "plain") => settings.ampersand = psalink::link::Ampersand::Plain,
            ("ampersand", "escaped") => settings.ampersand = psalink::link::Ampersand::Escaped,
            other => panic!("line {line}: unknown setting {other:?}"),
        }
    }
    settings
}

/// A template with its settings, including those at its top.
fn read(rewriter: &mut Rewriter<'_>, case: &Case, kind: SourceKind, text: &str) -> (Document, Settings) {
    let mut settings = settings(case.line, &case.settings);
    let source = Source::from_text("case.html", text, kind);
    let front_matter = psalink::document::FrontMatter::read(&source).unwrap();
    settings.audience =
        settings.audience.or(front_matter.as_ref().and_then(|settings_at_top| settings_at_top.audience));
    let document = rewriter.parser.parse_whole(source);
    if !case.settings.iter().any(|(key, _)| key == "language") {
        let dialect = &Vocabulary::builtin().dialects()[settings.dialect];
        settings.language = document.language(dialect, settings.dialect).to_owned();
    }
    (document, settings)
}

/// The template after a rewrite, and the findings about it: those of the rewrite at their new places, and those of a
/// check, each once.
fn run(rewriter: &mut Rewriter<'_>, case: &Case, kind: SourceKind, text: &str) -> (String, Vec<Finding>) {
    let (document, settings) = read(rewriter, case, kind, text);
    let rewritten =
        rewrite(&document, &settings, rewriter).unwrap_or_else(|error| panic!("line {}: {error}", case.line));
    let output = String::from_utf8(edit::apply(document.source(), &rewritten.edits).unwrap()).unwrap();
    let (document, settings) = read(rewriter, case, kind, &output);
    let checked = psalink::check(&document, &settings, rewriter.vocabulary(), &Profile::default());
    let mut found: Vec<Finding> = checked.iter().map(|finding| Finding::new(finding, finding.span, false)).collect();
    let mut is_free = vec![true; found.len()];
    for diagnostic in &rewritten.diagnostics {
        let span = place_after(&rewritten.edits, diagnostic.span);
        let meets = |finding: &Finding| finding.span.start <= span.end && span.start <= finding.span.end;
        match (0..is_free.len()).find(|&at| is_free[at] && found[at].rule == diagnostic.rule && meets(&found[at])) {
            Some(at) => {
                is_free[at] = false;
                found[at].is_of_rewrite = true;
            }
            None => found.push(Finding::new(diagnostic, span, true)),
        }
    }
    found.sort_by_key(|finding| (finding.span.start, std::cmp::Reverse(finding.level), finding.span.end));
    (output, found)
}

/// A finding about a template after a rewrite.
struct Finding {
    rule: &'static str,
    level: Level,
    span: Span,
    is_of_rewrite: bool,
}

impl Finding {
    fn new(diagnostic: &Diagnostic, span: Span, is_of_rewrite: bool) -> Finding {
        Finding { rule: diagnostic.rule, level: diagnostic.level, span, is_of_rewrite }
    }

    /// The line of a page that names it.
    fn line(&self) -> String {
        format!("{}{}", if self.level == Level::Note { "note " } else { "" }, self.rule)
    }
}

/// Where a span is after edits, which are in order; a span that an edit touches grows to include the new text.
fn place_after(edits: &[Edit], span: Span) -> Span {
    let (mut start, mut end) = (i64::from(span.start), i64::from(span.end));
    let mut shift = 0;
    for edit in edits {
        let written = i64::try_from(edit.text.len()).unwrap();
        let (from, to) = (i64::from(edit.span.start) + shift, i64::from(edit.span.start) + shift + written);
        let grown = written - i64::try_from(edit.span.range().len()).unwrap();
        if edit.span.end <= span.start {
            (start, end) = (start + grown, end + grown);
        } else if edit.span.start < span.end {
            (start, end) = (start.min(from), (end + grown).max(to));
        }
        shift += grown;
    }
    Span::new(usize::try_from(start).unwrap(), usize::try_from(end).unwrap())
}

fn check(page: &str, at_least: usize) {
    let cases = cases(page);
    assert!(cases.len() >= at_least, "{page} has only {} cases", cases.len());
    let mut rewriter = Rewriter::new(Vocabulary::builtin());
    let mut failures = String::new();
    let mut failed = 0;
    for case in &cases {
        let (kind, input) = case.input.as_ref().unwrap();
        let expected = case.expected.as_ref().unwrap_or(input);
        let (output, found) = run(&mut rewriter, case, *kind, input);
        let mut wanted: Vec<String> = case.reports.clone().unwrap_or_default();
        let names_notes = wanted.iter().any(|rule| rule.starts_with("note "));
        // A page may be ahead of the rules.
        let is_known = |name: &str| {
            RULES.iter().any(|rule| rule.name == name)
                || found.iter().any(|finding| finding.is_of_rewrite && finding.rule == name)
        };
        wanted.retain(|line| is_known(line.trim_start_matches("note ")));
        let is_reported = |finding: &&Finding| names_notes || finding.level != Level::Note;
        let reports: Vec<String> = found.iter().filter(is_reported).map(Finding::line).collect();
        let (rewritten_again, _) = run(&mut rewriter, case, *kind, &output);
        let mut problem = String::new();
        if output != *expected {
            let _ = write!(problem, "  input    {input}\n  expected {expected}\n  output   {output}\n");
        }
        if reports != wanted {
            let _ = writeln!(
                problem,
                "  input    {input}\n  output   {output}\n  reports should be {wanted:?}\n  reports       are {reports:?}"
            );
        }
        if rewritten_again != output {
            let _ = writeln!(problem, "  a second run changes it to {rewritten_again}");
        }
        if !problem.is_empty() {
            failed += 1;
            let _ = writeln!(failures, "{page}:{}: {}\n{problem}", case.line, case.title);
        }
    }
    assert!(failures.is_empty(), "{failed} of {} cases differ:\n\n{failures}", cases.len());
}

#[test]
fn links() {
    check("links.md", 180);
}

#[test]
fn expansion() {
    check("expansion.md", 220);
}
