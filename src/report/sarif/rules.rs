//! Descriptions of the rules for SARIF, generated from their pages.

use serde::Serialize;

use crate::lint::{RULES, Rule, When};

/// What a viewer shows about a rule.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<&'static str>,
}

#[derive(Serialize)]
struct Configuration {
    enabled: bool,
    level: &'static str,
}

/// All rules, in the order of [`RULES`].
pub(super) fn all() -> Vec<Descriptor> {
    RULES.iter().map(|rule| Descriptor::of(rule)).collect()
}

impl Descriptor {
    fn of(rule: &Rule) -> Descriptor {
        let summary = sentence(rule.summary);
        let page = without_title(rule.page);
        let plain = |text: Option<&str>| Text {
            text: text.map(without_marks).filter(|text| !text.is_empty()).unwrap_or_else(|| summary.clone()),
            markdown: None,
        };
        Descriptor {
            id: rule.name,
            full_description: plain(page.split("\n## ").next()),
            // The examples of a page make no sense without their formatting.
            help: Text { markdown: (!page.is_empty()).then_some(page), ..plain(page.split("\n## Example").next()) },
            short_description: Text { text: summary, markdown: None },
            default_configuration: Configuration { enabled: rule.when != When::Off, level: rule.level.name() },
        }
    }
}

/// A page without its title, which viewers show anyway.
fn without_title(page: &'static str) -> &'static str {
    match page.split_once('\n') {
        Some((title, rest)) if title.starts_with("# ") => rest.trim(),
        _ => page.trim(),
    }
}

/// Markdown as plain text: each paragraph on one line, headings without their `#`.
fn without_marks(markdown: &str) -> String {
    let paragraphs = markdown.split("\n\n").map(|paragraph| {
        let lines = paragraph.lines().map(|line| line.trim().trim_start_matches('#').trim_start());
        lines.collect::<Vec<_>>().join(" ")
    });
    paragraphs.filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// A summary with a capital letter and a period.
fn sentence(summary: &str) -> String {
    let mut characters = summary.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    let mut sentence: String = first.chain(characters).collect();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_become_texts() {
        assert_eq!(without_title("# a-rule\n\nNotices\nit.\n"), "Notices\nit.");
        assert_eq!(without_marks("Notices\nit.\n\n## Why\n\nBecause."), "Notices it.\n\nWhy\n\nBecause.");
        assert_eq!(sentence("a link is wrong"), "A link is wrong.");
    }
}
