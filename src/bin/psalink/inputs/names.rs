//! What a file's name says of it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Whether a file is a finished template.
pub fn is_template(path: &Path) -> bool {
    has_ending(path, &[".html", ".htm", ".txt"])
}

/// Whether a file is a source that a template is put together from.
pub fn is_composed(path: &Path) -> bool {
    has_ending(path, &[".html.j2", ".txt.j2"])
}

/// Whether a source is only used by others: its name begins with `_`, or that of a folder between it and the project.
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

/// The path of the template that a source is for.
pub fn finished(path: PathBuf) -> PathBuf {
    match path.extension() {
        Some(end) if end.eq_ignore_ascii_case("j2") => path.with_extension(""),
        _ => path,
    }
}

/// The path of a template, or of the source of one, without what tells its files apart: `mails/note` of
/// `mails/note.html.j2`.
pub fn stem(name: &str) -> &str {
    let is_j2 = name.len() > 3 && ends_with(name.as_bytes(), ".j2");
    let name = if is_j2 { &name[..name.len() - 3] } else { name };
    let file = name.rfind(['/', '\\']).map_or(0, |at| at + 1);
    match name[file..].rfind('.') {
        Some(dot) if dot > 0 => &name[..file + dot],
        _ => name,
    }
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    endings.iter().any(|ending| ends_with(name, ending))
}

/// Whether a name ends with some letters, small or capital.
fn ends_with(name: &[u8], ending: &str) -> bool {
    name.len().checked_sub(ending.len()).is_some_and(|start| name[start..].eq_ignore_ascii_case(ending.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_may_be_in_capitals() {
        assert!(is_template(Path::new("m/A.HTM")) && !is_template(Path::new("m/html")));
        assert!(is_composed(Path::new("a.html.J2")) && !is_composed(Path::new("a.j2")));
        assert_eq!(finished("m/a.txt.J2".into()), Path::new("m/a.txt"));
    }

    #[test]
    fn the_files_of_a_mail_have_one_stem() {
        for (name, expected) in [
            ("m/note.html", "m/note"),
            ("m/note.TXT.J2", "m/note"),
            ("m.x/note", "m.x/note"),
            ("a.b.htm", "a.b"),
            (".html", ".html"),
            ("é.j2", "é"),
            ("", ""),
        ] {
            assert_eq!(stem(name), expected);
        }
    }

    #[test]
    fn an_underscore_says_that_others_use_it() {
        let is = |path: &str, project: Option<&str>| is_partial(Path::new(path), project.map(Path::new));
        assert!(is("a/_b.html.j2", None) && is("_a/b.html.j2", None) && is("/x/_a/c/b.html.j2", Some("/x")));
        assert!(!is("/_x/a/b.html.j2", Some("/_x")) && !is("/_x/a/b.html.j2", None) && !is("a_/b_.html.j2", None));
    }
}
