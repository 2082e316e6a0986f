//! One dialect to another: each placeholder becomes the one that the other PSA has for the same meaning in its place.

mod counterpart;
mod inner;
mod left;
mod purpose;
mod quotes;
mod unknown;

use std::collections::HashMap;

use crate::config::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::lint::Checkup;
use crate::lint::cover::cover;
use crate::parse::Parser;
use crate::parse::document::{Document, LinkMacro, Part, PartKind, Spelling};
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::{Dialect, Known};
use counterpart::{Choice, Counterparts};
use inner::inner;
use purpose::{Purpose, Purposes};
use quotes::Quotes;
use unknown::unknown;

/// What a translation makes of a template.
#[derive(Clone, Debug, Default)]
pub struct Translated {
    /// The changes, in their order; none overlap.
    pub edits: Vec<Edit>,
    /// What is left unchanged, and why, in the order of the template.
    pub diagnostics: Vec<Diagnostic>,
    /// How many placeholders became others.
    pub translated: usize,
}

/// Translates a template to another dialect, named by its index in the vocabulary, with the names that it has in a
/// language: gives the changes, and does not make them.
///
/// What has no counterpart, or may have several in its place, is left and reported. Names of the other dialect that
/// are already in the template are right.
///
/// ```
/// use psalink::{Parser, Settings, Source, SourceKind, Vocabulary};
/// use psalink::source::edit;
/// use psalink::translate::translate;
/// let vocabulary = Vocabulary::builtin();
/// let mut parser = Parser::new(vocabulary);
/// let html = "<p>Ticket [srnumber]: <a href='ddportal://name=ticket&ticket_id=[srnumber]'>open</a></p>";
/// let document = parser.parse_body(Source::from_text("mail.html", html, SourceKind::Html));
/// let settings = Settings::new(vocabulary, "connectwise", None).ok_or("no dialect")?;
/// let autotask = vocabulary.dialects().iter().position(|it| it.id == "autotask").ok_or("no dialect")?;
/// let translated = translate(&document, &settings, autotask, "en", &parser);
/// assert_eq!(
///     String::from_utf8(edit::apply(document.source(), &translated.edits)?)?,
///     "<p>Ticket [Ticket: Number]: <a href='ddportal://name=ticket&ticket_id=[Ticket: ID]'>open</a></p>"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn translate(
    document: &Document,
    settings: &Settings,
    to: usize,
    language: &str,
    parser: &Parser<'_>,
) -> Translated {
    let vocabulary = parser.vocabulary();
    let Some(target) = vocabulary.dialects().get(to) else { return Translated::default() };
    let cx = Checkup::new(document, settings, vocabulary);
    let mut translation = Translation {
        document,
        settings,
        parser,
        to,
        target,
        language,
        purposes: Purposes::new(&cx),
        counterparts: Counterparts::new(target, language),
        quotes: Quotes::new(document),
        closest: HashMap::new(),
        done: Translated::default(),
    };
    translation.dialect_on_top();
    for part in document.parts() {
        match &part.kind {
            PartKind::Placeholder(spelling) => translation.placeholder(part, spelling),
            PartKind::Malformed(spelling) => translation.damaged(part.span, spelling),
            PartKind::LinkMacro(link_macro) => translation.link_macro(part, link_macro),
            PartKind::BrokenMacro(_) => translation.broken_macro(part),
            PartKind::FillIn => {}
        }
    }
    let mut done = translation.done;
    if settings.dialect != to {
        done.diagnostics.extend(unknown(&cx, to, language));
    }
    done.edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    done.diagnostics.sort_by_key(|finding| (finding.span.start, std::cmp::Reverse(finding.level)));
    cover(document.source(), &mut done.diagnostics);
    done
}

/// Whether a template holds something that a translation looks at.
pub(crate) fn has_work(document: &Document, parser: &Parser<'_>) -> bool {
    document.front_matter().is_some_and(|settings| settings.dialect.is_some())
        || document.parts().iter().any(|part| match &part.kind {
            PartKind::Placeholder(_) | PartKind::Malformed(_) => true,
            PartKind::LinkMacro(_) | PartKind::BrokenMacro(_) => !inner(document, part.span, parser).is_empty(),
            PartKind::FillIn => false,
        })
}

struct Translation<'a, 'p> {
    document: &'a Document,
    settings: &'a Settings,
    parser: &'a Parser<'p>,
    to: usize,
    target: &'a Dialect,
    language: &'a str,
    purposes: Purposes<'a>,
    counterparts: Counterparts<'a>,
    quotes: Quotes<'a>,
    /// What is said of each meaning that the other PSA lacks.
    closest: HashMap<&'a str, String>,
    done: Translated,
}

