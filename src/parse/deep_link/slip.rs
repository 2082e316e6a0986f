//! Reads links that a portal would accept, except for how they begin: `https//acme…`, `/portal/deep-link?`,
//! `deeplink%3Fname=`.
//!
//! ```text
//! link --PercentDecoded::of--> plain text --beginning--> Beginning --command--> WebReading: its parts and mistakes
//! ```

use std::ops::Range;

use super::front::{Front, front, is_near};
use super::host::valid_host;
use super::label::{Label, is_label};
use crate::span::Span;
use crate::vocabulary::{EditorAddresses, Target};

/// What is wrong with the beginning of a link that a portal would otherwise accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// The kind of mistake.
    pub kind: SlipKind,
    /// From the start of the link to the end of its path; in a desktop link, everything before its command.
    pub beginning: Span,
    /// The scheme that it needs, with the punctuation that follows; empty if nothing belongs before the link.
    pub scheme: &'static str,
    /// Separators in its command that are encoded, missing or repeated, and what belongs in their place.
    pub separators: Vec<(Span, &'static str)>,
}

/// The kinds of mistakes at the beginning of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SlipKind {
    /// `deeplink%3Fname=`, `deeplink&name=`
    Separators,
    /// `/portal/deep-link?`, `//portal//deeplink?`
    Path,
    /// `https//acme…`, `acme.deskdirector.com/portal/…`
    Scheme,
    /// `../../portal/deeplink?…`
    NoHost,
    /// `https://na.myconnectwise.net/v4_6_release/https://acme…`, `Website: https://acme…`
    Front,
    /// `notes:https://acme…`, which may open in a program of that name.
    Program,
}

