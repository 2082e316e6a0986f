//! The process that composes templates, from the inside: orders arrive on its input, answers leave on its output.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use psalink::compose::Composer;

use super::{frames, limits};

/// The argument that turns the program into this process. It is not a command, so no help mentions it.
pub const WORD: &str = "__put-templates-together";

/// Whether the program was started to compose templates.
pub fn is_asked_for() -> bool {
    let mut words = std::env::args_os().skip(1);
    words.next().is_some_and(|word| word == OsStr::new(WORD)) && words.next().is_none() && !io::stdin().is_terminal()
}

/// Composes templates until the input ends, which happens when the requesting process ends.
pub fn work() -> ExitCode {
    // A panic is answered, and the pipe for last words must not fill up.
    std::panic::set_hook(Box::new(|_| {}));
    limits::set();
    let (orders, to_do) = mpsc::channel();
    if thread::Builder::new().spawn(move || answer_all(&to_do)).is_err() {
        return ExitCode::FAILURE;
    }
    let mut input = io::stdin().lock();
    while let Ok(order) = frames::read(&mut input) {
        if orders.send(order).is_err() {
            break;
        }
    }
    // The parent is gone, so no result is needed any more.
    ExitCode::SUCCESS
}

fn answer_all(to_do: &Receiver<Vec<u8>>) {
    let mut output = io::stdout().lock();
    let mut composer = Composer::default();
    let mut answer = Vec::new(); // the first one reports that this is ready
    while frames::write(&mut output, &answer).is_ok() {
        let Ok(order) = to_do.recv() else { return };
        limits::allow_more_time();
        answer = composer.fill_order(&order);
    }
    // No one should wait for an answer that cannot be written.
    std::process::exit(1);
}
