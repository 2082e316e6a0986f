//! Finds placeholders of other products in the values of portal links and link macros.

use crate::lint::{Context, PortalLink};
use crate::parse::deep_link::LinkParam;
use crate::parse::document::{Part, PartKind, Place};
use crate::span::Span;
use crate::vocabulary::foreign_syntax::{ForeignSyntax, MARKS, SyntaxForm};
use crate::vocabulary::{Param, ParamKind, Vocabulary};

/// Whether a parameter takes only certain values, so a placeholder of another product is never valid.
pub(crate) fn is_strict(param: &Param) -> bool {
    !matches!(param.kind, ParamKind::Text | ParamKind::Email)
}

/// The placeholder of another product in the value of a link's parameter. In an address, `#` ends the parameters, so a
/// placeholder that begins with `#` begins where the value seems to end.
pub(super) fn in_link(
    cx: &Context<'_>,
    portal_link: &PortalLink<'_>,
    param: &LinkParam,
) -> Option<(Span, &'static SyntaxForm)> {
    let value = param.value.as_ref()?.span;
    let limit = match portal_link.link.at.place {
        Place::Attribute(at) => at.value.end as usize,
        _ => cx.bytes().len(),
    };
    let bytes = cx.bytes().get(..limit)?;
    let from = value.start as usize;
    let marks =
        (from..(value.end as usize).max(from + 1)).filter(|at| bytes.get(*at).is_some_and(|byte| MARKS.contains(byte)));
    let mut found = marks.filter_map(|mark| ForeignSyntax::builtin().around(bytes, from, mark));
    found.next().map(|(start, end, form)| (Span::new(start, end), form))
}

/// The placeholder of another product in a value of a link macro.
pub(crate) fn in_text(value: &str) -> Option<&'static SyntaxForm> {
    let bytes = value.as_bytes();
    let marks = (0..bytes.len()).filter(|at| MARKS.contains(&bytes[*at]));
    let mut found = marks.filter_map(|mark| ForeignSyntax::builtin().around(bytes, 0, mark));
    found.next().map(|(_, _, form)| form)
}

/// Whether a span is in a value of a link macro that is checked when the macro is expanded.
pub(super) fn is_in_macro(vocabulary: &Vocabulary, part: Option<&Part>, span: Span) -> bool {
    let Some(PartKind::LinkMacro(link_macro)) = part.map(|part| &part.kind) else { return false };
    let Some(argument) = link_macro.arguments.iter().find(|argument| argument.value.span.covers(span)) else {
        return false;
    };
    let commands = vocabulary.targets().iter().filter_map(|target| target.command(&link_macro.command.text));
    commands.filter_map(|command| command.param(&argument.key.text)).any(is_strict)
}