/// A link with a mistake in its beginning, as positions in its text.
#[derive(Debug)]
pub(super) struct WebReading {
    pub kind: SlipKind,
    pub beginning: Range<usize>,
    pub scheme: &'static str,
    pub host: Option<Range<usize>>,
    pub separators: Vec<(Range<usize>, &'static str)>,
    /// Keys and values.
    pub pairs: Vec<(Range<usize>, Option<Range<usize>>)>,
}

/// The longest beginning.
const LIMIT: usize = 1024;

/// An address that a person or an editor has damaged is not longer than this.
const LONGEST: usize = 16 << 10;

/// Reads a web link with such a mistake. `hosts` are those in the settings, in lowercase.
pub(super) fn read(masked: &str, target: &Target, hosts: &[String]) -> Option<WebReading> {
    if masked.len() > LONGEST {
        return None;
    }
    let plain = PercentDecoded::of(masked);
    let text = plain.text.as_str();
    let is_portal_host = |host: &str| is_own(host, target, hosts);
    let found = beginning(text, target, hosts, &is_portal_host)?;
    let (pairs, mut separators) = command(&plain, masked, found.command..end_of_command(text, found.command));
    let key = |range: &Range<usize>| &masked[range.clone()];
    let names = |name: &str| target.command_named(name).is_some();
    let is_named = |(name, value): &(Range<usize>, Option<Range<usize>>)| {
        key(name) == "name" && value.as_ref().is_some_and(|value| names(key(value)))
    };
    let is_key = |word: &str| target.commands.iter().any(|command| command.param(word).is_some());
    // The portal's own host has no other page like this; elsewhere only the command shows that it is a portal link.
    let is_ours = match found.is_own {
        true => pairs.iter().any(|(name, _)| key(name) == "name" || is_key(key(name))),
        false => pairs.iter().any(is_named),
    };
    if !is_ours {
        return None;
    }
    let gap = plain.range(found.path_end..found.command);
    if &masked[gap.clone()] != "?" {
        let written = &text[found.path_end..found.command];
        let kept = if written.starts_with('/') && written.ends_with('?') { "/?" } else { "?" };
        if &masked[gap.clone()] != kept {
            separators.insert(0, (gap, kept));
        }
    }
    // A browser reads an encoded letter as that letter, but does not do the same for encoded punctuation.
    let is_encoded_mark = |at: &usize| b":/".contains(&text.as_bytes()[*at]) && plain.is_encoded(*at);
    let encoded = (0..found.path_end).find(is_encoded_mark).map(|at| match &found.host {
        Some(host) if at >= host.start => SlipKind::Path,
        _ => SlipKind::Scheme,
    });
    let kind = found.kind.or(encoded).or_else(|| (!separators.is_empty()).then_some(SlipKind::Separators))?;
    let host = found.host.map(|range| plain.range(range));
    Some(WebReading { kind, beginning: 0..plain.at[found.path_end], scheme: found.scheme, host, separators, pairs })
}

/// A desktop link with a mistake in its beginning.
#[derive(Debug)]
pub(super) struct DesktopReading {
    pub kind: SlipKind,
    /// Where the link itself begins.
    pub command: usize,
}

/// Finds a desktop link after the address of an editor, or after a scheme that does not belong there.
pub(super) fn desktop(masked: &str, target: &Target, hosts: &[String]) -> Option<DesktopReading> {
    let lower = start_of(masked);
    let start = lower.find(&format!("{}:", target.desktop_scheme())).filter(|start| *start > 0)?;
    let before = &lower[..start];
    let is_portal_host = |host: &str| is_own(host, target, hosts);
    let kind = match front(before, &is_portal_host)? {
        _ if before.contains(['?', '#']) => return None,
        Front::Editor(_) | Front::Words(_, Label::Words) => SlipKind::Front,
        Front::Words(_, Label::Program) => SlipKind::Program,
        Front::Right(_) | Front::Slip(_) => SlipKind::Scheme,
    };
    Some(DesktopReading { kind, command: start })
}

/// Whether a lowercase host is known to be a portal's.
fn is_own(host: &str, target: &Target, hosts: &[String]) -> bool {
    host == target.host_suffix
        || host.strip_suffix(&target.host_suffix).is_some_and(|rest| rest.ends_with('.'))
        || hosts.iter().any(|known| known == host)
}

/// A text with `%3A` and the like decoded, and the original position of each of its bytes.
struct PercentDecoded {
    text: String,
    at: Vec<usize>,
}

impl PercentDecoded {
    fn of(text: &str) -> PercentDecoded {
        let mut plain =
            PercentDecoded { text: String::with_capacity(text.len()), at: Vec::with_capacity(text.len() + 1) };
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let start = text.len() - rest.len();
            let (decoded, length) = encoded(rest).unwrap_or((character, character.len_utf8()));
            plain.text.push(decoded);
            plain.at.extend(std::iter::repeat_n(start, decoded.len_utf8()));
            rest = &rest[length..];
        }
        plain.at.push(text.len());
        plain
    }

    /// The position of a range in the original text.
    fn range(&self, range: Range<usize>) -> Range<usize> {
        self.at[range.start]..self.at[range.end]
    }

    /// Whether a byte was encoded.
    fn is_encoded(&self, at: usize) -> bool {
        self.at[at + 1] - self.at[at] > 1
    }
}

/// The visible character that `%XX` or `%25XX` at the start of a text encodes, and the length of that code.
fn encoded(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix('%')?;
    let (digits, length) = match rest.get(..4).and_then(|four| four.strip_prefix("25")) {
        Some(two) if two.bytes().all(|byte| byte.is_ascii_hexdigit()) => (two, 5),
        _ => (rest.get(..2)?, 3),
    };
    let byte = digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())??;
    (b' '..=b'~').contains(&byte).then_some((char::from(byte), length))
}

/// How a link begins, as positions in the plain text.
struct Beginning {
    /// What is wrong before its command.
    kind: Option<SlipKind>,
    scheme: &'static str,
    host: Option<Range<usize>>,
    /// Whether its host is known to be a portal's.
    is_own: bool,
    /// Where its path ends, without a trailing slash.
    path_end: usize,
    /// Where its command begins.
    command: usize,
}

