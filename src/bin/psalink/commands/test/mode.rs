//! What a run does with messages that do not match their records, depending on the command line and the environment.

use psalink::{Error, ErrorKind};

use crate::args::{SampleArgs, TestArgs, UnreferencedArg};
use crate::inputs::mails;
use crate::inputs::sessions::Sessions;
use crate::prompt;

/// What a run does with messages that do not match their records.
pub enum TestMode {
    /// Shows them, and leaves them for review.
    Show,
    /// Shows them, and writes nothing; the text says what to do instead.
    Check(&'static str),
    /// Records those whose names contain this.
    Accept(String),
    /// Asks the user about each.
    Review,
    /// Records those that never were, without output.
    New,
}

/// Printed if values come from the command line.
const NEVER: &str = "messages filled in with `--set`, or with a file outside the samples folder, are never recorded";

impl TestMode {
    /// What the command line asks for.
    ///
    /// # Errors
    ///
    /// An option that writes files in CI, or a review without a terminal.
    pub fn of(args: &TestArgs) -> Result<TestMode, Error> {
        let refuse = |option: &str| {
            let detail = format!(
                "`{option}` writes files, but the environment variable CI is set, so psalink does not write any; run it on your \
                 own computer, and commit the files"
            );
            Err(Error::new(ErrorKind::Usage, detail))
        };
        let is_ci = std::env::var_os("CI").is_some_and(|value| {
            !["", "0", "false"].iter().any(|off| value.to_string_lossy().trim().eq_ignore_ascii_case(off))
        });
        Ok(match (&args.accept, args.review) {
            (Some(_), _) if is_ci => return refuse("--accept"),
            (_, true) if is_ci => return refuse("--review"),
            _ if is_ci && args.unreferenced == Some(UnreferencedArg::Delete) => return refuse("--unreferenced delete"),
            (Some(filter), _) => TestMode::Accept(filter.clone()),
            (None, true) => {
                prompt::check_terminal()?;
                TestMode::Review
            }
            (None, false) if is_ci => {
                TestMode::Check("run `psalink test --review` on your own computer, and commit the recorded messages")
            }
            (None, false) => TestMode::Show,
        })
    }

    /// The same, if values come from the command line: the next run would not have them.
    ///
    /// # Errors
    ///
    /// Messages that are filled in with such values but should be recorded.
    pub fn with_values(self, args: &SampleArgs, sessions: &Sessions) -> Result<TestMode, Error> {
        match self {
            TestMode::Accept(_) | TestMode::Review if mails::has_own_values(args, sessions) => {
                let detail = format!(
                    "{NEVER}, because a later run would not have these values; put them in a file in the samples folder \
                     (`samples` in psalink.yaml)"
                );
                Err(Error::new(ErrorKind::Usage, detail))
            }
            TestMode::Show if mails::has_own_values(args, sessions) => Ok(TestMode::Check(NEVER)),
            mode => Ok(mode),
        }
    }
}
