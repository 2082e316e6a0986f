//! What holds for every template: nothing panics, no byte is lost, a second rewrite changes nothing, and the work is
//! linear.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::mpsc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use psalink::config::Bare;
use psalink::link::{Ampersand, Client};
use psalink::rewrite::Rewritten;
use psalink::source::edit;
use psalink::{Document, Rewriter, Settings, Source, SourceKind, Span, Vocabulary, rewrite};

thread_local! {
    static REWRITER: RefCell<Rewriter<'static>> = RefCell::new(Rewriter::new(Vocabulary::builtin()));
}

fn parse(source: Source) -> Document {
    REWRITER.with_borrow_mut(|rewriter| rewriter.parser.parse(source))
}

/// One template after a rewrite.
struct Run {
    document: Document,
    rewritten: Rewritten,
    /// The bytes for the disk; `None` if the encoding cannot be written.
    output: Option<Vec<u8>>,
}

fn run(bytes: &[u8], kind: SourceKind, encoding: Option<&str>, settings: &Settings) -> Option<Run> {
    let source = Source::read("a.html", bytes.to_vec(), kind, encoding).ok()?;
    let document = parse(source);
    if let Some(wrong) = broken_document(&document) {
        panic!("{wrong}\nin {}", show(bytes));
    }
    let rewritten = REWRITER.with_borrow_mut(|rewriter| rewrite(&document, settings, rewriter)).unwrap();
    if let Some(wrong) = broken_edits(&document, &rewritten) {
        panic!("{wrong}\nin {}\nedits {:?}", show(bytes), rewritten.edits);
    }
    let can_write = document.source().can_write().is_ok();
    let output = can_write.then(|| edit::apply(document.source(), &rewritten.edits).unwrap());
    if let Some(output) = &output {
        let lost = lost_byte(bytes, output, document.source(), &rewritten);
        assert!(lost.is_none(), "{}\nin {}\nout {}", lost.unwrap_or_default(), show(bytes), show(output));
    }
    Some(Run { document, rewritten, output })
}

fn show(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    if text.len() > 4000 {
        text = text.chars().take(2000).collect::<String>() + " …";
    }
    format!("{text}\n   = {text:?}")
}

/// What violates a document's invariants.
fn broken_document(document: &Document) -> Option<String> {
    let end = document.source().bytes().len();
    if document.source().kind() == SourceKind::Html && !document.regions().is_empty() {
        let mut done = document.front_matter().map_or(0, |settings| settings.span.end as usize);
        for region in document.regions() {
            if region.span.start as usize != done || region.span.is_empty() {
                return Some(format!("regions do not tile at {done}: {region:?}"));
            }
            done = region.span.end as usize;
        }
        if done != end {
            return Some(format!("regions end at {done}, not at {end}"));
        }
    }
    for (kind, spans) in [
        ("part", document.parts().iter().map(|part| part.span).collect::<Vec<_>>()),
        ("link", document.links().iter().map(|link| link.span).collect()),
    ] {
        if let Some(span) = spans.iter().find(|span| span.is_empty() && kind == "part" || span.end as usize > end) {
            return Some(format!("{kind} {span:?} is empty or out of bounds"));
        }
        if let Some(pair) = spans.windows(2).find(|pair| pair[0].end > pair[1].start) {
            return Some(format!("{kind}s overlap: {pair:?}"));
        }
    }
    None
}

/// What violates the invariants of edits and diagnostics.
fn broken_edits(document: &Document, rewritten: &Rewritten) -> Option<String> {
    let source = document.source();
    let end = source.bytes().len();
    for pair in rewritten.edits.windows(2) {
        let [first, second] = pair else { continue };
        if first.span.end > second.span.start {
            return Some(format!("edits overlap: {first:?} {second:?}"));
        }
        if first.span == second.span {
            return Some(format!("two insertions at one place: {first:?} {second:?}"));
        }
    }
    let spans = rewritten.edits.iter().map(|edit| ("edit", edit.span));
    let spans = spans.chain(rewritten.diagnostics.iter().map(|diagnostic| (diagnostic.rule, diagnostic.span)));
    let spans = spans.chain(rewritten.links.iter().map(|link| ("link change", link.span)));
    let text = std::str::from_utf8(source.bytes()).ok().filter(|_| source.is_utf8());
    for (kind, span) in spans {
        if span.end < span.start || span.end as usize > end {
            return Some(format!("{kind} {span:?} is out of bounds"));
        }
        // No span begins or ends inside a character.
        if let Some(text) = text
            && !(text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize))
        {
            return Some(format!("{kind} {span:?} cuts a letter"));
        }
    }
    None
}

