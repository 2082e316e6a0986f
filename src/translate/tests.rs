//! What is translated, and what is left for a person to decide.

use super::*;
use crate::Level;
use crate::config::Config;
use crate::session::{Overrides, Session};
use crate::source::edit;
use crate::source::{Source, SourceKind};

/// A template after a translation, and what was reported.
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
    let (text, findings) = translated(&session, "a", kind, before, "autotask");
    assert_eq!(text, after);
    assert_eq!(findings, [], "{before}");
}

#[track_caller]
fn left(before: &str, rule: &str, level: Level, words: &str) {
    let session = session("dialect: connectwise");
    let (text, findings) = translated(&session, "a.html", SourceKind::Html, before, "autotask");
    assert_eq!(text, before);
    let [finding] = &findings[..] else { panic!("{before}: {findings:?}") };
    assert_eq!((finding.rule, finding.level), (rule, level));
    let all = format!("{}; {}", finding.message, finding.help.as_deref().unwrap_or_default());
    assert!(all.contains(words), "{all}");
}

#[test]
fn a_value_without_quotes_is_not_joined_to_what_follows() {
    let session = session("dialect: autotask");
    let to_connectwise = |text| translated(&session, "a.html", SourceKind::Html, text, "connectwise");
    for before in ["<a h=[Contact: ID][Contact: ID]", "<p title=[Contact: ID]x>", "<p title=[Contact: ID]%5B>"] {
        let (text, findings) = to_connectwise(before);
        assert_eq!(text, before);
        assert!(
            findings.iter().any(|finding| finding.message.contains("this value has no quotes")),
            "{before}: {findings:?}"
        );
    }
    for (before, after) in [
        ("<p title=[Contact: ID]>", "<p title=[contactrecordid]>"),
        ("<p title=[Contact: ID] id=x>", "<p title=[contactrecordid] id=x>"),
        ("<p title=\"[Contact: ID][Contact: ID]\">", "<p title=\"[contactrecordid][contactrecordid]\">"),
        ("<p>[Contact: ID][Contact: ID]</p>", "<p>[contactrecordid][contactrecordid]</p>"),
    ] {
        let (text, findings) = to_connectwise(before);
        assert_eq!((text.as_str(), findings.len()), (after, 0), "{findings:?}");
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
fn what_is_ambiguous_is_left() {
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
fn the_closest_is_suggested() {
    let session = session("dialect: autotask");
    let findings = |token: &str| {
        let (text, findings) = translated(&session, "a.html", SourceKind::Html, token, "connectwise");
        assert_eq!(text, token);
        findings[0].help.clone().unwrap()
    };
    assert!(
        findings("[Contact: Mobile Phone]")
            .starts_with("for the contact, psalink knows `[contactrecordid]`, `[contactfirstname]`")
    );
    assert!(findings("[Ticket: Title]").starts_with("for the ticket, psalink knows `[srnumber]`;"), "named once");
    let autotask = crate::Vocabulary::builtin().dialect("autotask").unwrap();
    let help = left::closest(autotask, "contact.emails", "de");
    assert!(help.starts_with("the closest match in Autotask PSA is `[Kontakt: E-Mail"), "{help}");
}

#[test]
fn names_come_in_the_language_of_the_path_and_with_its_terms() {
    let config = "dialect: connectwise\nautotask: { language: de }\ntemplates:\n\
                  \x20 - { path: 'es.html', language: es }\n";
    let session = session(config);
    let text = |name: &str| translated(&session, name, SourceKind::Html, "[srnumber] [contactfirstname]", "autotask").0;
    assert_eq!(text("de.html"), "[Ticket: Nummer] [Kontakt: Vorname]");
    assert!(text("es.html").starts_with("[Ticket: Número] ["), "{}", text("es.html"));
    // A template that mixes languages is translated entirely.
    let (back, findings) = translated(
        &session,
        "c.html",
        SourceKind::Html,
        "[Ticket: Nummer] [Ticket: Número] [Ticket: ID]",
        "connectwise",
    );
    assert_eq!((&*back, findings), ("[srnumber] [srnumber] [srnumber]", Vec::new()));
}

#[test]
fn a_name_that_no_psa_has_is_left() {
    let session = session("dialect: autotask");
    let (text, findings) = translated(&session, "a.html", SourceKind::Html, "[Ticket: Ticket Number]", "connectwise");
    assert_eq!(text, "[Ticket: Ticket Number]");
    assert_eq!(findings[0].rule, "nonexistent-placeholder");
    assert!(findings[0].help.as_deref().unwrap().contains("`[Ticket: Number]`"), "{findings:?}");
}

#[test]
fn what_is_already_there_is_right() {
    let session = session("dialect: autotask");
    for text in ["[Ticket: Foo] [Ticket: ID]", "<p>[SRNUMBER", "[ Ticket: ID ] [dd:ticket]", ""] {
        let (after, findings) = translated(&session, "a.html", SourceKind::Html, text, "autotask");
        assert_eq!((&*after, findings), (text, Vec::new()));
    }
    // A stray placeholder of the other PSA among them is translated.
    let (after, _) = translated(&session, "a.html", SourceKind::Html, "[Ticket: ID] [srnumber]", "autotask");
    assert_eq!(after, "[Ticket: ID] [Ticket: Number]");
}

#[test]
fn a_template_without_placeholders_needs_no_dialect() {
    let session = session("");
    let (after, findings) = translated(&session, "a.html", SourceKind::Html, "<p>[dd:ticket]", "autotask");
    assert_eq!((&*after, findings), ("<p>[dd:ticket]", Vec::new()));
    let mut parser = session.parser();
    let document =
        session.parse(Source::from_text("a.html", "[srnumber] [Ticket: ID]", SourceKind::Html), &mut parser).unwrap();
    let error = session.translate(&document, "autotask", &mut parser).unwrap_err().to_string();
    assert!(error.contains("use `--dialect connectwise` or"), "{error}");
    let error = session.translate(&document, "autotsk", &mut parser).unwrap_err().to_string();
    assert!(error.contains("did you mean `autotask`?"), "{error}");
}
