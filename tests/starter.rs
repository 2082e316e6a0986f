//! The starter set: what each message must contain, for both PSAs and with every sample.

use std::path::{Path, PathBuf};

use psalink::compose::Composer;
use psalink::config::LintConfig;
use psalink::lint::Profile;
use psalink::render::{BUILT_IN_SAMPLES, Ready, Rendered, render};
use psalink::session::Overrides;
use psalink::{Config, Session, Source, SourceKind, Template};

/// A notification, and how the address of each of its portal links must end.
const MAILS: [(&str, &[&str]); 13] = [
    ("request-received", &["name=ticket&ticket_id=ID"]),
    ("assigned", &["name=ticket&ticket_id=ID"]),
    ("note-added", &["name=ticket&ticket_id=ID&action=chat"]),
    ("waiting-for-you", &["name=ticket&ticket_id=ID"]),
    ("closing-soon", &["name=ticket&ticket_id=ID"]),
    ("approval-needed", &["name=ticket&ticket_id=ID&action=approve", "name=ticket&ticket_id=ID&action=decline"]),
    ("form-to-fill-in", &["name=ticket&ticket_id=ID&action=forms"]),
    ("visit-scheduled", &["name=ticket&ticket_id=ID"]),
    ("resolved", &["name=ticket&ticket_id=ID&action=reopen"]),
    ("closed-with-survey", &[]),
    ("reopened", &["name=ticket&ticket_id=ID"]),
    ("welcome-to-the-portal", &["name=support_options"]),
    ("internal-new-ticket", &[]),
];

/// The largest allowed size of a finished message.
const LIMIT: usize = 20 * 1024;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/starter")
}

fn session(dialect: &str) -> Session {
    let config = Config::read(&folder().join("psalink.yaml")).unwrap();
    Session::new(config, Overrides { dialect: Some(dialect.to_owned()), ..Overrides::default() }).unwrap()
}

fn template(session: &Session, name: &str) -> Template {
    let path = folder().join(format!("{name}.html.j2"));
    let text = std::fs::read_to_string(&path).unwrap();
    let body = Source::from_text(&path.display().to_string(), &text, SourceKind::Html);
    let template = Template::with_companions(body, &path, None).unwrap();
    session.put_together(template, &Composer::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// Does something with every message for every PSA.
fn each(mut check: impl FnMut(&str, &str, &[&str], &Session, &Ready)) {
    for dialect in ["connectwise", "autotask"] {
        let session = session(dialect);
        for (name, links) in MAILS {
            let mut rewriter = session.rewriter();
            let ready = session.ready(&template(&session, name), &mut rewriter).unwrap();
            assert!(ready.findings.is_empty(), "{name} {dialect}: {:?}", ready.findings);
            check(name, dialect, links, &session, &ready);
        }
    }
}

fn text_of(document: &psalink::Document) -> &str {
    std::str::from_utf8(document.source().bytes()).unwrap()
}

#[test]
fn the_table_names_every_mail() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".html.j2").filter(|name| !name.starts_with('_')).map(str::to_owned))
        .collect();
    let mut named = MAILS.map(|(name, _)| name.to_owned()).to_vec();
    names.sort();
    named.sort();
    assert_eq!(names, named);
}

#[test]
fn every_mail_is_whole() {
    each(|name, dialect, _, _, ready| {
        let (html, text) = (text_of(ready.html.as_ref().unwrap()), text_of(ready.text.as_ref().unwrap()));
        let subject = text_of(ready.subject.as_ref().unwrap());
        assert!(html.len() < LIMIT, "{name} {dialect}: {}", html.len());
        for mark in
            ["<!doctype html>", "prefers-color-scheme: dark", "<!--[if mso]>", "lang=\"en\"", "role=\"presentation\""]
        {
            assert!(html.contains(mark), "{name} {dialect}: {mark}");
        }
        let number = if dialect == "connectwise" { "[srnumber]" } else { "[Ticket: Number]" };
        let has_ticket = name != "welcome-to-the-portal";
        assert_eq!(subject.contains(number), has_ticket, "{name} {dialect}: {subject}");
        assert_eq!(html.contains(number) && text.contains(number), has_ticket, "{name} {dialect}");
        assert!(!text.contains(['<', '>']), "{name} {dialect}: {text}");
        // The button is drawn for Outlook too.
        let is_internal = name.starts_with("internal");
        assert!(is_internal || html.contains("v:roundrect") || html.contains("class=\"edge\""), "{name} {dialect}");
    });
}

