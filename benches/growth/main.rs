//! How time and memory grow when a template becomes twice as long, for each shape and each command: `cargo bench --bench
//! growth`.
//!
//! At most 2.3 times the time is fine, and at most 64 MB plus 20 times the bytes read and written: a short macro
//! becomes a long link. With words after `--`, only the rows whose shape or command contains all of them are measured.
//! `--minutes 5` stops after that time and reports how many rows are left. `--worst` counts the instructions of the
//! worst shapes with valgrind, which repeats on any machine, and measures the memory of those that once took the most,
//! as `tests/run` does.

#![allow(clippy::print_stdout)]

mod measure;
mod shapes;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use measure::{Run, instructions, run};
use shapes::{SHAPES, Shape};

/// What the program is asked to do with a template.
struct Command {
    name: &'static str,
    args: &'static str,
}

const COMMANDS: &[Command] = &[
    Command { name: "lint", args: "lint" },
    Command { name: "lint --select all", args: "lint --select all" },
    Command { name: "lint --ready", args: "lint --ready" },
    Command { name: "lint --diff", args: "lint --unsafe-fixes --diff" },
    Command { name: "lint --fix", args: "lint --unsafe-fixes --select all --quiet - --stdin-filename mail.{}" },
    Command { name: "lint --add-allow", args: "lint --add-allow --select all --quiet - --stdin-filename mail.{}" },
    Command { name: "lint json", args: "lint --select all --format json" },
    Command { name: "lint sarif", args: "lint --select all --format sarif" },
    Command { name: "lint junit", args: "lint --select all --format junit" },
    Command { name: "lint gitlab", args: "lint --select all --format gitlab" },
    Command { name: "lint concise", args: "lint --select all --format concise" },
    Command { name: "rewrite", args: "rewrite --bare all -o out.{}" },
    Command { name: "rewrite --diff", args: "rewrite --bare all --diff" },
    Command { name: "rewrite --report", args: "rewrite --check --report links.html" },
    Command { name: "translate", args: "translate --to autotask --diff" },
    Command { name: "preview", args: "preview -o seen.{}" },
    Command { name: "preview --eml", args: "preview -o seen.eml" },
    Command { name: "preview folder", args: "preview -o previews/" },
    Command { name: "ready", args: "ready -o ready.{}" },
    Command { name: "test --accept", args: "test --accept" },
];

impl Command {
    /// The arguments, for one PSA and one portal.
    fn words(&self, shape: &Shape) -> Vec<String> {
        let args = self.args.replace("{}", shape.ending);
        let mut words: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
        words.extend(["--isolated", "--dialect", "connectwise"].map(str::to_owned));
        if words[0] != "translate" {
            words.extend(["--portal", "acme"].map(str::to_owned));
        }
        if !words.iter().any(|word| word == "-") {
            words.push(format!("mail.{}", shape.ending));
        }
        words
    }
}

/// The limits for the factor, and for the memory.
const LIMIT: f64 = 2.3;
const MEMORY: usize = 64 << 20;
const TIMES: usize = 20;

/// The smallest and the largest template.
const SMALLEST: usize = 32 << 10;
const LARGEST: usize = 2 << 20;

/// A run that takes this long is measured; for a shorter one, a longer template is tried.
const LONG_ENOUGH: Duration = Duration::from_millis(250);

/// The worst rows so far, whose instructions are counted.
const WORST: &[(&str, &str)] = &[
    ("css: descendants", "preview"),
    ("css: hidden classes", "preview"),
    ("distinct attributes in one tag", "preview"),
    ("distinct unknown macros", "preview"),
    ("table cells", "preview"),
    ("allow comments on top", "lint --ready"),
    ("allow comments, one for a line", "lint --select all"),
    ("foreign syntax: braces", "lint --select all"),
    ("a link with many parameters", "lint json"),
    ("a link with many parameters", "rewrite --report"),
    ("portal links that are wrong", "rewrite --report"),
    ("text: tokens in one word", "lint"),
    ("text: addresses in one word", "lint"),
    ("text: names and passwords in one word", "lint"),
    ("long words that are all different", "preview"),
    ("areas", "preview"),
    ("links in elements that are all different", "preview"),
];

