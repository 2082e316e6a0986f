//! The terminal: results go to standard output, everything else to standard error, with a progress bar if a run takes
//! long.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use psalink::Error;
use psalink::report;
use psalink::report::full::Style;
use psalink::secret::mask;
use psalink::visible::visible_lines;

use crate::args::ConsoleArgs;
use crate::atomic_write;

/// How long a run takes before a progress bar appears.
const PATIENCE: Duration = Duration::from_millis(500);

/// The result of a run; a worse one takes precedence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing to report.
    #[default]
    Clean,
    /// Something needs attention.
    Found,
    /// psalink could not do its work.
    Failed,
}

/// All output of psalink. A closed pipe is not an error.
#[derive(Debug)]
pub struct Console {
    pub quiet: bool,
    pub verbose: bool,
    /// Whether standard output shows colors.
    pub colored_out: bool,
    /// The columns of the terminal that shows standard output.
    pub out_width: Option<usize>,
    /// The style for standard error.
    pub style: Style,
    out: BufWriter<io::Stdout>,
    is_closed: bool,
    failure: Option<io::Error>,
    bar: Option<Bar>,
}

#[derive(Debug)]
struct Bar {
    bar: ProgressBar,
    /// Dropped when the work is done.
    _done: mpsc::Sender<()>,
}

impl Console {
    pub fn new(args: &ConsoleArgs) -> Console {
        let choice = match args.color {
            clap::ColorChoice::Auto => ColorChoice::Auto,
            clap::ColorChoice::Always => ColorChoice::Always,
            clap::ColorChoice::Never => ColorChoice::Never,
        };
        choice.write_global();
        Console {
            quiet: args.quiet,
            verbose: args.verbose,
            colored_out: AutoStream::choice(&io::stdout()) != ColorChoice::Never,
            out_width: terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0)),
            style: Style {
                worst_first: false,
                colored: AutoStream::choice(&io::stderr()) != ColorChoice::Never,
                width: terminal_size::terminal_size_of(io::stderr()).map(|(width, _)| usize::from(width.0)),
                changes: false,
            },
            out: BufWriter::with_capacity(64 * 1024, io::stdout()),
            is_closed: false,
            failure: None,
            bar: None,
        }
    }

    /// Writes a result unchanged.
    pub fn result(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let bar = self.bar.as_ref().map(|bar| bar.bar.clone());
        let mut write = || {
            let written = self.write(bytes);
            self.note_failure(written);
        };
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Writes a template or a message unchanged; on a terminal, its control characters are made visible.
    pub fn document(&mut self, bytes: &[u8]) {
        match io::stdout().is_terminal() {
            true => {
                let text = String::from_utf8_lossy(bytes);
                self.result(visible_lines(&text).as_bytes());
                // The next message begins on a line of its own.
                if !text.is_empty() && !text.ends_with('\n') {
                    self.result(b"\n");
                }
            }
            false => self.result(bytes),
        }
    }

    /// Writes a result piece by piece, since a large one need not be in memory as a whole.
    pub fn stream(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        if !self.is_closed {
            let written = write(&mut self.out);
            self.note_failure(written);
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_closed {
            return Ok(());
        }
        self.out.write_all(bytes)?;
        // A progress bar and a result on the same terminal must not mix.
        if self.bar.is_some() { self.out.flush() } else { Ok(()) }
    }

    fn note_failure(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.is_closed = true;
            if error.kind() != io::ErrorKind::BrokenPipe {
                self.failure = Some(error);
            }
        }
    }

    /// Writes a list as a result; passwords and tokens in links are masked.
    pub fn list(&mut self, text: &str) {
        self.result(mask(text).as_bytes());
    }

    /// Writes to standard error, after all earlier results. Passwords and tokens in links are always masked.
    pub fn say(&mut self, text: &str) {
        self.hand_over(&mask(text));
    }

    /// Writes text to standard error that its reader is meant to copy: psalink's own address with its own secret.
    pub fn hand_over(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let flushed = if self.is_closed { Ok(()) } else { self.out.flush() };
        self.note_failure(flushed);
        let write = || {
            let mut stderr = AutoStream::auto(io::stderr().lock());
            let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()); // there is nowhere left to report it
        };
        match &self.bar {
            Some(bar) => bar.bar.suspend(write),
            None => write(),
        }
    }

    /// Writes a line to standard error, unless `--quiet` is set.
    pub fn inform(&mut self, line: &str) {
        if !self.quiet {
            self.say(&format!("{}\n", report::wrap(&visible_lines(line), self.style.width, 0)));
        }
    }

    /// Reports what is worth knowing about a file that was written.
    pub fn notes(&mut self, notes: &atomic_write::Notes) {
        notes.lines().for_each(|line| self.inform(line));
    }

    /// Reports an error.
    pub fn error(&mut self, error: &Error) {
        self.say(&report::full::write_error(error, self.style));
    }

    /// Shows a progress bar from now on, if the work takes long and there is a terminal.
    pub fn start_bar(&mut self, files: usize) -> ProgressBar {
        self.start_bar_of(files, "files")
    }

    /// Shows a progress bar that counts something else.
    pub fn start_bar_of(&mut self, files: usize, unit: &str) -> ProgressBar {
        if self.quiet || files < 2 || !io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(&format!("{{wide_bar}} {{pos}} of {{len}} {unit}")) {
            bar.set_style(style);
        }
        let (done, wait) = mpsc::channel::<()>();
        let shown = bar.clone();
        std::thread::spawn(move || {
            if wait.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
                shown.set_draw_target(ProgressDrawTarget::stderr());
                shown.enable_steady_tick(Duration::from_millis(100));
            }
        });
        self.bar = Some(Bar { bar: bar.clone(), _done: done });
        bar
    }

    /// Removes the progress bar.
    pub fn end_bar(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.bar.finish_and_clear();
        }
    }

    /// Writes what is left, and returns the exit code.
    pub fn finish(mut self, status: Status) -> ExitCode {
        self.end_bar();
        let flushed = if self.is_closed { Ok(()) } else { self.out.flush() };
        self.note_failure(flushed);
        let mut status = status;
        if let Some(error) = self.failure.take() {
            self.error(&Error::could_not("write to standard output", error));
            status = Status::Failed;
        }
        // What a closed reader did not accept must not be written again when the buffer is dropped.
        let _ = self.out.into_parts();
        ExitCode::from(status as u8)
    }
}

