//! Finds secrets in a text, without a parser, because the text may be a template, a message, a table or half of a link.

use std::ops::Range;

use super::bounds::{is_blank, is_name, word_around};
use super::names::{self, LONGEST, SecretKind, SecretParam};
use super::shown::{SHORT, SHOWN, Secret, is_masked, shown_len};
use super::triggers::{Triggers, is_beyond_ascii, signs};
use super::value;
use super::word::{Unit, Word};
use crate::span::Span;

/// Finds the secrets of a text, in order, without overlaps.
pub(crate) fn find(bytes: &[u8]) -> Vec<Secret> {
    let mut found: Vec<Secret> = Vec::new();
    let signs = signs(bytes);
    let mut triggers = Triggers::new(bytes, &signs);
    // Words without such a character, which are most of them, are never examined.
    let mut done = 0;
    while let Some(trigger) = triggers.next_from(done) {
        // Most words are the name of an attribute in front of its quoted value.
        if is_plain_attribute(bytes, trigger, done) {
            done = trigger + 1;
            continue;
        }
        let word = word_around(bytes, trigger, done);
        done = word.end.max(trigger + 1);
        if may_hold(&bytes[word.clone()]) {
            let first = found.len();
            let read = Word::read(bytes, word.clone());
            let search =
                Search { bytes, range: word, word: read, found: &mut found, tries: 0, owner: Owner::default() };
            search.run();
            tidy(&mut found, first);
            done = done.max(found.last().map_or(0, |secret| secret.span.end as usize));
        }
    }
    found
}

/// Whether a trigger is the `=` after the name of an attribute that is not the name of a secret.
fn is_plain_attribute(bytes: &[u8], trigger: usize, from: usize) -> bool {
    if bytes[trigger] != b'=' || !matches!(bytes.get(trigger + 1), Some(0..=b' ' | b'"' | b'>' | 0x7F)) {
        return false;
    }
    let near = trigger.checked_sub(6).filter(|start| *start >= from).and_then(|start| bytes.get(start..trigger));
    match near {
        Some(b" style" | b" class" | b" width") => return true,
        Some(b"valign" | b"border") if trigger > from + 6 && bytes[trigger - 7] == b' ' => return true,
        _ => {}
    }
    let length = bytes[from..trigger].iter().rev().take_while(|byte| is_name(**byte)).count();
    let start = trigger - length;
    (start == from || is_blank(bytes, start - 1)) && names::known(&bytes[start..trigger]).is_none()
}

/// How many values in one word may contain a placeholder; each is read to its end.
const TRIES: usize = 64;

/// The length limit for a link's host, and for an unencoded password.
const FAR: usize = 300;

/// The length limit for a user and a password before `@`.
const OWNER: usize = 8 * FAR;

/// A quick check, which most words fail.
fn may_hold(word: &[u8]) -> bool {
    if let [name @ .., b'='] = word
        && name.iter().all(|byte| is_name(*byte))
    {
        return names::known(name).is_some(); // an attribute
    }
    if is_encoded(word) {
        return memchr::memchr2(b'=', b'@', word).is_some()
            || memchr::memchr(b'&', word).is_some_and(|at| word[at..].contains(&b';') || word[at..].contains(&b'#'))
            || word.windows(3).any(|window| matches!(window, [b'%', b'3' | b'4' | b'2', _]));
    }
    if memchr::memchr(b'@', word).is_some_and(|at| word[..at].contains(&b':')) {
        return true;
    }
    memchr::memchr_iter(b'=', word).any(|at| {
        let end = if at > 0 && word[at - 1] == b']' { at - 1 } else { at };
        let name = word[..end].iter().rev().take(LONGEST + 1).take_while(|byte| is_name(**byte)).count();
        names::known(&word[end - name..end]).is_some()
    }) || memchr::memchr(b'=', word).is_some() && memchr::memmem::find(word, b"urldefense.").is_some()
}

/// Whether names in it may be written with other characters; `&amp;` does not change a name, nor do references to
/// characters that no name contains.
fn is_encoded(word: &[u8]) -> bool {
    let ends_so = |rest: &[u8]| rest.iter().take(40).find(|byte| !byte.is_ascii_alphanumeric()) == Some(&b';');
    memchr::memchr2_iter(b'%', b'&', word).any(|at| match &word[at + 1..] {
        rest if word[at] == b'%' => rest.iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count() == 2,
        [b'a', b'm', b'p', b';', rest @ ..] => rest.first() == Some(&b'#') || ends_so(rest),
        [b'n', b'b', b's', b'p', b';', ..] => false,
        [b'#', digits @ ..] => !is_beyond_ascii(digits),
        rest => ends_so(rest),
    })
}

