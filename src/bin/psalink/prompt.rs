//! Asks what to do with a message that is new or has changed.

use std::io::{self, BufRead, IsTerminal};

use psalink::{Error, ErrorKind};

use crate::console::Console;

/// The answer about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewAnswer {
    /// It is right; record it.
    Accept,
    /// The recorded message is right; discard the new one.
    Keep,
    /// Decide later.
    Skip,
    /// It is right, and so is all that follows of its template.
    Template,
    /// Nor any of those that follow.
    Quit,
}

/// Checks that there is a terminal for questions.
pub fn check_terminal() -> Result<(), Error> {
    let is_terminal = io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal();
    if is_terminal {
        return Ok(());
    }
    let detail = "`--review` needs a terminal; run `psalink test` to see the changes, and `psalink test --accept FILTER` to \
                  accept them";
    Err(Error::new(ErrorKind::Usage, detail))
}

/// Asks until there is an answer; if the terminal is closed, the answer is to quit.
pub fn ask(question: &str, input: &mut impl BufRead, console: &mut Console) -> ReviewAnswer {
    loop {
        console.say(question);
        let mut line = String::new();
        if !matches!(input.read_line(&mut line), Ok(1..)) {
            console.say("\n");
            return ReviewAnswer::Quit;
        }
        match answer(&line) {
            Some(answer) => return answer,
            None => console.say("Please type a, k, s, t or q, and press Enter.\n"),
        }
    }
}

fn answer(line: &str) -> Option<ReviewAnswer> {
    Some(match line.trim().to_lowercase().as_str() {
        "a" | "accept" => ReviewAnswer::Accept,
        "k" | "keep" => ReviewAnswer::Keep,
        "s" | "skip" => ReviewAnswer::Skip,
        "t" | "template" => ReviewAnswer::Template,
        "q" | "quit" => ReviewAnswer::Quit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_letters_and_words() {
        for (line, expected) in [
            ("a\n", Some(ReviewAnswer::Accept)),
            (" Keep \r\n", Some(ReviewAnswer::Keep)),
            ("s", Some(ReviewAnswer::Skip)),
            ("t\n", Some(ReviewAnswer::Template)),
            ("QUIT\n", Some(ReviewAnswer::Quit)),
            ("\n", None),
            ("yes\n", None),
        ] {
            assert_eq!(answer(line), expected, "{line:?}");
        }
    }
}
