//! Attributes in which a link to the portal is of no use: an image, a description, a style.

use crate::diagnostic::Diagnostic;
use crate::lint::rules::macro_not_expandable;
use crate::parse::document::{AttributePlace, AttributeRole, Document, Place};
use crate::span::Span;

/// How much of a tag is searched.
const LONGEST: u32 = 1024;

/// Why a macro cannot become a link in an attribute, if it cannot.
pub(super) fn useless_in(document: &Document, span: Span, attribute: AttributePlace) -> Option<Diagnostic> {
    if attribute.role == AttributeRole::Link {
        return None;
    }
    let name = document.text(attribute.name).to_ascii_lowercase();
    let why = match &*name {
        "src" | "srcset" | "background" | "poster" | "data" | "lowsrc" | "dynsrc" => {
            "a page of the portal is not an image"
        }
        "action" | "formaction" => "a form does not open a link",
        "cite" | "longdesc" | "profile" | "manifest" | "codebase" | "classid" => "most email programs do not show it",
        "alt" | "title" | "placeholder" | "summary" | "label" => "readers cannot click there",
        "href" if !is_for_programs(document, attribute) => "this tag is not a link that a reader can click",
        name if name.starts_with("aria-") => "readers cannot click there",
        "style" => return macro_not_expandable::in_place(Place::Style, span),
        name if name.starts_with("on") => return macro_not_expandable::in_place(Place::Script, span),
        _ => return None,
    };
    Some(macro_not_expandable::in_attribute(span, &name, why))
}

/// `<link itemprop="url" href="…">`: an address for programs that read messages.
fn is_for_programs(document: &Document, attribute: AttributePlace) -> bool {
    let Span { start, end } = attribute.tag;
    let tag = document.text(Span { start, end: end.min(start + LONGEST) }).to_ascii_lowercase();
    tag.contains("itemprop") || tag.contains("property")
}
