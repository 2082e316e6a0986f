//! What happens in the workbench that its terminal must handle.

use psalink::Error;

/// What the terminal must handle while the workbench runs.
#[derive(Debug)]
pub enum Event {
    /// Someone pressed Enter.
    Enter,
    /// The problem with the settings has changed.
    Settings(Option<Error>),
}
