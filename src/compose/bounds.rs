//! Limits how deeply a source may be nested and how long an expression may be, since parsing a source uses that much
//! stack.

/// How many blocks (`{% if %}`, `{% for %}` …) may be nested.
const BLOCKS: usize = 50;

/// How many brackets may be nested.
const BRACKETS: usize = 40;

/// How many words and operators may build on each other in one expression. Items next to each other in a list count
/// once.
const WORDS: usize = 1000;

/// How many `{% elif %}` one `{% if %}` may have.
const ELIFS: usize = 200;

/// What to do about an expression that is too long.
const GIVE_NAMES: &str = "name parts of it first with `{% set … = … %}`";

/// The blocks that have an end tag; `set` has one if it does not assign anything right away.
const OPENING: [&[u8]; 9] = [b"if", b"for", b"with", b"block", b"macro", b"call", b"filter", b"autoescape", b"set"];

/// What is too much: the offset of its first byte, and the message.
pub(super) type Excess = (usize, String);

/// Checks a source.
///
/// # Errors
///
/// The first place that exceeds a limit. Syntax errors are left to the parser.
pub(super) fn check(text: &str) -> Result<(), Excess> {
    let mut reader = BoundsReader { text: text.as_bytes(), at: 0, blocks: Vec::new(), open: 0 };
    while let Some(next) = memchr::memchr(b'{', &reader.text[reader.at..]) {
        let at = reader.at + next;
        let skip = if matches!(reader.text.get(at + 2), Some(b'-' | b'+')) { 3 } else { 2 };
        reader.at = at + skip;
        let go_on = match reader.text.get(at + 1) {
            Some(b'#') => reader.skip_past(b"#}"),
            Some(b'{') => reader.tag(at, b"}}")?,
            Some(b'%') if reader.skip_word("raw", false) => reader.skip_raw(),
            Some(b'%') => reader.tag(at, b"%}")?,
            _ => {
                reader.at = at + 1;
                true
            }
        };
        if !go_on {
            break; // this is a syntax error, which parsing reports with its place
        }
    }
    Ok(())
}

/// Reads a source the way minijinja does.
struct BoundsReader<'a> {
    text: &'a [u8],
    at: usize,
    /// For each open block, its number of `{% elif %}`.
    blocks: Vec<usize>,
    /// How many brackets are open; minijinja keeps counting from one tag to the next.
    open: isize,
}

/// A word or an operator.
#[derive(Clone, Copy, PartialEq)]
enum SourceToken<'a> {
    Word(&'a [u8]),
    Value,
    Opening,
    Closing,
    /// What separates items: `,` and `:`.
    Between,
    Assign,
    Sign,
}

impl<'a> BoundsReader<'a> {
    /// Moves past the next `end`; `false` if there is none.
    fn skip_past(&mut self, end: &[u8]) -> bool {
        let found = memchr::memmem::find(self.text.get(self.at..).unwrap_or_default(), end);
        self.at += found.map_or(0, |found| found + end.len());
        found.is_some()
    }

    /// Moves past a tag that consists of just this word, if one begins here.
    fn skip_word(&mut self, word: &str, takes_sign: bool) -> bool {
        let mut rest = self.text.get(self.at..).unwrap_or_default();
        if takes_sign && let [b'-' | b'+', after @ ..] = rest {
            rest = after;
        }
        let Some(rest) = rest.trim_ascii_start().strip_prefix(word.as_bytes()) else { return false };
        let mut rest = rest.trim_ascii_start();
        if let [b'-' | b'+', after @ ..] = rest {
            rest = after;
        }
        let Some(rest) = rest.strip_prefix(b"%}") else { return false };
        self.at = self.text.len() - rest.len();
        true
    }

    /// Moves past the end of a raw text.
    fn skip_raw(&mut self) -> bool {
        while self.skip_past(b"{%") {
            if self.skip_word("endraw", true) {
                return true;
            }
        }
        false
    }

