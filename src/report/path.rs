//! File names as other programs want them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What a URI path may contain unencoded: the unreserved characters of RFC 3986, and the slash. Not `:`, which would
/// end a scheme in the first part of a relative path.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A path with slashes, without the `./` that a shell puts in front.
pub(super) fn plain(path: &str) -> String {
    with_slashes(path, cfg!(windows))
}

fn with_slashes(path: &str, windows: bool) -> String {
    // Elsewhere, a backslash is a normal character.
    let path = if windows { path.replace('\\', "/") } else { path.to_owned() };
    let root = if path.starts_with('/') { "/" } else { "" };
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    format!("{root}{}", parts.join("/"))
}

/// A path as a URI, and whether it is relative.
pub(super) fn uri(path: &str) -> (String, bool) {
    let path = plain(path);
    let encoded = utf8_percent_encode(&path, IN_PATH).to_string();
    if path.starts_with('/') {
        return (format!("file://{encoded}"), false);
    }
    match path.as_bytes() {
        [drive, b':', b'/', ..] if cfg!(windows) && drive.is_ascii_alphabetic() => {
            (format!("file:///{}", encoded.replacen("%3A", ":", 1)), false)
        }
        _ => (encoded, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_and_have_slashes() {
        assert_eq!(plain("./mails/./a.html"), "mails/a.html");
        assert_eq!(plain("../a.html"), "../a.html");
        assert_eq!(plain("/srv//a.html"), "/srv/a.html");
        assert_eq!(with_slashes(r".\mails\a.html", true), "mails/a.html");
        assert_eq!(with_slashes(r"a\b.html", false), r"a\b.html");
    }

    #[test]
    fn every_name_is_a_uri() {
        for (path, expected) in [
            ("./mails/a b#1 100%.html", "mails/a%20b%231%20100%25.html"),
            ("naïve/日.html", "na%C3%AFve/%E6%97%A5.html"),
            ("a:b?.html", "a%3Ab%3F.html"),
            ("/srv/a b.html", "file:///srv/a%20b.html"),
        ] {
            assert_eq!(uri(path), (expected.to_owned(), !path.starts_with('/')), "{path}");
        }
    }
}
