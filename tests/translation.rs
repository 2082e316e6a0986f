//! What holds for every translation: there and back results in the same bytes, and a second one changes nothing.

use proptest::prelude::*;
use psalink::document::FrontMatter;
use psalink::source::edit;
use psalink::translate::{Translated, translate};
use psalink::{Document, Level, Parser, Settings, Source, SourceKind, Vocabulary};

/// What a place needs from the ticket: its number, its ID, or neither, because it is unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Takes {
    Number,
    Id,
    Neither,
}
use Takes::{Id, Neither, Number};

/// Places in HTML, with `{}` for a placeholder.
const PLACES: [(&str, Takes); 16] = [
    ("<p>{}</p>", Number),
    ("<title>{}</title>", Number),
    ("<p title='a {} b'>", Number),
    ("<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id={}\">x</a>", Id),
    ("<a href='ddportal://name=ticket&ticket_id={}&action=chat'>x</a>", Id),
    ("<a href='ddportal://ticketid={}'>x</a>", Id),
    ("<a href=\"https://acme.deskdirector.com?gtoken=1&ticketid={}\">x</a>", Number),
    ("<a href=\"https://survey.example/?a=1&amp;b={}&c\">x</a>", Neither),
    ("<img src='https://survey.example/{}.png'>", Neither),
    ("<a href=\"mailto:a@b.example?subject=%23{}\">x</a>", Number),
    ("<p>[dd:ticket ticket_id={}]</p>", Id),
    ("<p>[dd:ticket text=\"No. {}\" as=button]</p>", Number),
    ("<!--[if mso]><p>{}</p><![endif]-->", Number),
    ("<!--[if mso]><v:rect href=\"ddportal://name=ticket&ticket_id={}\"><![endif]-->", Id),
    ("<!-- {} -->", Neither),
    ("<script>{}</script>", Neither),
];

const DIRECTIONS: [(&str, &str); 2] = [("connectwise", "autotask"), ("autotask", "connectwise")];

/// Both dialects, with a unique ConnectWise name for every meaning that Autotask has.
fn whole() -> &'static Vocabulary {
    static WHOLE: std::sync::OnceLock<Vocabulary> = std::sync::OnceLock::new();
    WHOLE.get_or_init(|| {
        let mut vocabulary = Vocabulary::builtin().clone();
        let connectwise = vocabulary.dialect("connectwise").unwrap();
        let mut vocabulary_file = String::from("id: connectwise\nplaceholders:\n");
        for placeholder in vocabulary.dialect("autotask").unwrap().placeholders() {
            for meaning in &placeholder.means {
                if connectwise.token(meaning, "en").is_none() {
                    let name = meaning.replace(['.', '_'], "-");
                    vocabulary_file += &format!("  - {{ name: x-{name}, means: [{meaning}] }}\n");
                }
            }
        }
        vocabulary.add("ours.yaml", &vocabulary_file).unwrap();
        vocabulary
    })
}

struct Translator {
    vocabulary: &'static Vocabulary,
    parser: Parser<'static>,
    language: &'static str,
}

impl Translator {
    fn new(vocabulary: &'static Vocabulary, language: &'static str) -> Translator {
        Translator { vocabulary, parser: Parser::new(vocabulary), language }
    }

    fn parse(&mut self, text: &str, kind: SourceKind) -> Document {
        let source = Source::from_text("a", text, kind);
        self.parser.parse(source)
    }

    fn translate(&mut self, text: &str, kind: SourceKind, from: &str, to: &str) -> (String, Translated) {
        let document = self.parse(text, kind);
        let settings = Settings::new(self.vocabulary, from, None).unwrap();
        let to = self.vocabulary.dialects().iter().position(|dialect| dialect.id == to).unwrap();
        let language = if self.vocabulary.dialects()[to].id == "autotask" { self.language } else { "en" };
        let done = translate(&document, &settings, to, language, &self.parser);
        let bytes = edit::apply(document.source(), &done.edits).unwrap();
        (String::from_utf8(bytes).unwrap(), done)
    }

