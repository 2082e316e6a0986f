//! Stops work that no page is waiting for any more, so that it writes nothing.
//!
//! A thread cannot be stopped from outside, so the work itself checks between its steps.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use psalink::{Error, ErrorKind};

thread_local! {
    static CURRENT: RefCell<Patience> = RefCell::default();
}

/// Whether a page is still waiting; held by the work.
#[derive(Clone, Debug, Default)]
pub struct Patience(Arc<AtomicBool>);

/// A waiting page: the work ends soon after this is dropped.
#[derive(Debug)]
pub struct Waiting(Patience);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Patience {
    /// Starts waiting.
    pub fn begin() -> (Waiting, Patience) {
        let patience = Patience::default();
        (Waiting(patience.clone()), patience)
    }

    /// Does the work of a request on this thread.
    pub fn hold<T>(self, work: impl FnOnce() -> T) -> T {
        struct RestoreOnDrop(Patience);
        impl Drop for RestoreOnDrop {
            fn drop(&mut self) {
                CURRENT.set(std::mem::take(&mut self.0));
            }
        }
        let _before = RestoreOnDrop(CURRENT.replace(self));
        work()
    }

    /// The patience of the request that this thread is working on, to pass to other threads.
    pub fn current() -> Patience {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Ends the work if no page is waiting for it.
    ///
    /// # Errors
    ///
    /// A page that has gone, or that was told that this takes too long.
    pub fn check(&self) -> Result<(), Error> {
        match self.0.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(Error::new(ErrorKind::Io, "canceled, because the page no longer waits for the answer")),
        }
    }
}

/// Ends the work of this thread if no page is waiting for it.
///
/// # Errors
///
/// See [`Patience::check`].
pub fn check() -> Result<(), Error> {
    Patience::current().check()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_when_the_page_has_gone() {
        let (waiting, patience) = Patience::begin();
        patience.hold(|| {
            assert!(check().is_ok());
            let elsewhere = Patience::current();
            drop(waiting);
            assert!(check().is_err());
            assert!(std::thread::spawn(move || elsewhere.check().is_err()).join().unwrap());
        });
        assert!(check().is_ok(), "other work of this thread goes on");
    }
}
