//! Placeholders in the syntax of other products: `{{ticket.id}}`, `%{ticket.number}`.

use memchr::memmem;

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::nearest::did_you_mean;
use crate::parse::document::{AttributeRole, Place};
use crate::parse::places::Places;
use crate::span::Span;

/// A placeholder is written as another product writes it.
pub const RULE: Rule = Rule {
    name: "foreign-syntax",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder uses the syntax of another product, so the customer would see it",
    page: include_str!("../../../fixtures/rules/foreign-syntax.md"),
    checks: &[Check::Bytes(b"{", check)],
};

/// The longest placeholder of another product.
const LIMIT: usize = 200;

fn check(cx: &Context<'_>, places: &mut Places<'_>, brace: usize, found: &mut Vec<Diagnostic>) -> usize {
    // A layout is filled by psalink itself.
    if cx.document.source().name().ends_with(".j2") {
        return cx.bytes().len();
    }
    let Some((start, end, product)) = foreign_at(cx.bytes(), brace) else { return brace + 1 };
    let (place, _, _) = places.at(brace);
    let is_read = match place {
        Place::Attribute(at) => at.role != AttributeRole::Other && end <= at.value.end as usize,
        place => place.is_visible(),
    };
    let span = Span::new(start, end);
    if is_read && !cx.is_in_portal_host(span) {
        let written = cx.document.text(span);
        let message = format!("`{written}` is the syntax of {product}; {} does not fill it in", cx.dialect().title);
        let finding = RULE.at(span, message);
        // The same meaning, where the name tells it: `{{ticket.id}}`, `{{ Contact.FirstName }}`.
        found.push(match cx.meaning_called(&written).and_then(|meaning| cx.token(meaning)) {
            Some(right) => finding.help(did_you_mean(&format!("[{right}]"))),
            None => finding.help("write your PSA's own placeholder, or remove it"),
        });
    }
    end
}

/// A placeholder of another product around its first brace, and whose it is.
fn foreign_at(bytes: &[u8], brace: usize) -> Option<(usize, usize, &'static str)> {
    let window = &bytes[brace..bytes.len().min(brace + LIMIT)];
    let (start, close, product): (_, &[u8], _) = match window {
        [_, b'{', ..] => (brace, b"}}", "Zendesk, Freshdesk or DeskDirector's own messages"),
        [_, b'%', ..] => (brace, b"%}", "DeskDirector's own messages"),
        _ if brace > 0 && bytes[brace - 1] == b'%' => (brace - 1, b"}", "osTicket"),
        _ => return None,
    };
    let inside = &window[if close.len() == 2 { 2 } else { 1 }..];
    let stop = memmem::find(inside, close)?;
    let text = inside[..stop].trim_ascii();
    let stop = stop + inside[stop..].iter().skip(close.len()).take_while(|byte| **byte == b'}').count();
    let is_name = match close {
        b"}" => text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._:".contains(byte)),
        _ => !text.iter().any(|byte| b"<>\r\n".contains(byte)),
    };
    let begins = text.iter().find(|byte| !b"{#/^&>-~ ".contains(byte))?;
    let end = brace + (window.len() - inside.len()) + stop + close.len();
    (is_name && begins.is_ascii_alphabetic()).then_some((start, end, product))
}
