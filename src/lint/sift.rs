//! What is left of the findings of a template: each once, at the levels of a profile, without what is allowed.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::RULES;
use crate::lint::allow;
use crate::lint::cover::cover;
use crate::lint::profile;
use crate::lint::rules::unused_allow;
use crate::lint::{Profile, When};
use crate::parse::document::Document;
use crate::sorting::sort_in_place;

/// Findings in their order, each once, at the levels of a profile, without what the comments of the template allow.
pub(crate) fn sift(document: &Document, found: Vec<Diagnostic>, profile: &Profile) -> Vec<Diagnostic> {
    let mut found = weighed(found, profile);
    let allows = allow::comments(document);
    let used = allow::sift(&allows, &mut found);
    once_per_file(&mut found);
    cover(document.source(), &mut found);
    if !allows.is_empty() {
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
pub(crate) fn sift_by(
    found: Vec<Diagnostic>,
    profile: &Profile,
    is_allowed: impl Fn(&Diagnostic) -> bool,
) -> Vec<Diagnostic> {
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
            let times = if more == 1 { "once".to_owned() } else { format!("{more} times") };
            found[first].add_note(format!("{times} more in this file").into());
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
