//! Inputs that once went wrong, and thousands of templates that are nearly right: for each of them, everything holds
//! that holds for any bytes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::invariants::{self, Choice, show};

type Invariant = fn(Choice, &[u8]) -> Result<(), String>;

const INVARIANTS: [(&str, Invariant); 5] = [
    ("rewrite", invariants::rewrite),
    ("lint", invariants::lint),
    ("translate", invariants::translate),
    ("preview", invariants::preview),
    ("front_matter", invariants::front_matter),
];

/// Every choice that a fuzzer makes, as its byte.
const CHOICES: [u8; 16] = [0, 4, 8, 2, 3, 6, 10, 16, 20, 24, 32, 36, 64, 68, 72, 88];

#[track_caller]
fn holds(name: &str, invariant: Invariant, choice: u8, bytes: &[u8]) {
    let choice = Choice::of(choice);
    match std::panic::catch_unwind(|| invariant(choice, bytes)) {
        Ok(Ok(())) => {}
        Ok(Err(wrong)) => panic!("{name}: {wrong}\nof\n{}\n{choice:?}", show(bytes)),
        Err(_) => panic!("{name} panics on\n{}\n{choice:?}", show(bytes)),
    }
}

/// Inputs that once broke something, with siblings.
const SEEN: [&[u8]; 53] = [
    // A conditional comment inside revealed content, neither of them closed.
    b"<!--[if !mso]><!--><!--[if mso]>[srnumber] ",
    // Two addresses in one tag.
    b"<!--[if]><v: href=\"\"href='",
    b"<!--[if mso]><v:roundrect href=\"https://x.example/a\" href=\"https://x.example/b\">",
    b"<!--[if mso]><v:roundrect href=\"a\" href=\"b\"><![endif]--><a href=\"c\">x</a>",
    b"<!--[if mso]><v:a href=a HREF=b href=c><v:b href=d href=e><![endif]--><a href=\"b\" href=d>x</a>",
    b"<!--[if mso]><a href=a href=b>",
    b"<!--[if mso]><v:rect href=a><![endif]--><!--[if !mso]><!--><a href=b href=c>x</a><!--<![endif]-->",
    b"<a href=a href=b><a href=a href>",
    b"<area href=a href=b><form action=a action=b><img src=a src=b>",
    // A text that is not a block.
    b"---\n#\ndialect: connectwise\n\"text\": hello\n---\n",
    b"---\n\"text\": hello\n---\n",
    b"---\r\n{text: hello}\r\n---\r\n",
    b"\xEF\xBB\xBF---\n{ text: [a, b] }\n---\n",
    b"---\n? text\n: hello\n---\n",
    b"---\ntext:\n---\n",
    b"---\ntext: |\n---\n",
    b"---\ntext: |",
    b"---\n'text': |\n  a\n\n \n---\n",
    b"---\nsubject:\n---\n",
    b"---\n\"subject\": \"\xC3\xA9\n---\n",
    b"---\n---\n",
    b"---\n\n---",
    // Inputs that a second run changed.
    b"<p>[srnumber]</p><p>[dd:[dd:ticket]]</p>",
    b"<p>[srnumber]</p><p>[dd:ticket text=[dd:ticket]]</p>",
    b"<p>[srnumber]</p><p>[dd:ticket text=\"[dd:ticket]\"]</p>",
    b"[srnumber] [dd:x [dd:y [dd:ticket]]] [srnumber]",
    b"<p>[dd:ticket is open, and [dd:ticket] is not</p><p>[srnumber]</p>",
    b"<p>[dd: [dd:ticket as=url] ]</p><p title='[dd:[dd:ticket]]'>[srnumber]",
    b"<a href=\"http://{{[srnumber ].deskdirector.com",
    b"<a href=\"http://{{[srnumber ]}}.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[ srnumber]\">",
    b"<a href=\"https://[[srnumber]].deskdirector.com/portal/deeplink?name=ticket\">x</a>",
    b"<a href='https://x%5Bsrnumber%5D{{y}}.deskdirector.com/portal/deeplink?name=ticket&amp;amp;ticket_id=1'>x</a>",
    b"<a href=\"https://E{{x.[ srnumber ]deskdirector.com/portal/dee\xFFlink?x}}.deskdirector.com/portal/deeplink?d>",
    b"<a href=\"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3Fname%3Dticket%26ticket_id%3D%5BTicket%3A%20Number%5D&amp;data=05\">x</a>",
    b"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Feur01.safelinks.protection.outlook.com%2F%3Furl%3Dhttps%253A%252F%252Facme.deskdirector.com%252Fportal%252Fdeeplink%253Fname%253Dticket%2526ticket_id%253D%255BTicket%253A%2520Number%255D",
    b"<a href=\"https://urldefense.proofpoint.com/v2/url?u=https-3A__acme.deskdirector.com_portal_deeplink-3Fname-3Dticket-26ticket-5Fid-3D-5BTicket-3A-20Number-5D&d=x\">x</a>",
    b"<a href=\"https://urldefense.com/v3/__https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=%5BTicket:%20Number%5D__;!!abc\">x</a> [dd:ticket]",
    b"<p>[dd:ticket ticket_id=&amp;amp;[Ticke\x00\xFF: Number] text=\"a\xFF=&amp;amp;[x]\"]</p>",
    b"<p>[dd:content_page page_id=\"&amp;amp;[a&amp;amp;b]\" text=\"\xFF\"] [dd:content_page page_id='&amp;amp;[a&amp;amp;b]']</p>",
    b"[Ticket: ID] <a href=\" https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3Fname%3Dticket%26ticket_id%3D%5Bsrnumber%5D&amp;data=05#[Ticket:ID] \">Hello </a>",
    b"[srnumber]x http://acme.deskdirector.com/[dd:ticket as=url] <a href='ddportal://ticketid=[srnumber]'>x</a> [dd:ticket]",
    // Positions past the end of the file.
    &[0xFF; 260],
    b"<meta charset=shift_jis><p>\x83\x5B\x83\xFF\x83[SRNumber]\x83",
    b"<meta charset=gb18030><p>\x81\x30\x81[SRNumber]\x81\x30\x81\x30\xFF\xFF[[srnumber]]",
    b"<meta charset=iso-2022-jp><p>\x1B$B%\"%\"[SRNumber]\x1B(B[SRNumber]\x1B[SRNumber]\x1B$",
    b"<meta charset=big5><p>\x88\x62\xFF[SRNumber]\x88",
    b"<meta charset=euc-kr><p>\xB0\xA1\xFF[SRNumber]\xB0",
    b"<meta charset=euc-jp><p>\x8F\xB0\xA1\x8F[SRNumber]\x8F\xB0",
    b"<meta charset=gbk><p>\xC4\xE3\x80\xFF[SRNumber]\xC4",
    // Two placeholders in an unquoted value, which ends inside the first of them.
    b"<a h=[Contact: ID][Contact: ID]",
    b"<e/t=[Ticket: ID][Contact: ID]>",
    b"<a href=[Ticket: ID][Ticket: Title] title=[Contact: ID]x>",
    // The clues to the dialect are in the texts of macros, which are left out if a text is already a link.
    b"<p>Hi [contactfirstname]</p><a href='x'>[dd:ticket text=\"[Ticket: Number], [Ticket: Title]\"] ",
];

