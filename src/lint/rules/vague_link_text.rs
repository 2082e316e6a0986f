//! A link whose text does not say where it leads: "click here".

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Anchor, Check, Context, Rewrite, Rule, When};
use crate::parse::document::{Part, PartKind, Place};
use crate::span::Span;

/// The text of a link does not say where it leads.
pub const RULE: Rule = Rule {
    name: "vague-link-text",
    level: Level::Note,
    also: &[],
    when: When::Off,
    rewrite: Rewrite::Leaves,
    summary: "the text of a link does not say where it leads, such as `click here`",
    page: include_str!("../../../fixtures/rules/vague-link-text.md"),
    checks: &[Check::Anchors(anchors), Check::Parts(macros)],
};

fn anchors(cx: &Context<'_>, anchor: &Anchor, found: &mut Vec<Diagnostic>) {
    if anchor.href.is_none() {
        return;
    }
    if let Some((span, text)) = cx.anchor_text(anchor).filter(|(_, text)| is_vague(text)) {
        found.push(finding(span, &text));
    }
}

fn macros(_: &Context<'_>, part: &Part, found: &mut Vec<Diagnostic>) {
    let PartKind::LinkMacro(link_macro) = &part.kind else { return };
    let text =
        link_macro.arguments.iter().find(|argument| &*argument.key.text == "text").map(|argument| &argument.value);
    let is_shown = part.place == Place::Text;
    if let Some(text) = text.filter(|text| is_shown && is_vague(&htmlize::unescape(&*text.text))) {
        found.push(finding(text.span, &text.text));
    }
}

fn finding(span: Span, text: &str) -> Diagnostic {
    RULE.at(span, format!("`{text}` does not say where this link leads"))
        .help("describe what the link opens, such as `Open your ticket`")
}

/// Vague texts in English, German and Spanish.
const VAGUE: [&str; 27] = [
    "click",
    "click here",
    "click me",
    "here",
    "learn more",
    "link",
    "more",
    "read more",
    "see more",
    "this link",
    "view",
    "hier",
    "hier klicken",
    "klicken",
    "klicken sie hier",
    "klick hier",
    "mehr",
    "mehr erfahren",
    "weiterlesen",
    "aquí",
    "aqui",
    "haga clic aquí",
    "haz clic aquí",
    "leer más",
    "más",
    "pulse aquí",
    "ver más",
];

fn is_vague(text: &str) -> bool {
    // The longest of them has sixteen characters.
    if text.len() > 64 {
        return false;
    }
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.trim_matches(|character: char| !character.is_alphanumeric()).split_whitespace().collect();
    VAGUE.contains(&words.join(" ").as_str())
}
