//! The bytes of one message, in each format.

use psalink::mail::eml;
use psalink::{Error, ErrorKind, Source, SourceKind};

use super::output::Form;
use crate::panics;
use crate::previews::PreviewMail;
use crate::workers::Workers;

pub fn bytes_of(workers: &Workers<'_>, mail: &PreviewMail, form: Form, is_piped: bool) -> Result<Vec<u8>, Error> {
    let name = &workers.found.inputs[mail.job.input].name;
    panics::caught(name, || bytes_as(workers, mail, form, is_piped))
}

fn bytes_as(workers: &Workers<'_>, mail: &PreviewMail, form: Form, is_piped: bool) -> Result<Vec<u8>, Error> {
    Ok(match form {
        Form::Html => match &mail.rendered.html {
            // What goes through a pipe has no mark, unless the page says that it is in another encoding than this.
            Some(html) if is_piped && says_utf_8(html) => html.clone().into_bytes(),
            Some(html) => page(html),
            None => {
                let detail = "the template has no HTML body; use `--text` to see its text";
                return Err(Error::new(ErrorKind::Usage, detail).at(&*workers.found.inputs[mail.job.input].name));
            }
        },
        Form::Text => mail.rendered.text.clone().into_bytes(),
        Form::Eml => {
            let from = workers.session(mail.job).config().send.from.clone();
            let name = &workers.found.inputs[mail.job.input].name;
            eml(&mail.rendered, name, from.as_deref().unwrap_or("preview@psalink.invalid"))?
        }
    })
}

/// A mail as a file for the browser, which would guess at its encoding, or believe what it says of that of its template.
pub fn page(html: &str) -> Vec<u8> {
    let mark = if html.is_ascii() { "" } else { "\u{feff}" };
    format!("{mark}{html}").into_bytes()
}

/// Whether a page says that it is UTF-8, or nothing.
fn says_utf_8(html: &str) -> bool {
    let read = Source::read("mail", html.as_bytes().to_vec(), SourceKind::Html, None);
    read.is_ok_and(|source| source.encoding() == "UTF-8")
}
