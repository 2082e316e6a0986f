//! A rendered mail in which each element knows the line that it came from.

use psalink::scan::{self, RegionKind};

/// Adds the file and the line that each element came from; `place` tells them for a byte of the HTML.
pub fn marked(html: &str, place: impl Fn(usize) -> Option<(usize, usize)>) -> String {
    let bytes = html.as_bytes();
    let mut out = String::with_capacity(html.len() + html.len() / 4);
    let mut done = 0;
    for region in scan::scan(bytes) {
        if region.kind != RegionKind::StartTag || region.conditional {
            continue;
        }
        let name = scan::tag_name(bytes, region.span).range();
        let Some((file, line)) = place(region.span.start as usize) else { continue };
        let Some(copied) = html.get(done..name.end) else { continue };
        out.push_str(copied);
        out.push_str(&format!(" data-psalink-file=\"{file}\" data-psalink-line=\"{line}\""));
        done = name.end;
    }
    out.push_str(html.get(done..).unwrap_or_default());
    out
}

/// Elements for whose sake a browser connects to a server before it asks the policy of the page, and what keeps it from
/// that. Nothing is lost: the policy blocks what would come.
const CONNECTING: [(&[u8], &str); 3] =
    [(b"<link", " rel=off"), (b"<iframe", " src=about:blank"), (b"<frame", " src=about:blank")];

/// Takes from a mail what makes a browser connect to a server ahead of time (`preconnect`, frames).
///
/// Of an attribute that stands twice the first one counts. Places that only look like a tag change too: where a browser
/// sees a tag is for the browser to say, and there the word is harmless.
pub fn without_connections(html: &str) -> String {
    let bytes = html.as_bytes();
    let mut out = String::with_capacity(html.len());
    let mut done = 0;
    for at in memchr::memchr_iter(b'<', bytes) {
        let rest = &bytes[at..];
        let is_here = |tag: &[u8]| {
            let is_end = !rest.get(tag.len()).is_some_and(u8::is_ascii_alphanumeric);
            is_end && rest.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag))
        };
        let Some((tag, instead)) = CONNECTING.iter().find(|(tag, _)| is_here(tag)) else { continue };
        out.push_str(html.get(done..at + tag.len()).unwrap_or_default());
        out.push_str(instead);
        done = at + tag.len();
    }
    out.push_str(html.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_know_their_lines() {
        let html = "<p>a</p>\n<br/><!--[if mso]><b><![endif]--><a href=x>é</a><script>\"<p>\"</script>";
        let line = |at: usize| Some((0, html[..at].matches('\n').count() + 1));
        let marked = marked(html, line);
        assert!(marked.starts_with("<p data-psalink-file=\"0\" data-psalink-line=\"1\">a</p>\n<br data-psalink-file"));
        assert!(
            marked.contains("<!--[if mso]><b><![endif]--><a data-psalink-file=\"0\" data-psalink-line=\"2\" href=x>")
        );
        assert!(marked.contains("\"<p>\""));
        assert_eq!(super::marked(html, |_| None), html);
    }

    #[test]
    fn no_element_connects_ahead_of_time() {
        let html = "<link rel=preconnect href=x><LINK/rel=x><!--<link>--><p title='<Link\nrel=a'>é</p><linked><link";
        let expected = "<link rel=off rel=preconnect href=x><LINK rel=off/rel=x><!--<link rel=off>-->\
                        <p title='<Link rel=off\nrel=a'>é</p><linked><link rel=off";
        assert_eq!(without_connections(html), expected);
        let html = "<iframe src=x></iframe><frameset><Frame src=x></frameset><";
        let expected = "<iframe src=about:blank src=x></iframe><frameset><Frame src=about:blank src=x></frameset><";
        assert_eq!(without_connections(html), expected);
    }
}
