//! A template filled with the values of a sample, as the PSA would fill it.
//!
//! ```text
//! Template --Session::ready--> Ready --render(Sample)--> Rendered { subject, html, text, links, what is left }
//! ```

mod escape;
mod links;
pub(crate) mod ready;
pub(crate) mod rendered;
pub(crate) mod sample;
mod style_sheets;
mod text_limits;
mod text_part;
mod text_words;

pub use ready::Ready;
pub use rendered::{LeftOver, LeftReason, Rendered, RenderedLink};
pub use sample::{BUILT_IN_SAMPLES, Sample};

use std::collections::HashSet;

use self::escape::escape_of;
use crate::config::settings::Settings;
use crate::parse::Parser;
use crate::parse::document::{Document, Part, PartKind, Spelling};
use crate::parse::foreign_placeholders::foreign_placeholders;
use crate::source::SourceKind;
use crate::source::offset_map::OffsetMap;
use crate::span::Span;
use crate::vocabulary::{ValueKind, Vocabulary};

/// Fills in a template with the values of a sample, as the PSA would: each placeholder that it knows is replaced, and
/// everything else stays unchanged.
///
/// Values appear as plain characters: escaped in HTML, percent-encoded in addresses. Only a placeholder whose value is
/// HTML inserts markup. Every portal link in the result is read back and checked.
///
/// ```
/// use psalink::{Config, Session, Source, SourceKind, Template};
/// use psalink::session::Overrides;
/// use psalink::render::{Sample, render};
/// let config = Config::parse("psalink.yaml", "portal: acme\ndialect: connectwise\n")?;
/// let session = Session::new(config, Overrides::default())?;
/// let mut rewriter = session.rewriter();
/// let body = Source::from_text("mail.html", "<p>[dd:ticket] for [contactfirstname]</p>", SourceKind::Html);
/// let ready = session.ready(&Template::of(body), &mut rewriter)?;
/// let mut sample = Sample::built_in("standard", session.vocabulary()).ok_or("missing")?;
/// sample.set("contact.first_name=R&D", session.vocabulary())?;
/// let mail = render(&ready, &sample, &mut rewriter.parser);
/// assert!(mail.html.ok_or("none")?.ends_with("for R&amp;D</p>"));
/// assert_eq!(mail.text, format!("View your ticket\n<{}>\nfor R&D\n", mail.links[0].url));
/// assert_eq!(mail.links[0].problem, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn render(ready: &Ready, sample: &Sample, parser: &mut Parser<'_>) -> Rendered {
    render_traced(ready, sample, parser).0
}

/// Like [`render`], but also tells where each byte of the HTML was in the HTML body of `ready`.
pub fn render_traced(ready: &Ready, sample: &Sample, parser: &mut Parser<'_>) -> (Rendered, OffsetMap) {
    let mut fill = Fill {
        settings: &ready.settings,
        vocabulary: parser.vocabulary(),
        sample,
        filled: Vec::new(),
        left: Vec::new(),
        breaking: Vec::new(),
        known_to_break: HashSet::new(),
        seen: HashSet::new(),
        glued: Vec::new(),
    };
    let subject = ready.subject.as_ref().map(|subject| one_line(&fill.document(subject).0));
    let (mut html, trace) = match ready.html.as_ref().map(|html| fill.document(html)) {
        Some((html, trace)) => (Some(html), trace),
        None => (None, OffsetMap::default()),
    };
    let mut glued = std::mem::take(&mut fill.glued);
    let mut own_text = ready.text.as_ref().map(|text| fill.document(text).0);
    if html.is_none() {
        glued = std::mem::take(&mut fill.glued);
    }
    let (filled, left, breaking) = fill.into_lists();
    let links = match (&mut html, &mut own_text) {
        (Some(html), _) => links::of(html, SourceKind::Html, &ready.settings, &glued, parser),
        (None, Some(text)) => links::of(text, SourceKind::Text, &ready.settings, &glued, parser),
        (None, None) => Vec::new(),
    };
    let is_text_made = own_text.is_none() && html.is_some();
    let (text, has_layout) = match (own_text, &html) {
        (Some(value), _) => (value, true),
        (None, Some(html)) => text_part::of(html),
        (None, None) => (String::new(), true),
    };
    (Rendered { subject, html, text, is_text_made, is_text_plain: !has_layout, links, filled, left, breaking }, trace)
}

