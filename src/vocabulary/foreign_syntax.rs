//! How other products write placeholders: `grammar/foreign_syntax.yaml`.

use memchr::memmem;
use serde::Deserialize;

use super::built_in::{self, built_in};
use super::{Dialect, Vocabulary};

/// The length of the longest placeholder of another product.
const LIMIT: usize = 200;

/// Each placeholder of another product has one of these bytes in its opening, or is in doubled angle brackets.
pub(crate) const MARKS: &[u8; 4] = b"{%|#";

/// All bytes that may be a mark.
const ALL_MARKS: &[u8; 5] = b"{%|#<";

/// What is known about placeholders of other products.
#[derive(Debug, Deserialize)]
pub(crate) struct ForeignSyntax {
    forms: Vec<SyntaxForm>,
    subjects: Vec<String>,
    fields: Vec<String>,
    names: Vec<String>,
    windows: Vec<String>,
    /// For each of [`ALL_MARKS`], the bytes that may follow it: in forms that count everywhere, and in those of addresses.
    #[serde(skip)]
    following: [Vec<[bool; 256]>; 2],
}

/// One way to write a placeholder.
#[derive(Debug, Deserialize)]
pub(crate) struct SyntaxForm {
    open: String,
    close: String,
    name: NameForm,
    title: Option<String>,
    /// Whether it counts only as a part of an address.
    #[serde(default)]
    addresses: bool,
    #[serde(skip)]
    mark: Mark,
}

/// The mark of a form and the bytes next to it, which rule out most positions.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    /// One of the bytes in [`ALL_MARKS`].
    byte: u8,
    /// How many bytes of the opening come before it.
    offset: usize,
    before: Option<u8>,
    after: Option<u8>,
}

/// What may be between its ends.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum NameForm {
    Any,
    Plain,
    Dotted,
    Meaning,
    Own,
}

/// What may come before a name of any kind.
const SIGNS: &[u8; 10] = b"{#/^&>-~= ";

impl NameForm {
    /// Whether a name, or the space or sign before it, may begin with a byte.
    fn may_begin(self, byte: u8) -> bool {
        byte.is_ascii_alphabetic() || byte.is_ascii_whitespace() || self == NameForm::Any && SIGNS.contains(&byte)
    }
}

impl Mark {
    fn of(open: &str) -> Mark {
        let open = open.as_bytes();
        // `<<` is its own mark.
        let offset = open.iter().position(|byte| MARKS.contains(byte)).unwrap_or_default();
        Mark {
            byte: open.get(offset).copied().unwrap_or_default(),
            offset,
            before: offset.checked_sub(1).and_then(|at| open.get(at).copied()),
            after: open.get(offset + 1).copied(),
        }
    }
}

impl SyntaxForm {
    /// Whether it counts only as a part of an address.
    pub fn is_for_addresses(&self) -> bool {
        self.addresses
    }

    /// The products that use this form.
    pub fn product(&self) -> &str {
        self.title.as_deref().unwrap_or("another product")
    }

    /// Whether a byte may follow the mark.
    fn may_follow(&self, after: u8) -> bool {
        match self.mark.after {
            Some(known) => known == after,
            // An address has no spaces.
            None => self.name.may_begin(after) && !(self.addresses && after.is_ascii_whitespace()),
        }
    }
}

