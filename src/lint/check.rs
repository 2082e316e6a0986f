//! One template checked: what every rule says of it, at the levels of a profile, without what its comments allow.

use crate::config::settings::{Bare, Settings};
use crate::diagnostic::Diagnostic;
use crate::expand;
use crate::lint::{self, Profile};
use crate::parse::document::{Document, PartKind};
use crate::vocabulary::{Target, Vocabulary};

/// Checks a template.
///
/// ```
/// use psalink::{Parser, Settings, Source, SourceKind, Vocabulary, check};
/// use psalink::lint::Profile;
/// let vocabulary = Vocabulary::builtin();
/// let mut parser = Parser::new(vocabulary);
/// let source = Source::from_text("mail.html", "<p>Ticket [SRNumber]</p>", SourceKind::Html);
/// let document = parser.parse_whole(source);
/// let settings = Settings::new(vocabulary, "connectwise", Some("acme.deskdirector.com")).ok_or("no dialect")?;
/// let findings = check(&document, &settings, vocabulary, &Profile::default());
/// assert_eq!(findings[0].rule, "misspelt-case");
/// # Ok::<(), &str>(())
/// ```
pub fn check(document: &Document, settings: &Settings, vocabulary: &Vocabulary, profile: &Profile) -> Vec<Diagnostic> {
    let found = all(document, settings, vocabulary, profile);
    lint::sift(document, found, profile)
}

/// Checks a template whose allow comments are gone already; `is_allowed` knows what they have allowed.
pub(crate) fn check_allowing(
    document: &Document,
    settings: &Settings,
    vocabulary: &Vocabulary,
    profile: &Profile,
    is_allowed: impl Fn(&Diagnostic) -> bool,
) -> Vec<Diagnostic> {
    let found = all(document, settings, vocabulary, profile);
    lint::sift_by(found, profile, is_allowed)
}

fn all(document: &Document, settings: &Settings, vocabulary: &Vocabulary, profile: &Profile) -> Vec<Diagnostic> {
    let mut found = lint::findings(document, settings, vocabulary, profile);
    add_of_macros(document, settings, vocabulary, &mut found);
    found
}

/// What expanding the link macros would report.
fn add_of_macros(document: &Document, settings: &Settings, vocabulary: &Vocabulary, found: &mut Vec<Diagnostic>) {
    let is_macro = |kind: &PartKind| matches!(kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
    if !document.parts().iter().any(|part| is_macro(&part.kind)) {
        return;
    }
    // Whether the portal is known matters only when a link is written.
    let host = settings.host.clone().or_else(|| vocabulary.targets().first().map(example_host));
    let settings = Settings { bare: Bare::Off, host, ..settings.clone() };
    let done = expand::findings(document, &settings, vocabulary, found);
    debug_assert!(done.is_ok(), "the portal is known: {done:?}");
}

fn example_host(target: &Target) -> String {
    target.host_of("acme")
}
