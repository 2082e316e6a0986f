//! Outlook's copy of a button leads to a different page than the one everyone else sees.

use crate::diagnostic::{Diagnostic, Level};
use crate::html::scan::{Region, RegionKind};
use crate::lint::destination::LinkTarget;
use crate::lint::{Address, Check, Context, Rewrite, Rule, When};
use crate::parse::document::{LinkMacro, PartKind};
use crate::span::Span;

/// Outlook's copy of a button leads elsewhere.
pub const RULE: Rule = Rule {
    name: "conditional-link-differs",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "Outlook's copy of a button leads to a different page than the one everyone else sees",
    page: include_str!("../../../fixtures/rules/conditional-link-differs.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let regions = cx.document.regions();
    let mut links: Vec<&Address> = cx.addresses().iter().filter(|address| address.leads).collect();
    // If a tag has two addresses, a click opens the first.
    links.dedup_by_key(|link| link.tag.region);
    // Whether the previous link is in the same conditional comment.
    let mut is_one_of_several = false;
    for (copy, twin) in links.iter().zip(links.iter().skip(1)).filter(|(copy, _)| copy.tag.conditional) {
        let until_twin = &regions[copy.tag.region as usize + 1..twin.tag.region as usize];
        let close = until_twin.iter().position(|region| region.kind == RegionKind::ConditionalClose);
        let Some(close) = close.filter(|_| !twin.tag.conditional) else {
            is_one_of_several = close.is_none();
            continue;
        };
        let (inside, between) = until_twin.split_at(close);
        let is_alone = !std::mem::take(&mut is_one_of_several);
        let is_other = cx.slice(copy.value) != cx.slice(twin.value);
        if is_alone
            && is_other
            && are_twins(cx, copy, inside, &between[1..], twin)
            && differ(cx, copy.value, twin.value)
        {
            let message = "Outlook's copy of this button leads to a different page than the one everyone else sees";
            found.push(RULE.at(copy.value, message).help("give both copies the same address"));
        }
    }
}

/// Whether a link that only Outlook shows and the next ordinary link are the same button: they have the same text, with
/// nothing to read between them.
fn are_twins(cx: &Context<'_>, copy: &Address, inside: &[Region], between: &[Region], twin: &Address) -> bool {
    let is_blank = |region: &Region| cx.slice(region.span).trim_ascii().is_empty();
    let is_glue = |region: &Region| match region.kind {
        RegionKind::Text => is_blank(region),
        RegionKind::StartTag | RegionKind::RevealedOpen | RegionKind::Comment => true,
        _ => false,
    };
    let is_shape = cx.slice(copy.tag.name).contains(&b':');
    let is_marked = between.iter().any(|region| region.kind == RegionKind::RevealedOpen);
    if !between.iter().all(is_glue) || !is_shape && !is_marked {
        return false;
    }
    let text: String = inside
        .iter()
        .filter(|region| region.kind == RegionKind::Text)
        .map(|region| words(&cx.document.text(region.span)))
        .collect();
    let anchors = cx.anchors();
    let anchor = anchors.binary_search_by_key(&twin.tag.region, |anchor| anchor.tag.region).ok();
    let twin_text = anchor.and_then(|index| cx.anchor_text(&anchors[index]));
    // A shape around the ordinary link has no text itself.
    text.is_empty() || twin_text.is_some_and(|(_, twin_text)| words(&twin_text) == text)
}

/// A text without white space, in lower case.
fn words(text: &str) -> String {
    htmlize::unescape(text)
        .chars()
        .filter(|character| !character.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

fn differ(cx: &Context<'_>, copy: Span, twin: Span) -> bool {
    if let (Some(copy), Some(twin)) = (link_macro(cx, copy), link_macro(cx, twin)) {
        return !opens_same(copy, twin);
    }
    let destination = |value| LinkTarget::read(cx, &cx.value(value));
    matches!((destination(copy), destination(twin)), (Some(copy), Some(twin)) if !copy.is_same(&twin))
}

/// The link macro that makes up a whole value.
fn link_macro<'a>(cx: &Context<'a>, value: Span) -> Option<&'a LinkMacro> {
    let value = cx.trim(value);
    match &cx.part_at(value.start as usize)?.kind {
        PartKind::LinkMacro(link_macro) => Some(link_macro),
        _ => None,
    }
}

/// Whether two macros open the same page, regardless of how they look.
fn opens_same(a: &LinkMacro, b: &LinkMacro) -> bool {
    let params = |link_macro: &LinkMacro| {
        let arguments = link_macro.arguments.iter().filter(|argument| !matches!(&*argument.key.text, "text" | "as"));
        let mut params: Vec<_> =
            arguments.map(|argument| (argument.key.text.clone(), argument.value.text.clone())).collect();
        params.sort();
        params
    };
    a.command.text == b.command.text && params(a) == params(b)
}
