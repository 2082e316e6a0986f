//! A rewriter remembers what it has seen. That makes it faster, and never changes what it finds or writes.

use psalink::config::LintConfig;
use psalink::session::Overrides;
use psalink::source::edit;
use psalink::{Config, Diagnostic, Rewriter, Session, Source, SourceKind};

use crate::agreement::{Bench, examples};

/// What checking and rewriting a template gives.
fn result(session: &Session, rewriter: &mut Rewriter<'_>, text: &str, kind: SourceKind) -> Option<Work> {
    let source = || Source::from_text("mail", text, kind);
    let profile = session.profile("mail", &LintConfig::default()).unwrap();
    let (document, found) = session.check(source(), rewriter, &profile).ok()?;
    let rewritten = session.rewrite(&document, rewriter).ok()?;
    let bytes = edit::apply(document.source(), &rewritten.edits).unwrap();
    Some(Work { found, reported: rewritten.diagnostics, written: String::from_utf8(bytes).unwrap() })
}

#[derive(Debug, PartialEq)]
struct Work {
    found: Vec<Diagnostic>,
    reported: Vec<Diagnostic>,
    written: String,
}

#[test]
fn templates_before_change_nothing() {
    let mut bench = Bench::default();
    let examples: Vec<_> = examples()
        .into_iter()
        .map(|(place, settings, kind, text)| (place, bench.session(&settings), kind, text))
        .collect();
    let mut shared: Vec<(*const Session, Rewriter<'static>)> = Vec::new();
    // The second time, everything has been seen.
    for (place, session, kind, text) in examples.iter().chain(&examples) {
        let session: &'static Session = session;
        let index = shared.iter().position(|(known, _)| std::ptr::eq(*known, session)).unwrap_or_else(|| {
            shared.push((session, session.rewriter()));
            shared.len() - 1
        });
        let alone = result(session, &mut session.rewriter(), text, *kind);
        assert_eq!(result(session, &mut shared[index].1, text, *kind), alone, "{place}");
    }
    assert!(examples.len() > 700, "{} examples", examples.len());
}

#[test]
fn a_link_is_judged_by_its_own_template() {
    let session = Session::new(
        Config::parse("psalink.yaml", "dialect: connectwise\nportal: acme\n").unwrap(),
        Overrides::default(),
    )
    .unwrap();
    let link = "<a href=\"/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]\">Open</a>";
    let with_base = format!("<base href=\"https://acme.deskdirector.com/\">{link}");
    let mut rewriter = session.rewriter();
    let first = result(&session, &mut rewriter, &with_base, SourceKind::Html).unwrap();
    assert_eq!(first.found, []);
    let second = result(&session, &mut rewriter, link, SourceKind::Html).unwrap();
    assert_eq!(second.found[0].rule, "broken-portal-link");
    assert!(second.written.contains("https://acme.deskdirector.com/portal/deeplink"), "{}", second.written);
}
