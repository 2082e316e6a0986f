//! A placeholder with tags or a comment inside it: `[sr<b>number</b>]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::scan::{self, Region, RegionKind};
use crate::lint::placeholders::damage;
use crate::lint::{Check, Context, Rewrite, Rule, Token, When, foreign};
use crate::parse::document::{AttributeRole, Flaw, Place};
use crate::span::Span;

/// A placeholder contains formatting.
pub const RULE: Rule = Rule {
    name: "split-placeholder",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "formatting inside a placeholder hides it from the PSA",
    page: include_str!("../../../fixtures/rules/split-placeholder.md"),
    checks: &[Check::Placeholder(check)],
};

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    let is_foreign = || foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some();
    // Markup in an address is more than damage to the placeholder.
    let is_in_address = matches!(token.part.place, Place::Attribute(at) if at.role != AttributeRole::Other);
    if is_in_address || token.worst_flaw() != Some(Flaw::SplitByTags) || is_foreign() {
        return;
    }
    let name = &token.spelling.name;
    let written = cx.slice(token.part.span);
    let content = if has_tags(written) { "formatting" } else { "a comment" };
    let message = format!("there is {content} inside the placeholder `[{name}]`, so the PSA does not see it");
    let tags = lone_tags(written);
    let safety = if tags.is_empty() { Safety::Safe } else { Safety::Suggested };
    let mut finding = damage(cx, &RULE, token, message, safety);
    // A tag whose other half is outside must not be lost.
    if let Some(edit) =
        finding.fix.as_mut().and_then(|fix| fix.edits.iter_mut().find(|edit| edit.text.starts_with('[')))
    {
        edit.text = format!("{}{tags}", edit.text).into();
    }
    found.push(finding);
}

/// Whether a span contains tags, not just comments.
fn has_tags(bytes: &[u8]) -> bool {
    let is_tag = |kind| matches!(kind, RegionKind::StartTag | RegionKind::EndTag);
    scan::scan(bytes).iter().any(|region| is_tag(region.kind))
}

/// The tags of a span that does not contain their other half, in order.
fn lone_tags(bytes: &[u8]) -> String {
    let regions = scan::scan(bytes);
    let mut open: Vec<(usize, &[u8])> = Vec::new();
    let mut lone = vec![false; regions.len()];
    for (index, region) in regions.iter().enumerate() {
        let name = name(bytes, region);
        match region.kind {
            RegionKind::StartTag | RegionKind::ConditionalOpen | RegionKind::RevealedOpen if !is_break(name) => {
                lone[index] = true;
                open.push((index, name));
            }
            RegionKind::EndTag | RegionKind::ConditionalClose | RegionKind::RevealedClose => match open.last() {
                Some(&(start, opened)) if opened.eq_ignore_ascii_case(name) => {
                    lone[start] = false;
                    open.pop();
                }
                _ => lone[index] = true,
            },
            _ => {}
        }
    }
    let spans = regions.iter().zip(lone).filter(|(_, lone)| *lone).map(|(region, _)| region.span);
    spans.map(|span| String::from_utf8_lossy(&bytes[span.range()])).collect()
}

/// Whether an element only breaks a line or a word, and so has no end tag.
fn is_break(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"br") || name.eq_ignore_ascii_case(b"wbr")
}

/// What a tag and its other half have in common; a condition for Outlook has two halves too.
fn name<'a>(bytes: &'a [u8], region: &Region) -> &'a [u8] {
    match region.kind {
        RegionKind::StartTag | RegionKind::EndTag => &bytes[scan::tag_name(bytes, region.span).range()],
        _ => b"!",
    }
}

/// The same in a link macro.
pub(crate) fn of_macro(span: Span) -> Diagnostic {
    RULE.at(span, "an editor has put formatting into this macro")
        .help("delete the macro and type it again, or clear its formatting")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_tags_whose_other_half_is_elsewhere() {
        for (text, tags) in [
            ("[sr<b>number</b>]", ""),
            ("[sr<b>number]", "<b>"),
            ("[sr</b>number]", "</b>"),
            ("[sr</span><span class=x>number]", "</span><span class=x>"),
            ("[<i>sr<b>num</b>ber]", "<i>"),
            ("[sr<!--[if mso]>number]", "<!--[if mso]>"),
            ("[sr<![endif]-->number]", "<![endif]-->"),
            ("[<!-- x -->sr<!--[if mso]>number<![endif]-->]", ""),
        ] {
            assert_eq!(lone_tags(text.as_bytes()), tags, "{text}");
        }
    }
}
