//! The settings of a new project: from the command line, or from the person at the terminal.

use std::io::BufRead;

use psalink::nearest::hint;
use psalink::session::Overrides;
use psalink::vocabulary::is_reserved_host;
use psalink::{Config, Error, ErrorKind, Session, Vocabulary};
use url::Url;

use crate::args::InitArgs;

/// The settings of a new project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// The portal that links open.
    pub portal: Portal,
    /// The PSA that sends the messages.
    pub dialect: String,
    /// The name of the company, as customers know it.
    pub name: Option<String>,
    /// The address of the survey; `{ticket}` in it is where the number of the ticket goes.
    pub survey: Option<String>,
}

/// The portal that links in a new project open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Portal {
    /// The name of a portal on the vendor's own domain.
    Name(String),
    /// A custom domain.
    Host(String),
}

/// The person at the terminal.
pub struct Terminal<'a> {
    /// The keyboard input.
    pub input: &'a mut dyn BufRead,
    /// Prints questions.
    pub say: &'a mut dyn FnMut(&str),
}

impl Answers {
    /// Takes the answers from the command line, and asks for the rest if there is a terminal.
    pub fn of(args: &InitArgs, mut terminal: Option<Terminal<'_>>) -> Result<Answers, Error> {
        let name = match (&args.name, &mut terminal) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(terminal)) => {
                terminal.ask("The name of your company, as your customers know it (Enter to leave it open)")?
            }
            (None, None) => None,
        };
        let portal = portal(args, terminal.as_mut())?;
        let dialect = dialect(args, terminal.as_mut())?;
        Ok(Answers { portal, dialect, name, survey: survey(args, terminal)? })
    }
}

impl Terminal<'_> {
    /// Asks once; `None` if the answer is empty.
    fn ask(&mut self, question: &str) -> Result<Option<String>, Error> {
        (self.say)(&format!("{question}: "));
        let mut answer = String::new();
        self.input.read_line(&mut answer).map_err(|error| Error::could_not("read the answer", error))?;
        let answer = answer.trim();
        Ok((!answer.is_empty()).then(|| answer.to_owned()))
    }

    fn ask_for(&mut self, question: &str) -> Result<String, Error> {
        let missing = || Error::new(ErrorKind::Usage, "no answer was given, so nothing was written");
        self.ask(question)?.ok_or_else(missing)
    }
}

fn portal(args: &InitArgs, terminal: Option<&mut Terminal<'_>>) -> Result<Portal, Error> {
    let portal = match (&args.portal, &args.host, terminal) {
        (Some(portal), ..) => Portal::Name(portal.clone()),
        (None, Some(host), _) => Portal::Host(host.clone()),
        (None, None, Some(terminal)) => {
            let answer = terminal.ask_for("The name of your DeskDirector portal (acme for acme.deskdirector.com)")?;
            // A portal name has no dots, apart from the vendor's domain.
            match answer.trim_end_matches(".deskdirector.com").contains('.') {
                true => Portal::Host(answer),
                false => Portal::Name(answer),
            }
        }
        (None, None, None) => {
            let detail = "no portal was given; use `psalink init --portal acme --dialect connectwise` for acme.deskdirector.com, \
                          or `--host support.example.com` if the portal has its own domain";
            return Err(Error::new(ErrorKind::Usage, detail));
        }
    };
    // A wrong portal would end up in every link, so it is checked like one from the command line.
    let overrides = match &portal {
        Portal::Name(name) => Overrides { portal: Some(name.clone()), ..Overrides::default() },
        Portal::Host(host) => Overrides { host: Some(host.clone()), ..Overrides::default() },
    };
    Session::new(Config::default(), overrides)?;
    Ok(match portal {
        Portal::Name(name) => Portal::Name(name.trim_end_matches(".deskdirector.com").to_owned()),
        host => host,
    })
}

