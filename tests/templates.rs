//! Whole templates as MSPs have them: the rewritten output of each is recorded, and a second run changes nothing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use psalink::session::Overrides;
use psalink::source::edit;
use psalink::{Config, Session, Source, SourceKind, Span};

fn session(dialect: Option<&str>) -> Session {
    let overrides =
        Overrides { dialect: dialect.map(str::to_owned), portal: Some("acme".to_owned()), ..Overrides::default() };
    Session::new(Config::default(), overrides).unwrap()
}

pub(crate) fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/templates").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "html" || end == "txt"))
        .collect();
    files.sort();
    files
}

pub(crate) fn kind(path: &Path) -> SourceKind {
    let name = path.to_str().unwrap();
    if name.ends_with(".subject.txt") {
        SourceKind::Subject
    } else if name.ends_with(".txt") {
        SourceKind::Text
    } else {
        SourceKind::Html
    }
}

/// The messages and the output of rewriting a template, and the bytes.
fn rewrite(session: &Session, path: &Path, bytes: Vec<u8>) -> (String, Option<Vec<u8>>) {
    let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_str().unwrap().replace('\\', "/");
    let mut out = String::new();
    let mut rewriter = session.rewriter();
    let rewritten = Source::read(&name, bytes, kind(path), None)
        .and_then(|source| session.parse(source, &mut rewriter.parser))
        .and_then(|document| Ok((session.rewrite(&document, &mut rewriter)?, document)))
        .and_then(|(rewritten, document)| Ok((edit::apply(document.source(), &rewritten.edits)?, rewritten, document)));
    let (bytes, rewritten, document) = match rewritten {
        Ok(rewritten) => rewritten,
        Err(error) => return (format!("error: {error}\n"), None),
    };
    let mut positions = document.source().positions();
    let _ = writeln!(
        out,
        "{}: {} expanded, {} corrected",
        document.source().encoding(),
        rewritten.expanded + rewritten.linked,
        rewritten.corrected
    );
    for diagnostic in &rewritten.diagnostics {
        let at = positions.at(diagnostic.span.start as usize);
        let _ = write!(
            out,
            "{}:{}: {}[{}]: {}",
            at.line,
            at.column,
            diagnostic.level.name(),
            diagnostic.rule,
            diagnostic.message
        );
        let _ = writeln!(out, "{}", diagnostic.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default());
    }
    let after = Source::read(&name, bytes.clone(), kind(path), None).unwrap();
    let text = after.text(Span::new(0, after.bytes().len())).replace('\u{feff}', "<BOM>").replace("\r\n", "<CR>\n");
    let _ = write!(out, "----\n{text}");
    (out, Some(bytes))
}

fn record(folder: &str, dialect: Option<&str>, at_least: usize) {
    let session = session(dialect);
    let files = files(folder);
    assert!(files.len() >= at_least, "only {} templates in {folder}", files.len());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("snapshots/{folder}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let (out, rewritten) = rewrite(&session, &path, bytes);
        let name = path.file_name().unwrap().to_str().unwrap();
        settings.bind(|| insta::assert_snapshot!(name, out));
        if let Some(rewritten) = rewritten {
            let (_, second_output) = rewrite(&session, &path, rewritten.clone());
            assert!(second_output.as_ref() == Some(&rewritten), "a second run changes {name}");
        }
    }
}

#[test]
fn connectwise() {
    record("connectwise", Some("connectwise"), 12);
}

#[test]
fn autotask() {
    record("autotask", Some("autotask"), 12);
}

#[test]
fn broken() {
    record("broken", None, 8);
}

#[test]
fn the_dialect_of_a_template_is_detected() {
    let session = session(None);
    for dialect in ["connectwise", "autotask"] {
        for path in files(dialect) {
            let name = path.to_str().unwrap().to_owned();
            let source = Source::read(&name, std::fs::read(&path).unwrap(), kind(&path), None).unwrap();
            let mut rewriter = session.rewriter();
            let document = session.parse(source, &mut rewriter.parser).unwrap();
            if document.parts().is_empty() {
                continue;
            }
            match session.settings(&document, &mut rewriter.parser) {
                Ok(settings) => {
                    let found = &session.vocabulary().dialects()[settings.dialect].id;
                    let says_nothing = document.votes(session.vocabulary()).iter().all(|&votes| votes == 0);
                    assert!(found == dialect || says_nothing, "{name} is taken for {found}");
                }
                Err(error) => assert!(error.to_string().contains("--dialect"), "{error}"),
            }
        }
    }
}
