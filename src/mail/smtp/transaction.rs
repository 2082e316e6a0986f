//! Sends one message over SMTP: its sender, its recipients, then the message itself.

use std::fmt;
use std::ops::ControlFlow;

use lettre::Address;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{MailBodyParameter, MailParameter};

use super::connection::{Failure, Reply, Undelivered};
use super::failure::{Trouble, explain, is_broken_pipe};
use super::server::{ServerLink, Timeouts};
use super::transcript::Transcript;
use crate::mail::Message;
use crate::mail::address::MailAddress;

/// What happened to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server accepted it.
    Sent,
    /// It was not sent, for this reason.
    NotSent(String),
    /// It was handed over without a reply, so it may have arrived. It is not sent again, since it could arrive twice.
    Unknown(String),
}

/// One attempt to hand over a message for all recipients without an outcome.
pub(super) struct Transaction<'a, 't> {
    pub transcript: &'a mut Transcript<'t>,
    pub limits: &'a Timeouts,
    pub link: &'a mut ServerLink,
    pub message: &'a Message,
    pub to: &'a [MailAddress],
    /// One for each of `to`.
    pub outcomes: &'a mut [Option<Outcome>],
}

impl Transaction<'_, '_> {
    /// Runs it to the end. Returns why some recipients should be tried again.
    pub fn run(mut self) -> Result<Option<String>, Trouble> {
        self.refuse_what_needs_utf8();
        let open: Vec<usize> = (0..self.to.len()).filter(|&index| self.outcomes[index].is_none()).collect();
        if open.is_empty() {
            return Ok(None);
        }
        let from = &self.message.from().address;
        let shown: Vec<MailAddress> = self.to.iter().filter(|address| self.can_take(address)).cloned().collect();
        let written = self.message.bytes(&shown).and_then(|bytes| Ok((bytes, from.to_lettre()?)));
        let (bytes, sender) = match written {
            Ok(written) => written,
            Err(error) => {
                settle(self.outcomes, &error.to_string());
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
        if let ControlFlow::Break(retry_reason) = self.name_sender(sender, parameters)? {
            return Ok(retry_reason);
        }
        let (accepted, retry_reason) = self.name_recipients(open)?;
        if accepted.is_empty() {
            self.command("RSET", Rset).map(|_| retry_reason)
        } else {
            self.hand_over(&bytes, &accepted).map(|later| later.or(retry_reason))
        }
    }

    fn can_take(&self, address: &MailAddress) -> bool {
        self.link.has_utf8 || address.is_plain()
    }

    /// Gives up on the addresses that the server cannot handle, or on all of them if it cannot handle the sender.
    fn refuse_what_needs_utf8(&mut self) {
        let from = &self.message.from().address;
        for (index, address) in self.to.iter().enumerate() {
            let Some(refused) = [from, address].into_iter().find(|address| !self.can_take(address)) else { continue };
            self.outcomes[index].get_or_insert_with(|| {
                Outcome::NotSent(format!(
                    "the server accepts only ASCII addresses (it does not offer SMTPUTF8), and `{}` has other \
                     characters",
                    refused.local()
                ))
            });
        }
    }

    /// Tells the server who sends the message. If it does not accept that, the transaction is over.
    fn name_sender(
        &mut self,
        sender: Address,
        parameters: Vec<MailParameter>,
    ) -> Result<ControlFlow<Option<String>>, Trouble> {
        let from = &self.message.from().address;
        let mail = Mail::new(Some(sender), parameters);
        match self.command(mail.to_string().trim_end(), &mail) {
            Ok(_) => Ok(ControlFlow::Continue(())),
            Err(Trouble::Refused(text)) => {
                settle(self.outcomes, &with_hint(&format!("the server refused the sender `{from}`: {text}"), &text));
                Ok(ControlFlow::Break(None))
            }
            Err(Trouble::Later(text)) => {
                let retry_reason = format!("the server accepts no messages from `{from}` right now: {text}");
                Ok(ControlFlow::Break(Some(retry_reason)))
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Tells the server who gets the message. Returns the recipients that it accepts, and why others should be tried
    /// again.
    fn name_recipients(&mut self, open: Vec<usize>) -> Result<(Vec<usize>, Option<String>), Trouble> {
        let (mut accepted, mut retry_reason) = (Vec::new(), None);
        for index in open {
            let recipient = match self.to[index].to_lettre() {
                Ok(recipient) => Rcpt::new(recipient, Vec::new()),
                Err(error) => {
                    self.outcomes[index] = Some(Outcome::NotSent(error.to_string()));
                    continue;
                }
            };
            match self.command(recipient.to_string().trim_end(), &recipient) {
                Ok(_) => accepted.push(index),
                Err(Trouble::Refused(text)) => {
                    let reason = with_hint(&format!("the server refused the recipient: {text}"), &text);
                    self.outcomes[index] = Some(Outcome::NotSent(reason));
                }
                Err(Trouble::Later(text)) => {
                    retry_reason = Some(format!("the server does not accept the recipient right now: {text}"));
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok((accepted, retry_reason))
    }

    /// Sends the message itself, for the accepted recipients.
    fn hand_over(&mut self, bytes: &[u8], accepted: &[usize]) -> Result<Option<String>, Trouble> {
        match self.command("DATA", Data) {
            Ok(reply) if reply.code == 354 => {}
            Ok(reply) => {
                let text = self.transcript.clean(&reply.text());
                return Err(Trouble::Lost(format!(
                    "the server did not ask for the message, but answered {} {text}",
                    reply.code
                )));
            }
            Err(Trouble::Refused(text)) => {
                self.settle_all(accepted, Outcome::NotSent(format!("the server refused the message: {text}")));
                return self.command("RSET", Rset).map(|_| None);
            }
            Err(Trouble::Later(text)) => {
                self.command("RSET", Rset)?;
                return Ok(Some(format!("the server does not accept the message right now: {text}")));
            }
            Err(trouble) => return Err(trouble),
        }

        let lines = memchr::memchr_iter(b'\n', bytes).count() + usize::from(!bytes.ends_with(b"\n"));
        self.transcript.sent(&format!("(the message: {lines} lines, {} bytes)", bytes.len()));
        let undelivered = match self.link.smtp.message(bytes, self.limits.mail) {
            Ok(reply) if reply.code / 100 == 2 => {
                self.transcript.got(&reply);
                self.link.is_used = true;
                self.settle_all(accepted, Outcome::Sent);
                return Ok(None);
            }
            Ok(reply) => {
                self.transcript.got(&reply);
                let text = self.transcript.clean(&reply.text());
                self.settle_all(accepted, Outcome::Unknown(format!("the server answered with {} {text}", reply.code)));
                return Ok(None);
            }
            Err(undelivered) => undelivered,
        };
        let Undelivered { failure, is_complete } = undelivered;
        let has_answered = matches!(failure, Failure::Refused(_));
        // A server discards a message without the dot at its end.
        let is_lost = !is_complete || is_broken_pipe(&failure);
        let trouble = explain(&failure).map(|text| self.transcript.clean(text));
        self.transcript.failed(trouble.text());
        match trouble {
            Trouble::Refused(text) => {
                self.settle_all(accepted, Outcome::NotSent(format!("the server refused the message: {text}")));
                Ok(None)
            }
            Trouble::Later(text) => Ok(Some(format!("the server does not accept the message right now: {text}"))),
            trouble if has_answered => Err(trouble),
            trouble if is_lost => Err(Trouble::Lost(format!("{} in the middle of the message", trouble.text()))),
            trouble => {
                self.settle_all(
                    accepted,
                    Outcome::Unknown(format!("the whole message was sent, and then {}", trouble.text())),
                );
                Ok(None)
            }
        }
    }

    /// Sends a command, and records the conversation; `shown` is the command for people to read.
    fn command(&mut self, shown: &str, command: impl fmt::Display) -> Result<Reply, Trouble> {
        self.transcript.sent(shown);
        match self.link.smtp.command(command, self.limits.command) {
            Ok(reply) => {
                self.transcript.got(&reply);
                Ok(reply)
            }
            Err(failure) => {
                let trouble = explain(&failure).map(|text| self.transcript.clean(text));
                self.transcript.failed(trouble.text());
                Err(trouble)
            }
        }
    }

    fn settle_all(&mut self, accepted: &[usize], outcome: Outcome) {
        accepted.iter().for_each(|&index| self.outcomes[index] = Some(outcome.clone()));
    }
}

/// Gives all recipients without an outcome the same one: not sent, for this reason.
pub(super) fn settle(outcomes: &mut [Option<Outcome>], reason: &str) {
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_none()) {
        *outcome = Some(Outcome::NotSent(reason.to_owned()));
    }
}

/// What to do about some replies.
fn with_hint(text: &str, answer: &str) -> String {
    match answer.get(..3) {
        Some("530") => format!("{text}; set `send.smtp.user` in psalink.yaml, or use `--user NAME`"),
        _ => text.to_owned(),
    }
}
