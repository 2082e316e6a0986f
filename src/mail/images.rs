//! Images next to a template that a message uses, so that they can be attached.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

use crate::error::Error;
use crate::html::scan::{self, RegionKind};
use crate::source::decoded::{Decoded, References};
use crate::source::plain_file;
use crate::source::reading::{Reading, real_path};
use crate::source::{Source, SourceKind};
use crate::span::Span;

/// The largest image, and the largest total size of a message's images, in bytes.
const LARGEST: u64 = 5 << 20;
const LARGEST_SUM: u64 = 15 << 20;

/// An attached image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    /// Its ID in the HTML, where `cid:` precedes it.
    pub id: String,
    /// The name of its file.
    pub name: String,
    pub kind: &'static str,
    pub bytes: Vec<u8>,
}

/// What was found in a message.
#[derive(Debug, Default)]
pub(super) struct Inlined {
    pub html: String,
    pub images: Vec<Image>,
    /// Why images could not be attached.
    pub problems: Vec<String>,
}

/// Attaches images only from the folder of the message's template. `mark` makes the message's IDs unique.
pub(super) fn inline(html: &str, folder: &Path, mark: &str) -> Inlined {
    let source = Source::from_text("mail", html, SourceKind::Html);
    let bytes = source.bytes();
    let mut taken = Inlined::default();
    let mut known: HashMap<PathBuf, String> = HashMap::new();
    let (mut sum, mut done) = (0, 0);
    for value in references(bytes) {
        let text = Decoded::new(&source, value, References::Attribute).text().trim().to_owned();
        let found = local(&text).and_then(|path| path.map(|path| find(folder, &path)).transpose());
        let path = match found {
            Ok(Some(path)) => path,
            Ok(None) => continue,
            Err(problem) => {
                taken.problem(&text, &problem);
                continue;
            }
        };
        if !known.contains_key(&path) {
            let image = read(folder, &path).and_then(|(kind, bytes)| {
                sum += bytes.len() as u64;
                if sum > LARGEST_SUM {
                    Err("together, the images of this message are too large".to_owned())
                } else {
                    Ok((kind, bytes))
                }
            });
            let (kind, bytes) = match image {
                Ok(image) => image,
                Err(problem) => {
                    taken.problem(&text, &problem);
                    continue;
                }
            };
            let id = format!("image{}.{mark}@preview.psalink.invalid", taken.images.len() + 1);
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            taken.images.push(Image { id: id.clone(), name, kind, bytes });
            known.insert(path.clone(), id);
        }
        let (start, end) = (value.start as usize, value.end as usize);
        taken.html.push_str(&html[done..start]);
        taken.html.push_str("cid:");
        taken.html.push_str(&known[&path]);
        done = end;
    }
    taken.html.push_str(&html[done..]);
    taken
}

