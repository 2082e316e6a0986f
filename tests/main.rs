//! All integration tests in one binary: one file for each noun.

#![allow(clippy::unwrap_used)] // a test says by panicking that something is wrong

mod pages;
mod scan;
mod templates;