/// Compares input and output side by side: outside the edits they must be the same bytes. UTF-16 is compared as it is
/// on disk.
fn lost_byte(input: &[u8], output: &[u8], source: &Source, rewritten: &Rewritten) -> Option<String> {
    let utf16 = source.encoding().starts_with("UTF-16");
    let bom = if utf16 && (input.starts_with(b"\xFF\xFE") || input.starts_with(b"\xFE\xFF")) { 2 } else { 0 };
    let on_disk = |bytes: &[u8]| match utf16 {
        true => std::str::from_utf8(bytes).unwrap().encode_utf16().count() * 2,
        false => bytes.len(),
    };
    let (mut read, mut written, mut done) = (0, 0, 0);
    let ends = rewritten.edits.iter().map(|edit| Some((edit.span, &*edit.text))).chain([None]);
    for next in ends {
        let (span, text) = next.unwrap_or_else(|| {
            let end = source.bytes().len();
            (Span::new(end, end), "")
        });
        let first = if done == 0 && read == 0 { bom } else { 0 };
        let kept = first + on_disk(&source.bytes()[done..span.start as usize]);
        if input.get(read..read + kept) != output.get(written..written + kept) {
            return Some(format!("bytes {read}..{} of the input changed", read + kept));
        }
        if next.is_none() {
            let rest = (input.len() - read - kept, output.len() - written - kept);
            return (rest != (0, 0)).then(|| format!("bytes are left over: {rest:?}"));
        }
        read += kept + on_disk(&source.bytes()[span.range()]);
        written += kept + if utf16 { text.encode_utf16().count() * 2 } else { source.encode(text).len() };
        done = span.end as usize;
    }
    None
}

/// Rewrites twice; the second time must change nothing.
pub fn settles(bytes: &[u8], kind: SourceKind, encoding: Option<&str>, settings: &Settings) -> Result<(), String> {
    let Some(first) = run(bytes, kind, encoding, settings) else { return Ok(()) };
    let Some(output) = first.output else { return Ok(()) };
    let encoding = encoding.or(Some(first.document.source().encoding()));
    let second = run(&output, kind, encoding, settings).ok_or("the output cannot be read")?;
    match second.output {
        Some(second_output) if second_output == output => Ok(()),
        second_output => Err(format!(
            "a second run changes\n   {}\nto {}\ninput\n   {}\n{settings:?}",
            show(&output),
            show(&second_output.unwrap_or_default()),
            show(bytes)
        )),
    }
}

// --- Templates

const HOST: &str = "acme.deskdirector.com";

fn settings(dialect: &str) -> Settings {
    Settings::new(Vocabulary::builtin(), dialect, Some(HOST)).unwrap()
}

pub fn any_settings() -> impl Strategy<Value = Settings> {
    (
        select(vec!["connectwise", "autotask"]),
        select(vec![Bare::First, Bare::All, Bare::Off]),
        select(vec![Client::Web, Client::Desktop]),
        any::<bool>(),
        select(vec![Ampersand::Escaped, Ampersand::Plain]),
        select(vec!["en", "en", "de", "es"]),
    )
        .prop_map(|(dialect, bare, client, unsafe_fixes, ampersand, language)| {
            let mut settings = settings(dialect);
            (settings.bare, settings.client) = (bare, client);
            (settings.unsafe_fixes, settings.ampersand) = (unsafe_fixes, ampersand);
            if dialect == "autotask" {
                settings.language = language.to_owned();
            }
            settings
        })
}

const TOKENS: [&str; 40] = [
    "[srnumber]",
    "[srnumber]",
    "[Ticket: ID]",
    "[Ticket: Number]",
    "[Ticket: Nummer]",
    "[Ticket: Número]",
    "[Ticket: Id.]",
    "[Ticket: Number (with link)]",
    "[Ticket: Problem Ticket Number(s)]",
    "[contactfirstname]",
    "[contactrecordid]",
    "[Contact: First Name]",
    "[cf-12]",
    "[made-up]",
    "[Ticket: Made Up]",
    "[SRNumber]",
    "[ srnumber ]",
    "[Ticket:ID]",
    "[Ticket:&nbsp;ID]",
    "[Ticket:\u{a0}Number]",
    "[ticket: id]",
    "%5Bsrnumber%5D",
    "%5BTicket:%20ID%5D",
    "%5bTicket:+Number%5d",
    "[Ticket:%20ID]",
    "&#91;srnumber&#93;",
    "&lbrack;Ticket: ID&rsqb;",
    "&#x5B;srnumber&#x5D;",
    "[sr<b>number</b>]",
    "[Ticket: <i>ID</i>]",
    "[[srnumber]]",
    "[[Ticket: ID]]",
    "[srnumber",
    "[Ticket: ID",
    "srnumber]",
    "[[[srnumber]]]",
    "[%5Bsrnumber%5D]",
    "[Product Name]",
    "[YOUR LINK HERE]",
    "[]",
];

