//! Runs psalink once and measures it.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::shapes::Shape;

/// The cost of a run.
#[derive(Clone, Copy)]
pub struct Run {
    /// CPU time if the system provides it, otherwise elapsed time.
    pub time: Duration,
    /// The peak memory in bytes; 0 if the system does not provide it.
    pub memory: usize,
    /// The bytes written: files next to the template, and standard output.
    pub written: usize,
    /// Whether it was stopped because it took too long or too much memory.
    pub is_stopped: bool,
}

const TOO_LONG: Duration = Duration::from_secs(30);
const TOO_MUCH: usize = 3 << 30;

/// The program to measure: the one that was built with this, or the one in `PSALINK`.
fn psalink() -> OsString {
    std::env::var_os("PSALINK").unwrap_or_else(|| env!("CARGO_BIN_EXE_psalink").into())
}

/// Runs psalink on a shape with about that many bytes.
pub fn run(folder: &Path, words: &[String], shape: &Shape, bytes: usize) -> Run {
    let before = processor_time();
    let start = Instant::now();
    let mut child = start_it(Command::new(psalink()), folder, words, shape, bytes);
    let (mut memory, mut is_stopped) = (0, false);
    while child.try_wait().expect("the program runs").is_none() {
        memory = memory.max(peak_memory(child.id()).unwrap_or(0));
        if start.elapsed() > TOO_LONG || memory > TOO_MUCH {
            is_stopped = true;
            let _ = child.kill(); // it may have ended just now
            let _ = child.wait();
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let time = match (before, processor_time()) {
        (Some(before), Some(after)) => after - before,
        _ => start.elapsed(),
    };
    let written = size_of_files(&folder.join("run")).saturating_sub(bytes);
    Run { time, memory, written, is_stopped }
}

/// Counts the instructions of a run with valgrind.
pub fn instructions(folder: &Path, words: &[String], shape: &Shape, bytes: usize) -> Option<u64> {
    let mut valgrind = Command::new("valgrind");
    let log = folder.join("callgrind.log");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(format!("--log-file={}", log.display())).arg(psalink());
    let mut child = start_it(valgrind, folder, words, shape, bytes);
    let start = Instant::now();
    while child.try_wait().ok()?.is_none() {
        if start.elapsed() > 4 * TOO_LONG {
            let _ = child.kill(); // it may have ended just now
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let report = std::fs::read_to_string(log).ok()?;
    report.rsplit_once("Collected : ")?.1.split_whitespace().next()?.parse().ok()
}

/// Starts a command in a separate folder, with the template in it and on its standard input.
fn start_it(mut command: Command, folder: &Path, words: &[String], shape: &Shape, bytes: usize) -> Child {
    let folder = folder.join("run");
    let _ = std::fs::remove_dir_all(&folder); // the first run has none
    std::fs::create_dir_all(&folder).expect("a folder");
    let mail = folder.join(format!("mail.{}", shape.ending));
    std::fs::write(&mail, shape.write(bytes)).expect("a template");
    command.args(words).current_dir(&folder).stdin(File::open(&mail).expect("a template"));
    command.stdout(File::create(folder.join("stdout")).expect("a file")).stderr(Stdio::null()).env("NO_COLOR", "1");
    command.spawn().expect("the program starts")
}

/// The bytes of all files in a folder.
fn size_of_files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size_of_files(&entry.path()),
            Ok(metadata) => metadata.len() as usize,
            Err(_) => 0,
        })
        .sum()
}

/// The CPU time of the programs that were started here.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program name is in parentheses, and may contain anything.
    let ticks: u64 = stat.rsplit_once(") ")?.1.split(' ').nth(13)?.parse().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

fn peak_memory(id: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}
