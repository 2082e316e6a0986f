//! Searches in bytes that compare a whole block at once.

pub(crate) mod blocks;
pub(crate) mod rare;