/// The state while filling in one message.
struct Fill<'a> {
    settings: &'a Settings,
    vocabulary: &'a Vocabulary,
    sample: &'a Sample,
    filled: Vec<String>,
    left: Vec<LeftOver>,
    breaking: Vec<String>,
    known_to_break: HashSet<String>,
    seen: HashSet<String>,
    /// Positions in the filled text where a value begins that is not just a number, although a portal link needs one.
    glued: Vec<usize>,
}

impl Fill<'_> {
    /// What was filled in, what was left, and what breaks out; frees everything else.
    fn into_lists(self) -> (Vec<String>, Vec<LeftOver>, Vec<String>) {
        (self.filled, self.left, self.breaking)
    }

    fn document(&mut self, document: &Document) -> (String, OffsetMap) {
        let mut trace = OffsetMap::default();
        let end = document.source().bytes().len();
        let mut out = String::with_capacity(end + end / 8);
        let mut done = 0;
        let glued = links::glued(document, self.settings, self.vocabulary);
        let mut filled_glued = Vec::new();
        for part in document.parts() {
            let text = document.text(part.span).into_owned();
            let left = match self.value(part) {
                Ok((value, kind)) => {
                    let breaks = escape::breaks_out(part, kind, value);
                    out.push_str(&document.text(Span::new(done, part.span.start as usize)));
                    let start = out.len();
                    if glued.binary_search(&part.span.start).is_ok() {
                        filled_glued.push(start);
                    }
                    escape_of(document, part, kind, value).write(value, &mut out);
                    trace.push(start, part.span.start as usize, &out[start..], part.span.end as usize);
                    done = part.span.end as usize;
                    if breaks && self.known_to_break.insert(text.clone()) {
                        self.breaking.push(text.clone());
                    }
                    None
                }
                Err(reason) => Some(reason),
            };
            if left.is_some() && !part.place.is_visible() || !self.seen.insert(text.clone()) {
                continue;
            }
            match left {
                None => self.filled.push(text),
                Some(reason) => self.left.push(LeftOver { text, reason }),
            }
        }
        out.push_str(&document.text(Span::new(done, end)));
        for foreign in foreign_placeholders(document) {
            let text = document.text(foreign.span).into_owned();
            if self.seen.insert(text.clone()) {
                self.left.push(LeftOver { text, reason: LeftReason::OtherProduct });
            }
        }
        self.glued = filled_glued;
        (out, trace)
    }

    /// What the PSA replaces a part with.
    fn value(&self, part: &Part) -> Result<(&str, ValueKind), LeftReason> {
        let spelling = match &part.kind {
            PartKind::Placeholder(spelling) => spelling,
            PartKind::Malformed(_) => return Err(LeftReason::Damaged),
            PartKind::LinkMacro(_) | PartKind::BrokenMacro(_) => return Err(LeftReason::Macro),
            PartKind::FillIn => return Err(LeftReason::FillIn),
        };
        let dialect = &self.vocabulary.dialects()[self.settings.dialect];
        let value = self.sample.value(self.vocabulary, dialect, &spelling.name);
        match self.kind(spelling) {
            Ok(kind) => value.map(|value| (value, kind)).ok_or(LeftReason::NoValue),
            // A name that only the sample knows comes from the user's own instance.
            Err(LeftReason::Unknown) => value.map(|value| (value, ValueKind::Text)).ok_or_else(|| {
                let language = &self.settings.language;
                let is_wrong = |slip: bool| slip || dialect.is_complete_in(&spelling.name, language);
                match dialect.nearest(&spelling.name, language) {
                    Some(near) if is_wrong(near.is_slip) => LeftReason::Misspelt,
                    _ => LeftReason::Unknown,
                }
            }),
            Err(reason) => Err(reason),
        }
    }

    /// What a placeholder is replaced with, if the PSA knows it in the language of the template.
    fn kind(&self, spelling: &Spelling) -> Result<ValueKind, LeftReason> {
        let dialect = &self.vocabulary.dialects()[self.settings.dialect];
        let Some(known) = spelling.known_in(self.settings.dialect) else {
            return Err(if spelling.known.is_empty() { LeftReason::Unknown } else { LeftReason::Foreign });
        };
        let placeholder = dialect.placeholder(known);
        if placeholder.use_instead.is_some() {
            return Err(LeftReason::Misspelt);
        }
        let is_of_language = known.languages & dialect.language_bit(&self.settings.language) != 0;
        if is_of_language || dialect.languages.is_empty() { Ok(placeholder.kind) } else { Err(LeftReason::Foreign) }
    }
}