/// Sorts the secrets of one word; if two overlap, the outer one stays.
fn tidy(found: &mut Vec<Secret>, first: usize) {
    found[first..].sort_by_key(|secret| (secret.span.start, std::cmp::Reverse(secret.span.end)));
    let mut end = 0;
    let mut index = 0;
    found.retain(|secret| {
        index += 1;
        let is_kept = index <= first || secret.span.start >= end;
        if is_kept {
            end = secret.span.end;
        }
        is_kept
    });
}

struct Search<'a> {
    bytes: &'a [u8],
    range: Range<usize>,
    word: Word,
    found: &'a mut Vec<Secret>,
    /// How many values of the word contain a placeholder.
    tries: usize,
    owner: Owner,
}

/// Where the user and password before an `@` would be. A word may contain thousands of `@`.
#[derive(Debug, Default)]
struct Owner {
    /// How much of the word has been searched.
    seen: usize,
    /// The position after the last `=` or backtick, where a user may begin.
    begin: Option<usize>,
    /// The first `:` since then.
    colon: Option<usize>,
}

impl Search<'_> {
    fn run(mut self) {
        // The end of the last `//` before the current position.
        let mut slashes = None;
        let mut at = 0;
        while at < self.word.units.len() {
            match self.word.units[at].byte {
                // What is inside a secret is masked with it.
                b'=' => at = self.param(at, slashes).unwrap_or(at).max(at),
                b'/' | b'\\' if self.begins_authority(at) => {
                    while at + 1 < self.word.units.len() && matches!(self.byte(at + 1), b'/' | b'\\') {
                        at += 1;
                    }
                    slashes = Some(at + 1);
                    self.user_info(at + 1);
                }
                b'@' if slashes.is_none() => self.bare_user_info(at),
                _ => {}
            }
            at += 1;
        }
    }

    fn byte(&self, index: usize) -> u8 {
        self.word.units[index].byte
    }

    fn begins_authority(&self, at: usize) -> bool {
        let is_slash = |index: usize| self.word.units.get(index).is_some_and(|unit| matches!(unit.byte, b'/' | b'\\'));
        is_slash(at + 1) && (at == 0 || !is_name(self.byte(at - 1)) && !is_slash(at - 1))
    }

    /// `user:password@` after `//`.
    fn user_info(&mut self, start: usize) {
        let units = &self.word.units;
        let depth = units[start - 1].depth;
        let counts = |unit: &Unit| unit.depth <= depth;
        let is_end = |unit: &Unit| matches!(unit.byte, b'/' | b'\\' | b'?' | b'#') && counts(unit);
        let end = start + units[start..].iter().take(OWNER).take_while(|unit| !is_end(unit)).count();
        let is_byte = |byte: u8| move |unit: &Unit| unit.byte == byte && counts(unit);
        let Some(colon) = units[start..end].iter().position(is_byte(b':')).map(|at| start + at) else { return };
        let at = match units[start..end].iter().rposition(is_byte(b'@')) {
            Some(at) => start + at,
            // A password that should have been encoded: `https://bob:pass#word@host`. A port has digits.
            None => {
                let rest = self.word.read_as(colon + 1..end);
                let is_port = rest.iter().all(u8::is_ascii_digit) || rest.iter().any(|byte| b"[]{}".contains(byte));
                let near = &units[end..units.len().min(end + FAR)];
                let last = near.iter().rposition(is_byte(b'@')).map(|at| end + at);
                match last.filter(|_| !is_port && units[start].byte != b'[') {
                    Some(at) => at,
                    None => return,
                }
            }
        };
        let user = self.word.read_as(start..at);
        if colon < at && !value::holds_placeholder(&user, &user, &[]) {
            let host = self.host(at + 1);
            self.add(colon + 1..at, SecretKind::Password, Some(host), true);
        }
    }

    /// `host=user:password@host`, without a scheme, as people write it in a setting or a macro.
    fn bare_user_info(&mut self, at: usize) {
        const SCHEMES: [&[u8]; 9] = [b"mailto", b"sip", b"sips", b"xmpp", b"acct", b"im", b"cid", b"mid", b"tel"];
        for index in self.owner.seen..at {
            match self.byte(index) {
                b'=' | b'`' => (self.owner.begin, self.owner.colon) = (Some(index + 1), None),
                b':' if self.owner.colon.is_none() => self.owner.colon = Some(index),
                _ => {}
            }
        }
        self.owner.seen = at;
        let Owner { begin: Some(begin), colon: Some(colon), .. } = self.owner else { return };
        if at - begin > OWNER {
            return;
        }
        let user = self.word.read_as(begin..colon);
        let is_scheme = SCHEMES.iter().any(|scheme| user.eq_ignore_ascii_case(scheme));
        let has_host = self.word.units.get(at + 1).is_some_and(|unit| unit.byte.is_ascii_alphanumeric());
        if !user.is_empty() && !is_scheme && has_host {
            let before = self.found.len();
            self.add(colon + 1..at, SecretKind::Password, None, false);
            // It continues past an earlier `@`, so it replaces the shorter one.
            if let [.., shorter, longer] = self.found.as_slice()
                && self.found.len() > before
                && (shorter.kind, shorter.span.start) == (longer.kind, longer.span.start)
            {
                self.found.swap_remove(before - 1);
            }
        }
    }

    /// The host name that starts here, in lowercase.
    fn host(&self, start: usize) -> String {
        let is_host = |unit: &&Unit| is_name(unit.byte) || unit.byte >= 0x80;
        let bytes: Vec<u8> = self.word.units[start..].iter().take_while(is_host).map(|unit| unit.byte).collect();
        String::from_utf8_lossy(&bytes).to_lowercase()
    }

    /// `name=value` at its `=`. Returns the last unit of a value that was added.
    fn param(&mut self, equals: usize, slashes: Option<usize>) -> Option<usize> {
        let is_in_brackets = equals > 0 && self.byte(equals - 1) == b']';
        let end = equals - usize::from(is_in_brackets);
        let before = self.word.units[..end].iter().rev().take(LONGEST + 1);
        let length = before.take_while(|unit| is_name(unit.byte)).count();
        let start = end - length;
        if is_in_brackets && (start == 0 || self.byte(start - 1) != b'[') {
            return None;
        }
        let known = names::known(&self.word.read_as(start..end))?;
        if start == 0
            && let Some(value) = value::quoted(self.bytes, self.word.written(equals..equals + 1).end)
        {
            self.add_written(value, known);
            return None;
        }
        let end = self.value_end(equals);
        let range = equals + 1..end;
        let is_last = end == self.word.units.len();
        let rest = if is_last { &self.bytes[self.range.end..] } else { &[] };
        let text = self.word.read_as(range.clone());
        let written = &self.bytes[self.word.written(range.clone())];
        if known.glued && (text.contains(&b'[') || text.contains(&b'{')) {
            self.glued(range, known);
        } else if self.tries < TRIES && value::holds_placeholder(&text, written, rest) {
            self.tries += 1;
            return None;
        } else {
            let link = self.link(start, slashes);
            self.add_value(range, is_last, known, link);
        }
        end.checked_sub(1)
    }

    /// The host of the link whose parameter starts here; `None` if this is not a link.
    fn link(&self, start: usize, slashes: Option<usize>) -> Option<String> {
        let units = &self.word.units;
        let is_param = start > 0 && matches!(units[start - 1].byte, b'?' | b'&' | b';' | b'#' | b'[');
        let first = self.range.start.checked_sub(1).map(|before| self.bytes[before]);
        let begins_path = matches!(units[0].byte, b'/' | b'?' | b'#') && first == Some(b'"');
        let has_scheme = || {
            let begin: Vec<u8> = units.iter().take(12).map(|unit| unit.byte.to_ascii_lowercase()).collect();
            begin.starts_with(b"mailto:") || begin.starts_with(b"www.")
        };
        match slashes {
            Some(host) if is_param => {
                // What is before `@` is not the host.
                let near = units[host..start].iter().take(FAR);
                let end = host + near.take_while(|unit| !b"/?#".contains(&unit.byte)).count();
                let user = units[host..end].iter().rposition(|unit| unit.byte == b'@');
                Some(self.host(user.map_or(host, |at| host + at + 1)))
            }
            None if is_param && (begins_path || has_scheme()) => Some(String::new()),
            _ => None,
        }
    }

    /// The end of a value that begins after its `=`. Too long is better than too short: `&`, `;` and `#` end it only if
    /// another parameter follows.
    fn value_end(&self, equals: usize) -> usize {
        let units = &self.word.units;
        let depth = units[equals].depth;
        let begins_param = |from: usize| {
            let rest = units[from..].iter().take(80);
            let name = rest.take_while(|unit| is_name(unit.byte) || b"[]".contains(&unit.byte)).count();
            name > 0 && units.get(from + name).is_some_and(|unit| unit.byte == b'=' && unit.depth <= depth)
        };
        let mut at = equals + 1;
        while let Some(unit) = units.get(at) {
            let ends = match unit.byte {
                b'&' | b';' | b'#' if unit.depth <= depth => begins_param(at + 1) || at + 1 == units.len(),
                // A space that was written as a reference.
                0..=b' ' => unit.is_reference,
                0xC2 => unit.is_reference && units.get(at + 1).is_some_and(|next| next.byte == 0xA0),
                _ => false,
            };
            if ends {
                break;
            }
            at += 1;
        }
        at
    }

    /// Adds a value, without the punctuation of the sentence around it.
    fn add_value(&mut self, range: Range<usize>, is_last: bool, known: &SecretParam, link: Option<String>) {
        let mut end = range.end;
        let next = self.bytes.get(self.range.end);
        if is_last && next != Some(&b'"') {
            let text = self.word.read_as(range.clone());
            end = range.start + value::without_punctuation(&text);
        }
        let written = self.word.written(range.start..end);
        if let Some(more) = value::soft_break(self.bytes, written.clone()).filter(|_| is_last) {
            self.add_written(written.start..more, known);
            return;
        }
        let is_flag = value::is_flag(&self.word.read_as(range.start..end));
        self.add(range.start..end, known.kind, link, known.report && !is_flag);
    }

    /// Adds what is around the placeholders in a value.
    fn glued(&mut self, range: Range<usize>, known: &SecretParam) {
        let mut run = range.start;
        let mut open = None;
        for at in range.clone() {
            match self.byte(at) {
                b'[' | b'{' if open.is_none() => {
                    self.add(run..at, known.kind, None, false);
                    open = Some(at);
                }
                b']' | b'}' if open.is_some() => (open, run) = (None, at + 1),
                _ => {}
            }
        }
        match open {
            None => self.add(run..range.end, known.kind, None, false),
            // `[Contact: ID]`: a space has ended the word.
            Some(_) => {
                let after = &self.bytes[self.range.end..];
                let Some(close) = value::closing_bracket(after) else { return };
                let start = self.range.end + close + 1;
                let rest = &self.bytes[start..];
                let length =
                    rest.iter().take_while(|byte| is_name(**byte) || **byte >= 0x80 || b"~%".contains(byte)).count();
                self.add_written(start..start + length, known);
            }
        }
    }

    /// Adds a secret that consists of some units.
    fn add(&mut self, range: Range<usize>, kind: SecretKind, link: Option<String>, report: bool) {
        let text = self.word.read_as(range.clone());
        if is_masked(&text) {
            return;
        }
        let is_start = |index: &usize| text.get(index - range.start).is_none_or(|byte| byte & 0xC0 != 0x80);
        let starts: Vec<usize> = range.clone().filter(is_start).take(SHORT).collect();
        let written = self.word.written(range.clone());
        let shown = match starts.len() {
            SHORT => self.word.written(range.start..starts[SHOWN]).end,
            _ => written.start,
        };
        self.found.push(Secret { span: Span::new(written.start, written.end), shown, kind, link, report });
    }

    /// Adds a secret that is literally in the text.
    fn add_written(&mut self, range: Range<usize>, known: &SecretParam) {
        let text = &self.bytes[range.clone()];
        if is_masked(text) || value::holds_placeholder(text, text, &[]) {
            return;
        }
        let shown = range.start + shown_len(text);
        let span = Span::new(range.start, range.end);
        self.found.push(Secret { span, shown, kind: known.kind, link: None, report: false });
    }
}
