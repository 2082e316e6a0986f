//! The standard input, which a person or a program may fill.

use std::io::{self, IsTerminal as _};

use psalink::source::PipeTimeouts;

/// How long the standard input may take; someone at a terminal may take as long as they like.
pub fn timeouts() -> PipeTimeouts {
    if io::stdin().is_terminal() { PipeTimeouts::ENDLESS } else { PipeTimeouts::default() }
}
