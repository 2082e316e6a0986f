//! The styles of a displayed message, read token by token as browsers do, without addresses that may not be loaded.

use cssparser::{Parser, Token};

use super::address::{NONE, Pictures};

/// A style sheet, as the content of a `<style>`.
pub(super) fn sheet(css: &str, pictures: Pictures<'_>) -> String {
    StyleWriter::new(css, pictures).run()
}

/// The declarations of a `style` attribute, or the value of one.
pub(super) fn declarations(css: &str, pictures: Pictures<'_>) -> String {
    StyleWriter::new(css, pictures).run()
}

/// What an open bracket means for its content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StyleBlock {
    Plain,
    /// Nothing in it is an address: fonts are not loaded.
    NoAddress,
    /// Text in it is the address of an image.
    Pictures,
    /// Text in it is not an address, although text around it would be: `type("image/png")`.
    PictureType,
    /// `url("…")`: written when its text comes, and the rest is removed.
    Url,
    /// All of it is removed.
    Nothing,
}

struct StyleWriter<'a> {
    css: &'a str,
    pictures: Pictures<'a>,
    out: String,
    /// The open brackets, and what closes each.
    open: Vec<(StyleBlock, char)>,
    /// The rule that begins here, at this depth, is removed up to its `;` or block.
    left_out: Option<usize>,
    /// The next block at this depth contains a font.
    font: Option<usize>,
}

