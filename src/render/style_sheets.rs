//! The style sheets of a body, as far as they affect its text: what hides, breaks or adds words.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::html::scan::{Attribute, Region, RegionKind};
use crate::span::Span;

/// Words that only relevant rules contain; colors and sizes do not matter.
const MATTERS: [&str; 5] = ["display", "white-space", "content", "overflow", "height"];

/// This many comparisons are always acceptable; a message pasted from Word with its style sheet takes over 100,000.
const FEW: usize = 400_000;

/// More comparisons per byte of the body are too many, since their total time would be quadratic.
const FOR_A_BYTE: usize = 8;

/// How many characters of a class name are compared in the time of one element.
const LETTERS: usize = 8;

/// The names, classes and IDs of a body's elements.
#[derive(Debug, Default)]
pub(super) struct Elements<'a> {
    /// How deeply they are nested.
    pub(super) depth: usize,
    count: usize,
    /// The total length of their classes, which are read for each comparison.
    characters: usize,
    names: HashMap<Vec<u8>, usize>,
    classes: HashMap<&'a str, usize>,
    ids: HashMap<&'a str, usize>,
}

impl<'a> Elements<'a> {
    /// Adds an element, given its lowercase name.
    pub(super) fn add(&mut self, name: &[u8]) {
        self.count += 1;
        match self.names.get_mut(name) {
            Some(times) => *times += 1,
            None => drop(self.names.insert(name.to_vec(), 1)),
        }
    }

    /// Adds what an attribute says about an element.
    pub(super) fn add_attribute(&mut self, html: &'a str, attribute: Attribute) {
        let text = |span: Span| html.get(span.range()).unwrap_or_default();
        let Some(value) = attribute.value.map(text) else { return };
        let name = text(attribute.name);
        if name.eq_ignore_ascii_case("class") {
            self.characters += value.len();
            for class in value.split_ascii_whitespace() {
                *self.classes.entry(class).or_default() += 1;
            }
        } else if name.eq_ignore_ascii_case("id") {
            *self.ids.entry(value).or_default() += 1;
        }
    }

    /// How many elements the last part of a selector may match.
    fn matching(&self, compound: &str) -> usize {
        let of = |map: &HashMap<&str, usize>, name: &str| map.get(name).copied().unwrap_or(0);
        let is_end = |character: char| matches!(character, '.' | '#' | ':' | '[');
        let name = |text: &'_ str| text.find(is_end).map_or(text.len(), |at| at);
        if let Some((_, rest)) = compound.split_once('#') {
            return of(&self.ids, &rest[..name(rest)]);
        }
        if let Some((_, rest)) = compound.split_once('.') {
            return of(&self.classes, &rest[..name(rest)]);
        }
        match &compound[..name(compound)] {
            "" | "*" => self.count,
            name => self.names.get(name.to_ascii_lowercase().as_bytes()).copied().unwrap_or(0),
        }
    }

    /// How many comparisons it takes to match the rules of some sheets with every element.
    fn work(&self, rules: &[StyleRule<'_>]) -> usize {
        let mut work = 0usize;
        for rule in rules {
            let selectors = rule.selectors.split(',');
            for selector in selectors {
                let mut parts = selector.split_ascii_whitespace().filter(|part| !matches!(*part, ">" | "+" | "~"));
                let around = selector.split_ascii_whitespace().count().saturating_sub(1);
                let last = parts.next_back().unwrap_or_default();
                let last = last.rsplit('>').next().unwrap_or_default();
                let siblings = if selector.contains("nth-") { self.count } else { 1 };
                let each = self.depth.max(1).saturating_pow(u32::try_from(around).unwrap_or(u32::MAX));
                let each = each.saturating_mul(siblings).saturating_add(rule.block.len());
                work = work
                    .saturating_add(self.count + self.characters / LETTERS)
                    .saturating_add(self.matching(last).saturating_mul(each))
                    .saturating_add(rule.block.len());
            }
        }
        work
    }
}

/// A rule of a style sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct StyleRule<'a> {
    selectors: &'a str,
    /// The text between its braces.
    block: &'a str,
    /// The whole rule.
    text: &'a str,
}

impl StyleRule<'_> {
    fn matters(&self) -> bool {
        let block = self.block.to_ascii_lowercase();
        // A character that is written as a number may be any character.
        MATTERS.iter().any(|word| block.contains(word)) || block.contains('\\')
    }
}

