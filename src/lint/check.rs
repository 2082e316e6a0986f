//! Checks one template: what the rules find, at the levels of a profile, minus what its comments allow.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::config::settings::{Bare, Settings};
use crate::diagnostic::{Diagnostic, Level};
use crate::expand::{self, MacroCache};
use crate::html::open_elements::OpenElements;
use crate::lint::address_places::AddressPlaces;
use crate::lint::cover::cover;
use crate::lint::link_findings::{link_findings, placeholder_findings, without_consequences};
use crate::lint::link_text::{after_edits, same_text};
use crate::lint::rules::unquoted_placeholder::cut_value;
use crate::lint::rules::{double_escaped, mail_source, misspelt_allow, unused_allow, wrong_brackets};
use crate::lint::{Check, CleanLinks, Context, Profile, RULES, Rule, Token, When, allow, profile};
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
    let (mut clean_links, mut macros) = <(CleanLinks<()>, MacroCache<'_>)>::default();
    check_remembering(document, settings, vocabulary, profile, (&mut clean_links, &mut macros))
}

/// What is known of links and macros in other templates.
type Memory<'m, 'v> = (&'m mut CleanLinks<()>, &'m mut MacroCache<'v>);

/// The same, with what is known of links and macros in other templates.
pub(crate) fn check_remembering<'v>(
    document: &Document,
    settings: &Settings,
    vocabulary: &'v Vocabulary,
    profile: &Profile,
    memory: Memory<'_, 'v>,
) -> Vec<Diagnostic> {
    memory.0.begin(settings);
    let found = all(document, settings, vocabulary, profile, memory);
    sift(document, found, profile)
}

/// Checks a template whose allow comments are already gone; `is_allowed` knows what they allowed.
pub(crate) fn check_allowing(
    document: &Document,
    settings: &Settings,
    vocabulary: &Vocabulary,
    profile: &Profile,
    is_allowed: impl Fn(&Diagnostic) -> bool,
) -> Vec<Diagnostic> {
    let (mut clean_links, mut macros) = <(CleanLinks<()>, MacroCache<'_>)>::default();
    let found = all(document, settings, vocabulary, profile, (&mut clean_links, &mut macros));
    sift_by(found, profile, is_allowed)
}

/// The findings about the addresses in a template, in order: those of the rules that judge addresses, in places where
/// an address may be. Similar findings are all kept, because each link is shown with its own.
pub(crate) fn check_addresses(
    document: &Document,
    settings: &Settings,
    vocabulary: &Vocabulary,
    profile: &Profile,
    is_allowed: impl Fn(&Diagnostic) -> bool,
) -> Vec<Diagnostic> {
    if first(document, profile).is_some() {
        return Vec::new();
    }
    let places = AddressPlaces::of(document);
    if places.is_empty() {
        return Vec::new();
    }
    let profile = profile.limited_to(Rule::judges_addresses);
    let (mut clean_links, mut macros) = <(CleanLinks<()>, MacroCache<'_>)>::default();
    let mut found = all(document, settings, vocabulary, &profile, (&mut clean_links, &mut macros));
    found.retain(|finding| places.has(finding.span));
    let mut found = weighed(found, &profile);
    found.retain(|finding| !is_allowed(finding));
    found.shrink_to_fit();
    cover(document.source(), &mut found);
    found
}

/// The finding that makes all others misleading.
fn first(document: &Document, profile: &Profile) -> Option<Diagnostic> {
    let checks = profile.rules().flat_map(|rule| rule.checks);
    checks
        .filter_map(|check| if let Check::First(check) = check { Some(check) } else { None })
        .find_map(|check| check(document))
}

fn all<'v>(
    document: &Document,
    settings: &Settings,
    vocabulary: &'v Vocabulary,
    profile: &Profile,
    (clean_links, macros): Memory<'_, 'v>,
) -> Vec<Diagnostic> {
    if let Some(first) = first(document, profile) {
        return vec![first];
    }
    let mut found = findings(document, settings, vocabulary, profile, clean_links);
    add_of_macros(document, settings, vocabulary, macros, &mut found);
    without_consequences(&mut found);
    found
}

/// What expanding the link macros would report.
fn add_of_macros<'v>(
    document: &Document,
    settings: &Settings,
    vocabulary: &'v Vocabulary,
    macros: &mut MacroCache<'v>,
    found: &mut Vec<Diagnostic>,
) {
    let is_macro = |kind: &PartKind| matches!(kind, PartKind::LinkMacro(_) | PartKind::BrokenMacro(_));
    if !document.parts().iter().any(|part| is_macro(&part.kind)) {
        return;
    }
    // Whether the portal is known matters only when a link is written.
    let host = settings.host.clone().or_else(|| vocabulary.targets().first().map(example_host));
    let settings = Settings { bare: Bare::Off, host, ..settings.clone() };
    let done = expand::findings(document, &settings, vocabulary, macros, found);
    debug_assert!(done.is_ok(), "the portal is known: {done:?}");
    if found.iter().any(|finding| finding.rule == wrong_brackets::RULE.name) {
        wrong_brackets::without_code(&Context::new(document, &settings, vocabulary), found);
    }
}

