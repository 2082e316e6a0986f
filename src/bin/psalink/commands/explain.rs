//! `psalink explain`: describes a rule, a placeholder, a portal command or a meaning.

use std::fmt::Write as _;

use psalink::config::Map;
use psalink::lint::{RULES, Rule, When};
use psalink::nearest::nearest;
use psalink::vocabulary::{Command, Confidence, Dialect, FactSource, Placeholder, Target, ValueKind};
use psalink::{Error, ErrorKind, Level, Vocabulary};

use crate::args::ExplainArgs;
use crate::commands::tokens;
use crate::console::{Console, Status};
use crate::markdown;

pub fn run(args: &ExplainArgs, console: &mut Console) -> Result<Status, Error> {
    let session = tokens::session(&args.settings)?;
    let text = match &args.word {
        None => rules(),
        Some(word) => explain(session.vocabulary(), word)?,
    };
    let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    console.result(markdown::write(&text, width, console.colored_out).as_bytes());
    Ok(Status::Clean)
}

/// All rules, one per line, grouped by level.
fn rules() -> String {
    let mut out =
        "# Rules\n\n`psalink explain RULE` explains what a rule finds and why it matters, with examples.\n".to_owned();
    let titles = [
        (Level::Error, "Errors: a link that cannot work, or that exposes a secret"),
        (Level::Warning, "Warnings: something that a customer would notice"),
        (Level::Note, "Notes: good to know"),
    ];
    let mut list = |title: &str, rules: &mut dyn Iterator<Item = &&Rule>| {
        let _ = write!(out, "\n## {title}\n\n");
        for rule in rules {
            let _ = writeln!(out, "- `{}`: {}", rule.name, rule.summary);
        }
    };
    for (level, title) in titles {
        list(title, &mut RULES.iter().filter(|rule| rule.level == level && rule.when != When::Off));
    }
    list("Off by default; turn them on with --select", &mut RULES.iter().filter(|rule| rule.when == When::Off));
    out
}

/// The page about a word.
fn explain(vocabulary: &Vocabulary, word: &str) -> Result<String, Error> {
    let bare = word.trim().trim_start_matches('[').trim_end_matches(']');
    if let Some(rule) = RULES.iter().find(|rule| rule.name == bare) {
        return Ok(rule_page(rule));
    }
    let mut out = String::new();
    for dialect in vocabulary.dialects() {
        if let Some((known, spelt)) = dialect.find_folded(bare) {
            placeholder(&mut out, vocabulary, dialect, dialect.placeholder(known), &spelt);
        }
    }
    for target in vocabulary.targets() {
        let key = bare.strip_prefix(&format!("{}:", target.prefix)).unwrap_or(bare);
        let key = key.split_whitespace().next().unwrap_or(key);
        if let Some(command) = target.command(key) {
            describe_command(&mut out, target, command);
        }
    }
    if out.is_empty() {
        meaning(&mut out, vocabulary, bare);
    }
    if !out.is_empty() {
        return Ok(out);
    }
    let names = RULES.iter().map(|rule| rule.name);
    let commands = vocabulary.targets().iter().flat_map(|target| &target.commands).map(|command| command.key.as_str());
    let placeholders =
        vocabulary.dialects().iter().flat_map(Dialect::placeholders).map(|placeholder| placeholder.name.as_str());
    let lists = || "`psalink explain` lists the rules, and `psalink tokens list` the placeholders".to_owned();
    let hint = nearest(bare, names.chain(commands).chain(placeholders)).map_or_else(lists, |near| near.question());
    Err(Error::new(
        ErrorKind::Usage,
        format!("no rule, placeholder, portal command or meaning is called `{word}`; {hint}"),
    ))
}

/// The page of a rule, with its level under its name.
fn rule_page(rule: &Rule) -> String {
    let rest = rule.page.split_once('\n').map_or("", |(_, rest)| rest);
    format!("# {} ({})\n{rest}", rule.name, rule.level.name())
}

