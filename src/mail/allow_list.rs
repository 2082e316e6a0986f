//! Who may get a preview: people whom the settings allow, or whom the user has confirmed.

use super::address::{MailAddress, is_local_character, read_domain};
use crate::error::{Error, ErrorKind};

/// Who may get previews.
///
/// ```
/// use psalink::mail::{AllowList, MailAddress};
/// let guard = AllowList::new(&["*@msp.example".to_owned()], &[])?;
/// assert!(guard.allows(&MailAddress::parse("me@MSP.example")?));
/// assert!(!guard.allows(&MailAddress::parse("someone@client.example")?));
/// # Ok::<(), psalink::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct AllowList {
    patterns: Vec<AllowedPattern>,
    confirmed: Vec<MailAddress>,
}

/// An entry of `send.allow`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AllowedPattern {
    /// May contain `*`, which matches any characters.
    local: String,
    domain: DomainPattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum DomainPattern {
    /// This domain.
    One(String),
    /// Every subdomain of this one.
    Below(String),
}

impl AllowList {
    /// Allows what matches an entry of `send.allow`, and the addresses that the user has confirmed.
    ///
    /// # Errors
    ///
    /// An entry that is not an address with `*`.
    pub fn new(allow: &[String], confirmed: &[MailAddress]) -> Result<AllowList, Error> {
        let read = |entry: &String| {
            read_pattern(entry).map_err(|reason| Error::new(ErrorKind::Config, wrong_entry(entry, reason)))
        };
        Ok(AllowList { patterns: allow.iter().map(read).collect::<Result<_, _>>()?, confirmed: confirmed.to_vec() })
    }

    /// Whether this address may get a preview.
    pub fn allows(&self, address: &MailAddress) -> bool {
        self.confirmed.contains(address) || self.patterns.iter().any(|pattern| pattern.fits(address))
    }

    /// Allows all of the recipients, or none.
    ///
    /// # Errors
    ///
    /// Who may not get previews, and what to do about it.
    pub fn check(&self, recipients: &[MailAddress]) -> Result<(), Error> {
        let refused: Vec<&MailAddress> = recipients.iter().filter(|address| !self.allows(address)).collect();
        if refused.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = refused.iter().map(|address| format!("`{address}`")).collect();
        let confirm: Vec<String> = refused.iter().map(|address| format!("--yes-send-to {address}")).collect();
        let reason = if self.patterns.is_empty() {
            "`send.allow` in psalink.yaml lists no addresses"
        } else {
            "no entry of `send.allow` in psalink.yaml matches"
        };
        let allow: Vec<String> = refused.iter().map(|address| format!("\"{address}\"")).collect();
        let detail = format!(
            "nothing was sent: previews may not go to {}, because {reason}; if no customer reads mail there, add `send: \
             {{ allow: [{}] }}` to psalink.yaml, or use `{}` just this once",
            names.join(", "),
            allow.join(", "),
            confirm.join(" ")
        );
        Err(Error::new(ErrorKind::Missing, detail))
    }
}

/// Checks an entry of `send.allow`; errors are in the user's terms.
pub(crate) fn check_entry(entry: &str) -> Result<(), String> {
    read_pattern(entry).map(|_| ()).map_err(|reason| wrong_entry(entry, reason))
}

fn wrong_entry(entry: &str, reason: &str) -> String {
    format!("`{}` in `send.allow` {reason}", entry.replace(char::is_control, "\u{fffd}"))
}

