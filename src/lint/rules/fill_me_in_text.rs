//! Text in brackets that was meant to be replaced: `[YOUR LINK HERE]`.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::rules::unknown_placeholder::without_colon;
use crate::lint::{Case, Check, Context, Rewrite, Rule, When};
use crate::parse::document::{Part, PartKind, Place};

/// Text that was meant to be replaced is still there.
pub const RULE: Rule = Rule {
    name: "fill-me-in-text",
    level: Level::Warning,
    also: &[PERHAPS],
    when: When::NotesOncePerFile,
    rewrite: Rewrite::Leaves,
    summary: "text in brackets that was meant to be replaced is still there",
    page: include_str!("../../../fixtures/rules/fill-me-in-text.md"),
    checks: &[Check::Parts(check)],
};

const PERHAPS: Case = Case { level: Level::Note, when: "where the brackets may be meant as they are" };

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

/// Words in bracketed notices and links: `[ACTION REQUIRED]`, `[View in browser]`.
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

fn check(cx: &Context<'_>, part: &Part, found: &mut Vec<Diagnostic>) {
    if part.kind != PartKind::FillIn {
        return;
    }
    let is_markdown = matches!(cx.bytes().get(part.span.end as usize), Some(b'(' | b'[' | b':'));
    if is_markdown || cx.is_in_portal_host(part.span) || without_colon(cx, part).is_some() {
        return;
    }
    let text = cx.document.text(part.span);
    let Some(likelihood) = likelihood(part, &text) else { return };
    let finding = RULE
        .at(part.span, format!("`{text}` looks like text that was meant to be replaced"))
        .help("fill in what belongs there; if you do mean this text, remove the brackets");
    found.push(match likelihood {
        Likelihood::Probable => finding,
        Likelihood::Possible => RULE.in_case(PERHAPS, finding),
    });
}

/// How likely it is that text in brackets was meant to be replaced.
enum Likelihood {
    Probable,
    Possible,
}

/// How likely it is; `None` for text that people intentionally put in brackets.
fn likelihood(part: &Part, text: &str) -> Option<Likelihood> {
    let words = || text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_one_of = |list: &[&str]| words().any(|word| list.contains(&&*word.to_lowercase()));
    let is_stand_in = is_one_of(&STAND_INS);
    if is_one_of(&NOTICES) && !words().any(|word| word.eq_ignore_ascii_case("your")) {
        return None;
    }
    if !text.chars().any(char::is_lowercase) {
        // Capitals may also be a tag in a subject.
        return match part.place {
            _ if is_stand_in => Some(Likelihood::Probable),
            Place::Subject => None,
            _ => Some(Likelihood::Possible),
        };
    }
    // `[and others]` is an aside.
    let is_titled = words().all(|word| !word.starts_with(char::is_lowercase)) && part.place != Place::Subject;
    (is_stand_in || is_titled).then_some(Likelihood::Possible)
}
