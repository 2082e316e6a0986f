//! Emoji that Autotask turns into `??`.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Case, Check, Context, Rewrite, Rule, When};
use crate::parse::document::Place;
use crate::parse::places::Places;
use crate::source::SourceKind;
use crate::span::Span;

/// Autotask turns an emoji into question marks.
pub const RULE: Rule = Rule {
    name: "emoji-lost",
    level: Level::Warning,
    also: &[IN_CODE],
    when: When::NotesOncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "Autotask turns an emoji into `??`",
    page: include_str!("../../../fixtures/rules/emoji-lost.md"),
    checks: &[Check::Bytes(&FIRST, check)],
};

const IN_CODE: Case = Case { level: Level::Note, when: "where it is written as a code, such as `&#128512;`" };

/// Characters that join or color emoji: U+200D and U+FE0F.
const JOINERS: [&[u8]; 2] = ["\u{200d}".as_bytes(), "\u{fe0f}".as_bytes()];

/// In UTF-8, every character above U+FFFF with a picture begins with one of these bytes; `&` begins a character
/// reference.
const FIRST: [u8; 3] = [b'&', 0xF0, 0xF3];

fn check(cx: &Context<'_>, places: &mut Places<'_>, at: usize, found: &mut Vec<Diagnostic>) -> usize {
    if cx.dialect().behavior.emoji_lost.is_none() {
        return cx.bytes().len();
    }
    let bytes = cx.bytes();
    let Some(first) = beyond_at(cx, at) else { return at + 1 };
    let (place, _, _) = places.at(at);
    let is_reference = bytes[at] == b'&';
    let reads_references = cx.document.source().kind() == SourceKind::Html
        && matches!(place, Place::Text | Place::Rcdata | Place::Attribute(_));
    if !place.is_visible() || is_reference && !reads_references {
        return at + 1;
    }
    let mut end = at + first;
    let mut has_letter = !is_reference;
    while let Some((next, length)) = next_beyond(cx, end).filter(|&(next, _)| reads_references || bytes[next] != b'&') {
        has_letter |= bytes[next] != b'&';
        end = next + length;
    }
    let span = Span::new(at, end);
    let finding = if has_letter {
        RULE.at(span, "Autotask turns this emoji into `??`")
    } else {
        let message = "Autotask may turn this emoji into `??`, since its editor turns the code into the character";
        RULE.at_in(IN_CODE, span, message)
    };
    found.push(finding.help("remove it, or use a plain symbol such as ⚡, which arrives"));
    end
}

/// The position and length of another emoji that directly follows.
fn next_beyond(cx: &Context<'_>, mut at: usize) -> Option<(usize, usize)> {
    while let Some(joiner) = JOINERS.iter().find(|joiner| cx.bytes()[at..].starts_with(joiner)) {
        at += joiner.len();
    }
    beyond_at(cx, at).map(|length| (at, length))
}

/// The length of the character above U+FFFF at a position, whether literal or a character reference.
fn beyond_at(cx: &Context<'_>, at: usize) -> Option<usize> {
    let rest = &cx.bytes()[at..];
    if rest.first().is_some_and(|&byte| byte >= 0xF0) {
        let character = rest.get(..4).filter(|_| cx.document.source().is_utf8());
        return character.is_some_and(|character| std::str::from_utf8(character).is_ok()).then_some(4);
    }
    let number = rest.strip_prefix(b"&#")?;
    let (digits, radix) = match number {
        [b'x' | b'X', digits @ ..] => (digits, 16),
        digits => (digits, 10),
    };
    let length = digits.iter().take(9).take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let value = u32::from_str_radix(std::str::from_utf8(&digits[..length]).ok()?, radix).ok()?;
    let head = rest.len() - digits.len();
    (char::from_u32(value)? > '\u{ffff}').then_some(head + length + usize::from(digits.get(length) == Some(&b';')))
}
