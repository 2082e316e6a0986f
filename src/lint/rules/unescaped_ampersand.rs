//! A plain `&` in a portal link, where HTML requires `&amp;`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::deep_link::{Ampersand, LinkForm};
use crate::parse::document::Place;
use crate::source::SourceKind;
use crate::source::edit::Edit;
use crate::span::Span;

/// A portal link contains a plain `&`.
pub const RULE: Rule = Rule {
    name: "unescaped-ampersand",
    level: Level::Note,
    also: &[],
    when: When::Off,
    rewrite: Rewrite::Leaves,
    summary: "a portal link has a plain `&` where HTML requires `&amp;`",
    page: include_str!("../../../fixtures/rules/unescaped-ampersand.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if cx.settings.ampersand == Ampersand::Plain || cx.document.source().kind() != SourceKind::Html {
        return;
    }
    for &at in cx.document.links() {
        let is_html =
            matches!(at.place, Place::Text | Place::Attribute(_)) && !cx.document.mixes_macro_and_link(at.span);
        let Some(portal_link) = is_html.then(|| cx.portal_link(at)).flatten() else { continue };
        if matches!(portal_link.link.form, LinkForm::Magic | LinkForm::Wrapped(_))
            || portal_link.is_broken_by_reference()
        {
            continue;
        }
        let bytes = cx.slice(at.span);
        let plain: Vec<Span> = memchr::memchr_iter(b'&', bytes)
            .filter(|&index| !is_reference(&bytes[index..]))
            .map(|index| Span::new(at.span.start as usize + index, at.span.start as usize + index + 1))
            .collect();
        let Some(first) = plain.first() else { continue };
        let edits = plain.iter().map(|&Span { end, .. }| Edit::new(Span { start: end, end }, "amp;")).collect();
        found.push(
            RULE.at(*first, "HTML requires `&amp;` here, though email programs accept a plain `&`")
                .help("write `&amp;`")
                .fix("write `&amp;`", Safety::Safe, edits),
        );
    }
}

/// Whether a complete character reference begins here: `&amp;`, `&#38;`.
fn is_reference(bytes: &[u8]) -> bool {
    let name = bytes[1..].iter().take(32).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    let written = bytes.get(..name + 2).filter(|written| name > 0 && written.ends_with(b";"));
    written
        .and_then(|written| std::str::from_utf8(written).ok())
        .is_some_and(|written| htmlize::unescape_attribute(written) != written)
}
