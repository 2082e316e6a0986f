//! Checks templates: one file for each rule, and what they share.

mod add_allow;
mod allow;
mod checkup;
mod credentials;
mod destination;
mod foreign;
mod link_text;
mod links;
mod params;
mod placeholders;
mod profile;
mod rule;
mod whole_link;

mod automatic_action;
mod broken_entity;
mod conditional_link_differs;
mod desktop_link_only;
mod double_escaped;
mod doubled_brackets;
mod duplicate_parameter;
mod emoji_lost;
mod empty_link;
mod encoded_placeholder;
mod external_stylesheet;
mod fill_me_in_text;
mod foreign_syntax;
mod form_in_mail;
mod gateway_wrapped_link;
mod hard_coded_id;
mod html_placeholder_in_attribute;
mod insecure_link;
mod internal_content_to_customer;
mod invalid_utf_8;
mod invalid_value;
mod link_text_differs;
mod long_subject;
pub(crate) mod macro_not_expandable;
mod magic_token;
mod missing_alt;
mod missing_charset;
mod missing_lang;
mod missing_parameter;
mod misspelt_case;
mod nested_anchor;
mod nonexistent_placeholder;
mod oversized_style;
mod oversized_template;
mod password_in_link;
mod placeholder_in_script;
mod placeholder_not_in_context;
mod psalink_only_syntax;
mod relative_url;
mod retired_deep_link;
mod scheme_before_placeholder;
mod script_in_mail;
mod script_link;
mod smart_quoted_attribute;
mod space_in_placeholder;
mod split_placeholder;
mod subject_without_ticket_number;
mod token_in_link;
mod unbalanced_conditional;
mod unclosed_anchor;
mod unclosed_placeholder;
mod unclosed_settings;
mod unconfirmed_command;
mod unescaped_ampersand;
mod unexpected_host;
mod unfilled_host;
mod unknown_command;
pub(crate) mod unknown_macro;
pub(crate) mod unknown_macro_key;
mod unknown_parameter;
mod unknown_placeholder;
mod unquoted_placeholder;
mod unused_allow;
mod vague_link_text;
mod wrong_dialect_placeholder;
mod wrong_id_placeholder;
mod wrong_language_placeholder;

pub use add_allow::{Allowed, allow_findings};
pub use checkup::{Address, Anchor, Checkup, PortalLink, Tag, Token};
pub use profile::{ALL, Profile, READY, rule};
pub use rule::{Check, Rule, When};

pub(crate) use allow::{Allow, Stretches, comments as allow_comments, is_allow};
pub(crate) use automatic_action::finding as automatic_action;
pub(crate) use desktop_link_only::finding as desktop_only;
pub(crate) use duplicate_parameter::findings as duplicate_keys;
pub(crate) use foreign::finding as foreign_placeholder;
pub(crate) use hard_coded_id::finding as hard_coded;
pub(crate) use html_placeholder_in_attribute::finding as html_in_attribute;
pub(crate) use invalid_utf_8::finding as invalid_utf_8;
pub(crate) use invalid_value::finding as check_value;
pub(crate) use link_text::{after_edits, same_text};
pub(crate) use links::{findings as link_findings, fix as fix_link, touches_macro};
pub(crate) use nonexistent_placeholder::RULE as NONEXISTENT;
pub(crate) use profile::ONLY_PSALINK;
pub(crate) use unclosed_anchor::finding as unclosed_anchor;
pub(crate) use unclosed_settings::finding as unclosed_settings;
pub(crate) use unconfirmed_command::finding as unconfirmed;
pub(crate) use unknown_placeholder::{findings as unknown_placeholders, unlisted};
pub(crate) use wrong_dialect_placeholder::RULE as WRONG_DIALECT;

use crate::diagnostic::{Diagnostic, Level};
use crate::document::{Document, Place};
use crate::outline::Outline;
use crate::secret;
use crate::settings::Settings;
use crate::sorting::sort_in_place;
use crate::span::Span;
use crate::vocabulary::Vocabulary;

