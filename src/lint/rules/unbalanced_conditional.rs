//! A conditional comment for Outlook that is opened and not closed, or closed and not opened.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::scan::RegionKind;
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::source::edit::Edit;
use crate::span::Span;

/// A conditional comment is opened and not closed, or the other way round.
pub const RULE: Rule = Rule {
    name: "unbalanced-conditional",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a conditional comment for Outlook is opened and not closed, or closed and not opened",
    page: include_str!("../../../fixtures/rules/unbalanced-conditional.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let regions = cx.document.regions();
    let mut hidden: Option<Span> = None;
    // What is open for all others: in the mail, and inside the conditional comment.
    let mut revealed: [Vec<Span>; 2] = Default::default();
    // Markers that a comment which ended early has left behind.
    let mut left_over = 0usize;
    for (index, region) in regions.iter().enumerate() {
        match region.kind {
            RegionKind::ConditionalOpen if region.conditional => {
                left_over += 1;
                if let Some(open) = hidden.take() {
                    found.push(
                        RULE.at(open, "this conditional comment is not closed before the next one begins")
                            .help("add `<![endif]-->` where the part for Outlook ends"),
                    );
                }
            }
            RegionKind::ConditionalOpen => hidden = Some(region.span),
            RegionKind::ConditionalClose => {
                let open = hidden.take();
                let inner = index.checked_sub(1).map(|index| regions[index]);
                let has_endif = cx.slice(region.span).starts_with(b"<!");
                if let Some(comment) = inner.filter(|inner| !has_endif && inner.kind == RegionKind::Comment) {
                    left_over += 1;
                    found.push(
                        RULE.at(comment.span, "this comment ends the conditional comment around it early")
                            .help("delete the comment, or move it before the conditional comment"),
                    );
                } else if let Some(open) = open.filter(|_| !has_endif) {
                    let end = Span { start: region.span.start, end: region.span.start };
                    found.push(
                        RULE.at(open, "this conditional comment ends without `<![endif]`")
                            .help("end it with `<![endif]-->`")
                            .fix("end it with `<![endif]-->`", Safety::Suggested, vec![Edit::new(end, "<![endif]")]),
                    );
                }
                found.extend(revealed[1].drain(..).map(|open| never_closed(cx, open)));
            }
            RegionKind::RevealedOpen => revealed[usize::from(region.conditional)].push(region.span),
            RegionKind::RevealedClose if revealed[usize::from(region.conditional)].pop().is_some() => {}
            RegionKind::RevealedClose if left_over > 0 => left_over -= 1,
            RegionKind::RevealedClose => found.push(
                RULE.at(region.span, format!("`{}` closes nothing", cx.document.text(region.span)))
                    .help("delete it, or write the `<!--[if mso]>` that it was meant to close"),
            ),
            _ => {}
        }
    }
    match hidden {
        Some(open) => found.push(
            RULE.at(open, "this conditional comment is never closed, so only Outlook shows what follows it")
                .help("add `<![endif]-->` where the part for Outlook ends"),
        ),
        None => found.extend(revealed[0].drain(..).map(|open| never_closed(cx, open))),
    }
}

/// `<!--[if !mso]><!-->` or `<![if !mso]>` that nothing ends.
fn never_closed(cx: &Context<'_>, open: Span) -> Diagnostic {
    let written = cx.document.text(open);
    let end = if written.starts_with("<!--") { "<!--<![endif]-->" } else { "<![endif]>" };
    RULE.at(open, format!("`{written}` is never closed"))
        .help(format!("add `{end}` where the part that Outlook does not show ends"))
}
