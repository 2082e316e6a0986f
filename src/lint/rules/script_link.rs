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
        let what = if address.leads { "this link" } else { "this address" };
        found.push(
            RULE.at(address.value, format!("{what} runs a script, which no email program allows"))
                .help("link to a page that does the same, or delete the link"),
        );
    }
}

/// Whether a browser would read the address as a script: it skips control characters before the scheme, and tabs and
/// line ends anywhere.
fn runs_script(address: &str) -> bool {
    let letters = address.trim_start_matches(|letter| letter <= ' ').chars();
    let letters =
        letters.filter(|letter| !matches!(letter, '\t' | '\n' | '\r')).map(|letter| letter.to_ascii_lowercase());
    ["javascript:", "vbscript:"].into_iter().any(|scheme| letters.clone().take(scheme.len()).eq(scheme.chars()))
}