/// The body with only the style sheets that its text needs; `None` if they would take too long.
pub(super) fn needed<'a>(html: &'a str, regions: &[Region], elements: &Elements<'_>) -> Option<Cow<'a, str>> {
    let sheets: Vec<Span> = regions
        .windows(2)
        .filter(|pair| pair[0].kind == RegionKind::StartTag && pair[1].kind == RegionKind::RawText)
        .filter(|pair| is_style(html, pair[0].span))
        .map(|pair| pair[1].span)
        .collect();
    let all: Vec<Vec<StyleRule<'_>>> =
        sheets.iter().map(|span| rules(html.get(span.range()).unwrap_or_default())).collect();
    let matter = |rules: &Vec<StyleRule<'_>>| rules.iter().any(StyleRule::matters);
    let rules = all.iter().map(Vec::len).sum::<usize>();
    if rules == 0 || all.iter().any(matter) && elements.work(&all.concat()) <= FEW {
        return Some(Cow::Borrowed(html));
    }
    let kept: Vec<Vec<StyleRule<'_>>> =
        all.into_iter().map(|rules| rules.into_iter().filter(StyleRule::matters).collect()).collect();
    if elements.work(&kept.concat()) > FEW.max(html.len() * FOR_A_BYTE) {
        return None;
    }
    let mut out = String::with_capacity(html.len());
    let mut done = 0;
    for (sheet, rules) in sheets.iter().zip(kept) {
        out.push_str(html.get(done..sheet.start as usize)?);
        for rule in rules {
            out.push_str(rule.text);
            out.push('\n');
        }
        done = sheet.end as usize;
    }
    out.push_str(html.get(done..)?);
    Some(Cow::Owned(out))
}

fn is_style(html: &str, tag: Span) -> bool {
    html.get(tag.range()).and_then(|tag| tag.get(1..6)).is_some_and(|name| name.eq_ignore_ascii_case("style"))
}

/// The rules of a style sheet, except those in `@media` and similar, which are for screens.
fn rules(css: &str) -> Vec<StyleRule<'_>> {
    let bytes = css.as_bytes();
    let mut rules = Vec::new();
    let (mut start, mut open, mut depth, mut at) = (0, 0, 0usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = memchr::memmem::find(&bytes[at + 2..], b"*/").map_or(bytes.len(), |end| at + 4 + end);
                continue;
            }
            b'\\' => at += 1,
            quote @ (b'"' | b'\'') => at = after_string(bytes, at, quote),
            b'{' => {
                depth += 1;
                if depth == 1 {
                    open = at;
                }
            }
            b'}' if depth == 1 => {
                depth = 0;
                let (text, selectors) = (css.get(start..=at), css.get(start..open));
                if let (Some(text), Some(selectors), Some(block)) = (text, selectors, css.get(open + 1..at))
                    && !is_at_rule(selectors)
                {
                    rules.push(StyleRule { selectors, block, text });
                }
                start = at + 1;
            }
            b'}' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => start = at + 1,
            _ => {}
        }
        at += 1;
    }
    // For a browser, a block that is never closed ends with its sheet.
    if depth > 0
        && let (Some(text), Some(selectors), Some(block)) =
            (css.get(start..), css.get(start..open), css.get(open + 1..))
        && !is_at_rule(selectors)
    {
        rules.push(StyleRule { selectors, block, text });
    }
    rules
}

fn is_at_rule(selectors: &str) -> bool {
    let mut rest = selectors.trim_start();
    while let Some((_, after)) = rest.strip_prefix("/*").and_then(|comment| comment.split_once("*/")) {
        rest = after.trim_start();
    }
    rest.starts_with('@')
}

/// The last byte of a string; if its quote is not closed, it ends with the line.
fn after_string(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != quote && bytes[at] != b'\n' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::text_limits;
    use super::*;
    use crate::html::scan;

    fn sheet_of(html: &str) -> Option<String> {
        let regions = scan::scan(html.as_bytes());
        let elements = text_limits::elements(html, &regions).unwrap();
        needed(html, &regions, &elements).map(Cow::into_owned)
    }

    #[test]
    fn rules_are_distinguished() {
        let css = "/* } */ a , b{color:red;x:\"}\"}\n@media x { c { display:none } } @import 'y'; d{e:{f}} .g{display";
        let found: Vec<(&str, &str)> = rules(css).iter().map(|rule| (rule.selectors.trim(), rule.block)).collect();
        assert_eq!(found, [("/* } */ a , b", "color:red;x:\"}\""), ("d", "e:{f}"), (".g", "display")]);
    }

    #[test]
    fn what_only_colours_is_left_out() {
        assert_eq!(
            sheet_of("<style>p { color: red } b { font: x }</style><p>a").as_deref(),
            Some("<style></style><p>a")
        );
        let few = "<style>p { color: red } .x { display: none }</style><p>a";
        assert_eq!(sheet_of(few).as_deref(), Some(few));
        let colours: String = (0..3000).map(|index| format!(".c{index} {{ color: red }}\n")).collect();
        let elements = "<p class='a'>x</p>".repeat(1000);
        let many = format!("<style>{colours}.x {{ display: none }}</style>{elements}");
        assert_eq!(sheet_of(&many), Some(format!("<style>\n.x {{ display: none }}\n</style>{elements}")));
    }

    #[test]
    fn what_takes_too_long_is_not_tried() {
        let elements = "<p class='a'>x</p>".repeat(5000);
        let hidden: String = (0..5000).map(|index| format!(".c{index} {{ display: none }}\n")).collect();
        let deep = format!("<style>i b b b b b b u {{ display: none }}</style>{}<u>x", "<b>".repeat(150));
        let long = format!("<style>p::before {{ content: '{}' }}</style>{elements}", "a".repeat(5000));
        for html in [format!("<style>{hidden}</style>{elements}"), deep, long] {
            assert_eq!(sheet_of(&html), None);
        }
    }
}
