//! The names of elements as numbers, so that each tag's name is read only once.

use super::classes::ends_tag_name;

/// The element of a tag, as far as something asks about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
#[rustfmt::skip]
#[allow(missing_docs)] // each is named like the element
pub enum Element {
    /// Any other element.
    #[default]
    Other,
    /// `o:p`, `v:roundrect`: a letter and a colon first.
    Prefixed,
    A, Area, Article, B, Base, Blockquote, Body, Br, Button, Center, Code, Div, Em, Embed, Font, Form, H1, H2, H3, Head,
    Hr, Html, I, Iframe, Img, Input, Kbd, Li, Link, Map, Math, Meta, Noembed, Noframes, Noscript, Object, Option, P,
    Plaintext, Pre, Samp, Script, Section, Select, Small, Span, Strong, Style, Svg, Table, Tbody, Td, Textarea, Th,
    Title, Tr, Tt, U, Ul, Var, Video, Xmp,
}

/// A set of elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Elements(u64);

impl Element {
    /// The element with a name in any case.
    ///
    /// ```
    /// use psalink::html::element::Element;
    /// assert_eq!(Element::named(b"TD"), Element::Td);
    /// assert_eq!(Element::named(b"v:roundrect"), Element::Prefixed);
    /// assert_eq!(Element::named(b"ticket"), Element::Other);
    /// ```
    pub fn named(name: &[u8]) -> Element {
        let mut word = [0; 8];
        let start = &name[..name.len().min(word.len())];
        word[..start.len()].copy_from_slice(start);
        if is_prefixed(word) {
            return Element::Prefixed;
        }
        if name.len() > word.len() {
            return match name.len() {
                9 if name.eq_ignore_ascii_case(b"plaintext") => Element::Plaintext,
                10 if name.eq_ignore_ascii_case(b"blockquote") => Element::Blockquote,
                _ => Element::Other,
            };
        }
        // A number does not tell how many NULs end the name.
        if name.contains(&0) {
            return Element::Other;
        }
        word.make_ascii_lowercase();
        of_key(u64::from_le_bytes(word))
    }

    /// The length of its name, if all its tags have the same.
    pub(crate) fn name_length(self) -> Option<usize> {
        const LENGTHS: [u8; 64] = {
            let mut lengths = [0; 64];
            let mut names: &[(&str, Element)] = &NAMES;
            while let [(name, element), rest @ ..] = names {
                lengths[*element as usize] = name.len() as u8;
                names = rest;
            }
            lengths
        };
        Some(usize::from(LENGTHS[self as usize])).filter(|length| *length > 0)
    }

    /// The element whose name begins a word, and the length of that name; `None` if the name may be longer, or has
    /// other characters than most.
    #[inline(always)]
    pub(super) fn read(word: [u8; 8]) -> Option<(Element, usize)> {
        let bytes = u64::from_le_bytes(word);
        // All bytes below the digits, of which few but the ones that end a name are ever in one, and `>`. The lowest bit
        // that is set is exact.
        let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
        let below = bytes.wrapping_sub(ONES * u64::from(b'0')) & !bytes;
        let ends = (below | zeros(bytes ^ (ONES * u64::from(b'>')))) & (ONES << 7);
        let length = ends.trailing_zeros() as usize / 8;
        if !word.get(length).is_some_and(|end| ends_tag_name(*end)) {
            return None;
        }
        let lowest = ends & ends.wrapping_neg();
        let element = of_key((bytes | (ONES * 0x20)) & (lowest >> 7).wrapping_sub(1));
        if element == Element::Other && length > 1 && is_prefixed(word) {
            return Some((Element::Prefixed, length));
        }
        Some((element, length))
    }
}

impl Elements {
    /// The set of some elements.
    pub const fn of(mut elements: &[Element]) -> Elements {
        let mut bits = 0;
        while let [first, rest @ ..] = elements {
            bits |= 1 << *first as u8;
            elements = rest;
        }
        Elements(bits)
    }

    /// The set with another element.
    pub const fn with(self, element: Element) -> Elements {
        Elements(self.0 | 1 << element as u8)
    }

    /// Whether an element is in the set.
    #[inline(always)]
    pub const fn contains(self, element: Element) -> bool {
        self.0 >> (element as u8) & 1 != 0
    }

    /// Whether the sets have an element in common.
    pub fn meet(self, other: Elements) -> bool {
        self.0 & other.0 != 0
    }

