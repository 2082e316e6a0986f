//! A mail server for tests: follows a script, and records what it receives.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a server does instead of its normal behavior.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Sends this.
    Say(&'static str),
    /// Sends this and closes the connection.
    SayAndClose(&'static str),
    /// Closes the connection.
    Close,
    /// Stops answering.
    Silence,
}

/// When something is done: at which command, after how many times, and how often. `CONNECT`, `BODY` (in the middle of a
/// message) and `DOT` (at its end) are not commands, but stand for these moments.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    pub at: &'static str,
    pub skip: usize,
    pub times: usize,
    pub act: Act,
}

/// What a server offers and does.
#[derive(Clone, Default)]
pub struct Script {
    pub offers: Vec<&'static str>,
    pub rules: Vec<Rule>,
    /// Who may sign in; no one else gets any further.
    pub login: Option<(&'static str, &'static str)>,
    pub tls: Option<Arc<ServerConfig>>,
    /// Whether TLS begins with the first byte.
    pub implicit: bool,
}

/// A message that was accepted.
#[derive(Clone, Debug)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub data: Vec<u8>,
}

/// What has happened.
#[derive(Default)]
pub struct Seen {
    pub mails: Vec<Received>,
    pub connections: usize,
    pub commands: Vec<String>,
    started: usize,
    /// How often each rule's moment has come.
    met: Vec<usize>,
}

pub struct Sink {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
}