fn beginning(
    text: &str,
    target: &Target,
    hosts: &[String],
    is_portal_host: &dyn Fn(&str) -> bool,
) -> Option<Beginning> {
    let lower = start_of(text);
    let (path_end, command) = ends_of_path(&lower)?;
    let head = &lower[..path_end];
    let (folder, page) = target.web_path().trim_start_matches('/').rsplit_once('/')?;
    let (before, written) = last_segment(head);
    if !is_near(written, page) {
        return None;
    }
    let mut rest = before.trim_end_matches(is_slash);
    // In an address bar, the version of the portal comes here.
    if let (before, version) = last_segment(rest)
        && is_version(version)
    {
        rest = before.trim_end_matches(is_slash);
    }
    let mut has_folder = false;
    if let (before, written) = last_segment(rest)
        && is_near(written, folder)
    {
        rest = before.trim_end_matches(is_slash);
        has_folder = true;
    }
    let is_path_right = lower[rest.len()..path_end].eq_ignore_ascii_case(target.web_path());
    let authority = without_words(&lower, authority(rest), hosts);
    let host = lower[authority.clone()].replace(' ', "");
    let name = host.split(':').next().unwrap_or_default();
    let found = |kind, scheme, host, is_own| Some(Beginning { kind, scheme, host, is_own, path_end, command });
    let path = (!is_path_right).then_some(SlipKind::Path);
    let is_own = is_portal_host(&host) || is_portal_host(name);
    let is_psa = EditorAddresses::builtin().has_host(name);
    if is_own || has_folder && is_path_right && !is_psa && is_host(name) {
        let before = &lower[..authority.start];
        let has_blank = lower[authority.clone()].contains(' ');
        let port = lower[authority.clone()].rfind(':').map_or(authority.end, |at| authority.start + at);
        let host = Some(authority.start..port);
        return match front(before, is_portal_host)? {
            Front::Right(scheme) if has_blank => found(Some(SlipKind::Scheme), scheme, host, is_own),
            Front::Right(scheme) => found(path, scheme, host, is_own),
            Front::Slip(scheme) => found(Some(SlipKind::Scheme), scheme, host, is_own),
            // A web archive may use a portal's address like this, but never one that only an editor has.
            Front::Editor(scheme) | Front::Words(scheme, Label::Words) => {
                found(Some(SlipKind::Front), scheme, host, is_own)
            }
            Front::Words(scheme, Label::Program) => found(Some(SlipKind::Program), scheme, host, is_own),
        };
    }
    if rest.bytes().all(|byte| b"./\\".contains(&byte)) {
        return found(Some(SlipKind::NoHost), "https://", None, false);
    }
    // What remains is an address that an editor has completed; below a portal's own address, it is that portal's.
    match front(&format!("{rest}/"), is_portal_host)? {
        Front::Editor(scheme) => {
            let own_host = portal_of(rest, is_portal_host);
            found(Some(SlipKind::Front), scheme, own_host, false)
        }
        _ => None,
    }
}

/// The part of a text that can be a beginning, in lowercase.
fn start_of(text: &str) -> String {
    let end = (0..=LIMIT.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].to_ascii_lowercase()
}

/// Where the path ends, and where the command begins.
fn ends_of_path(text: &str) -> Option<(usize, usize)> {
    let question = text.find(['?', '#']);
    let name = text.find("name=").filter(|name| question.is_none_or(|question| *name <= question + 1));
    let (mut path_end, command) = match (question, name) {
        (Some(question), None) => (question, question + 1),
        (_, Some(name)) => (text[..name].trim_end_matches(['?', '&', '/', '#', ';', ',', '!']).len(), name),
        (None, None) => return None,
    };
    if text.as_bytes().get(path_end) == Some(&b'#') && command == path_end + 1 && name.is_none() {
        return None;
    }
    path_end = text[..path_end].trim_end_matches(is_slash).len();
    let more = text[command..].len() - text[command..].trim_start_matches(['?', '&']).len();
    Some((path_end, command + more))
}

fn end_of_command(text: &str, start: usize) -> usize {
    text[start..].find('#').map_or(text.len(), |at| start + at)
}

