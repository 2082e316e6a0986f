//! Outlines a change independently of the values that a sample fills in, so that one change to a template is shown
//! once, not once per sample.

use aho_corasick::{AhoCorasick, MatchKind};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::changes::Changes;

/// The longest value that is searched for, in bytes; the search needs many times its memory.
const LONGEST: usize = 4096;

/// A placeholder and its value in a sample.
pub struct Filled<'a> {
    /// The placeholder as written in the template.
    pub placeholder: &'a str,
    /// Its value.
    pub value: &'a str,
}

impl Changes {
    /// The removed and added words, with placeholders in place of their values. Messages of one template with the same
    /// outline differ from their records in the same way.
    pub fn outline(&self, filled: &[Filled<'_>]) -> String {
        let marks = [self.is_edited, self.is_mail_same, self.is_hidden, self.is_secret, self.is_unmasked];
        let mut outline = format!("{marks:?} {:?} {:?}\n", self.text_made, self.has_html);
        let names = PlaceholderValues::of(filled);
        let mut changed = ChangedWords::default();
        for line in self.hunks.lines().chain([" "]) {
            match line.as_bytes() {
                [b'-', ..] => changed.removed.extend(line[1..].split_whitespace()),
                [b'+', ..] => changed.added.extend(line[1..].split_whitespace()),
                _ => changed.end(&names, &mut outline),
            }
        }
        outline
    }
}

/// The words of adjacent changed lines.
#[derive(Default)]
struct ChangedWords<'a> {
    removed: Vec<&'a str>,
    added: Vec<&'a str>,
}

impl ChangedWords<'_> {
    /// Adds what differs, without the words that both sides share at the start and end.
    fn end(&mut self, names: &PlaceholderValues<'_>, outline: &mut String) {
        let (removed, added) = (std::mem::take(&mut self.removed), std::mem::take(&mut self.added));
        if removed.is_empty() && added.is_empty() {
            return;
        }
        let start = removed.iter().zip(&added).take_while(|(old, new)| old == new).count();
        let (removed, added) = (&removed[start..], &added[start..]);
        let end = removed.iter().rev().zip(added.iter().rev()).take_while(|(old, new)| old == new).count();
        for (mark, words) in [('-', &removed[..removed.len() - end]), ('+', &added[..added.len() - end])] {
            outline.push(mark);
            outline.push_str(&names.name(&words.join(" ")));
            outline.push('\n');
        }
    }
}

/// The forms in which values may appear, and the placeholders that they belong to.
struct PlaceholderValues<'a> {
    /// `None` if there are no values to find.
    values: Option<AhoCorasick>,
    placeholders: Vec<&'a str>,
}

impl<'a> PlaceholderValues<'a> {
    fn of(filled: &[Filled<'a>]) -> PlaceholderValues<'a> {
        let (mut forms, mut placeholders) = (Vec::new(), Vec::new());
        let is_searched = |filled: &&Filled<'_>| !filled.value.trim().is_empty() && filled.value.len() <= LONGEST;
        for Filled { placeholder, value } in filled.iter().filter(is_searched) {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            let encoded = utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string();
            let escaped = [htmlize::escape_attribute(&value).into_owned(), htmlize::escape_text(&value).into_owned()];
            for form in escaped.into_iter().chain([encoded, value]) {
                forms.push(form);
                placeholders.push(*placeholder);
            }
        }
        PlaceholderValues {
            values: AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms).ok(),
            placeholders,
        }
    }

    /// A text with placeholders in place of values.
    fn name(&self, text: &str) -> String {
        let Some(values) = &self.values else { return text.to_owned() };
        let mut out = String::with_capacity(text.len());
        values.replace_all_with(text, &mut out, |found, _, out| {
            out.push_str(self.placeholders[found.pattern().as_usize()]);
            true
        });
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(hunks: &str, values: &[(&str, &str)]) -> String {
        let filled: Vec<Filled<'_>> =
            values.iter().map(|&(placeholder, value)| Filled { placeholder, value }).collect();
        Changes { hunks: hunks.to_owned(), ..Changes::default() }.outline(&filled)
    }

    #[test]
    fn one_change_is_one_whatever_the_values() {
        let change = |name: &str, number: &str| {
            let hunks = format!(
                "@@ -1,3 +1,3 @@ Text\n   Hi\n-  Hello {name}, ticket {number} is open.\n+  Hi {name}, see\n+  ticket {number}.\n   x\n"
            );
            outline(&hunks, &[("[contactfirstname]", name), ("[srnumber]", number)])
        };
        let plain = change("Robin", "123456");
        assert_eq!(plain, change("A very long name", "7"));
        assert!(plain.ends_with(
            "-Hello [contactfirstname], ticket [srnumber] is open.\n+Hi [contactfirstname], see ticket [srnumber].\n"
        ));
        assert_ne!(
            plain,
            outline("@@ -1 +1 @@ Text\n-  Hello Robin,\n+  Hey Robin,\n", &[("[contactfirstname]", "Robin")])
        );
    }

    #[test]
    fn a_value_written_into_the_template_is_another_change_than_a_placeholder() {
        let hunks = |number: &str| format!("@@ -1 +1 @@ Text\n-  {number}\n+  No. 123456\n");
        let with_value = outline(&hunks("123456"), &[("[srnumber]", "123456")]);
        assert_ne!(with_value, outline(&hunks("7"), &[("[srnumber]", "7")]));
    }
}
