//! Reads pipes that a user names, with limits on size and time, since a pipe may never send anything and never end.

use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::source::too_large::too_large;

/// How many bytes are read at once.
const PIECE: usize = 64 * 1024;

/// How long a pipe may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PipeTimeouts {
    /// The longest pause.
    pub silence: Duration,
    /// The total time.
    pub whole: Duration,
}

impl Default for PipeTimeouts {
    /// One minute without a byte, ten minutes in total.
    fn default() -> PipeTimeouts {
        PipeTimeouts { silence: Duration::from_secs(60), whole: Duration::from_secs(600) }
    }
}

impl PipeTimeouts {
    /// No time limit, for a person who is typing.
    pub const ENDLESS: PipeTimeouts = PipeTimeouts { silence: Duration::MAX, whole: Duration::MAX };
}

/// Reads a pipe to its end, up to `limit` bytes.
///
/// A separate thread opens and reads it. That thread keeps waiting after the time is up, because nothing can interrupt
/// it.
///
/// # Errors
///
/// An error of the operating system, more bytes than the limit, or a pipe that takes too long.
pub fn read<R: Read>(
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
    limit: u64,
    timeouts: PipeTimeouts,
) -> io::Result<Vec<u8>> {
    let (sender, pieces) = sync_channel::<io::Result<Vec<u8>>>(1);
    let work = move || {
        let mut pipe = match open() {
            Ok(pipe) => pipe,
            Err(error) => return drop(sender.send(Err(error))),
        };
        loop {
            let mut piece = vec![0; PIECE];
            match pipe.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => piece.truncate(length),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return drop(sender.send(Err(error))),
            }
            if sender.send(Ok(piece)).is_err() {
                return; // the receiver is gone
            }
        }
    };
    std::thread::Builder::new().name("pipe".to_owned()).spawn(work)?;
    let end = Instant::now().checked_add(timeouts.whole);
    let mut bytes = Vec::new();
    loop {
        let remaining = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
        match pieces.recv_timeout(timeouts.silence.min(remaining)) {
            Ok(piece) => bytes.extend_from_slice(&piece?),
            Err(RecvTimeoutError::Disconnected) => return Ok(bytes),
            Err(RecvTimeoutError::Timeout) => {
                let reason = match remaining < timeouts.silence {
                    true => format!("it did not end within {} seconds", timeouts.whole.as_secs()),
                    false => format!("it sent nothing for {} seconds", timeouts.silence.as_secs()),
                };
                let detail = format!("{reason}; save what it sends to a file, and use that file");
                return Err(io::Error::new(ErrorKind::TimedOut, detail));
            }
        }
        if bytes.len() as u64 > limit {
            return Err(too_large(None, limit));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends a byte now and then, as long as there are any.
    struct Drip {
        left: usize,
        pause: Duration,
    }

    impl Read for Drip {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 {
                return Ok(0);
            }
            std::thread::sleep(self.pause);
            self.left -= 1;
            to[0] = b'x';
            Ok(1)
        }
    }

    const SHORT: PipeTimeouts = PipeTimeouts { silence: Duration::from_millis(300), whole: Duration::from_millis(900) };

    fn drip(left: usize, pause: u64) -> io::Result<Vec<u8>> {
        read(move || Ok(Drip { left, pause: Duration::from_millis(pause) }), 1000, SHORT)
    }

    #[test]
    fn a_pipe_ends_whatever_it_does() {
        assert_eq!(drip(20, 5).unwrap(), vec![b'x'; 20]);
        let silent = drip(1, 60_000).unwrap_err();
        assert_eq!(silent.kind(), ErrorKind::TimedOut);
        assert!(silent.to_string().starts_with("it sent nothing for"), "{silent}");
        let dripping = drip(usize::MAX, 60).unwrap_err();
        assert!(dripping.to_string().starts_with("it did not end within"), "{dripping}");
        let endless = read(|| Ok(io::repeat(b'x')), 1 << 20, SHORT).unwrap_err();
        assert_eq!(endless.to_string(), "it is larger than 1 MB, which is the limit");
        let broken = read(|| Err::<io::Empty, _>(io::Error::other("gone")), 9, SHORT).unwrap_err();
        assert_eq!(broken.to_string(), "gone");
        assert_eq!(read(|| Ok(&b"1234"[..]), 4, PipeTimeouts::ENDLESS).unwrap(), b"1234");
        assert_eq!(read(|| Ok(&b"1234"[..]), 4, SHORT).unwrap(), b"1234");
    }
}
