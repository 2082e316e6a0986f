//! One message in the words of SMTP: its sender, its recipients, then the message itself.

use std::fmt;
use std::ops::ControlFlow;

use lettre::Address;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{MailBodyParameter, MailParameter};

use super::connection::{Failure, Reply, Undelivered};
use super::failure::{Trouble, explain, is_broken_pipe};
use super::server::{Link, Patience};
use super::transcript::Talk;
use crate::mail::Letter;
use crate::mail::address::MailAddress;

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

/// One attempt to hand over a message to all whose fate is open.
pub(super) struct Transaction<'a, 't> {
    pub talk: &'a mut Talk<'t>,
    pub limits: &'a Patience,
    pub link: &'a mut Link,
    pub letter: &'a Letter,
    pub to: &'a [MailAddress],
    /// One for each of `to`.
    pub fates: &'a mut [Option<Fate>],
}

impl Transaction<'_, '_> {
    /// Runs it to its end. Gives why some recipients should be tried again.
    pub fn run(mut self) -> Result<Option<String>, Trouble> {
        self.refuse_what_needs_utf8();
        let open: Vec<usize> = (0..self.to.len()).filter(|&index| self.fates[index].is_none()).collect();
        if open.is_empty() {
            return Ok(None);
        }
        let from = &self.letter.from().address;
        let shown: Vec<MailAddress> = self.to.iter().filter(|address| self.can_take(address)).cloned().collect();
        let written = self.letter.bytes(&shown).and_then(|bytes| Ok((bytes, from.to_lettre()?)));
        let (bytes, sender) = match written {
            Ok(written) => written,
            Err(error) => {
                settle(self.fates, &error.to_string());
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
        if let ControlFlow::Break(again) = self.name_sender(sender, parameters)? {
            return Ok(again);
        }
        let (accepted, again) = self.name_recipients(open)?;
        if accepted.is_empty() {
            self.command("RSET", Rset).map(|_| again)
        } else {
            self.hand_over(&bytes, &accepted).map(|later| later.or(again))
        }
    }

    fn can_take(&self, address: &MailAddress) -> bool {
        self.link.has_utf8 || address.is_plain()
    }

    /// Gives up on the addresses that the server cannot take; on all of them if it cannot take the sender.
    fn refuse_what_needs_utf8(&mut self) {
        let from = &self.letter.from().address;
        for (index, address) in self.to.iter().enumerate() {
            let Some(refused) = [from, address].into_iter().find(|address| !self.can_take(address)) else { continue };
            self.fates[index].get_or_insert_with(|| {
                Fate::NotSent(format!(
                    "the server accepts only ASCII addresses (it does not offer SMTPUTF8), and `{}` has other \
                     characters",
                    refused.local()
                ))
            });
        }
    }

    /// Tells the server who sends the message. Where it does not take that the transaction is over.
    fn name_sender(
        &mut self,
        sender: Address,
        parameters: Vec<MailParameter>,
    ) -> Result<ControlFlow<Option<String>>, Trouble> {
        let from = &self.letter.from().address;
        let mail = Mail::new(Some(sender), parameters);
        match self.command(mail.to_string().trim_end(), &mail) {
            Ok(_) => Ok(ControlFlow::Continue(())),
            Err(Trouble::Refused(text)) => {
                settle(self.fates, &with_hint(&format!("the server refused the sender `{from}`: {text}"), &text));
                Ok(ControlFlow::Break(None))
            }
            Err(Trouble::Later(text)) => {
                let again = format!("the server accepts no messages from `{from}` right now: {text}");
                Ok(ControlFlow::Break(Some(again)))
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Tells the server who gets the message. Gives those whom it accepts, and why others should be tried again.
    fn name_recipients(&mut self, open: Vec<usize>) -> Result<(Vec<usize>, Option<String>), Trouble> {
        let (mut accepted, mut again) = (Vec::new(), None);
        for index in open {
            let recipient = match self.to[index].to_lettre() {
                Ok(recipient) => Rcpt::new(recipient, Vec::new()),
                Err(error) => {
                    self.fates[index] = Some(Fate::NotSent(error.to_string()));
                    continue;
                }
            };
            match self.command(recipient.to_string().trim_end(), &recipient) {
                Ok(_) => accepted.push(index),
                Err(Trouble::Refused(text)) => {
                    let reason = with_hint(&format!("the server refused the recipient: {text}"), &text);
                    self.fates[index] = Some(Fate::NotSent(reason));
                }
                Err(Trouble::Later(text)) => {
                    again = Some(format!("the server does not accept the recipient right now: {text}"));
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok((accepted, again))
    }

    /// Sends the mail itself, for those whom the server has accepted.
    fn hand_over(&mut self, bytes: &[u8], accepted: &[usize]) -> Result<Option<String>, Trouble> {
        match self.command("DATA", Data) {
            Ok(reply) if reply.code == 354 => {}
            Ok(reply) => {
                let text = self.talk.clean(&reply.text());
                return Err(Trouble::Lost(format!(
                    "the server did not ask for the message, but answered {} {text}",
                    reply.code
                )));
            }
            Err(Trouble::Refused(text)) => {
                self.settle_all(accepted, Fate::NotSent(format!("the server refused the message: {text}")));
                return self.command("RSET", Rset).map(|_| None);
            }
            Err(Trouble::Later(text)) => {
                self.command("RSET", Rset)?;
                return Ok(Some(format!("the server does not accept the message right now: {text}")));
            }
            Err(trouble) => return Err(trouble),
        }

        let lines = memchr::memchr_iter(b'\n', bytes).count() + usize::from(!bytes.ends_with(b"\n"));
        self.talk.sent(&format!("(the message: {lines} lines, {} bytes)", bytes.len()));
        let undelivered = match self.link.smtp.message(bytes, self.limits.mail) {
            Ok(reply) if reply.code / 100 == 2 => {
                self.talk.got(&reply);
                self.link.is_used = true;
                self.settle_all(accepted, Fate::Sent);
                return Ok(None);
            }
            Ok(reply) => {
                self.talk.got(&reply);
                let text = self.talk.clean(&reply.text());
                self.settle_all(accepted, Fate::Unknown(format!("the server answered with {} {text}", reply.code)));
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
                self.settle_all(accepted, Fate::NotSent(format!("the server refused the message: {text}")));
                Ok(None)
            }
            Trouble::Later(text) => Ok(Some(format!("the server does not accept the message right now: {text}"))),
            trouble if has_answered => Err(trouble),
            trouble if is_lost => Err(Trouble::Lost(format!("{} in the middle of the message", trouble.text()))),
            trouble => {
                self.settle_all(
                    accepted,
                    Fate::Unknown(format!("the whole message was sent, and then {}", trouble.text())),
                );
                Ok(None)
            }
        }
    }

    /// Sends a command and tells what is said; `shown` is the command as people read it.
    fn command(&mut self, shown: &str, command: impl fmt::Display) -> Result<Reply, Trouble> {
        self.talk.sent(shown);
        match self.link.smtp.command(command, self.limits.command) {
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

    fn settle_all(&mut self, accepted: &[usize], fate: Fate) {
        accepted.iter().for_each(|&index| self.fates[index] = Some(fate.clone()));
    }
}

/// Gives all whose fate is open the same one: not sent, for this reason.
pub(super) fn settle(fates: &mut [Option<Fate>], reason: &str) {
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