    /// Translates there and back. Returns how many placeholders were translated on the way there.
    fn there_and_back(&mut self, text: &str, kind: SourceKind, from: &str, to: &str) -> usize {
        let (translated_text, done) = self.translate(text, kind, from, to);
        let (second_text, second) = self.translate(&translated_text, kind, from, to);
        assert_eq!(second_text, translated_text, "a second translation changes something");
        assert_eq!(second.translated, 0);
        let (back, returned) = self.translate(&translated_text, kind, to, from);
        assert_eq!(back, text, "{translated_text}");
        assert_eq!(returned.translated, done.translated, "{text}\n{translated_text}");
        done.translated
    }
}

/// The names of a dialect in a language that can be in a place and be translated back.
fn names(vocabulary: &Vocabulary, dialect: &str, language: &str, takes: Takes) -> Vec<String> {
    let dialect = vocabulary.dialect(dialect).unwrap();
    let first = dialect.languages.len() == 1 || dialect.languages[0] == language;
    let real = dialect
        .placeholders()
        .iter()
        .filter(|placeholder| placeholder.use_instead.is_none() && !placeholder.is_pattern());
    real.filter(|placeholder| {
        let means = |meaning: &str| placeholder.means.iter().any(|known| known == meaning);
        match (means("ticket.id"), means("ticket.number")) {
            (true, false) => takes == Id,
            (false, true) => takes == Number,
            _ => true,
        }
    })
    .filter_map(|placeholder| if first { Some(&placeholder.name) } else { placeholder.translations.get(language) })
    .map(|name| format!("[{name}]"))
    .collect()
}

#[test]
fn every_name_in_every_place_comes_back() {
    for (vocabulary, language, least) in
        [(Vocabulary::builtin(), "en", 3), (whole(), "en", 100), (whole(), "de", 8), (whole(), "es", 8)]
    {
        let mut translator = Translator::new(vocabulary, language);
        for (from, to) in DIRECTIONS {
            for (place, takes) in PLACES {
                let names = names(vocabulary, from, language, takes);
                let text: String = names.iter().map(|name| place.replace("{}", name) + "\n").collect();
                let count = translator.there_and_back(&text, SourceKind::Html, from, to);
                let is_code = place.starts_with("<script");
                assert!(is_code && count == 0 || count >= least, "{count} {from} {language} {place}");
            }
            let text = names(vocabulary, from, language, Number).join("\r\n");
            assert!(translator.there_and_back(&text, SourceKind::Text, from, to) >= least);
            assert!(translator.there_and_back(&text.replace("\r\n", ", "), SourceKind::Subject, from, to) >= least);
        }
    }
}

#[test]
fn what_is_translated_is_never_of_the_wrong_psa() {
    let mut translator = Translator::new(whole(), "en");
    for (from, to) in DIRECTIONS {
        let known = names(whole(), from, "en", Neither).join(" ");
        let (_, done) = translator.translate(&known, SourceKind::Html, from, to);
        let left = done.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error).count();
        let shared = usize::from(from == "connectwise"); // `[srnumber]`, which is in the list for every place
        assert_eq!(done.translated + left, names(whole(), from, "en", Neither).len(), "{from}");
        assert!(done.translated > 40 + shared);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_mixture_comes_back(
        rows in prop::collection::vec((0..PLACES.len(), any::<prop::sample::Index>()), 0..12),
        subject in any::<prop::sample::Index>(),
        language in prop::sample::select(vec!["en", "de", "es"]),
        direction in prop::sample::select(DIRECTIONS.to_vec()),
        on_top in any::<bool>(),
        end in prop::sample::select(vec!["\n", "\r\n", ""]),
    ) {
        let (from, to) = direction;
        let mut text = String::new();
        if on_top {
            let names = names(whole(), from, language, Number);
            text = format!("---\nsubject: A {} B\ndialect: {from} # of ours\n---\n", subject.get(names.as_slice()));
        }
        for (place, name) in rows {
            let (place, takes) = PLACES[place];
            let names = names(whole(), from, language, takes);
            text += &place.replace("{}", name.get(names.as_slice()).as_str());
            text += end;
        }
        Translator::new(whole(), language).there_and_back(&text, SourceKind::Html, from, to);
    }

    #[test]
    fn no_bytes_are_too_strange(text in ".{0,200}|([\\[\\]<>\"'= ]|srnumber|Ticket: ID|dd:ticket|href|<a |%5B|&#91;|\\r\\n){0,40}") {
        let mut translator = Translator::new(Vocabulary::builtin(), "es");
        for kind in [SourceKind::Html, SourceKind::Text, SourceKind::Subject] {
            for (from, to) in DIRECTIONS {
                let source = Source::from_text("a", &text, kind);
                if FrontMatter::read(&source).is_err() {
                    continue;
                }
                let (translated_text, _) = translator.translate(&text, kind, from, to);
                let (second_text, _) = translator.translate(&translated_text, kind, from, to);
                prop_assert_eq!(second_text, translated_text);
            }
        }
    }
}

