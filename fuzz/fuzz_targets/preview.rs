//! Any bytes: the message can be rendered with every sample, recorded, and written as a page and as a file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use psalink_fuzz::holds;

fuzz_target!(|bytes: &[u8]| holds(bytes, psalink_fuzz::invariants::preview));
