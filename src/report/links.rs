//! All links before and after a rewrite, as a table for the person who approves it: Markdown, HTML, CSV or JSON.

use std::borrow::Cow;
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::expand::rewritten::{LinkChange, LinkOutcome};
use crate::report::escaped_json;
use crate::secret::mask;
use crate::source::Source;

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The template.
    pub path: Arc<str>,
    /// The line, from 1; for a template that failed, only if it is known.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// `kept`, `corrected`, `expanded` or `reported`; `failed` if the template could not be processed.
    pub outcome: &'static str,
    /// The old text.
    pub before: Arc<str>,
    /// The link after the rewrite.
    pub after: Arc<str>,
    /// Why a link was corrected or reported, what else is worth knowing about it, or why a template failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
}

/// The format of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for GitHub and most wikis.
    Markdown,
    /// A standalone page.
    Html,
    /// For a spreadsheet.
    Csv,
    /// For a program.
    Json,
}

/// The outcome of a template that failed.
const FAILED: &str = "failed";

/// The version of the JSON format.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Json<'a> {
    version: u32,
    links: &'a [Row],
    summary: Summary,
}

#[derive(Serialize)]
struct Summary {
    links: usize,
    corrected: usize,
    expanded: usize,
    reported: usize,
    kept: usize,
    failed: usize,
}

impl Format {
    /// The format that a file name asks for.
    ///
    /// # Errors
    ///
    /// The file name has none of the four extensions.
    pub fn of(path: &std::path::Path) -> Result<Format, Error> {
        match path.extension().and_then(|end| end.to_str()).map(str::to_lowercase).as_deref() {
            Some("md" | "markdown") => Ok(Format::Markdown),
            Some("html" | "htm") => Ok(Format::Html),
            Some("csv") => Ok(Format::Csv),
            Some("json") => Ok(Format::Json),
            _ => {
                let detail = "the file name of a report must end in .md, .html, .csv or .json";
                Err(Error::new(ErrorKind::Usage, detail).at(path.display().to_string()))
            }
        }
    }
}

/// The rows of one template.
pub fn rows(source: &Source, links: &[LinkChange]) -> Vec<Row> {
    let mut positions = source.positions();
    let path: Arc<str> = source.name().into();
    let shown = |text: &Arc<str>| match mask(text) {
        Cow::Borrowed(_) => Arc::clone(text),
        Cow::Owned(masked) => masked.into(),
    };
    links
        .iter()
        .map(|link| {
            let at = positions.at(link.span.start as usize);
            Row {
                path: Arc::clone(&path),
                line: Some(at.line),
                column: Some(at.column),
                outcome: link.outcome.name(),
                before: shown(&link.before),
                after: shown(&link.after),
                reason: link.reason.clone(),
            }
        })
        .collect()
}

/// The row of a template that failed.
pub fn failed(path: &str, error: &Error) -> Row {
    let (line, column) = error.place().unzip();
    let (before, after) = (Arc::default(), Arc::default());
    Row { path: path.into(), line, column, outcome: FAILED, before, after, reason: Some(error.detail().into()) }
}

/// Writes the table.
///
/// # Errors
///
/// None that a caller could cause; the CSV and JSON writers may return their own.
pub fn write(rows: &[Row], format: Format) -> Result<String, Error> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::new(ErrorKind::Io, format!("could not write the report: {error}")).because(error)
    };
    match format {
        Format::Markdown => Ok(markdown(rows)),
        Format::Html => html(rows).map_err(|error| failed(error.into())),
        Format::Csv => csv(rows).map_err(failed),
        Format::Json => {
            let json = Json { version: VERSION, links: rows, summary: summary(rows) };
            let mut text = escaped_json::to_string_pretty(&json).map_err(|error| failed(error.into()))?;
            text.push('\n');
            Ok(text)
        }
    }
}

