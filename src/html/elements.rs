//! Facts about HTML elements: which have no content, which are blocks, and which are for text.

/// Whether an element never has content, and therefore no end tag.
pub(crate) fn is_void(name: &[u8]) -> bool {
    VOID.iter().any(|void| name.eq_ignore_ascii_case(void.as_bytes()))
}

/// Whether an element begins and ends a line.
pub(crate) fn is_block(name: &[u8]) -> bool {
    block_name(name).is_some()
}

/// The name of a block, as listed here.
pub(crate) fn block_name(name: &[u8]) -> Option<&'static str> {
    BLOCKS.into_iter().find(|block| name.eq_ignore_ascii_case(block.as_bytes()))
}

/// Whether editors write an element in text: a block, an element without content, or an inline element.
pub(crate) fn is_of_text(name: &[u8]) -> bool {
    is_block(name) || is_void(name) || WORDS.iter().any(|word| name.eq_ignore_ascii_case(word.as_bytes()))
}

#[rustfmt::skip]
const WORDS: [&str; 24] = [
    "a", "abbr", "b", "big", "cite", "code", "del", "em", "font", "i", "ins", "kbd",
    "mark", "o:p", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "tt", "u",
];

const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

#[rustfmt::skip]
const BLOCKS: [&str; 40] = [
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl",
    "dt", "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5",
    "h6", "head", "header", "hr", "html", "li", "main", "nav", "ol", "p",
    "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
];

/// Whether an element, given its lowercase name, is one that messages are made of.
pub(crate) fn is_known(name: &[u8]) -> bool {
    const KNOWN: [&[u8]; 46] = [
        b"a",
        b"b",
        b"big",
        b"blockquote",
        b"body",
        b"br",
        b"center",
        b"code",
        b"div",
        b"em",
        b"font",
        b"h1",
        b"h2",
        b"h3",
        b"h4",
        b"h5",
        b"h6",
        b"head",
        b"hr",
        b"html",
        b"i",
        b"img",
        b"li",
        b"meta",
        b"ol",
        b"p",
        b"pre",
        b"s",
        b"small",
        b"span",
        b"strike",
        b"strong",
        b"style",
        b"sub",
        b"sup",
        b"table",
        b"tbody",
        b"td",
        b"tfoot",
        b"th",
        b"thead",
        b"title",
        b"tr",
        b"tt",
        b"u",
        b"ul",
    ];
    KNOWN.contains(&name)
}
