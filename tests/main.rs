//! All integration tests in one binary: one file for each noun.

#![allow(clippy::unwrap_used)] // a test says by panicking that something is wrong

#[cfg(all(unix, feature = "cli"))]
mod access;
#[cfg(feature = "cli")]
mod backup;
#[cfg(feature = "cli")]
mod bad_input;
#[cfg(feature = "cli")]
mod cap;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod compose;
#[cfg(feature = "cli")]
mod compose_limits;
mod compose_origins;
mod glue;
#[cfg(feature = "cli")]
mod hostile_names;
#[cfg(feature = "cli")]
mod init;
#[cfg(feature = "cli")]
mod interrupted;
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
#[cfg(feature = "cli")]
mod secrets;
mod seeded;
#[cfg(feature = "cli")]
mod serve;
#[cfg(feature = "cli")]
mod serve_access;
#[cfg(feature = "cli")]
mod serve_files;
#[cfg(feature = "cli")]
mod serve_limits;
#[cfg(feature = "cli")]
mod serve_settings;
mod sink;
#[cfg(feature = "cli")]
mod smtp;
#[cfg(feature = "cli")]
mod smtp_hostile;
#[cfg(feature = "cli")]
mod snapshot_test;
mod starter;
mod templates;
#[cfg(feature = "cli")]
mod translate;
mod translation;
mod vocabulary;
