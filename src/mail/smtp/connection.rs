//! A connection to a mail server: sends commands and receives replies, within limits on size and time.
//!
//! The SMTP commands are lettre's, but its connection is not used. It keeps what a server sends before TLS begins and
//! treats it as replies inside TLS, it reads an endless line until memory is full, and it restarts the time limit with
//! every byte that arrives.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::stream::{Stream, Wire, left};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// The length of the longest line in a reply (Postfix's `line_length_limit`; RFC 5321 allows 512 bytes).
const LONGEST_LINE: usize = 2048;

/// The length of the longest reply (Postfix's `smtp_response_limit`).
const LONGEST_REPLY: usize = 100_000;

/// How many bytes are read or written at a time.
const PIECE: usize = 32 * 1024;

/// An open connection.
pub(super) struct Connection {
    stream: Stream,
    /// What has arrived and does not belong to a reply yet.
    arrived: Vec<u8>,
    /// When everything must be finished, regardless of the limits of single steps.
    bound: Deadline,
    is_broken: bool,
}

/// A server's reply to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub code: u16,
    /// The text of each line, without the code.
    pub lines: Vec<String>,
}

/// Why a command has no positive reply.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server refuses.
    Refused(Reply),
    /// An error of the operating system or TLS.
    Io(io::Error),
    /// The time is up.
    Late(Deadline),
    /// The server closed the connection.
    Closed,
    /// What arrived is not SMTP.
    NotSmtp,
    /// The reply is too long.
    TooLong,
    /// The server sent something before it was asked. Inside TLS, it may come from anyone on the way.
    Early,
}

/// A message that was not accepted.
#[derive(Debug)]
pub(super) struct Undelivered {
    pub failure: Failure,
    /// Whether the end of the message was sent, so that the server may have accepted it after all.
    pub is_complete: bool,
}

/// When something must be finished.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    at: Instant,
    /// The total time allowed.
    pub limit: Duration,
    pub scope: Scope,
}

/// What a deadline applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// One step: a connection, or the reply to a command.
    Step,
    /// Everything about one message.
    Message,
    /// Everything that is sent.
    All,
}

impl Deadline {
    pub fn after(limit: Duration, scope: Scope) -> Deadline {
        Deadline { at: Instant::now() + limit, limit, scope }
    }

    pub fn earlier(self, other: Deadline) -> Deadline {
        if other.at < self.at { other } else { self }
    }

    pub fn is_over(self) -> bool {
        self.at <= Instant::now()
    }
}

impl Reply {
    /// The reply on one line; an extended code such as `5.7.1` that every line repeats appears only once.
    pub fn text(&self) -> String {
        let Some((first, more)) = self.lines.split_first() else { return String::new() };
        let word = first.split(' ').next().unwrap_or_default();
        let is_code = word.split('.').count() == 3 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let mut text = first.clone();
        for line in more {
            let line = if is_code { line.strip_prefix(word).unwrap_or(line) } else { line };
            text.push(' ');
            text.push_str(line.trim_start());
        }
        text
    }
}

