//! What a person does in the terminal while the workbench runs.

use std::io::{self, BufRead as _};

use tokio::sync::mpsc::UnboundedSender;

use super::event::Event;

/// Reports every press of Enter, until standard input ends.
pub fn listen(tell: UnboundedSender<Event>) {
    std::thread::spawn(move || {
        loop {
            wait_for_input();
            let has_line = io::stdin().lock().skip_until(b'\n').is_ok_and(|length| length > 0);
            if !has_line || tell.send(Event::Enter).is_err() {
                return;
            }
        }
    });
}

/// Waits until there is something to read and this process owns the terminal: the operating system stops a background
/// program that reads.
#[cfg(unix)]
fn wait_for_input() {
    use std::io::IsTerminal as _;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, poll};

    let stdin = io::stdin();
    while stdin.is_terminal() {
        let mut waits = [PollFd::new(&stdin, PollFlags::IN)];
        let is_ready = poll(&mut waits, None).is_ok_and(|ready| ready > 0);
        let is_ours = rustix::termios::tcgetpgrp(&stdin).is_ok_and(|group| group == rustix::process::getpgrp());
        if is_ready && is_ours {
            return;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[cfg(not(unix))]
fn wait_for_input() {}
