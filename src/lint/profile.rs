//! Which rules are reported, and how.

use crate::config::{LevelConfig, LintConfig};
use crate::diagnostic::{Diagnostic, Level};
use crate::error::{Error, ErrorKind};
use crate::lint::{RULES, Rule, When, rules};
use crate::nearest::nearest;

/// Which rules are reported, and how.
///
/// ```
/// use psalink::Level;
/// use psalink::lint::Profile;
/// let mut profile = Profile::default();
/// assert!(!profile.reports("missing-lang"));
/// profile.select(&["missing-lang"])?;
/// profile.set_level("missing-lang", Level::Error)?;
/// assert!(profile.reports("missing-lang"));
/// # Ok::<(), psalink::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    choices: Vec<Choice>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Off,
    /// At each finding's own level.
    On,
    At(Level),
}

/// The word that stands for all rules.
pub const ALL: &str = "all";

/// The rules that are also reported for a template that is about to go into the PSA, as with `psalink lint --ready`.
pub const READY: &[&str] = &[ONLY_PSALINK, crate::lint::rules::example_address::RULE.name];

/// The rule about syntax that only psalink understands.
pub const ONLY_PSALINK: &str = crate::lint::rules::psalink_only_syntax::RULE.name;

impl Default for Profile {
    /// The rules for ticket messages; a good template has no findings.
    fn default() -> Profile {
        let choice = |rule: &&Rule| if rule.when == When::Off { Choice::Off } else { Choice::On };
        Profile { choices: RULES.iter().map(choice).collect() }
    }
}

impl Profile {
    /// Every rule.
    pub fn all() -> Profile {
        Profile { choices: vec![Choice::On; RULES.len()] }
    }

    /// No rule at all.
    pub fn none() -> Profile {
        Profile { choices: vec![Choice::Off; RULES.len()] }
    }

    /// Whether a rule is reported.
    pub fn reports(&self, rule: &str) -> bool {
        RULES.iter().position(|known| known.name == rule).is_none_or(|index| self.choices[index] != Choice::Off)
    }

    /// The rules that are reported, in order.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        RULES.iter().copied().zip(&self.choices).filter(|(_, choice)| **choice != Choice::Off).map(|(rule, _)| rule)
    }

    /// Also reports these rules; `all` means every rule.
    ///
    /// # Errors
    ///
    /// A rule that does not exist.
    pub fn select(&mut self, rules: &[impl AsRef<str>]) -> Result<(), Error> {
        self.change(rules, |choice| {
            if *choice == Choice::Off {
                *choice = Choice::On;
            }
        })
    }

    /// Does not report these rules; `all` means every rule.
    ///
    /// # Errors
    ///
    /// A rule that does not exist.
    pub fn ignore(&mut self, rules: &[impl AsRef<str>]) -> Result<(), Error> {
        self.change(rules, |choice| *choice = Choice::Off)
    }

    /// Reports a rule at a level.
    ///
    /// # Errors
    ///
    /// A rule that does not exist.
    pub fn set_level(&mut self, rule: &str, level: Level) -> Result<(), Error> {
        self.change(&[rule], |choice| *choice = Choice::At(level))
    }

    /// Applies a configuration. If it both selects and ignores a rule, the rule is ignored; but `ignore: [all]` is
    /// applied first, so that a few rules can be selected alone.
    ///
    /// # Errors
    ///
    /// A rule that does not exist.
    pub fn configure(&mut self, config: &LintConfig) -> Result<(), Error> {
        self.choose(&config.select, &config.ignore)?;
        for (rule, level) in config.levels.iter() {
            match level {
                LevelConfig::Off => self.ignore(&[rule])?,
                LevelConfig::Note => self.set_level(rule, Level::Note)?,
                LevelConfig::Warning => self.set_level(rule, Level::Warning)?,
                LevelConfig::Error => self.set_level(rule, Level::Error)?,
            }
        }
        Ok(())
    }

    /// Rules to report and rules not to report, as given on the command line.
    ///
    /// # Errors
    ///
    /// A rule that does not exist.
    pub fn choose(&mut self, select: &[String], ignore: &[String]) -> Result<(), Error> {
        if ignore.iter().any(|rule| rule == ALL) {
            self.ignore(&[ALL])?;
        }
        self.select(select)?;
        self.ignore(&ignore.iter().filter(|rule| *rule != ALL).collect::<Vec<_>>())
    }

    /// A finding at the level of this profile; `None` if its rule is not reported.
    pub(super) fn weigh(&self, mut finding: Diagnostic) -> Option<Diagnostic> {
        let index = RULES.iter().position(|rule| rule.name == finding.rule);
        match index.map_or(Choice::On, |index| self.choices[index]) {
            Choice::Off => return None,
            Choice::On => {}
            Choice::At(level) => finding.level = level,
        }
        Some(finding)
    }

    /// The same profile, limited to some of the rules.
    pub(super) fn limited_to(&self, is_asked: impl Fn(&Rule) -> bool) -> Profile {
        let choice = |(rule, choice): (&&Rule, &Choice)| if is_asked(rule) { *choice } else { Choice::Off };
        Profile { choices: RULES.iter().zip(&self.choices).map(choice).collect() }
    }

    /// The names of the rules that are reported, in order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.rules().map(|rule| rule.name)
    }

    fn change(&mut self, rules: &[impl AsRef<str>], change: impl Fn(&mut Choice)) -> Result<(), Error> {
        for rule in rules {
            let rule = rule.as_ref();
            if rule == ALL {
                self.choices.iter_mut().for_each(&change);
                continue;
            }
            let index = RULES.iter().position(|known| known.name == rule).ok_or_else(|| unknown(rule))?;
            change(&mut self.choices[index]);
        }
        Ok(())
    }
}

/// The rule with that name.
///
/// # Errors
///
/// No rule has that name; the error names the closest one.
pub fn rule(name: &str) -> Result<&'static Rule, Error> {
    rules::named(name).ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> Error {
    let hint = nearest(name, RULES.iter().map(|rule| rule.name).chain([ALL]))
        .map_or_else(|| "`psalink explain` lists the rules".to_owned(), |near| near.question());
    Error::new(ErrorKind::Usage, format!("there is no rule `{name}`; {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_word_outranks_an_earlier_one() {
        let mut profile = Profile::default();
        profile.ignore(&[ALL]).unwrap();
        profile.select(&["magic-token"]).unwrap();
        assert_eq!(profile.names().collect::<Vec<_>>(), ["magic-token"]);
        profile.set_level("unexpected-host", Level::Error).unwrap();
        assert!(profile.reports("unexpected-host"));
    }

    #[test]
    fn an_unknown_rule_is_refused_with_the_nearest() {
        let error = Profile::default().select(&["unknown-comand"]).unwrap_err().to_string();
        assert_eq!(error, "there is no rule `unknown-comand`; did you mean `unknown-command`?");
    }
}