const MACROS: [&str; 37] = [
    "[dd:ticket]",
    "[dd:ticket action=chat text=\"Chat with us\"]",
    "[dd:ticket action=auto_approve]",
    "[dd:ticket_list state=closed as=button text=\"Geschlossen für Sie\"]",
    "[dd:ticket as=url]",
    "[dd:ticket as='button']",
    "[dd:ticket text=&quot;Open &amp; read&quot;]",
    "[dd:ticket text=“Öffnen” as=link]",
    "[dd:ticket\u{a0}action=close]",
    "[dd:ticket&nbsp;action=close]",
    "[dd:ticket\r\n  action=close\r\n]",
    "[dd:ticket text=\"Ticket [srnumber]\"]",
    "[dd:ticket text=\"<b>bold</b>\"]",
    "[dd:ticket text='<img src=\"cid:x\">']",
    "[dd:ticket ticket_id=[srnumber]]",
    "[dd:ticket ticket_id=[Ticket: Number]]",
    "[dd:ticket ticket_id=4711]",
    "[dd:ticket client=desktop]",
    "[dd:ticket host=support.example.com]",
    "[dd:request_type type_id=118]",
    "[dd:request_type]",
    "[dd:invoice invoice_id=[Invoice: ID]]",
    "[dd:quote quote_id=7]",
    "[dd:support_options]",
    "[dd:content_page page_id=\"it's a \\\"page\"]",
    "[dd:content_page page_id='a \"b\" c']",
    "[dd:tikcet]",
    "[dd:ticket colour=red]",
    "[dd:ticket text=\"unclosed]",
    "[dd:ticket",
    "[dd:<b>ticket</b>]",
    "[dd:[dd:ticket]]",
    "[dd:ticket text=\"[dd:ticket_list]\"]",
    "[dd:ticket ticket_id=[dd:ticket as=url]]",
    "%5Bdd:ticket%5D",
    "[DD:ticket]",
    "[dx:ticket]",
];

const LINKS: [&str; 43] = [
    "https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]",
    "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[Ticket: ID]",
    "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=%5BTicket:%20ID%5D",
    "https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[Ticket: Number]",
    "https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;amp;ticket_id=%5Bsrnumber%5D",
    "https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;amp;amp;ticket_id=[[srnumber]]",
    "https://acme.deskdirector.com/portal/deeplink?ticket_id=[srnumber]&#38;name=ticket&action=chat",
    "https://acme.deskdirector.com/portal/deeplink?name=quote&quote_id=5",
    "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[Ticket: Number (with link)]",
    "http://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]",
    "HTTP://ACME.deskdirector.com/portal/deeplink?name=ticket&ticket_id=123",
    "https://[your-subdomain].deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]",
    "http://{{yourSubdomain}}.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[Ticket: ID]",
    "https://support.example.com/portal/deeplink?name=ticket&ticket_id=%5Bsrnumber%5D#x",
    "https://acme.deskdirector.com/portal/deeplink",
    "https://acme.deskdirector.com/portal/deeplink?name=tikcet",
    "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber",
    "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[SRNUMBER]&ticket_id=[srnumber]",
    "https://acme.deskdirector.com/portal/deeplink?auth_password=x&name=ticket&ticket_id=é",
    "ddportal://ticketid=[srnumber]",
    "ddportal://ticketid=[Ticket: Number]",
    "ddportal://ticketid=%5BTicket:%20Number%5D",
    "ddportal://mytickets",
    "DDPortal://requestsupport/",
    "ddportal://learningid=7",
    "ddportal://name=ticket&amp;ticket_id=[srnumber]",
    "ddportal://ticketid=[srnumber]&x=1",
    "https://acme.deskdirector.com?gtoken=123[contactrecordid]123&ticketid=[srnumber]",
    "https://acme.deskdirector.com?gtoken=1",
    "https://acme.deskdirector.com/portal?gtoken=[Contact: ID]&ticketid=[Ticket: Number]",
    "https://acme.deskdirector.com/tech/tickets/%5Bsrnumber%5D",
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3Fname%3Dticket%26ticket_id%3D%5Bsrnumber%5D&amp;data=05",
    "https://eur01.safelinks.protection.outlook.com/?url=ddportal%3A%2F%2Fticketid%3D%255Bsrnumber%255D&data=0",
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__acme.deskdirector.com_portal_deeplink-3Fname-3Dticket-26ticket-5Fid-3D-5Bsrnumber-5D&d=x",
    "https://urldefense.com/v3/__https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]__;!!abc",
    "https://urldefense.com/v3/__https://acme.deskdirector.com/x__;!!abc",
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3Fname%3Dticket%26ticket_id%3D%5BTicket%3A%20Number%5D&data=05",
    "http://{{[srnumber ].deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]",
    "https://[[srnumber]].deskdirector.com/{{x}}",
    "https://survey.example/?t=[srnumber]",
    "mailto:help@msp.example?subject=Ticket [srnumber]",
    "#",
    "",
];

const MARKUP: [&str; 66] = [
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<b>",
    "</b>",
    "<br>",
    "<a>",
    "</a>",
    "<a name=x>",
    "<a href=\"https://x.example\">",
    "<button>",
    "</button>",
    "<select><option>",
    "</option></select>",
    "<table><tr><td>",
    "</td></tr></table>",
    "<td>",
    "<div style=\"display:none\">",
    "<p style='mso-hide:all'>",
    "<span hidden>",
    "</span>",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<style>a[href] { color: red }",
    "</style>",
    "<script>",
    "</script>",
    "<!-- ",
    " -->",
    "<!--[if mso]>",
    "<![endif]-->",
    "<!--[if !mso]><!-->",
    "<!--<![endif]-->",
    "<![if !mso]>",
    "<![endif]>",
    "<v:roundrect href=\"",
    "\" arcsize=\"10%\">",
    "</v:roundrect>",
    "<body>",
    "</body>",
    "<img alt=\"",
    "<a href=\"",
    "<a href='",
    "<a href=",
    "\">",
    "'>",
    ">",
    "<",
    "\"",
    "'",
    "</",
    "<!",
    "&",
    "&amp;",
    "&#",
    "##- Please type your reply above this line -##",
    "{{",
    "}}",
    "=",
    "/",
    "www.x.example/",
    "help@",
    "Ticket#",
];