impl Connection {
    /// Connects to one of several addresses of a server, with TLS from the start if a configuration is given.
    pub fn open(
        addresses: &[SocketAddr],
        tls: Option<(&Arc<ClientConfig>, ServerName<'static>)>,
        limit: Duration,
        bound: Deadline,
    ) -> Result<Connection, Failure> {
        let deadline = Deadline::after(limit, Scope::Step).earlier(bound);
        let mut last = Failure::Late(deadline);
        for address in addresses {
            let Some(left) = left(deadline.at) else { break };
            match TcpStream::connect_timeout(address, left) {
                Ok(tcp) => {
                    // A command is written all at once, so there is nothing to wait for.
                    tcp.set_nodelay(true).map_err(Failure::Io)?;
                    let stream = Stream::Plain(Wire { tcp, deadline: deadline.at });
                    let connection = Connection { stream, arrived: Vec::new(), bound, is_broken: false };
                    return match tls {
                        None => Ok(connection),
                        Some((config, name)) => connection.secured(config, name, limit),
                    };
                }
                Err(error) => last = deadline.failure(error),
            }
        }
        Err(last)
    }

    /// Switches to TLS. Anything that the server sent unencrypted and that was not read yet ends the connection: it may
    /// come from anyone on the way, and must never count as a reply inside TLS (RFC 3207, CVE-2011-0411).
    pub fn secured(
        self,
        config: &Arc<ClientConfig>,
        name: ServerName<'static>,
        limit: Duration,
    ) -> Result<Connection, Failure> {
        let Stream::Plain(mut wire) = self.stream else { return Ok(self) };
        if !self.arrived.is_empty() {
            return Err(Failure::Early);
        }
        let deadline = Deadline::after(limit, Scope::Step).earlier(self.bound);
        wire.deadline = deadline.at;
        let broken = |error: rustls::Error| Failure::Io(io::Error::new(io::ErrorKind::InvalidData, error));
        let mut tls = ClientConnection::new(Arc::clone(config), name).map_err(broken)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut wire).map_err(|error| deadline.failure(error))?;
        }
        let stream = Stream::Secured(Box::new(StreamOwned::new(tls, wire)));
        Ok(Connection { stream, ..self })
    }

    pub fn is_secured(&self) -> bool {
        matches!(self.stream, Stream::Secured(_))
    }

    /// Whether it can no longer be used.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Sets when everything that follows must be finished.
    pub fn bind(&mut self, bound: Deadline) {
        self.bound = bound;
    }

    /// Reads the server's greeting.
    pub fn greeting(&mut self, limit: Duration) -> Result<Reply, Failure> {
        self.taking_note(|connection| {
            let deadline = connection.deadline(limit);
            connection.reply(deadline)
        })
    }

    /// Sends a command with its line ending, and reads the reply.
    pub fn command(&mut self, command: impl fmt::Display, limit: Duration) -> Result<Reply, Failure> {
        self.line(command.to_string().as_bytes(), limit)
    }

    /// The same for a command that the caller keeps in memory and wipes.
    pub fn line(&mut self, command: &[u8], limit: Duration) -> Result<Reply, Failure> {
        self.taking_note(|connection| {
            if !connection.arrived.is_empty() {
                return Err(connection.unasked());
            }
            let deadline = connection.deadline(limit);
            connection.write(command, deadline)?;
            connection.reply(deadline)
        })
    }

    /// Sends a message with its lines in SMTP format (RFC 5321, 4.5.2), and reads the reply. The limit applies to each
    /// piece and to the reply.
    pub fn message(&mut self, bytes: &[u8], limit: Duration) -> Result<Reply, Undelivered> {
        let mut is_complete = false;
        let sent = self.taking_note(|connection| {
            if !connection.arrived.is_empty() {
                return Err(connection.unasked());
            }
            let mut piece = Vec::with_capacity(PIECE.min(bytes.len() + 8));
            let mut rest = bytes;
            while !rest.is_empty() {
                let end = memchr::memmem::find(rest, b"\r\n").map_or(rest.len(), |end| end + 2);
                let (line, more) = rest.split_at(end);
                if piece.len() + line.len() + 8 > PIECE && !piece.is_empty() {
                    let deadline = connection.deadline(limit);
                    connection.write(&piece, deadline)?;
                    piece.clear();
                }
                if line.starts_with(b".") {
                    piece.push(b'.');
                }
                piece.extend_from_slice(line);
                rest = more;
            }
            if !bytes.ends_with(b"\r\n") {
                piece.extend_from_slice(b"\r\n");
            }
            piece.extend_from_slice(b".\r\n");
            let deadline = connection.deadline(limit);
            is_complete = true;
            connection.write(&piece, deadline)?;
            connection.reply(deadline)
        });
        sent.map_err(|failure| Undelivered { failure, is_complete })
    }

    fn deadline(&self, limit: Duration) -> Deadline {
        Deadline::after(limit, Scope::Step).earlier(self.bound)
    }

    /// After anything but a proper refusal, the state of the connection is unknown.
    fn taking_note(&mut self, step: impl FnOnce(&mut Connection) -> Result<Reply, Failure>) -> Result<Reply, Failure> {
        let result = step(self);
        let is_over = |reply: &Reply| reply.code == 421;
        if match &result {
            Ok(reply) => is_over(reply),
            Err(Failure::Refused(reply)) => is_over(reply),
            Err(_) => true,
        } {
            self.is_broken = true;
            let _ = self.stream.tcp().shutdown(Shutdown::Both);
        }
        result
    }

    /// Handles data that the server sent unasked: it may only announce that it closes the connection.
    fn unasked(&mut self) -> Failure {
        match taken(&mut self.arrived) {
            Ok(Some(reply)) if reply.code == 421 => Failure::Refused(reply),
            _ => Failure::Early,
        }
    }

    fn write(&mut self, bytes: &[u8], deadline: Deadline) -> Result<(), Failure> {
        self.stream.set_deadline(deadline.at);
        self.stream.write_all(bytes).and_then(|()| self.stream.flush()).map_err(|error| deadline.failure(error))
    }

    fn reply(&mut self, deadline: Deadline) -> Result<Reply, Failure> {
        self.stream.set_deadline(deadline.at);
        let mut piece = [0; 4096];
        loop {
            if let Some(reply) = taken(&mut self.arrived)? {
                return match reply.code {
                    200..=399 => Ok(reply),
                    _ => Err(Failure::Refused(reply)),
                };
            }
            match self.stream.read(&mut piece) {
                Ok(0) => return Err(Failure::Closed),
                Ok(count) => self.arrived.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(deadline.failure(error)),
            }
        }
    }
}

