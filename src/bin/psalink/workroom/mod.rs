//! Composes sources (`.j2`) in a process of the same program with limits: a source can neither end this process nor use
//! up its memory. That process is started with the first source, lasts for the whole run, and is restarted if it ends.
//!
//! ```text
//! an order of a Composer --frames--> inside: Composer::fill_order --frames--> an answer
//! ```

mod frames;
mod inside;
mod limits;

pub use self::inside::{is_asked_for, work};

use std::collections::HashSet;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use psalink::compose::Workroom;
use psalink::{Error, ErrorKind};

/// How long one template may take: thousands of times what a message needs.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many times as long it may take by the clock, since a busy computer gives the process little CPU time.
const BUSY: u32 = 12;

/// The shortest wait before the process is checked again.
const MOMENT: Duration = Duration::from_millis(20);

/// How long a template may take that took too long before: it is composed again after each change of a file.
const PATIENCE_AGAIN: Duration = Duration::from_secs(1);

/// How long the process may take to start, which a busy computer or a virus scanner may slow down.
const START: Duration = Duration::from_secs(60);

/// How many bytes of the process's last words are read.
const LAST_WORDS: u64 = 4096;

/// The variables that the process needs to start at all. It gets no others, and therefore no password.
const VARIABLES: [&str; 4] = ["SystemRoot", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// The one such process of this run.
static SHARED: LazyLock<Arc<OtherProcess>> = LazyLock::new(Arc::default);

/// Where all sources of this run are composed.
pub fn shared() -> Arc<dyn Workroom> {
    Arc::clone(&SHARED) as Arc<dyn Workroom>
}

/// The process, once it has been started.
#[derive(Debug, Default)]
struct OtherProcess {
    state: Mutex<ProcessState>,
}

#[derive(Debug, Default)]
struct ProcessState {
    running: Option<Running>,
    /// The templates that took too long when they were last composed.
    slow: HashSet<String>,
}

/// A process that waits for orders.
#[derive(Debug)]
struct Running {
    child: Child,
    orders: Sender<Vec<u8>>,
    answers: Receiver<io::Result<Vec<u8>>>,
    last_words: Option<JoinHandle<String>>,
}

impl Workroom for OtherProcess {
    fn bring(&self, name: &str, order: Vec<u8>) -> Result<Vec<u8>, Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = if state.slow.remove(name) { PATIENCE_AGAIN } else { PATIENCE };
        // If the process was killed from outside, the template is not to blame, and a new process tries again.
        if let Some(mut running) = state.running.take().and_then(Running::if_it_runs) {
            match running.answer(order.clone(), patience) {
                Ok(answer) => {
                    state.running = Some(running);
                    return Ok(answer);
                }
                Err(Failed::TooSlow) => return Err(state.too_slow(name)),
                Err(Failed::Ended) => {}
            }
        }
        let mut running = Running::start().map_err(|reason| {
            let detail = format!(
                "psalink could not start its second process, which builds sources (.j2): {reason}; other templates are not \
                 affected"
            );
            Error::new(ErrorKind::Template, detail).at(name)
        })?;
        match running.answer(order, patience) {
            Ok(answer) => {
                state.running = Some(running);
                Ok(answer)
            }
            Err(Failed::TooSlow) => Err(state.too_slow(name)),
            Err(Failed::Ended) => Err(Error::new(ErrorKind::Template, running.why_it_ended()).at(name)),
        }
    }
}

impl ProcessState {
    /// The error about a template that took too long, which gets less time when it is composed again.
    fn too_slow(&mut self, name: &str) -> Error {
        self.slow.insert(name.to_owned());
        let detail = format!(
            "this took longer than {} seconds, so psalink stopped it; look for a loop that runs too often, values that \
             grow in a loop, or a file that is too large",
            PATIENCE.as_secs()
        );
        Error::new(ErrorKind::Template, detail).at(name)
    }
}

/// Why there is no answer.
enum Failed {
    TooSlow,
    Ended,
}

