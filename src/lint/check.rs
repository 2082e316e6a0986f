//! One template checked: what every rule says of it, at the levels of a profile, without what its comments allow.

use memchr::memmem;

use crate::config::settings::{Bare, Settings};
use crate::diagnostic::{Diagnostic, Level};
use crate::expand;
use crate::html::open_elements::OpenElements;
use crate::lint::cover::cover;
use crate::lint::link_findings::{link_findings, placeholder_findings, without_consequences};
use crate::lint::link_text::{after_edits, same_text};
use crate::lint::rules::{double_escaped, mail_source, unused_allow};
use crate::lint::{Check, Context, Profile, RULES, Token, When, allow, profile};
use crate::parse::document::{Document, PartKind, Place};
use crate::parse::places::Places;
use crate::sorting::sort_in_place;
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::{Target, Vocabulary};

/// Checks a template.
///
/// ```
/// use psalink::{Parser, Settings, Source, SourceKind, Vocabulary, check};
/// use psalink::lint::Profile;
/// let vocabulary = Vocabulary::builtin();
/// let mut parser = Parser::new(vocabulary);
/// let source = Source::from_text("mail.html", "<p>Ticket [SRNumber]</p>", SourceKind::Html);
/// let document = parser.parse_whole(source);
/// let settings = Settings::new(vocabulary, "connectwise", Some("acme.deskdirector.com")).ok_or("no dialect")?;
/// let findings = check(&document, &settings, vocabulary, &Profile::default());
/// assert_eq!(findings[0].rule, "misspelt-case");
/// # Ok::<(), &str>(())
/// ```
pub fn check(document: &Document, settings: &Settings, vocabulary: &Vocabulary, profile: &Profile) -> Vec<Diagnostic> {
    let found = all(document, settings, vocabulary, profile);
    sift(document, found, profile)
}

/// Checks a template whose allow comments are gone already; `is_allowed` knows what they have allowed.
pub(crate) fn check_allowing(
    document: &Document,
    settings: &Settings,
    vocabulary: &Vocabulary,
    profile: &Profile,
    is_allowed: impl Fn(&Diagnostic) -> bool,
) -> Vec<Diagnostic> {
    let found = all(document, settings, vocabulary, profile);
    sift_by(found, profile, is_allowed)
}

fn all(document: &Document, settings: &Settings, vocabulary: &Vocabulary, profile: &Profile) -> Vec<Diagnostic> {
    if let Some(source) = mail_source::finding(document).filter(|it| profile.reports(it.rule)) {
        return vec![source];
    }
    let mut found = findings(document, settings, vocabulary, profile);
    add_of_macros(document, settings, vocabulary, &mut found);
    without_consequences(&mut found);
    found
}