/// How many placeholders of another PSA `psalink lint` finds.
fn foreign(source: Source, settings: &Settings, parser: &mut Parser<'_>) -> usize {
    let document = parser.parse_whole(source);
    let findings = psalink::check(&document, settings, parser.vocabulary(), &psalink::lint::Profile::default());
    findings.iter().filter(|diagnostic| diagnostic.rule == "wrong-dialect-placeholder").count()
}

#[test]
fn the_other_psa_finds_only_what_was_reported() {
    let vocabulary = Vocabulary::builtin();
    let mut parser = Parser::new(vocabulary);
    let mut files = 0;
    for (from, to) in DIRECTIONS {
        for entry in std::fs::read_dir(format!("fixtures/templates/{from}")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.display().to_string();
            let kind = match (name.ends_with(".subject.txt"), name.ends_with(".txt")) {
                (true, _) => SourceKind::Subject,
                (_, true) => SourceKind::Text,
                _ => SourceKind::Html,
            };
            let source = Source::read(&name, std::fs::read(&path).unwrap(), kind, None).unwrap();
            let document = parser.parse(source);
            let index = vocabulary.dialects().iter().position(|dialect| dialect.id == to).unwrap();
            let settings = Settings::new(vocabulary, from, None).unwrap();
            let done = translate(&document, &settings, index, "en", &parser);
            let source = document.source();
            let bytes = edit::apply(source, &done.edits).unwrap();
            let new = Source::read(&name, bytes, kind, Some(source.encoding())).unwrap();
            let reported =
                done.diagnostics.iter().filter(|diagnostic| diagnostic.rule == "wrong-dialect-placeholder").count();
            let found = foreign(new, &Settings::new(vocabulary, to, None).unwrap(), &mut parser);
            assert!(found <= reported, "{name}: {found} found, {reported} reported");
            files += 1;
        }
    }
    assert!(files > 60);
}

#[test]
fn the_work_is_linear() {
    const SIZE: usize = 300_000;
    let started = std::time::Instant::now();
    let mut translator = Translator::new(Vocabulary::builtin(), "en");
    for (before, piece, after) in [
        ("", "[agrname]", ""),
        ("https://survey.example/", "[srnumber]", ""),
        ("<a href=ddportal://name=ticket", "&ticket_id=[srnumber]", ">"),
        ("<a href=ddportal://name=ticket&\"", "&ticket_id=[srnumber]", ">"),
        ("<a href='https://survey.example/?", "&t=[srnumber]", "'>"),
        ("[dd:ticket ", "ticket_id=[srnumber] ", "]"),
        ("", "[dd:ticket text='[agrname]'] [SRNumber] [srnumbr] ", ""),
    ] {
        let text = format!("{before}{}{after}", piece.repeat(SIZE / piece.len()));
        translator.translate(&text, SourceKind::Html, "connectwise", "autotask");
    }
    // Some seconds if it is linear, many minutes if it is not.
    assert!(started.elapsed() < std::time::Duration::from_secs(60), "{:?}", started.elapsed());
}
