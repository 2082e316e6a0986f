//! A page that declares an encoding that it is not in, or that does not exist.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::element::{Element, Elements};
use crate::lint::{Check, Context, Rewrite, Rule, Tag, When};
use crate::source::SourceKind;
use crate::source::edit::Edit;
use crate::source::encoding::{is_encoding, is_utf8_name};
use crate::span::Span;

/// The template declares an encoding that it is not in.
pub const RULE: Rule = Rule {
    name: "wrong-charset",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "the template names an encoding that it is not in, or that does not exist",
    page: include_str!("../../../fixtures/rules/wrong-charset.md"),
    checks: &[Check::Template(check)],
};

/// How far into a template of plain letters the name is looked for.
const NEAR: usize = 8192;

/// The longest name that is repeated in a message.
const LONGEST: usize = 40;

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let source = cx.document.source();
    let bytes = cx.bytes();
    let is_utf8 = source.encoding() == "UTF-8";
    if source.kind() != SourceKind::Html || !is_utf8 && !source.is_misnamed() {
        return;
    }
    // A byte order mark counts for more than a name.
    let is_ascii = bytes.is_ascii();
    let may_name = |word: &[u8]| memchr::memmem::find(&bytes[..bytes.len().min(NEAR)], word).is_some();
    if bytes.starts_with(b"\xEF\xBB\xBF") || is_ascii && !may_name(b"harset") && !may_name(b"HARSET") {
        return;
    }
    let Some((named, label)) = cx.elements(Elements::of(&[Element::Meta])).find_map(|meta| named(cx, meta)) else {
        return;
    };
    let name = cx.document.text(label).to_lowercase();
    // What fills in the template knows its encoding.
    if name.contains(['{', '[', '%', '<']) {
        return;
    }
    let short = name.chars().take(LONGEST).collect::<String>();
    let fix = |finding: Diagnostic, safety| {
        finding.help("write `utf-8`").fix("write `utf-8`", safety, vec![Edit::new(label, "utf-8")])
    };
    let is_sound = || !is_utf8 || std::str::from_utf8(bytes).is_ok();
    let known = is_utf8_name(name.as_bytes()) || is_encoding(name.as_bytes());
    if !known {
        let message = match &*name {
            "" => "this names no encoding, so programs take the template for windows-1252".to_owned(),
            _ => format!("no encoding is called `{short}`, so programs take the template for windows-1252"),
        };
        let finding = RULE.at(named, message);
        let help = "write `utf-8` here, or the name of the encoding that the file is in";
        // `charset=""utf-8""`
        let is_whole = !bytes.get(named.end as usize + 1).is_some_and(u8::is_ascii_alphanumeric);
        found.push(if is_sound() && is_whole { fix(finding, Safety::Safe) } else { finding.help(help) });
        return;
    }
    if is_ascii || is_utf8_name(name.as_bytes()) || !is_sound() {
        return;
    }
    let name = if is_utf8 { short } else { source.encoding().to_ascii_lowercase() };
    let message = format!("this says that the template is in {name}, but its bytes are UTF-8");
    let help = "write `utf-8` here, or save the file in the encoding that it names";
    let finding = RULE.at(named, message).help(help);
    // The name itself can be changed only if a part of a character cannot look like a part of the name.
    found.push(if source.can_write().is_ok() { fix(finding, Safety::Suggested).help(help) } else { finding });
}

/// The attribute of a `<meta>` that names an encoding, and the name in it.
fn named(cx: &Context<'_>, meta: &Tag) -> Option<(Span, Span)> {
    if let Some(charset) = cx.attribute(meta, "charset") {
        let value = charset.value?;
        return Some((value, cx.trim(value)));
    }
    let value = cx.attribute(meta, "content")?.value?;
    let content = cx.slice(value).to_ascii_lowercase();
    let at = memchr::memmem::find(&content, b"charset")? + "charset".len();
    let sign = content[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let start = at + sign + 1;
    if content.get(start - 1) != Some(&b'=') {
        return None;
    }
    let length = content[start..].iter().position(|byte| b";\"'".contains(byte)).unwrap_or(content.len() - start);
    let start = value.start as usize + start;
    Some((value, cx.trim(Span::new(start, start + length))))
}