const WORDS: [&str; 16] =
    ["Hello ", " ", "\n", "\r\n", "\t", "für Sie: ", "é", "“x” ", ", ", ".", "(", ")", "x", "1", "\u{a0}", "Ticket "];

/// What follows a macro or a link in text: without white space, it would be attached to it.
const AFTER: [&str; 7] = [" ", " ", "\r\n", ", ", ". ", "<br>", "</p>"];

/// Text that Latin-1 can represent.
fn fragment() -> impl Strategy<Value = String> {
    let address = || {
        prop_oneof![
            4 => select(LINKS.to_vec()).prop_map(str::to_owned),
            2 => select(TOKENS.to_vec()).prop_map(str::to_owned),
            2 => select(MACROS.to_vec()).prop_map(str::to_owned),
            1 => (select(LINKS.to_vec()), select(TOKENS.to_vec())).prop_map(|(link, token)| format!(" {link}#{token} ")),
        ]
    };
    let tag = (
        select(vec!["a", "A", "area", "img", "v:rect", "form", "td"]),
        select(vec!["href", "HREF", "src", "title", "alt", "action", "style"]),
        select(vec!["\"", "'", ""]),
        address(),
        select(vec!["", " class=x", " target=\"_blank\"", "/"]),
    )
        .prop_map(|(tag, name, quote, value, more)| format!("<{tag} {name}={quote}{value}{quote}{more}>"));
    let anchor = (select(vec!["\"", "'"]), address(), any::<bool>(), select(WORDS.to_vec())).prop_map(
        |(quote, value, same, word)| {
            let text = if same { value.as_str() } else { word };
            format!("<a href={quote}{value}{quote}>{text}</a>")
        },
    );
    prop_oneof![
        4 => select(WORDS.to_vec()).prop_map(str::to_owned),
        9 => (select([&TOKENS[..], &MACROS, &LINKS].concat()), select(AFTER.to_vec()))
            .prop_map(|(word, after)| format!("{word}{after}")),
        6 => select(MARKUP.to_vec()).prop_map(str::to_owned),
        3 => tag,
        3 => anchor,
    ]
}

fn template() -> impl Strategy<Value = String> {
    let head = select(vec![
        "",
        "",
        "",
        "",
        "---\nsubject: Ticket #[srnumber]\n---\n",
        "---\r\nsubject: \"[dd:ticket]\"\r\naudience: customer\r\n---\r\n",
        "---\nsubject: x\ntext: |\n  See [dd:ticket], [srnumber] and\n  ddportal://ticketid=[srnumber]\n---\n",
    ]);
    (head, prop::collection::vec(fragment(), 1..14)).prop_map(|(head, parts)| head.to_owned() + &parts.concat())
}

fn any_kind() -> impl Strategy<Value = SourceKind> {
    prop_oneof![6 => Just(SourceKind::Html), 2 => Just(SourceKind::Text), 1 => Just(SourceKind::Subject)]
}

const ENCODINGS: [Option<&str>; 14] = [
    None,
    Some("utf-8"),
    Some("windows-1252"),
    Some("iso-8859-15"),
    Some("koi8-r"),
    Some("macintosh"),
    Some("x-user-defined"),
    Some("utf-16le"),
    Some("utf-16be"),
    Some("shift_jis"),
    Some("gb18030"),
    Some("big5"),
    Some("iso-2022-jp"),
    Some("replacement"),
];

