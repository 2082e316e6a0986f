//! Turns previews into messages with senders and images.

use std::path::Path;

use psalink::config::SendConfig;
use psalink::mail::{MailSender, Message};
use psalink::report::full;
use psalink::visible::visible;
use psalink::{Error, ErrorKind, Level};

use crate::args::SendArgs;
use crate::console::Console;
use crate::previews::PreviewMail;
use crate::workers::Workers;

/// The sender for files if none is given.
const NO_SENDER: &str = "preview@psalink.invalid";

/// A preview, ready to send.
pub struct OutgoingMessage {
    /// Its name in messages.
    pub name: String,
    pub message: Message,
}

/// Turns previews into messages, each only when it is needed: a thousand with their images would not fit into memory.
pub struct Packer<'a> {
    args: &'a SendArgs,
    pub workers: &'a Workers<'a>,
    style: full::Style,
    quiet: bool,
    /// The image warnings that were already shown.
    warned: Vec<String>,
    /// How many images could not be attached.
    pub missing: usize,
}

impl<'a> Packer<'a> {
    pub fn new(args: &'a SendArgs, workers: &'a Workers<'a>, console: &Console) -> Packer<'a> {
        Packer { args, workers, style: console.style, quiet: console.quiet, warned: Vec::new(), missing: 0 }
    }

    /// The name of a message's template, for messages.
    pub fn file(&self, mail: &PreviewMail) -> &'a str {
        &self.workers.found.inputs[mail.job.input].name
    }

    /// A preview as a message, and the warnings about its images.
    pub fn pack(&mut self, mail: &PreviewMail) -> Result<(OutgoingMessage, String), Error> {
        let file = self.file(mail);
        let from = sender(self.args, &self.workers.session(mail.job).config().send)?;
        let psa = if self.args.templates.dialect.len() > 1 { format!(" for {}", mail.psa) } else { String::new() };
        let name = format!("`{}`{psa} with the sample `{}`", visible(file), mail.sample);
        let mut message = Message::new(mail.rendered.clone(), file, &mail.sample, from);
        let mut warnings = String::new();
        if self.args.inline_images {
            let folder = Path::new(file).parent().unwrap_or(Path::new(""));
            for problem in message.inline_images(folder) {
                self.missing += 1;
                let known = format!("{file} {problem}");
                if !self.quiet && !self.warned.contains(&known) {
                    let message = format!("{name}: {problem}");
                    warnings.push_str(&full::write_message(Level::Warning, &message, self.style));
                    self.warned.push(known);
                }
            }
        }
        Ok((OutgoingMessage { name, message }, warnings))
    }
}

/// The sender from the command line or the settings.
pub fn sender(args: &SendArgs, settings: &SendConfig) -> Result<MailSender, Error> {
    match args.from.as_deref().or(settings.from.as_deref()) {
        Some(from) => MailSender::parse(from),
        None if args.eml.is_some() => MailSender::parse(NO_SENDER),
        None => {
            let detail = "no sender is set; add `send: { from: preview@msp.example }` to psalink.yaml, or use `--from \
                          preview@msp.example`";
            Err(Error::new(ErrorKind::Missing, detail))
        }
    }
}
