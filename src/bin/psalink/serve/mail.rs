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

/// Takes from every `<link>` what it is for. A policy for content does not keep a browser from connecting to the server
/// that one names (`preconnect`), and the rest of them is blocked in any case.
///
/// Of an attribute that stands twice the first one counts. Places that only look like a tag change too: where a browser
/// sees a tag is for the browser to say, and there the word is harmless.
pub fn without_connections(html: &str) -> String {
    const TAG: &[u8] = b"<link";
    let bytes = html.as_bytes();
    let mut out = String::with_capacity(html.len());
    let mut done = 0;
    for (at, found) in bytes.windows(TAG.len()).enumerate() {
        let end = at + TAG.len();
        if found[0] == b'<' && found.eq_ignore_ascii_case(TAG) && !bytes.get(end).is_some_and(u8::is_ascii_alphanumeric)
        {
            out.push_str(html.get(done..end).unwrap_or_default());
            out.push_str(" rel=off");
            done = end;
        }
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
    fn links_to_servers_lose_what_they_are_for() {
        let html = "<link rel=preconnect href=x><LINK/rel=x><!--<link>--><p title='<Link\nrel=a'>é</p><linked><link";
        let expected = "<link rel=off rel=preconnect href=x><LINK rel=off/rel=x><!--<link rel=off>-->\
                        <p title='<Link rel=off\nrel=a'>é</p><linked><link rel=off";
        assert_eq!(without_connections(html), expected);
    }
}