#[test]
fn what_once_broke_holds() {
    for bytes in SEEN {
        for choice in CHOICES {
            for (name, invariant) in INVARIANTS {
                holds(name, invariant, choice, bytes);
            }
        }
    }
}

/// An xorshift generator, so that every run makes the same templates.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % limit.max(1)
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// What is inserted into a template, or replaces something in it.
const PIECES: [&[u8]; 48] = [
    b"[",
    b"]",
    b"[[",
    b"[dd:",
    b"[dd:ticket",
    b"[dd:ticket]",
    b"[srnumber]",
    b"[ srnumber ]",
    b"[Ticket: ID]",
    b"[Ticket:&nbsp;ID]",
    b"%5B",
    b"%5D",
    b"&#91;",
    b"&rsqb;",
    b"{{",
    b"}}",
    b"\"",
    b"'",
    b"<",
    b">",
    b"</",
    b"<!--",
    b"-->",
    b"<!--[if mso]>",
    b"<![endif]-->",
    b"<a href=\"",
    b" href=\"\"",
    b"href=",
    b"</a>",
    b"<v:rect href='x'>",
    b"<title>",
    b"<style>",
    b"<td>",
    b"&amp;",
    b"&quot",
    b"https://acme.deskdirector.com/portal/deeplink?",
    b"ddportal://",
    b"https://eur01.safelinks.protection.outlook.com/?url=",
    b"---\n",
    b"text: |\n",
    b"\"subject\": ",
    b"\r\n",
    b"\r",
    b"\0",
    b"\xFF",
    b"\xC3",
    b"\xEF\xBB\xBF",
    "é🙂".as_bytes(),
];

