//! Placeholders of other products where a portal link or a link macro needs a value of its own.

use crate::lint::{Context, PortalLink};
use crate::parse::deep_link::LinkParam;
use crate::parse::document::{Part, PartKind, Place};
use crate::span::Span;
use crate::vocabulary::foreign_syntax::{ForeignSyntax, MARKS, SyntaxForm};
use crate::vocabulary::{Param, ParamKind, Vocabulary};

/// Whether a parameter takes only certain values, so that a placeholder of another product can be none of them.
pub(crate) fn is_strict(param: &Param) -> bool {
    !matches!(param.kind, ParamKind::Text | ParamKind::Email)
}

/// The placeholder of another product in the value of a link's parameter. In an address `#` ends the parameters, so that
/// one with that mark begins where the value seems to end.
pub(super) fn in_link(cx: &Context<'_>, it: &PortalLink<'_>, param: &LinkParam) -> Option<(Span, &'static SyntaxForm)> {
    let value = param.value.as_ref()?.span;
    let limit = match it.link.at.place {
        Place::Attribute(at) => at.value.end as usize,
        _ => cx.bytes().len(),
    };
    let bytes = cx.bytes().get(..limit)?;
    let from = value.start as usize;
    let marks =
        (from..(value.end as usize).max(from + 1)).filter(|at| bytes.get(*at).is_some_and(|it| MARKS.contains(it)));
    let mut found = marks.filter_map(|mark| ForeignSyntax::builtin().around(bytes, from, mark));
    found.next().map(|(start, end, form)| (Span::new(start, end), form))
}

/// The placeholder of another product that a value of a link macro holds.
pub(crate) fn in_text(value: &str) -> Option<&'static SyntaxForm> {
    let bytes = value.as_bytes();
    let marks = (0..bytes.len()).filter(|at| MARKS.contains(&bytes[*at]));
    let mut found = marks.filter_map(|mark| ForeignSyntax::builtin().around(bytes, 0, mark));
    found.next().map(|(_, _, form)| form)
}

/// Whether a stretch is in such a value of a link macro, of which expanding it speaks.
pub(super) fn is_in_macro(vocabulary: &Vocabulary, part: Option<&Part>, span: Span) -> bool {
    let Some(PartKind::LinkMacro(link_macro)) = part.map(|part| &part.kind) else { return false };
    let Some(argument) = link_macro.arguments.iter().find(|argument| argument.value.span.covers(span)) else {
        return false;
    };
    let commands = vocabulary.targets().iter().filter_map(|target| target.command(&link_macro.command.text));
    commands.filter_map(|command| command.param(&argument.key.text)).any(is_strict)
}