impl Inlined {
    fn problem(&mut self, text: &str, problem: &str) {
        let problem =
            format!("the image `{}` is not sent with the message: {problem}", text.replace(char::is_control, " "));
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

/// The addresses of images, in order.
fn references(bytes: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    for region in scan::scan(bytes).iter().filter(|region| region.kind == RegionKind::StartTag) {
        let name = bytes[scan::tag_name(bytes, region.span).range()].to_ascii_lowercase();
        let is_image = matches!(name.as_slice(), b"img" | b"v:fill" | b"v:image" | b"v:imagedata");
        let (mut has_src, mut has_background) = (false, false);
        for attribute in scan::attributes(bytes, region.span) {
            let name = &bytes[attribute.name.range()];
            let Some(value) = attribute.value else { continue };
            // If two attributes have the same name, the first counts.
            if is_image && name.eq_ignore_ascii_case(b"src") && !std::mem::replace(&mut has_src, true)
                || name.eq_ignore_ascii_case(b"background") && !std::mem::replace(&mut has_background, true)
            {
                spans.push(value);
            }
        }
    }
    spans
}

/// The path that an address refers to, if it is a file at all.
fn local(address: &str) -> Result<Option<PathBuf>, String> {
    const OUTSIDE: &str = "only files in the folder of the template are sent; write a path such as `images/logo.png`";
    let path = address.split(['?', '#']).next().unwrap_or_default();
    if path.is_empty() || address.starts_with("//") {
        return Ok(None);
    }
    if let Some((scheme, _)) = path.split_once(':')
        && scheme.starts_with(|character: char| character.is_ascii_alphabetic())
        && scheme.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
    {
        // A one-letter scheme is a drive.
        let is_file = scheme.len() == 1 || scheme.eq_ignore_ascii_case("file");
        return if is_file { Err(OUTSIDE.to_owned()) } else { Ok(None) };
    }
    let path = percent_decode_str(path).decode_utf8().map_err(|_| "its name is not valid UTF-8".to_owned())?;
    let path = PathBuf::from(path.as_ref());
    let is_inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if path.to_string_lossy().contains(['\\', '\0']) || !path.components().all(is_inside) {
        return Err(OUTSIDE.to_owned());
    }
    Ok(Some(path))
}

/// The real path of a file in a folder.
fn find(folder: &Path, path: &Path) -> Result<PathBuf, String> {
    let root = real_path(folder);
    let real = root.join(path).canonicalize().map_err(|error| Error::reason(&error))?;
    if real.starts_with(&root) { Ok(real) } else { Err(ELSEWHERE.to_owned()) }
}

/// Why an image behind a link is refused.
const ELSEWHERE: &str = "it is a link to a file outside the folder of the template";

fn read(folder: &Path, path: &Path) -> Result<(&'static str, Vec<u8>), String> {
    let reading = Reading::default().within(folder);
    reading.check(path).map_err(|_| ELSEWHERE.to_owned())?;
    let (file, metadata) = reading.open(path).map_err(|error| Error::reason(&error))?;
    let mut bytes = Vec::new();
    plain_file::fill(file, &metadata, LARGEST, &mut bytes).map_err(|error| match error.kind() {
        ErrorKind::FileTooLarge => format!("it is larger than {} MB", LARGEST >> 20),
        _ => Error::reason(&error),
    })?;
    match kind(&bytes) {
        Some(kind) => Ok((kind, bytes)),
        None => Err("it is not a PNG, JPEG, GIF, or WebP image, the only kinds that email programs show".to_owned()),
    }
}

/// The type of an image by its first bytes, since its name may be wrong.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    fn place(name: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("psalink-images-{}-{name}", std::process::id()));
        fs::create_dir_all(root.join("mails/images")).unwrap();
        fs::write(root.join("secret.png"), PNG).unwrap();
        fs::write(root.join("mails/images/a b.png"), PNG).unwrap();
        fs::write(root.join("mails/logo.gif"), b"GIF89a...").unwrap();
        fs::write(root.join("mails/key.png"), b"-----BEGIN PRIVATE KEY-----").unwrap();
        root
    }

