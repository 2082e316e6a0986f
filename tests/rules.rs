//! The lint rules and their pages: every example is checked, fixed, and checked again.

use std::fmt::Write as _;

use psalink::document::FrontMatter;
use psalink::lint::fix;
use psalink::lint::{Profile, RULES, Rule};
use psalink::{Diagnostic, Document, Parser, Safety, Source, SourceKind, Vocabulary, check, report};

/// An example on a page: a template, its findings, and the result of fixing it.
#[derive(Default)]
struct Example {
    line: usize,
    settings: Vec<(String, String)>,
    name: &'static str,
    kind: Option<SourceKind>,
    text: String,
    findings: Option<String>,
    /// The template after safe fixes, and after all of them.
    fixed: [Option<String>; 2],
}

impl Example {
    fn is_latin(&self) -> bool {
        self.settings.iter().any(|(key, value)| key == "saved_as" && value == "windows-1252")
    }

    fn source(&self) -> Source {
        let kind = self.kind.unwrap();
        if !self.is_latin() {
            return Source::from_text(self.name, &self.text, kind);
        }
        // Western European letters have the same numbers in windows-1252 as in Unicode.
        let bytes = self.text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
        Source::read(self.name, bytes, kind, None).unwrap()
    }
}

/// The headings that every page has, in this order.
const HEADINGS: [&str; 6] =
    ["## Why it matters", "## How bad it is", "## What to do", "## Example", "## Fine", "## Source"];

fn examples(rule: &Rule) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut settings = Vec::new();
    let mut lines = rule.page.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let mut body = String::new();
        loop {
            let Some((_, line)) = lines.next() else {
                panic!("{}: line {}: the block has no end", rule.name, index + 1)
            };
            if line == "```" {
                break;
            }
            body.push_str(line);
            body.push('\n');
        }
        let start = |name, kind, settings: &mut Vec<_>| Example {
            line: index + 1,
            settings: std::mem::take(settings),
            name,
            kind: Some(kind),
            // The line break before the fence belongs to the page.
            text: unfold(body.trim_end_matches('\n')),
            ..Example::default()
        };
        match kind {
            "settings" => {
                let pair = |line: &str| {
                    line.split_once(':').map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
                };
                settings = body.lines().filter_map(pair).collect();
            }
            "html" => examples.push(start("mail.html", SourceKind::Html, &mut settings)),
            "text" => examples.push(start("mail.txt", SourceKind::Text, &mut settings)),
            "subject" => examples.push(start("mail.subject.txt", SourceKind::Subject, &mut settings)),
            "findings" | "fixed" | "fixed unsafe" => {
                let last = examples.last_mut().unwrap_or_else(|| panic!("{}: {kind} before a template", rule.name));
                match kind {
                    "findings" => last.findings = Some(body),
                    "fixed" => last.fixed[0] = Some(body.trim_end_matches('\n').to_owned()),
                    _ => last.fixed[1] = Some(body.trim_end_matches('\n').to_owned()),
                }
            }
            other => panic!("{}: line {}: unknown block `{other}`", rule.name, index + 1),
        }
    }
    examples
}

/// A template in which `… 900 more lines like this` stands for 900 copies of the previous line.
fn unfold(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.split('\n') {
        let count = line.strip_prefix("… ").and_then(|line| line.strip_suffix(" more lines like this"));
        match (count, lines.last()) {
            (Some(count), Some(&last)) => lines.extend(std::iter::repeat_n(last, count.parse().unwrap())),
            _ => lines.push(line),
        }
    }
    lines.join("\n")
}

/// Parses and checks an example with the default profile and the page's rule.
fn check_example(
    rule: &Rule,
    example: &Example,
    parser: &mut Parser<'_>,
    source: Source,
) -> Result<(Document, Vec<Diagnostic>), psalink::Error> {
    let mut settings = crate::pages::settings(example.line, &example.settings);
    let front_matter = FrontMatter::read(&source)?;
    settings.audience =
        settings.audience.or(front_matter.as_ref().and_then(|settings_at_top| settings_at_top.audience));
    settings.context =
        settings.context.or(front_matter.as_ref().and_then(|settings_at_top| settings_at_top.context.clone()));
    let document = parser.parse_whole(source);
    if !example.settings.iter().any(|(key, _)| key == "language") {
        let dialect = &Vocabulary::builtin().dialects()[settings.dialect];
        settings.language = document.language(dialect, settings.dialect).to_owned();
    }
    let mut profile = Profile::default();
    profile.select(&[rule.name])?;
    let found = check(&document, &settings, parser.vocabulary(), &profile);
    Ok((document, found))
}

