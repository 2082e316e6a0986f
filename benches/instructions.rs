//! Parses the same 1.5 MB of generated messages as often as its argument says, and prints their size in bytes.
//!
//! Run this under callgrind with 1 and with 3: the difference between the counts is the cost of scanning and parsing
//! the messages twice, and everything else cancels out. `tests/run` does that.

#![allow(clippy::print_stdout)]

mod mails;

use std::hint::black_box;

use mails::{AUTOTASK, CONNECTWISE};
use psalink::{Parser, Source, SourceKind, Vocabulary};

fn main() {
    let passes = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1);
    let mails: Vec<Vec<u8>> = mails::mails(1_500_000, 1, &[CONNECTWISE, AUTOTASK]).collect();
    let bytes: usize = mails.iter().map(Vec::len).sum();
    let read = |mail| Source::read("mail.html", mail, SourceKind::Html, None).expect("mails are UTF-8");
    let mut sources: Vec<Option<Source>> = mails.into_iter().map(|mail| Some(read(mail))).collect();
    let mut parser = Parser::new(Vocabulary::builtin());
    for _ in 0..passes {
        for slot in &mut sources {
            let Some(source) = slot.take() else { continue };
            let document = parser.parse_body(source);
            black_box(&document);
            *slot = Some(document.into_source());
        }
    }
    println!("{bytes}");
}
