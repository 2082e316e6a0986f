//! Any bytes: a translation's edits are valid, and a second translation changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use psalink_fuzz::holds;

fuzz_target!(|bytes: &[u8]| holds(bytes, psalink_fuzz::invariants::translate));