impl Sink {
    pub fn new(script: Script) -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen { met: vec![0; script.rules.len()], ..Seen::default() }));
        let stop = Arc::new(AtomicBool::new(false));
        let (shared, stopped) = (Arc::clone(&seen), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), script, seen) = (stream, script.clone(), Arc::clone(&shared)) else { return };
                std::thread::spawn(move || {
                    // A client that disconnects is not the server's fault.
                    let _ = Session { script, seen, name: String::new(), signed_in: false }.run(stream);
                });
            }
        });
        Sink { address, seen, stop }
    }

    /// A server that differs from the normal behavior in one respect.
    pub fn that(at: &'static str, skip: usize, times: usize, act: Act) -> Sink {
        Sink::new(Script { rules: vec![Rule { at, skip, times, act }], ..Script::default() })
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// Messages that were started, whether they were completed or not.
    pub fn started(&self) -> usize {
        self.seen().started
    }

    pub fn mails(&self) -> Vec<Received> {
        self.seen().mails.clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

struct Session {
    script: Script,
    seen: Arc<Mutex<Seen>>,
    name: String,
    signed_in: bool,
}

/// What comes next in a conversation.
enum Next {
    Go,
    Secure,
    End,
}

impl Session {
    fn run(mut self, tcp: TcpStream) -> io::Result<()> {
        self.seen.lock().unwrap().connections += 1;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(Duration::from_secs(30)))?;
        let raw = tcp.try_clone()?;
        let mut stream: Box<dyn Stream> =
            if self.script.implicit { self.secure(tcp.try_clone()?) } else { Box::new(tcp.try_clone()?) };
        if let Next::End = self.answer("CONNECT", "220 sink.example ESMTP", &mut *stream)? {
            return raw.shutdown(Shutdown::Both);
        }
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let Some(line) = line(&mut *stream)? else { return Ok(()) };
            self.seen.lock().unwrap().commands.push(line.clone());
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let next = match verb.as_str() {
                "EHLO" => {
                    let mut answer = String::from("250-sink.example\r\n");
                    self.script.offers.iter().for_each(|offer| answer += &format!("250-{offer}\r\n"));
                    self.answer("EHLO", &format!("{answer}250 SIZE 99999999"), &mut *stream)?
                }
                "STARTTLS" => match self.answer("STARTTLS", "220 go on", &mut *stream)? {
                    Next::Go => Next::Secure,
                    next => next,
                },
                "AUTH" => self.auth(&line, &mut *stream)?,
                "MAIL" if self.script.login.is_some() && !self.signed_in => {
                    self.answer("MAIL", "530 5.7.0 sign in first", &mut *stream)?
                }
                "MAIL" => {
                    from = line[5..].to_owned();
                    to.clear();
                    self.answer("MAIL", "250 2.1.0 fine", &mut *stream)?
                }
                "RCPT" => {
                    let rule = self.rule("RCPT");
                    if rule.is_none() {
                        to.push(line[8..].to_owned());
                    }
                    self.act(rule, "250 2.1.5 fine", &mut *stream)?
                }
                "DATA" => {
                    let rule = self.rule("DATA");
                    match self.act(rule, "354 go on", &mut *stream)? {
                        Next::Go if rule.is_none() => self.data(&from, &to, &mut *stream)?,
                        next => next,
                    }
                }
                "RSET" | "NOOP" => self.answer(&verb, "250 fine", &mut *stream)?,
                "QUIT" => {
                    self.answer("QUIT", "221 bye", &mut *stream)?;
                    Next::End
                }
                _ => self.answer(&verb, "500 what?", &mut *stream)?,
            };
            match next {
                Next::Go => {}
                Next::Secure => stream = self.secure(tcp.try_clone()?),
                Next::End => return raw.shutdown(Shutdown::Both),
            }
        }
    }

    fn data(&mut self, from: &str, to: &[String], stream: &mut dyn Stream) -> io::Result<Next> {
        self.seen.lock().unwrap().started += 1;
        let cut = self.rule("BODY");
        let mut data = Vec::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            let count = stream.read(&mut buffer)?;
            if count == 0 {
                return Ok(Next::End);
            }
            data.extend_from_slice(&buffer[..count]);
            if cut.is_some() {
                return self.act(cut, "", stream);
            }
            if data.ends_with(b"\r\n.\r\n") {
                break;
            }
        }
        data.truncate(data.len() - 3);
        let rule = self.rule("DOT");
        let is_kept = match rule {
            // The message has arrived, but the reply is lost on the way.
            Some(Act::Close | Act::Silence) | None => true,
            Some(Act::Say(text) | Act::SayAndClose(text)) => text.starts_with('2'),
        };
        if is_kept {
            let mail = Received { from: from.to_owned(), to: to.to_vec(), data: unstuffed(&data) };
            self.seen.lock().unwrap().mails.push(mail);
        }
        self.act(rule, "250 2.0.0 taken", stream)
    }

    fn auth(&mut self, line: &str, stream: &mut dyn Stream) -> io::Result<Next> {
        let decode =
            |text: &str| String::from_utf8(STANDARD.decode(text.trim()).unwrap_or_default()).unwrap_or_default();
        let mut words = line.split(' ').skip(1);
        let (user, password) = match (words.next(), words.next()) {
            (Some("PLAIN"), Some(initial)) => {
                let text = decode(initial);
                let mut parts = text.split('\0').skip(1).map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
            }
            (Some("LOGIN"), None) => {
                stream.write_all(b"334 VXNlcm5hbWU6\r\n")?;
                let user = self::line(stream)?.unwrap_or_default();
                stream.write_all(b"334 UGFzc3dvcmQ6\r\n")?;
                let password = self::line(stream)?.unwrap_or_default();
                (decode(&user), decode(&password))
            }
            _ => return self.answer("AUTH", "504 not that way", stream),
        };
        self.name = user;
        if self.script.login == Some((self.name.as_str(), password.as_str())) {
            self.signed_in = true;
            self.answer("AUTH", "235 2.7.0 welcome", stream)
        } else {
            // As bad as a server can be: it sends back what it received.
            let echo = format!("535 5.7.8 {password} ({}) is wrong, you said {line}", STANDARD.encode(&password));
            self.answer("AUTH", &echo, stream)
        }
    }

    fn secure(&self, tcp: TcpStream) -> Box<dyn Stream> {
        let config = Arc::clone(self.script.tls.as_ref().unwrap());
        Box::new(StreamOwned::new(ServerConnection::new(config).unwrap(), tcp))
    }

    /// What to do now instead of the normal behavior.
    fn rule(&mut self, at: &str) -> Option<Act> {
        let mut seen = self.seen.lock().unwrap();
        let mut act = None;
        for (rule, count) in self.script.rules.iter().zip(&mut seen.met).filter(|(rule, _)| rule.at == at) {
            if (rule.skip..rule.skip.saturating_add(rule.times)).contains(count) {
                act = act.or(Some(rule.act));
            }
            *count += 1;
        }
        act
    }

    fn answer(&mut self, at: &str, usual: &str, stream: &mut dyn Stream) -> io::Result<Next> {
        let rule = self.rule(at);
        self.act(rule, usual, stream)
    }

    fn act(&self, rule: Option<Act>, usual: &str, stream: &mut dyn Stream) -> io::Result<Next> {
        let mut say = |text: &str| {
            if text.is_empty() { Ok(()) } else { stream.write_all(format!("{text}\r\n").as_bytes()) }
        };
        match rule {
            None => say(usual)?,
            Some(Act::Say(text)) => say(text)?,
            Some(Act::SayAndClose(text)) => {
                say(text)?;
                return Ok(Next::End);
            }
            Some(Act::Close) => return Ok(Next::End),
            Some(Act::Silence) => {
                let mut rest = [0; 1024];
                while stream.read(&mut rest)? > 0 {}
                return Ok(Next::End);
            }
        }
        stream.flush()?;
        Ok(Next::Go)
    }
}

fn line(stream: &mut dyn Stream) -> io::Result<Option<String>> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while !line.ends_with(b"\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        line.push(byte[0]);
    }
    line.truncate(line.len() - 2);
    Ok(Some(String::from_utf8(line).unwrap()))
}

fn unstuffed(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut is_start = true;
    for &byte in data {
        if !(is_start && byte == b'.') {
            out.push(byte);
        }
        is_start = byte == b'\n';
    }
    out
}

/// An authority, and the server certificate that it signed.
pub struct Certificates {
    pub authority: String,
    pub config: Arc<ServerConfig>,
}

impl Certificates {
    pub fn new(name: &str, expired: bool) -> Certificates {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, format!("Authority of {name} ({expired})"));
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = rcgen::KeyPair::generate().unwrap();
        let authority = params.self_signed(&key).unwrap().pem();
        let issuer = rcgen::Issuer::new(params, key);
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        if expired {
            params.not_before = rcgen::date_time_ymd(2019, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Certificates { authority, config: Arc::new(config) }
    }
}
