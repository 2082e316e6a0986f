//! The settings at the top of a source, before its values are filled in.

use crate::parse::front_matter::{FrontMatter, begins_settings, fenced, key_of};
use crate::source::{Source, SourceKind};

/// Where the settings at the top of a source end and its body begins; 0 if there are none. The source has no byte order
/// mark.
pub(super) fn end_of(text: &str, kind: SourceKind) -> usize {
    if kind == SourceKind::Subject {
        return 0;
    }
    let Some((rows, end)) = fenced(text.as_bytes(), 0) else { return 0 };
    // There may be statements around the settings.
    let is_silent =
        |row: &str| row.is_empty() || row.starts_with('#') || row.starts_with("{%") || row.starts_with("{#");
    let first = rows.iter().map(|row| text[row.range()].trim()).find(|row| !is_silent(row));
    match first {
        Some(row) if !begins_settings(row.as_bytes()) => 0,
        _ => end,
    }
}

/// The settings at the top of a source. A line that ends in a statement keeps its line break, so that the next setting
/// stays on its own line; no byte moves.
pub(super) fn alone(text: &str, end: usize) -> String {
    let mut out = String::with_capacity(end);
    for line in text[..end].split_inclusive('\n') {
        let row = line.trim_end_matches(['\n', '\r']);
        let is_value = !row.trim_start().starts_with("{%") && !row.trim_start().starts_with("{#");
        // The line end after a statement or a value is cut off.
        let kept = [(" %}", "+%}"), ("-%}", "+%}"), ("-}}", " }}")];
        match kept.into_iter().find_map(|(end, kept)| Some((row.strip_suffix(end)?, kept))).filter(|_| is_value) {
            Some((head, kept)) => out.extend([head, kept, &line[row.len()..]]),
            None => out.push_str(line),
        }
    }
    out
}

/// The position at which a setting ends in `%}` without a space before it; as a statement, it would cut off the line
/// end after it.
pub(super) fn glued_end(text: &str, end: usize) -> Option<usize> {
    let mut start = 0;
    text[..end].split_inclusive('\n').find_map(|line| {
        let row = line.trim_end_matches(['\n', '\r']);
        let is_value = !row.trim_start().starts_with("{%") && !row.trim_start().starts_with("{#");
        let is_glued = is_value && row.strip_suffix("%}").is_some_and(|head| !head.ends_with([' ', '-', '+']));
        let at = start + row.len().saturating_sub(2);
        start += line.len();
        is_glued.then_some(at)
    })
}

/// The same text with the settings at its top turned into a comment; no byte of the body moves, and no line.
pub(super) fn hidden(text: &str, end: usize) -> String {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let mut top: Vec<u8> = text.as_bytes()[..end].iter().map(|byte| if is_end(byte) { *byte } else { b' ' }).collect();
    let last = top.iter().rposition(|byte| !is_end(byte)).map_or(0, |at| at + 1);
    // Two fences, `---` and `---`, have room for both.
    if last >= 6 {
        top[..2].copy_from_slice(b"{#");
        top[last - 2..last].copy_from_slice(b"#}");
    }
    let mut hidden: String = top.into_iter().map(char::from).collect();
    hidden.push_str(&text[end..]);
    hidden
}

/// The literal settings at the top of a source, which apply even before any value is filled in.
pub(crate) fn literal_settings(text: &str, kind: SourceKind) -> Option<FrontMatter> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if end_of(text, kind) == 0 {
        return None;
    }
    let (rows, _) = fenced(text.as_bytes(), 0)?;
    let is_plain = |row: &&str| {
        let key = key_of(row.as_bytes()).unwrap_or_default();
        matches!(key, b"dialect" | b"context" | b"audience") && !row.contains("{{") && !row.contains("{%")
    };
    let plain: Vec<&str> = rows.iter().map(|row| &text[row.range()]).filter(is_plain).collect();
    let plain = format!("---\n{}\n---\n", plain.join("\n"));
    // Its errors are reported when the whole source is read.
    FrontMatter::read(&Source::from_text("", &plain, kind)).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_end_where_the_body_begins() {
        for (text, body) in [
            ("---\nsubject: {{ x }}\n---\n<p>", "<p>"),
            ("---\r\n{% if a %}\r\nsubject: x\r\n{% endif %}\r\n---\r\n<p>", "<p>"),
            ("---\nsubject: x {% if a %}y{% endif %}\ndialect: autotask\n---\n<p>", "<p>"),
            ("---\n---\n<p>", "<p>"),
            ("---\nHello\n---\n", "---\nHello\n---\n"),
            ("<p>", "<p>"),
            ("---", "---"),
        ] {
            let end = end_of(text, SourceKind::Html);
            assert_eq!(&text[end..], body);
            assert_eq!(alone(text, end).len(), end);
            let hidden = hidden(text, end);
            assert_eq!((hidden.len(), hidden.lines().count()), (text.len(), text.lines().count()));
            let mut engine = minijinja::Environment::new();
            engine.set_syntax(super::super::engine::syntax());
            assert_eq!(engine.render_str(&hidden, ()).unwrap(), body);
        }
    }

    #[test]
    fn only_plain_words_hold_before_values_are_filled_in() {
        let text = "---\nsubject: [x\n{% if a %}\ndialect: autotask # ours\ncontext: {{ b }}\n{% endif %}\n---\n";
        let settings = literal_settings(text, SourceKind::Html).unwrap();
        assert_eq!((settings.dialect.as_deref(), settings.context), (Some("autotask"), None));
        assert_eq!(literal_settings("<p>", SourceKind::Html), None);
    }
}
