//! Files of `grammar/`, which are part of the program.

use serde::de::DeserializeOwned;

/// A file of `grammar/`, made JSON when the program was built.
macro_rules! built_in {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $name, ".json"))
    };
}
pub(crate) use built_in;

/// Reads a file that was made when the program was built.
pub(crate) fn read<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(json)
}
