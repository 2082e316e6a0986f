//! The conversation between psalink and a mail server, as a person may read it: without the password.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};

use super::connection::Reply;
use crate::error::{Error, ErrorKind};
use crate::secret::masked;

/// The password for a mail server. It is never printed, and psalink wipes it from memory after use.
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
    /// A password; a line break after it is not part of it.
    ///
    /// # Errors
    ///
    /// An empty password, or one with characters that cannot be typed.
    pub fn new(text: String) -> Result<Password, Error> {
        let secret = SecretString::from(text);
        let text = secret.expose_secret();
        let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        let wrong = |detail: &str| Err(Error::new(ErrorKind::Usage, detail));
        if text.is_empty() {
            return wrong("the password is empty");
        }
        if text.contains(char::is_control) {
            return wrong("the password contains a line break or another character that cannot be typed");
        }
        Ok(Password(SecretString::from(text)))
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Receives a conversation line by line.
pub type Listener<'a> = Box<dyn FnMut(&str) + 'a>;

/// The conversation, line by line, for anyone who wants to read it.
pub(super) struct Transcript<'a> {
    tell: Option<Listener<'a>>,
    /// In every form in which a server could send them back, longest first.
    secrets: Vec<SecretString>,
}

/// What replaces a password.
const MASK: &str = "****";

impl<'a> Transcript<'a> {
    pub fn new(login: Option<(&str, &Password)>, tell: Option<Listener<'a>>) -> Transcript<'a> {
        let mut secrets = Vec::new();
        if let Some((user, password)) = login {
            let password = password.expose();
            let together = [
                format!("{user}\0{user}\0{password}"),
                format!("\0{user}\0{password}"),
                format!("{user}:{password}"),
                password.to_owned(),
            ];
            for text in together.map(SecretString::from) {
                let text = text.expose_secret();
                secrets.push(SecretString::from(STANDARD_NO_PAD.encode(text)));
                secrets.push(SecretString::from(URL_SAFE_NO_PAD.encode(text)));
            }
            let in_address = utf8_percent_encode(password, NON_ALPHANUMERIC).to_string();
            secrets.push(SecretString::from(in_address));
            secrets.push(SecretString::from(password));
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        }
        Transcript { tell, secrets }
    }

    /// A line that psalink sent.
    pub fn sent(&mut self, line: &str) {
        self.line('>', line);
    }

    /// A reply from the server.
    pub fn got(&mut self, reply: &Reply) {
        for line in &reply.lines {
            self.line('<', &format!("{} {line}", reply.code));
        }
    }

    /// The result of a command that the server did not accept.
    pub fn failed(&mut self, text: &str) {
        self.line('<', text);
    }

    /// A remark that is not part of the conversation.
    pub fn note(&mut self, text: &str) {
        self.line('*', text);
    }

    /// A server's text without the password, and without anything that would disturb a terminal.
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.replace(|character: char| character.is_control(), " ");
        for secret in &self.secrets {
            if text.contains(secret.expose_secret()) {
                text = text.replace(secret.expose_secret(), MASK);
            }
        }
        masked(text)
    }

    fn line(&mut self, mark: char, text: &str) {
        if self.tell.is_some() {
            let text = self.clean(text);
            if let Some(tell) = &mut self.tell {
                tell(format!("{mark} {text}").trim_end());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let password = Password::new("hunter22\r\n".to_owned()).unwrap();
        assert_eq!(password.expose(), "hunter22");
        assert!(!format!("{password:?}").contains("hunter"));
        for (text, expected) in [("", "empty"), ("\n", "empty"), ("a\nb", "line break"), ("a\0b", "typed")] {
            assert!(Password::new(text.to_owned()).unwrap_err().to_string().contains(expected), "{text:?}");
        }
    }

    #[test]
    fn no_form_of_a_password_is_shown() {
        let password = Password::new("hunter22".to_owned()).unwrap();
        let mut lines = Vec::new();
        {
            let mut transcript =
                Transcript::new(Some(("me", &password)), Some(Box::new(|line: &str| lines.push(line.to_owned()))));
            transcript.sent(&format!("AUTH PLAIN {}", STANDARD.encode("\0me\0hunter22")));
            transcript.failed("535 hunter22 is wrong\u{1b}[31m");
            transcript.failed(&format!("535 {} is wrong", STANDARD.encode("hunter22")));
        }
        assert_eq!(lines, ["> AUTH PLAIN ****", "< 535 **** is wrong [31m", "< 535 ****= is wrong"]);
    }

    #[test]
    fn what_a_server_says_of_a_password_in_an_address_is_not_shown() {
        let password = Password::new("hunt/er?22~".to_owned()).unwrap();
        let transcript = Transcript::new(Some(("me", &password)), None);
        for text in [
            "535 see https://x.example/?p=hunt%2Fer%3F22%7E",
            "535 smtp://me:hunt/er?22~@x.example",
            &format!("535 {}", URL_SAFE_NO_PAD.encode("hunt/er?22~")),
            &format!("535 Basic {}", STANDARD.encode("me:hunt/er?22~")),
            "535 sign in at https://x.example/?token=hunter22hunter22",
            "535 https://you:hunter22hunter22@x.example",
        ] {
            let cleaned = transcript.clean(text);
            assert!(
                !cleaned.contains("er%3F22") && !cleaned.contains("er?22") && !cleaned.contains("er22hu"),
                "{cleaned}"
            );
            assert!(!cleaned.contains(&STANDARD_NO_PAD.encode("hunt/er?22~")), "{cleaned}");
        }
    }
}
