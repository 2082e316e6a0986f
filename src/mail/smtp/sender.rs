//! The postman: takes messages to a mail server, many over one connection, and knows what became of each.

use std::fmt;
use std::time::Duration;

use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{MailBodyParameter, MailParameter};

use super::connection::{Connection, Deadline, Failure, Reply, Scope, Undelivered};
use super::failure::{Trouble, explain, is_broken_pipe};
use super::server::{Link, MailServer};
use super::transcript::{Listener, Talk};
use crate::mail::Letter;
use crate::mail::address::MailAddress;

/// What became of a message for one of its recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The recipient.
    pub to: MailAddress,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server has taken it.
    Sent,
    /// It was not sent, for this reason.
    NotSent(String),
    /// It was handed over and no answer came: it may have arrived. It is not sent again, since it would arrive twice.
    Unknown(String),
}

/// Takes messages to a mail server, over one connection as long as it lasts.
pub struct Postman<'a> {
    server: MailServer,
    talk: Talk<'a>,
    link: Option<Link>,
    has_connected: bool,
    /// How many messages in a row were not sent because the connection was lost again and again.
    lost: usize,
    /// Why no further message can be sent.
    given_up: Option<String>,
    waited: Duration,
    /// Until when all that is sent must be sent; it begins with the first message.
    all: Option<Deadline>,
}

