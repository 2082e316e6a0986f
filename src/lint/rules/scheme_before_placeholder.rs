//! A scheme before something that already includes one: `http://[Ticket: Client Portal Link]`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::document::{Part, PartKind, Place};
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::ValueKind;

/// A scheme comes before a placeholder or macro that already includes one.
pub const RULE: Rule = Rule {
    name: "scheme-before-placeholder",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "`http://` or `https://` comes before a placeholder or macro that already includes it",
    page: include_str!("../../../fixtures/rules/scheme-before-placeholder.md"),
    checks: &[Check::Parts(check)],
};

fn check(cx: &Context<'_>, part: &Part, found: &mut Vec<Diagnostic>) {
    let kind = match &part.kind {
        PartKind::LinkMacro(_) => "macro",
        PartKind::Placeholder(_) | PartKind::Malformed(_) if is_address(cx, part) => "placeholder",
        _ => return,
    };
    if !matches!(part.place, Place::Text | Place::PlainText | Place::Attribute(_)) {
        return;
    }
    let Some(scheme) = scheme_before(cx.bytes(), part.span.start) else { return };
    let written = cx.document.text(scheme);
    found.push(
        RULE.at(part.span, format!("`{written}` comes before this {kind}, which already includes it"))
            .help(format!("delete `{written}`"))
            .fix(format!("delete `{written}`"), Safety::Safe, vec![Edit::delete(scheme)]),
    );
}

/// Whether the PSA replaces a placeholder with a whole address.
fn is_address(cx: &Context<'_>, part: &Part) -> bool {
    let known = part.spelling().and_then(|spelling| spelling.known_in(cx.settings.dialect));
    known.is_some_and(|known| cx.dialect().placeholder(known).kind == ValueKind::Url)
}

/// The `http://` or `https://` that ends at a position.
fn scheme_before(bytes: &[u8], end: u32) -> Option<Span> {
    let before = &bytes[..end as usize];
    ["http://", "https://"].into_iter().find_map(|scheme| {
        let start = before.len().checked_sub(scheme.len())?;
        before[start..].eq_ignore_ascii_case(scheme.as_bytes()).then_some(Span::new(start, end as usize))
    })
}

/// A link macro that is not expanded, because the address in front of it would remain.
pub(crate) fn before_macro(span: Span) -> Diagnostic {
    RULE.at(span, "a scheme such as `http://` comes before this macro, which already includes one")
        .help("delete the text before the macro")
}