fn summary(rows: &[Row]) -> Summary {
    let count = |outcome: LinkOutcome| rows.iter().filter(|row| row.outcome == outcome.name()).count();
    let failed = rows.iter().filter(|row| row.outcome == FAILED).count();
    Summary {
        links: rows.len() - failed,
        corrected: count(LinkOutcome::Corrected),
        expanded: count(LinkOutcome::Expanded),
        reported: count(LinkOutcome::Reported),
        kept: count(LinkOutcome::Kept),
        failed,
    }
}

fn counts(rows: &[Row]) -> String {
    let Summary { links, corrected, expanded, reported, kept, failed } = summary(rows);
    let noun = if links == 1 { "link" } else { "links" };
    let failed = match failed {
        0 => String::new(),
        1 => " 1 template failed and was left as it is.".to_owned(),
        _ => format!(" {failed} templates failed and were left as they are."),
    };
    format!(
        "{links} {noun}: {expanded} made from macros and ticket numbers, {corrected} corrected, {kept} already right, \
         {reported} left for you to decide.{failed}"
    )
}

/// The line and column in the usual notation.
fn place(row: &Row) -> String {
    match (row.line, row.column) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        _ => String::new(),
    }
}

/// The rows of each template: those that say why it failed, and its links.
fn files(rows: &[Row]) -> impl Iterator<Item = (&str, Vec<&Row>, Vec<&Row>)> {
    rows.chunk_by(|a, b| a.path == b.path).map(|file| {
        let (failed, links) = file.iter().partition(|row| row.outcome == FAILED);
        (&*file[0].path, failed, links)
    })
}

fn markdown(rows: &[Row]) -> String {
    // A cell must not end at a bar, a backtick or a line break in its text.
    let cell = |text: &str| {
        let fence = if text.contains('`') { "``" } else { "`" };
        let text = text.replace('|', "\\|").replace(['\r', '\n'], " ");
        let pad = if fence.len() > 1 { " " } else { "" };
        format!("{fence}{pad}{text}{pad}{fence}")
    };
    let mut out = format!("# Links in your notification templates\n\n{}\n", counts(rows));
    for (path, failed, links) in files(rows) {
        out.push_str(&format!("\n## {path}\n\n"));
        for row in failed {
            let at = if row.line.is_some() { format!(" at {}", place(row)) } else { String::new() };
            let reason = row.reason.as_deref().unwrap_or_default().replace(['\r', '\n'], " ");
            out.push_str(&format!("{}{at}: {reason}\n", row.outcome));
        }
        if !links.is_empty() {
            out.push_str("| line | what happened | before | after | why |\n| --- | --- | --- | --- | --- |\n");
        }
        for row in links {
            out.push_str(&format!(
                "| {} | {} | {} | {} | {} |\n",
                place(row),
                row.outcome,
                cell(&row.before),
                cell(&row.after),
                row.reason.as_deref().unwrap_or_default().replace('|', "\\|").replace(['\r', '\n'], " ")
            ));
        }
    }
    out
}

fn html(rows: &[Row]) -> Result<String, minijinja::Error> {
    #[derive(Serialize)]
    struct File<'a> {
        path: &'a str,
        failed: Vec<&'a Row>,
        links: Vec<&'a Row>,
    }
    let files: Vec<File> = files(rows).map(|(path, failed, links)| File { path, failed, links }).collect();
    let mut environment = Environment::new();
    // minijinja writes `/` as a reference, which makes links hard to read in the source.
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.add_filter("html", |text: &str| htmlize::escape_attribute(text).into_owned());
    let values = context! { counts => counts(rows), files => minijinja::value::Serde(&files) };
    environment.render_named_str("links.html", include_str!("../../templates/report/links.html"), values)
}

