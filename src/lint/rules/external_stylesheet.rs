//! A style sheet or a web font that a mail program would have to load.

use crate::diagnostic::{Diagnostic, Level};
use crate::html::element::{Element, Elements};
use crate::lint::{Check, Context, Rewrite, Rule, Tag, When};
use crate::span::Span;

/// A style sheet is outside the mail.
pub const RULE: Rule = Rule {
    name: "external-stylesheet",
    level: Level::Note,
    also: &[],
    when: When::OncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "the template uses a style sheet or web font that most email programs do not load",
    page: include_str!("../../../fixtures/rules/external-stylesheet.md"),
    checks: &[Check::Elements(Elements::of(&[Element::Link]), links), Check::StyleSheets(imports)],
};

fn links(cx: &Context<'_>, link: &Tag, found: &mut Vec<Diagnostic>) {
    let rel = cx.attribute(link, "rel").and_then(|rel| rel.value).map(|rel| cx.value(rel));
    let is_sheet = |rel: &str| rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("stylesheet"));
    if rel.is_some_and(|rel| is_sheet(&rel)) && cx.attribute(link, "href").is_some() {
        found.push(finding(link.span));
    }
}

fn imports(cx: &Context<'_>, sheet: Span, found: &mut Vec<Diagnostic>) {
    if let Some(import) = import(cx.slice(sheet)) {
        let start = sheet.start as usize;
        found.push(finding(Span::new(start + import.start, start + import.end)));
    }
}

fn finding(span: Span) -> Diagnostic {
    RULE.at(span, "most email programs do not load this style sheet, so its styles are lost")
        .help("put the styles in the `style` attribute of each tag; list a common font after a web font")
}

/// The first `@import` of a style sheet that is not in a comment.
fn import(sheet: &[u8]) -> Option<std::ops::Range<usize>> {
    let find = |from: usize, word: &[u8]| memchr::memmem::find(sheet.get(from..)?, word).map(|at| from + at);
    let mut at = 0;
    let mut start = find(0, b"@import")?;
    while let Some(comment) = find(at, b"/*").filter(|comment| *comment < start) {
        at = find(comment + 2, b"*/")? + 2;
        if start < at {
            start = find(at, b"@import")?;
        }
    }
    // The whole sheet may be one line.
    let end = sheet[start..].iter().take(200).position(|byte| b"\r\n}".contains(byte));
    Some(start..end.map_or(start + "@import".len(), |end| start + end))
}
