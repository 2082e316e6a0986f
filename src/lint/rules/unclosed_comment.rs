//! A comment that never ends, so the rest of the message is part of it.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::scan::{Region, RegionKind};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::source::edit::Edit;
use crate::span::Span;

/// A comment is never closed.
pub const RULE: Rule = Rule {
    name: "unclosed-comment",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a comment is never closed, so what follows does not show",
    page: include_str!("../../../fixtures/rules/unclosed-comment.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let regions = cx.document.regions();
    // Only Outlook sees the others, and they end with the comment around them.
    let comments = cx.markers().map(|(_, region)| region).filter(|region| !region.conditional);
    for region in comments.filter(|region| region.kind == RegionKind::Comment) {
        let text = cx.slice(region.span);
        let is_closed = text.ends_with(b"-->") || text.get(4..).is_some_and(|text| text.ends_with(b"--!>"));
        let inner = memchr::memmem::find(text.get(4..).unwrap_or_default(), b"<!--").map(|at| at + 4);
        let message = match inner {
            _ if !is_closed => "this comment is never closed, so nothing after it shows",
            // Commented-out parts often contain comments, so this counts only if its own end is broken.
            Some(inner) if broken_end(&text[..inner]).is_some() || is_heading(cx, *region, inner) => {
                "this comment is not closed where it should be, so nothing shows up to the end of the next one"
            }
            _ => continue,
        };
        let finding = RULE.at(opening(region.span, 4), message).help("close the comment with `-->`");
        found.push(match likely_end(cx, *region, inner.filter(|_| is_closed)) {
            Some(edit) => finding.fix("close the comment with `-->`", Safety::Suggested, vec![edit]),
            None => finding,
        });
    }
    let is_open = |last: &&Region| {
        last.kind == RegionKind::BogusComment && !last.conditional && !cx.slice(last.span).ends_with(b">")
    };
    if let Some(last) = regions.last().filter(is_open) {
        found.push(
            RULE.at(opening(last.span, 2), "this is never closed with `>`, so nothing after it shows")
                .help("add `>` where it ends, or write `&lt;` for a `<` that people should read"),
        );
    }
}

/// Whether a comment is only words, followed by a tag and then, on its own line, the next comment: `<!-- BEGIN BUTTON`.
/// A part that was commented out with the comments in it leaves one more `-->`.
fn is_heading(cx: &Context<'_>, comment: Region, inner: usize) -> bool {
    let text = &cx.slice(comment.span)[..inner];
    let words = text.get(4..).unwrap_or_default();
    let first = words.split(|byte| b"<\r\n".contains(byte)).next().unwrap_or_default();
    let next = words[first.len()..].trim_ascii_start();
    let is_tag = |text: &[u8]| matches!(text, [b'<', first, ..] if first.is_ascii_alphabetic());
    let line = text.iter().rposition(|byte| *byte == b'\n').map_or(text.len(), |at| at + 1);
    if !first.iter().any(u8::is_ascii_alphanumeric) || !is_tag(next) || !text[line..].trim_ascii().is_empty() {
        return false;
    }
    let rest = &cx.bytes()[comment.span.end as usize..];
    let open = memchr::memmem::find(rest, b"<!--").unwrap_or(rest.len());
    memchr::memmem::find(&rest[..open], b"-->").is_none()
}

/// `<!--` or `<?`.
fn opening(span: Span, length: u32) -> Span {
    Span { start: span.start, end: span.end.min(span.start + length) }
}

/// What was meant to be `-->`, and where it is.
fn broken_end(text: &[u8]) -> Option<(usize, usize)> {
    // Word processors replace two hyphens with an em or en dash.
    const FORMS: [&str; 8] = ["--&gt;", "-- >", "—>", "–>", "—&gt;", "–&gt;", "->", "--/>"];
    let line_end = line_end_after_dashes(text).map(|at| (at, 2));
    let found = FORMS.iter().filter_map(|form| {
        let at = memchr::memmem::find(text.get(4..)?, form.as_bytes())?;
        // `a -> b` is an arrow.
        let next = text.get(4 + at + form.len()..)?.iter().find(|byte| !b" \t".contains(byte));
        next.is_none_or(|next| b"<\r\n".contains(next)).then_some((4 + at, form.len()))
    });
    found.chain(line_end).min()
}

/// `<!--StartFragment--` and nothing more on the first line.
fn line_end_after_dashes(text: &[u8]) -> Option<usize> {
    let words = text.get(4..)?;
    let line = words.split(|byte| b"\r\n<".contains(byte)).next()?;
    let is_end = words.get(line.len()).is_some_and(|end| *end != b'<');
    let before = line.trim_ascii_end().strip_suffix(b"--").filter(|_| is_end)?;
    let is_words = before.iter().any(u8::is_ascii_alphanumeric) && !before.ends_with(b"-");
    is_words.then_some(4 + before.len())
}

/// Where the comment was most likely meant to end: at a broken end, before the first markup, or at the end of its line.
fn likely_end(cx: &Context<'_>, comment: Region, limit: Option<usize>) -> Option<Edit> {
    let text = cx.slice(comment.span);
    let text = &text[..limit.unwrap_or(text.len())];
    let start = comment.span.start as usize;
    if let Some((at, length)) = broken_end(text) {
        return Some(Edit::new(Span::new(start + at, start + at + length), "-->"));
    }
    let words = text.get(4..)?;
    let end = words.iter().position(|byte| b"<\r\n".contains(byte))?;
    let words = words[..end].trim_ascii_end();
    let end = start + 4 + words.len();
    // Word processors replace two hyphens with a dash.
    let words =
        [&b"\xE2\x80\x94"[..], b"\xE2\x80\x93"].iter().find_map(|dash| words.strip_suffix(*dash)).unwrap_or(words);
    let words = words.trim_ascii_end();
    let at = start + 4 + words.len();
    // A line of dashes is not text.
    let is_clear = words.iter().any(u8::is_ascii_alphanumeric) && !words.ends_with(b"-");
    is_clear.then(|| Edit::new(Span::new(at, end), " -->"))
}
