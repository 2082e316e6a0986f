//! Every link before and after a rewrite, as a table for whoever must approve it: Markdown, HTML, CSV or JSON.

use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::rewritten::{LinkChange, LinkOutcome};
use crate::source::Source;

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The template.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// `kept`, `corrected`, `expanded` or `reported`.
    pub outcome: &'static str,
    /// What stood there.
    pub before: String,
    /// The link after the rewrite.
    pub after: String,
}

/// What the table is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table that GitHub and most wikis show.
    Markdown,
    /// A page that stands on its own.
    Html,
    /// For a spreadsheet.
    Csv,
    /// For a program.
    Json,
}

/// The version of the JSON form.
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
}

impl Format {
    /// The format that a file's name asks for.
    ///
    /// # Errors
    ///
    /// An ending that is none of the four.
    pub fn of(path: &std::path::Path) -> Result<Format, Error> {
        match path.extension().and_then(|end| end.to_str()).map(str::to_lowercase).as_deref() {
            Some("md" | "markdown") => Ok(Format::Markdown),
            Some("html" | "htm") => Ok(Format::Html),
            Some("csv") => Ok(Format::Csv),
            Some("json") => Ok(Format::Json),
            _ => {
                let detail = "the name of a report ends in .md, .html, .csv or .json, which says what it is written as";
                Err(Error::new(ErrorKind::Usage, detail).at(path.display().to_string()))
            }
        }
    }
}

/// The rows of one template.
pub fn rows(source: &Source, links: &[LinkChange]) -> Vec<Row> {
    let mut positions = source.positions();
    links
        .iter()
        .map(|link| {
            let at = positions.at(link.span.start as usize);
            Row {
                path: source.name().to_owned(),
                line: at.line,
                column: at.column,
                outcome: link.outcome.name(),
                before: link.before.to_string(),
                after: link.after.to_string(),
            }
        })
        .collect()
}

/// Writes the table.
///
/// # Errors
///
/// None that a caller could cause; writers of CSV and JSON may report their own.
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
            let mut text = serde_json::to_string_pretty(&json).map_err(|error| failed(error.into()))?;
            text.push('\n');
            Ok(text)
        }
    }
}

fn summary(rows: &[Row]) -> Summary {
    let count = |outcome: LinkOutcome| rows.iter().filter(|row| row.outcome == outcome.name()).count();
    Summary {
        links: rows.len(),
        corrected: count(LinkOutcome::Corrected),
        expanded: count(LinkOutcome::Expanded),
        reported: count(LinkOutcome::Reported),
        kept: count(LinkOutcome::Kept),
    }
}

fn counts(rows: &[Row]) -> String {
    let Summary { links, corrected, expanded, reported, kept } = summary(rows);
    let noun = if links == 1 { "link" } else { "links" };
    format!(
        "{links} {noun}: {expanded} made from macros and ticket numbers, {corrected} corrected, {kept} right before, \
         {reported} left for a person to decide."
    )
}

fn markdown(rows: &[Row]) -> String {
    // A cell must not end at a bar, a backtick or a line end of its own.
    let cell = |text: &str| {
        let fence = if text.contains('`') { "``" } else { "`" };
        let text = text.replace('|', "\\|").replace(['\r', '\n'], " ");
        let pad = if fence.len() > 1 { " " } else { "" };
        format!("{fence}{pad}{text}{pad}{fence}")
    };
    let mut out = format!("# Links in your notification templates\n\n{}\n", counts(rows));
    for file in rows.chunk_by(|a, b| a.path == b.path) {
        out.push_str(&format!(
            "\n## {}\n\n| line | what happened | before | after |\n| --- | --- | --- | --- |\n",
            file[0].path
        ));
        for row in file {
            out.push_str(&format!(
                "| {}:{} | {} | {} | {} |\n",
                row.line,
                row.column,
                row.outcome,
                cell(&row.before),
                cell(&row.after)
            ));
        }
    }
    out
}

fn html(rows: &[Row]) -> Result<String, minijinja::Error> {
    #[derive(Serialize)]
    struct File<'a> {
        path: &'a str,
        links: &'a [Row],
    }
    let files: Vec<File> =
        rows.chunk_by(|a, b| a.path == b.path).map(|links| File { path: &links[0].path, links }).collect();
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
    writer.write_record(["path", "line", "column", "outcome", "before", "after"])?;
    for row in rows {
        // A spreadsheet would take a cell that begins so for a formula.
        let safe = |text: &str| {
            if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
        };
        let (line, column) = (row.line.to_string(), row.column.to_string());
        writer.write_record([&safe(&row.path), &line, &column, row.outcome, &safe(&row.before), &safe(&row.after)])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<Row> {
        let row = |path: &str, before: &str, outcome| Row {
            path: path.to_owned(),
            line: 1,
            column: 2,
            outcome,
            before: before.to_owned(),
            after: "https://x/?a&b=<c>".to_owned(),
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
    fn the_name_says_the_format() {
        assert_eq!(Format::of(std::path::Path::new("x.MD")).unwrap(), Format::Markdown);
        assert!(Format::of(std::path::Path::new("x.pdf")).is_err());
    }
}