impl Deadline {
    fn failure(self, error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Failure::Late(self),
            _ => Failure::Io(error),
        }
    }
}

/// Removes a whole reply from what has arrived, if there is one.
fn taken(arrived: &mut Vec<u8>) -> Result<Option<Reply>, Failure> {
    let mut reply: Option<Reply> = None;
    let mut start = 0;
    loop {
        let rest = &arrived[start..];
        let Some(end) = memchr::memmem::find(&rest[..rest.len().min(LONGEST_LINE)], b"\r\n") else {
            let is_too_long = rest.len() >= LONGEST_LINE || arrived.len() > LONGEST_REPLY;
            return if is_too_long { Err(Failure::TooLong) } else { Ok(None) };
        };
        let (code, is_last, text) = parts(&rest[..end])?;
        start += end + 2;
        let reply = reply.get_or_insert_with(|| Reply { code, lines: Vec::new() });
        if reply.code != code {
            return Err(Failure::NotSmtp);
        }
        // Servers use any encoding.
        reply.lines.push(String::from_utf8_lossy(text).into_owned());
        if is_last {
            let reply = std::mem::replace(reply, Reply { code, lines: Vec::new() });
            arrived.drain(..start);
            return Ok(Some(reply));
        }
        if start > LONGEST_REPLY {
            return Err(Failure::TooLong);
        }
    }
}

/// The code of a line, whether it is the last line of its reply, and its text.
fn parts(line: &[u8]) -> Result<(u16, bool, &[u8]), Failure> {
    let (Some([a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9']), rest) =
        (line.first_chunk::<3>(), line.get(3..).unwrap_or_default())
    else {
        return Err(Failure::NotSmtp);
    };
    let digit = |byte: &u8| u16::from(byte - b'0');
    let code = digit(a) * 100 + digit(b) * 10 + digit(c);
    match rest {
        [] => Ok((code, true, rest)),
        [b' ', text @ ..] => Ok((code, true, text)),
        [b'-', text @ ..] => Ok((code, false, text)),
        _ => Err(Failure::NotSmtp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> (Result<Option<Reply>, Failure>, Vec<u8>) {
        let mut arrived = text.to_vec();
        let reply = taken(&mut arrived);
        (reply, arrived)
    }

    #[test]
    fn replies_end_where_they_say() {
        for (text, code, lines, rest) in [
            (&b"250 ok\r\n"[..], 250, vec!["ok"], &b""[..]),
            (b"250\r\n", 250, vec![""], b""),
            (b"250-a\r\n250- \r\n250-\r\n250 b\r\nrest", 250, vec!["a", " ", "", "b"], b"rest"),
            (b"354 go\xff on\r\n", 354, vec!["go\u{fffd} on"], b""),
        ] {
            let (reply, left) = read(text);
            let lines = lines.into_iter().map(str::to_owned).collect();
            assert_eq!((reply.unwrap(), left), (Some(Reply { code, lines }), rest.to_vec()));
        }
        for text in [&b""[..], b"25", b"250", b"250 ok", b"250 ok\r", b"250 ok\n", b"250-a\r\n", b"250-a\r\n250 b"] {
            assert!(matches!(read(text), (Ok(None), left) if left == text), "{text:?}");
        }
        for text in
            [&b"hello\r\n"[..], b"650 x\r\n", b"25\r\n", b"250_x\r\n", b"250-a\r\n251 b\r\n", b"\r\n", b"2x0 a\r\n"]
        {
            assert!(matches!(read(text).0, Err(Failure::NotSmtp)), "{text:?}");
        }
    }

    #[test]
    fn a_reply_has_an_end() {
        let line = |length: usize| [&b"220 "[..], &vec![b'x'; length]].concat();
        assert!(matches!(read(&line(LONGEST_LINE)).0, Err(Failure::TooLong)));
        assert!(matches!(read(&line(1000)).0, Ok(None)));
        assert!(matches!(read(&b"250-x\r\n".repeat(LONGEST_REPLY / 7 + 2)).0, Err(Failure::TooLong)));
    }

    #[test]
    fn an_extended_code_is_said_once() {
        for (lines, expected) in [
            (vec!["5.7.1 no", "5.7.1 never"], "5.7.1 no never"),
            (vec!["no", "never"], "no never"),
            (vec![], ""),
            (vec!["1.2 x", "1.2 y"], "1.2 x 1.2 y"),
        ] {
            let reply = Reply { code: 550, lines: lines.into_iter().map(str::to_owned).collect() };
            assert_eq!(reply.text(), expected);
        }
    }
}
