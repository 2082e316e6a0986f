//! The SMTP sender: sends messages to a mail server, many over one connection, and records the outcome of each.

use std::time::Duration;

use lettre::transport::smtp::commands::Quit;

use super::connection::{Deadline, Scope};
use super::failure::Trouble;
use super::server::{MailServer, ServerLink};
use super::transaction::{Outcome, Transaction, settle};
use super::transcript::{Listener, Transcript};
use crate::mail::Message;
use crate::mail::address::MailAddress;

/// The outcome of a message for one of its recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The recipient.
    pub to: MailAddress,
    /// What happened.
    pub outcome: Outcome,
}

/// Sends messages to a mail server, over one connection as long as it lasts.
pub struct SmtpSender<'a> {
    server: MailServer,
    transcript: Transcript<'a>,
    link: Option<ServerLink>,
    has_connected: bool,
    /// How many messages in a row were not sent because the connection was repeatedly lost.
    lost: usize,
    /// Why no more messages can be sent.
    given_up: Option<String>,
    waited: Duration,
    /// When everything must be sent; the time starts with the first message.
    all: Option<Deadline>,
}

impl<'a> SmtpSender<'a> {
    /// A sender for a server. `tell` receives the conversation line by line, without the password.
    pub fn new(server: MailServer, tell: Option<Listener<'a>>) -> SmtpSender<'a> {
        let transcript =
            Transcript::new(server.login.as_ref().map(|login| (login.user.as_str(), &login.password)), tell);
        SmtpSender {
            server,
            transcript,
            link: None,
            has_connected: false,
            lost: 0,
            given_up: None,
            waited: Duration::ZERO,
            all: None,
        }
    }

    /// Sends a message, and returns the outcome for each recipient.
    ///
    /// What the server refuses temporarily is tried again, a few times and after a few seconds. A message that may have
    /// arrived is never sent again.
    pub fn send(&mut self, message: &Message, to: &[MailAddress]) -> Vec<Delivery> {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; to.len()];
        let mut tries = 0;
        let mut may_hurry = true;
        let timeouts = &self.server.timeouts;
        let all = *self.all.get_or_insert_with(|| Deadline::after(timeouts.all, Scope::All));
        let bound = Deadline::after(timeouts.message, Scope::Message).earlier(all);
        while outcomes.iter().any(Option::is_none) {
            let was_used = self.link.as_ref().is_some_and(|link| link.is_used);
            let reason = match self.attempt(message, to, &mut outcomes, bound) {
                Ok(None) => continue,
                Ok(Some(reason)) => reason,
                Err(trouble) => {
                    self.link = None;
                    let text = trouble.text().to_owned();
                    match trouble {
                        Trouble::Hopeless(_) => {
                            self.given_up = Some(text.clone());
                            settle(&mut outcomes, &text);
                            continue;
                        }
                        // A server may close a connection after some number of messages, or after some time.
                        Trouble::Lost(_) if was_used && std::mem::take(&mut may_hurry) => {
                            self.transcript.note(&format!("{text}; opening another connection"));
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
                    // A server that is gone, or hangs up on every message, would take its time for each of a thousand.
                    if self.lost > 1 || reason.starts_with("could not connect") {
                        self.given_up = Some(reason.clone());
                    }
                }
                settle(&mut outcomes, &reason);
            }
            tries += 1;
        }
        let outcomes = outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or_else(|| Outcome::NotSent("sending was not attempted".to_owned())));
        to.iter().cloned().zip(outcomes).map(|(to, outcome)| Delivery { to, outcome }).collect()
    }

    /// Says goodbye to the server.
    pub fn finish(mut self) {
        if let Some(mut link) = self.link.take() {
            // The reply does not matter.
            self.transcript.sent("QUIT");
            let limit = self.server.timeouts.command.min(Duration::from_secs(2));
            link.smtp.bind(Deadline::after(limit, Scope::Step));
            if let Ok(reply) = link.smtp.command(Quit, limit) {
                self.transcript.got(&reply);
            }
        }
    }

    /// Makes one attempt for all recipients without an outcome. Returns why some should be tried again.
    fn attempt(
        &mut self,
        message: &Message,
        to: &[MailAddress],
        outcomes: &mut [Option<Outcome>],
        bound: Deadline,
    ) -> Result<Option<String>, Trouble> {
        let mut link = match self.link.take() {
            Some(link) => link,
            None => self.open(bound)?,
        };
        link.smtp.bind(bound);
        let limits = &self.server.timeouts;
        let retry_reason =
            Transaction { transcript: &mut self.transcript, limits, link: &mut link, message, to, outcomes }.run()?;
        if outcomes.iter().flatten().any(|outcome| *outcome == Outcome::Sent) {
            self.lost = 0;
        }
        if !link.smtp.is_broken() && !outcomes.iter().flatten().any(|outcome| matches!(outcome, Outcome::Unknown(_))) {
            self.link = Some(link);
        }
        Ok(retry_reason)
    }

    fn open(&mut self, bound: Deadline) -> Result<ServerLink, Trouble> {
        if let Some(reason) = &self.given_up {
            return Err(Trouble::Hopeless(reason.clone()));
        }
        let opened = self.server.connect(&mut self.transcript, bound);
        let link = opened.map_err(|trouble| match trouble {
            // Waiting does not help if the server was never reachable.
            Trouble::Lost(text) if !self.has_connected && !text.contains(" 421 ") => {
                Trouble::Hopeless(format!("could not connect to {}: {text}", self.server.name()))
            }
            Trouble::Hopeless(text) => Trouble::Hopeless(text),
            other => other.map(|text| format!("could not connect to {}: {text}", self.server.name())),
        })?;
        self.has_connected = true;
        Ok(link)
    }

    /// Waits before another attempt, if there may be one.
    fn wait(&mut self, tries: usize, reason: &str) -> bool {
        let timeouts = &self.server.timeouts;
        let Some(&wait) = timeouts.waits.get(tries) else { return false };
        if self.waited + wait > timeouts.waits_in_all {
            return false;
        }
        self.transcript.note(&format!("{reason}; trying again in {} s", wait.as_secs_f64()));
        std::thread::sleep(wait);
        self.waited += wait;
        true
    }
}
