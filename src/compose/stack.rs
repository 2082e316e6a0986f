//! A stack of known size, so that what is allowed to be nested fits whatever thread asks for it.

use std::thread;

use crate::error::{Error, ErrorKind};

/// The stack on which templates are put together. It takes memory only as far as it is used.
const SIZE: usize = 256 << 20;

/// Does work on a thread of its own with a large stack. `name` is the file that the work is about.
///
/// # Errors
///
/// What the work gives, a thread that cannot be started, and a mistake of psalink's in it.
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