fn read_pattern(entry: &str) -> Result<AllowedPattern, &'static str> {
    const WRONG: &str = "is not an address with `*`; write it like `*@msp.example`";
    let (local, domain) = entry.split_once('@').ok_or(WRONG)?;
    if local.is_empty() || domain.contains('@') || !local.chars().all(is_local_character) {
        return Err(WRONG);
    }
    let domain = match domain.strip_prefix("*.") {
        Some(below) => {
            let below = read_domain(below).map_err(|_| WRONG)?;
            if !below.contains('.') {
                return Err("would let previews go to anyone; name a domain, as in `*@*.msp.example`");
            }
            DomainPattern::Below(below)
        }
        None if domain == "*" => {
            return Err("would let previews go to anyone; name a domain, as in `*@msp.example`");
        }
        None if domain.contains('*') => {
            return Err(
                "has a `*` in the middle of a domain, which could match domains of other people; use `*.` only at the \
                 start, as in `*@*.msp.example`",
            );
        }
        None => DomainPattern::One(read_domain(domain).map_err(|_| WRONG)?),
    };
    Ok(AllowedPattern { local: local.to_owned(), domain })
}

impl AllowedPattern {
    fn fits(&self, address: &MailAddress) -> bool {
        let domain = address.domain();
        let fits = match &self.domain {
            DomainPattern::One(exact) => domain == exact,
            DomainPattern::Below(above) => {
                domain.strip_suffix(above.as_str()).is_some_and(|below| below.len() > 1 && below.ends_with('.'))
            }
        };
        fits && fits_stars(&self.local, address.local())
    }
}

