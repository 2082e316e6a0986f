//! How fast templates are scanned, parsed and rewritten, single-threaded, in memory; compared with other ways to read
//! them.
//!
//! `cargo bench` runs everything over 200 MB of generated messages; `PSALINK_BENCH_MB=20 cargo bench` is shorter. With
//! `--write-mails FOLDER` the messages are written as files instead, which is what `benches/compare` works on.

mod mails;

use std::convert::Infallible;
use std::hint::black_box;
use std::path::Path;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::BytesCount;
use html5gum::Tokenizer;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use mails::{AUTOTASK, CONNECTWISE};
use psalink::html::scan;
use psalink::session::Overrides;
use psalink::source::edit;
use psalink::{Config, Session, Source, SourceKind};

const PSAS: &[mails::Macros] = &[CONNECTWISE, AUTOTASK];
const SEED: u64 = 7;
const NAIVE_LINK: &[u8] =
    b"<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]\">[srnumber]</a>";

static MAILS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| mails::mails(megabytes() * 1_000_000, SEED, PSAS).collect());

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip_while(|argument| argument != "--write-mails").skip(1);
    match arguments.next() {
        Some(folder) => write_mails(Path::new(&folder)),
        None => {
            divan::main();
            Ok(())
        }
    }
}

fn megabytes() -> usize {
    let asked = std::env::var("PSALINK_BENCH_MB").ok();
    asked.map_or(200, |megabytes| megabytes.parse().expect("PSALINK_BENCH_MB is a number of megabytes"))
}

fn write_mails(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (index, mail) in mails::mails(megabytes() * 1_000_000, SEED, &[CONNECTWISE]).enumerate() {
        std::fs::write(folder.join(format!("{index:05}.html")), mail)?;
    }
    Ok(())
}

fn bytes() -> BytesCount {
    BytesCount::new(MAILS.iter().map(Vec::len).sum::<usize>())
}

/// Messages as the parser takes them, made before the clock starts; each run returns them.
fn sources(psas: &'static [mails::Macros]) -> Vec<Option<Source>> {
    let read = |mail| Source::read("mail.html", mail, SourceKind::Html, None).expect("mails are UTF-8");
    mails::mails(megabytes() * 1_000_000, SEED, psas).map(|mail| Some(read(mail))).collect()
}

fn size(sources: &[Option<Source>]) -> BytesCount {
    BytesCount::new(sources.iter().flatten().map(|source| source.bytes().len()).sum::<usize>())
}

fn session() -> Session {
    let portal = Some("acme".to_owned());
    let overrides = Overrides { portal, dialect: Some("connectwise".to_owned()), ..Overrides::default() };
    Session::new(Config::default(), overrides).expect("`acme` is the name of a portal")
}

/// The least that a program must do to find a macro.
#[divan::bench(sample_count = 20)]
fn a_memchr_bracket(bencher: Bencher) {
    let run = || MAILS.iter().map(|mail| memchr::memchr_iter(b'[', mail).count()).sum::<usize>();
    bencher.counter(bytes()).bench(run);
}

/// Replaces every `[srnumber]`, wherever it is.
#[divan::bench(sample_count = 20)]
fn b_naive_substitution(bencher: Bencher) {
    let finder = memchr::memmem::Finder::new(b"[srnumber]");
    let replace = |mail: &Vec<u8>| {
        let mut out = Vec::with_capacity(mail.len() + 1024);
        let mut done = 0;
        for at in finder.find_iter(mail) {
            out.extend_from_slice(&mail[done..at]);
            out.extend_from_slice(NAIVE_LINK);
            done = at + b"[srnumber]".len();
        }
        out.extend_from_slice(&mail[done..]);
        out.len()
    };
    bencher.counter(bytes()).bench(|| MAILS.iter().map(replace).sum::<usize>());
}

/// What every byte of the HTML is.
#[divan::bench(sample_count = 20)]
fn c_scan(bencher: Bencher) {
    let mut regions = Vec::new();
    bencher.counter(bytes()).bench_local(|| {
        for mail in MAILS.iter() {
            scan::scan_into(mail, &mut regions);
            black_box(&regions);
        }
    });
}

/// Scans, and finds the macros and links with their places.
#[divan::bench(sample_count = 20)]
fn d_scan_and_parse(bencher: Bencher) {
    let session = session();
    let mut parser = session.parser();
    let mut sources = sources(PSAS);
    bencher.counter(size(&sources)).bench_local(|| {
        for slot in &mut sources {
            let Some(source) = slot.take() else { continue };
            let document = parser.parse_body(source);
            black_box(&document);
            *slot = Some(document.into_source());
        }
    });
}

/// Everything that `psalink rewrite` does between reading a file and writing it.
#[divan::bench(sample_count = 20)]
fn e_whole_rewrite(bencher: Bencher) {
    let session = session();
    let mut rewriter = session.rewriter();
    let mut sources = sources(&[CONNECTWISE]);
    bencher.counter(size(&sources)).bench_local(|| {
        for slot in &mut sources {
            let Some(source) = slot.take() else { continue };
            let document = session.parse(source, &mut rewriter.parser).expect("these mails have no settings on top");
            let rewritten = session.rewrite(&document, &mut rewriter).expect("the portal and the dialect are known");
            let result = edit::apply(document.source(), &rewritten.edits).expect("edits of a rewrite fit");
            black_box(&result);
            *slot = Some(document.into_source());
        }
    });
}

/// Another tokenizer, with the spans of everything that it finds.
#[divan::bench(sample_count = 5)]
fn f_html5gum(bencher: Bencher) {
    let tokenize = |mail: &Vec<u8>| {
        let mut found = 0usize;
        let count = |event: CallbackEvent<'_>, span: html5gum::Span<usize>| -> Option<Infallible> {
            black_box((&event, span));
            found += 1;
            None
        };
        let mut emitter: CallbackEmitter<_, Infallible, usize> = CallbackEmitter::new(count);
        emitter.naively_switch_states(true);
        let Ok(()) = Tokenizer::new_with_emitter(mail.as_slice(), emitter).finish();
        found
    };
    bencher.counter(bytes()).bench(|| MAILS.iter().map(tokenize).sum::<usize>());
}