fn csv(rows: &[Row]) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut writer =
        csv::WriterBuilder::new().has_headers(false).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(["path", "line", "column", "outcome", "before", "after", "reason"])?;
    for row in rows {
        // A spreadsheet would take a cell that begins this way for a formula.
        let safe = |text: &str| {
            if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
        };
        let number = |number: Option<usize>| number.map(|number| number.to_string()).unwrap_or_default();
        let reason = row.reason.as_deref().unwrap_or_default();
        let (line, column) = (number(row.line), number(row.column));
        let texts = [&row.path, &row.before, &row.after].map(|text| safe(text));
        let [path, before, after] = &texts;
        writer.write_record([path, &line, &column, row.outcome, before, after, &safe(reason)])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<Row> {
        let row = |path: &str, before: &str, outcome| Row {
            path: path.into(),
            line: Some(1),
            column: Some(2),
            outcome,
            before: before.into(),
            after: "https://x/?a&b=<c>".into(),
            reason: None,
        };
        vec![
            row("a.html", "[srnumber]", "expanded"),
            row("b.html", "x|`y`\n,\"=", "corrected"),
            row("b.html", "=1", "kept"),
        ]
    }

    #[test]
    fn cells_hold_anything() {
        let markdown = write(&sample(), Format::Markdown).unwrap();
        assert!(markdown.contains("| 1:2 | corrected | `` x\\|`y` ,\"= `` |"), "{markdown}");
        let html = write(&sample(), Format::Html).unwrap();
        assert!(html.contains("?a&amp;b=&lt;c&gt;"), "{html}");
        let csv = write(&sample(), Format::Csv).unwrap();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(&rows[1][4], "x|`y`\n,\"=");
        assert_eq!(&rows[2][4], "'=1");
        let json: serde_json::Value = serde_json::from_str(&write(&sample(), Format::Json).unwrap()).unwrap();
        assert_eq!(json["version"], 1);
        assert_eq!(json["summary"]["corrected"], 1);
        assert_eq!(json["links"][1]["before"], "x|`y`\n,\"=");
    }

    #[test]
    fn a_template_that_failed_is_listed_with_its_reason() {
        let error = Error::new(ErrorKind::Config, "unknown key `x<y`").at("c.html").at_place(3, 1);
        let mut rows = sample();
        rows.push(failed("c.html", &error));
        rows.push(failed("d.html", &Error::new(ErrorKind::Io, "could not read the file: permission denied")));
        let markdown = write(&rows, Format::Markdown).unwrap();
        assert!(markdown.contains("3 links: ") && markdown.contains("2 templates failed"), "{markdown}");
        assert!(markdown.contains("\n## c.html\n\nfailed at 3:1: unknown key `x<y`\n\n## d.html\n"), "{markdown}");
        let html = write(&rows, Format::Html).unwrap();
        assert!(html.contains("<p class=\"failed\">failed at 3:1: unknown key `x&lt;y`</p>"), "{html}");
        assert!(html.contains("<p class=\"failed\">failed: could not read"), "{html}");
        assert_eq!(html.matches("<table>").count(), 2);
        let csv = write(&rows, Format::Csv).unwrap();
        assert!(csv.contains("c.html,3,1,failed,,,unknown key `x<y`\r\nd.html,,,failed,,,could not read"), "{csv}");
        let json: serde_json::Value = serde_json::from_str(&write(&rows, Format::Json).unwrap()).unwrap();
        assert_eq!((&json["summary"]["links"], &json["summary"]["failed"]), (&3.into(), &2.into()));
        assert_eq!((&json["links"][3]["outcome"], &json["links"][3]["line"]), (&"failed".into(), &3.into()));
        assert_eq!(json["links"][4]["line"], serde_json::Value::Null);
        assert!(json["links"][0].get("reason").is_none());
    }

    #[test]
    fn the_name_says_the_format() {
        assert_eq!(Format::of(std::path::Path::new("x.MD")).unwrap(), Format::Markdown);
        assert!(Format::of(std::path::Path::new("x.pdf")).is_err());
    }
}
