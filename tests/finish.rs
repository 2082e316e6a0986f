//! Templates finished for the PSA: the result is clean, or what stops it is named, and nothing else changes.

use std::path::Path;
use std::time::Instant;

use psalink::compose::Mapped;
use psalink::config::LintConfig;
use psalink::lint::READY;
use psalink::session::{Finish, Finished, Overrides};
use psalink::{Config, Diagnostic, Error, ErrorKind, Level, Session, Source, SourceKind, Template};

use crate::mutations::{self, Random};
use crate::templates::{files, kind};

fn session(dialect: Option<&str>, portal: Option<&str>) -> Session {
    let overrides =
        Overrides { dialect: dialect.map(str::to_owned), portal: portal.map(str::to_owned), ..Overrides::default() };
    Session::new(Config::default(), overrides).unwrap()
}

fn finish(session: &Session, template: &Template) -> Result<Finish, Error> {
    session.finish(template, &mut session.rewriter(), &LintConfig::default(), Level::Warning)
}

fn html(text: &str) -> Template {
    Template::of(Source::from_text("new.html", text, SourceKind::Html))
}

fn done(session: &Session, text: &str) -> Finished {
    match finish(session, &html(text)).unwrap() {
        Finish::Done(finished) => finished,
        Finish::Stopped(stopped) => panic!("{text}: {:?}", lines(&stopped.findings)),
    }
}

fn stopped(session: &Session, template: &Template) -> Vec<String> {
    match finish(session, template).unwrap() {
        Finish::Done(finished) => panic!("{:?}", text_of(&finished.html)),
        Finish::Stopped(stopped) => lines(&stopped.findings),
    }
}

/// `new.html:1:4: error[rule] the text at that place`
fn lines(findings: &[Mapped]) -> Vec<String> {
    let line = |Mapped { source, finding }: &Mapped| {
        let at = source.position(finding.span.start as usize);
        let text = source.text(finding.span);
        format!("{}:{}:{}: {}[{}] {text}", source.name(), at.line, at.column, finding.level.name(), finding.rule)
    };
    findings.iter().map(line).collect()
}

fn text_of(bytes: &Option<Vec<u8>>) -> String {
    String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned()
}

/// The findings of `psalink lint --ready` for some finished bytes.
fn check(session: &Session, bytes: &[u8], kind: SourceKind, encoding: &str) -> Vec<Diagnostic> {
    let source = Source::read("out.html", bytes.to_vec(), kind, Some(encoding)).unwrap();
    let choice = LintConfig { select: READY.iter().map(|rule| (*rule).to_owned()).collect(), ..LintConfig::default() };
    let profile = session.profile("out.html", &choice).unwrap();
    let (_, mut found) = session.check(source, &mut session.rewriter(), &profile).unwrap();
    found.retain(|finding| finding.level >= Level::Warning);
    found
}

fn read(path: &Path) -> Result<Template, Error> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let source = Source::read(name, std::fs::read(path).unwrap(), kind(path), None)?;
    // Bodies with their companions; a text or subject also by itself.
    if source.kind() == SourceKind::Html {
        Template::with_companions(source, path, None)
    } else {
        Ok(Template::of(source))
    }
}

