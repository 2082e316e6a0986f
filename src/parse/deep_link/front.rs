//! Reads what comes before the host of a link.

use super::label::{Label, label};
use crate::vocabulary::EditorAddresses;

/// What comes before the host of a link, with the scheme and punctuation that belong there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Front {
    /// A correct scheme, or `//`.
    Right(&'static str),
    /// Nothing, or a misspelled scheme.
    Slip(&'static str),
    /// The address of a page where templates are edited.
    Editor(&'static str),
    /// Words, and what they are.
    Words(&'static str, Label),
}

/// The longest misspelled scheme: `https://https://`.
const LIMIT: usize = 40;

/// What opens no page of a portal.
const OPEN_NO_PAGES: [&str; 10] = ["callto", "ftp", "sftp", "skype", "sms", "smsto", "tel", "webcal", "ws", "wss"];

/// Classifies a lowercase text before the host of a link; `None` if it may be there on purpose.
pub(super) fn front(text: &str, is_portal_host: &dyn Fn(&str) -> bool) -> Option<Front> {
    match text {
        "https://" => return Some(Front::Right("https://")),
        "http://" => return Some(Front::Right("http://")),
        "//" => return Some(Front::Right("//")),
        _ => {}
    }
    if is_editor(text, is_portal_host) {
        let is_plain = text.ends_with("http://") && text.len() > "http://".len();
        return Some(Front::Editor(if is_plain { "http://" } else { "https://" }));
    }
    if let Some(words) = words(text) {
        return Some(words);
    }
    let is_punctuation = |character: char| ":/\\.;, #".contains(character) || character.is_ascii_control();
    let mut words = text.split(is_punctuation).filter(|word| !word.is_empty()).peekable();
    if text.len() > LIMIT {
        return None;
    }
    // `mailto:https://…`: an editor has mistaken the link for a mailbox.
    words.next_if(|word| *word == "mailto");
    let mut scheme = "https://";
    for word in words {
        match word {
            "http" | "hxxp" => scheme = "http://",
            _ if is_scheme(word) => scheme = "https://",
            _ => return None,
        }
    }
    Some(Front::Slip(scheme))
}

/// Words before a scheme, or before a host that has none.
fn words(text: &str) -> Option<Front> {
    let schemes = [("https://", "https://"), ("http://", "http://"), ("//", "https://")];
    let (before, scheme) = schemes
        .into_iter()
        .find_map(|(end, scheme)| Some((text.strip_suffix(end)?, scheme)))
        .unwrap_or((text, "https://"));
    if before.strip_suffix(':').is_some_and(|name| OPEN_NO_PAGES.contains(&name)) {
        return Some(Front::Words(scheme, Label::Program));
    }
    let mut words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    // A scheme that is damaged or repeated is not a word.
    let is_only_scheme = words.all(|word| word == "hxxp" || word == "mailto" || is_scheme(word));
    let is_sign = before.contains(['=', '>']);
    label(before).filter(|_| !is_only_scheme || is_sign).map(|label| Front::Words(scheme, label))
}

/// Whether a word matches the right one with at most one typing error, ignoring punctuation and spaces.
pub(super) fn is_near(written: &str, right: &str) -> bool {
    if written.len() > 2 * right.len() {
        return false;
    }
    let letters: String = written.chars().filter(|character| !"-_. ".contains(*character)).collect();
    letters.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (letters == right || letters.len() + 1 >= right.len() && strsim::osa_distance(&letters, right) <= 1)
}

/// Whether a word is `https` or `http`, possibly with a typing error or repeated.
pub(crate) fn is_scheme(word: &str) -> bool {
    let is = |word: &str| {
        let mut letters: Vec<u8> = word.bytes().collect();
        letters.sort_unstable();
        letters == b"hpstt" || ["https", "http", "hxxps"].into_iter().any(|right| is_near(word, right))
    };
    // `xhttps` is not a typing error; something is attached to the scheme.
    if !word.starts_with(['h', 't']) {
        return false;
    }
    let after = |start: &str| word.strip_prefix(start).is_some_and(is);
    word.bytes().all(|byte| byte.is_ascii_alphabetic()) && (is(word) || after("https") || after("http"))
}

/// Whether a text begins with the address of a page where templates are edited.
fn is_editor(text: &str, is_portal_host: &dyn Fn(&str) -> bool) -> bool {
    let known = EditorAddresses::builtin();
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    if known.has_scheme(scheme) {
        return true;
    }
    let Some(rest) = rest.strip_prefix("//").filter(|_| matches!(scheme, "http" | "https")) else { return false };
    let host = rest.split(['/', '\\', ':', '?', '#']).next().unwrap_or_default();
    // `https://na.myconnectwise.nethttps://…`: the slash between the two may be missing.
    let host = ["https", "http"].into_iter().find_map(|scheme| host.strip_suffix(scheme)).unwrap_or(host);
    !host.is_empty() && (known.has_host(host) || is_portal_host(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_slips_from_what_is_there_on_purpose() {
        let is_portal_host = |host: &str| host == "acme.deskdirector.com";
        for slip in [
            "",
            "/",
            "https//",
            "https:",
            "http:/",
            "htps://",
            "ttps://",
            "httsp://",
            "hxxps://",
            "https:\\\\",
            "https://https://",
            "https://http//",
            "https:// ",
            "https;//",
            "httpshttps://",
            "mailto:https://",
        ] {
            assert!(matches!(front(slip, &is_portal_host), Some(Front::Slip(_))), "{slip}");
        }
        for editor in [
            "about:",
            "about:blank",
            "file:///c:/users/jo/",
            "x-webdoc://a3c8/",
            "applewebdata://50f1/https://",
            "https://na.myconnectwise.net/v4_6_release/https://",
            "https://ww4.autotask.net/mvc/",
            "https://na.myconnectwise.nethttps://",
            "https://acme.deskdirector.com/",
            "https://acme.deskdirector.com:443/",
        ] {
            assert!(matches!(front(editor, &is_portal_host), Some(Front::Editor(_))), "{editor}");
        }
        for words in ["website: https://", "= https://", "unsafe:https://", "link:", "website https://", "see: http://"]
        {
            assert!(matches!(front(words, &is_portal_host), Some(Front::Words(_, Label::Words))), "{words}");
        }
        for program in ["notes:https://", "ftp://", "tel:", "tel:https://", "wss://", "linkhttps://"] {
            assert!(matches!(front(program, &is_portal_host), Some(Front::Words(_, Label::Program))), "{program}");
        }
        for other in [
            "microsoft-edge:https://",
            "https://web.archive.org/web/2020/https://",
            "https://click.example/c/https://",
            "view-source:https://",
            "intent://",
            "https://autotask.net.example/",
        ] {
            assert_eq!(front(other, &is_portal_host), None, "{other}");
        }
    }
}
