//! Files in `grammar/`, which are built into the program.

use serde::de::DeserializeOwned;

/// A file in `grammar/`, converted to JSON at build time.
macro_rules! built_in {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $name, ".json"))
    };
}
pub(crate) use built_in;

/// Reads a file that was converted at build time.
pub(crate) fn read<T: DeserializeOwned>(json: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(json)
}