impl Running {
    fn start() -> Result<Running, String> {
        let mut command = command().map_err(|error| Error::reason(&error))?;
        let mut child = command.spawn().map_err(|error| Error::reason(&error))?;
        let (Some(mut input), Some(mut output), Some(errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err("it has no pipes".to_owned());
        };
        let (orders, to_do) = mpsc::channel::<Vec<u8>>();
        let (done, answers) = mpsc::channel();
        // Waiting for an answer must be able to time out, but reading from a pipe cannot.
        let talk = move || {
            let mut next = frames::read(&mut output); // reports that it is ready
            loop {
                let is_over = next.is_err();
                if done.send(next).is_err() || is_over {
                    return;
                }
                let Ok(order) = to_do.recv() else { return };
                next = frames::write(&mut input, &order).and_then(|()| frames::read(&mut output));
            }
        };
        let spawned = thread::Builder::new().spawn(talk);
        let listening = thread::Builder::new().spawn(move || listen(errors));
        let mut running = Running { child, orders, answers, last_words: listening.ok() };
        if let Err(error) = spawned {
            return Err(Error::reason(&error));
        }
        match running.answers.recv_timeout(START) {
            Ok(Ok(_)) => Ok(running),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(running.why_it_ended()),
            Err(RecvTimeoutError::Timeout) => Err(format!("it was not ready after {} seconds", START.as_secs())),
        }
    }

    fn if_it_runs(mut self) -> Option<Running> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    fn answer(&mut self, order: Vec<u8>, patience: Duration) -> Result<Vec<u8>, Failed> {
        if self.orders.send(order).is_err() {
            return Err(Failed::Ended);
        }
        let (start, worked) = (Instant::now(), limits::worked(self.child.id()));
        let mut wait = patience;
        loop {
            match self.answers.recv_timeout(wait) {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => return Err(Failed::Ended),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = limits::worked(self.child.id());
            let worked = worked.zip(now).map_or(patience, |(before, now)| now.saturating_sub(before));
            wait = patience.saturating_sub(worked).max(MOMENT);
            if worked >= patience || start.elapsed() >= patience * BUSY {
                return Err(Failed::TooSlow);
            }
        }
    }

    /// The message about a process that ended by itself.
    fn why_it_ended(&mut self) -> String {
        // It may have closed its pipes but still be running.
        let _ = self.child.kill();
        let status = self.child.wait().ok();
        let output = self.last_words.take().and_then(|listening| listening.join().ok()).unwrap_or_default();
        if output.contains("memory allocation of") {
            return format!(
                "this needs more memory than the {} MB that psalink allows for a template; look for values that grow in a \
                 loop",
                limits::MEMORY >> 20
            );
        }
        if output.contains("overflowed its stack") {
            return "a value here contains itself or is nested too deeply, so psalink stopped it; look for a list or \
                    `namespace()` that is added to itself, or wrapped again in a loop"
                .to_owned();
        }
        let how = status.map(|status: ExitStatus| format!(" ({status})")).unwrap_or_default();
        format!(
            "psalink's process for sources (.j2) ended{how} while it worked on this; try again, and report it if it \
                 happens again"
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}

/// This program as a child process that composes templates.
fn command() -> io::Result<Command> {
    let named = std::env::current_exe()?;
    // If a new version was installed over this one, only the system still knows the running program.
    let program = if named.exists() { named } else { PathBuf::from("/proc/self/exe") };
    let mut command = Command::new(program);
    command.arg(inside::WORD).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_clear().env("MALLOC_ARENA_MAX", "1"); // glibc would reserve 64 MB for each thread
    command.envs(VARIABLES.iter().filter_map(|name| Some((*name, std::env::var_os(name)?))));
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut command, "psalink");
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(&mut command, 0x0800_0000); // CREATE_NO_WINDOW
    Ok(command)
}

/// The start of what the process prints; the rest is dropped, so that the process never waits for a reader.
fn listen(mut errors: ChildStderr) -> String {
    let mut output = Vec::new();
    let _ = errors.by_ref().take(LAST_WORDS).read_to_end(&mut output); // what was read counts
    let _ = io::copy(&mut errors, &mut io::sink());
    String::from_utf8_lossy(&output).into_owned()
}
