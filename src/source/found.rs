//! What is found in a source when it is first asked about.

use super::Source;
use crate::bytes::rare::RareBytes;
use crate::secret::{self, Secret};

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
}
