//! The manual, README.md and docs/: each command on a page is run, and its output is compared with the page.
//!
//! A page is followed from top to bottom in a separate folder, as a reader would follow it:
//!
//! * A block after a line that ends with `` `NAME`: `` is the content of that file, which is written at this point.
//! * `<!-- fresh folder -->` continues in an empty folder.
//! * A block ` ```console ` has commands on the lines that begin with `$ `, each followed by its output on both
//!   streams. A line `…` stands for any lines. A command must end with exit code 0, unless `<!-- exit: 1 -->` is directly
//!   before the block (one number for each command).
//! * `<!-- not run: REASON -->` directly before a block keeps it from being run. Its commands and all the options that
//!   it shows must still exist; this also applies to `` `psalink …` `` in the text.
//!
//! Any other block is an error, so no block escapes the test by accident.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::cli::Place;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README.md and the pages in docs/, as paths relative to the root.
fn pages() -> Vec<String> {
    let mut pages: Vec<String> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    pages.push("README.md".to_owned());
    pages.sort();
    pages
}

fn text_of(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap()
}

/// What a page asks for, in order; lines are counted from 1.
enum Step<'p> {
    FreshFolder,
    File { line: usize, name: &'p str, content: Vec<&'p str> },
    Console { line: usize, body: Vec<&'p str>, exit: Option<&'p str> },
    NotRun { line: usize, body: Vec<&'p str> },
    Mistake { line: usize, message: &'static str },
}

/// The steps of a page, and its text with blocks replaced by empty lines.
fn read(text: &str) -> (Vec<Step<'_>>, String) {
    let mut steps = Vec::new();
    let mut prose = String::new();
    // What is directly before a block: its comments, and the last line of text.
    let (mut exit, mut not_run, mut intro) = (None, None, "");
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    while let Some((number, line)) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let mut body = Vec::new();
            let is_closed = lines.by_ref().map(|(_, line)| line).any(|line| {
                body.push(line);
                line == "```"
            });
            body.pop();
            prose.extend(std::iter::repeat_n('\n', body.len() + 2));
            let name = intro.strip_suffix("`:").and_then(|start| start.rsplit_once('`')).map(|(_, name)| name);
            steps.push(match (not_run.take(), name) {
                _ if !is_closed => Step::Mistake { line: number, message: "this block has no end" },
                (Some(""), _) => Step::Mistake { line: number, message: "`not run` gives no reason" },
                (Some(_), _) => Step::NotRun { line: number, body },
                (None, _) if info == "console" => Step::Console { line: number, body, exit: exit.take() },
                (None, Some(name)) => Step::File { line: number, name, content: body },
                (None, None) => Step::Mistake {
                    line: number,
                    message: "this block is neither ```console, nor a file (introduced by `NAME`:), nor marked `not run`",
                },
            });
            if exit.take().is_some() {
                steps.push(Step::Mistake { line: number, message: "`exit` is only for ```console" });
            }
            intro = "";
            continue;
        }
        if line.trim_start().starts_with("```") {
            steps.push(Step::Mistake { line: number, message: "a block must begin at the start of its line" });
        }
        let comment = line.strip_prefix("<!--").and_then(|line| line.strip_suffix("-->")).map(str::trim);
        match comment {
            Some("fresh folder") => steps.push(Step::FreshFolder),
            Some(comment) => match comment.split_once(':').map(|(key, value)| (key, value.trim())) {
                Some(("exit", codes)) => exit = Some(codes),
                Some(("not run", reason)) => not_run = Some(reason),
                _ => {}
            },
            None if !line.is_empty() => {
                if exit.take().is_some() || not_run.take().is_some() {
                    steps.push(Step::Mistake { line: number, message: "a block must follow the comment above" });
                }
                intro = line;
            }
            None => {}
        }
        prose.push_str(line);
        prose.push('\n');
    }
    (steps, prose)
}