/// This many cases, or as many as `PROPTEST_CASES` says.
pub fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, max_shrink_iters: 4000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn any_bytes_give_a_document_and_edits_that_fit(
        pieces in prop::collection::vec(
            prop_oneof![
                3 => fragment().prop_map(String::into_bytes),
                1 => prop::collection::vec(any::<u8>(), 1..6),
                1 => select(vec![&b"\0"[..], b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF", b"\xE9", b"\xC3", b"\x1B$B"])
                    .prop_map(<[u8]>::to_vec),
            ],
            0..10,
        ),
        kind in any_kind(),
        encoding in select(ENCODINGS.to_vec()),
        settings in any_settings(),
    ) {
        run(&pieces.concat(), kind, encoding, &settings);
    }

    #[test]
    fn a_second_run_changes_nothing(template in template(), kind in any_kind(), settings in any_settings()) {
        if let Err(wrong) = settles(template.as_bytes(), kind, None, &settings) {
            prop_assert!(false, "{}", wrong);
        }
    }

    #[test]
    fn the_encoding_makes_no_difference(template in template(), kind in any_kind(), settings in any_settings()) {
        if let Err(wrong) = same_in_all_encodings(&template, kind, &settings) {
            prop_assert!(false, "{}", wrong);
        }
    }
}

/// The bytes of a text in each encoding, and its name.
fn encodings(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let text = text.trim_start_matches('\u{feff}');
    let utf16 = |bytes: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect();
    let mut all: Vec<(&str, Vec<u8>)> = vec![
        ("utf-8", text.as_bytes().to_vec()),
        ("utf-8", format!("\u{feff}{text}").into_bytes()),
        ("utf-16le", utf16(u16::to_le_bytes)),
        ("utf-16be", utf16(u16::to_be_bytes)),
    ];
    let (bytes, encoding, lost) = encoding_rs::WINDOWS_1252.encode(text);
    if !lost && encoding == encoding_rs::WINDOWS_1252 {
        all.push(("windows-1252", bytes.into_owned()));
    }
    all
}

/// What a rewrite did, in words that do not depend on the encoding.
fn words_of(run: &Run) -> String {
    let source = run.document.source();
    let mut words = String::new();
    let mut positions = source.positions();
    for edit in &run.rewritten.edits {
        let at = source.position(edit.span.start as usize);
        let old = source.text(edit.span);
        let _ = writeln!(words, "{}:{} {old:?} -> {:?}", at.line, at.column, edit.text);
    }
    for diagnostic in &run.rewritten.diagnostics {
        let (start, end) = (positions.at(diagnostic.span.start as usize), positions.at(diagnostic.span.end as usize));
        let _ = writeln!(
            words,
            "{}:{}-{}:{} {} {}",
            start.line, start.column, end.line, end.column, diagnostic.rule, diagnostic.message
        );
    }
    words
}

fn same_in_all_encodings(text: &str, kind: SourceKind, settings: &Settings) -> Result<(), String> {
    let mut first: Option<String> = None;
    for (encoding, bytes) in encodings(text) {
        let run = run(&bytes, kind, Some(encoding), settings).ok_or("cannot be read")?;
        let words = words_of(&run);
        match &first {
            None => first = Some(words),
            Some(first) if *first == words => {}
            Some(first) => {
                return Err(format!(
                    "{encoding} differs in\n{}\nUTF-8:\n{first}\nhere:\n{words}",
                    show(text.as_bytes())
                ));
            }
        }
    }
    Ok(())
}

// --- The fixtures

struct Fixture {
    name: String,
    bytes: Vec<u8>,
    kind: SourceKind,
    dialect: &'static str,
}

fn fixtures() -> Vec<Fixture> {
    let mut all = Vec::new();
    for (folder, dialects) in
        [("connectwise", &["connectwise"][..]), ("autotask", &["autotask"]), ("broken", &["connectwise", "autotask"])]
    {
        let path = format!("{}/fixtures/templates/{folder}", env!("CARGO_MANIFEST_DIR"));
        let mut files: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for path in files {
            let name = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
            let kind = match &*name {
                name if name.ends_with(".subject.txt") => SourceKind::Subject,
                name if name.ends_with(".txt") => SourceKind::Text,
                _ => SourceKind::Html,
            };
            let bytes = std::fs::read(&path).unwrap();
            all.extend(dialects.iter().map(|&dialect| Fixture {
                name: name.clone(),
                bytes: bytes.clone(),
                kind,
                dialect,
            }));
        }
    }
    assert!(all.len() > 60, "{} fixtures", all.len());
    all
}

impl Fixture {
    fn settings(&self, bare: Bare, unsafe_fixes: bool) -> Settings {
        let mut settings = settings(self.dialect);
        (settings.bare, settings.unsafe_fixes) = (bare, unsafe_fixes);
        if let Ok(source) = Source::read(&self.name, self.bytes.clone(), self.kind, None) {
            let vocabulary = Vocabulary::builtin();
            let dialect = &vocabulary.dialects()[settings.dialect];
            settings.language = parse(source).language(dialect, settings.dialect).to_owned();
        }
        settings
    }

    fn text(&self) -> Option<String> {
        let source = Source::read(&self.name, self.bytes.clone(), self.kind, None).ok()?;
        source.can_write().ok()?;
        let text = source.text(Span::new(0, source.bytes().len())).into_owned();
        (!text.contains('\u{fffd}')).then(|| text.trim_start_matches('\u{feff}').to_owned())
    }
}

#[test]
fn a_second_run_changes_no_fixture() {
    let mut wrong = String::new();
    for fixture in fixtures() {
        for bare in [Bare::First, Bare::All, Bare::Off] {
            for unsafe_fixes in [false, true] {
                let settings = fixture.settings(bare, unsafe_fixes);
                if let Err(error) = settles(&fixture.bytes, fixture.kind, None, &settings) {
                    let _ = writeln!(wrong, "{}: {error}", fixture.name);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn fixtures_are_the_same_in_every_encoding_and_with_every_line_end() {
    let mut wrong = String::new();
    for fixture in fixtures() {
        let Some(text) = fixture.text() else { continue };
        let settings = fixture.settings(Bare::All, true);
        let unix = text.replace("\r\n", "\n");
        for text in [unix.replace('\n', "\r\n"), unix] {
            if let Err(error) = same_in_all_encodings(&text, fixture.kind, &settings) {
                let _ = writeln!(wrong, "{}: {error}", fixture.name);
            }
            for (encoding, bytes) in encodings(&text) {
                if let Err(error) = settles(&bytes, fixture.kind, Some(encoding), &settings) {
                    let _ = writeln!(wrong, "{} in {encoding}: {error}", fixture.name);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_template_may_end_anywhere() {
    const CUTS: usize = 120;
    for fixture in fixtures() {
        let settings = fixture.settings(Bare::All, true);
        let Some(text) = fixture.text() else { continue };
        let ends: Vec<usize> = text.char_indices().map(|(index, _)| index).collect();
        let step = (ends.len() / CUTS).max(1);
        // A different start in each fixture, so that all of them together try every kind of place.
        for &end in ends.iter().skip(fixture.name.len() % step).step_by(step) {
            run(&text.as_bytes()[..end], fixture.kind, Some("utf-8"), &settings);
        }
    }
}

// --- Hard inputs

/// Runs to the end, or fails after a minute, which only nonlinear work needs.
fn in_finite_time<T: Send + 'static>(kind: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || send.send(work()));
    match receive.recv_timeout(Duration::from_secs(300)) {
        Ok(value) => value,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{kind}: no answer in five minutes, so the work is not linear"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{kind}: panicked"),
    }
}

/// Parts, links and edits.
fn counts(input: String, kind: SourceKind) -> (usize, usize, usize) {
    let mut settings = settings("connectwise");
    settings.bare = Bare::All;
    let run = run(input.as_bytes(), kind, None, &settings).unwrap();
    (run.document.parts().len(), run.document.links().len(), run.rewritten.edits.len())
}

fn hard(piece: &str, times: usize, kind: SourceKind, expected: (usize, usize, usize)) {
    let input = piece.repeat(times);
    let found = in_finite_time(piece, move || counts(input, kind));
    assert_eq!(found, expected, "{times} × `{piece}`: parts, links, edits");
}

#[test]
fn many_brackets_are_read_once() {
    const N: usize = 100_000;
    let html = SourceKind::Html;
    hard("[", N, html, (0, 0, 0));
    hard("[[", N, html, (0, 0, 0));
    hard("[dd:", N, html, (N, 0, 0));
    hard("[dd:ticket text=\"", N, html, (N, 0, 0));
    hard("%5B", N, html, (0, 0, 0));
    hard("&#91;", N, html, (0, 0, 0));
    hard("[sr<b>", N, html, (0, 0, 0));
    hard("{{", N, html, (0, 0, 0));
    hard("&amp;amp;", N, html, (0, 0, 0));
    hard("]", N, html, (0, 0, 0));
    hard("[srnumber", N, html, (N, 0, 0));
}

#[test]
fn many_links_are_read_once() {
    const N: usize = 100_000;
    let (html, text) = (SourceKind::Html, SourceKind::Text);
    hard("<a href=\"", N, html, (0, 0, 0));
    hard("deeplink", N, html, (0, 0, 0));
    hard("deeplink", N, text, (0, 0, 0));
    hard("deskdirector.com/portal/deeplink ", N, html, (0, 0, 0));
    hard("https://{{", N, html, (0, 0, 0));
    // Each quote closes the value before it, so every second tag is one value.
    hard("<a href='https://acme.deskdirector.com/portal/deeplink?", N, html, (0, N.div_ceil(2), 0));
    let links = "<a href=\"http://acme.deskdirector.com/a\">http://acme.deskdirector.com/a</a>\n";
    hard(links, 20_000, html, (0, 40_000, 40_000));
    hard("http://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=4 ", 20_000, text, (0, 20_000, 20_000));
    hard("ddportal:{{", N, text, (0, 1, 0));
}

#[test]
fn many_elements_are_passed_once() {
    const N: usize = 100_000;
    let html = SourceKind::Html;
    hard("<div style=\"display:none\">", N, html, (0, 0, 0));
    hard("<div style=\"display:none\">[srnumber]", N, html, (N, 0, 0));
    hard("<!--[if mso]>", N, html, (0, 0, 0));
    hard("<!--[if mso]>[srnumber]", 20_000, html, (20_000, 0, 20_000));
    hard("[srnumber]", N, html, (N, 0, N));
    hard("<p>[srnumber]", N, html, (N, 0, N));
    hard("<b>[srnumber] ", N, html, (N, 0, N));
    hard("<a>[srnumber]", N, html, (N, 0, 0));
}

#[test]
fn many_lines_without_a_block_are_passed_once() {
    hard("[srnumber]<br>", 100_000, SourceKind::Html, (100_000, 0, 100_000));
}

#[test]
fn reply_markers_are_looked_for_once() {
    const N: usize = 20_000;
    let html = SourceKind::Html;
    hard("##- [srnumber]<br>", N, html, (N, 0, 0));
    hard("## [srnumber] ", N, html, (N, 0, N));
    hard("<div>## [srnumber]", N, html, (N, 0, N));
    hard("<div>##- [srnumber]", N, html, (N, 0, 0));
    hard("<td>##- x -##<p>a</p>[srnumber]", N, html, (N, 0, 0));
    hard("<li><table><td><div>## [srnumber]</li></td></p>", N, html, (N, 0, N));
    hard("</li>## [srnumber]<li>", N, html, (N, 0, N));
    hard("##<!--[if mso]><div>[srnumber]<![endif]-->", N, html, (N, 0, N));
    hard("##<a href=x><div>[srnumber]</a>", N, html, (N, 0, 0));
}

#[test]
fn a_button_between_a_reply_marker_and_a_number_changes_nothing() {
    let mut settings = settings("connectwise");
    settings.bare = Bare::All;
    for input in [
        "##- [dd:ticket_list as=button] [srnumber]",
        "<p>##- [dd:ticket_list as=button text='<p>x</p>'] [srnumber]</p>",
        "<p>[dd:ticket_list text='above this line'] [srnumber]</p>",
        "<p>[dd:ticket_list as=url text='##- x'] [srnumber]</p>",
        "<p>##[dd:ticket_list text='<img>']- [srnumber]</p>",
        "<p>##-<br>[dd:ticket_list as=url text='</p>'] [srnumber]",
        "<!--[if mso]><td>[dd:ticket_list as=button text='##- x'] [srnumber]</td><![endif]-->",
    ] {
        if let Err(wrong) = settles(input.as_bytes(), SourceKind::Html, None, &settings) {
            panic!("{wrong}");
        }
    }
}

#[test]
fn one_long_line_is_passed_once() {
    let piece = "für Sie [srnumber] und [dd:ticket action=chat] sowie [Ticket:ID] oder [cf-12]; ";
    let times = 5_000_000 / piece.len();
    hard(piece, times, SourceKind::Html, (4 * times, 0, 2 * times));
}

// --- What went wrong before

/// The output of a rewrite.
fn out(settings: &Settings, kind: SourceKind, input: &str) -> String {
    String::from_utf8(run(input.as_bytes(), kind, None, settings).unwrap().output.unwrap()).unwrap()
}

/// Rewrites each input, compares it with the expected output, and rewrites it again.
fn table(settings: &Settings, cases: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (input, expected) in cases {
        let result = std::panic::catch_unwind(|| {
            let output = out(settings, SourceKind::Html, input);
            settles(input.as_bytes(), SourceKind::Html, None, settings).map(|()| output)
        });
        match result {
            Ok(Ok(output)) if output == *expected => {}
            Ok(Ok(output)) => wrong += &format!("input    {input}\nexpected {expected}\noutput   {output}\n\n"),
            Ok(Err(error)) => wrong += &format!("{error}\n\n"),
            Err(_) => wrong += &format!("a panic on {input}\n\n"),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const WEB: &str = "https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]";

#[test]
fn links_in_a_text_body_on_top_of_a_template_are_read() {
    let text = |link: &str| format!("---\nsubject: x\ntext: |\n  See {link}\n---\n<p>Hello</p>");
    let plain = WEB.replace("&amp;", "&");
    table(
        &settings("connectwise"),
        &[
            (&text(&plain), &text(&plain)),
            (&text("[dd:ticket as=url]"), &text(&plain)),
            (&text("ddportal://ticketid=[srnumber]"), &text(&plain)),
        ],
    );
}

#[test]
fn a_ticket_link_in_the_text_body_does_not_count_for_the_html_body() {
    let top = |link: &str| format!("---\nsubject: x\ntext: |\n  See {link}\n---\n");
    let plain = WEB.replace("&amp;", "&");
    let linked = format!("<p><a href=\"{WEB}\">[srnumber]</a></p>");
    let settings = settings("connectwise");
    table(
        &settings,
        &[
            (&(top("[dd:ticket as=url]") + "<p>[srnumber]</p>"), &(top(&plain) + &linked)),
            (&(top(&plain) + "<p>[srnumber]</p>"), &(top(&plain) + &linked)),
        ],
    );
}

#[test]
fn only_a_link_that_can_be_clicked_is_the_ticket_link() {
    let linked = format!("<p><a href=\"{WEB}\">[srnumber]</a></p>");
    let case = |before: &str, after: &str| (format!("{before}<p>[srnumber]</p>"), format!("{after}{linked}"));
    let cases = [
        case("<p data-x=\"[dd:ticket]\">", &format!("<p data-x=\"{WEB}\">")),
        case("<title>[dd:ticket]</title>", &format!("<title>{WEB}</title>")),
        case("<a href=\"https://x.example\">[dd:ticket]</a>", &format!("<a href=\"https://x.example\">{WEB}</a>")),
        case(&format!("<img src=\"{WEB}\">"), &format!("<img src=\"{WEB}\">")),
    ];
    let cases: Vec<(&str, &str)> = cases.iter().map(|(input, expected)| (&**input, &**expected)).collect();
    table(&settings("connectwise"), &cases);
}

#[test]
fn an_unquoted_value_gains_its_quotes_once() {
    let encoded = "https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3Fname%3Dticket%26ticket_id%3D[srnumber]";
    table(
        &settings("connectwise"),
        &[
            (
                "<a href=https://x.example/?a=[dd:ticket]&b=[dd:ticket]>t</a>",
                &format!("<a href=https://x.example/?a={encoded}&b={encoded}>t</a>"),
            ),
            ("<p data-x=x[dd:ticket]y[dd:ticket]z>t</p>", &format!("<p data-x=\"x{WEB}y{WEB}z\">t</p>")),
        ],
    );
}

#[test]
fn a_link_and_a_macro_in_it_are_not_both_changed() {
    // The exact output matters less than that there is one, and that it is stable.
    let mut settings = settings("connectwise");
    settings.unsafe_fixes = true;
    let mut wrong = String::new();
    for input in [
        "<a href=\"ddportal://mytickets#[dd:ticket]\">x</a>",
        "<a href=\"https://acme.deskdirector.com?gtoken=1&ticketid=[srnumber]&x=[dd:ticket]\">x</a>",
        "<a href=\"https://urldefense.com/v3/__https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]__;!!x[dd:ticket]\">x</a>",
        "<a href=\"http://acme.deskdirector.com/[dd:ticket]\">http://acme.deskdirector.com/[dd:ticket]</a>",
        "<p>[dd:ticket text=\"see http://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber] now\"]</p>",
        "<p>[dd:ticket text='<img src=\"http://acme.deskdirector.com/logo.png\">']</p>",
        "<p>[dd:ticket text='<a href=\"ddportal://ticketid=[srnumber]\">x</a>']</p>",
        "<p>https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[sr<a href=\"http://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=%5Bsrnumber%5D\">number</a>]</p>",
        "<p>http://acme.deskdirector.com/[dd:ticket]</p>",
    ] {
        let result = std::panic::catch_unwind(|| settles(input.as_bytes(), SourceKind::Html, None, &settings));
        match result {
            Ok(Ok(())) => {}
            Ok(Err(error)) => wrong += &format!("{error}\n\n"),
            Err(panic) => {
                let panic = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                wrong += &format!("{}\n\n", panic.lines().take(2).collect::<String>());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_pair_of_brackets_around_a_token_in_a_link_goes_at_once() {
    let link = |token: &str| {
        format!("<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id={token}\">x</a>")
    };
    let right = link("[srnumber]");
    for token in ["[[[srnumber]]]", "[%5Bsrnumber%5D]", "%5B%5Bsrnumber%5D%5D", "%5B[srnumber]%5D"] {
        table(&settings("connectwise"), &[(&link(token), &right)]);
    }
}

#[test]
fn a_value_from_a_gateway_does_not_end_its_attribute() {
    let input = "<a href='https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3Fname%3Dticket%26ticket_id%3D%5Bsrnumber%5D%26x%3D%27onclick%3Dalert%281%29'>x</a>";
    let output = out(&settings("connectwise"), SourceKind::Html, input);
    assert!(!output.contains("'onclick"), "{output}");
}

#[test]
fn the_end_of_a_tag_is_not_part_of_the_link() {
    // To a browser the slash is part of the value; after the rewrite it must not be part of the ticket number.
    let output = out(&settings("connectwise"), SourceKind::Html, "<a href=[srnumber]/>x</a>");
    assert!(!output.contains("[srnumber]/\""), "{output}");
}

#[test]
fn an_address_in_text_is_not_wrapped() {
    for text in ["[srnumber]-reply@msp.example", "[srnumber].help@msp.example", "x [srnumber]+a@msp.example y"] {
        let input = format!("<p>{text}</p>");
        assert_eq!(out(&settings("connectwise"), SourceKind::Html, &input), input);
    }
}

#[test]
fn invalid_bytes_survive_in_the_text_of_a_macro() {
    let mut settings = settings("connectwise");
    settings.bare = Bare::Off;
    let input = b"<p>[dd:ticket text=\"caf\xE9 now\"]</p>";
    let output = run(input, SourceKind::Html, None, &settings).unwrap().output.unwrap();
    assert!(!output.contains(&0x1A), "{}: a letter became a control character", show(&output));
}

#[test]
fn without_an_edit_every_encoding_comes_out_as_it_was() {
    for encoding in ENCODINGS.into_iter().flatten() {
        let bytes = b"<p>\x83\x41\x81\x5B</p>".to_vec();
        let Ok(source) = Source::read("a.html", bytes.clone(), SourceKind::Html, Some(encoding)) else { continue };
        // Refusing is fine too.
        assert_eq!(edit::apply(&source, &[]).unwrap_or(bytes.clone()), bytes, "{encoding}");
    }
}

#[test]
fn a_target_may_have_letters_beyond_ascii() {
    let mut vocabulary = Vocabulary::builtin().clone();
    let target = "\
id: other
prefix: ot
sources: { page: { title: a page } }
hosts: { default: \"{portal}.übung.example\", suffix: übung.example, source: page, confidence: documented }
clients:
  web: { link: \"https://{host}/öffnen?{command}\", source: page, confidence: documented }
  desktop: { link: \"otportal://{command}\", source: page, confidence: documented }
";
    vocabulary.add("other.yaml", target).unwrap();
    let mut rewriter = Rewriter::new(&vocabulary);
    let document = rewriter.parser.parse_body(Source::from_text("a.html", "[srnumber]", SourceKind::Html));
    assert_eq!(document.parts().len(), 1);
}

#[test]
fn a_spelling_is_read_in_the_encoding_of_its_own_file() {
    // The UTF-8 bytes of `ú` are two other letters in windows-1252, whatever was read before.
    let mut rewriter = Rewriter::new(Vocabulary::builtin());
    let name = "[Ticket: Número]".as_bytes();
    let mut read = |encoding| {
        let source = Source::read("a.html", name.to_vec(), SourceKind::Html, Some(encoding)).unwrap();
        let document = rewriter.parser.parse_body(source);
        document.parts().first().and_then(|part| part.spelling()).is_some_and(|spelling| !spelling.known.is_empty())
    };
    assert_eq!((read("windows-1252"), read("utf-8"), read("windows-1252")), (false, true, false));
}
