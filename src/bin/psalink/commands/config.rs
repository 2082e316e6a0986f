//! `psalink config schema`

use psalink::{Config, Error};

use crate::console::{Console, Status};

pub fn schema(console: &mut Console) -> Result<Status, Error> {
    console.result(format!("{:#}\n", Config::schema()).as_bytes());
    Ok(Status::Clean)
}
