//! All integration tests in one binary, one file per topic.

#![allow(clippy::unwrap_used)] // a test reports a failure by panicking

#[cfg(all(unix, feature = "cli"))]
mod access;
mod agreement;
#[cfg(feature = "cli")]
mod backup;
#[cfg(feature = "cli")]
mod bad_input;
mod broken_links;
#[cfg(feature = "cli")]
mod cap;
#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod compose;
#[cfg(feature = "cli")]
mod compose_limits;
mod compose_origins;
#[cfg(feature = "cli")]
mod docs;
mod finish;
mod glue;
#[cfg(feature = "cli")]
mod hostile_names;
mod house;
#[cfg(feature = "cli")]
mod init;
#[cfg(feature = "cli")]
mod interrupted;
mod invariants;
#[cfg(feature = "cli")]
mod lint;
mod mutations;
#[cfg(feature = "cli")]
mod named;
mod offsets;
mod outputs;
mod pages;
#[cfg(all(feature = "cli", debug_assertions))]
mod panics;
#[cfg(all(unix, feature = "cli"))]
mod plain_files;
#[cfg(feature = "cli")]
mod preview;
mod properties;
#[cfg(feature = "cli")]
mod ready;
#[cfg(feature = "cli")]
mod real_servers;
mod remembered;
mod rules;
mod scan;
#[cfg(feature = "cli")]
mod secrets;
mod seeded;
#[cfg(feature = "cli")]
mod serve;
#[cfg(feature = "cli")]
mod serve_access;
#[cfg(all(unix, feature = "cli"))]
mod serve_fence;
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
#[cfg(all(unix, feature = "cli"))]
mod write_links;
