//! A page that declares an encoding, although its bytes are UTF-8.

use crate::diagnostic::{Diagnostic, Level};
use crate::html::element::{Element, Elements};
use crate::html::scan::Attribute;
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::source::encoding::{charset_in, is_utf8_name};

/// The template declares an encoding that it is not in.
pub const RULE: Rule = Rule {
    name: "wrong-charset",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "the template says that it is in an older encoding, but its bytes are UTF-8",
    page: include_str!("../../../fixtures/rules/wrong-charset.md"),
    checks: &[Check::Template(check)],
};

/// The name in an attribute where it is none of UTF-8: `utf-16`, which a page in UTF-8 cannot be in, or a name of nothing.
fn other_name(value: &[u8]) -> Option<String> {
    let label = charset_in(value).unwrap_or(value);
    let is_name = !label.is_empty() && label.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:+".contains(byte));
    let name = std::str::from_utf8(label).ok().filter(|_| is_name && !is_utf8_name(label))?;
    Some(name.to_ascii_lowercase())
}

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let source = cx.document.source();
    let is_utf8 = source.encoding() == "UTF-8";
    if !is_utf8 && !source.is_misnamed() {
        return;
    }
    let says = |content: &Attribute| {
        content.value.is_some_and(|value| cx.value(value).to_ascii_lowercase().contains("charset="))
    };
    let Some(named) = cx.elements(Elements::of(&[Element::Meta])).find_map(|meta| {
        let content = || cx.attribute(meta, "content").filter(says);
        cx.attribute(meta, "charset").or_else(content)?.value
    }) else {
        return;
    };
    let name = match is_utf8 {
        true => match other_name(cx.slice(cx.trim(named))) {
            Some(name) => name,
            None => return,
        },
        false => source.encoding().to_ascii_lowercase(),
    };
    // A byte order mark counts for more than a name.
    let is_plain = || cx.bytes().is_ascii() || cx.bytes().starts_with(b"\xEF\xBB\xBF");
    if is_utf8 && (is_plain() || std::str::from_utf8(cx.bytes()).is_err()) {
        return;
    }
    found.push(
        RULE.at(named, format!("this says that the template is in {name}, but its bytes are UTF-8"))
            .help("write `utf-8` here, or save the file in the encoding that it names"),
    );
}
