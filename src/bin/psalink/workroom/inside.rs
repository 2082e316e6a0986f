//! The process in which templates are put together, as it works: orders come over its input, answers go over its output.

use std::ffi::OsStr;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use psalink::compose::Composer;

use super::{frames, limits};

/// The argument that makes the program this process. It is not a command, so it is in no help.
pub const WORD: &str = "__put-templates-together";

/// Whether the program was started to put templates together.
pub fn is_asked_for() -> bool {
    let mut words = std::env::args_os().skip(1);
    words.next().is_some_and(|word| word == OsStr::new(WORD)) && words.next().is_none() && !io::stdin().is_terminal()
}

/// Puts templates together until the input ends, which it does with the process that asks.
pub fn work() -> ExitCode {
    // A mistake is answered, and the pipe for last words must not fill up.
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
    let mut answer = Vec::new(); // the first one says that this is ready
    while frames::write(&mut output, &answer).is_ok() {
        let Ok(order) = to_do.recv() else { return };
        limits::allow_more_time();
        answer = composer.fill_order(&order);
    }
    // An answer that cannot be written must not be waited for.
    std::process::exit(1);
}
