//! An incomplete address: a message has no base address to complete it with.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::rules::{broken_address, invisible_character, wrong_brackets};
use crate::lint::{Address, Check, Context, Rewrite, Rule, When};
use crate::parse::document::{Part, PartKind};
use crate::source::edit::Edit;
use crate::span::Span;

/// An address is incomplete.
pub const RULE: Rule = Rule {
    name: "relative-url",
    level: Level::Note,
    also: &[],
    when: When::OncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "an address is incomplete, and a message has no site to complete it",
    page: include_str!("../../../fixtures/rules/relative-url.md"),
    checks: &[Check::Addresses(check)],
};

fn check(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    // A template that sets its base address has taken care of it.
    if !is_asked(cx, address) || cx.names_its_site() {
        return;
    }
    let value = cx.trim(address.value);
    let written = cx.slice(value);
    let is_plain = memchr::memchr(b'&', written).is_none();
    // A scheme as such is one, whatever comes after it.
    let is_relative = || if is_plain { is_relative(written) } else { is_relative(cx.value(value).as_bytes()) };
    if has_scheme(written) || !is_relative() || cx.part_at(value.start as usize).is_some() {
        return;
    }
    // Whatever is next to a macro in an address is reported with the macro.
    let is_macro = |part: &Part| matches!(part.kind, PartKind::LinkMacro(_));
    if cx.document.parts_in(value).iter().any(is_macro) {
        return;
    }
    // Another rule reports addresses that would be portal links, except for how they begin.
    let links = cx.document.links();
    let link = links.get(links.partition_point(|link| link.span.start < value.start));
    let link = link.filter(|link| link.span == value).and_then(|link| cx.portal_link(*link));
    if link.is_some_and(|portal_link| portal_link.link.slip.is_some()) {
        return;
    }
    if broken_address::of(cx, address).is_some() || wrong_brackets::is_encoded_macro(cx, address) {
        return;
    }
    // An invisible character in its beginning may be the only mistake.
    if !invisible_character::hidden_in(cx, address).is_empty() {
        return;
    }
    let written = cx.document.source().quoted(value);
    let finding =
        RULE.at(value, format!("`{}` is not a complete address, so it leads nowhere in a message", short(&written)));
    let missing = if starts_with(&written, "//") {
        Some("https:")
    } else if starts_with(&written, "www.") {
        Some("https://")
    } else {
        is_mailbox(&written).then_some("mailto:")
    };
    found.push(match missing {
        Some(missing) => {
            let start = Span { start: value.start, end: value.start };
            finding.help(format!("put `{missing}` in front of it")).fix(
                format!("put `{missing}` in front of it"),
                Safety::Suggested,
                vec![Edit::new(start, missing)],
            )
        }
        None => finding.help("write the complete address, with `https://` and the name of the site"),
    });
}

/// Whether the reader's mail program opens or loads this address.
fn is_asked(cx: &Context<'_>, address: &Address) -> bool {
    // Word uses it for links to its own files, which are never opened.
    let is_link = cx.is_named(&address.tag, "link");
    ["href", "src", "background"].into_iter().any(|name| cx.slice(address.name).eq_ignore_ascii_case(name.as_bytes()))
        && !is_link
}

/// Whether an address has no scheme, and nothing else completes it before the message is sent.
fn is_relative(address: &[u8]) -> bool {
    let Some(first) = address.first() else { return false };
    if !first.is_ascii_alphanumeric() && !b"/._~".contains(first) {
        return false;
    }
    let is_filled_in = |pair: &[u8]| matches!(pair, b"{{" | b"{%" | b"<%" | b"*|" | b"%%" | b"${" | b"|*");
    !has_scheme(address) && !address.windows(2).any(is_filled_in)
}

/// Whether an address begins with a scheme. Browsers ignore tabs and line breaks in it.
fn has_scheme(address: &[u8]) -> bool {
    let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+.-\t\r\n".contains(byte);
    let length = address.iter().take_while(is_part).count();
    address.first().is_some_and(u8::is_ascii_alphabetic) && address.get(length) == Some(&b':')
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
}

fn is_mailbox(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !text.contains(['/', ' ', '[']))
}

/// An address, shortened to fit a message.
fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
