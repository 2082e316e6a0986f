//! A comment that was meant to allow a finding, but is written in a way that psalink does not read: `<!-- psalink allow
//! RULE -->`.

use memchr::memmem;

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::scan::RegionKind;
use crate::lint::allow::is_allow;
use crate::lint::allow_spelling::meant_allow;
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::source::SourceKind;
use crate::source::edit::Edit;
use crate::span::Span;

/// A comment that allows findings is misspelled, or is where such comments are not read.
pub const RULE: Rule = Rule {
    name: "misspelt-allow",
    level: Level::Warning,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a comment was meant to allow findings, and psalink does not read it",
    page: include_str!("../../../fixtures/rules/misspelt-allow.md"),
    checks: &[Check::Allow],
};

/// Reports misspelled comments in a template; `rules` are the names of all rules.
pub(in crate::lint) fn findings(cx: &Context<'_>, rules: &[&str], found: &mut Vec<Diagnostic>) {
    in_settings(cx, rules, found);
    if cx.document.source().kind() != SourceKind::Html {
        in_text(cx, rules, found);
        return;
    }
    let comments = cx.markers().map(|(_, region)| region);
    let comments = comments.filter(|region| matches!(region.kind, RegionKind::Comment | RegionKind::BogusComment));
    for comment in comments.filter(|region| !is_allow(cx.slice(region.span))) {
        let text = cx.document.text(comment.span);
        let inside = text.trim_start_matches(['<', '!', '?', '-']).trim_end_matches(['>', '-']);
        let Some(meant) = meant_allow(inside, rules) else { continue };
        let right = meant.comment();
        let finding = RULE.at(comment.span, "psalink does not read this comment, so it allows nothing");
        let title = format!("write `{right}`");
        found.push(match meant.rules.is_empty() || comment.conditional {
            true => finding.help(title),
            // A fix must not hide a finding.
            false => finding.help(title.clone()).fix(title, Safety::Shown, vec![Edit::new(comment.span, right)]),
        });
    }
}

/// `# psalink: allow RULE` in the settings at the top, which are not part of the message.
fn in_settings(cx: &Context<'_>, rules: &[&str], found: &mut Vec<Diagnostic>) {
    let Some(settings) = cx.document.front_matter().map(|settings| settings.span) else { return };
    let mut start = settings.start as usize;
    for line in cx.slice(settings).split_inclusive(|byte| *byte == b'\n') {
        let row = cx.trim(Span::new(start, start + line.len()));
        start += line.len();
        let text = cx.document.text(row);
        if let Some(meant) = text.strip_prefix('#').and_then(|text| meant_allow(text, rules)) {
            found.push(
                RULE.at(row, "a comment in the settings allows nothing")
                    .help(format!("write `{}` below the settings", meant.comment())),
            );
        }
    }
}

/// HTML comments in plain text, which every reader would see.
fn in_text(cx: &Context<'_>, rules: &[&str], found: &mut Vec<Diagnostic>) {
    let bytes = cx.bytes();
    let mut from = 0;
    while let Some(start) = memmem::find(&bytes[from..], b"<!--").map(|at| from + at) {
        let Some(end) = memmem::find(&bytes[start..], b"-->").map(|at| start + at + 3) else { return };
        from = end;
        let span = Span::new(start, end);
        let text = cx.document.text(span);
        if meant_allow(text.trim_start_matches(['<', '!', '-']).trim_end_matches(['>', '-']), rules).is_some() {
            found.push(
                RULE.at(span, "a text has no comments, so this allows nothing, and the reader would see it")
                    .help("remove it, and use `ignore` under `templates` in psalink.yaml"),
            );
        }
    }
}
