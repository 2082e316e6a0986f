//! A short name for a finding that stays the same between runs and releases.
//!
//! Code scanners identify a finding by this name, and forget that it was dismissed if the name changes. The name is
//! 128-bit FNV-1a, a published function of three lines. The hash of the standard library may change between Rust
//! releases. SHA-256, which names messages and recorded messages, protects against forgery, which would gain nothing
//! here, and switching to it would change every name.

/// The name for all parts together.
pub(super) fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    // Text never contains the byte FF, so different lists of texts always differ.
    let bytes = parts.into_iter().flat_map(|part| part.iter().copied().chain([0xFF]));
    format!("{:032x}", fnv1a(bytes))
}

fn fnv1a(bytes: impl Iterator<Item = u8>) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_published_function() {
        // http://www.isthe.com/chongo/tech/comp/fnv/
        assert_eq!(fnv1a("a".bytes()), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_eq!(fnv1a("foobar".bytes()), 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(fingerprint([&b"ab"[..], b"c"]), fingerprint([&b"a"[..], b"bc"]));
        assert_eq!(fingerprint([&b"ab"[..]]).len(), 32);
    }
}
