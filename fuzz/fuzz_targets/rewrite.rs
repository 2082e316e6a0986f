//! Any bytes: a rewrite's edits are valid, its output can be read, and a second rewrite changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use psalink_fuzz::holds;

fuzz_target!(|bytes: &[u8]| holds(bytes, psalink_fuzz::invariants::rewrite));
