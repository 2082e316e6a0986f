//! What the rules about the parameters of a portal link share.

use std::collections::HashSet;

use crate::lint::rules::unknown_placeholder::is_text;
use crate::lint::{Context, PortalLink};
use crate::parse::deep_link::{Field, LinkForm, LinkParam};
use crate::parse::document::Part;
use crate::vocabulary::{Command, Param};

/// The command of a link whose parameters can be checked.
pub(super) fn readable_command<'a>(portal_link: &PortalLink<'a>) -> Option<&'a Command> {
    portal_link
        .command()
        .filter(|_| portal_link.link.form == LinkForm::Current && !portal_link.is_broken_by_reference())
}

/// The parameters, each key once: of two with the same key, the portal uses one.
pub(super) fn once_each<'a>(portal_link: &'a PortalLink<'_>) -> impl Iterator<Item = &'a LinkParam> {
    let mut seen = HashSet::new();
    portal_link.link.params.iter().filter(move |param| !param.key.text.is_empty() && seen.insert(&*param.key.text))
}

/// The parameters that the page knows, with their values.
pub(super) fn values<'a>(
    portal_link: &'a PortalLink<'_>,
    command: &'a Command,
) -> impl Iterator<Item = (&'a Param, &'a Field)> {
    once_each(portal_link).filter_map(|param| {
        let known = command.param(&param.key.text)?;
        let value = param.value.as_ref().filter(|value| !value.text.is_empty())?;
        Some((known, value))
    })
}

/// The parameters of a link whose page is known, with their values; includes those that sign a person in.
pub(crate) fn values_in_link<'a>(
    portal_link: &'a PortalLink<'a>,
) -> impl Iterator<Item = (&'a Command, &'a Param, &'a Field)> + 'a {
    readable_command(portal_link).into_iter().flat_map(move |command| {
        once_each(portal_link).filter_map(move |param| {
            let key = &*param.key.text;
            let known = command.param(key).or_else(|| portal_link.target.auth_param(key))?;
            Some((command, known, param.value.as_ref()?))
        })
    })
}

/// The placeholder that makes up a whole value.
pub(super) fn whole_token<'a>(cx: &Context<'a>, value: &Field) -> Option<&'a Part> {
    match cx.document.parts_in(value.span) {
        [part] if part.span == value.span => Some(part),
        _ => None,
    }
}

/// Whether a value is literal, without any placeholder in it; text in brackets is not a placeholder.
pub(super) fn is_literal(cx: &Context<'_>, value: &Field) -> bool {
    match cx.document.parts_in(value.span) {
        [] => true,
        [part] => part.span == value.span && is_text(cx, part),
        _ => false,
    }
}