/// Reports what is wrong with the command line, which may contain a link, or shows the requested help.
pub fn refuse(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.exit();
    }
    let text = error.render().ansi().to_string();
    let mut stderr = AutoStream::auto(io::stderr().lock());
    let _ = stderr.write_all(mask(&text).as_bytes()); // there is nowhere left to report it
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Masks passwords and tokens in links in panic messages from now on, since those may quote text.
pub fn mask_panics() {
    std::panic::set_hook(Box::new(|info| {
        let text = mask(&info.to_string()).into_owned();
        let advice = "this is a bug in psalink; please report it";
        let _ = writeln!(io::stderr().lock(), "psalink {text}\n{advice}"); // there is nowhere left to report it
    }));
}

/// A unified diff for display: in colors, or plain on a terminal. Elsewhere, a program such as `patch` reads it.
pub fn shown_diff(diff: String, colored: bool) -> String {
    match (colored, io::stdout().is_terminal()) {
        (true, _) => colored_diff(&diff),
        (false, true) => visible_lines(&diff).into_owned(),
        (false, false) => diff,
    }
}

/// A unified diff in git's colors.
pub fn colored_diff(diff: &str) -> String {
    use anstyle::{AnsiColor, Style};
    let mut out = String::with_capacity(diff.len() + diff.len() / 8);
    for line in diff.split_inclusive('\n') {
        let style = match line.as_bytes() {
            [b'-', b'-', b'-', b' ', ..] | [b'+', b'+', b'+', b' ', ..] => Style::new().bold(),
            [b'@', b'@', ..] => AnsiColor::Cyan.on_default(),
            [b'+', ..] => AnsiColor::Green.on_default(),
            [b'-', ..] => AnsiColor::Red.on_default(),
            _ => Style::new(),
        };
        let text = line.trim_end_matches(['\n', '\r']);
        let end = &line[text.len()..];
        // A terminal must show control characters from a template, not obey them.
        let text = visible_lines(text);
        out.push_str(&format!("{style}{text}{style:#}{end}"));
    }
    out
}