impl<'a> Translation<'a, '_> {
    /// The settings at the top of a template say what it is written in.
    fn dialect_on_top(&mut self) {
        let Some(settings) = self.document.front_matter() else { return };
        match (&settings.dialect, settings.dialect_span) {
            (Some(dialect), _) if *dialect == self.target.id || self.settings.dialect == self.to => {}
            (Some(_), Some(span)) => self.done.edits.push(Edit::new(span, &*self.target.id)),
            (Some(_), None) => self.done.diagnostics.push(left::dialect_on_top(settings.span, self.target)),
            (None, _) => {}
        }
    }

    fn placeholder(&mut self, part: &Part, spelling: &Spelling) {
        // Of a name that is right too: an address may go on behind it.
        let purpose = self.purposes.of(part);
        let Some((from, known)) = self.foreign(spelling) else { return };
        let Some(name) = self.name(part.span, spelling, from, known, purpose) else { return };
        let text = format!("[{name}]");
        if let Some(finding) = self.quotes.refuse(part, part.span, &text) {
            self.done.diagnostics.push(finding);
            return;
        }
        self.done.edits.extend(self.quotes.around(part, &text));
        self.write(part.span, text);
    }

    /// Placeholders as the values of a macro's keys.
    fn link_macro(&mut self, part: &Part, link_macro: &LinkMacro) {
        for argument in &link_macro.arguments {
            for (span, spelling) in inner(self.document, argument.value.span, self.parser) {
                if !spelling.flaws.is_empty() {
                    self.damaged(span, &spelling);
                    continue;
                }
                let Some((from, known)) = self.foreign(&spelling) else { continue };
                let purpose = self.purposes.of_argument(part, link_macro, &argument.key.text);
                let Some(name) = self.name(span, &spelling, from, known, purpose) else { continue };
                let text = format!("[{name}]");
                match self.quotes.refuse(part, span, &text) {
                    Some(finding) => self.done.diagnostics.push(finding),
                    None => self.write(span, text),
                }
            }
        }
    }

    /// It is not known where a broken macro ends, nor what its keys are.
    fn broken_macro(&mut self, part: &Part) {
        for (span, spelling) in inner(self.document, part.span, self.parser) {
            if let Some((from, _)) = self.foreign(&spelling) {
                self.done.diagnostics.push(left::in_broken_macro(span, &spelling, from));
            }
        }
    }

    fn damaged(&mut self, span: Span, spelling: &Spelling) {
        if let Some((from, _)) = self.foreign(spelling) {
            self.done.diagnostics.push(left::damaged(span, spelling, from));
        }
    }

    /// The dialect to translate a placeholder from; none where the other PSA knows it, or no PSA does.
    fn foreign(&self, spelling: &Spelling) -> Option<(&'a Dialect, Known)> {
        if spelling.known_in(self.to).is_some() {
            return None;
        }
        let own = spelling.known_in(self.settings.dialect).map(|known| (self.settings.dialect, known));
        let (dialect, known) = own.or_else(|| spelling.known.first().copied())?;
        Some((&self.parser.vocabulary().dialects()[dialect], known))
    }

    /// The name that takes a placeholder's place; where there is none, that is reported.
    fn name(
        &mut self,
        span: Span,
        spelling: &Spelling,
        from: &'a Dialect,
        known: Known,
        purpose: Purpose<'_>,
    ) -> Option<&'a str> {
        let placeholder = from.placeholder(known);
        if purpose == Purpose::Code {
            self.done.diagnostics.push(left::in_code(span, spelling, from));
            return None;
        }
        if let Some(right) = placeholder.replacement(&spelling.name) {
            self.done.diagnostics.push(left::nonexistent(span, spelling, from, &right));
            return None;
        }
        let finding = match self.counterparts.of(placeholder, purpose) {
            Choice::Name(name) => return Some(name),
            Choice::Several(names) => left::several(span, spelling, self.target, &names, purpose),
            Choice::Unnamed(name) => left::unnamed(span, spelling, self.target, name, self.language),
            Choice::Nothing(meaning) => {
                let closest = || left::closest(self.target, meaning, self.language);
                let help = self.closest.entry(meaning).or_insert_with(closest);
                left::nothing(span, spelling, from, self.target, meaning, help)
            }
            Choice::NoMeaning => left::no_meaning(span, spelling, from, self.target),
        };
        // Readers do not see a comment.
        let is_hidden = purpose == Purpose::Comment;
        self.done.diagnostics.push(if is_hidden { left::as_note(finding) } else { finding });
        None
    }

    fn write(&mut self, span: Span, text: String) {
        self.done.edits.push(Edit::new(span, text));
        self.done.translated += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;
    use crate::config::Config;
    use crate::session::{Overrides, Session};
    use crate::source::edit;
    use crate::source::{Source, SourceKind};

    /// A template after a translation, and what was said.
    fn translated(session: &Session, name: &str, kind: SourceKind, text: &str, to: &str) -> (String, Vec<Diagnostic>) {
        let mut parser = session.parser();
        let document = session.parse(Source::from_text(name, text, kind), &mut parser).unwrap();
        let done = session.translate(&document, to, &mut parser).unwrap();
        let bytes = edit::apply(document.source(), &done.edits).unwrap();
        (String::from_utf8(bytes).unwrap(), done.diagnostics)
    }

    fn session(config: &str) -> Session {
        Session::new(Config::parse("psalink.yaml", config).unwrap(), Overrides::default()).unwrap()
    }

    #[track_caller]
    fn to_autotask(kind: SourceKind, before: &str, after: &str) {
        let session = session("dialect: connectwise");
        let (text, said) = translated(&session, "a", kind, before, "autotask");
        assert_eq!(text, after);
        assert_eq!(said, [], "{before}");
    }

    #[track_caller]
    fn left(before: &str, rule: &str, level: Level, words: &str) {
        let session = session("dialect: connectwise");
        let (text, said) = translated(&session, "a.html", SourceKind::Html, before, "autotask");
        assert_eq!(text, before);
        let [finding] = &said[..] else { panic!("{before}: {said:?}") };
        assert_eq!((finding.rule, finding.level), (rule, level));
        let all = format!("{}; {}", finding.message, finding.help.as_deref().unwrap_or_default());
        assert!(all.contains(words), "{all}");
    }

    #[test]
    fn a_value_without_quotes_is_not_joined_to_what_follows() {
        let session = session("dialect: autotask");
        let to_connectwise = |text| translated(&session, "a.html", SourceKind::Html, text, "connectwise");
        for before in ["<a h=[Contact: ID][Contact: ID]", "<p title=[Contact: ID]x>", "<p title=[Contact: ID]%5B>"] {
            let (text, said) = to_connectwise(before);
            assert_eq!(text, before);
            assert!(said.iter().any(|it| it.message.contains("this value has no quotes")), "{before}: {said:?}");
        }
        for (before, after) in [
            ("<p title=[Contact: ID]>", "<p title=[contactrecordid]>"),
            ("<p title=[Contact: ID] id=x>", "<p title=[contactrecordid] id=x>"),
            ("<p title=\"[Contact: ID][Contact: ID]\">", "<p title=\"[contactrecordid][contactrecordid]\">"),
            ("<p>[Contact: ID][Contact: ID]</p>", "<p>[contactrecordid][contactrecordid]</p>"),
        ] {
            let (text, said) = to_connectwise(before);
            assert_eq!((text.as_str(), said.len()), (after, 0), "{said:?}");
        }
    }

    #[test]
    fn the_place_tells_the_meaning() {
        for (place, id) in [
            ("<p>{}</p>", false),
            ("<title>{}</title>", false),
            ("<img alt='{}'>", false),
            ("<td data-ticket=\"{}\">", false),
            ("<!--[if mso]><p>{}</p><![endif]-->", false),
            ("<!--[if mso]><v:rect href='ddportal://name=ticket&ticket_id={}'><![endif]-->", true),
            ("<a href=\"mailto:help@example.com?subject=Ticket%20{}&amp;body={}\">", false),
            ("<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id={}\">{text}</a>", true),
            ("<a href='ddportal://name=tikcet&ticket_id={}'>", true),
            ("<a href='ddportal://ticketid={}'>", true),
            ("<a href='https://acme.deskdirector.com?gtoken=1[contactrecordid]1&ticketid={}'>", false),
            ("<a href='{}'>", true),
            ("<p>[dd:ticket ticket_id={}]</p>", true),
            ("<p>[dd:ticket text=\"Open {}\"]</p>", false),
            ("<p>[dd:tikcet ticket_id=\"{}\"]</p>", true),
            ("<p>[dd:menu_item menu_id={}]</p>", true),
            ("<p>see https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id={}.</p>", true),
            ("<p>(https://www.example.com) {}, mailto:a@b.example?subject={}</p>", false),
        ] {
            let before = place.replace("{}", "[srnumber]").replace("{text}", "[srnumber]");
            let token = if id { "[Ticket: ID]" } else { "[Ticket: Number]" };
            let after = place.replace("{}", token).replace("{text}", "[Ticket: Number]");
            to_autotask(SourceKind::Html, &before, &after.replace("[contactrecordid]", "[Contact: ID]"));
        }
        to_autotask(
            SourceKind::Subject,
            "#[srnumber] for [contactfirstname]",
            "#[Ticket: Number] for [Contact: First Name]",
        );
        to_autotask(
            SourceKind::Text,
            "[srnumber]\r\n<ddportal://name=ticket&ticket_id=[srnumber]>\r\n[dd:ticket ticket_id=[srnumber]]",
            "[Ticket: Number]\r\n<ddportal://name=ticket&ticket_id=[Ticket: ID]>\r\n[dd:ticket ticket_id=[Ticket: ID]]",
        );
    }

    #[test]
    fn the_settings_on_top_change_too() {
        to_autotask(
            SourceKind::Html,
            "\u{feff}---\r\nsubject: '#[srnumber]: # [contactfirstname]'\r\ndialect: \"connectwise\" # old\r\ntext: |\r\n  [srnumber]\r\n  \
             https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]\r\n---\r\n<p>",
            "\u{feff}---\r\nsubject: '#[Ticket: Number]: # [Contact: First Name]'\r\ndialect: \"autotask\" # old\r\ntext: |\r\n  [Ticket: Number]\r\n  \
             https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[Ticket: ID]\r\n---\r\n<p>",
        );
        to_autotask(
            SourceKind::Html,
            "---\ndialect: connectwise\n---\n[dd:ticket]",
            "---\ndialect: autotask\n---\n[dd:ticket]",
        );
        let unusual = "---\ndialect:\n  connectwise\n---\n<p>";
        left(unusual, "wrong-dialect-placeholder", Level::Error, "write `dialect: autotask` there");
    }

    #[test]
    fn a_value_without_quotes_gains_them_once() {
        to_autotask(
            SourceKind::Html,
            "<a href=ddportal://name=ticket&ticket_id=[srnumber]&x=[contactrecordid] id=a>",
            "<a href=\"ddportal://name=ticket&ticket_id=[Ticket: ID]&x=[Contact: ID]\" id=a>",
        );
        let quoted = "<a href=ddportal://name=ticket&x=\"&ticket_id=[srnumber]>";
        left(quoted, "wrong-dialect-placeholder", Level::Error, "put the whole value in double quotes");
    }

    #[test]
    fn what_cannot_be_told_is_left() {
        let wrong = "wrong-dialect-placeholder";
        let either = "can be `[Ticket: ID]` or `[Ticket: Number]` in Autotask PSA";
        for address in [
            "<a href='https://survey.example/?t=[srnumber]'>",
            "<img src='[srnumber].png'>",
            "<p>https://survey.example/[srnumber]</p>",
            "<p>https://survey.example/[Ticket: Title]/[srnumber]/x</p>",
            "<td style='background:url(https://survey.example/[srnumber])'>",
            "<a href='https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;reference=[srnumber]'>",
            "<a href='ddportal://invoiceid=[srnumber]'>",
            "<p>[dd:ticket reference=[srnumber]]</p>",
        ] {
            left(address, wrong, Level::Error, if address.contains("url(") { "[srnumber]" } else { either });
        }
        left("<p><!-- [srnumber] --></p>", wrong, Level::Note, "in a comment, psalink cannot tell which");
        left("<script>a[memberid]</script>", wrong, Level::Note, "it may be code");
        left("<p>[agrname]</p>", wrong, Level::Error, "psalink knows nothing like it in Autotask PSA");
        left(
            "<p>[memberfirstname]</p>",
            wrong,
            Level::Error,
            "does not know which placeholder of Autotask PSA means the same",
        );
        left("<p>[cf-12]</p>", wrong, Level::Error, "does not know which placeholder");
        left("<p>[SRNumber]</p>", wrong, Level::Error, "fix it with `psalink lint --fix` first");
        left("<p>[dd:ticket text='[ srnumber ]']</p>", wrong, Level::Error, "it is damaged");
        left("<p>[dd:ticket ticket_id=[srnumber] now]</p>", wrong, Level::Error, "the link macro around it is broken");
        left("<p>[srnumbr]</p>", "unknown-placeholder", Level::Warning, "misspelled `[srnumber]`");
        left("<p>[Ticket: Nmuber]</p>", "unknown-placeholder", Level::Warning, "[Ticket: Number]");
        to_autotask(SourceKind::Html, "<!-- [contactrecordid] -->", "<!-- [Contact: ID] -->");
        to_autotask(
            SourceKind::Html,
            "[Ticket: Title], [dd:ticket], [Some Product Name]",
            "[Ticket: Title], [dd:ticket], [Some Product Name]",
        );
    }

    #[test]
    fn the_closest_is_named() {
        let session = session("dialect: autotask");
        let said = |token: &str| {
            let (text, said) = translated(&session, "a.html", SourceKind::Html, token, "connectwise");
            assert_eq!(text, token);
            said[0].help.clone().unwrap()
        };
        assert!(
            said("[Contact: Mobile Phone]")
                .starts_with("for the contact, psalink knows `[contactrecordid]`, `[contactfirstname]`")
        );
        assert!(said("[Ticket: Title]").starts_with("for the ticket, psalink knows `[srnumber]`;"), "named once");
        let autotask = crate::Vocabulary::builtin().dialect("autotask").unwrap();
        let help = left::closest(autotask, "contact.emails", "de");
        assert!(help.starts_with("the closest match in Autotask PSA is `[Kontakt: E-Mail"), "{help}");
    }

    #[test]
    fn names_come_in_the_language_of_the_path_and_with_its_terms() {
        let config = "dialect: connectwise\nautotask: { language: de }\ntemplates:\n\
                      \x20 - { path: 'es.html', language: es }\n";
        let session = session(config);
        let text =
            |name: &str| translated(&session, name, SourceKind::Html, "[srnumber] [contactfirstname]", "autotask").0;
        assert_eq!(text("de.html"), "[Ticket: Nummer] [Kontakt: Vorname]");
        assert!(text("es.html").starts_with("[Ticket: Número] ["), "{}", text("es.html"));
        // A template that mixes languages is translated whole.
        let (back, said) = translated(
            &session,
            "c.html",
            SourceKind::Html,
            "[Ticket: Nummer] [Ticket: Número] [Ticket: ID]",
            "connectwise",
        );
        assert_eq!((&*back, said), ("[srnumber] [srnumber] [srnumber]", Vec::new()));
    }

    #[test]
    fn a_name_that_nobody_has_is_left() {
        let session = session("dialect: autotask");
        let (text, said) = translated(&session, "a.html", SourceKind::Html, "[Ticket: Ticket Number]", "connectwise");
        assert_eq!(text, "[Ticket: Ticket Number]");
        assert_eq!(said[0].rule, "nonexistent-placeholder");
        assert!(said[0].help.as_deref().unwrap().contains("`[Ticket: Number]`"), "{said:?}");
    }

    #[test]
    fn what_is_already_there_is_right() {
        let session = session("dialect: autotask");
        for text in ["[Ticket: Foo] [Ticket: ID]", "<p>[SRNUMBER", "[ Ticket: ID ] [dd:ticket]", ""] {
            let (after, said) = translated(&session, "a.html", SourceKind::Html, text, "autotask");
            assert_eq!((&*after, said), (text, Vec::new()));
        }
        // A stray of the other PSA among them is translated.
        let (after, _) = translated(&session, "a.html", SourceKind::Html, "[Ticket: ID] [srnumber]", "autotask");
        assert_eq!(after, "[Ticket: ID] [Ticket: Number]");
    }

    #[test]
    fn a_template_without_placeholders_needs_no_dialect() {
        let session = session("");
        let (after, said) = translated(&session, "a.html", SourceKind::Html, "<p>[dd:ticket]", "autotask");
        assert_eq!((&*after, said), ("<p>[dd:ticket]", Vec::new()));
        let mut parser = session.parser();
        let document = session
            .parse(Source::from_text("a.html", "[srnumber] [Ticket: ID]", SourceKind::Html), &mut parser)
            .unwrap();
        let error = session.translate(&document, "autotask", &mut parser).unwrap_err().to_string();
        assert!(error.contains("use `--dialect connectwise` or"), "{error}");
        let error = session.translate(&document, "autotsk", &mut parser).unwrap_err().to_string();
        assert!(error.contains("did you mean `autotask`?"), "{error}");
    }
}