#[test]
fn every_fixture_comes_out_clean_or_the_reason_is_named() {
    let (mut clean, mut named) = (0, 0);
    for (folder, dialect) in [("connectwise", "connectwise"), ("autotask", "autotask"), ("broken", "connectwise")] {
        let session = session(Some(dialect), Some("acme"));
        for path in files(folder) {
            let name = path.display();
            let template = match read(&path) {
                Ok(template) => template,
                Err(error) => {
                    assert!(!error.detail().is_empty());
                    continue;
                }
            };
            let outcome = match finish(&session, &template) {
                Ok(outcome) => outcome,
                Err(error) => {
                    assert_eq!(folder, "broken", "{name}: {error}");
                    continue;
                }
            };
            let finished = match outcome {
                Finish::Done(finished) => finished,
                Finish::Stopped(stopped) => {
                    named += 1;
                    assert!(!stopped.findings.is_empty(), "{name}");
                    for Mapped { source, finding } in &stopped.findings {
                        assert!(finding.level >= Level::Warning, "{name}: {finding:?}");
                        assert!((finding.span.end as usize) <= source.bytes().len(), "{name}: {finding:?}");
                    }
                    continue;
                }
            };
            clean += 1;
            let parts = [
                (&finished.html, &template.html, SourceKind::Html),
                (&finished.text, &template.text, SourceKind::Text),
                (&finished.subject, &template.subject, SourceKind::Subject),
            ];
            let mut finished_template = Template::default();
            for ((bytes, file, kind), place) in parts.into_iter().zip([
                &mut finished_template.html,
                &mut finished_template.text,
                &mut finished_template.subject,
            ]) {
                let Some(bytes) = bytes else { continue };
                let encoding = file.as_ref().map_or("utf-8", |file| file.source.encoding());
                let source = Source::read(path.to_str().unwrap(), bytes.clone(), kind, Some(encoding)).unwrap();
                let text = source.decode(source.bytes()).into_owned();
                assert!(!text.to_lowercase().contains("[dd:"), "{name}: {text}");
                assert!(!text.contains("psalink:"), "{name}: {text}");
                assert!(!text.trim_start_matches('\u{feff}').starts_with("---\n"), "{name}: {text}");
                if finished.work.comments == 0 {
                    assert_eq!(check(&session, bytes, kind, encoding), [], "{name}: {text}");
                }
                if let Some(file) = file {
                    same_lines(&file.source, &text, &name.to_string());
                }
                *place = Some(source.into());
            }
            let audience = template.files().any(|file| file.source.bytes().windows(9).any(|word| word == b"audience:"));
            if finished.work.comments > 0 || audience {
                continue; // what they held back is done now that they are gone
            }
            // The name would lead to the same companions, which are already included.
            let Finish::Done(second) = finish(&session, &finished_template).unwrap() else {
                panic!("{name}: stopped the second time")
            };
            assert!(second.work.is_nothing(), "{name}: {:?}", second.work);
            assert_eq!(
                (&second.html, &second.text, &second.subject),
                (&finished.html, &finished.text, &finished.subject),
                "{name}"
            );
        }
    }
    assert!(clean >= 15 && named >= 10, "{clean} clean, {named} stopped");
}

/// A line without macros and links is unchanged, including its line ending.
fn same_lines(before: &Source, after: &str, name: &str) {
    let before = before.decode(before.bytes()).into_owned();
    let lines: std::collections::HashSet<&str> = before.split_inclusive('\n').collect();
    for line in after.split_inclusive('\n') {
        let is_touched = line.contains('[') || line.contains("deskdirector") || line.contains("://");
        assert!(is_touched || lines.contains(line) || before.ends_with(line), "{name}: {line:?}");
    }
}

#[test]
fn a_link_macro_never_leaves() {
    let session = session(Some("connectwise"), Some("acme"));
    let text = "<p>[dd:ticket action=chat text=\"Chat with us\"]</p>\r\n<p>é</p>";
    let finished = done(&session, text);
    assert_eq!(
        text_of(&finished.html),
        "<p><a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]\
         &amp;action=chat\">Chat with us</a></p>\r\n<p>é</p>"
    );
    assert_eq!(finished.work.words(), ["1 macro expanded to a link"]);
    for (broken, line) in [
        ("<p>a</p>\n<p>[dd:tikcet]</p>", "new.html:2:4: error[psalink-only-syntax] [dd:tikcet]"),
        ("<p>[dd:ticket</p>", "new.html:1:4: error[psalink-only-syntax] [dd:ticket"),
        ("<p title='[dd:ticket colour=blue]'>", "new.html:1:11: error[psalink-only-syntax] [dd:ticket colour=blue]"),
    ] {
        let found = stopped(&session, &html(broken));
        assert!(found.iter().any(|found| found == line), "{broken}: {found:?}");
    }
}

