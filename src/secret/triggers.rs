//! Finds the few bytes that every word with a secret has.

/// The positions of the characters without which no word contains a secret: `=`, `@`, and bytes that begin an encoded
/// form of them.
pub(super) struct Triggers<'a> {
    bytes: &'a [u8],
    plain: memchr::Memchr3<'a>,
    percent: memchr::Memchr<'a>,
    /// The next `=`, `@` or `&`, and the next `%`; the length of the text if there is none.
    next: [usize; 2],
}

impl<'a> Triggers<'a> {
    pub fn new(bytes: &'a [u8]) -> Triggers<'a> {
        let (plain, percent) = (memchr::memchr3_iter(b'=', b'@', b'&', bytes), memchr::memchr_iter(b'%', bytes));
        let mut triggers = Triggers { bytes, plain, percent, next: [0; 2] };
        triggers.next = [triggers.next_plain(0), triggers.next_percent(0)];
        triggers
    }

    /// The first one at or after a position.
    pub fn next_from(&mut self, from: usize) -> Option<usize> {
        if self.next[0] < from {
            self.next[0] = self.next_plain(from);
        }
        if self.next[1] < from {
            self.next[1] = self.next_percent(from);
        }
        let next = self.next[0].min(self.next[1]);
        (next < self.bytes.len()).then_some(next)
    }

    fn next_plain(&mut self, from: usize) -> usize {
        let bytes = self.bytes;
        // `&nbsp;` and `&#8204;`, which are common, encode neither.
        let may_encode = |after: &[u8]| match after {
            [b'#', digits @ ..] => !is_beyond_ascii(digits),
            [first, ..] => b"aAcep".contains(first),
            [] => false,
        };
        let next = self.plain.find(|&at| at >= from && (bytes[at] != b'&' || may_encode(&bytes[at + 1..])));
        next.unwrap_or(bytes.len())
    }

    fn next_percent(&mut self, from: usize) -> usize {
        let bytes = self.bytes;
        let next = self.percent.find(|&at| at >= from && matches!(bytes.get(at + 1), Some(b'2'..=b'4')));
        next.unwrap_or(bytes.len())
    }
}

/// Whether a numeric reference, after its `#`, has four or five digits, and so is a character beyond ASCII.
pub(super) fn is_beyond_ascii(digits: &[u8]) -> bool {
    let length = digits.iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
    matches!(length, 4 | 5) && digits[0] != b'0' && digits.get(length) == Some(&b';')
}
