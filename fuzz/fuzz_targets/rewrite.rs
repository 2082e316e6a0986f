//! Any bytes: a rewrite answers, its edits fit, and a second run changes nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use psalink::{Bare, FrontMatter, Parser, Settings, Source, SourceKind, Vocabulary, edit, rewrite};

fuzz_target!(|bytes: &[u8]| {
    let [choice, bytes @ ..] = bytes else { return };
    let vocabulary = Vocabulary::builtin();
    let mut parser = Parser::new(vocabulary);
    let dialect = if choice & 1 == 0 { "connectwise" } else { "autotask" };
    let kind = [SourceKind::Html, SourceKind::Text, SourceKind::Subject, SourceKind::Html][usize::from(choice >> 1 & 3)];
    let Some(mut settings) = Settings::new(vocabulary, dialect, Some("acme.deskdirector.com")) else { return };
    settings.bare = [Bare::First, Bare::All, Bare::Off, Bare::First][usize::from(choice >> 3 & 3)];
    settings.unsafe_fixes = choice & 32 != 0;
    let mut run = |bytes: Vec<u8>| {
        let source = Source::read("fuzz.html", bytes, kind, None).ok()?;
        let front_matter = FrontMatter::read(&source).ok()?;
        let document = parser.parse(source, front_matter);
        let rewritten = rewrite(&document, &settings, &mut parser).ok()?;
        edit::apply(document.source(), &rewritten.edits).ok()
    };
    if let Some(once) = run(bytes.to_vec()) {
        let twice = run(once.clone());
        assert_eq!(twice, Some(once), "a second run changes something, or cannot read the first one's result");
    }
});
