//! An address that is reserved for examples, in a template that is about to go into the PSA.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Address, Check, Context, Rewrite, Rule, When};
use crate::vocabulary::is_reserved_host;

/// A link or an image has an address that is reserved for examples.
pub const RULE: Rule = Rule {
    name: "example-address",
    level: Level::Error,
    also: &[],
    when: When::Off,
    rewrite: Rewrite::Leaves,
    summary: "a link or an image has an address that is reserved for examples, so it never works",
    page: include_str!("../../../fixtures/rules/example-address.md"),
    checks: &[Check::Addresses(check)],
};

fn check(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    if !["href", "src"].into_iter().any(|name| cx.slice(address.name).eq_ignore_ascii_case(name.as_bytes())) {
        return;
    }
    let value = cx.trim(address.value);
    let text = cx.value(value).to_lowercase();
    // What the settings name is the user's own.
    let is_wrong = |host: &&str| is_reserved_host(host) && !cx.hosts().iter().any(|known| known == host);
    if let Some(host) = hosts(&text).find(is_wrong) {
        let message = format!("`{host}` is reserved for examples, so this address never works");
        found.push(RULE.at(value, message).help("write the real address"));
    }
}

/// The hosts that an address in lower case names: one of a site, or those of mailboxes.
fn hosts(address: &str) -> impl Iterator<Item = &str> {
    let site = ["https://", "http://", "//"].into_iter().find_map(|start| address.strip_prefix(start));
    let of_site = site.map(|rest| {
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let host = authority.rsplit('@').next().unwrap_or_default();
        host.split(':').next().unwrap_or_default()
    });
    let mailboxes = address.strip_prefix("mailto:").and_then(|rest| rest.split('?').next()).unwrap_or_default();
    let of_mailboxes = mailboxes.split([',', ';']).filter_map(|mailbox| Some(mailbox.rsplit_once('@')?.1.trim()));
    of_site.into_iter().chain(of_mailboxes)
}