fn example_host(target: &Target) -> String {
    target.host_of("acme")
}

/// What all rules except those about macros report about a template, in no particular order.
fn findings(
    document: &Document,
    settings: &Settings,
    vocabulary: &Vocabulary,
    profile: &Profile,
    clean_links: &mut CleanLinks<()>,
) -> Vec<Diagnostic> {
    let cx = Context::new(document, settings, vocabulary);
    let mut found = Vec::new();
    let done = of_links(&cx, clean_links, &mut found);
    double_escaped::of_others(&cx, &done, &mut found);
    of_placeholders(&cx, &done, &mut found);
    ask(&cx, profile, &mut found);
    if profile.reports(misspelt_allow::RULE.name) {
        let rules: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        misspelt_allow::findings(&cx, &rules, &mut found);
    }
    found
}

/// Runs every rule of a profile, except on links and placeholders.
fn ask(cx: &Context<'_>, profile: &Profile, found: &mut Vec<Diagnostic>) {
    for check in profile.rules().flat_map(|rule| rule.checks) {
        match check {
            Check::Template(check) | Check::AllParts(check) => check(cx, found),
            Check::Bytes(bytes, check) => at_bytes(cx, bytes, *check, found),
            Check::StyleSheets(check) => cx.style_sheets().for_each(|(_, sheet)| check(cx, sheet.span, found)),
            Check::Subject(check) => {
                if let Some((text, span)) = cx.subject() {
                    check(cx, &text, span, found);
                }
            }
            Check::Elements(names, check) => cx.elements(*names).for_each(|tag| check(cx, tag, found)),
            Check::Tags(kind, check) => cx.tags(*kind).for_each(|tag| check(cx, tag, found)),
            Check::Handlers(check) => {
                cx.walk().handlers(cx.bytes()).iter().for_each(|(tag, attribute)| check(cx, tag, attribute, found));
            }
            Check::Anchors(check) => cx.anchors().iter().for_each(|anchor| check(cx, anchor, found)),
            Check::Addresses(check) => cx.addresses().iter().for_each(|address| check(cx, address, found)),
            Check::Parts(check) => cx.document.parts().iter().for_each(|part| check(cx, part, found)),
            Check::First(_)
            | Check::Link(_)
            | Check::Wrapped(_)
            | Check::Placeholder(_)
            | Check::Macro
            | Check::Allow => {}
        }
    }
}

/// Runs checks at every position of one of a few bytes.
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
            [first] => memchr::memchr(*first, rest),
            [first, second] => memchr::memchr2(*first, *second, rest),
            [first, second, third] => memchr::memchr3(*first, *second, *third, rest),
            _ => rest.iter().position(|byte| bytes.contains(byte)),
        };
        let Some(next) = next else { return };
        from = check(cx, &mut places, from + next, found).max(from + next + 1);
    }
}

/// The longest address that a link text is compared with.
const LONGEST_TEXT: usize = 1000;

