//! What templates are put together with, as the configuration says.

use std::path::{Path, PathBuf};

use crate::config::Brand;
use crate::error::Error;
use crate::parse::front_matter::FrontMatter;
use crate::source::reading::Reading;
use crate::vocabulary::Vocabulary;

/// What templates are put together with.
pub(crate) struct Inputs<'a> {
    /// The folder of psalink.yaml.
    pub project: PathBuf,
    /// How the files of a template are read.
    pub reading: &'a Reading,
    /// How files are read that several templates use.
    pub shared_reading: Reading,
    /// The name, color and logo of the sender.
    pub brand: &'a Brand,
    /// What a template is written for, by its path and by what the settings at its top say.
    pub target: &'a TargetOf<'a>,
}

/// Answers what a template is written for.
pub(crate) type TargetOf<'a> = dyn Fn(&Path, Option<&FrontMatter>) -> Result<WrittenFor<'a>, Error> + 'a;

/// What a template is written for.
pub(crate) struct WrittenFor<'a> {
    /// The names that it may use.
    pub vocabulary: &'a Vocabulary,
    /// The PSA, by its index in the vocabulary; none where no one has said it.
    pub dialect: Option<usize>,
    /// The language of the PSA's names.
    pub language: String,
}
