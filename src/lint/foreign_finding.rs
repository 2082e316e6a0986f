//! The finding about a placeholder that the PSA of a template does not fill in, from whichever rule applies.

use crate::config::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::lint::foreign::{Foreign, counterparts, reason};
use crate::lint::rules::{nonexistent_placeholder, wrong_dialect_placeholder, wrong_language_placeholder};
use crate::parse::document::Part;
use crate::vocabulary::Vocabulary;

/// The finding about a placeholder of another PSA, in another language, or that does not exist.
pub(crate) fn finding(vocabulary: &Vocabulary, settings: &Settings, part: &Part) -> Option<Diagnostic> {
    let spelling = part.spelling()?;
    Some(match reason(vocabulary, settings, spelling)? {
        Foreign::Dialect(other, known) => {
            let right = counterparts(vocabulary, settings, other, known).first().copied();
            wrong_dialect_placeholder::finding(part, spelling, other, settings.dialect(vocabulary), right)
        }
        Foreign::Nonexistent(right) => {
            nonexistent_placeholder::finding(part, spelling, settings.dialect(vocabulary), &right)
        }
        Foreign::Language(right) => {
            let language = settings.dialect(vocabulary).language_name(&settings.language);
            wrong_language_placeholder::finding(part, spelling, &language, right)
        }
    })
}
