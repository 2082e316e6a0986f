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
}
