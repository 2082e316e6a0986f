//! What the targets share: the invariants of the tests, run on bytes; the first byte selects the settings.

#[path = "../../tests/invariants.rs"]
pub mod invariants;

use invariants::{Choice, show};

/// Checks one invariant; a violation ends the fuzzer with a full description.
pub fn holds(bytes: &[u8], invariant: fn(Choice, &[u8]) -> Result<(), String>) {
    let [choice, bytes @ ..] = bytes else { return };
    let choice = Choice::of(*choice);
    if let Err(wrong) = invariant(choice, bytes) {
        panic!("{wrong}\nof\n{}\n{choice:?}", show(bytes));
    }
}
