//! Findings and links, written for their readers; one file for each format.

pub mod concise;
pub mod full;
pub mod links;
