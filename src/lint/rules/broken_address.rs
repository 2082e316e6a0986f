//! The address of another site whose beginning is damaged: `htps://…`, `https://https://…`.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::{Address, Case, Check, Context, Rewrite, Rule, When};
use crate::parse::deep_link::{is_scheme, valid_host, with_com, with_dots};
use crate::source::edit::Edit;
use crate::source::look_alike;
use crate::span::Span;

/// The beginning of an address is damaged.
pub const RULE: Rule = Rule {
    name: "broken-address",
    level: Level::Error,
    also: &[NO_SUCH_END],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "an address leads nowhere, because `https://` or the name of the site is damaged",
    page: include_str!("../../../fixtures/rules/broken-address.md"),
    checks: &[Check::Addresses(check)],
};

const NO_SUCH_END: Case =
    Case { level: Level::Warning, when: "for the ending of a name that does not exist, such as `.con`" };

/// The furthest that a host may be from the start of an address.
const LIMIT: usize = 300;

/// What is wrong with the beginning of an address.
pub(in crate::lint) struct Broken {
    /// What is damaged.
    pub span: Span,
    kind: Kind,
    /// What belongs there.
    right: String,
}

enum Kind {
    /// Signs around `https` are missing, wrong or repeated, or the word itself is.
    Signs,
    /// The word itself is misspelled.
    Scheme,
    /// A comma in place of a dot.
    Host,
    /// `.con`
    End,
    /// A space in the host.
    Space,
    /// All of the address is encoded.
    Encoded,
}

fn check(cx: &Context<'_>, address: &Address, found: &mut Vec<Diagnostic>) {
    let Some(Broken { span, kind, right }) = of(cx, address) else { return };
    // Portal links are checked separately.
    let value = cx.trim(address.value);
    let links = cx.document.links();
    let link = links.get(links.partition_point(|link| link.span.start < value.start));
    if link.is_some_and(|link| value.covers(link.span) && cx.portal_link(*link).is_some()) {
        return;
    }
    let written = cx.document.text(span);
    let begins = || {
        let beginning = look_alike::first_in_words(&written).unwrap_or_else(|| format!("`{written}`"));
        RULE.at(span, format!("this link leads nowhere: it begins with {beginning}"))
    };
    let no_site = || RULE.at(span, format!("this link leads nowhere: `{written}` is not the name of a site"));
    let (finding, safety) = match kind {
        Kind::Signs => (begins(), Safety::Safe),
        Kind::Scheme => (begins(), Safety::Suggested),
        Kind::Encoded => {
            found.push(begins().help("write the address without codes such as `%2F`"));
            return;
        }
        Kind::Host => (no_site(), Safety::Suggested),
        Kind::Space => {
            found.push(no_site().help("delete the space and what does not belong to the address"));
            return;
        }
        Kind::End => {
            let message = format!("this link leads nowhere: no site is called `{written}`");
            (RULE.at_in(NO_SUCH_END, span, message), Safety::Suggested)
        }
    };
    let help = match kind {
        Kind::Signs | Kind::Scheme => format!("begin it with `{right}`"),
        _ => format!("write `{right}`, if that is what you mean"),
    };
    found.push(finding.help(help.clone()).fix(help, safety, vec![Edit::new(span, right)]));
}