/// What expanding the link macros would report.
fn add_of_macros(document: &Document, settings: &Settings, vocabulary: &Vocabulary, found: &mut Vec<Diagnostic>) {
    let is_macro = |kind: &PartKind| matches!(kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
    if !document.parts().iter().any(|part| is_macro(&part.kind)) {
        return;
    }
    // Whether the portal is known matters only when a link is written.
    let host = settings.host.clone().or_else(|| vocabulary.targets().first().map(example_host));
    let settings = Settings { bare: Bare::Off, host, ..settings.clone() };
    let done = expand::findings(document, &settings, vocabulary, found);
    debug_assert!(done.is_ok(), "the portal is known: {done:?}");
}

fn example_host(target: &Target) -> String {
    target.host_of("acme")
}

/// What every rule but those about macros says of a template, in no order.
fn findings(document: &Document, settings: &Settings, vocabulary: &Vocabulary, profile: &Profile) -> Vec<Diagnostic> {
    let cx = Context::new(document, settings, vocabulary);
    let mut found = Vec::new();
    let done = of_links(&cx, &mut found);
    double_escaped::of_others(&cx, &done, &mut found);
    of_placeholders(&cx, &done, &mut found);
    ask(&cx, profile, &mut found);
    found
}

/// Asks each rule of a profile about what concerns it, but not about links and placeholders.
fn ask(cx: &Context<'_>, profile: &Profile, found: &mut Vec<Diagnostic>) {
    let rules = RULES.iter().filter(|rule| profile.reports(rule.name));
    let checks: Vec<&Check> = rules.flat_map(|rule| rule.checks).collect();
    for check in &checks {
        match check {
            Check::Template(check) => check(cx, found),
            Check::Bytes(bytes, check) => at_bytes(cx, bytes, *check, found),
            Check::Sequence(text, check) => {
                let mut places = cx.places();
                for at in memmem::find_iter(cx.bytes(), text) {
                    check(cx, &mut places, at, found);
                }
            }
            Check::StyleSheets(check) => cx.style_sheets().for_each(|(_, sheet)| check(cx, sheet.span, found)),
            Check::Subject(check) => {
                if let Some((text, span)) = cx.subject() {
                    check(cx, &text, span, found);
                }
            }
            Check::Anchors(check) => cx.anchors().iter().for_each(|anchor| check(cx, anchor, found)),
            Check::Addresses(check) => cx.addresses().iter().for_each(|address| check(cx, address, found)),
            Check::Elements(..)
            | Check::Tags(_)
            | Check::Parts(_)
            | Check::Link(_)
            | Check::Wrapped(_)
            | Check::Placeholder(_)
            | Check::Macro
            | Check::Allow => {}
        }
    }
    // Of tags and parts there are many, and few rules look at each.
    let of_tags: Vec<&Check> =
        checks.iter().copied().filter(|check| matches!(check, Check::Tags(_) | Check::Elements(..))).collect();
    for tag in cx.tags().iter().filter(|tag| !tag.is_end && !of_tags.is_empty()) {
        for check in &of_tags {
            match check {
                Check::Tags(check) => check(cx, tag, found),
                Check::Elements(names, check) if names.iter().any(|name| cx.is_named(tag, name)) => {
                    check(cx, tag, found);
                }
                _ => {}
            }
        }
    }
    let of_parts =
        || checks.iter().filter_map(|check| if let Check::Parts(check) = check { Some(check) } else { None });
    for part in cx.document.parts() {
        of_parts().for_each(|check| check(cx, part, found));
    }
}

/// Asks about each place at which one of a few bytes is.
fn at_bytes(
    cx: &Context<'_>,
    bytes: &[u8],
    check: fn(&Context<'_>, &mut Places<'_>, usize, &mut Vec<Diagnostic>) -> usize,
    found: &mut Vec<Diagnostic>,
) {
    let mut places = cx.places();
    let mut from = 0;
    while let Some(rest) = cx.bytes().get(from..) {
        let next = match bytes {
            [one] => memchr::memchr(*one, rest),
            [one, two] => memchr::memchr2(*one, *two, rest),
            [one, two, three] => memchr::memchr3(*one, *two, *three, rest),
            _ => rest.iter().position(|byte| bytes.contains(byte)),
        };
        let Some(next) = next else { return };
        from = check(cx, &mut places, from + next, found).max(from + next + 1);
    }
}

/// Looks at each link of the portal. Gives the stretches whose placeholders are thereby spoken of.
fn of_links(cx: &Context<'_>, found: &mut Vec<Diagnostic>) -> Vec<Span> {
    let mut open_elements = OpenElements::of_links(cx.document);
    let mut done: Vec<Span> = Vec::new();
    for &at in cx.document.links() {
        let is_text = at.place == Place::Text;
        if done.last().is_some_and(|span| span.covers(at.span)) || cx.document.mixes_macro_and_link(at.span) {
            continue;
        }
        // The text of a link is looked at together with the link.
        if is_text && open_elements.at(at.span.start as usize).anchor.is_some() {
            continue;
        }
        let Some(it) = cx.portal_link(at) else { continue };
        let mut findings = link_findings(cx, &it);
        done.push(at.span);
        // A text that is the same address changes with it.
        for fix in findings.iter_mut().filter_map(|finding| finding.fix.as_mut()) {
            let after = after_edits(cx.document.source(), at.span, &fix.edits);
            if let Some((span, text)) = same_text(cx.document, &it.link, &after) {
                fix.edits.push(Edit::new(span, text));
                if done.last() != Some(&span) {
                    done.push(span);
                }
            }
        }
        found.append(&mut findings);
    }
    done
}

/// Looks at each placeholder outside of portal links.
fn of_placeholders(cx: &Context<'_>, done: &[Span], found: &mut Vec<Diagnostic>) {
    let mut done = done.iter().peekable();
    for part in cx.document.parts() {
        while done.peek().is_some_and(|span| span.end <= part.span.start) {
            done.next();
        }
        let is_done = done.peek().is_some_and(|span| span.start <= part.span.start);
        if let Some(spelling) = part.spelling().filter(|_| !is_done) {
            placeholder_findings(cx, &Token { part, spelling, link: None }, found);
        }
    }
}

/// Findings in their order, each once, at the levels of a profile, without what the comments of the template allow.
fn sift(document: &Document, found: Vec<Diagnostic>, profile: &Profile) -> Vec<Diagnostic> {
    let mut found = weighed(found, profile);
    let allows = allow::comments(document);
    let used = allow::sift(&allows, &mut found);
    once_per_file(&mut found);
    cover(document.source(), &mut found);
    let is_source = found.iter().any(|finding| finding.rule == mail_source::RULE.name);
    if !allows.is_empty() && !is_source {
        let unused = allows
            .iter()
            .zip(&used)
            .flat_map(|(allow, used)| unused_allow::findings(allow, used, hint_for, |name| profile.reports(name)));
        found.extend(unused.filter_map(|finding| profile.weigh(finding)));
        sort(&mut found);
    }
    found
}

/// As [`sift`] does, where the caller knows which findings are allowed.
fn sift_by(found: Vec<Diagnostic>, profile: &Profile, is_allowed: impl Fn(&Diagnostic) -> bool) -> Vec<Diagnostic> {
    let mut found = weighed(found, profile);
    found.retain(|finding| !is_allowed(finding));
    once_per_file(&mut found);
    found
}

/// Findings in their order, each once, at the levels of a profile.
fn weighed(found: Vec<Diagnostic>, profile: &Profile) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = found.into_iter().filter_map(|finding| profile.weigh(finding)).collect();
    sort(&mut found);
    found.dedup_by(|later, earlier| later.rule == earlier.rule && later.span == earlier.span);
    found
}

fn sort(found: &mut [Diagnostic]) {
    sort_in_place(found, |it| (it.span.start, std::cmp::Reverse(it.level), it.span.end, it.rule));
}

/// Keeps the first finding of a rule of which one is enough, and says how many more there are.
pub(crate) fn once_per_file(found: &mut Vec<Diagnostic>) {
    for rule in RULES.iter().filter(|rule| matches!(rule.when, When::OncePerFile | When::NotesOncePerFile)) {
        let is_one = |finding: &Diagnostic| {
            finding.rule == rule.name && (rule.when == When::OncePerFile || finding.level == Level::Note)
        };
        let mut places = found.iter().enumerate().filter(|(_, finding)| is_one(finding));
        let Some((first, _)) = places.next() else { continue };
        let more = places.count();
        if more > 0 {
            found[first].add_note(format!("{more} more in this file").into());
            let mut index = 0;
            found.retain(|finding| {
                index += 1;
                !is_one(finding) || index - 1 == first
            });
        }
    }
}

/// What to do about a name that no rule has.
fn hint_for(name: &str) -> Option<String> {
    profile::rule(name).err().map(|error| error.detail().to_owned())
}
