//! What a change comes to, whatever values a sample fills in: so that one change of a template is shown once and not for
//! each sample.

use aho_corasick::{AhoCorasick, MatchKind};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::changes::Changes;

/// The longest value that is looked for, in bytes: what finds it takes many times its memory.
const LONGEST: usize = 4096;

/// A placeholder and the value that a sample gives it.
pub struct Filled<'a> {
    /// The placeholder as the template has it.
    pub placeholder: &'a str,
    /// Its value.
    pub value: &'a str,
}

impl Changes {
    /// The words that went and came, with placeholders in the place of their values. Messages of one template with the same
    /// outline differ from their records in the same way.
    pub fn outline(&self, filled: &[Filled<'_>]) -> String {
        let marks = [self.is_edited, self.is_mail_same, self.is_hidden, self.is_secret, self.is_unmasked];
        let mut outline = format!("{marks:?} {:?} {:?}\n", self.text_made, self.has_html);
        let names = Names::of(filled);
        let mut run = Run::default();
        for line in self.hunks.lines().chain([" "]) {
            match line.as_bytes() {
                [b'-', ..] => run.removed.extend(line[1..].split_whitespace()),
                [b'+', ..] => run.added.extend(line[1..].split_whitespace()),
                _ => run.end(&names, &mut outline),
            }
        }
        outline
    }
}

/// The words of lines that changed next to each other.
#[derive(Default)]
struct Run<'a> {
    removed: Vec<&'a str>,
    added: Vec<&'a str>,
}

impl Run<'_> {
    /// Adds what differs; the same words around it belong to what stays.
    fn end(&mut self, names: &Names<'_>, outline: &mut String) {
        let (removed, added) = (std::mem::take(&mut self.removed), std::mem::take(&mut self.added));
        if removed.is_empty() && added.is_empty() {
            return;
        }
        let start = removed.iter().zip(&added).take_while(|(one, other)| one == other).count();
        let (removed, added) = (&removed[start..], &added[start..]);
        let end = removed.iter().rev().zip(added.iter().rev()).take_while(|(one, other)| one == other).count();
        for (mark, words) in [('-', &removed[..removed.len() - end]), ('+', &added[..added.len() - end])] {
            outline.push(mark);
            outline.push_str(&names.name(&words.join(" ")));
            outline.push('\n');
        }
    }
}

/// The forms in which values may appear, and the placeholders that they are of.
struct Names<'a> {
    /// None where no value can be found.
    values: Option<AhoCorasick>,
    placeholders: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn of(filled: &[Filled<'a>]) -> Names<'a> {
        let (mut forms, mut placeholders) = (Vec::new(), Vec::new());
        let is_searched = |it: &&Filled<'_>| !it.value.trim().is_empty() && it.value.len() <= LONGEST;
        for Filled { placeholder, value } in filled.iter().filter(is_searched) {
            let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
            let encoded = utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string();
            let escaped = [htmlize::escape_attribute(&value).into_owned(), htmlize::escape_text(&value).into_owned()];
            for form in escaped.into_iter().chain([encoded, value]) {
                forms.push(form);
                placeholders.push(*placeholder);
            }
        }
        Names { values: AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(forms).ok(), placeholders }
    }

    /// A text with placeholders in the place of values.
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
        let one = outline(&hunks("123456"), &[("[srnumber]", "123456")]);
        assert_ne!(one, outline(&hunks("7"), &[("[srnumber]", "7")]));
    }
}
