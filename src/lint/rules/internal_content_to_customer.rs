//! Content for the MSP's own staff in a message that goes to customers.

use memchr::memmem;

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::parse::document::{AttributeRole, Part, Place};
use crate::parse::front_matter::Audience;
use crate::span::Span;
use crate::vocabulary::TechnicianPage;

/// A message to customers contains something meant for technicians.
pub const RULE: Rule = Rule {
    name: "internal-content-to-customer",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a message to customers contains a link or placeholder that is meant for technicians",
    page: include_str!("../../../fixtures/rules/internal-content-to-customer.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if cx.settings.audience != Some(Audience::Customer) {
        return;
    }
    for part in cx.document.parts().iter().filter(|part| part.place.is_visible() && is_internal(cx, part)) {
        let text = cx.document.text(part.span);
        found.push(
            RULE.at(part.span, format!("`{text}` is meant for technicians, and this message goes to customers"))
                .help("remove it, or send this message only to your own team (`audience: internal`)"),
        );
    }
    let of_portals = cx.vocabulary.targets().iter().flat_map(|target| &target.technician_pages);
    let of_psas = cx.vocabulary.dialects().iter().flat_map(|dialect| &dialect.behavior.technician_pages);
    for page in of_portals.chain(of_psas) {
        let path = &page.path;
        let mut places = cx.places();
        for at in memmem::find_iter(cx.bytes(), path) {
            let Some((start, host)) = host_before(cx.bytes(), at).filter(|(_, host)| serves(cx, host, page)) else {
                continue;
            };
            let (place, _, _) = places.at(at);
            let is_address = match place {
                Place::Attribute(at) => at.role != AttributeRole::Other,
                place => place.is_visible(),
            };
            let end = at + path.len();
            let goes_on = cx.bytes().get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte));
            if is_address && (path.ends_with('/') || !goes_on) {
                let message = format!("`{host}{path}` is a page for technicians, and this message goes to customers");
                found.push(RULE.at(Span::new(start, end), message).help("link to the portal instead: `[dd:ticket]`"));
            }
        }
    }
}

/// Whether a placeholder is for technicians, according to the vocabulary or its name.
fn is_internal(cx: &Context<'_>, part: &Part) -> bool {
    let known = part.spelling().and_then(|spelling| spelling.known_in(cx.settings.dialect));
    known.map(|known| cx.dialect().placeholder(known)).is_some_and(|placeholder| {
        placeholder.audience.as_deref() == Some("internal") || cx.dialect().behavior.is_internal(&placeholder.name)
    })
}

/// The host of an address whose path starts at a position, and where the host starts.
fn host_before(bytes: &[u8], path: usize) -> Option<(usize, &str)> {
    const LONGEST: usize = 253;
    let head = &bytes[path.saturating_sub(LONGEST)..path];
    let host = head.iter().rposition(|byte| !byte.is_ascii_alphanumeric() && !b"-.".contains(byte))? + 1;
    let is_address = head[..host].ends_with(b"//");
    let text = std::str::from_utf8(&head[host..]).ok().filter(|text| is_address && !text.is_empty())?;
    Some((path - text.len(), text))
}

/// Whether a host serves a page.
fn serves(cx: &Context<'_>, host: &str, page: &TechnicianPage) -> bool {
    let host = host.to_ascii_lowercase();
    let is_below = |suffix: &str| host.strip_suffix(suffix).is_some_and(|label| label.ends_with('.'));
    match &page.host {
        Some(suffix) => is_below(suffix) && !page.except.contains(&host),
        None => {
            cx.hosts().contains(&host) || cx.vocabulary.targets().iter().any(|target| is_below(&target.host_suffix))
        }
    }
}