#[test]
fn every_link_leads_where_it_must() {
    each(|name, dialect, expected, session, ready| {
        let mut parser = session.parser();
        for (sample, _) in BUILT_IN_SAMPLES {
            let sample = session.sample(sample).unwrap();
            let mail = render(ready, &sample, &mut parser);
            assert!(mail.links.iter().all(|link| link.problem.is_none()), "{name} {dialect}: {:?}", mail.links);
            assert!(mail.left.is_empty(), "{name} {dialect}: {:?}", mail.left);
            let id =
                sample.value(session.vocabulary(), session.vocabulary().dialect(dialect).unwrap(), id_token(dialect));
            let ends: Vec<String> = expected.iter().map(|end| end.replace("ID", id.unwrap())).collect();
            for end in &ends {
                let url = format!("https://acme.deskdirector.com/portal/deeplink?{end}");
                assert!(mail.links.iter().any(|link| link.url == url), "{name} {dialect}: {url}");
                assert!(mail.text.contains(&url), "{name} {dialect}: {}", mail.text);
            }
            let portal = mail.links.iter().filter(|link| link.is_portal).count();
            assert_eq!(portal > 0, name != "internal-new-ticket", "{name} {dialect}");
            if name == "closed-with-survey" {
                assert!(of_survey(&mail, id.unwrap()), "{dialect}: {:?}", mail.links);
            }
        }
    });
}

fn id_token(dialect: &str) -> &'static str {
    if dialect == "connectwise" { "srnumber" } else { "Ticket: ID" }
}

/// Whether a message has a link of another vendor with the ticket's ID.
fn of_survey(mail: &Rendered, id: &str) -> bool {
    mail.links
        .iter()
        .any(|link| !link.is_portal && link.url.starts_with("https://") && link.url.ends_with(&format!("={id}")))
}

#[test]
fn no_rule_finds_anything() {
    for dialect in ["connectwise", "autotask"] {
        let session = session(dialect);
        let mut profile = Profile::default();
        // A source has settings at its top, and a welcome message has no ticket.
        let ignore = ["psalink-only-syntax", "subject-without-ticket-number"].map(str::to_owned).to_vec();
        profile.configure(&LintConfig { select: vec!["all".to_owned()], ignore, ..LintConfig::default() }).unwrap();
        for (name, _) in MAILS {
            let mut rewriter = session.rewriter();
            let found = session.check_template(&template(&session, name), &mut rewriter, &profile).unwrap();
            // Only the address of the survey is left for the user to fill in, and `psalink init` asks for it.
            let found: Vec<String> = found
                .iter()
                .filter(|mapped| !(name == "closed-with-survey" && mapped.finding.rule == "example-address"))
                .map(|mapped| format!("{}: {}", mapped.finding.rule, mapped.finding.message))
                .collect();
            assert!(found.is_empty(), "{name} {dialect}: {found:#?}");
        }
    }
}

#[cfg(feature = "cli")]
#[test]
fn every_mail_is_as_recorded() {
    let place = crate::cli::Place::new();
    let mut command = place.command();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("CI", "1").args([
        "test",
        "templates/starter",
        "--sample",
        "standard",
    ]);
    command.args(["--dialect", "connectwise", "--dialect", "autotask"]);
    let ran = crate::cli::run(command, b"");
    ran.code(0).says("26 messages: 26 as recorded\n");
}
