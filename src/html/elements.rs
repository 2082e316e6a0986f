//! What is known of the elements of HTML: which never have content, which begin and end a line.

/// Whether an element never has content, so that no end tag follows it.
pub(crate) fn is_void(name: &[u8]) -> bool {
    VOID.iter().any(|void| name.eq_ignore_ascii_case(void.as_bytes()))
}

/// Whether an element begins and ends a line.
pub(crate) fn is_block(name: &[u8]) -> bool {
    block_name(name).is_some()
}

/// The name of a block as it is listed here.
pub(crate) fn block_name(name: &[u8]) -> Option<&'static str> {
    BLOCKS.into_iter().find(|block| name.eq_ignore_ascii_case(block.as_bytes()))
}

const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

#[rustfmt::skip]
const BLOCKS: [&str; 40] = [
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl",
    "dt", "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5",
    "h6", "head", "header", "hr", "html", "li", "main", "nav", "ol", "p",
    "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
];