/// Rows that once took the most memory, which is measured at a megabyte.
const LARGEST_IN_MEMORY: &[(&str, &str)] = &[
    ("a usual mail", "lint json"),
    ("one unknown macro", "lint json"),
    ("macros that never close", "lint --fix"),
    ("spaced macros", "lint --fix"),
    ("foreign syntax: braces", "lint --fix"),
    ("link macros with parameters", "rewrite"),
    ("link macros", "preview"),
    ("a link with many parameters", "lint --fix"),
    ("a link with many parameters", "lint sarif"),
    ("a link with one parameter many times", "preview"),
    ("table cells", "preview"),
    ("ends of link macros", "ready"),
    ("ends of link macros", "preview"),
    ("text: line breaks of HTML", "lint --fix"),
    ("a link with many parameters", "ready"),
];

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let is_worst = words.iter().position(|word| word == "--worst").map(|at| words.remove(at)).is_some();
    let minutes = words.iter().position(|word| word == "--minutes").and_then(|at| {
        words.remove(at);
        (at < words.len()).then(|| words.remove(at))?.parse::<f64>().ok()
    });
    let folder = std::env::temp_dir().join(format!("psalink-growth-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for templates");
    let is_good =
        if is_worst { worst(&folder) & memory(&folder) } else { table(&folder, &words, minutes.unwrap_or(30.0)) };
    let _ = std::fs::remove_dir_all(&folder); // the system deletes it eventually
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Measures every row that the words select.
fn table(folder: &Path, words: &[String], minutes: f64) -> bool {
    let start = Instant::now();
    let is_asked = |shape: &Shape, command: &Command| {
        let row = format!("{} / {}", shape.name, command.name);
        words.iter().all(|word| row.contains(word.as_str()))
    };
    println!("{:<44} {:<20} {:>9} {:>9} {:>7} {:>9}", "shape", "command", "bytes", "time", "factor", "memory");
    let (mut rows, mut bad, mut left_out) = (0, 0, 0);
    for shape in SHAPES {
        for command in COMMANDS.iter().filter(|command| is_asked(shape, command)) {
            if start.elapsed().as_secs_f64() > minutes * 60.0 {
                left_out += 1;
                continue;
            }
            let row = Row::of(folder, shape, command);
            rows += 1;
            bad += usize::from(row.is_bad());
            row.print(shape, command);
        }
    }
    println!("{rows} rows, {bad} over the limit, {left_out} left out for want of time");
    bad == 0
}

/// The measurements of one shape with one command.
struct Row {
    bytes: usize,
    last: Run,
    /// `None` if the longest template is done before it can be measured.
    factor: Option<f64>,
}

impl Row {
    fn of(folder: &Path, shape: &Shape, command: &Command) -> Row {
        let words = command.words(shape);
        let mut base = None;
        let mut bytes = SMALLEST;
        loop {
            let once = run(folder, &words, shape, bytes);
            let base = *base.get_or_insert_with(|| run(folder, &words, shape, 1).time);
            let time = once.time.saturating_sub(base);
            if once.is_stopped {
                return Row { bytes, last: once, factor: None };
            }
            if time >= LONG_ENOUGH {
                let twice = run(folder, &words, shape, 2 * bytes);
                let factor = twice.time.saturating_sub(base).as_secs_f64() / time.as_secs_f64();
                return Row { bytes: 2 * bytes, last: twice, factor: Some(factor) };
            }
            if bytes >= LARGEST {
                return Row { bytes, last: once, factor: None };
            }
            bytes *= if time * 8 < LONG_ENOUGH { 4 } else { 2 };
            bytes = bytes.min(LARGEST);
        }
    }

    fn is_bad(&self) -> bool {
        self.last.is_stopped
            || self.factor.is_some_and(|factor| factor > LIMIT)
            || self.last.memory > MEMORY + TIMES * (self.bytes + self.last.written)
    }

    fn print(&self, shape: &Shape, command: &Command) {
        let factor = match self.factor {
            _ if self.last.is_stopped => "stopped".to_owned(),
            Some(factor) => format!("{factor:.2}"),
            None => "-".to_owned(),
        };
        let mark = if self.is_bad() { "  <==" } else { "" };
        println!(
            "{:<44} {:<20} {:>9} {:>7.2} s {factor:>7} {:>6} MB{mark}",
            shape.name,
            command.name,
            self.bytes,
            self.last.time.as_secs_f64(),
            self.last.memory >> 20,
        );
    }
}

/// Measures the memory of the rows that once took the most.
fn memory(folder: &Path) -> bool {
    const BYTES: usize = 1 << 20;
    println!("{:<44} {:<20} {:>9} {:>9} {:>9}", "shape", "command", "read", "written", "memory");
    let mut is_good = true;
    for &(shape, command) in LARGEST_IN_MEMORY {
        let (Some(shape), Some(command)) =
            (SHAPES.iter().find(|known| known.name == shape), COMMANDS.iter().find(|known| known.name == command))
        else {
            println!("there is no row `{shape}` with `{command}`");
            return false;
        };
        let run = run(folder, &command.words(shape), shape, BYTES);
        let is_measured = run.memory > 0 || !cfg!(target_os = "linux");
        let is_right = is_measured && !run.is_stopped && run.memory <= MEMORY + TIMES * (BYTES + run.written);
        is_good &= is_right;
        println!(
            "{:<44} {:<20} {BYTES:>9} {:>9} {:>6} MB{}",
            shape.name,
            command.name,
            run.written,
            run.memory >> 20,
            if is_right { "" } else { "  <==" }
        );
    }
    is_good
}

/// Counts the instructions of the worst rows.
fn worst(folder: &Path) -> bool {
    const BYTES: usize = 24 << 10;
    const ENOUGH: u64 = 500_000;
    println!("{:<44} {:<20} {:>14} {:>14} {:>7}", "shape", "command", "instructions", "of twice", "factor");
    let mut is_good = true;
    for &(shape, command) in WORST {
        let (Some(shape), Some(command)) =
            (SHAPES.iter().find(|known| known.name == shape), COMMANDS.iter().find(|known| known.name == command))
        else {
            println!("there is no row `{shape}` with `{command}`");
            return false;
        };
        let words = command.words(shape);
        let counted: Option<Vec<u64>> =
            [1, BYTES, 2 * BYTES].into_iter().map(|bytes| instructions(folder, &words, shape, bytes)).collect();
        let Some(&[base, once, twice]) = counted.as_deref() else {
            println!("{:<44} {:<20} valgrind gave no count", shape.name, command.name);
            return false;
        };
        let (once, twice) = (once.saturating_sub(base), twice.saturating_sub(base));
        let factor = twice as f64 / once as f64;
        // With less work than that, most of it is the varying cost of starting the program.
        let is_right = factor <= LIMIT && once > ENOUGH;
        let mark = if is_right { "" } else { "  <==" };
        println!("{:<44} {:<20} {once:>14} {twice:>14} {factor:>7.2}{mark}", shape.name, command.name);
        is_good &= is_right;
    }
    is_good
}
