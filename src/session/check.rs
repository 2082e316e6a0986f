//! Checks configuration and command line against the vocabulary.

use std::collections::BTreeSet;

use super::overrides::Overrides;
use crate::config::{Config, LintConfig};
use crate::error::{Error, ErrorKind};
use crate::lint;
use crate::nearest::hint;
use crate::parse::deep_link;
use crate::vocabulary::Vocabulary;
use crate::yaml::{Map, Step};

/// The dialects that a configuration names.
pub(super) fn dialects(vocabulary: &Vocabulary, config: &Config) -> Result<(), Error> {
    let check = |id: &Option<String>, steps: &[Step]| match id {
        Some(id) => dialect(vocabulary, id).map(drop).map_err(|error| config.wrong(steps, error.detail())),
        None => Ok(()),
    };
    check(&config.dialect, &[Step::Key("dialect")])?;
    for (index, entry) in config.templates.iter().enumerate() {
        check(&entry.dialect, &[Step::Key("templates"), Step::Item(index), Step::Key("dialect")])?;
    }
    Ok(())
}

/// The index of a dialect.
pub(super) fn dialect(vocabulary: &Vocabulary, id: &str) -> Result<usize, Error> {
    let dialects = vocabulary.dialects();
    dialects.iter().position(|dialect| dialect.id == id).ok_or_else(|| {
        let hint = hint(id, "dialects", dialects.iter().map(|dialect| dialect.id.as_str()));
        Error::new(ErrorKind::Usage, format!("there is no dialect `{id}`; {hint}"))
    })
}

/// The languages that a configuration names.
pub(super) fn languages(vocabulary: &Vocabulary, config: &Config) -> Result<(), Error> {
    let check = |language: &Option<String>, steps: &[Step]| match language {
        Some(language) if !vocabulary.dialects().iter().any(|dialect| dialect.languages.contains(language)) => {
            let languages: BTreeSet<&String> =
                vocabulary.dialects().iter().flat_map(|dialect| &dialect.languages).collect();
            let hint = hint(language, "languages", languages.iter().map(|language| language.as_str()));
            let detail = format!("`language` is `{language}`; {hint}");
            Err(config.wrong(steps, detail))
        }
        _ => Ok(()),
    };
    check(&config.autotask.language, &[Step::Key("autotask"), Step::Key("language")])?;
    for (index, entry) in config.templates.iter().enumerate() {
        check(&entry.language, &[Step::Key("templates"), Step::Item(index), Step::Key("language")])?;
    }
    Ok(())
}

/// The terms that a configuration renames. A term that no name contains is misspelled.
pub(super) fn terms(vocabulary: &Vocabulary, config: &Config) -> Result<(), Error> {
    let Some(dialect) = vocabulary.dialect("autotask") else { return Ok(()) };
    let check = |terms: &Map<String>, steps: &[Step]| {
        let is_used = |term: &str| dialect.placeholders().iter().any(|placeholder| placeholder.name.contains(term));
        let Some((term, _)) = terms.iter().find(|(term, _)| !is_used(term)) else { return Ok(()) };
        let hint = hint(term, "terms", dialect.terms().iter().map(String::as_str));
        let steps: Vec<Step> = steps.iter().copied().chain([Step::Key("terms"), Step::Name(term)]).collect();
        Err(config.wrong(&steps, format!("`terms` renames `{term}`, which is not part of any name; {hint}")))
    };
    check(&config.autotask.terms, &[Step::Key("autotask")])?;
    for (index, entry) in config.templates.iter().enumerate() {
        if let Some(terms) = &entry.terms {
            check(terms, &[Step::Key("templates"), Step::Item(index)])?;
        }
    }
    Ok(())
}

/// The rules that a configuration names.
pub(super) fn rules(config: &Config) -> Result<(), Error> {
    let check = |lint: &LintConfig, steps: &[Step]| {
        let at = |more: &[Step], name: &str| {
            let steps: Vec<Step> = steps.iter().chain(more).copied().collect();
            if name == lint::ALL {
                return Ok(());
            }
            lint::rule(name).map(drop).map_err(|error| config.wrong(&steps, error.detail()))
        };
        for (key, names) in [("select", &lint.select), ("ignore", &lint.ignore)] {
            for (index, name) in names.iter().enumerate() {
                at(&[Step::Key("lint"), Step::Key(key), Step::Item(index)], name)?;
            }
        }
        lint.levels
            .iter()
            .try_for_each(|(name, _)| at(&[Step::Key("lint"), Step::Key("levels"), Step::Name(name)], name))
    };
    check(&config.lint, &[])?;
    let mut entries = config.templates.iter().enumerate();
    entries.try_for_each(|(index, entry)| check(&entry.lint, &[Step::Key("templates"), Step::Item(index)]))
}

/// The host from the command line or the configuration.
pub(super) fn host(vocabulary: &Vocabulary, config: &Config, overrides: &Overrides) -> Result<Option<String>, Error> {
    let usage = |detail: String| Error::new(ErrorKind::Usage, detail);
    let (portal, host, is_config) = match (&overrides.portal, &overrides.host) {
        (Some(_), Some(_)) => {
            let detail = "`--portal` and `--host` cannot be used together; keep the right one";
            return Err(usage(detail.to_owned()));
        }
        (None, None) => (&config.portal, &config.host, true),
        (portal, host) => (portal, host, false),
    };
    let wrong =
        |key: &str, detail: String| if is_config { config.wrong(&[Step::Key(key)], detail) } else { usage(detail) };
    let Some(target) = vocabulary.targets().first() else { return Ok(None) };
    if let Some(host) = host {
        let detail = || format!("`{host}` is not a valid host name; write it like `support.example.com`");
        return deep_link::valid_host(host).map(Some).ok_or_else(|| wrong("host", detail()));
    }
    let Some(portal) = portal else { return Ok(None) };
    // People copy what they see in their browser.
    let label = portal.strip_suffix(&format!(".{}", target.host_suffix)).unwrap_or(portal);
    let is_label = !label.is_empty()
        && label.len() <= 63
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-');
    if !is_label {
        let detail = format!("`{portal}` is not the name of a portal; write `acme` for {}", target.host_of("acme"));
        return Err(wrong("portal", detail));
    }
    Ok(Some(target.host_of(&label.to_lowercase())))
}
