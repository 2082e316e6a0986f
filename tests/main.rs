//! All integration tests in one binary: one file for each noun.

#![allow(clippy::unwrap_used)] // a test says by panicking that something is wrong

#[cfg(all(unix, feature = "cli"))]
mod access;
#[cfg(feature = "cli")]
mod backup;
#[cfg(feature = "cli")]
mod bad_input;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod compose;
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
#[cfg(all(unix, feature = "cli"))]
mod plain_files;
#[cfg(feature = "cli")]
mod preview;
mod properties;
#[cfg(feature = "cli")]
mod real_servers;
mod rules;
mod scan;
mod seeded;
#[cfg(feature = "cli")]
mod serve;
#[cfg(all(unix, feature = "cli"))]
mod serve_fence;
#[cfg(feature = "cli")]
mod serve_files;
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
#[cfg(all(unix, feature = "cli"))]
mod write_links;
