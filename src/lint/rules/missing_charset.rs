//! A template with non-ASCII characters that does not declare its encoding.

use crate::diagnostic::{Diagnostic, Level};
use crate::html::element::{Element, Elements};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::source::SourceKind;

/// The template does not declare its encoding.
pub const RULE: Rule = Rule {
    name: "missing-charset",
    level: Level::Note,
    also: &[],
    when: When::Off,
    rewrite: Rewrite::Leaves,
    summary: "a template with characters such as é does not say which encoding it is in",
    page: include_str!("../../../fixtures/rules/missing-charset.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let source = cx.document.source();
    let start = cx.document.front_matter().map_or(0, |settings| settings.span.end as usize);
    let Some(first) = cx.bytes()[start..].iter().position(|byte| !byte.is_ascii()) else { return };
    // A byte order mark declares it too; UTF-16 is not read without a mark unless the user says so.
    let has_mark = cx.bytes().starts_with(b"\xEF\xBB\xBF") || source.encoding().starts_with("UTF-16");
    if source.kind() != SourceKind::Html || has_mark || says_encoding(cx) {
        return;
    }
    found.push(
        RULE.at(cx.character_at(start + first), "nothing says which encoding this character is in")
            .help("save the file as UTF-8 and add `<meta charset=\"utf-8\">` to its `<head>`"),
    );
}

fn says_encoding(cx: &Context<'_>) -> bool {
    cx.elements(Elements::of(&[Element::Meta])).any(|meta| {
        let content = cx.attribute(meta, "content").and_then(|content| content.value);
        let says = |content| cx.value(content).to_ascii_lowercase().contains("charset=");
        cx.attribute(meta, "charset").is_some() || content.is_some_and(says)
    })
}
