//! Limits for YAML texts: neither unlimited nesting nor unlimited repetition by aliases.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess as _, Visitor};

/// The number of brackets that may be open at once; parsing time grows with its square.
pub(super) const DEPTH_LIMIT: usize = 200;

pub(super) fn nested_deeper_than(text: &str, limit: usize) -> bool {
    let mut depth = 0usize;
    text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > limit
    })
}

/// How much text the aliases of a file may repeat, in bytes.
pub(super) const REPEATED: usize = 1 << 20;

/// Whether aliases expand a text to much more than it contains: 100 KB repeated 2,000 times are 200 MB to process.
pub(super) fn grows(text: &str) -> bool {
    if memchr::memchr(b'&', text.as_bytes()).is_none() || memchr::memchr(b'*', text.as_bytes()).is_none() {
        return false;
    }
    let mut left = text.len() + REPEATED;
    // Other mistakes are reported by the actual reader.
    let _ = Measure(&mut left).deserialize(serde_yaml::Deserializer::from_str(text));
    left == 0
}

/// Subtracts the length of each value from what is left, and fails when nothing is.
struct Measure<'a>(&'a mut usize);

impl Measure<'_> {
    fn take<E: serde::de::Error>(&mut self, length: usize) -> Result<(), E> {
        *self.0 = self.0.saturating_sub(length + 1);
        if *self.0 == 0 { Err(E::custom("too much")) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Measure<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<(), D::Error> {
        self.take(0)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Measure<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<(), E> {
        self.take(text.len())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i128<E>(self, _: i128) -> Result<(), E> {
        Ok(())
    }

    fn visit_u128<E>(self, _: u128) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Measure(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_key_seed(Measure(&mut *self.0))?.is_some() {
            map.next_value_seed(Measure(&mut *self.0))?;
        }
        Ok(())
    }

    /// A value with a tag, `!name value`.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        let (_, value) = tagged.variant::<String>()?;
        value.newtype_variant_seed(self)
    }
}