    #[test]
    fn pictures_of_the_folder_go_with_the_mail() {
        let root = place("inside");
        let html = "<table background=logo.gif><img alt='x' src=\"images/a%20b.png?1\"><IMG SRC='./logo.gif'>\
                    <img src=\"https://x.example/a.png\"><img src=\"//x.example/a.png\"><img src=\"cid:a\"><img src=\"\">\
                    <img src=\"data:image/png;base64,AA\" src=\"logo.gif\"><a href=\"logo.gif\">";
        let taken = inline(html, &root.join("mails"), "m");
        let expected = html
            .replace("background=logo.gif", "background=cid:image1.m@preview.psalink.invalid")
            .replace("images/a%20b.png?1", "cid:image2.m@preview.psalink.invalid")
            .replace("./logo.gif", "cid:image1.m@preview.psalink.invalid");
        assert_eq!((taken.html, taken.problems), (expected, Vec::<String>::new()));
        let names: Vec<(&str, &str)> = taken.images.iter().map(|image| (image.name.as_str(), image.kind)).collect();
        assert_eq!(names, [("logo.gif", "image/gif"), ("a b.png", "image/png")]);
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn nothing_else_goes_with_the_mail() {
        let root = place("outside");
        fs::File::create(root.join("mails/huge.png")).unwrap().set_len(LARGEST + 1).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../secret.png", root.join("mails/link.png")).unwrap();
            std::os::unix::fs::symlink("..", root.join("mails/up")).unwrap();
        }
        let absolute = root.join("secret.png").display().to_string();
        for (src, expected) in [
            ("../secret.png", "only files in the folder"),
            ("images/../../secret.png", "only files in the folder"),
            ("%2e%2e/secret.png", "only files in the folder"),
            ("..&#47;secret.png", "only files in the folder"),
            ("..\\secret.png", "only files in the folder"),
            (absolute.as_str(), "only files in the folder"),
            ("file:///etc/hosts", "only files in the folder"),
            ("c:/secret.png", "only files in the folder"),
            ("a%00.png", "only files in the folder"),
            ("gone.png", "it does not exist"),
            ("images", "it is a folder"),
            ("key.png", "not a PNG"),
            ("huge.png", "larger than 5 MB"),
            #[cfg(unix)]
            ("link.png", "a link to a file outside"),
            #[cfg(unix)]
            ("up/secret.png", "a link to a file outside"),
        ] {
            let html = format!("<p>x<img src=\"{src}\">");
            let taken = inline(&html, &root.join("mails"), "m");
            assert_eq!((taken.html.as_str(), taken.images.len()), (html.as_str(), 0), "{src}");
            assert!(taken.problems.len() == 1 && taken.problems[0].contains(expected), "{src}: {:?}", taken.problems);
        }
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn no_spelling_of_an_address_leads_out() {
        let root = place("spellings");
        fs::write(root.join("mails/in.png"), PNG).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("../..", root.join("mails/images/up")).unwrap();
        let secret = root.join("secret.png").display().to_string();
        let mut addresses: Vec<String> = Vec::new();
        for dots in
            ["..", "%2e%2e", "%2E.", ".%2e", "&#46;&#46;", "&#x2e;.", "%252e%252e", "\u{2025}", ". .", "..%00", "..;"]
        {
            for slash in ["/", "\\", "%2f", "%5c", "&#47;", "&sol;", "//"] {
                addresses.push(format!("{dots}{slash}secret.png"));
            }
        }
        for start in [
            "file:",
            "file://",
            "file:///",
            "FILE://localhost",
            "c:",
            "C:/",
            "\\\\?\\",
            "/",
            "",
            "//./",
            "~",
            "%2f",
            " ",
        ] {
            addresses.push(format!("{start}{secret}"));
        }
        addresses.extend(
            ["images/up/secret.png", "images/up/../secret.png", "./../secret.png", "in.png/../../secret.png"]
                .map(str::to_owned),
        );
        assert!(addresses.len() > 60);
        for src in &addresses {
            let html = format!("<p>x<img src=\"{src}\"><img src=\"in.png\">");
            let taken = inline(&html, &root.join("mails"), "m");
            let names: Vec<&str> = taken.images.iter().map(|image| image.name.as_str()).collect();
            assert_eq!(names, ["in.png"], "{src}");
            assert!(taken.html.contains(&format!("<img src=\"{src}\">")), "{src}: {}", taken.html);
        }
        fs::remove_dir_all(root).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_picture_that_is_not_a_plain_file_blocks_nothing() {
        let root = place("kinds");
        let fifo = root.join("mails/pipe.png");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        std::os::unix::fs::symlink("pipe.png", root.join("mails/link.png")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", root.join("mails/zero.png")).unwrap();
        fs::File::create(root.join("mails/sparse.png")).unwrap().set_len(6 << 30).unwrap();
        for (name, expected) in [
            ("pipe.png", "it is a pipe"),
            ("link.png", "it is a pipe"),
            ("zero.png", "outside the folder"),
            ("sparse.png", "larger than 5 MB"),
        ] {
            let taken = inline(&format!("<img src=\"{name}\">"), &root.join("mails"), "m");
            assert!(taken.images.is_empty() && taken.problems[0].contains(expected), "{:?}", taken.problems);
        }
        fs::remove_dir_all(root).unwrap();
    }
}
