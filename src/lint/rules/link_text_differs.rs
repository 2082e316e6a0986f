//! The text of a link is an address, and the link leads to another one.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::destination::LinkTarget;
use crate::lint::{Anchor, Check, Context, Rewrite, Rule, When};

/// The text of a link is an address, and the link leads elsewhere.
pub const RULE: Rule = Rule {
    name: "link-text-differs",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "the text of a link is an address, but the link leads to a different one",
    page: include_str!("../../../fixtures/rules/link-text-differs.md"),
    checks: &[Check::Anchors(check)],
};

fn check(cx: &Context<'_>, anchor: &Anchor, found: &mut Vec<Diagnostic>) {
    // Nearly every text begins with another letter.
    let begins_other = |first: u8| first.is_ascii_graphic() && !b"hHwWdD&".contains(&first);
    let Some(href) = anchor.href.filter(|_| !cx.first_byte(anchor).is_none_or(begins_other)) else { return };
    let Some((span, text)) = cx.anchor_text(anchor).filter(|(_, text)| is_address(text)) else { return };
    let link = cx.value(href);
    let shown = LinkTarget::read(cx, text.trim_end_matches(['.', ',', ';', ':', '!', '?']));
    let (Some(shown), Some(leads)) = (shown, LinkTarget::read(cx, &link)) else { return };
    let message = if shown.command.is_some() && leads.command.is_some() {
        if shown.is_same(&leads) {
            return;
        }
        "the text of this link shows a different portal page than the one it opens".to_owned()
    } else if leads.host.is_empty() || shown.is_same_site(&leads) || shown.is_named_in(after_host(&link.to_lowercase()))
    {
        // What counts or checks clicks leads to another host first, and names the page in its address.
        return;
    } else {
        format!("the text of this link shows an address at `{}`, but the link leads to `{}`", shown.host, leads.host)
    };
    found.push(RULE.at(span, message).help("use the same address in both, or describe in words where the link leads"));
}

/// What follows the host of an address. Names in front of that may look like another host: `acme.example.evil.example`.
fn after_host(link: &str) -> &str {
    let start = link.find("://").map_or(0, |at| at + 3);
    let length = link[start..].find(['/', '?', '#']).unwrap_or(link.len() - start);
    &link[start + length..]
}

/// Whether the text of a link is an address and nothing else; placeholders in it may hold spaces.
fn is_address(text: &str) -> bool {
    let starts = |start: &str| text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start));
    let mut depth = 0usize;
    ["http://", "https://", "www.", "ddportal://"].into_iter().any(starts)
        && text.chars().all(|character| {
            depth = match character {
                '[' => depth + 1,
                ']' => depth.saturating_sub(1),
                _ => depth,
            };
            depth > 0 || !character.is_whitespace()
        })
}
