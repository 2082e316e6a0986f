//! The elements and attributes that a displayed message may have. These are closed lists, since the ways to make a
//! browser load something are not.

use std::borrow::Cow;

/// What happens to an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementKind {
    /// Kept.
    Kept,
    /// Kept, with content that is not parsed as markup.
    Style,
    /// An image, also under an old name.
    Image,
    /// One of several images to choose from.
    Source,
    Meta,
    /// `xmp` and `plaintext`, whose content is text.
    Preformatted,
    /// Renamed, and its content shown, as in a mail program that does not know the element.
    Renamed,
    /// Removed, and its content not shown.
    Hidden,
    /// Removed together with its text, which is not for readers.
    Dropped,
}

/// How to read the value of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Neither an address nor a style.
    Plain,
    Number,
    /// The target of a click.
    Link,
    /// The address of an image.
    Picture,
    /// The addresses of several images, with their sizes.
    Pictures,
    /// A style, or the value of one.
    Style,
}

/// What a page may say about itself.
pub(super) const META: [&str; 3] = ["color-scheme", "supported-color-schemes", "viewport"];

/// HTML elements that load nothing by themselves.
const KEPT: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "datalist",
    "dd",
    "del",
    "details",
    "dfn",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "i",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "listing",
    "main",
    "map",
    "mark",
    "marquee",
    "menu",
    "meter",
    "nav",
    "nobr",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "picture",
    "pre",
    "progress",
    "q",
    "rb",
    "rp",
    "rt",
    "rtc",
    "ruby",
    "s",
    "samp",
    "search",
    "section",
    "select",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Drawing elements that load nothing by themselves; `use`, `image` and filters do.
const DRAWN: &[&str] = &[
    "circle",
    "clippath",
    "defs",
    "desc",
    "ellipse",
    "g",
    "line",
    "lineargradient",
    "mask",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialgradient",
    "rect",
    "stop",
    "svg",
    "symbol",
    "text",
    "tspan",
];

/// Elements whose content is not text of the message. The void ones have none.
const DROPPED: &[&str] = &[
    "base", "basefont", "bgsound", "embed", "frame", "iframe", "keygen", "link", "noembed", "noframes", "param",
    "script", "track",
];

/// Attributes that any element may have.
const PLAIN: &[&str] = &[
    "abbr",
    "align",
    "alink",
    "alt",
    "axis",
    "bgcolor",
    "border",
    "bordercolor",
    "cellpadding",
    "cellspacing",
    "char",
    "charoff",
    "checked",
    "class",
    "clear",
    "color",
    "cols",
    "colspan",
    "compact",
    "coords",
    "datetime",
    "dir",
    "disabled",
    "face",
    "for",
    "frame",
    "headers",
    "height",
    "hidden",
    "high",
    "hspace",
    "id",
    "label",
    "lang",
    "leftmargin",
    "link",
    "loop",
    "low",
    "marginheight",
    "marginwidth",
    "max",
    "maxlength",
    "media",
    "min",
    "multiple",
    "noshade",
    "nowrap",
    "open",
    "optimum",
    "placeholder",
    "readonly",
    "required",
    "reversed",
    "role",
    "rowspan",
    "rows",
    "rules",
    "scope",
    "selected",
    "shape",
    "size",
    "sizes",
    "span",
    "start",
    "summary",
    "tabindex",
    "text",
    "title",
    "topmargin",
    "type",
    "valign",
    "value",
    "vlink",
    "vspace",
    "width",
    "wrap",
    "xml:lang",
];

/// Attributes of drawings.
const DRAWN_PLAIN: &[&str] = &[
    "clip-rule",
    "clippathunits",
    "cx",
    "cy",
    "d",
    "dx",
    "dy",
    "fill-opacity",
    "fill-rule",
    "fx",
    "fy",
    "gradienttransform",
    "gradientunits",
    "offset",
    "opacity",
    "pathlength",
    "patterncontentunits",
    "patterntransform",
    "patternunits",
    "points",
    "preserveaspectratio",
    "r",
    "rotate",
    "rx",
    "ry",
    "spreadmethod",
    "stop-color",
    "stop-opacity",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
    "transform",
    "version",
    "viewbox",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
];

/// Attributes of drawings whose values are those of styles, which may contain an address.
const DRAWN_STYLE: &[&str] =
    &["clip-path", "cursor", "fill", "filter", "marker-end", "marker-mid", "marker-start", "mask", "stroke"];

/// A name as browsers compare it.
pub(super) fn lower(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => name.to_ascii_lowercase().into(),
        false => name.into(),
    }
}

/// What happens to an element, given its lowercase name.
pub(super) fn kind(name: &str) -> ElementKind {
    match name {
        "style" => ElementKind::Style,
        "img" | "image" => ElementKind::Image,
        "source" => ElementKind::Source,
        "meta" => ElementKind::Meta,
        "xmp" | "plaintext" => ElementKind::Preformatted,
        "template" => ElementKind::Hidden,
        _ if KEPT.contains(&name) || DRAWN.contains(&name) => ElementKind::Kept,
        _ if DROPPED.contains(&name) => ElementKind::Dropped,
        _ => ElementKind::Renamed,
    }
}

/// A name that no browser knows, without characters that would end it.
pub(super) fn renamed(name: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'_' | b'.');
    let rest: String = name.chars().filter(|character| u8::try_from(*character).is_ok_and(is_plain)).take(64).collect();
    format!("x-{rest}").into()
}

/// Whether an element belongs to a drawing.
pub(super) fn is_drawn(name: &str) -> bool {
    DRAWN.contains(&name)
}

/// How to read an attribute of an element; `None` if it is removed.
pub(super) fn attribute(name: &str, element: &str) -> Option<Use> {
    match (name, element) {
        ("style", _) => Some(Use::Style),
        ("href", "a" | "area") => Some(Use::Link),
        ("src", "img") | ("background", _) => Some(Use::Picture),
        ("srcset", "img" | "source") => Some(Use::Pictures),
        ("data-psalink-file" | "data-psalink-line", _) => Some(Use::Number),
        _ if PLAIN.contains(&name) => Some(Use::Plain),
        _ if name.starts_with("aria-") && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') => {
            Some(Use::Plain)
        }
        _ if is_drawn(element) && DRAWN_PLAIN.contains(&name) => Some(Use::Plain),
        _ if is_drawn(element) && DRAWN_STYLE.contains(&name) => Some(Use::Style),
        _ => None,
    }
}
