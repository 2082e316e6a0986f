//! A placeholder in a different language than the PSA zone uses; the PSA prints it unchanged.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::foreign::{Foreign, reason};
use crate::lint::placeholders::instead;
use crate::lint::{Check, Context, Rewrite, Rule, Token, When};
use crate::parse::document::{Part, Spelling};

/// A placeholder is a name in another language.
pub const RULE: Rule = Rule {
    name: "wrong-language-placeholder",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a placeholder is in a different language than the PSA zone uses",
    page: include_str!("../../../fixtures/rules/wrong-language-placeholder.md"),
    checks: &[Check::Placeholder(check)],
};

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if !token.part.place.is_visible() {
        return;
    }
    if let Some(Foreign::Language(right)) = reason(cx.vocabulary, cx.settings, token.spelling) {
        found.push(finding(token.part, token.spelling, &cx.dialect().language_name(&cx.settings.language), right));
    }
}

/// A placeholder in another language; `right` is its name in this one.
pub(in crate::lint) fn finding(part: &Part, spelling: &Spelling, language: &str, right: Option<&str>) -> Diagnostic {
    let message = format!("`{}` is not the {language} name, so the PSA prints it unchanged", spelling.token());
    let finding = RULE.at(part.span, message);
    match right {
        Some(right) => instead(finding, part, right),
        None => finding,
    }
}
