//! What the rules about sign-in parameters share.

use crate::diagnostic::{Diagnostic, Level};
use crate::link::{LinkForm, LinkParam};
use crate::lint::{PortalLink, Rule};

/// The sign-in parameters of a link that must stay secret, passwords or everything else.
pub(super) fn secrets<'a>(it: &'a PortalLink<'_>, passwords: bool) -> impl Iterator<Item = &'a LinkParam> {
    let is_page = matches!(it.link.form, LinkForm::Current | LinkForm::OtherPage);
    it.link.params.iter().filter(move |param| {
        let known = it.target.auth_param(&param.key.text).filter(|known| known.secret);
        is_page && known.is_some_and(|known| known.name.contains("password") == passwords)
    })
}

/// A finding about one of them.
pub(super) fn leak(rule: &Rule, param: &LinkParam, what: &str) -> Diagnostic {
    let span = param.value.as_ref().map_or(param.key.span, |value| value.span);
    rule.weighing(Level::Error, span, format!("this link carries {what}: whoever holds the mail can sign in with it"))
        .help("remove it from the link, and change it: it has been in mails")
}
