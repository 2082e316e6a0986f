//! Reports placeholders that are in no list.

use crate::config::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::lint::{self, Context};
use crate::span::Span;
use crate::vocabulary::Shape;

/// Reports placeholders that are in no list, judged by each PSA's form as in its own templates.
pub(super) fn unknown(cx: &Context<'_>, to: usize, language: &str) -> Vec<Diagnostic> {
    let document = cx.document;
    let source = cx.dialect().shape;
    let target = cx.vocabulary.dialects()[to].shape;
    let shape_at = |span: Span| {
        let part = document.parts_in(span).first();
        part.map(|part| part.spelling().map_or(Shape::Set, |spelling| spelling.shape))
    };
    let mut found = lint::unknown_placeholders(cx);
    if source != target {
        found.retain(|finding| shape_at(finding.span) == Some(source));
        let settings = Settings { dialect: to, language: language.to_owned(), ..cx.settings.clone() };
        let other = Context::new(document, &settings, cx.vocabulary);
        found.extend(
            lint::unknown_placeholders(&other).into_iter().filter(|finding| shape_at(finding.span) == Some(target)),
        );
        found.sort_by_key(|finding| finding.span);
    }
    lint::once_per_file(&mut found);
    found
}