    /// Adds an element.
    pub fn add(&mut self, element: Element) {
        self.0 |= 1 << element as u8;
    }
}

const ONES: u64 = u64::MAX / 255;

/// The names of up to eight letters, in the order of the numbers.
#[rustfmt::skip]
const NAMES: [(&str, Element); 60] = {
    use Element::*;
    [
        ("a", A), ("area", Area), ("article", Article), ("b", B), ("base", Base), ("body", Body), ("br", Br),
        ("button", Button), ("center", Center), ("code", Code), ("div", Div), ("em", Em), ("embed", Embed),
        ("font", Font), ("form", Form), ("h1", H1), ("h2", H2), ("h3", H3), ("head", Head), ("hr", Hr), ("html", Html),
        ("i", I), ("iframe", Iframe), ("img", Img), ("input", Input), ("kbd", Kbd), ("li", Li), ("link", Link),
        ("map", Map), ("math", Math), ("meta", Meta), ("noembed", Noembed), ("noframes", Noframes),
        ("noscript", Noscript), ("object", Object), ("option", Option), ("p", P), ("pre", Pre), ("samp", Samp),
        ("script", Script), ("section", Section), ("select", Select), ("small", Small), ("span", Span),
        ("strong", Strong), ("style", Style), ("svg", Svg), ("table", Table), ("tbody", Tbody), ("td", Td),
        ("textarea", Textarea), ("th", Th), ("title", Title), ("tr", Tr), ("tt", Tt), ("u", U), ("ul", Ul),
        ("var", Var), ("video", Video), ("xmp", Xmp),
    ]
};

/// A factor that sends each name to a slot of its own; found by trying random ones.
const FACTOR: u64 = 0x6bf4_6c69_7d2c_af83;

/// For each slot, a name as a number and its element.
const SLOTS: [(u64, Element); 256] = {
    let mut slots = [(0, Element::Other); 256];
    let mut names: &[(&str, Element)] = &NAMES;
    while let [(name, element), rest @ ..] = names {
        let mut key = 0;
        let mut bytes = name.as_bytes();
        while let [before @ .., last] = bytes {
            key = key << 8 | *last as u64;
            bytes = before;
        }
        assert!(slots[slot(key)].0 == 0, "two names share a slot; try other factors");
        slots[slot(key)] = (key, *element);
        names = rest;
    }
    slots
};

const fn slot(key: u64) -> usize {
    (key.wrapping_mul(FACTOR) >> 56) as usize
}

/// The element whose name is a number.
#[inline(always)]
fn of_key(key: u64) -> Element {
    let (known, element) = SLOTS[slot(key)];
    if known == key { element } else { Element::Other }
}

/// Whether a word begins with a letter and a colon.
#[inline(always)]
fn is_prefixed(word: [u8; 8]) -> bool {
    word[1] == b':' && word[0].is_ascii_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_like_the_word_it_is() {
        for (name, element) in NAMES {
            for name in [name.to_owned(), name.to_uppercase()] {
                assert_eq!(Element::named(name.as_bytes()), element);
                for end in [" ", ">", "/", "\t", "\r\n"] {
                    let text = format!("{name}{end}href=\"x\"");
                    let word = *text.as_bytes().first_chunk().unwrap();
                    let expected = (name.len() < 8).then_some((element, name.len()));
                    assert_eq!(Element::read(word), expected, "{text}");
                }
            }
        }
        assert_eq!(Element::named(b"Plaintext"), Element::Plaintext);
        assert_eq!(Element::named(b"blockquote"), Element::Blockquote);
    }

    #[test]
    fn what_looks_like_a_name_is_not_one() {
        for name in [
            "",
            "h\x11",
            "H\x12",
            "t\u{14}",
            "ab",
            "a\0",
            "styl",
            "styles",
            "stylesheet",
            "textareas",
            "a\u{7f}",
            "é",
            "\0",
        ] {
            assert_eq!(Element::named(name.as_bytes()), Element::Other, "{name:?}");
        }
        for text in ["a\x01b>xxxx", "a\x0bb>xxxx", "a:b\x01>xxx", "a\"b>xxxx", "blockquote>", "a-b>xxxx"] {
            if let Some((element, length)) = Element::read(*text.as_bytes().first_chunk().unwrap()) {
                assert_eq!(Element::named(&text.as_bytes()[..length]), element, "{text:?}");
            }
        }
    }
}
