//! Reads hosts in addresses.

use url::Url;

/// The host in a text without a scheme, as a browser would spell it; `None` if it is not a host.
pub(crate) fn valid_host(host: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{host}/")).ok()?;
    let is_whole = url.path() == "/" && url.query().is_none() && url.username().is_empty();
    let name = url.host_str().filter(|name| is_whole && name.contains('.'))?;
    // `url` follows browser rules, which allow dots and lengths that DNS does not.
    let is_label = |label: &str| (1..=63).contains(&label.len());
    if name.len() > 253 || !name.split('.').all(is_label) {
        return None;
    }
    Some(match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    })
}

/// Endings that exist nowhere and are one typing error away from `com`.
const OF_COM: [&str; 9] = ["con", "cmo", "ocm", "vom", "xom", "cpm", "comm", "coom", "ccom"];

/// A host with single dots in place of commas, semicolons and two dots in a row, and without a dot in front, which no
/// host has.
pub(crate) fn with_dots(host: &str) -> Option<String> {
    let is_spaced = host.contains(". ") || host.contains(" .");
    // `acme.deskdirector:com`: a port is a number.
    let is_port = |rest: &str| rest.starts_with(|next: char| next.is_ascii_alphabetic());
    let has_colon = host.rsplit_once(':').is_some_and(|(_, port)| is_port(port));
    let is_wrong = host.contains([',', ';']) || host.contains("..") || host.starts_with('.') || is_spaced || has_colon;
    if !is_wrong {
        return None;
    }
    let labels: Vec<&str> = host.split([',', ';', '.', ':']).map(str::trim).filter(|label| !label.is_empty()).collect();
    let right = labels.join(".");
    valid_host(&right).map(|_| right)
}

/// A host with `.com` in place of an ending that does not exist: `acme.con`.
pub(crate) fn with_com(host: &str) -> Option<String> {
    let (site, end) = host.rsplit_once('.')?;
    let is_slip = OF_COM.iter().any(|known| end.eq_ignore_ascii_case(known));
    (is_slip && valid_host(host).is_some()).then(|| format!("{site}.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_hosts() {
        assert_eq!(valid_host("Support.Example.com").as_deref(), Some("support.example.com"));
        assert_eq!(valid_host("support.example.com:8443").as_deref(), Some("support.example.com:8443"));
        for wrong in [
            "",
            "acme",
            "a b.example",
            "host.example/path",
            "u@host.example",
            "https://host.example",
            ".",
            "..",
            "a..b",
            ".a.b",
            "a.b.",
            "a.b..",
            "\u{3002}",
            "a\u{3002}\u{3002}b",
            &format!("{}.example", "a".repeat(64)),
            &format!("{}example", "a.".repeat(130)),
            "a.example:99999",
        ] {
            assert_eq!(valid_host(wrong), None, "{wrong}");
        }
    }
}
