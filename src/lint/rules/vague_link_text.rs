//! A link whose text does not say where it leads: "click here".

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Checkup, Rule, When};
use crate::parse::document::{PartKind, Place};

/// The text of a link does not say where it leads.
pub const RULE: Rule = Rule {
    name: "vague-link-text",
    level: Level::Note,
    when: When::Off,
    summary: "the text of a link does not say where it leads, such as `click here`",
    page: include_str!("../../../fixtures/rules/vague-link-text.md"),
    check: Check::Template(check),
};

fn check(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) {
    let finding = |span, text: &str| {
        RULE.at(span, format!("`{text}` does not say where this link leads"))
            .help("describe what the link opens, such as `Open your ticket`")
    };
    for anchor in cx.anchors().iter().filter(|anchor| anchor.href.is_some()) {
        if let Some((span, text)) = cx.anchor_text(anchor).filter(|(_, text)| is_vague(text)) {
            found.push(finding(span, &text));
        }
    }
    for part in cx.document.parts().iter().filter(|part| part.place == Place::Text) {
        let PartKind::LinkMacro(link_macro) = &part.kind else { continue };
        let text = link_macro.arguments.iter().find(|argument| &*argument.key.text == "text").map(|it| &it.value);
        if let Some(text) = text.filter(|text| is_vague(&htmlize::unescape(&*text.text))) {
            found.push(finding(text.span, &text.text));
        }
    }
}

/// English, German and Spanish texts that say nothing.
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
    let words: Vec<&str> = text.trim_matches(|letter: char| !letter.is_alphanumeric()).split_whitespace().collect();
    VAGUE.contains(&words.join(" ").as_str())
}
