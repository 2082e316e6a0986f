//! A placeholder that an editor has encoded: `%5Bsrnumber%5D`, `&#91;srnumber&#93;`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::damaged_names::damaged_names;
use crate::lint::names::How;
use crate::lint::placeholders::damage;
use crate::lint::{Check, Context, Rewrite, Rule, Token, When, foreign};
use crate::parse::document::Flaw;
use crate::span::Span;

/// An editor has encoded a placeholder, so the PSA does not see it.
pub const RULE: Rule = Rule {
    name: "encoded-placeholder",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Fixes,
    summary: "an editor has encoded a placeholder, so the PSA does not see it",
    page: include_str!("../../../fixtures/rules/encoded-placeholder.md"),
    checks: &[Check::Placeholder(check), Check::AllParts(in_other_ways)],
};

fn check(cx: &Context<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    if !matches!(token.worst_flaw(), Some(Flaw::PercentEncoded | Flaw::CharacterReferences))
        || foreign::reason(cx.vocabulary, cx.settings, token.spelling).is_some()
    {
        return;
    }
    let message =
        format!("an editor has encoded the placeholder `[{}]`, so the PSA does not see it", token.spelling.name);
    found.push(damage(cx, &RULE, token, message, Safety::Safe));
}

/// The same for brackets that are encoded in ways that are rare: `&#37;5Bsrnumber&#37;5D`, `=5Bsrnumber=5D`.
fn in_other_ways(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for name in &damaged_names(cx).other {
        let safety = match name.how {
            How::Encoded => Safety::Safe,
            How::NoLast => Safety::Suggested,
            How::LookAlike | How::Other | How::NoFirst => continue,
        };
        let Some(right) = &name.right else { continue };
        let message = format!("an editor has encoded the placeholder `[{right}]`, so the PSA does not see it");
        found.push(name.write(cx, RULE.at(name.span, message), safety));
    }
}

/// The same for a link macro, which may have plain brackets around an encoded beginning.
pub(crate) fn of_macro(span: Span, has_brackets: bool) -> Diagnostic {
    let message = match has_brackets {
        true => "an editor has encoded the beginning of this link macro",
        false => "an editor has encoded the brackets of this macro",
    };
    let finding = RULE.at(span, message);
    if has_brackets {
        return finding.help("write it like this: `[dd:ticket]`, in the source view of the editor");
    }
    finding.help("write it with plain brackets, in the source view of the editor")
}
