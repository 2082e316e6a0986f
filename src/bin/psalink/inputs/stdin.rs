//! Standard input, from a person or a program.

use std::io::{self, IsTerminal as _};

use psalink::source::PipeTimeouts;

/// How long standard input may take; there is no limit for a person at a terminal.
pub fn timeouts() -> PipeTimeouts {
    if io::stdin().is_terminal() { PipeTimeouts::ENDLESS } else { PipeTimeouts::default() }
}
