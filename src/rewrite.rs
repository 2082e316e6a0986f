//! One template with correct links: link macros and bare ticket numbers expanded, broken links put right.

use std::sync::Arc;

use crate::correct;
use crate::diagnostic::{Diagnostic, Level};
use crate::document::Document;
use crate::edit::Edit;
use crate::error::{Error, ErrorKind};
use crate::expand;
use crate::front_matter::Audience;
use crate::link::{Ampersand, Client};
use crate::parse::Parser;
use crate::source::Span;
use crate::vocabulary::{Dialect, Target, Vocabulary};

/// What a rewrite needs to know about one template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The dialect, by its index in the vocabulary.
    pub dialect: usize,
    /// The language of the dialect's names.
    pub language: String,
    /// The portal's host; without one nothing that needs a web link is written.
    pub host: Option<String>,
    /// Further hosts that links may lead to, in lower case.
    pub allowed_hosts: Vec<String>,
    /// The form of new links.
    pub client: Client,
    /// Which bare ticket numbers become links.
    pub bare: Bare,
    /// How an ampersand is written in HTML.
    pub ampersand: Ampersand,
    /// Who reads the mail, where that is known.
    pub audience: Option<Audience>,
    /// Also make the changes that are only probably meant.
    pub unsafe_fixes: bool,
    /// The colour of buttons, as `#rrggbb`.
    pub color: String,
}

/// Which bare ticket numbers in HTML text become links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Bare {
    /// The first that a reader sees, where the mail has no link to its ticket yet.
    #[default]
    First,
    /// Every one.
    All,
    /// None.
    Off,
}

/// What a rewrite makes of a template.
#[derive(Clone, Debug, Default)]
pub struct Rewritten {
    /// The changes, in their order; none overlap.
    pub edits: Vec<Edit>,
    /// What could not be done, and what the user should look at, in their order.
    pub diagnostics: Vec<Diagnostic>,
    /// Every deep link, before and after, in their order.
    pub links: Vec<LinkChange>,
    /// How many macros became links.
    pub expanded: usize,
    /// How many links were put right.
    pub corrected: usize,
}

/// A link before and after a rewrite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkChange {
    /// Its bytes in the template.
    pub span: Span,
    /// What stood there, character references undone.
    pub before: Arc<str>,
    /// The link after the rewrite.
    pub after: Arc<str>,
    /// What happened.
    pub outcome: LinkOutcome,
}

/// What a rewrite did with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LinkOutcome {
    /// It was right.
    Kept,
    /// It was put right.
    Corrected,
    /// A macro became a link.
    Expanded,
    /// It was left as it stood, and reported.
    Reported,
}

impl Settings {
    /// Settings for a dialect and a host, everything else at its default.
    pub fn new(vocabulary: &Vocabulary, dialect: &str, host: Option<&str>) -> Option<Settings> {
        let index = vocabulary.dialects().iter().position(|known| known.id == dialect)?;
        let language = vocabulary.dialects()[index].languages.first().cloned().unwrap_or_else(|| "en".to_owned());
        Some(Settings {
            dialect: index,
            language,
            host: host.map(str::to_owned),
            allowed_hosts: Vec::new(),
            client: Client::Web,
            bare: Bare::First,
            ampersand: Ampersand::Escaped,
            audience: None,
            unsafe_fixes: false,
            color: DEFAULT_COLOR.to_owned(),
        })
    }

    pub(crate) fn dialect<'v>(&self, vocabulary: &'v Vocabulary) -> &'v Dialect {
        &vocabulary.dialects()[self.dialect]
    }

    /// The name of the placeholder with that meaning, if the dialect has one in this language.
    pub(crate) fn token<'v>(&self, vocabulary: &'v Vocabulary, meaning: &str) -> Option<&'v str> {
        self.dialect(vocabulary).token(meaning, &self.language)
    }

    /// Every host that links may lead to.
    pub(crate) fn hosts(&self) -> Vec<String> {
        self.host.iter().chain(&self.allowed_hosts).map(|host| host.to_lowercase()).collect()
    }

    /// The host of a link of a target, or the words for somebody who has not set one.
    pub(crate) fn no_portal(target: &Target) -> Error {
        let detail = format!(
            "no portal is configured, so no link can be written; add `portal: acme` to psalink.yaml or say \
             `--portal acme` (for {}), or `--host support.example.com` where the portal has its own domain",
            target.host_of("acme")
        );
        Error::new(ErrorKind::Missing, detail)
    }
}

/// The colour of buttons where the configuration names none.
pub const DEFAULT_COLOR: &str = "#0b5fff";

/// Rewrites a template: gives the changes, and does not make them.
///
/// # Errors
///
/// A link is needed and no portal is known.
///
/// ```
/// use psalink::{Parser, Settings, Source, SourceKind, Vocabulary, edit, rewrite};
/// let vocabulary = Vocabulary::builtin();
/// let mut parser = Parser::new(vocabulary);
/// let source = Source::from_text("mail.html", "<p>Ticket [srnumber]</p>", SourceKind::Html);
/// let document = parser.parse(source, None);
/// let settings = Settings::new(vocabulary, "connectwise", Some("acme.deskdirector.com")).ok_or("no dialect")?;
/// let rewritten = rewrite(&document, &settings, &mut parser)?;
/// let bytes = edit::apply(document.source(), &rewritten.edits)?;
/// assert_eq!(
///     String::from_utf8(bytes)?,
///     "<p>Ticket <a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]\">\
///      [srnumber]</a></p>"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rewrite(document: &Document, settings: &Settings, parser: &mut Parser<'_>) -> Result<Rewritten, Error> {
    let mut rewritten = Rewritten::default();
    if document.parts.is_empty() && document.links.is_empty() {
        return Ok(rewritten);
    }
    let has_ticket_link = correct::correct(document, settings, parser, &mut rewritten, 0);
    expand::expand(document, settings, parser, &mut rewritten, has_ticket_link)?;
    rewritten.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    rewritten.diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, std::cmp::Reverse(diagnostic.level)));
    rewritten.links.sort_by_key(|link| link.span);
    Ok(rewritten)
}

impl Rewritten {
    /// Whether something is left that the user should know of: a warning or an error.
    pub fn has_problems(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.level >= Level::Warning)
    }
}

impl LinkOutcome {
    /// `kept`, `corrected`, `expanded`, `reported`.
    pub fn name(self) -> &'static str {
        match self {
            LinkOutcome::Kept => "kept",
            LinkOutcome::Corrected => "corrected",
            LinkOutcome::Expanded => "expanded",
            LinkOutcome::Reported => "reported",
        }
    }
}
