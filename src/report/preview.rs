//! Rendered messages as pages for the browser: one page per message, and an index.

use std::borrow::Cow;

use minijinja::{AutoEscape, Environment, context};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use crate::diagnostic::Level;
use crate::error::{Error, ErrorKind};
use crate::render::rendered::Rendered;
use crate::secret::mask;

/// A rendered message and its origin.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// The template.
    pub template: &'a str,
    /// The PSA that it is for: `ConnectWise PSA`.
    pub psa: &'a str,
    /// The sample that filled it in.
    pub sample: &'a str,
    /// The message.
    pub mail: &'a Rendered,
    /// The address of its page, relative to the index, which is in the same folder.
    pub page: &'a str,
    /// The address of a copy of the message that is safe to open, relative to its page; `None` for a text-only message.
    pub html: Option<&'a str>,
    /// Other files of the message that a reader may open.
    pub files: &'a [String],
    /// Whether the message has images on other servers that its page does not load.
    pub hides_images: bool,
}

/// Included in every page of a preview, as a sign that the file may be overwritten.
pub const MARK: &str = "<meta name=\"generator\" content=\"psalink preview\">";

/// The address of the index, relative to a page.
pub const INDEX: &str = "index.html";

/// Writes the page of one message: its subject, the message at the width of a desktop and of a phone, its links, its
/// text.
///
/// # Errors
///
/// A page that cannot be written, which is a bug in psalink.
pub fn page(shown: &Shown<'_>) -> Result<String, Error> {
    render("mail.html", &Page::of(shown))
}

/// Writes the index of all messages.
///
/// # Errors
///
/// A page that cannot be written, which is a bug in psalink.
pub fn index(shown: &[Shown<'_>]) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Index<'a> {
        mails: Vec<Page<'a>>,
        problems: usize,
        is_doubtful: bool,
    }
    let mails: Vec<Page<'_>> = shown.iter().map(Page::of).collect();
    let problems = mails.iter().map(|mail| mail.problems).sum();
    let is_doubtful = mails.iter().flat_map(|mail| &mail.links).any(|link| link.doubt.is_some());
    render("index.html", &Index { mails, problems, is_doubtful })
}

#[derive(Serialize)]
struct Page<'a> {
    template: &'a str,
    psa: &'a str,
    sample: &'a str,
    subject: Option<Cow<'a, str>>,
    page: &'a str,
    html: Option<&'a str>,
    files: &'a [String],
    hides_images: bool,
    text: &'a str,
    is_text_made: bool,
    links: Vec<Link<'a>>,
    left: Vec<Left<'a>>,
    filled: &'a [String],
    problems: usize,
}

#[derive(Serialize)]
struct Link<'a> {
    text: Cow<'a, str>,
    url: Cow<'a, str>,
    is_portal: bool,
    problem: Option<Cow<'a, str>>,
    doubt: Option<Cow<'a, str>>,
    is_warning: bool,
}

#[derive(Serialize)]
struct Left<'a> {
    text: Cow<'a, str>,
    reason: &'static str,
}

impl<'a> Page<'a> {
    fn of(shown: &Shown<'a>) -> Page<'a> {
        let mail = shown.mail;
        let link = |link: &'a crate::render::rendered::RenderedLink| Link {
            text: mask(&link.text),
            url: mask(&link.url),
            is_portal: link.is_portal,
            problem: link.problem.as_deref().map(mask),
            doubt: link.doubt.as_ref().map(|doubt| mask(&doubt.text)),
            is_warning: link.doubt.as_ref().is_some_and(|doubt| doubt.level >= Level::Warning),
        };
        let links: Vec<Link<'a>> = mail.links.iter().map(link).collect();
        Page {
            template: shown.template,
            psa: shown.psa,
            sample: shown.sample,
            subject: mail.subject.as_deref().map(mask),
            page: shown.page,
            html: shown.html,
            files: shown.files,
            hides_images: shown.hides_images,
            text: &mail.text,
            is_text_made: mail.is_text_made,
            problems: links.iter().filter(|link| link.problem.is_some() || link.is_warning).count()
                + mail.left.iter().filter(|left| left.reason.is_mistake()).count(),
            links,
            left: mail.left.iter().map(|left| Left { text: mask(&left.text), reason: left.reason.message() }).collect(),
            filled: &mail.filled,
        }
    }
}

const PAGES: [(&str, &str); 3] = [
    ("index.html", include_str!("../../templates/preview/index.html")),
    ("mail.html", include_str!("../../templates/preview/mail.html")),
    ("_style.html", include_str!("../../templates/preview/_style.html")),
];

fn render<T: Serialize>(name: &str, values: &T) -> Result<String, Error> {
    let build = || -> Result<String, minijinja::Error> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        // The readable name of an address.
        environment.add_filter("name", |address: &str| percent_decode_str(address).decode_utf8_lossy().into_owned());
        for (name, page) in PAGES {
            environment.add_template(name, page)?;
        }
        let values = context! { mark => minijinja::Value::from_safe_string(MARK.to_owned()), it => minijinja::value::Serde(values) };
        environment.get_template(name)?.render(values)
    };
    build().map_err(|error| Error::new(ErrorKind::Usage, format!("could not write the page: {error}")).because(error))
}