fn is_slash(character: char) -> bool {
    matches!(character, '/' | '\\')
}

/// Splits off the last segment of a path.
fn last_segment(path: &str) -> (&str, &str) {
    path.split_at(path.rfind(is_slash).map_or(0, |at| at + 1))
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The position of the host at the end of a text, with its port; it may contain spaces.
fn authority(text: &str) -> Range<usize> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_digit());
    let without_port = digits.strip_suffix(':').filter(|_| digits.len() < text.len()).unwrap_or(text);
    let may_be_host = |character: char| character.is_alphanumeric() || "-._ ".contains(character);
    let start = without_port.trim_end_matches(may_be_host).len();
    let blanks = text[start..].len() - text[start..].trim_start_matches(' ').len();
    start + blanks..text.len()
}

/// A host without the word in front of it: `Website acme.deskdirector.com`. A host may also contain spaces itself.
fn without_words(text: &str, authority: Range<usize>, hosts: &[String]) -> Range<usize> {
    let host = &text[authority.clone()];
    let Some((before, last)) = host.rsplit_once(' ') else { return authority };
    let is_known = |name: &str| hosts.iter().any(|known| known == name);
    let is_word = is_known(last) || before.split_whitespace().last().is_some_and(is_label);
    match is_word && last.contains('.') && !is_known(&host.replace(' ', "")) {
        true => authority.end - last.len()..authority.end,
        false => authority,
    }
}

/// Whether a text may be a host on the internet.
fn is_host(name: &str) -> bool {
    let end = name.rsplit('.').next().unwrap_or_default();
    end.len() >= 2 && end.bytes().all(|byte| byte.is_ascii_alphabetic()) && valid_host(name).is_some()
}

/// The portal's host at the beginning of an address.
fn portal_of(address: &str, is_portal_host: &dyn Fn(&str) -> bool) -> Option<Range<usize>> {
    let start = address.find("://")? + 3;
    let end = address[start..].find(is_slash).map_or(address.len(), |at| start + at);
    is_portal_host(&address[start..end]).then_some(start..end)
}

type ParamRanges = Vec<(Range<usize>, Option<Range<usize>>)>;

/// The keys and values of a command, and the encoded separators between them.
fn command(
    plain: &PercentDecoded,
    masked: &str,
    command: Range<usize>,
) -> (ParamRanges, Vec<(Range<usize>, &'static str)>) {
    let text = &plain.text[command.clone()];
    let first = text.find('=').map(|at| command.start + at);
    let named = text.split(['&']).next().and_then(|pair| pair.strip_prefix("name="));
    // In a command that is encoded as a whole, `%26` and `%3D` are separators; otherwise they belong to a value.
    let end_of_name = named.map(|name| command.start + "name=".len() + name.len()).filter(|end| *end < command.end);
    let is_encoded = [first, end_of_name].into_iter().flatten().any(|at| plain.is_encoded(at));
    let mut separators = Vec::new();
    let mut separator = |at: usize, right| {
        if plain.is_encoded(at) {
            separators.push((plain.range(at..at + 1), right));
        }
    };
    let is_separator = |at: usize| is_encoded || !plain.is_encoded(at);
    let mut pairs = Vec::new();
    let mut start = command.start;
    while start < command.end {
        let find = |byte: u8, from: usize, to: usize| {
            memchr::memchr_iter(byte, &plain.text.as_bytes()[from..to]).map(|at| from + at).find(|at| is_separator(*at))
        };
        let end = find(b'&', start, command.end).unwrap_or(command.end);
        let equals = find(b'=', start, end);
        let key = plain.range(start..equals.unwrap_or(end));
        if !masked[key.clone()].is_empty() {
            pairs.push((key, equals.map(|at| plain.range(at + 1..end))));
            equals.into_iter().for_each(|at| separator(at, "="));
        }
        if end < command.end {
            separator(end, "&");
        }
        start = end + 1;
    }
    (pairs, separators)
}
