//! Any bytes: findings and fixes are inside the file, every format can be written, and a second fix changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use psalink_fuzz::holds;

fuzz_target!(|bytes: &[u8]| holds(bytes, psalink_fuzz::invariants::lint));
