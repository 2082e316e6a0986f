//! Findings in composed templates, mapped to the files that the user edits, each reported once.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::quality::FixedState;
use psalink::compose::Mapped;
use psalink::lint::UNUSED_ALLOW;
use psalink::{Diagnostic, Source};

/// Identifies a finding, in 16 bytes, because there may be hundreds of thousands.
type FindingId = [u64; 2];

/// The findings of a run that were already reported. A layout has the same findings in every template that uses it.
#[derive(Default)]
pub struct Reported {
    seen: HashSet<FindingId>,
}

/// All findings of a run, which are reported after all templates were checked.
#[derive(Default)]
pub struct Gathered {
    files: Vec<ComposedFile>,
    by_name: HashMap<String, usize>,
    /// The positions of findings in `files`.
    known: HashMap<FindingId, (usize, usize)>,
    jobs: usize,
}

/// A file that templates were composed from.
struct ComposedFile {
    source: Arc<Source>,
    findings: Vec<ComposedFinding>,
    /// How many jobs used it.
    jobs: usize,
}

struct ComposedFinding {
    finding: Diagnostic,
    /// The first template that has it.
    template: String,
    /// The others.
    more: HashSet<String>,
    /// How many jobs found it, and the last of them.
    jobs: usize,
    last: usize,
}

impl Reported {
    /// The findings that were not reported before, grouped by their files.
    pub fn new_ones(&mut self, mapped: Vec<Mapped>) -> Vec<(Arc<Source>, Vec<Diagnostic>)> {
        let mut files: Vec<(Arc<Source>, Vec<Diagnostic>)> = Vec::new();
        for Mapped { source, finding } in mapped {
            if !self.seen.insert(key(&source, &finding)) {
                continue;
            }
            match files.iter_mut().find(|(known, _)| known.name() == source.name()) {
                Some((_, findings)) => findings.push(finding),
                None => files.push((source, vec![finding])),
            }
        }
        files
    }
}

impl Gathered {
    /// Adds what one job found in a template that was composed from `used`.
    pub fn add(&mut self, template: &str, used: &[Arc<Source>], mapped: Vec<Mapped>) {
        self.jobs += 1;
        for source in used {
            let index = self.file(source);
            self.files[index].jobs += 1;
        }
        for Mapped { source, finding } in mapped {
            let key = key(&source, &finding);
            let Some(&(file, index)) = self.known.get(&key) else {
                let file = self.file(&source);
                self.known.insert(key, (file, self.files[file].findings.len()));
                let (template, more) = (template.to_owned(), HashSet::new());
                self.files[file].findings.push(ComposedFinding { finding, template, more, jobs: 1, last: self.jobs });
                continue;
            };
            let found = &mut self.files[file].findings[index];
            if found.last != self.jobs {
                found.jobs += 1;
                found.last = self.jobs;
                if found.template != template && !found.more.contains(template) {
                    found.more.insert(template.to_owned());
                }
            }
        }
    }

    /// The files with their findings in order, including those without findings.
    pub fn into_files(self) -> impl Iterator<Item = (Arc<Source>, Vec<Diagnostic>)> {
        self.files.into_iter().map(|file| {
            let name = file.source.name();
            // What one template does not need, another may need.
            let is_reported =
                |found: &ComposedFinding| found.finding.rule != UNUSED_ALLOW.name || found.jobs >= file.jobs;
            let mut findings: Vec<Diagnostic> = Vec::with_capacity(file.findings.len());
            for found in file.findings.into_iter().filter(is_reported) {
                let mut finding = found.finding;
                if found.template != name && name != format!("{} (composed)", found.template) {
                    let more = match found.more.len() {
                        0 => String::new(),
                        1 => ", and in 1 more template".to_owned(),
                        more => format!(", and in {more} more templates"),
                    };
                    let note = format!("found in `{}`, which uses this file{more}", found.template);
                    finding.add_note(note.into());
                }
                findings.push(finding);
            }
            findings.sort_by_key(|finding| (finding.span.start, Reverse(finding.level)));
            (file.source, findings)
        })
    }

    fn file(&mut self, source: &Arc<Source>) -> usize {
        *self.by_name.entry(source.name().to_owned()).or_insert_with(|| {
            self.files.push(ComposedFile { source: Arc::clone(source), findings: Vec::new(), jobs: 0 });
            self.files.len() - 1
        })
    }
}

fn key(source: &Source, finding: &Diagnostic) -> FindingId {
    let identity = (source.name(), finding.rule, finding.span.start, finding.span.end, &*finding.message);
    [1, 2].map(|seed| FixedState::with_seed(seed).hash_one(identity))
}

#[cfg(test)]
mod tests {
    use psalink::Span;

    use super::*;
    use psalink::SourceKind;

    fn found(source: &Arc<Source>, rule: &'static str) -> Mapped {
        Mapped { source: Arc::clone(source), finding: Diagnostic::warning(rule, Span::new(0, 1), "wrong") }
    }

    #[test]
    fn a_finding_in_a_layout_is_reported_once() {
        let layout = Arc::new(Source::from_text("_l.html.j2", "x", SourceKind::Html));
        let mut gathered = Gathered::default();
        for template in ["a", "b", "c", "a", "b", "c"] {
            let twice = vec![found(&layout, "missing-alt"), found(&layout, "missing-alt")];
            gathered.add(template, std::slice::from_ref(&layout), twice);
        }
        let files: Vec<_> = gathered.into_files().collect();
        assert_eq!((files.len(), files[0].1.len()), (1, 1));
        assert_eq!(files[0].1[0].notes(), ["found in `a`, which uses this file, and in 2 more templates".into()]);
    }

    #[test]
    fn a_comment_that_one_template_needs_is_used() {
        let layout = Arc::new(Source::from_text("_l.html.j2", "x", SourceKind::Html));
        for (needed, reported) in [(true, 0), (false, 1)] {
            let mut gathered = Gathered::default();
            let used = std::slice::from_ref(&layout);
            gathered.add("a", used, vec![found(&layout, "unused-allow")]);
            gathered.add("b", used, if needed { Vec::new() } else { vec![found(&layout, "unused-allow")] });
            assert_eq!(gathered.into_files().map(|(_, findings)| findings.len()).sum::<usize>(), reported);
        }
    }
}