/// Every rule, errors first.
pub const RULES: &[&Rule] = &[
    &wrong_dialect_placeholder::RULE,
    &wrong_language_placeholder::RULE,
    &encoded_placeholder::RULE,
    &split_placeholder::RULE,
    &html_placeholder_in_attribute::RULE,
    &nonexistent_placeholder::RULE,
    &unknown_command::RULE,
    &missing_parameter::RULE,
    &invalid_value::RULE,
    &wrong_id_placeholder::RULE,
    &hard_coded_id::RULE,
    &unfilled_host::RULE,
    &retired_deep_link::RULE,
    &unquoted_placeholder::RULE,
    &broken_entity::RULE,
    &password_in_link::RULE,
    &token_in_link::RULE,
    &magic_token::RULE,
    &unknown_macro::RULE,
    &unknown_macro_key::RULE,
    &macro_not_expandable::RULE,
    &smart_quoted_attribute::RULE,
    &scheme_before_placeholder::RULE,
    &script_link::RULE,
    &unbalanced_conditional::RULE,
    &unclosed_settings::RULE,
    &unknown_placeholder::RULE,
    &misspelt_case::RULE,
    &space_in_placeholder::RULE,
    &unclosed_placeholder::RULE,
    &doubled_brackets::RULE,
    &unknown_parameter::RULE,
    &duplicate_parameter::RULE,
    &gateway_wrapped_link::RULE,
    &desktop_link_only::RULE,
    &double_escaped::RULE,
    &insecure_link::RULE,
    &automatic_action::RULE,
    &unconfirmed_command::RULE,
    &fill_me_in_text::RULE,
    &emoji_lost::RULE,
    &internal_content_to_customer::RULE,
    &foreign_syntax::RULE,
    &long_subject::RULE,
    &form_in_mail::RULE,
    &conditional_link_differs::RULE,
    &link_text_differs::RULE,
    &script_in_mail::RULE,
    &oversized_template::RULE,
    &unused_allow::RULE,
    &unexpected_host::RULE,
    &invalid_utf_8::RULE,
    &nested_anchor::RULE,
    &unclosed_anchor::RULE,
    &empty_link::RULE,
    &missing_alt::RULE,
    &relative_url::RULE,
    &external_stylesheet::RULE,
    &oversized_style::RULE,
    &placeholder_not_in_context::RULE,
    &placeholder_in_script::RULE,
    &subject_without_ticket_number::RULE,
    &psalink_only_syntax::RULE,
    &unescaped_ampersand::RULE,
    &missing_lang::RULE,
    &missing_charset::RULE,
    &vague_link_text::RULE,
];

/// The rules whose findings are about a secret itself.
pub(crate) const SECRETS: [&str; 3] = [password_in_link::RULE.name, token_in_link::RULE.name, magic_token::RULE.name];

/// What every rule but those about macros says of a template, in no order.
pub(crate) fn findings(
    document: &Document,
    settings: &Settings,
    vocabulary: &Vocabulary,
    profile: &Profile,
) -> Vec<Diagnostic> {
    let cx = Checkup::new(document, settings, vocabulary);
    let mut found = Vec::new();
    let done = of_links(&cx, &mut found);
    double_escaped::of_others(&cx, &done, &mut found);
    of_placeholders(&cx, &done, &mut found);
    for rule in RULES {
        if let Check::Template(check) | Check::Links(_, check) = rule.check
            && profile.reports(rule.name)
        {
            check(&cx, &mut found);
        }
    }
    found
}

/// Findings in their order, each once, at the levels of a profile, without what the comments of the template allow.
pub(crate) fn sift(document: &Document, found: Vec<Diagnostic>, profile: &Profile) -> Vec<Diagnostic> {
    let mut found = weighed(found, profile);
    let allows = allow::comments(document);
    let used = allow::sift(&allows, &mut found);
    once_per_file(&mut found);
    secret::cover(document.source(), &mut found);
    if !allows.is_empty() {
        let unused = allows.iter().zip(&used).flat_map(|(allow, used)| unused_allow::findings(allow, used, profile));
        found.extend(unused.filter_map(|finding| profile.weigh(finding)));
        sort(&mut found);
    }
    found
}

/// As [`sift`] does, where somebody else knows which findings are allowed.
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

/// Looks at each link of the portal. Gives the stretches whose placeholders are thereby spoken of.
fn of_links(cx: &Checkup<'_>, found: &mut Vec<Diagnostic>) -> Vec<Span> {
    let mut outline = Outline::of_links(cx.document);
    let mut done: Vec<Span> = Vec::new();
    for &at in cx.document.links() {
        let is_text = at.place == Place::Text;
        if done.last().is_some_and(|span| span.covers(at.span)) || links::touches_macro(cx.document, at.span) {
            continue;
        }
        // The text of a link is looked at together with the link.
        if is_text && outline.at(at.span.start as usize).anchor.is_some() {
            continue;
        }
        let Some(it) = cx.portal_link(at) else { continue };
        let mut findings = links::findings(cx, &it);
        done.push(at.span);
        // A text that is the same address changes with it.
        for fix in findings.iter_mut().filter_map(|finding| finding.fix.as_mut()) {
            let after = after_edits(cx.document.source(), at.span, &fix.edits);
            if let Some((span, text)) = same_text(cx.document, &it.link, &after) {
                fix.edits.push(crate::Edit::new(span, text));
                if done.last() != Some(&span) {
                    done.push(span);
                }
            }
        }
        found.append(&mut findings);
    }
    done
}

/// Looks at each placeholder that stands in no link of the portal.
fn of_placeholders(cx: &Checkup<'_>, done: &[Span], found: &mut Vec<Diagnostic>) {
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

/// What the rules about placeholders say of one.
fn placeholder_findings(cx: &Checkup<'_>, token: &Token<'_>, found: &mut Vec<Diagnostic>) {
    for rule in RULES {
        if let Check::Placeholder(check) = rule.check {
            check(cx, token, found);
        }
    }
}