impl<'a> Postman<'a> {
    /// A postman for a server. `tell` hears the conversation line by line, without the password.
    pub fn new(server: MailServer, tell: Option<Listener<'a>>) -> Postman<'a> {
        let talk = Talk::new(server.login.as_ref().map(|login| (login.user.as_str(), &login.password)), tell);
        Postman {
            server,
            talk,
            link: None,
            has_connected: false,
            lost: 0,
            given_up: None,
            waited: Duration::ZERO,
            all: None,
        }
    }

    /// Sends a message, and says for each recipient what became of it.
    ///
    /// What the server refuses for now is tried again, a few times and a few seconds later. A message that may have
    /// arrived is never sent again.
    pub fn send(&mut self, letter: &Letter, to: &[MailAddress]) -> Vec<Delivery> {
        let mut fates: Vec<Option<Fate>> = vec![None; to.len()];
        let mut tries = 0;
        let mut may_hurry = true;
        let patience = &self.server.patience;
        let all = *self.all.get_or_insert_with(|| Deadline::after(patience.all, Scope::All));
        let bound = Deadline::after(patience.message, Scope::Message).earlier(all);
        while fates.iter().any(Option::is_none) {
            let was_used = self.link.as_ref().is_some_and(|link| link.is_used);
            let reason = match self.attempt(letter, to, &mut fates, bound) {
                Ok(None) => continue,
                Ok(Some(reason)) => reason,
                Err(trouble) => {
                    self.link = None;
                    let text = trouble.text().to_owned();
                    match trouble {
                        Trouble::Hopeless(_) => {
                            self.given_up = Some(text.clone());
                            settle(&mut fates, &text);
                            continue;
                        }
                        // A server may close a connection after some number of mails, or some time.
                        Trouble::Lost(_) if was_used && std::mem::take(&mut may_hurry) => {
                            self.talk.note(&format!("{text}; opening another connection"));
                            continue;
                        }
                        _ => text,
                    }
                }
            };
            if bound.is_over() || !self.wait(tries, &reason) {
                let reason = match tries {
                    0 => reason,
                    _ => format!("{reason} (tried {} times)", tries + 1),
                };
                if self.link.is_none() {
                    self.lost += 1;
                    // A server that is gone, or hangs up at every message, would take its time for each of a thousand.
                    if self.lost > 1 || reason.starts_with("could not connect") {
                        self.given_up = Some(reason.clone());
                    }
                }
                settle(&mut fates, &reason);
            }
            tries += 1;
        }
        let fates =
            fates.into_iter().map(|fate| fate.unwrap_or_else(|| Fate::NotSent("sending was not attempted".to_owned())));
        to.iter().cloned().zip(fates).map(|(to, fate)| Delivery { to, fate }).collect()
    }

    /// Says good-bye to the server.
    pub fn finish(mut self) {
        if let Some(mut link) = self.link.take() {
            // Nothing hangs on the answer.
            self.talk.sent("QUIT");
            let limit = self.server.patience.command.min(Duration::from_secs(2));
            link.smtp.bind(Deadline::after(limit, Scope::Step));
            if let Ok(reply) = link.smtp.command(Quit, limit) {
                self.talk.got(&reply);
            }
        }
    }

    /// One attempt for all whose fate is open. Gives why some should be tried again.
    fn attempt(
        &mut self,
        letter: &Letter,
        to: &[MailAddress],
        fates: &mut [Option<Fate>],
        bound: Deadline,
    ) -> Result<Option<String>, Trouble> {
        let mut link = match self.link.take() {
            Some(link) => link,
            None => self.open(bound)?,
        };
        link.smtp.bind(bound);
        let again = self.transaction(&mut link, letter, to, fates)?;
        if !link.smtp.is_broken() && !fates.iter().flatten().any(|fate| matches!(fate, Fate::Unknown(_))) {
            self.link = Some(link);
        }
        Ok(again)
    }

    fn open(&mut self, bound: Deadline) -> Result<Link, Trouble> {
        if let Some(reason) = &self.given_up {
            return Err(Trouble::Hopeless(reason.clone()));
        }
        let opened = self.server.connect(&mut self.talk, bound);
        let link = opened.map_err(|trouble| match trouble {
            // A server that was never there will not come by waiting.
            Trouble::Lost(text) if !self.has_connected && !text.contains(" 421 ") => {
                Trouble::Hopeless(format!("could not connect to {}: {text}", self.server.name()))
            }
            Trouble::Hopeless(text) => Trouble::Hopeless(text),
            other => other.map(|text| format!("could not connect to {}: {text}", self.server.name())),
        })?;
        self.has_connected = true;
        Ok(link)
    }

    fn transaction(
        &mut self,
        link: &mut Link,
        letter: &Letter,
        to: &[MailAddress],
        fates: &mut [Option<Fate>],
    ) -> Result<Option<String>, Trouble> {
        let has_utf8 = link.has_utf8;
        let smtp = &mut link.smtp;
        let from = &letter.from().address;
        let no_utf8 = |address: &MailAddress| {
            let reason = format!(
                "the server accepts only ASCII addresses (it does not offer SMTPUTF8), and `{}` has other characters",
                address.local()
            );
            Some(Fate::NotSent(reason))
        };
        if !has_utf8 && !from.is_plain() {
            fates.iter_mut().filter(|fate| fate.is_none()).for_each(|fate| *fate = no_utf8(from));
            return Ok(None);
        }
        let can_take = |address: &MailAddress| has_utf8 || address.is_plain();
        for (address, fate) in to.iter().zip(fates.iter_mut()) {
            if fate.is_none() && !can_take(address) {
                *fate = no_utf8(address);
            }
        }
        let shown: Vec<MailAddress> = to.iter().filter(|address| can_take(address)).cloned().collect();
        let open: Vec<usize> = (0..to.len()).filter(|&index| fates[index].is_none()).collect();
        if open.is_empty() {
            return Ok(None);
        }
        let written = letter.bytes(&shown).and_then(|bytes| Ok((bytes, from.to_lettre()?)));
        let (bytes, sender) = match written {
            Ok(written) => written,
            Err(error) => {
                settle(fates, &error.to_string());
                return Ok(None);
            }
        };

        let mut parameters = Vec::new();
        if !from.is_plain() || shown.iter().any(|address| !address.is_plain()) {
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !bytes.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let mail = Mail::new(Some(sender), parameters);
        match self.command(smtp, mail.to_string().trim_end(), &mail) {
            Ok(_) => {}
            Err(Trouble::Refused(text)) => {
                settle(fates, &with_hint(&format!("the server refused the sender `{from}`: {text}"), &text));
                return Ok(None);
            }
            Err(Trouble::Later(text)) => {
                return Ok(Some(format!("the server accepts no messages from `{from}` right now: {text}")));
            }
            Err(trouble) => return Err(trouble),
        }

        let (mut accepted, mut again) = (Vec::new(), None);
        for index in open {
            let recipient = match to[index].to_lettre() {
                Ok(recipient) => Rcpt::new(recipient, Vec::new()),
                Err(error) => {
                    fates[index] = Some(Fate::NotSent(error.to_string()));
                    continue;
                }
            };
            match self.command(smtp, recipient.to_string().trim_end(), &recipient) {
                Ok(_) => accepted.push(index),
                Err(Trouble::Refused(text)) => {
                    let reason = with_hint(&format!("the server refused the recipient: {text}"), &text);
                    fates[index] = Some(Fate::NotSent(reason));
                }
                Err(Trouble::Later(text)) => {
                    again = Some(format!("the server does not accept the recipient right now: {text}"));
                }
                Err(trouble) => return Err(trouble),
            }
        }
        if accepted.is_empty() {
            self.command(smtp, "RSET", Rset).map(|_| again)
        } else {
            self.hand_over(link, &bytes, &accepted, fates).map(|later| later.or(again))
        }
    }

    /// Sends the mail itself, for the recipients that the server has accepted.
    fn hand_over(
        &mut self,
        link: &mut Link,
        bytes: &[u8],
        accepted: &[usize],
        fates: &mut [Option<Fate>],
    ) -> Result<Option<String>, Trouble> {
        let smtp = &mut link.smtp;
        let mut all = |fate: Fate| accepted.iter().for_each(|&index| fates[index] = Some(fate.clone()));
        match self.command(smtp, "DATA", Data) {
            Ok(reply) if reply.code == 354 => {}
            Ok(reply) => {
                let text = self.talk.clean(&reply.text());
                return Err(Trouble::Lost(format!(
                    "the server did not ask for the message, but answered {} {text}",
                    reply.code
                )));
            }
            Err(Trouble::Refused(text)) => {
                all(Fate::NotSent(format!("the server refused the message: {text}")));
                return self.command(smtp, "RSET", Rset).map(|_| None);
            }
            Err(Trouble::Later(text)) => {
                self.command(smtp, "RSET", Rset)?;
                return Ok(Some(format!("the server does not accept the message right now: {text}")));
            }
            Err(trouble) => return Err(trouble),
        }

        let lines = memchr::memchr_iter(b'\n', bytes).count() + usize::from(!bytes.ends_with(b"\n"));
        self.talk.sent(&format!("(the message: {lines} lines, {} bytes)", bytes.len()));
        let undelivered = match smtp.message(bytes, self.server.patience.mail) {
            Ok(reply) if reply.code / 100 == 2 => {
                self.talk.got(&reply);
                link.is_used = true;
                self.lost = 0;
                all(Fate::Sent);
                return Ok(None);
            }
            Ok(reply) => {
                self.talk.got(&reply);
                let text = self.talk.clean(&reply.text());
                all(Fate::Unknown(format!("the server answered with {} {text}", reply.code)));
                return Ok(None);
            }
            Err(undelivered) => undelivered,
        };
        let Undelivered { failure, is_complete } = undelivered;
        let has_answered = matches!(failure, Failure::Refused(_));
        // Without the dot at its end a server throws a mail away.
        let is_lost = !is_complete || is_broken_pipe(&failure);
        let trouble = explain(&failure).map(|text| self.talk.clean(text));
        self.talk.failed(trouble.text());
        match trouble {
            Trouble::Refused(text) => {
                all(Fate::NotSent(format!("the server refused the message: {text}")));
                Ok(None)
            }
            Trouble::Later(text) => Ok(Some(format!("the server does not accept the message right now: {text}"))),
            trouble if has_answered => Err(trouble),
            trouble if is_lost => Err(Trouble::Lost(format!("{} in the middle of the message", trouble.text()))),
            trouble => {
                all(Fate::Unknown(format!("the whole message was sent, and then {}", trouble.text())));
                Ok(None)
            }
        }
    }

    /// Sends a command and tells what is said; `shown` is the command as people read it.
    fn command(&mut self, smtp: &mut Connection, shown: &str, command: impl fmt::Display) -> Result<Reply, Trouble> {
        self.talk.sent(shown);
        match smtp.command(command, self.server.patience.command) {
            Ok(reply) => {
                self.talk.got(&reply);
                Ok(reply)
            }
            Err(failure) => {
                let trouble = explain(&failure).map(|text| self.talk.clean(text));
                self.talk.failed(trouble.text());
                Err(trouble)
            }
        }
    }

    /// Waits before another attempt, if there may be one.
    fn wait(&mut self, tries: usize, reason: &str) -> bool {
        let patience = &self.server.patience;
        let Some(&wait) = patience.waits.get(tries) else { return false };
        if self.waited + wait > patience.waits_in_all {
            return false;
        }
        self.talk.note(&format!("{reason}; trying again in {} s", wait.as_secs_f64()));
        std::thread::sleep(wait);
        self.waited += wait;
        true
    }
}

fn settle(fates: &mut [Option<Fate>], reason: &str) {
    for fate in fates.iter_mut().filter(|fate| fate.is_none()) {
        *fate = Some(Fate::NotSent(reason.to_owned()));
    }
}

/// What to do about some answers.
fn with_hint(text: &str, answer: &str) -> String {
    match answer.get(..3) {
        Some("530") => format!("{text}; set `send.smtp.user` in psalink.yaml, or use `--user NAME`"),
        _ => text.to_owned(),
    }
}