/// Whether a text matches a pattern in which `*` matches any characters.
fn fits_stars(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    // For a piece in the middle, the earliest match is always right.
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn allows(entry: &str, address: &str) -> bool {
        let guard = AllowList::new(&[entry.to_owned()], &[]).unwrap_or_else(|error| panic!("{error}"));
        MailAddress::parse(address).is_ok_and(|address| guard.allows(&address))
    }

    #[test]
    fn entries_fit_whole_addresses() {
        for (entry, address, expected) in [
            ("*@msp.example", "me@msp.example", true),
            ("*@msp.example", "me@MSP.Example", true),
            ("*@MSP.example", "me@msp.example", true),
            ("*@msp.example", "me+tag@msp.example", true),
            ("*@msp.example", "me@evil-msp.example", false),
            ("*@msp.example", "me@evilmsp.example", false),
            ("*@msp.example", "me@mail.msp.example", false),
            ("*@msp.example", "me@msp.example.evil.example", false),
            ("*@msp.example", "me@msp.exampl", false),
            ("*@msp.example", "me@msp.example.", false),
            ("*@msp.example", "victim@client.example@msp.example", false),
            ("*@msp.example", "\"victim@client.example\"@msp.example", false),
            ("*@msp.example", "victim%client.example@msp.example", false),
            ("*@msp.example", "client.example!victim@msp.example", false),
            ("*@msp.example", "@msp.example:victim@client.example", false),
            ("*@msp.example", "victim@client.example(@msp.example)", false),
            ("*@msp.example", "victim@client.example,me@msp.example", false),
            ("*@msp.example", "victim@client.example\r\n@msp.example", false),
            ("*@msp.example", "victim@client.example @msp.example", false),
            ("*@msp.example", "<victim@client.example>@msp.example", false),
            ("*@msp.example", "me@mѕp.example", false),
            ("*@msp.example", "me@ｍｓｐ.example", false),
            ("*@msp.example", "me@msp．example", false),
            ("*@msp.example", "me@msp\u{200d}.example", false),
            ("me@msp.example", "me@msp.example", true),
            ("me@msp.example", "Me@msp.example", false),
            ("me@msp.example", "mе@msp.example", false),
            ("me@msp.example", "me2@msp.example", false),
            ("me@msp.example", "you.me@msp.example", false),
            ("preview-*@msp.example", "preview-1@msp.example", true),
            ("preview-*@msp.example", "xpreview-1@msp.example", false),
            ("*-a-*b@msp.example", "x-a-a-b@msp.example", true),
            ("a*a@msp.example", "a@msp.example", false),
            ("*@*.msp.example", "me@mail.msp.example", true),
            ("*@*.msp.example", "me@msp.example", false),
            ("*@*.msp.example", "me@evilmsp.example", false),
            ("*@büro.example", "me@xn--bro-hoa.example", true),
            ("*@xn--bro-hoa.example", "me@BÜRO.example", true),
        ] {
            assert_eq!(allows(entry, address), expected, "{entry} {address:?}");
        }
    }

    #[test]
    fn entries_that_let_everybody_in_are_refused() {
        for (entry, expected) in [
            ("*", "write it like"),
            ("", "write it like"),
            ("msp.example", "write it like"),
            ("@msp.example", "write it like"),
            ("*@", "write it like"),
            ("*@*@msp.example", "write it like"),
            ("*@*", "go to anyone"),
            ("*@*.com", "go to anyone"),
            ("*@*msp.example", "other people"),
            ("*@msp.*", "other people"),
            ("*@msp.example\n", "write it like"),
            ("Me <*@msp.example>", "write it like"),
        ] {
            let error = AllowList::new(&[entry.to_owned()], &[]).unwrap_err().to_string();
            assert!(error.contains(expected), "{entry}: {error}");
        }
    }

    #[test]
    fn a_confirmed_address_is_that_one_alone() {
        let guard = AllowList::new(&[], &[MailAddress::parse("me@client.example").unwrap()]).unwrap();
        for (address, expected) in [
            ("me@client.example", true),
            ("me@CLIENT.example", true),
            ("ME@client.example", false),
            ("you@client.example", false),
        ] {
            assert_eq!(guard.allows(&MailAddress::parse(address).unwrap()), expected, "{address}");
        }
        let both =
            [MailAddress::parse("me@client.example").unwrap(), MailAddress::parse("you@client.example").unwrap()];
        let error = guard.check(&both).unwrap_err().to_string();
        assert!(error.contains("`you@client.example`") && !error.contains("`me@client.example`"), "{error}");
        assert!(error.contains("--yes-send-to you@client.example"), "{error}");
    }

    proptest! {
        /// For any input, what is allowed has one `@`, ends with the domain, and is safe in an SMTP command.
        #[test]
        fn nothing_gets_round_the_guard(text in "[a-z@.%!\"<>()\\[\\]:;, \\r\\n\u{200b}ｍѕé*-]{0,24}(@msp\\.example|@MSP.example)?[@a-z.>) ]{0,6}") {
            let guard = AllowList::new(&["*@msp.example".to_owned()], &[]).unwrap();
            if let Ok(address) = MailAddress::parse(&text)
                && guard.allows(&address)
            {
                prop_assert_eq!(text.matches('@').count(), 1);
                prop_assert_eq!(address.domain(), "msp.example");
                prop_assert!(text.to_ascii_lowercase().ends_with("@msp.example"));
                prop_assert!(!text.contains(|character: char| character.is_control() || " <>()\"[]:;,%!".contains(character)));
                prop_assert_eq!(address.to_lettre().unwrap().to_string(), format!("{}@msp.example", address.local()));
            }
        }

        /// An address never matches the entry of another domain.
        #[test]
        fn other_domains_never_fit(local in "[a-z*.]{1,8}", own_domain in "[a-z]{1,3}\\.(com|example)", other in "[a-z]{1,3}\\.(com|example)") {
            prop_assume!(own_domain != other);
            if let Ok(guard) = AllowList::new(&[format!("{local}@{own_domain}"), format!("*@*.{own_domain}")], &[])
                && let Ok(address) = MailAddress::parse(&format!("{local}@{other}"))
            {
                prop_assert!(!guard.allows(&address));
            }
        }

        #[test]
        fn stars_fit_as_the_slow_way_says(pattern in "[ab*]{0,8}", text in "[ab]{0,8}") {
            fn slow(pattern: &[u8], text: &[u8]) -> bool {
                match (pattern, text) {
                    ([], _) => text.is_empty(),
                    ([b'*', rest @ ..], _) => (0..=text.len()).any(|at| slow(rest, &text[at..])),
                    ([first, rest @ ..], [second, more @ ..]) => first == second && slow(rest, more),
                    _ => false,
                }
            }
            prop_assert_eq!(fits_stars(&pattern, &text), slow(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
