//! Handles the same 1.5 MB of generated messages as often as its second argument says, and prints their size in bytes. The
//! first argument says how: `parse`, `lint` or `rewrite`.
//!
//! Run this under callgrind with 1 and with 3: the difference between the counts is the cost of handling the messages
//! twice, and everything else cancels out. `tests/run` does that.

#![allow(clippy::print_stdout)]

mod mails;

use std::hint::black_box;

use mails::{AUTOTASK, CONNECTWISE};
use psalink::lint::Profile;
use psalink::session::Overrides;
use psalink::{Config, Parser, Rewriter, Session, Source, SourceKind, Vocabulary};

fn main() {
    let what = std::env::args().nth(1).unwrap_or_default();
    let passes = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1);
    let mails: Vec<Vec<u8>> = mails::mails(1_500_000, 1, &[CONNECTWISE, AUTOTASK]).collect();
    let bytes: usize = mails.iter().map(Vec::len).sum();
    let read = |mail| Source::read("mail.html", mail, SourceKind::Html, None).expect("mails are UTF-8");
    let sources = mails.into_iter().map(read).collect();
    match what.as_str() {
        "lint" => lint(sources, passes),
        "rewrite" => rewrite(sources, passes),
        _ => parse(sources, passes),
    }
    println!("{bytes}");
}

/// Handles all sources in turn, as often as asked for; `handle` gives each source back.
fn repeat(sources: Vec<Source>, passes: usize, mut handle: impl FnMut(Source) -> Source) {
    let mut sources: Vec<Option<Source>> = sources.into_iter().map(Some).collect();
    for _ in 0..passes {
        for slot in &mut sources {
            *slot = slot.take().map(&mut handle);
        }
    }
}

fn parse(sources: Vec<Source>, passes: usize) {
    let mut parser = Parser::new(Vocabulary::builtin());
    repeat(sources, passes, |source| {
        let document = parser.parse_body(source);
        black_box(&document);
        document.into_source()
    });
}

fn session() -> Session {
    let config = Config::parse("psalink.yaml", "portal: acme\n").expect("these settings are right");
    Session::new(config, Overrides::default()).expect("these settings are right")
}

/// The same with what a source remembers about itself gone, as in a run over files.
fn fresh(source: &Source) -> Source {
    let bytes = source.bytes().to_vec();
    Source::read("mail.html", bytes, SourceKind::Html, Some(source.encoding())).expect("mails are UTF-8")
}

fn lint(sources: Vec<Source>, passes: usize) {
    let (session, profile) = (session(), Profile::default());
    let mut rewriter: Rewriter<'_> = session.rewriter();
    repeat(sources, passes, |source| {
        let (document, findings) =
            session.check(fresh(&source), &mut rewriter, &profile).expect("each mail tells its PSA");
        black_box(&findings);
        drop(rewriter.parser.release(document));
        source
    });
}

fn rewrite(sources: Vec<Source>, passes: usize) {
    let session = session();
    let mut rewriter: Rewriter<'_> = session.rewriter();
    repeat(sources, passes, |source| {
        let document = session.parse(fresh(&source), &mut rewriter.parser).expect("mails have no settings");
        let rewritten = session.rewrite(&document, &mut rewriter).expect("the portal is known");
        black_box(&rewritten);
        drop(rewriter.parser.release(document));
        source
    });
}
