//! HTML where it is not interpreted: `R&amp;D` in a subject, `<br>` in a text-only message.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::elements::is_known;
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::source::SourceKind;
use crate::source::edit::Edit;
use crate::span::Span;

/// A subject or a text-only message contains HTML.
pub const RULE: Rule = Rule {
    name: "html-in-plain-text",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a subject or a text-only message contains HTML, and the customer sees the code",
    page: include_str!("../../../fixtures/rules/html-in-plain-text.md"),
    checks: &[Check::Template(check)],
};

/// The length of the longest named character reference.
const LONGEST: usize = 34;

/// The length of the longest tag that is recognized.
const TAG: usize = 300;

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let span = match cx.document.source().kind() {
        SourceKind::Html => match cx.subject() {
            Some((_, span)) => span,
            None => return,
        },
        SourceKind::Text | SourceKind::Subject => {
            let settings = cx.document.front_matter().map_or(0, |settings| settings.span.end as usize);
            Span::new(settings, cx.bytes().len())
        }
    };
    let bytes = cx.slice(span);
    let start = span.start as usize;
    if let Some(whole) = document(bytes) {
        let finding = RULE.at(Span::new(start, start + whole), "this text is an HTML document");
        found.push(finding.help("move it into an `.html` file, and write the text without tags here"));
        return;
    }
    let has_carriage_return = memchr::memmem::find(bytes, b"\r\n").is_some();
    let line_end = if has_carriage_return { "\r\n" } else { "\n" };
    let mut from = 0;
    while let Some(next) = memchr::memchr2(b'&', b'<', &bytes[from..]) {
        let at = from + next;
        let Some(length) = reference(&bytes[at..]).or_else(|| tag(&bytes[at..])) else {
            from = at + 1;
            continue;
        };
        from = at + length;
        let span = Span::new(start + at, start + from);
        // In placeholders and portal links, other rules report it.
        let links = cx.document.links();
        let link = links.get(links.partition_point(|link| link.span.end <= span.start));
        if cx.part_at(start + at).is_none() && link.is_none_or(|link| link.span.start >= span.end) {
            found.push(finding(cx, span, line_end));
        }
    }
}

/// The length of the first tag, if the text is a whole HTML document.
fn document(bytes: &[u8]) -> Option<usize> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let skipped = bytes.len() - text.trim_ascii_start().len();
    let text = text.trim_ascii_start();
    let starts = |head: &[u8]| text.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head));
    let is_document = starts(b"<!doctype html") || starts(b"<html>") || starts(b"<html ");
    is_document.then(|| skipped + memchr::memchr(b'>', text).map_or(text.len(), |end| end + 1))
}

/// The length of a character reference that is known and ends in `;`.
fn reference(text: &[u8]) -> Option<usize> {
    let window = &text[..text.len().min(LONGEST)];
    let end = memchr::memchr(b';', window)? + 1;
    let written = std::str::from_utf8(&window[..end]).ok().filter(|written| written.starts_with('&'))?;
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '#';
    let is_one = written[1..end - 1].chars().all(is_name) && !htmlize::unescape(written).ends_with(';');
    is_one.then_some(end)
}

/// The length of a tag of a known element, either without attributes or with attributes that have values.
fn tag(text: &[u8]) -> Option<usize> {
    let window = &text[..text.len().min(TAG)];
    let inside = window.strip_prefix(b"<")?;
    let name_at = usize::from(inside.first() == Some(&b'/'));
    let stop = inside.iter().position(|byte| matches!(byte, b'<' | b'>')).filter(|stop| inside[*stop] == b'>')?;
    let inside = inside.get(name_at..stop)?;
    let length = inside.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (name, rest) = inside.split_at(length);
    let rest = rest.trim_ascii_end().strip_suffix(b"/").unwrap_or(rest).trim_ascii();
    let is_apart = inside.get(length).is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'/');
    let has_attributes = rest.is_empty() || rest.contains(&b'=') && rest[0].is_ascii_alphabetic();
    (is_apart && has_attributes && is_known(&name.to_ascii_lowercase())).then_some(stop + 2)
}

/// The finding about a reference or a tag, and its fix.
fn finding(cx: &Context<'_>, span: Span, line_end: &str) -> Diagnostic {
    let source = cx.document.source();
    let written = cx.document.text(span);
    let place_name = if source.kind() == SourceKind::Text { "text-only message" } else { "subject" };
    let finding = RULE.at(span, format!("`{written}` is HTML, and this {place_name} shows it as it is"));
    let Some(right) = right(cx, span, &written, line_end) else {
        return finding.help("write it without HTML");
    };
    let title = match &*right {
        "" => "remove it".to_owned(),
        right if right.trim().is_empty() && written.starts_with('<') => "write a line end".to_owned(),
        " " => "write a blank".to_owned(),
        right => format!("write `{right}`"),
    };
    finding.help(title.clone()).fix(title, Safety::Safe, vec![Edit::new(span, right)])
}

/// What to write instead, if that is certain.
fn right(cx: &Context<'_>, span: Span, written: &str, line_end: &str) -> Option<String> {
    let source = cx.document.source();
    if written.starts_with('<') {
        let is_break = written.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("<br"));
        if !is_break || source.kind() != SourceKind::Text {
            return None;
        }
        let after = cx.bytes().get(span.end as usize..).unwrap_or_default();
        // The line ends here anyway.
        if after.is_empty() || after.starts_with(b"\n") || after.starts_with(b"\r\n") {
            return Some(String::new());
        }
        return Some(line_end.to_owned());
    }
    let read = htmlize::unescape(written);
    if read.chars().any(char::is_control) {
        return None;
    }
    // Spaces of other widths and zero-width characters only make sense in HTML.
    let is_seen = |character: &char| {
        !matches!(character, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    let blank = |character: char| if character.is_whitespace() { ' ' } else { character };
    let read: String = read.chars().filter(is_seen).map(blank).collect();
    // In the settings, other characters may mean something to YAML.
    let is_plain = |character: char| character.is_alphanumeric() || character == ' ';
    let before = cx.bytes().get(..span.start as usize).and_then(|before| before.last());
    let is_inside = before.is_some_and(|byte| byte.is_ascii_alphanumeric());
    if source.kind() == SourceKind::Html && !(read.chars().all(is_plain) || read == "&" && is_inside) {
        return None;
    }
    // If the result would again form a reference or a tag, the author decides.
    let begins_anew = matches!(&*read, "&" | "<") && {
        let after = cx.bytes().get(span.end as usize..).unwrap_or_default();
        let after = htmlize::unescape(source.decode(&after[..after.len().min(TAG)]));
        let text = format!("{read}{after}");
        reference(text.as_bytes()).or_else(|| tag(text.as_bytes())).is_some()
    };
    (!begins_anew && can_write(cx, &read)).then_some(read)
}

/// Whether the template's encoding has every character.
fn can_write(cx: &Context<'_>, text: &str) -> bool {
    let source = cx.document.source();
    source.lacks(text).is_none() && (source.is_utf8() || source.decode(&source.encode(text)) == text)
}
