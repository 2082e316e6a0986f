//! Offsets refer to the file on disk, in every encoding that a template may have, whatever bytes it contains.

use proptest::prelude::*;
use proptest::sample::select;
use psalink::lint::Profile;
use psalink::report::Report;
use psalink::{Parser, Settings, Source, SourceKind, Vocabulary, check};

use crate::properties::config;

/// Every encoding that a web page may declare, except one that nothing reads.
const ENCODINGS: [&str; 39] = [
    "utf-8",
    "utf-16le",
    "utf-16be",
    "big5",
    "euc-jp",
    "euc-kr",
    "gb18030",
    "gbk",
    "iso-2022-jp",
    "shift_jis",
    "ibm866",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-8-i",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "koi8-r",
    "koi8-u",
    "macintosh",
    "windows-874",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "x-mac-cyrillic",
    "x-user-defined",
];

const WORDS: [&str; 14] = [
    "[SRNumber]",
    "<p>",
    "[[srnumber]] ",
    "アイ",
    "ソ表",
    "你好",
    "가나",
    "é",
    "Ж",
    "\u{ca}\u{304}",
    "€",
    "🙂",
    "\r\n",
    "ｱ",
];

const BYTES: [&[u8]; 16] = [
    b"\x83",
    b"\x81\x30",
    b"\x81\x30\x81",
    b"\x81\x30\x81\x30",
    b"\xFF",
    b"\x8F\xB0",
    b"\x88\x62",
    b"\xA1",
    b"\x80",
    b"\x1B",
    b"\x1B$",
    b"\x1B$B",
    b"\x1B(J\x5C",
    b"\x1B$B%\"%\"",
    b"\x1B(B",
    b"\x0E\x0F",
];

/// A word in the encoding; a word that it cannot represent is left out.
fn written(word: &str, label: &str) -> Vec<u8> {
    match label {
        "utf-16le" => return word.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => return word.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => {}
    }
    let (bytes, _, lost) = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(word);
    if lost { Vec::new() } else { bytes.into_owned() }
}

/// Every character is in the file, in order, and each ASCII character where its byte is.
fn characters_have_places(bytes: &[u8], label: &str) -> Result<(), String> {
    let Ok(source) = Source::read("a.html", bytes.to_vec(), SourceKind::Html, Some(label)) else { return Ok(()) };
    let text = source.bytes();
    let is_boundary = |at: usize| !source.is_utf8() || text.get(at).is_none_or(|byte| byte >> 6 != 2);
    let mut positions = source.positions();
    let mut before = 0;
    for at in (0..=text.len()).filter(|&at| is_boundary(at)) {
        let offset = positions.at(at).offset;
        if offset < before || offset > bytes.len() {
            return Err(format!("{at} is at {offset}, after {before}, of {}", bytes.len()));
        }
        let Some(byte) = text.get(at).filter(|byte| byte.is_ascii()) else { continue };
        let unit = if label == "utf-16be" { offset + 1 } else { offset };
        if bytes.get(unit) != Some(byte) {
            return Err(format!("`{}` at {at} is said to stand at {offset}", char::from(*byte)));
        }
        before = offset;
    }
    let end = source.position(text.len()).offset;
    if end != bytes.len() {
        return Err(format!("the end is at {end}, not at {}", bytes.len()));
    }
    reports_have_places(source, bytes.len())
}

fn reports_have_places(source: Source, length: usize) -> Result<(), String> {
    let vocabulary = Vocabulary::builtin();
    let mut parser = Parser::new(vocabulary);
    let settings = Settings::new(vocabulary, "connectwise", Some("acme.deskdirector.com")).unwrap();
    let document = parser.parse_whole(source);
    let found = check(&document, &settings, parser.vocabulary(), &Profile::all());
    let mut report = Report::default();
    report.add(document.source(), &found);
    let mut json = Vec::new();
    psalink::report::json::write(&report, &mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    for finding in json["diagnostics"].as_array().unwrap() {
        let edits = finding["fix"]["edits"].as_array().cloned().unwrap_or_default();
        let offset = |place: &serde_json::Value| place.as_u64().or(place["offset"].as_u64()).unwrap();
        for offset in
            edits.iter().chain([finding]).flat_map(|region| [offset(&region["start"]), offset(&region["end"])])
        {
            if offset > length as u64 {
                return Err(format!("{offset} is beyond {length}: {finding}"));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(1200))]

    #[test]
    fn of_every_encoding_with_valid_and_invalid_bytes(
        label in select(ENCODINGS.to_vec()),
        pieces in prop::collection::vec(
            prop_oneof![
                4 => select(WORDS.to_vec()).prop_map(Ok),
                1 => select(BYTES.to_vec()).prop_map(|bytes| Err(bytes.to_vec())),
                1 => prop::collection::vec(any::<u8>(), 1..5).prop_map(Err),
            ],
            0..14,
        ),
    ) {
        let bytes: Vec<u8> = pieces.iter().flat_map(|piece| match piece {
            Ok(word) => written(word, label),
            Err(bytes) => bytes.clone(),
        }).collect();
        if let Err(wrong) = characters_have_places(&bytes, label) {
            prop_assert!(false, "{}: {}\nin {:x?}", label, wrong, bytes);
        }
    }
}

#[test]
fn words_stand_where_they_were_written() {
    for label in ENCODINGS {
        let (mut bytes, mut text, mut starts) = (Vec::new(), String::new(), Vec::new());
        for word in WORDS.iter().cycle().take(40) {
            let written = written(word, label);
            if written.is_empty() {
                continue;
            }
            // The escape sequence for another character set comes before the word.
            let escape = if written.starts_with(b"\x1B") { 3 } else { 0 };
            starts.push((text.len(), bytes.len() + escape));
            text.push_str(word);
            bytes.extend(written);
            // In some encodings, two escape sequences without a character in between are an error.
            text.push(' ');
            bytes.extend(self::written(" ", label));
        }
        let source = Source::read("a.html", bytes, SourceKind::Html, Some(label)).unwrap();
        if !source.is_utf8() {
            continue; // each byte is one character, also on disk
        }
        let found: Vec<(usize, usize)> = starts.iter().map(|&(at, _)| (at, source.position(at).offset)).collect();
        assert_eq!(found, starts, "{label}");
    }
}
