//! Finds the place of a key or a value in a YAML text.
//!
//! yaml_serde gives the place of what it cannot read, but not of what it has read. Another YAML reader that keeps
//! positions would understand some files differently. So the same reader is led to the place, and fails there.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A step from the top of a YAML text to one of its keys or values.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// To the value of a key.
    Key(&'a str),
    /// To an item of a sequence, counted from 0.
    Item(usize),
    /// To a key itself.
    Name(&'a str),
}

/// A text without the byte order mark that some editors put at its start.
pub(crate) fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The line and column, both counted from 1, that the steps lead to in a text that was read before.
pub(crate) fn locate(text: &str, steps: &[Step<'_>]) -> Option<(usize, usize)> {
    let error = StepWalk(steps).deserialize(serde_yaml::Deserializer::from_str(without_bom(text))).err()?;
    error.location().map(|at| (at.line(), at.column()))
}

/// Follows the steps, and fails at the end of them.
struct StepWalk<'a>(&'a [Step<'a>]);

impl<'de> DeserializeSeed<'de> for StepWalk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.0.is_empty() {
            return Err(deserializer.deserialize_any(Arrived).err().unwrap_or_else(|| D::Error::custom("here")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StepWalk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a mapping or a sequence")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (first, rest) = self.0.split_first().map_or((None, self.0), |(first, rest)| (Some(*first), rest));
        while let Some(is_next) = map.next_key_seed(WalkKey(first))? {
            match is_next {
                true => map.next_value_seed(StepWalk(rest))?,
                false => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if let Some((Step::Item(index), rest)) = self.0.split_first() {
            for _ in 0..*index {
                items.next_element::<IgnoredAny>()?;
            }
            items.next_element_seed(StepWalk(rest))?;
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// Tells whether a key is the next step.
struct WalkKey<'a>(Option<Step<'a>>);

impl<'de> DeserializeSeed<'de> for WalkKey<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for WalkKey<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<bool, E> {
        match self.0 {
            Some(Step::Name(name)) if name == key => Err(E::custom("here")),
            Some(Step::Key(name)) => Ok(name == key),
            _ => Ok(false),
        }
    }
}

/// Accepts nothing, so any value is an error at its place.
struct Arrived;

impl Visitor<'_> for Arrived {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("this place")
    }
}
