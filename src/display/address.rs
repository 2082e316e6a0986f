//! Which addresses a displayed message may link to or load from.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Which images a displayed message may load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures<'a> {
    /// Only those embedded in the message.
    Off,
    /// Also those from servers on the internet, over `https:`; never from this computer or its network.
    Https {
        /// Hosts from which it still may not load: the names of the server that displays it.
        except: &'a [String],
    },
}

/// An address for an image that does not exist; nothing is loaded for it.
pub(super) const NONE: &str = "data:,";

/// Schemes that lead a reader elsewhere without running anything or opening a file.
const SCHEMES: [&str; 9] = ["http", "https", "mailto", "tel", "sms", "callto", "sip", "msteams", "ddportal"];

/// Endings of host names that belong to networks other than the internet.
const LOCAL: [&str; 9] =
    ["localhost", "localdomain", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa"];

/// The address of a link, if a click on it may be displayed at all.
pub(super) fn link(text: &str) -> Option<&str> {
    let text = text.trim_matches(|character: char| character <= ' ');
    let url = Url::parse(text).ok()?;
    SCHEMES.contains(&url.scheme()).then_some(text)
}

/// Whether a browser connects to a server when such a link is pressed; mail and phone programs ask first.
pub(super) fn connects(link: &str) -> bool {
    Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

impl Pictures<'_> {
    /// The address of an image as it may be loaded; `None` if it may not.
    pub(super) fn address(self, text: &str) -> Option<String> {
        let text = text.trim_matches(|character: char| character <= ' ');
        if text.get(..11).is_some_and(|start| start.eq_ignore_ascii_case("data:image/")) {
            return Some(text.to_owned());
        }
        let Pictures::Https { except } = self else { return None };
        // Parsed as browsers do, and written as parsed: `https://0x7f.1/` is an address of this computer.
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "https")?;
        let is_public = match url.host()? {
            Host::Ipv4(ip) => is_public_v4(ip),
            Host::Ipv6(ip) => is_public_v6(ip),
            Host::Domain(name) => is_public_name(name),
        };
        let host = url.host_str()?.trim_end_matches('.');
        let is_own = except.iter().any(|host_name| host_name.trim_end_matches('.').eq_ignore_ascii_case(host));
        (is_public && !is_own).then(|| url.into())
    }

    /// A list of images and their sizes, reduced to those that may be loaded.
    pub(super) fn set(self, text: &str) -> Option<String> {
        let mut kept: Vec<String> = Vec::new();
        let mut rest = text;
        loop {
            rest = rest.trim_start_matches(|character: char| character.is_ascii_whitespace() || character == ',');
            if rest.is_empty() {
                break;
            }
            let end = rest.find(|character: char| character.is_ascii_whitespace()).unwrap_or(rest.len());
            let (address, more) = rest.split_at(end);
            let bare = address.trim_end_matches(',');
            let size;
            if bare.len() < address.len() {
                (size, rest) = ("", more);
            } else {
                let end = more.find(',').unwrap_or(more.len());
                (size, rest) = more.split_at(end);
            }
            if let Some(address) = self.address(bare) {
                let size: String = size
                    .trim()
                    .chars()
                    .filter(|character| character.is_ascii_alphanumeric() || " .".contains(*character))
                    .collect();
                kept.push(format!("{} {size}", address.replace(' ', "%20").replace(',', "%2C")).trim_end().to_owned());
            }
        }
        (!kept.is_empty()).then(|| kept.join(", "))
    }
}

/// Whether a name has a dot and is not reserved for private networks. Only the browser will know where it leads.
fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_local = |end: &&str| name == **end || name.strip_suffix(*end).is_some_and(|rest| rest.ends_with('.'));
    name.contains('.') && !LOCAL.iter().any(is_local)
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0
        || a >= 224
        || ip.is_loopback()
        || ip.is_private()
        || ip.is_link_local()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    // Within the part that the internet uses, two ranges contain an IPv4 address.
    first & 0xe000 == 0x2000 && first != 0x2002 && !(first == 0x2001 && second == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_from_the_internet_alone() {
        let except = ["workbench.example".to_owned(), "203.0.113.7".to_owned()];
        let on = Pictures::Https { except: &except };
        for refused in [
            "http://a.example/x",
            "//a.example/x",
            "/x",
            "x",
            "",
            "ftp://a.example/x",
            "blob:https://a.example/x",
            "https://localhost/x",
            "https://LOCALHOST./x",
            "https://a.localhost/x",
            "https://localhost.localdomain/",
            "https://127.0.0.1/x",
            "https://127.1/",
            "https://127.9.9.9:8443/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://0.0.0.0/",
            "https://127.0.0.1./",
            "https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
            "https://127\u{3002}0.0.1/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://10.0.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/",
            "https://100.64.0.1/",
            "https://router/",
            "https://nas.local/",
            "https://x.internal/",
            "https://a@127.0.0.1/",
            "https:\\\\127.0.0.1\\x",
            "https:127.0.0.1",
            "\thttps://127.0.0.1/",
            "https://12\t7.0.0.1/",
            "https://%31%32%37.0.0.1/",
            "https://workbench.example/x",
            "https://Workbench.Example.:8/x",
            "https://203.0.113.7/",
            "data:text/html,x",
        ] {
            assert_eq!(on.address(refused), None, "{refused}");
        }
        for (allowed, canonical) in [
            ("https://a.example/x.png?y=1&z", "https://a.example/x.png?y=1&z"),
            (" HTTPS://A.example\n/x", "https://a.example/x"),
            ("https://8.8.8.8/x", "https://8.8.8.8/x"),
            ("https://[2606:4700::1]/", "https://[2606:4700::1]/"),
            ("https://127.0.0.1.example.com/", "https://127.0.0.1.example.com/"),
            ("https://localhost.example.com/", "https://localhost.example.com/"),
            ("DATA:image/png;base64,AA==", "DATA:image/png;base64,AA=="),
        ] {
            assert_eq!(on.address(allowed).as_deref(), Some(canonical), "{allowed}");
        }
        assert_eq!(Pictures::Off.address("https://a.example/x"), None);
        assert!(Pictures::Off.address("data:image/gif;base64,R0lGODlhAQABAAAAACw=").is_some());
    }

    #[test]
    fn of_a_set_the_allowed_ones_stay() {
        let on = Pictures::Https { except: &[] };
        assert_eq!(
            on.set(
                "https://a.example/1.png 1x,http://a.example/2 2x, https://127.0.0.1/3 3x,https://a.example/4,5 400w"
            )
            .as_deref(),
            Some("https://a.example/1.png 1x, https://a.example/4%2C5 400w")
        );
        assert_eq!(
            on.set("https://a.example/1, https://a.example/2").as_deref(),
            Some("https://a.example/1, https://a.example/2")
        );
        assert_eq!(on.set(" , ,"), None);
        assert_eq!(Pictures::Off.set("https://a.example/1 1x"), None);
    }

    #[test]
    fn links_run_nothing() {
        for refused in [
            "javascript:x()",
            " java\nscript:x()",
            "data:text/html,x",
            "file:///etc/passwd",
            "vbscript:x",
            "blob:x",
            "/api/project",
            "x",
        ] {
            assert_eq!(link(refused), None, "{refused}");
        }
        for kept in ["https://a.example/", "mailto:a@b.example?subject=x", "tel:+123", "ddportal://open/x"] {
            assert_eq!(link(kept), Some(kept));
        }
    }
}
