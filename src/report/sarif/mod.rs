//! Findings as SARIF 2.1.0, which code scanners and editors read.
//!
//! ```text
//! Report --write--> one run: its rules with their pages, its results with their fixes, its errors as notifications
//! ```
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html>

mod rules;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use serde::Serialize;

use self::rules::Descriptor;
use crate::diagnostic::Safety;
use crate::error::Error;
use crate::lint::RULES;
use crate::report::{Cut, Located, LocatedFix, Report, escaped_json, path};
use crate::source::Position;

/// The version of SARIF.
pub const VERSION: &str = "2.1.0";

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The base of relative addresses, by the name that GitHub and editors know.
const ROOT: &str = "%SRCROOT%";

/// Writes the findings as a SARIF log with one run.
///
/// # Errors
///
/// An error of the writer.
///
/// ```
/// use psalink::report::{self, Report};
/// let mut out = Vec::new();
/// report::sarif::write(&Report::default(), &mut out)?;
/// let json: serde_json::Value = serde_json::from_slice(&out)?;
/// assert_eq!(json["version"], report::sarif::VERSION);
/// assert_eq!(json["runs"][0]["tool"]["driver"]["name"], "psalink");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(report: &Report, out: impl Write) -> io::Result<()> {
    let log = Log { version: VERSION, schema: SCHEMA, runs: [Run::of(report)] };
    let mut out = BufWriter::new(out);
    escaped_json::write_pretty(&mut out, &log)?;
    out.write_all(b"\n")?;
    out.flush()
}

#[derive(Serialize)]
struct Log<'a> {
    version: &'static str,
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool,
    invocations: [Invocation; 1],
    original_uri_base_ids: BTreeMap<&'static str, Base>,
    column_kind: &'static str,
    newline_sequences: [&'static str; 3],
    results: Vec<Outcome<'a>>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    version: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    associated_rule: Option<RuleReference>,
}

#[derive(Serialize)]
struct RuleReference {
    id: &'static str,
}

#[derive(Serialize)]
struct Base {
    description: Message,
}

/// A text. Viewers show a text without `arguments` unchanged, so braces in it are not doubled.
#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, &'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    end_line: usize,
    end_column: usize,
    byte_offset: usize,
    byte_length: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix<'a> {
    description: Message,
    artifact_changes: [Change<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement<'a> {
    deleted_region: Region,
    inserted_content: Content<'a>,
}

#[derive(Serialize)]
struct Content<'a> {
    text: &'a str,
}

impl Run<'_> {
    fn of(report: &Report) -> Run<'_> {
        let version = env!("CARGO_PKG_VERSION");
        let driver = Driver { name: "psalink", version, semantic_version: version, rules: rules::all() };
        let base = Base { description: Message { text: "The folder in which psalink was run.".to_owned() } };
        Run {
            tool: Tool { driver },
            invocations: [Invocation {
                execution_successful: report.errors.is_empty(),
                tool_execution_notifications: {
                    let cut = report.cut.iter().map(Notification::of_cut);
                    report.errors.iter().map(Notification::of).chain(cut).collect()
                },
            }],
            original_uri_base_ids: BTreeMap::from([(ROOT, base)]),
            column_kind: "utf16CodeUnits",
            newline_sequences: ["\r\n", "\n", "\r"],
            results: report.findings.iter().map(Outcome::of).collect(),
        }
    }
}

impl Notification {
    fn of(error: &Error) -> Notification {
        let location = |path| Location {
            physical_location: PhysicalLocation { artifact_location: ArtifactLocation::of(path), region: None },
        };
        let text = match error.place() {
            Some((line, column)) => format!("line {line}, column {column}: {}", error.detail()),
            None => error.detail().to_owned(),
        };
        Notification {
            level: "error",
            message: Message { text },
            locations: error.path().map(location).into_iter().collect(),
            associated_rule: None,
        }
    }

    /// How many more places of a rule there are than the results show.
    fn of_cut(cut: &Cut) -> Notification {
        let artifact_location = ArtifactLocation::of(&cut.path);
        let region = Some(Region::of(cut.start, cut.start));
        Notification {
            level: "note",
            message: Message { text: cut.text() },
            locations: vec![Location { physical_location: PhysicalLocation { artifact_location, region } }],
            associated_rule: Some(RuleReference { id: cut.rule }),
        }
    }
}

impl Outcome<'_> {
    fn of(found: &Located) -> Outcome<'_> {
        Outcome {
            rule_id: found.rule,
            rule_index: RULES.iter().position(|rule| rule.name == found.rule),
            level: found.level.name(),
            message: Message { text: found.text() },
            locations: [Location {
                physical_location: PhysicalLocation {
                    artifact_location: ArtifactLocation::of(&found.path),
                    region: Some(Region::of(found.start, found.end)),
                },
            }],
            partial_fingerprints: BTreeMap::from([("psalinkFinding/v1", found.fingerprint.as_str())]),
            fixes: found.fix.iter().filter_map(|fix| Fix::of(&found.path, fix)).collect(),
        }
    }
}

impl Fix<'_> {
    /// A fix that may be applied; programs that read the log treat every fix that way.
    fn of<'a>(path: &str, fix: &'a LocatedFix) -> Option<Fix<'a>> {
        if fix.safety < Safety::Suggested || fix.edits.is_empty() {
            return None;
        }
        let replacement = |edit: &'a crate::report::LocatedEdit| Replacement {
            deleted_region: Region::of(edit.start, edit.end),
            inserted_content: Content { text: &edit.text },
        };
        let replacements = fix.edits.iter().map(replacement).collect();
        Some(Fix {
            description: Message { text: fix.title.clone() },
            artifact_changes: [Change { artifact_location: ArtifactLocation::of(path), replacements }],
        })
    }
}

impl ArtifactLocation {
    fn of(path: &str) -> ArtifactLocation {
        let (uri, is_relative) = path::uri(path);
        ArtifactLocation { uri, uri_base_id: is_relative.then_some(ROOT) }
    }
}

impl Region {
    fn of(start: Position, end: Position) -> Region {
        Region {
            start_line: start.line,
            start_column: start.column_utf16,
            end_line: end.line,
            end_column: end.column_utf16,
            byte_offset: start.offset,
            byte_length: end.offset - start.offset,
        }
    }
}
