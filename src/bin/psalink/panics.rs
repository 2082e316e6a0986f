//! A bug in psalink becomes an error of the file that triggered it, and the other files are processed as usual.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Once, OnceLock};

use psalink::{Error, ErrorKind};

thread_local! {
    /// How many nested [`caught`] calls this thread is in.
    static CATCHING: Cell<usize> = const { Cell::new(0) };
    /// Where the last panic of this thread was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs the work for a file; a panic becomes an error of that file.
///
/// State that the work was changing may be inconsistent afterward, so code that keeps it for another file discards it.
pub fn caught<T>(file: &str, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    match attempt(work) {
        Ok(done) => done,
        Err(place) => {
            Err(mistake("psalink ran into a bug with this file and could not finish it", place.as_deref()).at(file))
        }
    }
}

/// Runs a whole command; a panic that nothing else caught becomes its error.
pub fn caught_in_command<T>(command: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    attempt(command).unwrap_or_else(|place| Err(mistake("psalink ran into a bug and had to stop", place.as_deref())))
}

/// Returns the place of the panic, if there was one.
fn attempt<T>(work: impl FnOnce() -> T) -> Result<T, Option<String>> {
    quiet_hook();
    CATCHING.set(CATCHING.get() + 1);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(CATCHING.get() - 1);
    // The panic message may contain parts of the file, so it is not shown.
    done.map_err(|_| PLACE.take())
}

/// Keeps Rust's own message off the terminal if a panic is caught.
fn quiet_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panic| match CATCHING.get() {
            0 => before(panic),
            _ => PLACE.set(place(panic)),
        }));
    });
}

fn place(panic: &PanicHookInfo<'_>) -> Option<String> {
    let at = panic.location()?;
    Some(format!("{}:{}:{}", in_crate(at.file()), at.line(), at.column()))
}

/// The path of a source file without the folders of the build machine.
fn in_crate(file: &str) -> String {
    let file = file.replace('\\', "/");
    let parts: Vec<&str> = file.split('/').collect();
    // Libraries are in `registry/src/INDEX/NAME-VERSION/src`, the standard library in `rustc/HASH/library`.
    let library = parts.windows(2).position(|pair| pair == ["registry", "src"]).map(|at| at + 3);
    let standard = parts.iter().position(|part| *part == "library").filter(|_| parts.contains(&"rustc"));
    let own_source = parts.iter().position(|part| *part == "src");
    let from = library.or(standard).or(own_source).unwrap_or(parts.len() - 1);
    parts.get(from..).unwrap_or_default().join("/")
}

/// The command of this run.
static COMMAND: OnceLock<&str> = OnceLock::new();

/// Sets the command's name, for the text that a person is asked to report.
pub fn name_command(name: &'static str) {
    let _ = COMMAND.set(name); // set once, at the start
}

fn mistake(subject: &str, place: Option<&str>) -> Error {
    let detail = format!(
        "{subject}. The problem is in psalink, not in your file; please report this line: psalink {}, {}, `psalink {}`, {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        COMMAND.get().unwrap_or(&""),
        place.unwrap_or("unknown place")
    );
    Error::new(ErrorKind::Internal, detail)
}

/// Panics if a file contains the word in the environment variable `PSALINK_TEST_PANIC`, so that tests can check what
/// happens to the other files. Release builds do not have this.
#[cfg(debug_assertions)]
pub fn provoke(bytes: &[u8]) {
    let word = std::env::var_os("PSALINK_TEST_PANIC").filter(|word| !word.is_empty());
    let is_in = |word: std::ffi::OsString| memchr::memmem::find(bytes, word.as_encoded_bytes()).is_some();
    assert!(!word.is_some_and(is_in), "provoked by a test: {}", String::from_utf8_lossy(bytes));
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub fn provoke(_bytes: &[u8]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_its_file_and_reveals_nothing_of_it() {
        let secret = "s3cret";
        let error = caught("a.html", || -> Result<(), Error> { panic!("about {secret}") }).unwrap_err();
        assert_eq!((error.path(), error.kind()), (Some("a.html"), ErrorKind::Internal));
        let text = error.to_string();
        assert!(text.contains("src/bin/psalink/panics.rs:") && text.contains(env!("CARGO_PKG_VERSION")), "{text}");
        assert!(!text.contains(secret), "{text}");
        // A caught panic leaves no trace; the next piece of work is unaffected.
        assert_eq!(caught("b.html", || Ok(7)).unwrap(), 7);
        assert_eq!(
            caught("c.html", || caught("d.html", || -> Result<(), Error> { panic!("x") })).unwrap_err().path(),
            Some("d.html")
        );
        assert_eq!(CATCHING.get(), 0);
    }

    #[test]
    fn a_place_names_no_folder_of_the_build_machine() {
        for (file, shown) in [
            ("src/lint/mod.rs", "src/lint/mod.rs"),
            ("/home/me/psalink/src/lint/mod.rs", "src/lint/mod.rs"),
            (r"C:\Users\me\psalink\src\fix.rs", "src/fix.rs"),
            (
                "/home/me/.cargo/registry/src/index.crates.io-6f17/calamine-0.38.0/src/xlsx.rs",
                "calamine-0.38.0/src/xlsx.rs",
            ),
            ("/rustc/5987/library/core/src/option.rs", "library/core/src/option.rs"),
            ("odd.rs", "odd.rs"),
        ] {
            assert_eq!(in_crate(file), shown);
        }
    }
}
