//! Findings and links, written for their readers; one file for each format.

pub mod full;
pub mod links;
