//! The error about something that exceeds a size limit.

use std::fmt;
use std::io::{self, ErrorKind};

/// Something that exceeds a size limit.
#[derive(Debug)]
pub(crate) struct TooLarge {
    /// In bytes, if it is known.
    pub size: Option<u64>,
    limit: u64,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = in_words(self.limit);
        match self.size {
            Some(size) => write!(f, "it is {}, and the limit is {limit}", in_words(size)),
            None => write!(f, "it is larger than {limit}, which is the limit"),
        }
    }
}

impl std::error::Error for TooLarge {}

/// The error about something that exceeds a size limit.
pub(crate) fn too_large(size: Option<u64>, limit: u64) -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, TooLarge { size, limit })
}

/// A size for people: `16 MB`, `67.1 MB`, `512 bytes`.
fn in_words(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..10_240 => return format!("{bytes} {}", if bytes == 1 { "byte" } else { "bytes" }),
        10_240..1_048_576 => (1_u64 << 10, "KB"),
        1_048_576..1_073_741_824 => (1 << 20, "MB"),
        _ => (1 << 30, "GB"),
    };
    // Rounded up, so that a size just over a limit does not look like the limit.
    let tenths = (u128::from(bytes) * 10).div_ceil(u128::from(unit));
    match tenths % 10 {
        0 => format!("{} {name}", tenths / 10),
        tenth => format!("{}.{tenth} {name}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_words() {
        for (bytes, expected) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (10_239, "10239 bytes"),
            (10_240, "10 KB"),
            (512_000, "500 KB"),
            (16 << 20, "16 MB"),
            ((16 << 20) + 1, "16.1 MB"),
            (6 << 30, "6 GB"),
            (u64::MAX, "17179869184 GB"),
        ] {
            assert_eq!(in_words(bytes), expected);
        }
    }
}
