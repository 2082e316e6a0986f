//! An address that runs a script: `javascript:…`.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Address, Check, Context, Rewrite, Rule, When};

/// An address runs a script.
pub const RULE: Rule = Rule {
    name: "script-link",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "an address runs a script, which no email program allows",
    page: include_str!("../../../fixtures/rules/script-link.md"),
    checks: &[Check::Addresses(check)],
};

fn check(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    // The first character rules out most addresses.
    let first = cx.slice(cx.trim(address.value)).first();
    if first.is_some_and(|byte| b"jJvV&".contains(byte) || byte.is_ascii_control())
        && runs_script(&cx.value(address.value))
    {
        let subject = if address.leads { "this link" } else { "this address" };
        found.push(
            RULE.at(address.value, format!("{subject} runs a script, which no email program allows"))
                .help("link to a page that does the same, or delete the link"),
        );
    }
}

/// Whether a browser would read the address as a script: it ignores control characters before the scheme, and tabs and
/// line breaks anywhere.
fn runs_script(address: &str) -> bool {
    let characters = address.trim_start_matches(|character| character <= ' ').chars();
    let characters = characters
        .filter(|character| !matches!(character, '\t' | '\n' | '\r'))
        .map(|character| character.to_ascii_lowercase());
    ["javascript:", "vbscript:"].into_iter().any(|scheme| characters.clone().take(scheme.len()).eq(scheme.chars()))
}