/// Follows a page, and returns what is wrong with it.
fn follow(page: &str, text: &str, helps: &mut Helps) -> Vec<String> {
    let (steps, prose) = read(text);
    let mut wrong = Vec::new();
    let mut place = Place::new();
    for step in steps {
        match step {
            Step::FreshFolder => place = Place::new(),
            Step::File { line, name, content } => {
                place.write(name, content.join("\n") + "\n");
                if name.ends_with("psalink.yaml")
                    && let Err(error) = psalink::Config::read(&place.path(name))
                {
                    wrong.push(format!("{page}:{line}: {name}: {error}"));
                }
            }
            Step::NotRun { line, body } => {
                for (index, command) in body.iter().enumerate() {
                    let command = command.strip_prefix("$ ").unwrap_or(command);
                    if let Err(error) = helps.check(command) {
                        wrong.push(format!("{page}:{}: {error}", line + 1 + index));
                    }
                }
            }
            Step::Console { line, body, exit } => run_block(page, line, &body, exit, &place, &mut wrong),
            Step::Mistake { line, message } => wrong.push(format!("{page}:{line}: {message}")),
        }
    }
    for (line, code) in code_spans(&prose) {
        let checked = if code.starts_with('-') { helps.check_options(&code) } else { helps.check(&code) };
        if let Err(error) = checked {
            wrong.push(format!("{page}:{line}: {error}"));
        }
    }
    wrong
}

/// Runs a block of commands, each with its expected output.
fn run_block(page: &str, line: usize, body: &[&str], exit: Option<&str>, place: &Place, wrong: &mut Vec<String>) {
    let starts: Vec<usize> = (0..body.len()).filter(|&at| body[at].starts_with("$ ")).collect();
    if starts.first() != Some(&0) {
        wrong.push(format!("{page}:{line}: the block should begin with a command: `$ psalink …`"));
        return;
    }
    let codes: Vec<i32> = exit.map_or_else(
        || vec![0; starts.len()],
        |exit| exit.split_whitespace().map(|code| code.parse().unwrap_or(-1)).collect(),
    );
    if codes.len() != starts.len() {
        wrong.push(format!("{page}:{line}: `exit` must have one number for each command"));
        return;
    }
    for (index, (&start, code)) in starts.iter().zip(codes).enumerate() {
        let (at, command) = (line + 1 + start, &body[start][2..]);
        let end = starts.get(index + 1).copied().unwrap_or(body.len());
        let words = words(command);
        if words.first().map(String::as_str) != Some("psalink") {
            wrong.push(format!("{page}:{at}: only psalink can be run here, and not `{command}`"));
            continue;
        }
        let (printed, ended) = run(place, &words[1..]);
        let (expected, got) = (tidy(body[start + 1..end].iter().copied()), tidy(printed.lines()));
        if !fits(&expected, &got) {
            wrong.push(format!(
                "{page}:{at}: `{command}` prints something else\n--- expected\n{}\n--- got\n{}\n---",
                expected.join("\n"),
                got.join("\n")
            ));
        }
        if ended != Some(code) {
            wrong.push(format!("{page}:{at}: `{command}` ends with {ended:?}, expected exit code {code}"));
        }
    }
}

/// The output of a command on both streams, in the order in which a terminal would show it, and its exit code.
fn run(place: &Place, arguments: &[String]) -> (String, Option<i32>) {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut command = place.command();
    command.args(arguments).stdin(Stdio::null()).stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    drop(command); // it holds the writing ends of the pipes
    let mut printed = Vec::new();
    reader.read_to_end(&mut printed).unwrap();
    (String::from_utf8(printed).unwrap(), child.wait().unwrap().code())
}

/// Lines prepared for comparison: without trailing spaces, which editors remove, and with a fixed time.
fn tidy<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<String> {
    let mut lines: Vec<String> = lines.map(|line| at_fixed_time(line.trim_end())).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// The names of backups contain the time.
fn at_fixed_time(line: &str) -> String {
    const TIME: &str = "2026-03-31T14-05-09Z";
    let fits = |part: &[u8]| {
        part.iter().zip(TIME.bytes()).all(|(&a, b)| if b.is_ascii_digit() { a.is_ascii_digit() } else { a == b })
    };
    let mut line = line.to_owned();
    while let Some(at) =
        line.as_bytes().windows(TIME.len()).position(|window| fits(window) && window != TIME.as_bytes())
    {
        line.replace_range(at..at + TIME.len(), TIME);
    }
    line
}

/// Whether lines match those that a page shows, where `…` stands for any number of lines.
fn fits(expected: &[String], got: &[String]) -> bool {
    match expected.split_first() {
        None => got.is_empty(),
        Some((first, rest)) if first == "…" => (0..=got.len()).any(|skipped| fits(rest, &got[skipped..])),
        Some((first, rest)) => got.first() == Some(first) && fits(rest, &got[1..]),
    }
}

/// The words of a command line; quotes keep spaces, and `#` begins a comment.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for char in command.chars() {
        match (quote, char) {
            (Some(open), _) if char == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(char);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '#') if word.is_none() => break,
            _ => word.get_or_insert_default().push(char),
        }
    }
    words.extend(word);
    words
}

