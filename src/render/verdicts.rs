//! The verdicts on the links of a message: what the rules report about the addresses in its template, and which values
//! of the user's sample a link cannot take.
//!
//! Only the rules judge a link, so that `psalink lint` and a preview never disagree: a preview runs them on the
//! template that it fills in, and adds only problems with the values.

use std::sync::Arc;

use crate::config::settings::Settings;
use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Context, check_value, values_in_link};
use crate::parse::document::{Document, Part};
use crate::render::rendered::Doubt;
use crate::render::sample::{Sample, SampleValue};
use crate::secret::masked;
use crate::span::Span;
use crate::vocabulary::{Command, Param, Vocabulary};

/// How many reasons are given for one link.
const MOST: usize = 3;

/// One finding about an address.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// Its position in the template.
    span: Span,
    level: Level,
    text: Arc<str>,
}

/// The verdicts on the addresses in one file of a template, in order of position.
#[derive(Debug, Default)]
pub(crate) struct Verdicts(Vec<Verdict>);

impl Verdicts {
    /// The verdicts from the findings of the rules.
    pub(crate) fn of(findings: Vec<Diagnostic>) -> Verdicts {
        let verdict = |finding: Diagnostic| Verdict { span: finding.span, level: finding.level, text: finding.message };
        Verdicts(findings.into_iter().map(verdict).collect())
    }

    /// Why the link with an address does not work, and the worst of the other findings about it.
    pub(super) fn on(&self, address: Span) -> (Option<String>, Option<Doubt>) {
        let first = self.0.partition_point(|verdict| verdict.span.start < address.start);
        let is_on = |verdict: &&Verdict| {
            let span = verdict.span;
            span.start < address.end || span.start == address.end && (span.is_empty() || address.is_empty())
        };
        // A verdict on what surrounds an address, such as doubled quotes, begins before it.
        let is_around = |verdict: &&Verdict| verdict.span.covers(address);
        let around = self.0[first.saturating_sub(MOST)..first].iter().filter(is_around);
        let inside = self.0[first..].iter().take_while(|verdict| verdict.span.start <= address.end).filter(is_on);
        let verdicts = around.chain(inside);
        let mut reasons: Vec<&str> = Vec::new();
        let (mut more, mut doubt) = (0, None::<&Verdict>);
        for verdict in verdicts {
            match verdict.level {
                Level::Error if reasons.contains(&&*verdict.text) => {}
                Level::Error if reasons.len() < MOST => reasons.push(&verdict.text),
                Level::Error => more += 1,
                Level::Warning | Level::Note => {
                    doubt = doubt.filter(|worst| worst.level >= verdict.level).or(Some(verdict));
                }
            }
        }
        let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
        let problem = (!reasons.is_empty()).then(|| reasons.join("; ") + &rest);
        (problem, doubt.map(|worst| Doubt { level: worst.level, text: worst.text.to_string() }))
    }

    /// The values of the user's sample that a link of the template cannot take. The values that ship with psalink are
    /// only examples, so they prove nothing about a link.
    pub(super) fn of_values(
        document: &Document,
        settings: &Settings,
        vocabulary: &Vocabulary,
        sample: &Sample,
    ) -> Verdicts {
        let cx = Context::new(document, settings, vocabulary);
        let dialect = settings.dialect(vocabulary);
        let mut verdicts = Vec::new();
        for &at in document.links().iter().filter(|at| !document.parts_in(at.span).is_empty()) {
            let Some(link) = cx.portal_link(at) else { continue };
            for (command, param, value) in values_in_link(&link) {
                let given = |part: &Part| {
                    let name = &part.spelling()?.name;
                    Some((part.span, sample.given(dialect, name)?))
                };
                let given: Vec<(Span, SampleValue<'_>)> =
                    document.parts_in(value.span).iter().filter_map(given).collect();
                let [(span, given)] = given.as_slice() else { continue };
                if *span == value.span
                    && let Some(text) = wrong_value(command, param, given)
                {
                    verdicts.push(Verdict { span: *span, level: Level::Error, text: text.into() });
                }
            }
        }
        verdicts.sort_by_key(|verdict| verdict.span);
        Verdicts(verdicts)
    }
}

/// What is wrong with a value of the sample as the value of a parameter, including where the value comes from.
fn wrong_value(command: &Command, param: &Param, given: &SampleValue<'_>) -> Option<String> {
    let SampleValue { key, value, from } = given;
    let (param_name, command_name) = (&param.name, &command.key);
    let about = "this is about the sample, not the template";
    if value.is_empty() {
        return Some(format!("`{key}` {from} is empty, but `{param_name}` of `{command_name}` needs a value; {about}"));
    }
    check_value(command, param, value, Span::new(0, 0))?;
    Some(masked(format!("`{key}` {from} is `{value}`, but `{param_name}` of `{command_name}` cannot be that; {about}")))
}
