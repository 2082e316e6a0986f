//! What the attributes of a start tag may be, as far as its `=` tell. Few tags have more than styles and classes, and
//! the others need not be read again.

/// What a start tag may have besides styles and classes. What it does not tell of is certainly not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TagHints(u8);

impl TagHints {
    const ADDRESS: u8 = 1;
    const HANDLER: u8 = 2;
    const UNUSUAL: u8 = 4;

    /// No hints.
    pub(super) const NONE: TagHints = TagHints(0);

    /// A tag about which nothing is known.
    pub(super) const ALL: TagHints = TagHints(TagHints::ADDRESS | TagHints::HANDLER | TagHints::UNUSUAL);

    /// Whether there are none, as in most tags.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it may have an attribute whose value is an address or a script: `href`, `background`, `onclick`.
    pub fn tells_address_or_script(self) -> bool {
        self.0 & (TagHints::ADDRESS | TagHints::HANDLER) != 0
    }

    /// Whether it may have a value that is not in double quotes.
    pub fn tells_other_quotes(self) -> bool {
        self.0 & TagHints::UNUSUAL != 0
    }

    /// Adds what an attribute may be whose name ends before the `=` at `equals`, and begins somewhere after `at`. A
    /// name that ends in a letter and a value in double quotes are taken for granted.
    #[inline(always)]
    pub(super) fn add(&mut self, input: &[u8], at: usize, equals: usize) {
        let (Some([third, second, last]), Some(&[space, first])) = (
            equals.checked_sub(3).and_then(|at| input.get(at..)?.first_chunk()),
            input.get(at..).and_then(|rest| rest.first_chunk()),
        ) else {
            *self = TagHints::ALL;
            return;
        };
        let is_address = LAST_LETTERS[usize::from(last & 31)] >> (second & 31) & 1 != 0;
        // Tables have borders.
        let is_address = is_address && !(*last == b'r' && third & 31 == b'd' & 31);
        // `onkey` is the shortest name of a script. After a single space and another letter, six bytes do not hold one,
        // and a name does not hold another.
        let first = first | 0x20;
        let is_other = space == b' '
            && first.is_ascii_lowercase()
            && first != b'o'
            && (equals - at <= 7 || equals - at <= 17 && is_one_name(&input[at + 1..equals]));
        self.0 |= u8::from(is_address) | u8::from(!is_other) << 1;
    }
}

fn is_one_name(name: &[u8]) -> bool {
    name.iter().all(|byte| !matches!(byte, b'/' | b'"' | b'\'' | 0..=b' '))
}

/// For each last letter, a bit for each letter before it: of `href`, `src`, `data`, `action`, `poster`, `background`,
/// `formaction` and `xlink:href`.
const LAST_LETTERS: [u32; 32] = {
    let mut letters = [0; 32];
    let mut pairs: &[u8] = b"efrctaonernd";
    while let [second, last, rest @ ..] = pairs {
        letters[(*last & 31) as usize] |= 1 << (*second & 31);
        pairs = rest;
    }
    letters
};

#[cfg(test)]
mod tests {
    use crate::html::scan::scan;

    #[test]
    fn nothing_is_overlooked() {
        let hints = |tag: &str| scan(tag.as_bytes())[0].hints;
        for tag in ["<p>", "<p hidden>", "<td class=\"a\" style=\"color: red\" valign=\"top\" width=\"1\">"] {
            assert!(hints(tag).is_empty(), "{tag}");
        }
        let addresses = [
            "<a href=\"x\">",
            "<a HREF=\"x\">",
            "<a class=\"b\"xlink:href=\"x\">",
            "<a href = \"x\">",
            "<td c background=\"\">",
        ];
        let scripts = [
            "<a onkey=\"x\">",
            "<a id=\"b\"onkey=\"x\">",
            "<a b onkey=\"x\">",
            "<a  onkey=\"x\">",
            "<a\tonkey=\"\">",
            "<a/onkey=\"x\">",
        ];
        for tag in addresses.iter().chain(&scripts) {
            assert!(hints(tag).tells_address_or_script(), "{tag}");
        }
        for tag in ["<a class='b'>", "<a class=b>", "<a class = \"b\">", "<a class=\"b", "<a class=“b”>"] {
            assert!(hints(tag).tells_other_quotes(), "{tag}");
        }
    }
}
