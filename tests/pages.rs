//! The pages of examples in `fixtures/`: every case is rewritten and compared, byte for byte.

use std::fmt::Write as _;

use psalink::{Audience, Bare, Client, Level, Parser, Settings, Source, SourceKind, Vocabulary, edit, rewrite};

/// Findings that a rewrite makes itself; the pages also name those of a check of the result.
const OF_REWRITE: [&str; 29] = [
    "automatic-action",
    "broken-entity",
    "desktop-link-only",
    "duplicate-parameter",
    "encoded-placeholder",
    "gateway-wrapped-link",
    "hard-coded-id",
    "html-placeholder-in-attribute",
    "invalid-value",
    "macro-not-expandable",
    "magic-token",
    "misspelt-case",
    "missing-parameter",
    "nonexistent-placeholder",
    "password-in-link",
    "retired-deep-link",
    "split-placeholder",
    "token-in-link",
    "unclosed-anchor",
    "unclosed-placeholder",
    "unconfirmed-command",
    "unexpected-host",
    "unfilled-host",
    "unknown-command",
    "unknown-macro",
    "unknown-macro-key",
    "unknown-parameter",
    "unknown-placeholder",
    "unquoted-placeholder",
];
const ALSO_OF_REWRITE: [&str; 5] = [
    "scheme-before-placeholder",
    "space-in-placeholder",
    "wrong-dialect-placeholder",
    "wrong-id-placeholder",
    "wrong-language-placeholder",
];

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

/// The settings that a page states, everything else at the default of the pages.
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
            ("ampersand", "plain") => settings.ampersand = psalink::Ampersand::Plain,
            ("ampersand", "escaped") => settings.ampersand = psalink::Ampersand::Escaped,
            other => panic!("line {line}: unknown setting {other:?}"),
        }
    }
    settings
}

fn run(parser: &mut Parser<'_>, case: &Case, kind: SourceKind, text: &str) -> (String, Vec<String>) {
    let mut settings = settings(case.line, &case.settings);
    let source = Source::from_text("case.html", text, kind);
    let front_matter = psalink::FrontMatter::read(&source).unwrap();
    let document = parser.parse(source, front_matter);
    if !case.settings.iter().any(|(key, _)| key == "language") {
        let dialect = &Vocabulary::builtin().dialects()[settings.dialect];
        settings.language = document.language(dialect, settings.dialect).to_owned();
    }
    let rewritten = rewrite(&document, &settings, parser).unwrap_or_else(|error| panic!("line {}: {error}", case.line));
    let bytes = edit::apply(document.source(), &rewritten.edits).unwrap();
    let reports = rewritten
        .diagnostics
        .iter()
        .map(|it| format!("{}{}", if it.level == Level::Note { "note " } else { "" }, it.rule))
        .collect();
    (String::from_utf8(bytes).unwrap(), reports)
}

fn check(page: &str, at_least: usize) {
    let cases = cases(page);
    assert!(cases.len() >= at_least, "{page} has only {} cases", cases.len());
    let mut parser = Parser::new(Vocabulary::builtin());
    let mut failures = String::new();
    let mut failed = 0;
    for case in &cases {
        let (kind, input) = case.input.as_ref().unwrap();
        let expected = case.expected.as_ref().unwrap_or(input);
        let (output, reports) = run(&mut parser, case, *kind, input);
        let mut wanted: Vec<String> = case.reports.clone().unwrap_or_default();
        let names_notes = wanted.iter().any(|rule| rule.starts_with("note "));
        let known = |rule: &String| {
            let name = rule.trim_start_matches("note ");
            // A rewrite speaks of encoded macros; encoded placeholders are for a check.
            if name == "encoded-placeholder" && !input.contains("dd:") && !input.contains("dd%3") {
                return false;
            }
            OF_REWRITE.contains(&name) || ALSO_OF_REWRITE.contains(&name)
        };
        wanted.retain(known);
        let found: Vec<String> = reports.into_iter().filter(|rule| names_notes || !rule.starts_with("note ")).collect();
        let (again, _) = run(&mut parser, case, *kind, &output);
        let mut problem = String::new();
        if output != *expected {
            let _ = write!(problem, "  input    {input}\n  expected {expected}\n  output   {output}\n");
        }
        if found != wanted {
            let _ =
                writeln!(problem, "  input    {input}\n  reports should be {wanted:?}\n  reports       are {found:?}");
        }
        if again != output {
            let _ = writeln!(problem, "  a second run changes it to {again}");
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
