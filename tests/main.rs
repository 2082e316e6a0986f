//! All integration tests in one binary: one file for each noun.

#![allow(clippy::unwrap_used)] // a test says by panicking that something is wrong

#[cfg(feature = "cli")]
mod bad_input;
#[cfg(feature = "cli")]
mod cli;
mod glue;
#[cfg(feature = "cli")]
mod lint;
mod outputs;
mod pages;
#[cfg(feature = "cli")]
mod preview;
mod properties;
#[cfg(feature = "cli")]
mod real_servers;
mod rules;
mod scan;
mod seeded;
#[cfg(feature = "cli")]
mod sink;
#[cfg(feature = "cli")]
mod smtp;
mod templates;
mod vocabulary;
