//! A recorded message as written to its file.

use super::body::Body;
use super::header::Header;
use super::record::{Record, digest};

impl Record {
    /// The message as people read it in a diff, without a final line break.
    pub fn body(&self) -> String {
        Body::of(self).write()
    }

    /// The whole file.
    pub fn to_file(&self) -> String {
        let body = self.body();
        let header = Header::of(self, digest(body.as_bytes()));
        format!("{}{body}\n", header.write())
    }
}