/// The help of each command, read on first use.
struct Helps {
    place: Place,
    /// By the words of the command, such as `tokens import`: its options and subcommands.
    known: BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>,
}

impl Helps {
    fn new() -> Helps {
        Helps { place: Place::new(), known: BTreeMap::new() }
    }

    fn of(&mut self, path: &[String]) -> &(BTreeSet<String>, BTreeSet<String>) {
        let place = &self.place;
        self.known.entry(path.join(" ")).or_insert_with(|| {
            let mut arguments = path.to_vec();
            arguments.push("--help".to_owned());
            let (help, code) = run(place, &arguments);
            assert_eq!(code, Some(0), "{path:?}: {help}");
            let (mut options, mut commands, mut in_commands) = (BTreeSet::new(), BTreeSet::new(), false);
            for line in help.lines() {
                let indent = line.len() - line.trim_start().len();
                let words = line.split([' ', ',']).filter(|word| !word.is_empty());
                match indent {
                    0 if !line.is_empty() => in_commands = line == "Commands:",
                    2 if in_commands => commands.extend(words.take(1).map(str::to_owned)),
                    2..=6 => options.extend(words.take_while(|word| word.starts_with('-')).map(str::to_owned)),
                    _ => {}
                }
            }
            (options, commands)
        })
    }

    /// Whether a line runs psalink with options that its help lists; lines that run something else are fine.
    fn check(&mut self, line: &str) -> Result<(), String> {
        let words = words(line);
        let rest = match &words[..] {
            [program, rest @ ..] if program == "psalink" => rest,
            [cargo, run, rest @ ..] if cargo == "cargo" && run == "run" => {
                match rest.iter().position(|word| word == "--") {
                    Some(at) => &rest[at + 1..],
                    None => return Ok(()),
                }
            }
            _ => return Ok(()),
        };
        let mut depth = 0;
        while let commands = &self.of(&rest[..depth]).1
            && !commands.is_empty()
            && let Some(word) = rest.get(depth)
            && !word.starts_with('-')
        {
            if !commands.contains(word) {
                return Err(format!("there is no command `{word}`: {line}"));
            }
            depth += 1;
        }
        let options = &self.of(&rest[..depth]).0;
        for word in &rest[depth..] {
            let option = word.split('=').next().unwrap();
            if is_option(option) && !options.contains(option) {
                return Err(format!("there is no option `{option}`: {line}"));
            }
        }
        Ok(())
    }

    /// Whether each option belongs to some command.
    fn check_options(&mut self, line: &str) -> Result<(), String> {
        let commands = self.of(&[]).1.clone();
        let mut options = self.of(&[]).0.clone();
        for command in commands.iter().filter(|command| *command != "help") {
            options.extend(self.of(std::slice::from_ref(command)).0.iter().cloned());
        }
        match words(line).iter().find(|word| is_option(word) && !options.contains(*word)) {
            Some(word) => Err(format!("no command has the option `{word}`")),
            None => Ok(()),
        }
    }
}

fn is_option(word: &str) -> bool {
    word.starts_with('-') && word.trim_start_matches('-').starts_with(|first: char| first.is_ascii_alphabetic())
}

/// Each `code` in a text, with its line.
fn code_spans(prose: &str) -> Vec<(usize, String)> {
    let mut spans = Vec::new();
    let mut line = 1;
    for (index, part) in prose.split('`').enumerate() {
        if index % 2 == 1 {
            spans.push((line, part.replace('\n', " ")));
        }
        line += part.matches('\n').count();
    }
    spans
}

#[test]
fn what_the_pages_show_is_what_happens() {
    let mut helps = Helps::new();
    let wrong: Vec<String> = pages().iter().flat_map(|page| follow(page, &text_of(page), &mut helps)).collect();
    assert!(wrong.is_empty(), "{} wrong:\n\n{}\n", wrong.len(), wrong.join("\n\n"));
}

