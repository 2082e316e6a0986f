//! Any settings at the top: they end before the body, errors refer to places in the file, and every command holds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use psalink_fuzz::holds;

fuzz_target!(|bytes: &[u8]| {
    // Few inputs would find the first line by themselves.
    let [choice, settings @ ..] = bytes else { return };
    let with_fence = [&[*choice][..], b"---\n", settings].concat();
    let bytes = if choice & 128 == 0 { with_fence.as_slice() } else { bytes };
    holds(bytes, psalink_fuzz::invariants::front_matter);
});
