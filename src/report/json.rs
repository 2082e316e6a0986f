//! Findings for programs, in a format that a JSON schema describes.

use std::io::{self, BufWriter, Write};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use crate::diagnostic;
use crate::report::{Located, LocatedEdit, LocatedFix, Report, Totals, escaped_json};
use crate::source;

/// The version of the format. It changes if an existing field changes its meaning or is removed.
pub const VERSION: u32 = 1;

/// The JSON schema of the format.
///
/// ```
/// let schema: serde_json::Value = serde_json::from_str(psalink::report::json::SCHEMA)?;
/// assert_eq!(schema["properties"]["version"]["const"], psalink::report::json::VERSION);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub const SCHEMA: &str = include_str!("../../fixtures/schemas/lint-report.json");

/// Writes the findings as JSON.
///
/// # Errors
///
/// An error of the writer.
///
/// ```
/// use psalink::report::{self, Report};
/// let mut out = Vec::new();
/// report::json::write(&Report::default(), &mut out)?;
/// let json: serde_json::Value = serde_json::from_slice(&out)?;
/// assert_eq!(json["summary"]["files"], 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(report: &Report, out: impl Write) -> io::Result<()> {
    let json = Json {
        version: VERSION,
        diagnostics: report.findings.iter().map(Diagnostic::of).collect(),
        summary: Summary::of(report),
    };
    // The serializer writes byte by byte.
    let mut out = BufWriter::new(out);
    escaped_json::write_pretty(&mut out, &json)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Generates the JSON schema; [`SCHEMA`] is its saved result.
pub fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Json<'_>>().to_value()
}

/// What `psalink lint --format json` has found.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "psalink lint --format json")]
struct Json<'a> {
    /// The version of this form.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// The findings, in the order of the files, and of their places in a file.
    diagnostics: Vec<Diagnostic<'a>>,
    /// How much was found.
    summary: Summary<'a>,
}

/// One thing that is wrong in a template.
#[derive(Serialize, JsonSchema)]
struct Diagnostic<'a> {
    /// The template, as it was named on the command line or found in a folder.
    path: &'a str,
    /// The rule that reports it; `psalink explain` shows its page.
    rule: &'a str,
    /// How bad it is.
    level: Level,
    /// What is wrong.
    message: &'a str,
    /// Where it starts.
    start: Position,
    /// Where it ends: the place after its last character.
    end: Position,
    /// What else is worth knowing.
    notes: Vec<&'a str>,
    /// What to do.
    help: Option<&'a str>,
    /// The change that fixes it.
    fix: Option<Fix<'a>>,
}

/// How bad a finding is: an error is a link that cannot work or gives something away, a warning is what a customer
/// would notice.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warning,
    Note,
}

/// A place in a file.
#[derive(Serialize, JsonSchema)]
struct Position {
    /// Bytes before it in the file as it is on the disk.
    offset: usize,
    /// The line, from 1.
    #[schemars(range(min = 1))]
    line: usize,
    /// The column in characters (Unicode code points), from 1.
    #[schemars(range(min = 1))]
    column: usize,
    /// The column in UTF-16 units, from 1.
    #[schemars(range(min = 1))]
    column_utf16: usize,
}

/// A change that fixes a finding.
#[derive(Serialize, JsonSchema)]
struct Fix<'a> {
    /// What it does.
    title: &'a str,
    /// Who makes it.
    safety: Safety,
    /// The spans that it replaces, in order; they do not overlap.
    edits: Vec<Edit<'a>>,
}

/// How sure a change is: `--fix` makes a safe one, `--unsafe-fixes` also a suggested one, a shown one is left to people.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Safety {
    Safe,
    Suggested,
    Shown,
}

/// A span of the file that a text replaces.
#[derive(Serialize, JsonSchema)]
struct Edit<'a> {
    /// Bytes before it in the file as it is on the disk.
    start: usize,
    /// Bytes up to its end in the file as it is on the disk.
    end: usize,
    /// The text that comes, to be written in the encoding of the file.
    text: &'a str,
}

/// How much was found.
#[derive(Serialize, JsonSchema)]
struct Summary<'a> {
    /// Templates that were checked.
    files: usize,
    /// Findings that are errors.
    errors: usize,
    /// Findings that are warnings.
    warnings: usize,
    /// Findings that are notes.
    notes: usize,
    /// Findings that `--fix` fixes.
    fixable: usize,
    /// Findings that are counted above and not listed: a report lists the first 100 places of a rule in a file, and all
    /// with `--verbose`. Left out where everything is listed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cut: Vec<Cut<'a>>,
}

/// Places of one rule in one file that are counted and not listed.
#[derive(Serialize, JsonSchema)]
struct Cut<'a> {
    /// The template.
    path: &'a str,
    /// The rule.
    rule: &'a str,
    /// How many places are not listed.
    #[schemars(range(min = 1))]
    count: usize,
}

impl Diagnostic<'_> {
    fn of(found: &Located) -> Diagnostic<'_> {
        Diagnostic {
            path: &found.path,
            rule: found.rule,
            level: match found.level {
                diagnostic::Level::Error => Level::Error,
                diagnostic::Level::Warning => Level::Warning,
                diagnostic::Level::Note => Level::Note,
            },
            message: &found.message,
            start: Position::of(found.start),
            end: Position::of(found.end),
            notes: found.notes.iter().map(String::as_str).collect(),
            help: found.help.as_deref(),
            fix: found.fix.as_ref().map(Fix::of),
        }
    }
}

impl Position {
    fn of(at: source::Position) -> Position {
        Position { offset: at.offset, line: at.line, column: at.column, column_utf16: at.column_utf16 }
    }
}

impl Fix<'_> {
    fn of(fix: &LocatedFix) -> Fix<'_> {
        Fix {
            title: &fix.title,
            safety: match fix.safety {
                diagnostic::Safety::Safe => Safety::Safe,
                diagnostic::Safety::Suggested => Safety::Suggested,
                diagnostic::Safety::Shown => Safety::Shown,
            },
            edits: fix.edits.iter().map(Edit::of).collect(),
        }
    }
}

impl Edit<'_> {
    fn of(edit: &LocatedEdit) -> Edit<'_> {
        Edit { start: edit.start.offset, end: edit.end.offset, text: &edit.text }
    }
}

impl Summary<'_> {
    fn of(report: &Report) -> Summary<'_> {
        let Totals { files, errors, warnings, notes, fixable } = report.totals();
        let cut = report.cut.iter().map(|cut| Cut { path: &cut.path, rule: cut.rule, count: cut.count() });
        Summary { files, errors, warnings, notes, fixable, cut: cut.collect() }
    }
}
