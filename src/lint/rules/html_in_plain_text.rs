//! Finds HTML where it is not read as HTML: `R&amp;D` in a subject, `<br>` in a text-only message.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::html_in_text::{TAG, Tags, document, escaped_tag, reference, tag};
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

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let source = cx.document.source();
    let settings = cx.document.front_matter();
    if source.kind() == SourceKind::Html && settings.is_none() {
        return;
    }
    let body = Span::new(settings.map_or(0, |settings| settings.span.end as usize), cx.bytes().len());
    let is_sound = !source.is_utf8() || std::str::from_utf8(cx.bytes()).is_ok();
    let text = |span, what, is_block| Text { cx, span, what, is_sound, is_block, ending: line_ending(cx.slice(span)) };
    match source.kind() {
        SourceKind::Subject => text(body, SUBJECT, false).check(found),
        SourceKind::Text => text(body, MESSAGE, false).check(found),
        SourceKind::Html => {}
    }
    if let Some((_, span)) = cx.subject().filter(|_| source.kind() != SourceKind::Subject) {
        text(span, SUBJECT, false).check(found);
    }
    if let Some(span) = settings.and_then(|settings| settings.text) {
        text(span, MESSAGE, true).check(found);
    }
}

const SUBJECT: &str = "subject";
const MESSAGE: &str = "text-only message";

/// A text that no program reads as HTML.
struct Text<'c, 'a> {
    cx: &'c Context<'a>,
    span: Span,
    what: &'static str,
    /// Whether its encoding is certain, so that non-ASCII characters can be written.
    is_sound: bool,
    /// Whether it is the `text: |` of the settings, where each line is indented.
    is_block: bool,
    /// What its lines end with.
    ending: &'static str,
}

impl Text<'_, '_> {
    fn check(&self, found: &mut Vec<Diagnostic>) {
        let cx = self.cx;
        let bytes = cx.slice(self.span);
        let start = self.span.start as usize;
        let help = "move it into an `.html` file, and write the text without tags here";
        if let Some(whole) = document(bytes) {
            found.push(RULE.at(Span::new(start, start + whole), "this text is an HTML document").help(help));
            return;
        }
        let tags = Tags::of(bytes);
        if let Some((at, length)) = tags.fragment.filter(|_| self.what == MESSAGE) {
            let message = "this text is HTML, and this text-only message shows its tags as they are";
            found.push(RULE.at(Span::new(start + at, start + at + length), message).help(help));
            return;
        }
        let mut from = 0;
        let mut has_escaped = false;
        while let Some(next) = memchr::memchr2(b'&', b'<', &bytes[from..]) {
            let at = from + next;
            if let Some(length) = escaped_tag(&bytes[at..]) {
                if !has_escaped {
                    let message = format!("the tags of this {} are escaped, and it shows them as they are", self.what);
                    found.push(RULE.at(Span::new(start + at, start + at + length), message).help(help));
                }
                has_escaped = true;
                from = at + length;
                continue;
            }
            let tag = || tag(&bytes[at..]).filter(|length| tags.is_tag(&bytes[at..at + length]));
            let Some(length) = reference(&bytes[at..]).or_else(tag) else {
                from = at + 1;
                continue;
            };
            from = at + length;
            let span = Span::new(start + at, start + from);
            // Other rules report HTML in placeholders and portal links.
            let links = cx.document.links();
            let link = links.get(links.partition_point(|link| link.span.end <= span.start));
            if cx.part_at(start + at).is_none() && link.is_none_or(|link| link.span.start > span.start) {
                found.push(self.finding(span));
            }
        }
    }

    /// The finding about a reference or a tag, with its fix.
    fn finding(&self, span: Span) -> Diagnostic {
        let written = self.cx.document.text(span);
        let finding = RULE.at(span, format!("`{written}` is HTML, and this {} shows it as it is", self.what));
        let right = if written.starts_with('<') { self.line_end(span, &written) } else { self.read(span, &written) };
        let Some(right) = right else { return finding.help("write it without HTML") };
        let title = match &*right {
            "" => "remove it".to_owned(),
            right if right.trim().is_empty() && written.starts_with('<') => "write a line end".to_owned(),
            " " => "write a space".to_owned(),
            right => format!("write `{right}`"),
        };
        finding.help(title.clone()).fix(title, Safety::Safe, vec![Edit::new(span, right)])
    }

    /// What to write instead of `<br>`.
    fn line_end(&self, span: Span, written: &str) -> Option<String> {
        let is_break = written.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("<br"));
        if !is_break || self.what == SUBJECT {
            return None;
        }
        let after = self.cx.bytes().get(span.end as usize..).unwrap_or_default();
        // The line ends here anyway.
        if matches!(after.first(), None | Some(b'\n' | b'\r')) {
            return Some(String::new());
        }
        (!self.is_block).then(|| self.ending.to_owned())
    }

    /// The character that a reference stands for, if that is certain and the file can contain it.
    fn read(&self, span: Span, written: &str) -> Option<String> {
        let source = self.cx.document.source();
        let read = htmlize::unescape(written);
        if read.chars().any(|character| character.is_control() || character == char::REPLACEMENT_CHARACTER) {
            return None;
        }
        // Other spaces and characters without width are only useful in HTML.
        let is_seen = |character: &char| {
            !matches!(character, '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
        };
        let plain_space = |character: char| if character.is_whitespace() { ' ' } else { character };
        let read: String = read.chars().filter(is_seen).map(plain_space).collect();
        let start = span.start as usize;
        let before = self.cx.slice(Span::new(start.saturating_sub(TAG).max(self.span.start as usize), start));
        let after = self.cx.bytes().get(span.end as usize..self.span.end as usize).unwrap_or_default();
        // In the settings, other characters may mean something to YAML.
        let is_plain = |character: char| character.is_alphanumeric() || character == ' ';
        let is_inside = before.last().is_some_and(u8::is_ascii_alphanumeric);
        let is_yaml = self.what == SUBJECT && source.kind() != SourceKind::Subject;
        if is_yaml && !(read.chars().all(is_plain) || read == "&" && is_inside) {
            return None;
        }
        // A space would end an address.
        let word = before.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
        let is_address = memchr::memmem::find(word, b"://").is_some() || word.contains(&b'@');
        if read == " " && is_address && after.first().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            return None;
        }
        // If the result would read as a reference or a tag again, it is left to the author.
        let begins_anew = matches!(&*read, "&" | "<") && {
            let after = htmlize::unescape(source.decode(&after[..after.len().min(TAG)]));
            let text = format!("{read}{after}");
            reference(text.as_bytes()).or_else(|| tag(text.as_bytes())).is_some()
        };
        let ends_anew = read == ">" && {
            let before = htmlize::unescape(source.decode(before)).into_owned();
            let text = before.rfind('<').map(|at| format!("{}>", &before[at..]));
            text.is_some_and(|text| tag(text.as_bytes()) == Some(text.len()))
        };
        let is_known = match source.is_utf8() {
            true => self.is_sound || read.is_ascii(),
            false => source.lacks(&read).is_none() && source.decode(&source.encode(&read)) == read,
        };
        (!begins_anew && !ends_anew && is_known).then_some(read)
    }
}

/// What the first line of a text ends with.
fn line_ending(text: &[u8]) -> &'static str {
    match memchr::memchr2(b'\n', b'\r', text).map(|at| &text[at..]) {
        Some([b'\r', b'\n', ..]) => "\r\n",
        Some([b'\r', ..]) => "\r",
        _ => "\n",
    }
}
