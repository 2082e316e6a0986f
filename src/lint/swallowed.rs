//! Finds what hides a part of a message: a comment, an element or a quote without an end. A rewrite reports these too,
//! although it cannot fix them.

use crate::config::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::lint::rules::{unbalanced_conditional, unclosed_comment, unclosed_element, unclosed_quote};
use crate::lint::{Check, Context, Rule, allow};
use crate::parse::document::Document;
use crate::vocabulary::Vocabulary;

const RULES: [&Rule; 4] =
    [&unbalanced_conditional::RULE, &unclosed_comment::RULE, &unclosed_element::RULE, &unclosed_quote::RULE];

/// All such findings that the comments of a template do not allow.
pub(crate) fn findings(document: &Document, settings: &Settings, vocabulary: &Vocabulary) -> Vec<Diagnostic> {
    if document.regions().is_empty() {
        return Vec::new();
    }
    let cx = Context::new(document, settings, vocabulary);
    let mut found = Vec::new();
    for check in RULES.iter().flat_map(|rule| rule.checks) {
        match check {
            Check::Template(check) => check(&cx, &mut found),
            Check::Tags(kind, check) => cx.tags(*kind).for_each(|tag| check(&cx, tag, &mut found)),
            _ => {}
        }
    }
    if !found.is_empty() {
        allow::sift(&allow::comments(document), &mut found);
    }
    found
}
