//! The bytes of a connection, with or without TLS, each read and written before a deadline.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustls::{ClientConnection, StreamOwned};
pub(super) enum Stream {
    Plain(Wire),
    Secured(Box<StreamOwned<ClientConnection, Wire>>),
}

impl Stream {
    pub(super) fn wire(&mut self) -> &mut Wire {
        match self {
            Stream::Plain(wire) => wire,
            Stream::Secured(stream) => &mut stream.sock,
        }
    }

    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        self.wire().deadline = deadline;
    }

    pub(super) fn tcp(&mut self) -> &TcpStream {
        &self.wire().tcp
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(wire) => wire.read(buffer),
            Stream::Secured(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(wire) => wire.write(bytes),
            Stream::Secured(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Stream::Plain(wire) => wire.flush(),
            Stream::Secured(stream) => stream.flush(),
        }
    }
}

/// A socket that waits until a deadline, however many bytes arrive before; TLS may read it any number of times.
pub(super) struct Wire {
    pub(super) tcp: TcpStream,
    pub(super) deadline: Instant,
}

pub(super) fn left(deadline: Instant) -> Option<Duration> {
    // The operating system does not accept a timeout of zero.
    deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
}

impl Wire {
    fn left(&self) -> io::Result<Option<Duration>> {
        left(self.deadline).map(Some).ok_or_else(|| io::Error::from(io::ErrorKind::TimedOut))
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(self.left()?)?;
        self.tcp.read(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(self.left()?)?;
        self.tcp.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}
