//! A rendered message for its frame: each element knows its source line, and nothing in it runs or loads.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use psalink::display::{self, Pictures};
use psalink::html::scan::{self, RegionKind};

/// Adds the file and the line that each element came from; `place` determines them for a byte of the HTML.
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

/// Added to the policy of a displayed message for its frame in the workbench.
const FRAME: &str = "; frame-ancestors 'self'; sandbox allow-same-origin";

/// A message for its frame: nothing in it runs, and nothing is loaded except images, if requested. `host` is the name
/// by which the workbench was addressed; no image may come from it.
pub async fn answer(html: Arc<str>, is_with_pictures: bool, host: Option<&str>) -> Response {
    let url = host.and_then(|host| url::Url::parse(&format!("http://{host}/")).ok());
    let own_hosts: Vec<String> = url.iter().filter_map(|url| url.host_str()).map(str::to_owned).collect();
    let copied = tokio::task::spawn_blocking(move || {
        let pictures = if is_with_pictures { Pictures::Https { except: &own_hosts } } else { Pictures::Off };
        (display::copy(&html, pictures), display::policy(pictures) + FRAME)
    });
    let Ok((copy, policy)) = copied.await else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "psalink ran into a bug with this message; please report it")
            .into_response();
    };
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8".to_owned()), (CONTENT_SECURITY_POLICY, policy)];
    (headers, copy).into_response()
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