/// What is wrong with the beginning of an address, if anything is.
pub(in crate::lint) fn of(cx: &Context<'_>, address: &Address) -> Option<Broken> {
    let value = cx.trim(address.value);
    let bytes = cx.slice(value);
    let first = bytes.first()?.to_ascii_lowercase();
    if !(matches!(first, b'h' | b't' | b'm' | b'w') || first >= 0x80) || is_right(bytes) {
        return None;
    }
    let Seen { text, offsets } = seen(&bytes[..bytes.len().min(LIMIT)]);
    let at =
        |from: usize, to: usize| Span::new(value.start as usize + offsets[from], value.start as usize + offsets[to]);
    let (start, scheme, is_misspelt) = beginning(&text)?;
    let rest = &text[start..];
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    // The whole address may be encoded.
    let encoded = ["%2f", "%3f"].iter().filter_map(|code| rest[..end].find(code)).min();
    let host = &rest[..encoded.unwrap_or(end)];
    let (name, port) = host.rsplit_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let is_cut = start + end == text.len() && offsets[text.len()] < bytes.len();
    if is_cut || host.is_empty() || port.is_some_and(|port| !port.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    if !bytes[..offsets[start]].eq_ignore_ascii_case(scheme.as_bytes()) {
        let is_sure = is_host(name) || name == "localhost" || rest.starts_with(['[', '{', '%']);
        let kind = match (encoded, is_misspelt) {
            (Some(_), _) => Kind::Encoded,
            (None, true) => Kind::Scheme,
            (None, false) => Kind::Signs,
        };
        return is_sure.then(|| Broken { span: at(0, start), kind, right: scheme.to_owned() });
    }
    let span = at(start, start + name.len());
    // A name in another alphabet is as its owner wrote it.
    if !cx.slice(span).is_ascii() {
        return None;
    }
    if let Some(right) = with_dots(name) {
        return is_host(&right).then_some(Broken { span, kind: Kind::Host, right });
    }
    if name.contains(' ') && is_host(name.split(' ').next()?) {
        return Some(Broken { span, kind: Kind::Space, right: String::new() });
    }
    with_com(name).map(|right| Broken { span, kind: Kind::End, right })
}

/// The beginning of an address as people see it, in lower case.
struct Seen {
    text: String,
    /// Where each of its bytes is in the address, and where it ends.
    offsets: Vec<usize>,
}

/// Reads letters and signs that only look like others as those; what encodes or ends an address ends it.
fn seen(bytes: &[u8]) -> Seen {
    let mut seen = Seen { text: String::with_capacity(bytes.len()), offsets: Vec::with_capacity(bytes.len() + 1) };
    let written = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let mut end = 0;
    for (at, character) in written.char_indices() {
        let ascii = look_alike::ascii(character).unwrap_or(character);
        if !(ascii.is_ascii_graphic() || ascii == ' ') || "&<>\"'".contains(ascii) {
            break;
        }
        seen.text.push(ascii.to_ascii_lowercase());
        seen.offsets.push(at);
        end = at + character.len_utf8();
    }
    seen.offsets.push(end);
    seen
}

/// Whether an address clearly begins as it should, as almost all do.
fn is_right(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b"https://").or_else(|| bytes.strip_prefix(b"http://")) else { return false };
    let host = &rest[..rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len())];
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let is_scheme = host.starts_with(b"http") || host.starts_with(b"www.http");
    // The endings that exist nowhere end with these.
    let may_end_wrong =
        matches!(host.last(), Some(b'n' | b'o' | b'm' | b'N' | b'O' | b'M')) && !host.ends_with(b".com");
    !host.is_empty()
        && host.iter().all(is_plain)
        && !is_scheme
        && !may_end_wrong
        && !host.starts_with(b".")
        && !host.windows(2).any(|pair| pair == b"..")
}

/// Where the host begins, how the address should begin, and whether a word in between is misspelled; `None` if it does
/// not begin like the address of a page.
fn beginning(text: &str) -> Option<(usize, &'static str, bool)> {
    let mut start = 0;
    let mut found: Option<(&str, bool)> = None;
    loop {
        let rest = &text[start..];
        let word = rest.bytes().take_while(|byte| byte.is_ascii_alphabetic() || *byte == b' ').count();
        let (written, name) = (&rest[..word], rest[..word].replace(' ', ""));
        let signs = &rest[word..word + signs_length(&rest[word..])];
        let after = &rest[word + signs.len()..];
        // A word and a slash may be a folder, and a word and a dot begin a host.
        let is_after = signs.contains([':', ';', ',', '%'])
            || signs.contains("//")
            || signs.contains("\\\\")
            || signs == "/" && after.starts_with("www.");
        let is_mailbox = matches!(&*name, "mailto" | "tel") && start == 0 && after.starts_with("http");
        // `https://www.https://…`
        let is_www = name == "www" && signs == "." && after.starts_with("http") && after.contains("://");
        // `hxxp` is how people write addresses that are not to be opened.
        if !(is_after && (is_scheme(&name) && !name.contains('x') || is_mailbox) || is_www) {
            break;
        }
        let misspelt = !matches!(written.trim(), "http" | "https" | "mailto" | "tel");
        let scheme = if name == "http" { "http://" } else { "https://" };
        found = Some((scheme, found.is_some_and(|(_, earlier)| earlier) || misspelt));
        start += word + signs.len();
    }
    found.filter(|_| start > 0).map(|(scheme, misspelt)| (start, scheme, misspelt))
}

/// The length of the signs that a text begins with, some of which may be encoded.
fn signs_length(text: &str) -> usize {
    let mut length = 0;
    loop {
        let rest = &text[length..];
        length += match ["%3a", "%2f", "%5c", "%20"].iter().any(|code| rest.starts_with(code)) {
            true => 3,
            false if rest.starts_with([':', ';', ',', '.', '/', '\\', ' ']) => 1,
            false => return length,
        };
    }
}

/// Whether a text is the name of a site.
fn is_host(name: &str) -> bool {
    let end = name.rsplit('.').next().unwrap_or_default();
    // Relative addresses have such endings.
    let is_file = ["html", "htm", "php", "aspx", "asp", "jsp", "png", "jpg", "gif", "css", "js"].contains(&end);
    end.len() >= 2 && end.bytes().all(|byte| byte.is_ascii_alphabetic()) && !is_file && valid_host(name).is_some()
}
