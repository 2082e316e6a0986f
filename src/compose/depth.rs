//! Limits how deeply values may be nested, and how many one may contain, before they become text.

use minijinja::value::{Rest, ValueKind};
use minijinja::{Environment, Error, State, Value, filters};

use super::carried;
use crate::error;

/// How deeply values may be nested: a value that contains itself has no end.
const DEPTH: usize = 100;

/// How many values one may contain.
const COUNT: usize = 200_000;

/// Checks a value that is about to become text.
///
/// # Errors
///
/// A value that contains itself, is nested too deeply, or is too large.
pub(super) fn check(value: &Value) -> Result<(), Error> {
    if !may_hold(value) {
        return Ok(());
    }
    let wrong = |detail: String| Err(carried::carry(error::Error::new(error::ErrorKind::Template, detail)));
    let mut count = 0;
    // For each value on the way down, the remaining values inside it.
    let mut levels = vec![inner(value)];
    while let Some(level) = levels.last_mut() {
        let Some(next) = level.next() else {
            levels.pop();
            continue;
        };
        count += 1;
        if count > COUNT {
            return wrong(format!("this value contains more than {COUNT} others, too many to write out"));
        }
        if may_hold(&next) {
            if levels.len() >= DEPTH {
                return wrong(format!(
                    "this value contains itself, or is nested more than {DEPTH} levels deep, so it cannot be written out"
                ));
            }
            levels.push(inner(&next));
        }
    }
    Ok(())
}

/// Keeps filters that write values from going deeper than there is room.
pub(super) fn install(environment: &mut Environment<'static>) {
    // The original filters keep names that no source can write.
    environment.add_filter("\u{1}join", filters::join);
    environment.add_filter("\u{1}string", filters::string);
    environment.add_filter("\u{1}pprint", filters::pprint);
    environment.add_filter("\u{1}tojson", filters::tojson);
    environment.add_filter("\u{1}replace", filters::replace);
    environment.add_filter("\u{1}format", filters::format);
    for (name, hidden) in [
        ("join", "\u{1}join"),
        ("string", "\u{1}string"),
        ("pprint", "\u{1}pprint"),
        ("tojson", "\u{1}tojson"),
        ("replace", "\u{1}replace"),
        ("format", "\u{1}format"),
    ] {
        environment.add_filter(name, move |state: &mut State, all: Rest<Value>| -> Result<Value, Error> {
            all.iter().try_for_each(check)?;
            state.apply_filter(hidden, &all)
        });
    }
}

/// Whether it may contain other values.
fn may_hold(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Map | ValueKind::Iterable | ValueKind::Plain)
}

/// The values inside a value.
fn inner(value: &Value) -> Box<dyn Iterator<Item = Value>> {
    let Ok(iter) = value.try_iter() else { return Box::new(std::iter::empty()) };
    if value.kind() != ValueKind::Map {
        return Box::new(iter);
    }
    let map = value.clone();
    Box::new(iter.flat_map(move |key| [map.get_item(&key).unwrap_or_default(), key]))
}
