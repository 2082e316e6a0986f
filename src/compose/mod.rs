//! Composes templates from layouts, partials and values: a source `new.html.j2` becomes `new.html`.
//!
//! ```text
//! x.html.j2 --Session::compose(Composer)--> Composed { source, origins }
//!    source --check--> [Diagnostic] --Origins::map--> [Mapped], each at the file that the user wrote
//! ```
//!
//! The result is handled like any template: it is parsed, checked and rewritten. [`Origins`] maps back from there to
//! the files that the user edits.
//!
//! ```
//! use psalink::compose::Composer;
//! use psalink::lint::Profile;
//! use psalink::session::Overrides;
//! use psalink::{Config, Session, Source, SourceKind};
//! let config = Config::parse("psalink.yaml", "dialect: connectwise\nbrand: { name: Acme IT }\n")?;
//! let session = Session::new(config, Overrides::default())?;
//! let text = "<p>{{ brand.name }}</p>\n<p>[srnumbr]</p>\n";
//! let source = Source::from_text("new.html.j2", text, SourceKind::Html);
//! let composed = session.compose(source, &Composer::default())?;
//! assert!(composed.source.bytes().starts_with(b"<p>Acme IT</p>"));
//! let (document, findings) = session.check(composed.source, &mut session.rewriter(), &Profile::default())?;
//! let mapped = composed.origins.map(document.source(), findings);
//! assert_eq!(mapped[0].source.text(mapped[0].finding.span), "[srnumbr]");
//! # Ok::<(), psalink::Error>(())
//! ```

mod bounds;
mod carried;
mod composed;
mod depth;
mod engine;
mod explain;
mod front_matter;
mod inputs;
mod loader;
mod order;
mod room;
mod source_map;
mod stack;
mod syntax;
mod values;
mod workroom;
mod wrong;

pub use self::composed::Composed;
pub(crate) use self::front_matter::literal_settings;
pub(crate) use self::inputs::{Inputs, WrittenFor};
pub use self::loader::Composer;
pub use self::room::Workroom;
pub use self::source_map::{Mapped, Origin, Origins};

use self::order::Composition;
use crate::error::Error;
use crate::source::Source;

/// Composes a template: fills in the values of its `.j2` source, includes partials, and puts it into its layout.
///
/// # Errors
///
/// A mistake in the source or in a file that it uses, with its line and column.
pub(crate) fn compose(inputs: &Inputs<'_>, source: Source, composer: &Composer) -> Result<Composed, Error> {
    let order = Composition::new(inputs, composer, loader::checked(source)?)?;
    match composer.room() {
        Some(room) => workroom::send(room, &order, composer),
        None => order.fill(composer),
    }
}