impl<'a> StyleWriter<'a> {
    fn new(css: &'a str, pictures: Pictures<'a>) -> StyleWriter<'a> {
        StyleWriter {
            css,
            pictures,
            out: String::with_capacity(css.len()),
            open: Vec::new(),
            left_out: None,
            font: None,
        }
    }

    fn run(mut self) -> String {
        let css = self.css;
        let mut at = 0;
        // A parser skips the block that it has just opened. A new parser after the bracket reads it, without a stack.
        while let Some(rest) = css.get(at..).filter(|rest| !rest.is_empty()) {
            let mut parser = Parser::new(rest);
            let mut start = 0;
            let mut opens = false;
            while let Ok(token) = parser.next_including_whitespace_and_comments() {
                let token = token.clone();
                let end = parser.position().byte_index();
                opens = self.token(&token, rest.get(start..end).unwrap_or_default());
                start = end;
                if opens {
                    break;
                }
            }
            at += start;
            if !opens {
                break;
            }
        }
        // What is open ends with the sheet, and does not extend to what comes after it.
        while let Some((block, close)) = self.open.pop() {
            if !matches!(block, StyleBlock::Nothing | StyleBlock::Url) {
                self.out.push(close);
            }
        }
        self.out
    }

    fn block(&self) -> StyleBlock {
        self.open.last().map_or(StyleBlock::Plain, |(block, _)| *block)
    }

    /// Writes a token, or what may replace it. Returns whether it opens a block.
    fn token(&mut self, token: &Token<'_>, written: &str) -> bool {
        let depth = self.open.len();
        let is_left_out = self.left_out.is_some() || matches!(self.block(), StyleBlock::Nothing | StyleBlock::Url);
        match token {
            Token::Function(name) => self.function(name, is_left_out),
            Token::ParenthesisBlock => self.opened(is_left_out, "(", ')'),
            Token::SquareBracketBlock => self.opened(is_left_out, "[", ']'),
            Token::CurlyBracketBlock => {
                let is_font = self.font.take_if(|font| *font == depth).is_some();
                let ends_rule = self.left_out.take_if(|rule| *rule == depth).is_some();
                self.opened(is_left_out, "{", '}');
                if let Some(last) = self.open.last_mut().filter(|_| is_font && !ends_rule && !is_left_out) {
                    last.0 = StyleBlock::NoAddress;
                }
            }
            Token::CloseParenthesis | Token::CloseSquareBracket | Token::CloseCurlyBracket => self.close(token),
            Token::Semicolon => {
                self.font.take_if(|font| *font == depth);
                if self.left_out.take_if(|rule| *rule == depth).is_none() && !is_left_out {
                    self.push(";");
                }
            }
            Token::QuotedString(text) if self.block() == StyleBlock::Url && self.left_out.is_none() => {
                // The first text is the address; the bracket stays open for what follows it.
                let text =
                    self.address(text, self.open.iter().rev().nth(1).map_or(StyleBlock::Plain, |(block, _)| *block));
                self.push(&format!("url({})", string(&text)));
                if let Some(last) = self.open.last_mut() {
                    last.0 = StyleBlock::Nothing;
                }
            }
            _ if is_left_out => {}
            Token::AtKeyword(name) => {
                // In a message, these only load something or change what names mean.
                if ["import", "namespace", "charset"].iter().any(|rule| name.eq_ignore_ascii_case(rule)) {
                    self.left_out = Some(depth);
                } else {
                    self.font = name.eq_ignore_ascii_case("font-face").then_some(depth);
                    self.push("@");
                    let mut ident = String::new();
                    let _ = cssparser::serialize_identifier(name, &mut ident); // a String accepts everything
                    self.push(&ident);
                }
            }
            Token::QuotedString(text) if self.block() == StyleBlock::Pictures => {
                let text = self.address(text, StyleBlock::Plain);
                self.push(&string(&text));
            }
            Token::QuotedString(text) => self.push(&string(text)),
            Token::UnquotedUrl(text) => {
                let text = self.address(text, self.block());
                self.push(&format!("url({})", string(&text)));
            }
            // A sheet ignores these, and comments; but what they separate stays separated.
            Token::CDO | Token::CDC => {}
            Token::Comment(_) => self.push("/**/"),
            Token::BadUrl(_) | Token::BadString(_) => self.push("/**/"),
            // In a name these are escaped, which HTML does not know about.
            _ if written.len() > 1 && written.contains(['<', '&']) => {
                self.push(&written.replace("\\<", "\\3c ").replace("\\&", "\\26 "));
            }
            _ => self.push(written),
        }
        matches!(
            token,
            Token::Function(_) | Token::ParenthesisBlock | Token::SquareBracketBlock | Token::CurlyBracketBlock
        )
    }

    fn function(&mut self, name: &str, is_left_out: bool) {
        let is_function = |names: &[&str]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
        let around = self.block();
        let block = match around {
            _ if is_left_out => StyleBlock::Nothing,
            _ if is_function(&["url", "src"]) => StyleBlock::Url,
            StyleBlock::Pictures if is_function(&["type"]) => StyleBlock::PictureType,
            // The result of a variable, an attribute or a custom function cannot be known here.
            StyleBlock::Pictures if !is_function(PICTURES) && !name.to_ascii_lowercase().ends_with("-gradient") => {
                self.push("none");
                StyleBlock::Nothing
            }
            _ if is_function(PICTURES) => StyleBlock::Pictures,
            StyleBlock::NoAddress => StyleBlock::NoAddress,
            _ => StyleBlock::Plain,
        };
        if !matches!(block, StyleBlock::Nothing | StyleBlock::Url) {
            let mut ident = String::new();
            let _ = cssparser::serialize_identifier(name, &mut ident); // a String accepts everything
            self.push(&ident);
            self.out.push('(');
        }
        self.open.push((block, ')'));
    }

    fn opened(&mut self, is_left_out: bool, text: &str, close: char) {
        let block = match self.block() {
            _ if is_left_out => StyleBlock::Nothing,
            StyleBlock::NoAddress => StyleBlock::NoAddress,
            StyleBlock::Pictures => StyleBlock::Pictures,
            _ => StyleBlock::Plain,
        };
        if block != StyleBlock::Nothing {
            self.push(text);
        }
        self.open.push((block, close));
    }

    fn close(&mut self, token: &Token<'_>) {
        let close = match token {
            Token::CloseParenthesis => ')',
            Token::CloseSquareBracket => ']',
            _ => '}',
        };
        // A bracket that closes nothing is a mistake that browsers ignore.
        if self.open.last().is_none_or(|(_, wanted)| *wanted != close) {
            return;
        }
        if let Some((block, _)) = self.open.pop() {
            match block {
                StyleBlock::Nothing => {}
                StyleBlock::Url => self.push(&format!("url({NONE})")),
                _ => self.push(close.encode_utf8(&mut [0; 4])),
            }
        }
        let depth = self.open.len();
        self.left_out.take_if(|rule| *rule > depth);
        self.font.take_if(|font| *font > depth);
    }

    fn address(&self, text: &str, block: StyleBlock) -> String {
        // Part of the same drawing.
        if text.starts_with('#') {
            return text.to_owned();
        }
        let address = if block == StyleBlock::NoAddress { None } else { self.pictures.address(text) };
        address.unwrap_or_else(|| NONE.to_owned())
    }

    /// Writes a piece so that HTML, which is parsed first, finds neither a tag nor a character reference.
    fn push(&mut self, text: &str) {
        let next = text.bytes().next().unwrap_or(b' ');
        if self.out.ends_with('<') && (next.is_ascii_alphabetic() || b"/!?".contains(&next)) {
            self.out.push(' ');
        }
        if self.out.ends_with('&') && (next.is_ascii_alphanumeric() || next == b'#') {
            self.out.push_str("/**/");
        }
        self.out.push_str(text);
    }
}

/// Functions in which a text is the address of an image.
const PICTURES: &[&str] = &["image-set", "-webkit-image-set", "image", "cross-fade", "-webkit-cross-fade"];

