//! Shows a Markdown page on a terminal: headings, paragraphs, lists, code and links.

use anstyle::{AnsiColor, Style};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

const HEADING: Style = AnsiColor::Cyan.on_default().bold();
const CODE: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

/// The widest text that is easy to read, in characters.
const WIDEST: usize = 88;

/// Formats a page for a terminal with that many columns, with or without colors.
pub fn write(markdown: &str, width: usize, colored: bool) -> String {
    let mut page = TerminalPage {
        out: String::new(),
        text: String::new(),
        width: width.clamp(30, WIDEST),
        colored,
        list: 0,
        links: Vec::new(),
        code: None,
    };
    for event in Parser::new(markdown) {
        page.take(event);
    }
    let mut out = page.out.trim_end().to_owned();
    out.push('\n');
    out
}

struct TerminalPage {
    out: String,
    /// The current paragraph.
    text: String,
    width: usize,
    colored: bool,
    /// How many lists are open.
    list: usize,
    /// The addresses of open links.
    links: Vec<String>,
    /// The language of the current code block.
    code: Option<String>,
}

impl TerminalPage {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Heading { .. }) => self.text.push_str(&self.start(HEADING)),
            Event::End(TagEnd::Heading(_)) => {
                self.text.push_str(&self.end(HEADING));
                self.flush("", "");
            }
            Event::End(TagEnd::Paragraph) => self.flush_text(),
            Event::Start(Tag::List(_)) => self.list += 1,
            Event::End(TagEnd::List(_)) => {
                self.list -= 1;
                self.out.push('\n');
            }
            Event::End(TagEnd::Item) => self.flush_text(),
            Event::Start(Tag::CodeBlock(kind)) => {
                let name = match kind {
                    CodeBlockKind::Fenced(name) => name.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some(name);
            }
            Event::End(TagEnd::CodeBlock) => {
                self.code = None;
                self.out.push('\n');
            }
            Event::Start(Tag::Link { dest_url, .. }) => self.links.push(dest_url.to_string()),
            Event::End(TagEnd::Link) => {
                if let Some(address) = self.links.pop() {
                    self.text.push_str(&format!(" {}<{address}>{}", self.start(FAINT), self.end(FAINT)));
                }
            }
            Event::Text(text) => match self.code.clone() {
                Some(name) => self.block(&name, &text),
                None => self.text.push_str(&text),
            },
            Event::Code(code) => {
                let (start, end) =
                    if self.colored { (self.start(CODE), self.end(CODE)) } else { ("`".into(), "`".into()) };
                self.text.push_str(&format!("{start}{code}{end}"));
            }
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            _ => {}
        }
    }

    /// A block of code under its name.
    fn block(&mut self, name: &str, text: &str) {
        let title = match name {
            "html" => "template",
            "text" => "text-only template",
            "fixed" => "after `--fix`",
            "fixed unsafe" => "after `--unsafe-fixes`",
            other => other,
        };
        if !title.is_empty() {
            self.out.push_str(&format!("  {}{title}{}\n", self.start(FAINT), self.end(FAINT)));
        }
        for line in text.lines() {
            let line = if name == "findings" { line.split_once(": ").map_or(line, |(_, rest)| rest) } else { line };
            let style = if name == "findings" { AnsiColor::Red.on_default() } else { CODE };
            self.out.push_str(&format!("    {}{line}{}\n", self.start(style), self.end(style)));
        }
    }

    fn flush_text(&mut self) {
        match self.list {
            0 => self.flush("", ""),
            depth => {
                let indent = "  ".repeat(depth);
                self.flush(&format!("{indent}- "), &format!("{indent}  "));
                // List items have no empty lines in between.
                self.out.pop();
            }
        }
    }

    fn flush(&mut self, first: &str, rest: &str) {
        let text = std::mem::take(&mut self.text);
        if text.trim().is_empty() {
            return;
        }
        let options = textwrap::Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(rest)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .word_separator(textwrap::WordSeparator::AsciiSpace);
        self.out.push_str(&textwrap::fill(text.trim(), options));
        self.out.push_str("\n\n");
    }

    fn start(&self, style: Style) -> String {
        if self.colored { style.render().to_string() } else { String::new() }
    }

    fn end(&self, style: Style) -> String {
        if self.colored { style.render_reset().to_string() } else { String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_plain_text_without_colours() {
        let page = "# magic-token\n\nA link with a *token*\nin `gtoken`.\n\n## Source\n\n- One, [here](https://a.example/b).\n- Two\n\n```html\n<p>\n  x</p>\n```\n";
        let expected = "magic-token\n\nA link with a token in `gtoken`.\n\nSource\n\n  - One, here <https://a.example/b>.\n  - Two\n\n  template\n    <p>\n      x</p>\n";
        assert_eq!(write(page, 60, false), expected);
    }

    #[test]
    fn long_lines_are_wrapped() {
        let page = "word ".repeat(40);
        assert!(write(&page, 40, false).lines().all(|line| line.len() <= 40));
    }
}
