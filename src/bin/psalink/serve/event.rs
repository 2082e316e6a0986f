//! What happens while the workbench runs that its terminal has to answer.

use psalink::Error;

/// What the terminal has to do while the workbench runs.
#[derive(Debug)]
pub enum Event {
    /// A person has pressed Enter.
    Enter,
    /// What is wrong with the settings has changed.
    Settings(Option<Error>),
}