fn dialect(args: &InitArgs, terminal: Option<&mut Terminal<'_>>) -> Result<String, Error> {
    let known: Vec<&str> = Vocabulary::builtin().dialects().iter().map(|dialect| dialect.id.as_str()).collect();
    let dialect = match (&args.dialect, terminal) {
        (Some(dialect), _) => dialect.clone(),
        (None, Some(terminal)) => terminal.ask_for(&format!("Your PSA ({})", known.join(" or ")))?.to_lowercase(),
        (None, None) => {
            let detail = format!("no PSA was given; use `--dialect {}`", known.join("` or `--dialect "));
            return Err(Error::new(ErrorKind::Usage, detail));
        }
    };
    if !known.contains(&dialect.as_str()) {
        let hint = hint(&dialect, "PSAs", known.iter().copied());
        return Err(Error::new(ErrorKind::Usage, format!("there is no PSA called `{dialect}`; {hint}")));
    }
    Ok(dialect)
}

/// The address of the survey; without one, the survey message is left out.
pub fn survey(args: &InitArgs, terminal: Option<Terminal<'_>>) -> Result<Option<String>, Error> {
    let address = match (&args.survey, terminal) {
        (Some(address), _) => Some(address.clone()),
        (None, Some(mut terminal)) => terminal.ask(
            "The address of your survey, with {ticket} where the ticket's number belongs (Enter to leave that message out)",
        )?,
        (None, None) => None,
    };
    address.map(|address| checked(&address).map(|()| address)).transpose()
}

/// Checks an address that will be written into templates.
fn checked(address: &str) -> Result<(), Error> {
    let wrong = |detail: &str| {
        let detail = format!("`{address}` cannot be the address of a survey: {detail}");
        Err(Error::new(ErrorKind::Usage, detail))
    };
    let rest = address.replace("{ticket}", "1");
    if rest.contains(|character: char| {
        character.is_whitespace() || character.is_control() || "\"'\\<>{}`".contains(character)
    }) {
        return wrong("it may contain no spaces, quotes or braces, apart from `{ticket}`");
    }
    let url = Url::parse(&rest).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    match url.as_ref().and_then(Url::host_str) {
        Some(host) if is_reserved_host(host) => wrong("it is reserved for examples, so it never works"),
        Some(host) if host.contains('.') => Ok(()),
        _ => wrong("write it in full, as in `https://survey.your-vendor.com/rate?ticket={ticket}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn args() -> InitArgs {
        InitArgs { folder: PathBuf::from("."), portal: None, host: None, dialect: None, name: None, survey: None }
    }

    fn typed(text: &str) -> (Result<Answers, Error>, String) {
        let mut questions = String::new();
        let mut say = |text: &str| questions.push_str(text);
        let mut input = text.as_bytes();
        let answers = Answers::of(&args(), Some(Terminal { input: &mut input, say: &mut say }));
        (answers, questions)
    }

    #[test]
    fn asks_for_what_the_command_line_does_not_say() {
        let (answers, questions) = typed("Acme IT\nacme\nAutotask\nhttps://rate.acme-it.com/?t={ticket}\n");
        let survey = Some("https://rate.acme-it.com/?t={ticket}".to_owned());
        let portal = Portal::Name("acme".to_owned());
        let name = Some("Acme IT".to_owned());
        assert_eq!(answers.unwrap(), Answers { portal, dialect: "autotask".to_owned(), name, survey });
        assert_eq!(questions.matches(": ").count(), 4, "{questions}");
        let (answers, _) = typed("\nsupport.acme-it.com\nconnectwise\n\n");
        let answers = answers.unwrap();
        assert_eq!((answers.name, answers.survey), (None, None));
        assert_eq!(answers.portal, Portal::Host("support.acme-it.com".to_owned()));
    }

    #[test]
    fn refuses_answers_that_cannot_be_right() {
        for (text, expected) in [
            ("Acme\n\n", "no answer was given"),
            ("Acme\nacme\nconectwise\n", "did you mean `connectwise`?"),
            ("Acme\nacme\nautotask\nsurvey.acme-it.com\n", "write it in full"),
            ("Acme\nacme\nautotask\nhttps://survey.example/\n", "reserved for examples"),
            ("Acme\nacme\nautotask\nhttps://rate.acme-it.com/{{ x }}\n", "no spaces, quotes or braces"),
        ] {
            let error = typed(text).0.unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
