//! A stack of known size, so that allowed nesting fits no matter which thread asks for it.

use std::thread;

use crate::error::{Error, ErrorKind};

/// The stack on which templates are composed. It only takes as much memory as is used.
const SIZE: usize = 256 << 20;

/// Runs work on a separate thread with a large stack. `name` is the file that the work is about.
///
/// # Errors
///
/// An error of the work, a thread that cannot be started, or a bug in psalink.
pub(super) fn known<T: Send>(name: &str, work: impl FnOnce() -> Result<T, Error> + Send) -> Result<T, Error> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(SIZE).spawn_scoped(scope, work).map_err(|error| {
            let detail = format!("there is not enough memory to build this template: {}", Error::reason(&error));
            Error::new(ErrorKind::Template, detail).at(name).because(error)
        })?;
        thread.join().unwrap_or_else(|_| {
            let detail = "psalink failed on this template; this is a bug, please report it";
            Err(Error::new(ErrorKind::Template, detail).at(name))
        })
    })
}
