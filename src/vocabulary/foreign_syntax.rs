//! How other products write placeholders: `grammar/foreign_syntax.yaml`.

use memchr::memmem;
use serde::Deserialize;

use super::built_in::{self, built_in};

/// The longest placeholder of another product.
const LIMIT: usize = 200;

/// The bytes of which each placeholder of another product has one at its start.
pub(crate) const MARKS: &[u8; 4] = b"{%|#";

/// What is known of the placeholders of other products.
#[derive(Debug, Deserialize)]
pub(crate) struct ForeignSyntax {
    forms: Vec<Form>,
    subjects: Vec<String>,
    fields: Vec<String>,
    names: Vec<String>,
    windows: Vec<String>,
}

/// One way to write them.
#[derive(Debug, Deserialize)]
pub(crate) struct Form {
    open: String,
    close: String,
    name: Name,
    title: Option<String>,
}

/// What may be between its ends.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Name {
    Any,
    Plain,
    Dotted,
    Meaning,
}

impl Form {
    /// The products that write it so.
    pub fn product(&self) -> &str {
        self.title.as_deref().unwrap_or("another product")
    }
}

impl ForeignSyntax {
    /// What ships with psalink.
    pub fn builtin() -> &'static ForeignSyntax {
        static BUILTIN: std::sync::OnceLock<ForeignSyntax> = std::sync::OnceLock::new();
        BUILTIN.get_or_init(|| match built_in::read(built_in!("foreign_syntax")) {
            Ok(known) => known,
            Err(error) => unreachable!("the file is part of the program and a test reads it: {error}"),
        })
    }

    /// The placeholder that has its mark at a byte, not before `from`: its start, its end, and how it is written.
    pub fn around(&self, bytes: &[u8], from: usize, mark: usize) -> Option<(usize, usize, &Form)> {
        let written = *bytes.get(mark)?;
        self.forms.iter().find_map(|form| {
            let (offset, sign) = form.open.bytes().enumerate().find(|(_, byte)| MARKS.contains(byte))?;
            if sign != written {
                return None;
            }
            let start = mark.checked_sub(offset).filter(|start| *start >= from)?;
            let window = bytes.get(start..bytes.len().min(start + LIMIT))?;
            Some((start, start + self.length(form, window)?, form))
        })
    }

    /// How long a placeholder of a form is at the start of a text.
    fn length(&self, form: &Form, window: &[u8]) -> Option<usize> {
        let inside = window.strip_prefix(form.open.as_bytes())?;
        let stop = memmem::find(inside, form.close.as_bytes())?;
        let text = inside[..stop].trim_ascii();
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._:".contains(byte);
        let begins = text.iter().find(|byte| form.name != Name::Any || !b"{#/^&>-~= ".contains(byte))?;
        let is_name = begins.is_ascii_alphabetic()
            && match form.name {
                Name::Any => !text.iter().any(|byte| b"<>\r\n".contains(byte)),
                Name::Plain => text.iter().all(is_plain),
                Name::Dotted => text.len() == stop && text.iter().all(is_plain) && text.contains(&b'.'),
                Name::Meaning => std::str::from_utf8(text).is_ok_and(|text| self.means_something(text)),
            };
        // `{{{ticket.id}}}`
        let more = inside[stop..].iter().skip(form.close.len()).take_while(|_| form.close.ends_with('}'));
        let more = more.take_while(|byte| **byte == b'}').count();
        is_name.then_some(form.open.len() + stop + form.close.len() + more)
    }

    /// Whether a name means a ticket, a contact, a company or a message.
    fn means_something(&self, name: &str) -> bool {
        let is_separator = |letter: char| matches!(letter, '.' | '_' | '-' | ' ');
        if self.windows.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return false;
        }
        // `{$Ticket->id}`
        let name = name.replace("->", ".");
        let plain: String = name.chars().filter(|letter| !is_separator(*letter)).collect::<String>().to_lowercase();
        if self.names.contains(&plain) {
            return true;
        }
        // `ticket.customer.firstname`
        let mut rest = plain.as_str();
        // `requester` begins with another subject, and is one itself.
        let after = |rest: &str| {
            let begun = self.subjects.iter().filter(|subject| rest.starts_with(subject.as_str()));
            begun.map(String::len).max()
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
