//! What file names say: which files are templates, which are composed, and which belong to one message.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The extensions of a finished HTML body; new files get the first one.
pub const HTML: [&str; 2] = [".html", ".htm"];

/// The extension of a finished text-only body.
pub const TEXT: &str = ".txt";

/// The extension of a subject in a separate file.
pub const SUBJECT: &str = ".subject.txt";

/// The extension of a source, after the extension of what it is composed to.
pub const SOURCE: &str = ".j2";

/// Whether a file is a finished template.
pub fn is_template(path: &Path) -> bool {
    let name = file_name(path);
    HTML.iter().any(|ending| ends_with(name, ending)) || ends_with(name, TEXT)
}

/// Whether a file is a source that a template is composed from.
pub fn is_source(path: &Path) -> bool {
    file_name(path).len().checked_sub(SOURCE.len()).is_some_and(|end| {
        let (name, rest) = file_name(path).split_at(end);
        ends_with(rest, SOURCE) && (HTML.iter().any(|ending| ends_with(name, ending)) || ends_with(name, TEXT))
    })
}

/// Whether a file is composed before it is read, whatever it is composed to.
pub(crate) fn is_composed(name: &str) -> bool {
    name.len() > SOURCE.len() && ends_with(name.as_bytes(), SOURCE)
}

/// Whether a source is only used by others: its name begins with `_`, or the name of a folder between it and the
/// project does.
pub fn is_partial(path: &Path, project: Option<&Path>) -> bool {
    let inside = project.and_then(|project| {
        let absolute = |path: &Path| std::path::absolute(path).ok();
        absolute(path)?.strip_prefix(absolute(project)?).ok().map(Path::to_owned)
    });
    let begins = |name: &OsStr| name.as_encoded_bytes().starts_with(b"_");
    match inside {
        Some(inside) => inside.iter().any(begins),
        None => path.iter().rev().take(2).any(begins),
    }
}

/// The path of the template that a source is composed to.
pub fn finished(path: PathBuf) -> PathBuf {
    match path.extension() {
        Some(end) if end.eq_ignore_ascii_case(&SOURCE[1..]) => path.with_extension(""),
        _ => path,
    }
}

/// The path of the template that a source is composed to; `None` for any other file.
pub(crate) fn finished_of_source(path: &str) -> Option<&str> {
    path.strip_suffix(SOURCE)
}

/// The path of a template or its source, without the extensions that distinguish the files of a message: `mails/note`
/// for `mails/note.html.j2` and for `mails/note.subject.txt`.
///
/// ```
/// use psalink::file_names::stem;
/// assert_eq!(stem("mails/note.html.j2"), stem("mails/note.subject.txt"));
/// ```
pub fn stem(name: &str) -> &str {
    let name = without_source(name);
    let file = name.rfind(['/', '\\']).map_or(0, |at| at + 1);
    if name.len() > file + SUBJECT.len() && ends_with(name.as_bytes(), SUBJECT) {
        return &name[..name.len() - SUBJECT.len()];
    }
    match name[file..].rfind('.') {
        Some(dot) if dot > 0 => &name[..file + dot],
        _ => name,
    }
}

/// The folder of a template, and its name without the extensions that distinguish the files of a message; `None` if the
/// name, in lower case, does not end like a template's.
pub(crate) fn folder_and_stem(path: &Path) -> Option<(PathBuf, &str)> {
    let name = path.file_name()?.to_str()?;
    let name = name.strip_suffix(SOURCE).unwrap_or(name);
    let stem = [SUBJECT, HTML[0], HTML[1], TEXT].iter().find_map(|end| name.strip_suffix(end))?;
    Some((path.parent().unwrap_or(Path::new("")).to_owned(), stem))
}

/// The names that a file of a message may have, given its stem and some extensions; finished ones first.
pub fn names_of(stem: &str, endings: &[&str]) -> Vec<String> {
    let named = |source: &'static str| endings.iter().map(move |ending| format!("{stem}{ending}{source}"));
    named("").chain(named(SOURCE)).collect()
}

/// The name of a template without its extension, for files named after it; `None` for other extensions.
pub(crate) fn template_name(file: &str) -> Option<&str> {
    let name = without_source(file);
    let ended = [HTML[0], HTML[1], TEXT].into_iter().find(|ending| ends_with(name.as_bytes(), ending));
    ended.map(|ending| &name[..name.len() - ending.len()]).filter(|stem| !stem.is_empty())
}

/// A name without the extension of a source.
pub(crate) fn without_source(name: &str) -> &str {
    // If nothing would be left of the name, it is not a source.
    if is_composed(name) { &name[..name.len() - SOURCE.len()] } else { name }
}

fn file_name(path: &Path) -> &[u8] {
    path.file_name().unwrap_or_default().as_encoded_bytes()
}

/// Whether a name ends with a text, ignoring case.
pub(crate) fn ends_with(name: &[u8], ending: &str) -> bool {
    name.len().checked_sub(ending.len()).is_some_and(|start| name[start..].eq_ignore_ascii_case(ending.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_may_be_in_capitals() {
        assert!(is_template(Path::new("m/A.HTM")) && !is_template(Path::new("m/html")));
        assert!(is_source(Path::new("a.html.J2")) && !is_source(Path::new("a.j2")));
        assert!(
            is_source(Path::new("a.htm.j2")) && is_source(Path::new("a.txt.j2")) && !is_source(Path::new("a.md.j2"))
        );
        assert_eq!(finished("m/a.txt.J2".into()), Path::new("m/a.txt"));
    }

    #[test]
    fn the_files_of_a_mail_have_one_stem() {
        for (name, expected) in [
            ("m/note.html", "m/note"),
            ("m/note.TXT.J2", "m/note"),
            ("m.x/note", "m.x/note"),
            ("a.b.htm", "a.b"),
            ("m/note.subject.txt", "m/note"),
            ("m/note.Subject.TXT.j2", "m/note"),
            (".subject.txt", ".subject"),
            ("a.htm.j2", "a"),
            (".html", ".html"),
            ("é.j2", "é"),
            ("", ""),
        ] {
            assert_eq!(stem(name), expected);
        }
    }

    #[test]
    fn an_underscore_says_that_others_use_it() {
        let is_partial_path = |path: &str, project: Option<&str>| is_partial(Path::new(path), project.map(Path::new));
        assert!(
            is_partial_path("a/_b.html.j2", None)
                && is_partial_path("_a/b.html.j2", None)
                && is_partial_path("/x/_a/c/b.html.j2", Some("/x"))
        );
        assert!(
            !is_partial_path("/_x/a/b.html.j2", Some("/_x"))
                && !is_partial_path("/_x/a/b.html.j2", None)
                && !is_partial_path("a_/b_.html.j2", None)
        );
    }
}
