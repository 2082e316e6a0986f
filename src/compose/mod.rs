//! Templates that are put together from layouts, partials and values: a source `new.html.j2` gives `new.html`.
//!
//! ```text
//! x.html.j2 --Session::compose(Composer)--> Composed { source, origins }
//!    source --check--> [Diagnostic] --Origins::map--> [Mapped], each at the file that the user wrote
//! ```
//!
//! What comes out goes the way of any template: it is parsed, checked and rewritten. [`Origins`] leads back from there
//! to the files that the user changes.
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
//! let (document, findings) = session.check(composed.source, &mut session.parser(), &Profile::default())?;
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
pub(crate) use self::front_matter::settings_said;
pub(crate) use self::inputs::{Inputs, WrittenFor};
pub use self::loader::Composer;
pub use self::room::Workroom;
pub use self::source_map::{Mapped, Origin, Origins};

use self::order::Composition;
use crate::error::Error;
use crate::source::Source;

/// Puts a template together: fills in the values of its `.j2` source, takes in partials, and sets it in its layout.
///
/// # Errors
///
/// What the source, or a file that it uses, has wrong, with its line and column.
pub(crate) fn compose(inputs: &Inputs<'_>, source: Source, composer: &Composer) -> Result<Composed, Error> {
    let order = Composition::new(inputs, composer, loader::checked(source)?)?;
    match composer.room() {
        Some(room) => workroom::send(room, &order, composer),
        None => order.fill(composer),
    }
}