/// Checks every portal link. Returns the spans whose placeholders have been checked this way.
fn of_links(cx: &Context<'_>, clean_links: &mut CleanLinks<()>, found: &mut Vec<Diagnostic>) -> Vec<Span> {
    let mut open_elements = OpenElements::of_links(cx.document);
    let mut done: Vec<Span> = Vec::new();
    for &at in cx.document.links() {
        let is_text = at.place == Place::Text;
        if done.last().is_some_and(|span| span.covers(at.span)) || cx.document.mixes_macro_and_link(at.span) {
            continue;
        }
        // The text of a link is checked together with the link.
        if is_text && open_elements.at(at.span.start as usize).anchor.is_some() {
            continue;
        }
        if clean_links.find(cx.document, &at).is_some() {
            done.push(at.span);
            continue;
        }
        let Some(portal_link) = cx.portal_link(at) else { continue };
        let mut findings = link_findings(cx, &portal_link);
        done.push(at.span);
        if findings.is_empty() {
            clean_links.remember(cx.document, &portal_link.link, ());
            continue;
        }
        // If the link text is the same address, it changes too, unless it is longer than anyone would show: each
        // finding would rewrite all of it.
        let has_same_text = at.span.len() <= LONGEST_TEXT && same_text(cx.document, &portal_link.link, "").is_some();
        for fix in findings.iter_mut().filter(|_| has_same_text).filter_map(|finding| finding.fix.as_mut()) {
            let after = after_edits(cx.document.source(), at.span, &fix.edits);
            if let Some((span, text)) = same_text(cx.document, &portal_link.link, &after) {
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

/// Checks every placeholder outside of portal links.
fn of_placeholders(cx: &Context<'_>, done: &[Span], found: &mut Vec<Diagnostic>) {
    let mut done = done.iter().peekable();
    for part in cx.document.parts() {
        while done.peek().is_some_and(|span| span.end <= part.span.start) {
            done.next();
        }
        // A placeholder that continues after a link is not part of it; if the link's value ends inside it, a finding
        // about the link reports that.
        let is_whole = |span: &&&Span| span.covers(part.span) || cut_value(part).is_some();
        let is_done = done.peek().filter(is_whole).is_some_and(|span| span.start <= part.span.start);
        if let Some(spelling) = part.spelling().filter(|_| !is_done) {
            placeholder_findings(cx, &Token { part, spelling, link: None }, found);
        }
    }
}

/// Findings in order, without duplicates, at the levels of a profile, minus what the comments of the template allow.
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

/// Like [`sift`], for callers that know which findings are allowed.
fn sift_by(found: Vec<Diagnostic>, profile: &Profile, is_allowed: impl Fn(&Diagnostic) -> bool) -> Vec<Diagnostic> {
    let mut found = weighed(found, profile);
    found.retain(|finding| !is_allowed(finding));
    once_per_file(&mut found);
    found
}

/// Findings in order, without duplicates, at the levels of a profile.
fn weighed(found: Vec<Diagnostic>, profile: &Profile) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = found.into_iter().filter_map(|finding| profile.weigh(finding)).collect();
    sort(&mut found);
    found.dedup_by(|later, earlier| later.rule == earlier.rule && later.span == earlier.span);
    found
}

fn sort(found: &mut [Diagnostic]) {
    sort_in_place(found, |finding| {
        (finding.span.start, std::cmp::Reverse(finding.level), finding.span.end, finding.rule)
    });
}

/// Keeps only the first finding of a rule that is reported once per file, or the first about each name, and notes how
/// many more there are.
pub(crate) fn once_per_file(found: &mut Vec<Diagnostic>) {
    if found.is_empty() {
        return;
    }
    let folds = |when: When| matches!(when, When::OncePerFile | When::NotesOncePerFile | When::NotesOncePerName);
    for rule in RULES.iter().filter(|rule| folds(rule.when)) {
        let is_one = |finding: &Diagnostic| {
            finding.rule == rule.name && (rule.when == When::OncePerFile || finding.level == Level::Note)
        };
        let mut firsts: HashMap<Option<Arc<str>>, (usize, Vec<Span>)> = HashMap::new();
        for (index, finding) in found.iter().enumerate().filter(|(_, finding)| is_one(finding)) {
            // A message about a name contains the name.
            let about = (rule.when == When::NotesOncePerName).then(|| finding.message.clone());
            match firsts.entry(about) {
                Entry::Occupied(mut first) => first.get_mut().1.push(finding.span),
                Entry::Vacant(place) => drop(place.insert((index, Vec::new()))),
            }
        }
        let mut kept: HashSet<usize> = HashSet::new();
        for (first, more) in firsts.into_values() {
            kept.insert(first);
            if !more.is_empty() {
                found[first].stand_for(more);
            }
        }
        let mut index = 0;
        found.retain(|finding| {
            index += 1;
            !is_one(finding) || kept.contains(&(index - 1))
        });
    }
}

/// A hint about a rule name that does not exist.
fn hint_for(name: &str) -> Option<String> {
    profile::rule(name).err().map(|error| error.detail().to_owned())
}
