//! Sends messages through a mail server, and keeps the outcome of each.

use std::fmt::Write as _;

use psalink::Level;
use psalink::mail::{Delivery, Listener, MailAddress, MailServer, Outcome, SmtpSender};
use psalink::report::full;

use super::packer::{OutgoingMessage, Packer};
use crate::console::Console;
use crate::panics;
use crate::previews::PreviewMail;

/// The outcome of a run.
#[derive(Default)]
pub struct Delivered {
    /// Messages that went to every recipient.
    pub sent: usize,
    /// Messages that were not sent, with the reasons.
    not_sent: Vec<(String, String)>,
    unknown: Vec<(String, String)>,
}

impl Delivered {
    /// Whether every message was sent to everyone.
    pub fn is_complete(&self) -> bool {
        self.not_sent.is_empty() && self.unknown.is_empty()
    }

    /// Adds the server's answer about one message, and prints it if the message was sent.
    fn add(&mut self, name: &str, deliveries: Vec<Delivery>, console: &mut Console) {
        self.sent += usize::from(deliveries.iter().all(|delivery| delivery.outcome == Outcome::Sent));
        for delivery in deliveries {
            let delivery_name = format!("{name} to {}", delivery.to);
            match delivery.outcome {
                Outcome::Sent if console.quiet => {}
                Outcome::Sent => console.list(&format!("{delivery_name}: sent\n")),
                // These are reported once, with their reasons, after everything else was sent.
                Outcome::NotSent(reason) => self.not_sent.push((delivery_name, reason)),
                Outcome::Unknown(reason) => self.unknown.push((delivery_name, reason)),
            }
        }
    }

    /// Reports messages that were not sent, or not confirmed.
    pub fn say_failures(&self, console: &mut Console) {
        for (list, is_sure) in [(&self.not_sent, true), (&self.unknown, false)] {
            let mut text = match (list.as_slice(), is_sure) {
                ([], _) => continue,
                ([(delivery_name, reason)], true) => format!("{delivery_name} was not sent: {reason}"),
                ([(delivery_name, reason)], false) => format!(
                    "the server did not confirm {delivery_name}; it may have been delivered, so psalink does not send it again: \
                     {reason}"
                ),
                (list, true) => format!("{} messages were not sent:", list.len()),
                (list, false) => format!(
                    "the server did not confirm {} messages; they may have been delivered, so psalink does not send them \
                     again:",
                    list.len()
                ),
            };
            if list.len() > 1 {
                for (delivery_name, reason) in list {
                    let _ = write!(text, "\n  {delivery_name}: {reason}");
                }
            }
            console.say(&full::write_message(Level::Error, &text, console.style));
        }
    }
}

/// Sends every message.
pub fn send_all(
    server: MailServer,
    packer: &mut Packer<'_>,
    mails: Vec<PreviewMail>,
    to: &[MailAddress],
    console: &mut Console,
) -> Delivered {
    let bar = console.start_bar_of(mails.len(), "messages");
    let mut delivered = Delivered::default();
    {
        let is_verbose = console.verbose;
        let console = std::cell::RefCell::new(&mut *console);
        let tell = |line: &str| console.borrow_mut().say(&format!("{line}\n"));
        let mut sender = SmtpSender::new(server, is_verbose.then(|| Box::new(tell) as Listener<'_>));
        for mail in mails {
            let file = packer.file(&mail);
            let packed = panics::caught(file, || {
                let (outgoing, warnings) = packer.pack(&mail)?;
                // Its bytes are checked before it goes to the server.
                outgoing.message.bytes(to)?;
                Ok((outgoing, warnings))
            });
            let (OutgoingMessage { name, mut message }, warnings) = match packed {
                Ok(packed) => packed,
                Err(error) => {
                    delivered.not_sent.push((format!("`{file}`"), error.to_string()));
                    bar.inc(1);
                    continue;
                }
            };
            console.borrow_mut().say(&warnings);
            message.make_unique();
            let deliveries = sender.send(&message, to);
            delivered.add(&name, deliveries, &mut console.borrow_mut());
            bar.inc(1);
        }
        sender.finish();
    }
    console.end_bar();
    delivered
}
