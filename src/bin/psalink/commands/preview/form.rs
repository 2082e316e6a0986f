//! The bytes of one message, in each format.

use psalink::mail::eml;
use psalink::{Error, ErrorKind, Source, SourceKind};

use super::output::PreviewFormat;
use crate::panics;
use crate::previews::PreviewMail;
use crate::workers::Workers;

pub fn bytes_of(
    workers: &Workers<'_>,
    mail: &PreviewMail,
    form: PreviewFormat,
    is_piped: bool,
) -> Result<Vec<u8>, Error> {
    let name = &workers.found.inputs[mail.job.input].name;
    panics::caught(name, || bytes_as(workers, mail, form, is_piped))
}

fn bytes_as(workers: &Workers<'_>, mail: &PreviewMail, form: PreviewFormat, is_piped: bool) -> Result<Vec<u8>, Error> {
    Ok(match form {
        PreviewFormat::Html => match &mail.rendered.html {
            // Piped output has no byte order mark, unless the page declares another encoding.
            Some(html) if is_piped && says_utf_8(html) => html.clone().into_bytes(),
            Some(html) => page(html),
            None => {
                let detail = "the template has no HTML body; use `--text` to see its text";
                return Err(Error::new(ErrorKind::Usage, detail).at(&*workers.found.inputs[mail.job.input].name));
            }
        },
        PreviewFormat::Text => mail.rendered.text.clone().into_bytes(),
        PreviewFormat::Eml => {
            let from = workers.session(mail.job).config().send.from.clone();
            let name = &workers.found.inputs[mail.job.input].name;
            eml(&mail.rendered, name, from.as_deref().unwrap_or("preview@psalink.invalid"))?
        }
    })
}

/// A message as a file for the browser, which would otherwise guess its encoding or believe the encoding that its
/// template declares.
pub fn page(html: &str) -> Vec<u8> {
    let mark = if html.is_ascii() { "" } else { "\u{feff}" };
    format!("{mark}{html}").into_bytes()
}

/// Whether a page declares UTF-8, or no encoding.
fn says_utf_8(html: &str) -> bool {
    let read = Source::read("mail", html.as_bytes().to_vec(), SourceKind::Html, None);
    read.is_ok_and(|source| source.encoding() == "UTF-8")
}