/// A subject as a mail program shows it: a line break in a value must not begin another header.
fn one_line(subject: &str) -> String {
    let is_break = |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    let words: Vec<&str> = subject.split(is_break).map(str::trim).filter(|piece| !piece.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Overrides;
    use crate::{Config, Session, Source, Template};

    /// Renders a body, whose kind depends on its name, with some values in addition to the usual ones.
    fn render_with(config: &str, name: &str, body: &str, values: &[&str]) -> Rendered {
        let session = Session::new(Config::parse("psalink.yaml", config).unwrap(), Overrides::default()).unwrap();
        let mut rewriter = session.rewriter();
        let kind = if name.ends_with(".txt") { SourceKind::Text } else { SourceKind::Html };
        let template = Template::of(Source::from_text(name, body, kind));
        let ready = session.ready(&template, &mut rewriter).unwrap_or_else(|error| panic!("{error}"));
        let mut sample = Sample::built_in("standard", session.vocabulary()).unwrap();
        values.iter().for_each(|value| sample.set(value, session.vocabulary()).unwrap());
        render(&ready, &sample, &mut rewriter.parser)
    }

    const AUTOTASK: &str = "portal: acme\ndialect: autotask\nbare: off\n";
    const CONNECTWISE: &str = "portal: acme\ndialect: connectwise\nbare: off\n";

    #[test]
    fn values_arrive_as_letters() {
        let title = "ticket.title=R&D <b>\"x\"</b> 'y'";
        let escaped = "R&amp;D &lt;b&gt;&quot;x&quot;&lt;/b&gt; &#39;y&#39;";
        let percent = "R%26D%20%3Cb%3E%22x%22%3C%2Fb%3E%20%27y%27";
        for (body, expected) in [
            ("<p>[Ticket: Title]</p>", format!("<p>{escaped}</p>")),
            ("<title>[Ticket: Title]</title>", format!("<title>{escaped}</title>")),
            ("<img alt='[Ticket: Title]'>", format!("<img alt='{escaped}'>")),
            (
                "<a href=\"https://x.example/?t=[Ticket: Title]\">",
                format!("<a href=\"https://x.example/?t={percent}\">"),
            ),
            ("<p>https://x.example/?t=[Ticket: Title]</p>", format!("<p>https://x.example/?t={percent}</p>")),
            (
                "<a href='mailto:a@b.example?subject=[Ticket: Title]'>",
                format!("<a href='mailto:a@b.example?subject={percent}'>"),
            ),
            ("<!--[if mso]>[Ticket: Title]<![endif]-->", format!("<!--[if mso]>{escaped}<![endif]-->")),
            ("<!-- [Ticket: Title] -->", format!("<!-- {escaped} -->")),
            ("<a href=\"[Ticket: Link]\">", "<a href=\"https://autotask.example.com/ticket/148372\">".to_owned()),
            (
                "<a href=\"https://r.example/?to=[Ticket: Link]\">",
                "<a href=\"https://r.example/?to=https%3A%2F%2Fautotask.example.com%2Fticket%2F148372\">".to_owned(),
            ),
            (
                "<a href=\"mailto:[Contact: Email Address]\">",
                "<a href=\"mailto:robin.fields@client.example\">".to_owned(),
            ),
            (
                "<div>[Ticket: Description]</div>",
                "<div><p>The printer beside the kitchen shows <b>offline</b> on every PC.</p></div>".to_owned(),
            ),
        ] {
            let mail = render_with(AUTOTASK, "a.html", body, &[title]);
            assert_eq!(mail.html.as_deref(), Some(expected.as_str()), "{body}");
            assert_eq!(mail.left, [], "{body}");
        }
        let text = render_with(AUTOTASK, "a.txt", "[Ticket: Title] https://x.example/[Ticket: Title]", &[title]);
        assert_eq!(text.text, format!("{} https://x.example/{percent}", &title["ticket.title=".len()..]));
        assert_eq!(text.html, None);
    }

    #[test]
    fn what_is_not_filled_in_is_left_and_reported() {
        let body = "<p>[Ticket: Titel] [srnumber] [Ticket: Nummer] [ticket: id] [Ticket: Ticket Number] [Ticket: Foo]\
                    [Client: Nobody Has It] [Product Name] [dd:nothing] [Ticket: RMA Number] [Ticket: Foo]</p>\
                    <style>.x[y] {}</style><!-- [srnumber] -->";
        let english = format!("{AUTOTASK}autotask: {{ language: en }}\n");
        let mail = render_with(&english, "a.html", body, &[]);
        let left: Vec<(&str, LeftReason)> =
            mail.left.iter().map(|left_over| (left_over.text.as_str(), left_over.reason)).collect();
        assert_eq!(mail.html.as_deref(), Some(body));
        for expected in [
            ("[Ticket: Titel]", LeftReason::Foreign),
            ("[srnumber]", LeftReason::Foreign),
            ("[ticket: id]", LeftReason::Damaged),
            ("[Ticket: Ticket Number]", LeftReason::Misspelt),
            ("[Ticket: Foo]", LeftReason::Unknown),
            ("[Product Name]", LeftReason::FillIn),
            ("[dd:nothing]", LeftReason::Macro),
        ] {
            assert!(left.contains(&expected), "{expected:?} {left:?}");
        }
        assert_eq!(left.iter().filter(|(text, _)| *text == "[Ticket: Foo]").count(), 1);
        let mail = render_with(CONNECTWISE, "a.html", "<p>[ourtoken]</p>", &["[ourtoken]=<x>"]);
        assert_eq!((mail.html.as_deref(), mail.left.len()), (Some("<p>&lt;x&gt;</p>"), 0));
        let autotask = Vocabulary::builtin().dialect("autotask").unwrap();
        let sample = Sample::built_in("standard", Vocabulary::builtin()).unwrap();
        let has_none = |name: &&str| sample.value(Vocabulary::builtin(), autotask, name).is_none();
        let name = autotask.placeholders().iter().map(|placeholder| placeholder.name.as_str()).find(has_none).unwrap();
        let none = render_with(&english, "a.html", &format!("<p>[{name}]</p>"), &[]);
        assert_eq!(none.left, [LeftOver { text: format!("[{name}]"), reason: LeftReason::NoValue }]);
    }

    #[test]
    fn every_byte_of_the_html_knows_its_place_in_the_file() {
        let body = "---\nsubject: x\n---\n<!-- psalink: allow missing-alt -->\n<p>[contactfirstname] [dd:ticket]</p>\n<b>end</b>";
        let session = Session::new(Config::parse("psalink.yaml", CONNECTWISE).unwrap(), Overrides::default()).unwrap();
        let mut rewriter = session.rewriter();
        let template = Template::of(Source::from_text("a.html", body, SourceKind::Html));
        let ready = session.ready(&template, &mut rewriter).unwrap();
        let sample = Sample::built_in("standard", session.vocabulary()).unwrap();
        let (mail, trace) = render_traced(&ready, &sample, &mut rewriter.parser);
        let html = mail.html.unwrap();
        for (made, written) in
            [("<p>", "<p>"), ("Robin", "[contactfirstname]"), ("<a href", "[dd:ticket]"), ("<b>end", "<b>end")]
        {
            let at = html.find(made).unwrap_or_else(|| panic!("{html}"));
            assert_eq!(ready.origin(trace.origin(at)), body.find(written).unwrap(), "{made}");
        }
    }

    #[test]
    fn a_value_that_breaks_out_of_its_attribute_is_reported() {
        for (body, value, breaks) in [
            ("<p title=[Contact: First Name]>", "a onclick=alert(1)", true),
            ("<p title=[Contact: First Name]>", "Robin", false),
            ("<p title=\"[Contact: First Name]\">", "a \" onclick=alert(1)", false),
            ("<p title='[Ticket: Description]'>", "x", false),
            ("<p title=\"[Ticket: Number (with link)]\">", "x", true),
        ] {
            // The space in the name of an Autotask placeholder would end an unquoted attribute.
            let (config, body) = match body.contains("title=[") {
                true => (CONNECTWISE, body.replace("[Contact: First Name]", "[contactfirstname]")),
                false => (AUTOTASK, body.to_owned()),
            };
            let mail = render_with(config, "a.html", &body, &[&format!("contact.first_name={value}")]);
            assert_eq!(!mail.breaking.is_empty(), breaks, "{body} {:?}", mail.html);
        }
    }

    #[test]
    fn an_empty_mail_is_known() {
        for (name, body, is_empty) in [
            ("a.html", "<body><p>&nbsp;</p><div style=\"display:none\">hidden</div></body>", true),
            ("a.html", "<p><img src=\"https://x.example/a.png\" alt=\"\"></p>", false),
            ("a.html", "<p>x</p>", false),
            ("a.html", "", true),
            ("a.html", "---\ntext: |\n  words\n---\n<p> </p>", true),
            ("a.txt", " \n", true),
            ("a.txt", "x", false),
        ] {
            assert_eq!(render_with(CONNECTWISE, name, body, &[]).is_empty(), is_empty, "{body}");
        }
    }

    #[test]
    fn a_subject_stays_on_one_line() {
        let body = "---\nsubject: Ticket #[srnumber]: [contactfirstname]\n---\n<p>";
        for value in
            ["a\r\nBcc: x@y.example", "a\nBcc: x@y.example", "a\u{2028}Bcc: x@y.example", "a\u{b}\tBcc: x@y.example"]
        {
            let mail = render_with(CONNECTWISE, "a.html", body, &[&format!("contactfirstname={value}")]);
            assert_eq!(mail.subject.as_deref(), Some("Ticket #148372: a Bcc: x@y.example"), "{value:?}");
        }
    }

    #[test]
    fn every_link_is_read_back() {
        let portal = "https://acme.deskdirector.com/portal/deeplink";
        for (body, expected) in [
            (
                format!("<a href='{portal}?name=ticket&amp;ticket_id=[srnumber]&amp;action=chat'>Chat <b>now</b></a>"),
                None,
            ),
            (
                format!("<a href='{portal}?name=ticket&amp;ticket_id=[srnumbr]'>x</a>"),
                Some("it still contains `[srnumbr]`"),
            ),
            (format!("<a href='{portal}?name=ticket'>x</a>"), Some("`ticket_id=` is missing or empty")),
            (format!("<a href='{portal}?name=tickets&amp;ticket_id=1'>x</a>"), Some("nothing called `tickets`")),
            (format!("<a href='{portal}?ticket_id=1'>x</a>"), Some("`name=` is missing")),
            (format!("<a href='{portal}?name=ticket&amp;ticket_id=T1'>x</a>"), Some("cannot be `T1`")),
            (
                format!("<a href='{portal}?name=ticket&amp;ticket_id=1&amp;action=dance'>x</a>"),
                Some("cannot be `dance`"),
            ),
            (
                format!("<a href='{portal}?name=ticket&amp;ticket_id=1&amp;colour=red'>x</a>"),
                Some("unknown parameter `colour=`"),
            ),
            (format!("<p>{portal}?name=ticket_list&amp;state=open</p>"), None),
            (
                "<a href='https://evil.example/portal/deeplink?name=ticket&amp;ticket_id=1'>x</a>".to_owned(),
                Some("leads to `evil.example`"),
            ),
            ("<a href='ddportal://name=ticket&amp;ticket_id=[srnumber]'>x</a>".to_owned(), None),
        ] {
            let mail = render_with(CONNECTWISE, "a.html", &body, &[]);
            let [link] = mail.links.as_slice() else { panic!("{body} {:?}", mail.links) };
            assert!(link.is_portal, "{body}");
            match (expected, &link.problem) {
                (None, None) => {}
                (Some(expected), Some(problem)) => assert!(problem.contains(expected), "{body}: {problem}"),
                _ => panic!("{body}: {link:?}"),
            }
        }
    }

    #[test]
    fn a_button_is_one_link_and_pictures_have_words() {
        let body = "<p>[dd:ticket as=button text=\"Open &amp; see\"] <a href=\"https://x.example/\"><img src=\"a.png\" alt=\"Our shop\"></a></p>";
        let mail = render_with(CONNECTWISE, "a.html", body, &[]);
        let links: Vec<(&str, bool)> = mail.links.iter().map(|link| (link.text.as_str(), link.is_portal)).collect();
        assert_eq!(links, [("Open & see", true), ("Our shop", false)]);
        let text = render_with(
            CONNECTWISE,
            "a.txt",
            "[dd:ticket]\nor https://x.example/a?b=[srnumber], mailto:a@b.example.",
            &[],
        );
        let urls: Vec<&str> = text.links.iter().map(|link| link.url.as_str()).collect();
        assert_eq!(urls[1..], ["https://x.example/a?b=148372", "mailto:a@b.example"]);
        assert!(urls[0].ends_with("ticket_id=148372"), "{urls:?}");
    }

    #[test]
    fn a_number_that_is_more_than_its_placeholder_does_not_work() {
        // What a rewrite corrects is correct here.
        let right = ["[srnumber]", "[srnumber]."].map(|value| (value, true));
        let wrong = ["1[srnumber]", "T[srnumber]", "[srnumber][srnumber]"].map(|value| (value, false));
        for (value, is_right) in right.into_iter().chain(wrong) {
            let link = format!("https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id={value}");
            let mail = render_with(CONNECTWISE, "a.html", &format!("<p>Hi</p><a href=\"{link}\">Open</a>"), &[]);
            assert_eq!(mail.links[0].problem.is_none(), is_right, "{value}");
        }
    }
}
