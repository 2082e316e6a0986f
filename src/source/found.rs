//! What is found in a source when it is first asked about.

use encoding_rs::{Encoding, UTF_8};

use super::Source;
use super::kind::DiskForm;
use crate::bytes::rare::RareBytes;
use crate::secret::{self, Secret};
use crate::span::Span;

impl Source {
    /// The passwords and tokens in links, in order.
    pub(crate) fn secrets(&self) -> &[Secret] {
        self.secrets.get_or_init(|| secret::find(&self.bytes))
    }

    /// The positions of some of the bytes `[`, `\`, `]`, `{`, `|`, `}`, `#`, `%` and `&`, in order: brackets, what
    /// begins a placeholder of another product, and what encodes either. All rules about them share one search.
    pub(crate) fn brackets<'a>(&'a self, wanted: impl Fn(u8) -> bool + 'a) -> impl Iterator<Item = usize> + 'a {
        // Brackets and braces differ in one bit.
        let is_one = |byte: u8| (byte.wrapping_sub(b'#') <= 3) | ((byte & !0x20).wrapping_sub(b'[') <= 2);
        let found = self.brackets.get_or_init(|| RareBytes::of(&self.bytes, is_one));
        found.iter().filter(move |at| wanted(self.bytes[*at]))
    }

    /// The first bytes that are not valid characters, in a UTF-8 file.
    pub fn invalid_utf8(&self) -> Option<Span> {
        let is_utf8 = self.form == DiskForm::Same && self.encoding == UTF_8;
        // This check is faster, but does not tell how many bytes are invalid.
        if !is_utf8 || Encoding::utf8_valid_up_to(&self.bytes) == self.bytes.len() {
            return None;
        }
        let error = std::str::from_utf8(&self.bytes).err()?;
        let start = error.valid_up_to();
        Some(Span::new(start, start + error.error_len().unwrap_or(self.bytes.len() - start)))
    }
}
