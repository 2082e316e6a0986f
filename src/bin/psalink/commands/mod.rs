//! One file for each command.

pub mod completions;
pub mod config;
pub mod man;
pub mod rewrite;