/// The targets of Markdown links, with their lines.
fn links(prose: &str) -> Vec<(usize, &str)> {
    let mut links = Vec::new();
    for (index, line) in prose.lines().enumerate() {
        links.extend(line.split("](").skip(1).filter_map(|rest| Some((index + 1, rest.split_once(')')?.0))));
    }
    links
}

/// The anchors of a page's headings, as GitHub generates them.
fn anchors(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let (_, prose) = read(&text);
    let headings = prose.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |heading: &str| {
        let kept =
            heading.chars().filter(|&character| character.is_alphanumeric() || matches!(character, ' ' | '-' | '_'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(kept).collect()
}

#[test]
fn every_link_between_the_pages_leads_somewhere() {
    let mut wrong = String::new();
    for page in pages() {
        let (text, path) = (text_of(&page), root().join(&page));
        let (_, prose) = read(&text);
        for (line, to) in links(&prose) {
            if to.starts_with("https://") {
                continue;
            }
            let (file, anchor) = to.split_once('#').map_or((to, None), |(file, anchor)| (file, Some(anchor)));
            let target: PathBuf = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            if !target.exists() || anchor.is_some_and(|anchor| !anchors(&target).iter().any(|known| known == anchor)) {
                writeln!(wrong, "{page}:{line}: {to}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "these links lead nowhere:\n{wrong}");
}

#[test]
fn the_index_has_every_page() {
    let index = text_of("docs/README.md");
    let missing: Vec<String> = pages()
        .into_iter()
        .filter_map(|page| page.strip_prefix("docs/").map(str::to_owned))
        .filter(|name| name != "README.md" && !index.contains(&format!("]({name})")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_page_of_the_settings_has_every_key() {
    let (schema, _) = run(&Place::new(), &["config".to_owned(), "schema".to_owned()]);
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let page = text_of("docs/configuration.md");
    let keys = schema["properties"].as_object().unwrap().keys();
    let missing: Vec<&String> =
        keys.filter(|key| !page.contains(&format!("\n{key}: ")) && !page.contains(&format!("or {key}: "))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The test of the pages detects mistakes on a page.
#[test]
fn a_wrong_page_is_noticed() {
    let file = "`a.html`:\n\n```html\n<p>[srnumbr]</p>\n```\n\n";
    let good = "a.html:1:4: warning[unknown-placeholder]: `[srnumbr]` is no placeholder that psalink knows";
    let console = |before: &str, output: &str| {
        format!(
            "{file}{before}```console\n$ psalink lint a.html --format concise --dialect connectwise\n{output}\n```\n"
        )
    };
    let pages: [(&str, String, &str); 12] = [
        ("the output", console("<!-- exit: 1 -->\n", "something else"), "p.md:9: `psalink lint"),
        ("its end", console("<!-- exit: 1 -->\n", &format!("{good}\n")), "prints something else"),
        ("the exit code", console("", "…"), "ends with Some(1), expected exit code 0"),
        ("a block of no kind", "```html\n<p>\n```\n".to_owned(), "p.md:1: this block is neither"),
        ("a block of plain commands", "```\npsalink lint\n```\n".to_owned(), "p.md:1: this block is neither"),
        ("a block in a list", "- x\n  ```console\n  $ psalink\n  ```\n".to_owned(), "p.md:2: a block must begin"),
        ("a block without an end", "```console\n$ psalink --version\n".to_owned(), "p.md:1: this block has no end"),
        ("no reason", "<!-- not run: -->\n```sh\npsalink lint\n```\n".to_owned(), "gives no reason"),
        ("an option", "<!-- not run: a test -->\n```sh\npsalink lint --fixx\n```\n".to_owned(), "option `--fixx`"),
        ("a command", "Run `psalink lnit mails`.\n".to_owned(), "p.md:1: there is no command `lnit`"),
        ("an option in the text", "With `--fixx` all is well.\n".to_owned(), "p.md:1: no command has the option"),
        ("settings", "`psalink.yaml`:\n\n```yaml\nportl: acme\n```\n".to_owned(), "p.md:3: psalink.yaml: "),
    ];
    let mut helps = Helps::new();
    for (name, page, expected) in pages {
        let wrong = follow("p.md", &page, &mut helps);
        assert!(wrong.iter().any(|problem| problem.contains(expected)), "{name}: {wrong:#?}");
    }
    let fine = follow("p.md", &console("<!-- exit: 1 -->\n", "…"), &mut helps);
    assert!(fine.is_empty(), "{fine:#?}");
}
