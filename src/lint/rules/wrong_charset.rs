//! A page that declares an encoding, although its bytes are UTF-8.

use crate::diagnostic::{Diagnostic, Level};
use crate::html::scan::Attribute;
use crate::lint::{Check, Context, Rewrite, Rule, When};

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

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let source = cx.document.source();
    // Letters in an older encoding hardly ever form valid UTF-8.
    if source.is_utf8() || cx.bytes().is_ascii() || std::str::from_utf8(cx.bytes()).is_err() {
        return;
    }
    let says = |content: &Attribute| {
        content.value.is_some_and(|value| cx.value(value).to_ascii_lowercase().contains("charset="))
    };
    let Some(named) = cx.elements("meta").find_map(|meta| {
        let content = || cx.attribute(meta, "content").filter(says);
        cx.attribute(meta, "charset").or_else(content)?.value
    }) else {
        return;
    };
    let name = source.encoding().to_ascii_lowercase();
    found.push(
        RULE.at(named, format!("this says that the template is in {name}, but its bytes are UTF-8"))
            .help("write `utf-8` here, or save the file in the encoding that it names"),
    );
}
