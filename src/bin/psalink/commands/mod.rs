//! One file per command.
//!
//! ```text
//! the arguments of a command --run--> results and messages on the Console --> Status
//! ```

pub mod completions;
pub mod config;
pub mod explain;
pub mod init;
pub mod lint;
pub mod man;
pub mod preview;
pub mod ready;
pub mod rewrite;
pub mod send;
pub mod test;
pub mod tokens;
pub mod translate;