/// A quoted text in which HTML finds nothing.
fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let _ = cssparser::serialize_string(text, &mut out); // a String accepts everything
    out.replace('<', "\\3c ").replace('&', "\\26 ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: Pictures<'static> = Pictures::Https { except: &[] };

    #[test]
    fn what_fetches_nothing_stays() {
        for css in [
            "p { color: red; margin: 0 -1px } @media (max-width:600px) { .a > b:not([x=\"1\"]) { width: 50% !important } }",
            "@media (400px <= width < 700px){a{color:#fff}}",
            ".x{background:linear-gradient(#fff,#000);font:12px/1.5 \"Segoe UI\",sans-serif;content:\"→\"}",
            "a{width:calc(100% - (2 * 8px));mso-line-height-rule:exactly;fill:url(\"#g\")}",
            "@keyframes a{from{opacity:0}to{opacity:1}}u + .body .x{--a:1px}",
        ] {
            assert_eq!(sheet(css, Pictures::Off), css);
        }
        assert_eq!(sheet("<!-- p{color:red} -->", Pictures::Off), " p{color:red} ");
    }

    #[test]
    fn no_address_is_left_that_may_not_be_loaded() {
        for css in [
            "a{background:url(http://x.example/a)}",
            "a{background:URL( 'https://x.example/a' )}",
            "a{background:u\\72l(https://x.example/a)}",
            "a{background:\\55 RL(\"https://x.example/a\")}",
            "@import url(https://x.example/a);",
            "@import 'https://x.example/a' screen;",
            "@\\69mport \"https://x.example/a\"",
            "@import/**/url(https://x.example/a)",
            "@font-face{font-family:f;src:url(https://x.example/a)}",
            "a{background:image-set(\"https://x.example/a\" 1x, 'https://x.example/b' type(\"image/png\") 2x)}",
            "a{background:-webkit-image-set(url(https://x.example/a) 1x)}",
            "a{content:url(https://x.example/a)}",
            "a{cursor:url(https://x.example/a),auto;list-style:url(https://x.example/a)}",
            "a{background:src(\"https://x.example/a\")}",
            "--x:url(https://x.example/a)",
            "a{background:url(https://x.example/a",
            "a{background:url('https://x.example/a",
            "a{mask:url(https://x.example/a#m);filter:url(https://x.example/a#f)}",
            "a{background:url(//x.example/a)}",
            "a{background:image(\"https://x.example/a\")}",
            "@namespace url(https://x.example/a);",
            "a{background:url(\n'https://x.example/a'\n)}",
            "a{background:cross-fade(url(https://x.example/a), \"https://x.example/a\")}",
            "a{--s:'https';background:image-set(var(--s) 1x)}",
            "@media screen{@import url(https://x.example/a);}",
        ] {
            let off = sheet(css, Pictures::Off);
            assert!(!off.contains("x.example"), "{css}: {off}");
            assert!(!off.contains("var("), "{css}: {off}");
        }
        assert_eq!(
            sheet("a{background:url(https://x.example/a) #fff}", ON),
            "a{background:url(\"https://x.example/a\") #fff}"
        );
        assert_eq!(sheet("a{background:url('https://127.0.0.1/a') #fff}", ON), "a{background:url(\"data:,\") #fff}");
        let font = "@font-face{font-family:f;src:url(https://x.example/a)}a{background:url(https://x.example/b)}";
        assert_eq!(
            sheet(font, ON),
            "@font-face{font-family:f;src:url(\"data:,\")}a{background:url(\"https://x.example/b\")}"
        );
        assert_eq!(
            sheet("a{background:image-set('https://x.example/a' type('image/png') 2x)}", ON),
            "a{background:image-set(\"https://x.example/a\" type(\"image/png\") 2x)}"
        );
        // What comes after a removed rule stays.
        assert_eq!(sheet("@import 'x';p{color:red}", ON), "p{color:red}");
        assert_eq!(sheet("@import 'x' {a:b} p{color:red}", ON), " p{color:red}");
    }

    #[test]
    fn html_finds_no_tag_and_no_reference_in_it() {
        for css in [
            "</style><img src=x>",
            "a{content:\"</style><img src=x>\"}",
            "/* </style><img src=x> */",
            "a<b",
            "a</**/b",
            "<\\69mg>",
            "a{b:url(</style><link>)}",
            "a{b:'&lt;/style&gt;'}",
            "&lt;img src=x&gt;",
            "&#60;img>",
            "a{b:url(x\"</style>)}",
            "<!--</style>-->",
            "<!-<!--- -><b",
            "\"\n</style>",
            "@x</style>",
            "#a</style>",
            "a{x:1</style>",
            "\\3c/style>",
            "&\\61mp;",
        ] {
            for text in [sheet(css, ON), declarations(css, Pictures::Off)] {
                let bytes = text.as_bytes();
                for (at, byte) in bytes.iter().enumerate() {
                    let next = bytes.get(at + 1).copied().unwrap_or(b' ');
                    assert!(*byte != b'<' || !(next.is_ascii_alphabetic() || b"/!?".contains(&next)), "{css}: {text}");
                    assert!(*byte != b'&' || !(next.is_ascii_alphanumeric() || next == b'#'), "{css}: {text}");
                }
            }
        }
    }

    #[test]
    fn deep_and_open_blocks_take_no_stack() {
        let deep = "(".repeat(200_000);
        assert_eq!(sheet(&deep, ON), format!("{deep}{}", ")".repeat(200_000)));
        let deep = "a{".repeat(100_000);
        assert_eq!(sheet(&deep, ON).len(), 300_000);
        let urls = "url('x'".repeat(20_000);
        assert!(sheet(&urls, ON).starts_with("url(\"data:,\")"));
    }
}