fn placeholder(out: &mut String, vocabulary: &Vocabulary, dialect: &Dialect, placeholder: &Placeholder, spelt: &str) {
    let _ = write!(out, "# [{spelt}]\n\n");
    if let Some(right) = placeholder.replacement(spelt) {
        let _ = write!(out, "{} does not have this placeholder. Use `[{right}]`.\n\n", dialect.title);
        return;
    }
    let _ = write!(out, "A placeholder of {}. The PSA replaces it with {}.\n\n", dialect.title, kind(placeholder.kind));
    for (language, name) in placeholder.translations.iter() {
        let _ = writeln!(out, "- in {}: `[{name}]`", dialect.language_name(language));
    }
    for meaning in &placeholder.means {
        let _ = write!(out, "- means `{meaning}`");
        for other in vocabulary.dialects().iter().filter(|other| other.id != dialect.id) {
            if let Some(token) = other.languages.first().and_then(|language| other.token(meaning, language)) {
                let _ = write!(out, ", in {} `[{token}]`", other.title);
            }
        }
        out.push('\n');
    }
    if !placeholder.contexts.is_empty() {
        let _ = writeln!(out, "- known to work in: {}", placeholder.contexts.join(", "));
    }
    if let Some(audience) = &placeholder.audience {
        let _ = writeln!(out, "- for: {audience}");
    }
    if let Some(sample) = &placeholder.sample {
        let _ = writeln!(out, "- for example `{sample}`");
    }
    if let Some(note) = &placeholder.note {
        let _ = writeln!(out, "- {note}");
    }
    let _ = writeln!(out, "- {}", source(&dialect.sources, &placeholder.source, placeholder.confidence));
    out.push('\n');
}

fn describe_command(out: &mut String, target: &Target, command: &Command) {
    let _ = write!(out, "# [{}:{}]\n\n", target.prefix, command.key);
    let _ = write!(
        out,
        "A link of {}: `name={}`. Without `text=`, the link text is \"{}\".\n\n",
        target.title, command.name, command.text
    );
    if let Some(needs) = &command.needs {
        let _ = writeln!(out, "- requires {needs} in the portal");
    }
    for param in &command.params {
        let must = if param.required { "required" } else { "optional" };
        let _ = write!(out, "- `{}`: {must}", param.name);
        if !param.values.is_empty() {
            let values: Vec<String> = param.values.iter().map(|value| format!("`{value}`")).collect();
            let _ = write!(out, "; one of {}", values.join(", "));
        }
        if let Some(default) = &param.default {
            let _ = write!(out, "; the default is `{default}`");
        }
        if let Some(meaning) = &param.means {
            let _ = write!(out, "; filled in with the placeholder that means `{meaning}`");
        }
        if let Some(note) = &param.note {
            let _ = write!(out, "; {note}");
        }
        out.push('\n');
    }
    let _ = writeln!(out, "- {}", source(&target.sources, &command.source, command.confidence));
    out.push('\n');
}

/// What placeholders and parameters have in common.
fn meaning(out: &mut String, vocabulary: &Vocabulary, word: &str) {
    let mut lines = String::new();
    for dialect in vocabulary.dialects() {
        for placeholder in dialect.placeholders().iter().filter(|placeholder| {
            placeholder.use_instead.is_none() && placeholder.means.iter().any(|means| means == word)
        }) {
            let _ = writeln!(lines, "- {}: `[{}]`", dialect.title, placeholder.name);
        }
    }
    for target in vocabulary.targets() {
        for command in &target.commands {
            for param in command.params.iter().filter(|param| param.means.as_deref() == Some(word)) {
                let _ = writeln!(lines, "- fills in `{}` of `[{}:{}]`", param.name, target.prefix, command.key);
            }
        }
    }
    if !lines.is_empty() {
        let _ = write!(out, "# {word}\n\nA meaning connects placeholders with the parameters of links:\n\n{lines}");
    }
}

fn kind(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Id => "the number of a record, for programs",
        ValueKind::Number => "a number for people",
        ValueKind::Text => "text",
        ValueKind::Html => "HTML",
        ValueKind::HtmlLink => "a whole link",
        ValueKind::Url => "an address",
        ValueKind::Date => "a date or time",
        ValueKind::Email => "an email address",
    }
}

/// Where a fact comes from, and how certain it is.
fn source(sources: &Map<FactSource>, key: &str, confidence: Confidence) -> String {
    let sure = match confidence {
        Confidence::Documented => "documented",
        Confidence::ThirdParty => "documented by a third party",
        Confidence::Example => "seen in a real template or program",
        Confidence::Inferred => "inferred from other facts",
        Confidence::Assumed => "not confirmed: test it before you rely on it",
        Confidence::Configured => "from your own settings",
    };
    match sources.get(key) {
        Some(FactSource { title, url: Some(url) }) => format!("{sure}: [{title}]({url})"),
        Some(FactSource { title, url: None }) => format!("{sure}: {title}"),
        None => sure.to_owned(),
    }
}