impl ForeignSyntax {
    /// The forms that ship with psalink.
    pub fn builtin() -> &'static ForeignSyntax {
        static BUILTIN: std::sync::OnceLock<ForeignSyntax> = std::sync::OnceLock::new();
        BUILTIN.get_or_init(|| match built_in::read::<ForeignSyntax>(built_in!("foreign_syntax")) {
            Ok(mut known) => {
                known.forms.iter_mut().for_each(|form| form.mark = Mark::of(&form.open));
                let following = [false, true].map(|addresses| {
                    let forms: Vec<&SyntaxForm> =
                        known.forms.iter().filter(|form| form.addresses == addresses).collect();
                    let may_follow =
                        |mark: u8, after: u8| forms.iter().any(|form| form.mark.byte == mark && form.may_follow(after));
                    let of_mark = |mark: &u8| std::array::from_fn(|after| may_follow(*mark, after as u8));
                    ALL_MARKS.iter().map(of_mark).collect()
                });
                known.following = following;
                known
            }
            Err(error) => unreachable!("the file is part of the program and a test reads it: {error}"),
        })
    }

    /// The placeholder whose mark is at a byte and that does not start before `from`: its start, its end, and its form.
    pub fn around(&self, bytes: &[u8], from: usize, mark: usize) -> Option<(usize, usize, &SyntaxForm)> {
        self.around_of(bytes, from, mark, false)
    }

    /// The same of what counts only in an address.
    pub fn in_address(&self, bytes: &[u8], from: usize, mark: usize) -> Option<(usize, usize, &SyntaxForm)> {
        self.around_of(bytes, from, mark, true)
    }

    /// Whether there may be one that counts only in an address.
    pub fn may_be_in_address(&self, bytes: &[u8], mark: usize) -> bool {
        self.may_be(bytes, mark, true)
    }

    /// A quick test, because style sheets are full of marks that no placeholder begins with.
    fn may_be(&self, bytes: &[u8], mark: usize, addresses: bool) -> bool {
        let Some(&[written, after]) = bytes.get(mark..).and_then(|rest| rest.first_chunk()) else { return false };
        let index = ALL_MARKS.iter().position(|known| *known == written);
        let following = index.and_then(|index| self.following[usize::from(addresses)].get(index));
        following.is_some_and(|following| following[usize::from(after)])
    }

    fn around_of(
        &self,
        bytes: &[u8],
        from: usize,
        mark: usize,
        addresses: bool,
    ) -> Option<(usize, usize, &SyntaxForm)> {
        if !self.may_be(bytes, mark, addresses) {
            return None;
        }
        let (before, after) = (mark.checked_sub(1).map(|at| bytes[at]), *bytes.get(mark + 1)?);
        self.forms.iter().filter(|form| form.addresses == addresses).find_map(|form| {
            if form.mark.byte != bytes[mark]
                || !form.may_follow(after)
                || form.mark.before.is_some() && form.mark.before != before
            {
                return None;
            }
            let start = mark.checked_sub(form.mark.offset).filter(|start| *start >= from)?;
            let window = bytes.get(start..bytes.len().min(start + LIMIT))?;
            Some((start, start + self.length(form, window)?, form))
        })
    }

    /// The length of a placeholder in a form at the start of a text.
    fn length(&self, form: &SyntaxForm, window: &[u8]) -> Option<usize> {
        let inside = window.strip_prefix(form.open.as_bytes())?;
        let stop = memmem::find(inside, form.close.as_bytes())?;
        let text = inside[..stop].trim_ascii();
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._:".contains(byte);
        let begins = text.iter().find(|byte| form.name != NameForm::Any || !SIGNS.contains(byte))?;
        let is_name = begins.is_ascii_alphabetic()
            && match form.name {
                NameForm::Any => !text.iter().any(|byte| b"<>\r\n".contains(byte)),
                NameForm::Plain => text.iter().all(is_plain),
                NameForm::Dotted => text.len() == stop && text.iter().all(is_plain) && text.contains(&b'.'),
                NameForm::Own => text.len() == stop && std::str::from_utf8(text).is_ok_and(is_of_psa),
                NameForm::Meaning => std::str::from_utf8(text)
                    .is_ok_and(|text| self.means_something(text) || !form.addresses && is_of_psa(text)),
            };
        // `{{{ticket.id}}}`
        let more = inside[stop..].iter().skip(form.close.len()).take_while(|_| form.close.ends_with('}'));
        let more = more.take_while(|byte| **byte == b'}').count();
        is_name.then_some(form.open.len() + stop + form.close.len() + more)
    }

    /// Whether a name means a ticket, a contact, a company or a message.
    fn means_something(&self, name: &str) -> bool {
        let is_separator = |character: char| matches!(character, '.' | '_' | '-' | ' ');
        if self.windows.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return false;
        }
        // `{$Ticket->id}`
        let name = name.replace("->", ".");
        let plain: String =
            name.chars().filter(|character| !is_separator(*character)).collect::<String>().to_lowercase();
        if self.names.contains(&plain) {
            return true;
        }
        // `ticket.customer.firstname`
        let mut rest = plain.as_str();
        // `requester` is a subject that begins with another one.
        let after = |rest: &str| {
            let matching = self.subjects.iter().filter(|subject| rest.starts_with(subject.as_str()));
            matching.map(String::len).max()
        };
        while let Some(after) = after(rest).map(|length| &rest[length..]) {
            if after.is_empty() || self.fields.iter().any(|field| field == after) {
                return true;
            }
            rest = after;
        }
        false
    }
}

/// Whether a PSA has a placeholder of that name, which is one word.
fn is_of_psa(name: &str) -> bool {
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let exists = |dialect: &Dialect| {
        dialect.find_folded(name).is_some_and(|(found, _)| !dialect.placeholder(found).is_pattern())
    };
    // `Ticket: ID`
    let is_set =
        name.contains(": ") && Vocabulary::builtin().dialects().iter().any(|dialect| dialect.find(name).is_some());
    is_set || is_word && name.len() >= 6 && Vocabulary::builtin().dialects().iter().any(exists)
}