#[test]
fn what_is_allowed_neither_stops_nor_is_fixed_and_the_comment_goes() {
    let session = session(Some("connectwise"), Some("acme"));
    let comment = "<!-- psalink: allow script-in-mail -->";
    let script = "<script>x</script><p>[srnumber]</p>\n";
    let finished = done(&session, &format!("<p>x</p>\n  {comment}\r\n{script}"));
    assert!(text_of(&finished.html).starts_with("<p>x</p>\n<script>"), "{}", text_of(&finished.html));
    assert_eq!(finished.work.comments, 1);
    // A comment about another rule, or for another line, does not help.
    for text in [
        format!("<p>x</p>\n{}\n{script}", comment.replace("script-in-mail", "form-in-mail")),
        format!("<p>x</p>{comment}<p>y</p>\n{script}"),
        format!("<p>x</p>\n{script}{comment}"),
    ] {
        assert!(stopped(&session, &html(&text)).iter().any(|line| line.contains("script-in-mail")), "{text}");
    }
    let finished = done(&session, "<!-- psalink: allow misspelt-case -->\n<p>[SRNumber]</p>");
    assert_eq!(text_of(&finished.html), "<p>[SRNumber]</p>");
    // Nothing allows what only psalink understands.
    let macros = "<!-- psalink: allow psalink-only-syntax, unknown-command -->\n<p>[dd:tikcet]</p>";
    assert_eq!(stopped(&session, &html(macros)), ["new.html:2:4: error[psalink-only-syntax] [dd:tikcet]"]);
}

#[test]
fn the_source_of_a_message_always_stops_and_is_not_changed() {
    let text = "MIME-Version: 1.0\nDate: Tue, 3 Jun 2025 10:00:00 +0200\n\n<!-- psalink: allow mail-source -->\n<p>[SRNumber] [dd:ticket]</p>";
    for config in ["", "lint: { ignore: [mail-source] }\n", "lint: { levels: { mail-source: note } }\n"] {
        let config = Config::parse("psalink.yaml", &format!("portal: acme\n{config}")).unwrap();
        let session = Session::new(config, Overrides::default()).unwrap();
        match finish(&session, &html(text)).unwrap() {
            Finish::Stopped(stopped) => {
                assert_eq!(lines(&stopped.findings), ["new.html:1:1: error[mail-source] MIME-Version: 1.0"]);
                // The comment is not part of the output, which is empty.
                assert_eq!((stopped.work.expanded, stopped.work.fixed.len()), (0, 0));
            }
            Finish::Done(finished) => panic!("{:?}", text_of(&finished.html)),
        }
    }
}

#[test]
fn settings_that_come_to_the_top_when_a_comment_goes_stop_it() {
    let session = session(Some("connectwise"), Some("acme"));
    for settings in ["subject: x", "subject: \"x\" y"] {
        let text = format!("<!-- psalink: allow unclosed-settings -->\n---\n{settings}\n---\n<p>x</p>");
        let found = stopped(&session, &html(&text));
        assert!(found.iter().any(|line| line.starts_with("new.html:2:1: error[psalink-only-syntax]")), "{found:?}");
    }
}

