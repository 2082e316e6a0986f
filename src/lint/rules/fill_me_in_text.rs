//! Text in brackets that was meant to be replaced: `[YOUR LINK HERE]`.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::rules::unknown_placeholder::without_colon;
use crate::lint::{Check, Checkup, Rule, When};
use crate::parse::document::{Part, PartKind, Place};

/// Text that was meant to be replaced is still there.
pub const RULE: Rule = Rule {
    name: "fill-me-in-text",
    level: Level::Warning,
    when: When::NotesOncePerFile,
    summary: "text in brackets that was meant to be replaced is still there",
    page: include_str!("../../../fixtures/rules/fill-me-in-text.md"),
    check: Check::Template(check),
};

/// Words of sample text.
const STAND_INS: [&str; 52] = [
    "your",
    "here",
    "insert",
    "enter",
    "goes",
    "replace",
    "placeholder",
    "type",
    "add",
    "sample",
    "example",
    "name",
    "names",
    "link",
    "url",
    "text",
    "button",
    "headline",
    "heading",
    "title",
    "subject",
    "line",
    "date",
    "time",
    "day",
    "number",
    "phone",
    "address",
    "email",
    "logo",
    "image",
    "picture",
    "photo",
    "product",
    "service",
    "company",
    "customer",
    "client",
    "contact",
    "user",
    "technician",
    "signature",
    "message",
    "content",
    "body",
    "description",
    "amount",
    "price",
    "location",
    "city",
    "reason",
    "department",
];

/// Words of notices and of links written in brackets: `[ACTION REQUIRED]`, `[View in browser]`.
const NOTICES: [&str; 33] = [
    "external",
    "internal",
    "urgent",
    "action",
    "required",
    "important",
    "not",
    "reply",
    "please",
    "read",
    "confidential",
    "private",
    "priority",
    "critical",
    "caution",
    "warning",
    "notice",
    "reminder",
    "security",
    "alert",
    "secure",
    "encrypted",
    "spam",
    "test",
    "automated",
    "automatic",
    "click",
    "tap",
    "view",
    "see",
    "open",
    "download",
    "unsubscribe",
];

fn check(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) {
    for part in cx.document.parts().iter().filter(|part| part.kind == PartKind::FillIn) {
        let is_markdown = matches!(cx.bytes().get(part.span.end as usize), Some(b'(' | b'[' | b':'));
        if is_markdown || cx.is_in_portal_host(part.span) || without_colon(cx, part).is_some() {
            continue;
        }
        let text = cx.document.text(part.span);
        if let Some(level) = level(part, &text) {
            found.push(
                RULE.weighing(level, part.span, format!("`{text}` looks like text that was meant to be replaced"))
                    .help("fill in what belongs there; if you do mean this text, remove the brackets"),
            );
        }
    }
}

/// How surely text in brackets was meant to be replaced; `None` for what people write there on purpose.
fn level(part: &Part, text: &str) -> Option<Level> {
    let words = || text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_one_of = |list: &[&str]| words().any(|word| list.contains(&&*word.to_lowercase()));
    let is_stand_in = is_one_of(&STAND_INS);
    if is_one_of(&NOTICES) && !words().any(|word| word.eq_ignore_ascii_case("your")) {
        return None;
    }
    if !text.chars().any(char::is_lowercase) {
        // Capitals may also be a tag that a subject carries.
        return match part.place {
            Place::Subject => is_stand_in.then_some(Level::Warning),
            _ if is_stand_in => Some(Level::Warning),
            _ => Some(Level::Note),
        };
    }
    // `[and others]` is a remark.
    let is_titled = words().all(|word| !word.starts_with(char::is_lowercase)) && part.place != Place::Subject;
    (is_stand_in || is_titled).then_some(Level::Note)
}
