//! What sources can use: values, functions, and how they are written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use minijinja::{AutoEscape, Environment, Output, State, Value, escape_formatter};
use serde::{Deserialize, Serialize};

use super::inputs::{Inputs, WrittenFor};
use super::{carried, depth};
use crate::config::settings::DEFAULT_COLOR;
use crate::error::{Error, ErrorKind, Missing};
use crate::html::escape::escape_into;
use crate::nearest::nearest;
use crate::parse::front_matter::FrontMatter;
use crate::vocabulary::Dialect;

/// How many similar meanings are listed for one that a dialect lacks.
const ALIKE: usize = 5;

/// What applies to all texts of one template.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Values {
    dialect: Option<String>,
    language: String,
    brand: BTreeMap<String, String>,
    placeholders: Placeholders,
}

/// The placeholders by meaning.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Placeholders {
    /// The name of the dialect for people; `None` if none is set.
    title: Option<String>,
    /// The dialects' names on the command line.
    dialects: Vec<String>,
    /// The placeholder for each meaning, as written.
    tokens: BTreeMap<String, String>,
    /// The meanings that any dialect has a placeholder for.
    meanings: BTreeSet<String>,
}

impl Values {
    pub fn of(inputs: &Inputs<'_>, name: &str, front_matter: Option<&FrontMatter>) -> Result<Values, Error> {
        let target = (inputs.target)(Path::new(name), front_matter).map_err(|error| error.at(name))?;
        let WrittenFor { vocabulary, dialect, language } = target;
        let dialect = dialect.map(|index| &vocabulary.dialects()[index]);
        let means = |dialect: &Dialect| -> BTreeSet<String> {
            let exist = dialect.placeholders().iter().filter(|known| known.use_instead.is_none());
            exist.flat_map(|known| known.means.iter().cloned()).collect()
        };
        let tokens = dialect.map(|dialect| {
            let token = |meaning: String| {
                let token = format!("[{}]", dialect.token(&meaning, &language)?);
                Some((meaning, token))
            };
            means(dialect).into_iter().filter_map(token).collect()
        });
        let brand = inputs.brand;
        let color = brand.color.clone().or_else(|| Some(DEFAULT_COLOR.to_owned()));
        let brand = [("name", brand.name.clone()), ("color", color), ("logo", brand.logo.clone())];
        Ok(Values {
            dialect: dialect.map(|dialect| dialect.id.clone()),
            brand: brand.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect(),
            placeholders: Placeholders {
                title: dialect.map(|dialect| dialect.title.clone()),
                dialects: vocabulary.dialects().iter().map(|dialect| dialect.id.clone()).collect(),
                tokens: tokens.unwrap_or_default(),
                meanings: vocabulary.dialects().iter().flat_map(means).collect(),
            },
            language,
        })
    }

    /// The values for one text.
    pub fn context(&self, subject: Option<Value>, body: Option<Value>) -> Value {
        let dialect = match &self.dialect {
            Some(dialect) => Value::from(dialect.as_str()),
            None => Value::from(carried::carry(self.placeholders.no_dialect())),
        };
        let mut context = BTreeMap::from([
            ("dialect", dialect),
            ("language", Value::from(self.language.as_str())),
            ("brand", Value::from(self.brand.clone())),
        ]);
        context.extend(subject.map(|subject| ("subject", subject)));
        context.extend(body.map(|body| ("body", body)));
        Value::from(context)
    }
}

impl Placeholders {
    /// The error for what needs a dialect, if none is known.
    fn no_dialect(&self) -> Error {
        let ids: Vec<String> = self.dialects.iter().map(|id| format!("`--dialect {id}`")).collect();
        let advice = format!("choose one with {}, or add `dialect:` to psalink.yaml", ids.join(" or "));
        Error::new(ErrorKind::Template, "this depends on the PSA, and no PSA is set").needs(Missing::Dialect, &advice)
    }

    /// The placeholder for a meaning, if the dialect has one.
    ///
    /// # Errors
    ///
    /// A meaning that no dialect knows, or an unknown dialect.
    fn token(&self, meaning: &str) -> Result<Option<&str>, Error> {
        if !self.meanings.contains(meaning) {
            let hint = nearest(meaning, self.meanings.iter().map(String::as_str))
                .map_or_else(|| "run `psalink tokens list` to see them all".to_owned(), |near| near.question());
            return Err(Error::new(ErrorKind::Template, format!("no placeholder has the meaning `{meaning}`; {hint}")));
        }
        if self.title.is_none() {
            return Err(self.no_dialect());
        }
        Ok(self.tokens.get(meaning).map(String::as_str))
    }

    /// The placeholder for a meaning.
    fn placeholder(&self, meaning: &str) -> Result<Value, Error> {
        if let Some(token) = self.token(meaning)? {
            return Ok(Value::from_safe_string(token.to_owned()));
        }
        // If nothing is spelled similarly, meanings about the same thing are the closest.
        let about = meaning.split_once('.').map_or(meaning, |(about, _)| about);
        let is_alike = |known: &&str| known.split_once('.').is_some_and(|(other, _)| other == about);
        let known = self.tokens.keys().map(String::as_str);
        let alike: Vec<String> = match nearest(meaning, known.clone()) {
            Some(near) => near.names().iter().map(|known| format!("`{known}`")).collect(),
            None => known.filter(is_alike).take(ALIKE).map(|known| format!("`{known}`")).collect(),
        };
        let near = match alike.as_slice() {
            [] => String::new(),
            alike => format!("; closest: {}", alike.join(", ")),
        };
        let detail = format!(
            "{} has no placeholder with the meaning `{meaning}`{near}; check first with `{{% if \
             has_placeholder(\"{meaning}\") %}}`",
            self.title.as_deref().unwrap_or_default()
        );
        Err(Error::new(ErrorKind::Template, detail))
    }
}

/// Adds the functions to an environment, and makes it write values as messages need them.
pub(super) fn install(environment: &mut Environment<'static>, values: &Arc<Values>) {
    let known = Arc::clone(values);
    environment.add_function("placeholder", move |meaning: &str| {
        known.placeholders.placeholder(meaning).map_err(carried::carry)
    });
    let known = Arc::clone(values);
    environment.add_function("has_placeholder", move |meaning: &str| {
        known.placeholders.token(meaning).map(|token| token.is_some()).map_err(carried::carry)
    });
    environment.remove_global("debug"); // shows what no message should contain
    environment.set_formatter(write);
    let escaped = |value: Value| match value.is_safe() {
        true => Ok(value),
        false => depth::check(&value).map(|()| Value::from_safe_string(escape(&value.to_string()))),
    };
    environment.add_filter("escape", escaped);
    environment.add_filter("e", escaped);
    depth::install(environment);
}

/// Writes a value; minijinja itself would write `/` as a reference, which makes links hard to read.
fn write(out: &mut Output, state: &mut State, value: &Value) -> Result<(), minijinja::Error> {
    depth::check(value)?;
    if !matches!(state.auto_escape(), AutoEscape::Html) || value.is_safe() || value.is_undefined() {
        return escape_formatter(out, state, value);
    }
    match value.as_str() {
        Some(text) => out.write_str(&escape(text))?,
        None => out.write_str(&escape(&value.to_string()))?,
    }
    Ok(())
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(text, &mut out);
    out
}