pub fn mutated(random: &mut Random, template: &[u8]) -> Vec<u8> {
    let mut bytes = template.to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(12)).min(bytes.len());
        match random.below(6) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => {
                let copy = bytes[at..(at + random.below(200)).min(bytes.len())].to_vec();
                let to = random.below(bytes.len() + 1);
                drop(bytes.splice(to..to, copy));
            }
            3 => drop(bytes.splice(at..end, random.pick(&PIECES).iter().copied())),
            _ => drop(bytes.splice(at..at, random.pick(&PIECES).iter().copied())),
        }
    }
    bytes
}

/// The templates of the fixtures that are short enough to try thousands of times.
pub fn templates() -> BTreeMap<String, Vec<u8>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/templates");
    let mut all = BTreeMap::new();
    for folder in ["connectwise", "autotask", "broken"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            if bytes.len() < 4000 {
                all.insert(path.display().to_string(), bytes);
            }
        }
    }
    assert!(all.len() > 40, "{} templates", all.len());
    all
}

/// How long the mutations are tested; an unoptimized build tests fewer of them in that time.
pub fn patience() -> Duration {
    let seconds = std::env::var("PSALINK_MUTATION_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(12))
}

#[test]
fn templates_that_are_nearly_right_hold() {
    let templates: Vec<Vec<u8>> = templates().into_values().collect();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (start, mut tried) = (Instant::now(), 0);
    while start.elapsed() < patience() {
        for template in &templates {
            let bytes = mutated(&mut random, template);
            let choice = CHOICES[random.below(CHOICES.len())];
            let (name, invariant) = INVARIANTS[tried % INVARIANTS.len()];
            holds(name, invariant, choice, &bytes);
            tried += 1;
        }
    }
    assert!(tried > 100, "only {tried} were tried");
}

/// Words of messages without anything for psalink.
const PLAIN: [&str; 30] = [
    "Hello Robin, ",
    "<p>",
    "</p>\r\n",
    "<a href=\"https://www.example.com/a?b=1&amp;c=2#d\">",
    "<a href='mailto:help@msp.example'>",
    "</a>",
    "<img src=\"cid:logo\" alt=\"Acme IT\">",
    "<!--[if mso]><table><tr><td><![endif]-->",
    "<!--[if !mso]><!-->",
    "<!--<![endif]-->",
    "<style>[data-ogsc] a[href] { color: red } {# x #}</style>",
    "<script>a[0] = b[i]</script>",
    "<div style=\"display:none\">",
    "<input name=\"a[]\">",
    "[Queue] ",
    "[ID:123] ",
    "[1] ",
    "a[]=1 ",
    "{{ x }} ",
    "é ü 🙂 ",
    "&nbsp;&amp;&copy ",
    "\t\n",
    "<br/>",
    "</div>",
    "<b",
    "\"'><",
    "##- reply above this line -##",
    "100 % [ok]",
    "---\n",
    "see https://www.example.com/portal ",
];

#[test]
fn mails_without_a_macro_stay_as_they_are() {
    let mut random = Random(42);
    let session = psalink::Session::new(
        psalink::Config::parse("psalink.yaml", "portal: acme\ndialect: connectwise\n").unwrap(),
        psalink::session::Overrides::default(),
    )
    .unwrap();
    let mut rewriter = session.rewriter();
    for _ in 0..2500 {
        let words = 1 + random.below(25);
        let mail: String = (0..words).map(|_| random.pick(&PLAIN)).collect();
        let source = psalink::Source::from_text("mail", &mail, psalink::SourceKind::Html);
        // What begins like settings may be invalid settings, which are refused.
        let Ok(document) = session.parse(source, &mut rewriter.parser) else { continue };
        let edits = session.rewrite(&document, &mut rewriter).unwrap().edits;
        assert_eq!(edits, [], "{mail}");
    }
}

/// What is inserted into a settings file.
const YAML: [&[u8]; 28] = [
    b":",
    b": ",
    b"- ",
    b"\n",
    b"\r\n",
    b"\t",
    b"  ",
    b"#",
    b"'",
    b"\"",
    b"[",
    b"]",
    b"{",
    b"}",
    b"&a ",
    b"*a",
    b"!!str ",
    b"|",
    b">",
    b"---\n",
    b"...",
    b"%",
    b"@",
    b"~",
    b"null",
    b"0x10",
    b"\xEF\xBB\xBF",
    b"\xC2\x85",
];

#[test]
fn settings_that_are_nearly_right_are_read_or_refused() {
    let vocabulary = psalink::Vocabulary::builtin();
    let config = "portal: acme\nallowed_hosts: [support.example.com]\ndialect: connectwise\nclient: web\ntemplates:\n  - { path: \"autotask/**\", dialect: autotask, context: workflow, audience: customer }\nexclude: [\"drafts/**\"]\nautotask: { language: en, terms: { Organization: Company } }\ncommands: { invoice: { name: invoice } }\nlint: { select: [], ignore: [], levels: { missing-alt: note } }\nbrand: { name: Acme IT, color: \"#0b5fff\" }\nsend: { from: preview@msp.example, allow: [\"*@msp.example\"], smtp: { host: a.example, port: 587, tls: starttls } }\n";
    let sample = "ticket.id: 42\n\"[Ticket: Title]\": No sound\ncontact.first_name: 'Zoë'\nothers: x\n";
    let names =
        "id: connectwise\nplaceholders:\n  - { name: cf-12, means: [ticket.id], sample: '1' }\n  - { name: x-1 }\n";
    let tokens = r#"[{"token":"[srnumber]","description":"x"},{"token":"[cf-1]","contexts":["ticket"]}]"#;
    let baseline = r#"{"version":1,"findings":[{"path":"a.html","rule":"missing-alt","text":"<img>","times":2}]}"#;
    let record = psalink::snapshot::Record { template: "a.html".to_owned(), ..Default::default() }.to_file();
    let folder = std::env::temp_dir().join(format!("psalink-mutations-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let snapshot = folder.join("a.snap");
    let mut random = Random(7);
    for (index, good) in
        [config, sample, names, tokens, baseline, &record].into_iter().cycle().take(6 * 400).enumerate()
    {
        let mut bytes = good.as_bytes().to_vec();
        for _ in 0..=random.below(2) {
            let at = random.below(bytes.len() + 1);
            let end = (at + random.below(9)).min(bytes.len());
            match random.below(3) {
                0 => drop(bytes.drain(at..end)),
                1 => drop(bytes.splice(at..end, random.pick(&YAML).iter().copied())),
                _ => drop(bytes.splice(at..at, random.pick(&YAML).iter().copied())),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let read = || -> Result<(), psalink::Error> {
            match index % 6 {
                0 => drop(psalink::Session::new(psalink::Config::parse("psalink.yaml", &text)?, Default::default())?),
                1 => drop(psalink::render::Sample::parse("a.yaml", &text, vocabulary)?),
                2 => vocabulary.clone().add("ours.yaml", &text)?,
                3 => drop(psalink::vocabulary::import::connectwise("tokens.json", &text)?),
                4 => drop(psalink::lint::Baseline::parse("baseline.json", &text)?),
                _ => {
                    std::fs::write(&snapshot, &bytes).unwrap();
                    if let Some(old) = psalink::snapshot::Snapshot::read(&snapshot)? {
                        let _ = psalink::snapshot::compare(&old, &Default::default());
                    }
                }
            }
            Ok(())
        };
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)) {
            Ok(Err(error)) => {
                let (line, column) = error.place().unwrap_or((1, 1));
                assert!(line >= 1 && column >= 1 && line <= text.split('\n').count(), "{error}\nof {text}");
            }
            Ok(Ok(())) => {}
            Err(_) => panic!("a panic on\n{text}"),
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}