    /// Goes through a tag that begins at `start`; `false` on a syntax error.
    fn tag(&mut self, start: usize, end: &[u8]) -> Result<bool, Excess> {
        let is_statement = end == b"%}";
        let mut count = 0;
        // For each open bracket, what was counted before it.
        let mut before: Vec<usize> = Vec::new();
        let mut base = 0;
        let mut first = None;
        let mut assigns = false;
        loop {
            let rest = &self.text[self.at.min(self.text.len())..];
            self.at = self.text.len() - rest.trim_ascii_start().len();
            if self.open == 0 && self.skip_end(end) {
                break;
            }
            let at = self.at;
            let Some(token) = self.token() else { return Ok(false) };
            first = first.or(Some(token));
            match token {
                SourceToken::Opening => {
                    self.open += 1;
                    before.push(count);
                    count += 1;
                    base = count;
                    if before.len() > BRACKETS {
                        let detail = format!("brackets are nested more than {BRACKETS} levels deep here; {GIVE_NAMES}");
                        return Err((at, detail));
                    }
                }
                SourceToken::Closing => {
                    self.open -= 1;
                    count = before.pop().unwrap_or_default() + 1;
                    base = before.last().map_or(0, |before| before + 1);
                }
                SourceToken::Between => count = base,
                SourceToken::Assign => {
                    assigns |= before.is_empty();
                    count += 1;
                }
                SourceToken::Word(_) | SourceToken::Value | SourceToken::Sign => count += 1,
            }
            if count > WORDS {
                let detail =
                    format!("this expression is too long: it chains more than {WORDS} words and symbols; {GIVE_NAMES}");
                return Err((start, detail));
            }
        }
        if let Some(SourceToken::Word(word)) = first
            && is_statement
        {
            self.count_block(start, word, assigns)?;
        }
        Ok(true)
    }

    fn count_block(&mut self, start: usize, word: &[u8], assigns: bool) -> Result<(), Excess> {
        if word.starts_with(b"end") {
            self.blocks.pop();
        } else if word == b"elif" {
            if let Some(count) = self.blocks.last_mut() {
                *count += 1;
                if *count > ELIFS {
                    let detail = format!(
                        "this `{{% if %}}` has more than {ELIFS} `{{% elif %}}`; look the value up in a list instead, as \
                         in `{{{{ {{\"a\": 1, \"b\": 2}}[x] }}}}`"
                    );
                    return Err((start, detail));
                }
            }
        } else if OPENING.contains(&word) && !(word == b"set" && assigns) {
            self.blocks.push(0);
            if self.blocks.len() > BLOCKS {
                let detail = format!(
                    "blocks are nested more than {BLOCKS} levels deep here; close some of them, or move the inner ones \
                     into their own file with `{{% include %}}`"
                );
                return Err((start, detail));
            }
        }
        Ok(())
    }

    /// Moves past the end of a tag, if it is here.
    fn skip_end(&mut self, end: &[u8]) -> bool {
        let rest = &self.text[self.at..];
        let signless = if let [b'-' | b'+', rest @ ..] = rest { rest } else { rest };
        let found = signless.starts_with(end);
        if found {
            self.at = self.text.len() - signless.len() + end.len();
        }
        found
    }

    /// The next word or operator; `None` at the end, and on a syntax error.
    fn token(&mut self) -> Option<SourceToken<'a>> {
        let rest = &self.text[self.at..];
        let first = *rest.first()?;
        let run = |is_part: fn(&u8) -> bool| rest.iter().take_while(|byte| is_part(byte)).count();
        let (length, token) = match first {
            b'(' | b'[' | b'{' => (1, SourceToken::Opening),
            b')' | b']' | b'}' => (1, SourceToken::Closing),
            b',' | b':' => (1, SourceToken::Between),
            b'"' | b'\'' => (string(rest)?, SourceToken::Value),
            b'0'..=b'9' => (run(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'), SourceToken::Value),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let length = run(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
                (length, SourceToken::Word(&rest[..length]))
            }
            _ if [&b"//"[..], b"**", b"==", b"!=", b">=", b"<="].iter().any(|sign| rest.starts_with(sign)) => {
                (2, SourceToken::Sign)
            }
            b'=' => (1, SourceToken::Assign),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'.' | b'~' | b'|' | b'>' | b'<' => (1, SourceToken::Sign),
            _ => return None,
        };
        self.at += length;
        Some(token)
    }
}

