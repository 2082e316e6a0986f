//! One rendered message of a run.

use psalink::render::Rendered;

use crate::workers::Job;

/// A message, filled in with one sample.
pub struct PreviewMail {
    pub job: Job,
    pub psa: String,
    pub dialect: String,
    pub sample: String,
    pub rendered: Rendered,
}