#[test]
fn findings_have_the_places_of_the_users_own_text() {
    let session = session(Some("connectwise"), Some("acme"));
    // Before the finding, a fix shortens the text, an expansion makes it longer, and settings are cut out.
    let text = "---\nsubject: Ticket [srnumber] [dd:tikcet]\n---\n<p>[[srnumber]] [dd:ticket]</p>\n\
                <p>é [dd:tikcet] </p>\n";
    let found = stopped(&session, &html(text));
    assert!(
        found.contains(&"new.html:5:6: error[unknown-command] tikcet".to_owned())
            || found.iter().any(|line| line.starts_with("new.html:5:")),
        "{found:?}"
    );
    assert!(found.iter().any(|line| line.starts_with("new.html:2:")), "{found:?}");
    // In another encoding, and with a byte order mark.
    for (encoding, mark) in [("windows-1252", &b""[..]), ("utf-8", b"\xEF\xBB\xBF")] {
        let mut bytes = mark.to_vec();
        bytes.extend(if encoding == "utf-8" { "ü".as_bytes() } else { b"\xFC" });
        bytes.extend(b" [[srnumber]] ");
        bytes.extend(b"<p>[dd:ticket]</p>\n<p>[dd:tikcet]</p>");
        let source = Source::read("new.html", bytes, SourceKind::Html, Some(encoding)).unwrap();
        let found = stopped(&session, &Template::of(source));
        assert!(found.contains(&"new.html:2:4: error[psalink-only-syntax] [dd:tikcet]".to_owned()), "{found:?}");
    }
}

#[test]
fn settings_become_a_subject_and_a_text_of_their_own() {
    let session = session(Some("connectwise"), Some("acme"));
    let text =
        "---\nsubject: Ticket [SRNumber]\ntext: |\n  Open it: [dd:ticket]\n---\n<p>Hello [contactfirstname]</p>\n";
    let finished = done(&session, text);
    assert_eq!(text_of(&finished.html), "<p>Hello [contactfirstname]</p>\n");
    assert_eq!(text_of(&finished.subject), "Ticket [srnumber]");
    assert_eq!(
        text_of(&finished.text),
        "Open it: View your ticket: https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]\n"
    );
    let mut twice = html(text);
    twice.subject = Some(Source::from_text("new.subject.txt", "Another", SourceKind::Subject).into());
    let error = finish(&session, &twice).unwrap_err();
    assert!(error.detail().contains("subject"), "{error}");
}