/// The length of a string including its quotes; `None` if it does not end.
fn string(text: &[u8]) -> Option<usize> {
    let quote = *text.first()?;
    let mut at = 1;
    loop {
        at += memchr::memchr2(quote, b'\\', &text[at..])?;
        if text[at] == quote {
            return Some(at + 1);
        }
        at = (at + 2).min(text.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message, and the text from the reported place on.
    fn excess_of(text: &str) -> Option<(String, &str)> {
        check(text).err().map(|(at, detail)| (detail, &text[at..]))
    }

    #[test]
    fn what_people_write_is_within_the_limits() {
        let list = format!("{{% set x = [{}] %}}", "{'a': 'b|c', 'd': [1, 2]}, ".repeat(20_000));
        let beside = "{% if a %}{{ b | upper }}{% elif c %}{% else %}{% endif %}{% set x = 1 %}".repeat(20_000);
        let sets = "{% set x %}{% endset %}{% set y | replace('=', 'b') %}{% endset %}".repeat(20_000);
        let raw = format!("{{% raw %}}{}{{%- endraw -%}}", "{% if a %}{{ ((((".repeat(1000));
        let comment = format!("{{# {} #}}{{{{ '{}' }}}}", "{% if %}".repeat(1000), "((%}\\'".repeat(1000));
        let elifs = format!("{{% if a %}}{}{{% endif %}}", "{% elif b %}".repeat(ELIFS));
        let css = "<style>a{b:c}{d}</style>".repeat(1000);
        for text in [&list, &beside, &sets, &raw, &comment, &elifs, &css] {
            assert_eq!(check(text), Ok(()), "{}", &text[..80.min(text.len())]);
        }
    }

    #[test]
    fn what_builds_on_itself_without_end_is_reported() {
        let many = 2000;
        for (before, part, after) in [
            ("{{ 1", "+1", " }}"),
            ("{{ ", "not ", "1 }}"),
            ("{{ ", "-", "1 }}"),
            ("{{ a", ".a", " }}"),
            ("{{ a", "[0]", " }}"),
            ("{{ a", "[:1]", " }}"),
            ("{{ a", "()", " }}"),
            ("{{ a", "|upper", " }}"),
            ("{{ a", "|replace('a', 'b')", " }}"),
            ("{{ a", " is odd", " }}"),
            ("{{ a", " if b else c", " }}"),
            ("{{ a", " ~ a", " }}"),
            ("{{ a", " and a", " }}"),
            ("{{ a", " < a", " }}"),
            ("{{ a", " in a", " }}"),
            ("{{ 'a'", " 'a'", " }}"),
            ("{{ 2", "**2", " }}"),
            ("{% set a", ".a", " = 1 %}"),
            ("{% filter upper", "|upper", " %}{% endfilter %}"),
            ("{{ [1, a", "|upper", "] }}"),
            ("{{ f(x=1, y=a", "|upper", ") }}"),
        ] {
            let text = format!("é{before}{}{after}", part.repeat(many));
            let (detail, rest) = excess_of(&text).unwrap_or_else(|| panic!("{before}{part}{after}"));
            assert!(detail.starts_with("this expression is too long"), "{detail}");
            assert!(rest.starts_with(&before[..3]), "{}", &rest[..9]);
        }
        for part in ["(", "[", "{'a':", "f(", "a[", "[1, ", "(1, "] {
            let (detail, _) = excess_of(&format!("{{{{ {} }}}}", part.repeat(90_000))).unwrap();
            assert!(detail.starts_with("brackets are nested more than 40 levels deep here"), "{part}");
        }
        for part in [
            "{% if a %}",
            "{%- for a in b -%}",
            "{% macro a() %}",
            "{% set x %}",
            "{% set x|upper(a=1) %}",
            "{% call(a) b() %}",
            "{% filter upper %}",
            "{%+ with a=1 %}",
            "{% autoescape true %}",
        ] {
            let (detail, _) = excess_of(&part.repeat(90_000)).unwrap();
            assert!(detail.starts_with("blocks are nested more than 50 levels deep here"), "{part}");
        }
        let (detail, _) = excess_of(&format!("{{% if a %}}{}", "{% elif b %}".repeat(90_000))).unwrap();
        assert!(detail.starts_with("this `{% if %}` has more than 200 `{% elif %}`"), "{detail}");
    }

    #[test]
    fn what_cannot_be_read_is_left_to_others() {
        for text in ["{{ 'a", "{{ § }}", "{{ (", "{# a", "{% raw %}", "{%", "{{", "{", "{{-", "{% endif %}{% endif %}"]
        {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }
}
