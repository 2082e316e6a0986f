//! Sends a preview from the page, limited by the same allow list as `psalink send`.

use psalink::config::SendConfig;
use psalink::mail::{AllowList, Login, MailAddress, MailSender, MailServer, Message, Outcome, Password, SmtpSender};
use psalink::render::render;
use psalink::{Error, ErrorKind};
use serde::{Deserialize, Serialize};

use super::patience;
use super::workbench::{View, Workbench};

/// The environment variable with the password.
const PASSWORD: &str = "PSALINK_SMTP_PASSWORD";

/// Which message to send to which addresses.
#[derive(Debug, Deserialize)]
pub struct SendRequest {
    #[serde(flatten)]
    pub view: View,
    pub to: Vec<String>,
    /// Recipients that `send.allow` does not include but a person has confirmed.
    #[serde(default)]
    pub confirmed: Vec<String>,
}

/// The result of sending.
#[derive(Debug, Serialize)]
pub struct SendAnswer {
    results: Vec<Sent>,
}

#[derive(Debug, Serialize)]
struct Sent {
    to: String,
    ok: bool,
    message: String,
}

/// Sends a preview. Recipients come only from the page; neither a template nor a sample can add one.
pub fn answer(workbench: &Workbench, request: SendRequest) -> Result<SendAnswer, Error> {
    let parse = |addresses: &[String]| -> Result<Vec<MailAddress>, Error> {
        addresses.iter().map(|address| MailAddress::parse(address.trim())).collect()
    };
    let (to, confirmed) = (parse(&request.to)?, parse(&request.confirmed)?);
    if to.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "no recipient was given for the preview"));
    }
    let opened = workbench.open(request.view.dialect.as_deref(), request.view.client)?;
    opened.with(&request.view.path, |session, template, rewriter, input| {
        let settings = &session.config().send;
        AllowList::new(&settings.allow, &confirmed)?.check(&to)?;
        let from = settings.from.as_deref().ok_or_else(|| missing("from: preview@msp.example"))?;
        let from = MailSender::parse(from)?;
        let server = server(settings)?;
        let ready = session.ready(&template?, rewriter)?;
        let mut sample = session.sample(request.view.sample.as_deref().unwrap_or("standard"))?;
        for (key, value) in &request.view.values {
            sample.set(&format!("{key}={value}"), session.vocabulary())?;
        }
        let mut message = Message::new(render(&ready, &sample, &mut rewriter.parser), &input.name, sample.name(), from);
        message.make_unique();
        patience::check()?; // what was reported as given up must not be sent later
        let name = server.name();
        let mut sender = SmtpSender::new(server, None);
        let deliveries = sender.send(&message, &to);
        sender.finish();
        let sent = |delivery: psalink::mail::Delivery| {
            let (ok, message) = match delivery.outcome {
                Outcome::Sent => (true, format!("sent through {name}")),
                Outcome::NotSent(reason) => (false, format!("not sent: {reason}")),
                Outcome::Unknown(reason) => {
                    (false, format!("the server did not confirm the message; it may have been delivered: {reason}"))
                }
            };
            Sent { to: delivery.to.to_string(), ok, message: psalink::secret::mask(&message).into_owned() }
        };
        Ok(SendAnswer { results: deliveries.into_iter().map(sent).collect() })
    })
}

fn missing(missing_part: &str) -> Error {
    Error::new(
        ErrorKind::Missing,
        format!("psalink.yaml has no settings for sending previews; add `send: {{ {missing_part} }}`"),
    )
}

fn server(settings: &SendConfig) -> Result<MailServer, Error> {
    let smtp = &settings.smtp;
    let host = smtp.host.as_deref().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| missing("smtp: { host: smtp.msp.example, tls: starttls }"))?;
    let mut server = MailServer::new(host, smtp.port, smtp.tls);
    if let Some(user) = smtp.user.as_ref().filter(|user| !user.is_empty()) {
        let text = std::env::var(PASSWORD).map_err(|_| {
            let detail = format!(
                "the password for `{user}` is missing; put it in the environment variable {PASSWORD} before you start \
                 `psalink serve`"
            );
            Error::new(ErrorKind::Missing, detail)
        })?;
        server.login = Some(Login { user: user.clone(), password: Password::new(text)? });
    }
    Ok(server)
}