#[test]
fn what_is_missing_is_an_error_that_says_so() {
    let error = finish(&session(Some("connectwise"), None), &html("<p>[dd:ticket]</p>")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    assert!(error.detail().contains("portal"), "{error}");
    let error = finish(&session(None, Some("acme")), &html("<p>[dd:ticket]</p>")).unwrap_err();
    assert!(error.detail().contains("ConnectWise PSA or Autotask PSA"), "{error}");
    // A template that needs neither is finished without them, and the subject may have clues that the body lacks.
    assert!(matches!(finish(&session(None, None), &html("<p>Hello world</p>")).unwrap(), Finish::Done(_)));
    let mut template = html("<p>[dd:ticket]</p>");
    template.subject =
        Some(Source::from_text("new.subject.txt", "Ticket [Ticket: Number]", SourceKind::Subject).into());
    let Finish::Done(finished) = finish(&session(None, Some("acme")), &template).unwrap() else { panic!("it is fine") };
    assert!(text_of(&finished.html).contains("[Ticket: ID]"), "{}", text_of(&finished.html));
}

#[test]
fn a_level_decides_what_stops() {
    let session = session(Some("connectwise"), Some("acme"));
    let text = html("<p>[srnumber] <script>x</script></p>");
    let at = |least| session.finish(&text, &mut session.rewriter(), &LintConfig::default(), least).unwrap();
    assert!(matches!(at(Level::Warning), Finish::Stopped(_)));
    let Finish::Done(finished) = at(Level::Error) else { panic!("a warning is no error") };
    assert!(lines(&finished.left).iter().any(|line| line.contains("script-in-mail")));
    // A configuration that turns the rule off does not help.
    let config =
        Config::parse("psalink.yaml", "dialect: connectwise\nportal: acme\nlint: { ignore: [all] }\n").unwrap();
    let quiet = Session::new(config, Overrides::default()).unwrap();
    assert_eq!(stopped(&quiet, &html("<p>[dd:tikcet]</p>")), ["new.html:1:4: error[psalink-only-syntax] [dd:tikcet]"]);
}

/// Syntax that only psalink understands.
const OWN: [&str; 9] = [
    "<!-- psalink: allow script-in-mail, unknown-placeholder -->",
    "  <!-- psalink: allow misspelt-case -->\n",
    "<!--psalink:allow-->",
    "<!-- psalink: allow unclosed-settings -->\n---\nsubject: Ticket [SRNumber]\n---\n",
    "---\nsubject: Ticket [SRNumber] [dd:ticket as=url]\naudience: customer\n---\n",
    "---\ndialect: connectwise\n---\n---\ntext: |\n  [dd:ticket]\n---\n",
    "[DD:Ticket text='Open it']",
    "[dd:ticket as=url]",
    "<!-- [dd:ticket] <!-- psalink: allow missing-alt -->",
];

#[test]
fn finished_damaged_templates_are_clean_and_do_not_change_again() {
    let sessions = ["connectwise", "autotask"].map(|dialect| session(Some(dialect), Some("acme")));
    let (start, mut random) = (Instant::now(), Random(0x2545_F491_4F6C_DD1D));
    let templates: Vec<Vec<u8>> = mutations::templates().into_values().collect();
    let (mut tried, mut clean) = (0, 0);
    while start.elapsed() < mutations::patience() {
        for template in &templates {
            let mut bytes = mutations::mutated(&mut random, template);
            if random.below(3) == 0 {
                let piece = random.pick(&OWN);
                let at = if random.below(2) == 0 { 0 } else { random.below(bytes.len() + 1) };
                bytes.splice(at..at, piece.bytes());
            }
            let kind = [SourceKind::Html, SourceKind::Html, SourceKind::Html, SourceKind::Text][random.below(4)];
            tried += 1;
            clean += usize::from(comes_out_clean(&sessions[random.below(2)], &bytes, kind));
        }
    }
    assert!(tried > 100 && clean > 10, "{clean} of {tried}");
}

/// Whether a template is finished at all; if so, it contains nothing of psalink's, passes the check, and a second run
/// leaves it unchanged.
fn comes_out_clean(session: &Session, bytes: &[u8], kind: SourceKind) -> bool {
    let shown = || String::from_utf8_lossy(bytes).into_owned();
    let Ok(source) = Source::read("new", bytes.to_vec(), kind, None) else { return false };
    let encoding = source.encoding();
    // A fix that an allow comment or the settings prevented is made when they are gone.
    let is_told = memchr::memmem::find(source.bytes(), b"psalink:").is_some() || source.bytes().starts_with(b"---");
    let Ok(Finish::Done(finished)) = finish(session, &Template::of(source)) else { return false };
    let out = if kind == SourceKind::Html { finished.html } else { finished.text }.unwrap();
    let again = Source::read("new", out.clone(), kind, Some(encoding)).unwrap();
    let text = again.text(psalink::Span::new(0, again.bytes().len())).to_lowercase();
    assert!(!text.contains("[dd:"), "a macro is left in\n{text}\nof\n{}", shown());
    assert!(
        psalink::document::FrontMatter::read(&again).unwrap().is_none(),
        "settings are left in\n{text}\nof\n{}",
        shown()
    );
    let cuts = session.output(&again, out.clone()).unwrap().cuts;
    assert!(cuts.is_empty(), "a comment is left in\n{text}\nof\n{}", shown());
    if is_told {
        return true;
    }
    assert_eq!(check(session, &out, kind, encoding), [], "{text}\nof\n{}", shown());
    let second = match finish(session, &Template::of(again)).unwrap() {
        Finish::Done(second) => second,
        Finish::Stopped(stopped) => panic!("stopped the second time: {:?}\nof\n{}", lines(&stopped.findings), shown()),
    };
    assert!(second.work.is_nothing(), "{:?}\n{text}\nof\n{}", second.work, shown());
    true
}
