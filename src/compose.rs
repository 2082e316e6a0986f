//! Templates that are put together from layouts, partials and values: a source `new.html.j2` gives `new.html`.
//!
//! What comes out goes the way of any template: it is parsed, checked and rewritten. [`Origins`] leads back from there
//! to the files that the user changes.

mod bounds;
mod depth;
mod engine;
mod library;
mod order;
mod origins;
mod stack;
mod top;
mod trouble;
mod values;
mod workroom;

pub use self::library::Composer;
pub use self::origins::{Mapped, Origin, Origins};
pub(crate) use self::top::settings_said;
pub use self::workroom::Workroom;

use self::order::Order;
use crate::error::Error;
use crate::session::Session;
use crate::source::Source;
use crate::span::Span;

/// A template that was put together, and where each part of it came from.
#[derive(Debug)]
pub struct Composed {
    /// The finished template with the settings on its top, named like its `.j2` file.
    pub source: Source,
    /// The way back to the files.
    pub origins: Origins,
}

impl Session {
    /// Puts a template together: fills in the values of its `.j2` source, takes in partials, and sets it in its layout.
    ///
    /// This works in the process of the caller, on a thread whose stack has 256 MB. What is nested deeply, goes on for
    /// long or grows without end is refused as far as it can be told beforehand, and loops are stopped. Values can
    /// still be built that take all of the memory or the stack, which ends the process: whoever takes sources from
    /// strangers puts them together in a process with limits, by [`Composer::in_workroom`], as the program does.
    ///
    /// # Errors
    ///
    /// What the source, or a file that it uses, has wrong, with its line and column.
    ///
    /// ```
    /// use psalink::{Composer, Config, Overrides, Session, Source, SourceKind};
    /// let overrides = Overrides { dialect: Some("connectwise".to_owned()), ..Overrides::default() };
    /// let session = Session::new(Config::default(), overrides)?;
    /// let text = r#"<p>Ticket #{{ placeholder("ticket.number") }}</p>"#;
    /// let source = Source::from_text("new.html.j2", text, SourceKind::Html);
    /// let composed = session.compose(source, &Composer::default())?;
    /// assert_eq!(composed.source.bytes(), b"<p>Ticket #[srnumber]</p>");
    /// # Ok::<(), psalink::Error>(())
    /// ```
    pub fn compose(&self, source: Source, composer: &Composer) -> Result<Composed, Error> {
        let order = Order::new(self, composer, library::checked(source)?)?;
        match composer.room() {
            Some(room) => workroom::send(room, &order, composer),
            None => order.fill(composer),
        }
    }
}

impl Composed {
    /// Where a stretch of the finished template came from.
    pub fn origin(&self, span: Span) -> Option<Origin<'_>> {
        self.origins.origin(span)
    }
}