fn run(rule: &Rule, example: &Example, parser: &mut Parser<'_>) -> String {
    let mut problems = String::new();
    let (document, found) = check_example(rule, example, parser, example.source()).unwrap();
    let output = report::concise::write(document.source(), &found);
    let expected = example.findings.clone().unwrap_or_default();
    if output != expected {
        let _ = write!(problems, "expected\n{expected}found\n{output}");
    }
    for (index, least) in [Safety::Safe, Safety::Suggested].into_iter().enumerate() {
        let done = fix(example.source(), least, |source| check_example(rule, example, parser, source)).unwrap();
        let bytes = done.document.source().bytes();
        let text: String = if example.is_latin() {
            bytes.iter().map(|&byte| char::from(byte)).collect()
        } else {
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        let expected = example.fixed[index].as_deref().or((index == 0).then_some(&*example.text));
        if let Some(expected) = expected.filter(|expected| *expected != text) {
            let _ = write!(problems, "fixing at {least:?} should give\n{expected}\nand gives\n{text}\n");
        }
        if !done.is_quiet {
            let _ = writeln!(problems, "fixing at {least:?} does not come to an end");
        }
        let is_new = |left: &&Diagnostic| !found.iter().any(|before| before.rule == left.rule);
        for new in done.left.iter().filter(is_new) {
            let _ = writeln!(problems, "fixing at {least:?} makes a new finding of {}: {}", new.rule, new.message);
        }
    }
    problems
}

#[test]
fn every_page_is_true() {
    let mut parser = Parser::new(Vocabulary::builtin());
    let mut failures = String::new();
    for rule in RULES {
        for example in examples(rule) {
            let problems = run(rule, &example, &mut parser);
            if !problems.is_empty() {
                let _ = write!(failures, "\n=== fixtures/rules/{}.md:{}\n{problems}", rule.name, example.line);
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn every_page_is_whole() {
    for rule in RULES {
        let page = rule.page;
        let name = rule.name;
        assert!(page.starts_with(&format!("# {name}\n\n")), "{name}: the page starts with its name");
        let mut at = 0;
        for heading in HEADINGS {
            let place = page[at..].find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{name}: no `{heading}`"));
            assert!(place > 8 || at == 0, "{name}: nothing comes before `{heading}`");
            at += place + heading.len();
        }
        assert!(page[at..].trim().len() > 20, "{name}: the source is not named");
        let level = rule.page.split("## How bad it is\n\n").nth(1).unwrap_or_default().replace('\n', " ");
        assert!(level.starts_with(&rule.severity()), "{name}: the page should say: {}", rule.severity());
        let examples = examples(rule);
        let line = format!("[{name}]");
        let triggers = |example: &Example| example.findings.as_ref().is_some_and(|found| found.contains(&line));
        assert!(examples.iter().any(triggers), "{name}: no example triggers it");
        assert!(examples.iter().any(|example| example.findings.is_none()), "{name}: no example is fine");
        let has_fix = examples.iter().any(|example| {
            let findings = example.findings.as_deref().unwrap_or_default();
            findings.lines().any(|found| found.contains(&line) && found.ends_with("fix]"))
        });
        let shows_fix = examples.iter().any(|example| example.fixed.iter().any(Option::is_some));
        assert!(!has_fix || shows_fix, "{name}: the page does not show what the fix makes");
    }
}

#[test]
fn files_pages_and_rules_agree() {
    let root = env!("CARGO_MANIFEST_DIR");
    let stems = |folder: &str, end: &str| -> Vec<String> {
        let mut stems: Vec<String> = std::fs::read_dir(format!("{root}/{folder}"))
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str().unwrap().strip_suffix(end).map(str::to_owned))
            .collect();
        stems.sort();
        stems
    };
    let mut names: Vec<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    names.sort();
    let doubles = names.windows(2).find(|pair| pair[0] == pair[1]);
    assert_eq!(doubles, None);
    assert_eq!(stems("fixtures/rules", ".md"), names);
    let files: Vec<String> = stems("src/lint/rules", ".rs");
    for name in &names {
        let file = name.replace('-', "_");
        assert!(files.contains(&file), "no file src/lint/rules/{file}.rs");
        let text = std::fs::read_to_string(format!("{root}/src/lint/rules/{file}.rs")).unwrap();
        assert!(text.contains(&format!("name: \"{name}\"")), "src/lint/rules/{file}.rs holds another rule");
    }
    for file in files {
        let text = std::fs::read_to_string(format!("{root}/src/lint/rules/{file}.rs")).unwrap();
        let is_rule = text.contains("pub const RULE: Rule");
        assert_eq!(is_rule, names.contains(&file.replace('_', "-")), "src/lint/rules/{file}.rs");
    }
}

/// What a rule finds, and the bytes after its safe fixes.
fn fixed(name: &str, bytes: &[u8], encoding: Option<&str>) -> (usize, Vec<u8>) {
    let rule = RULES.iter().find(|rule| rule.name == name).unwrap();
    let example = Example::default();
    let mut parser = Parser::new(Vocabulary::builtin());
    let source = || Source::read("mail.html", bytes.to_vec(), SourceKind::Html, encoding).unwrap();
    let (_, found) = check_example(rule, &example, &mut parser, source()).unwrap();
    let done = fix(source(), Safety::Safe, |source| check_example(rule, &example, &mut parser, source)).unwrap();
    assert!(done.is_quiet);
    let count = found.iter().filter(|finding| finding.rule == name).count();
    (count, done.document.source().to_disk(done.document.source().bytes().to_vec()))
}

#[test]
fn curly_quotes_are_straightened_in_every_encoding() {
    let html = "<p><a href=”https://www.acme.example/é” title=‘Don’t’>é</a></p>";
    let right = "<p><a href=\"https://www.acme.example/é\" title='Don’t'>é</a></p>";
    // It is not clear where the second value ends.
    let kept = "<p><a href=\"https://www.acme.example/é\" title=‘it's his’>é</a></p>";
    assert_eq!(fixed("smart-quoted-attribute", html.as_bytes(), None), (2, right.as_bytes().to_vec()));
    let html_kept = kept.replace("\"https://www.acme.example/é\"", "”https://www.acme.example/é”");
    assert_eq!(fixed("smart-quoted-attribute", html_kept.as_bytes(), None), (2, kept.as_bytes().to_vec()));
    let latin = |text: &str| -> Vec<u8> {
        text.chars()
            .map(|character| match character {
                '”' => 0x94,
                '‘' => 0x91,
                '’' => 0x92,
                other => other as u8,
            })
            .collect()
    };
    for encoding in [Some("windows-1252"), None] {
        assert_eq!(fixed("smart-quoted-attribute", &latin(html), encoding), (2, latin(right)));
    }
    let wide =
        |text: &str| -> Vec<u8> { format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect() };
    assert_eq!(fixed("smart-quoted-attribute", &wide(html), None), (2, wide(right)));
}

#[test]
fn curly_and_missing_quotes_are_fixed_once() {
    let html = "<a href=”https://www.acme.example/[Ticket: ID]”>a</a>";
    let mut parser = Parser::new(Vocabulary::builtin());
    let example = Example { settings: vec![("dialect".into(), "autotask".into())], ..Example::default() };
    let source = Source::from_text("mail.html", html, SourceKind::Html);
    let done = fix(source, Safety::Safe, |source| check_example(RULES[0], &example, &mut parser, source)).unwrap();
    let right = "<a href=\"https://www.acme.example/[Ticket: ID]\">a</a>";
    assert_eq!(std::str::from_utf8(done.document.source().bytes()).unwrap(), right);
}

#[test]
fn every_rule_looks_at_any_bytes_in_time() {
    let mut parser = Parser::new(Vocabulary::builtin());
    let pieces: [&[u8]; 14] = [
        b"<a href=x>",
        b"<a href=x></a>",
        b"</a>",
        b"<!--[if mso]><a href=x>",
        b"<!--[if mso]><v:rect href=x>y<![endif]--><a href=z>y</a>",
        b"<!--[if !mso]><!-->",
        b"<![endif]-->",
        b"<style>@import/*",
        b"<style>/**/@import</style>",
        b"<img src=x onload=y>",
        "<a href=”x y=”z".as_bytes(),
        b"<a href=\"www.x.example\">https://y.example/[x]</a>",
        b"\xE2\x80<p \x94=\x94>\xF0",
        b"http://[dd:ticket]",
    ];
    for piece in pieces {
        for cut in [0, 1, piece.len() / 2] {
            let mut bytes = piece.repeat(20_000 / piece.len());
            bytes.truncate(bytes.len() - cut);
            let source = Source::read("mail.html", bytes, SourceKind::Html, None).unwrap();
            let document = parser.parse_whole(source);
            let settings = crate::pages::settings(0, &[]);
            check(&document, &settings, parser.vocabulary(), &Profile::all());
        }
    }
}

#[test]
fn a_link_of_many_parameters_is_looked_at_once() {
    let settings = crate::pages::settings(0, &[]);
    let mut rewriter = psalink::Rewriter::new(Vocabulary::builtin());
    for piece in [
        "&amp;ticket_id=[srnumber]x",
        "&amp;x=[SRNumber]",
        "&amp;amp;x=%5Bsrnumber%5D",
        "[srnumber]",
        "<b>",
        "&amp;action=[Ticket: Number (with link)]",
    ] {
        let head = "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]";
        let html = format!("{head}{}\">x</a>", piece.repeat(20_000));
        let start = std::time::Instant::now();
        let document = rewriter.parser.parse_whole(Source::from_text("mail.html", html, SourceKind::Html));
        check(&document, &settings, rewriter.vocabulary(), &Profile::all());
        psalink::rewrite(&document, &settings, &mut rewriter).unwrap();
        // A check that reads the whole link for each of its parameters takes minutes.
        assert!(start.elapsed().as_secs() < 40, "{piece}: {:?}", start.elapsed());
    }
}

#[test]
fn a_rule_alone_says_its_name_and_its_levels() {
    let mut files = Vec::new();
    let mut folders = vec![std::path::PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 300, "{} files were read", files.len());
    let levels = ["Diagnostic::error(", "Diagnostic::warning(", "Diagnostic::note(", ".level = "];
    let may_weigh = ["src/lint/rule.rs", "src/lint/profile.rs"].map(std::path::PathBuf::from);
    let mut wrong = String::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (index, line) in lines {
            let is_own = |name: &str| path.ends_with(format!("rules/{}.rs", name.replace('-', "_")));
            let named = RULES.iter().find(|rule| line.contains(&format!("\"{}\"", rule.name)) && !is_own(rule.name));
            if let Some(rule) = named {
                let _ = writeln!(wrong, "{}:{}: `{}` stands here as text", path.display(), index + 1, rule.name);
            }
            if levels.iter().any(|level| line.contains(level)) && !may_weigh.contains(&path) {
                let _ = writeln!(wrong, "{}:{}: a level is chosen here: {}", path.display(), index + 1, line.trim());
            }
        }
    }
    assert!(wrong.is_empty(), "use the RULE instead:\n{wrong}");
}

/// Every finding about a template has one of the levels that its rule's page lists.
#[test]
fn every_finding_has_a_level_that_its_rule_lists() {
    let mut parser = Parser::new(Vocabulary::builtin());
    let mut seen = std::collections::BTreeSet::new();
    for page in RULES {
        for example in examples(page) {
            let (_, found) = check_example(page, &example, &mut parser, example.source()).unwrap();
            seen.extend(found.iter().map(|finding| (finding.rule, finding.level)));
        }
    }
    for (name, level) in &seen {
        let rule = psalink::lint::rule(name).unwrap();
        assert!(rule.level == *level || rule.also.iter().any(|case| case.level == *level), "{name}: {level:?}");
    }
    let of_check = |when: &str| !when.contains("a rewrite") && !when.contains("`psalink translate`");
    for rule in RULES.iter().filter(|rule| rule.name != "unused-allow") {
        assert!(seen.contains(&(rule.name, rule.level)), "{}: no example at its level", rule.name);
        for case in rule.also.iter().filter(|case| of_check(case.when)) {
            assert!(seen.contains(&(rule.name, case.level)), "{}: no example {}", rule.name, case.when);
        }
    }
}
