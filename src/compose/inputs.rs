//! What the configuration provides for composing templates.

use std::path::{Path, PathBuf};

use crate::config::Brand;
use crate::error::Error;
use crate::parse::front_matter::FrontMatter;
use crate::source::reading::Reading;
use crate::vocabulary::Vocabulary;

/// What templates are composed with.
pub(crate) struct Inputs<'a> {
    /// The folder of psalink.yaml.
    pub project: PathBuf,
    /// How the files of a template are read.
    pub reading: &'a Reading,
    /// How files that several templates share are read.
    pub shared_reading: Reading,
    /// The name, color and logo of the sender.
    pub brand: &'a Brand,
    /// Answers what a template is for, given its path and the settings at its top.
    pub target: &'a TargetOf<'a>,
}

/// Answers what a template is for.
pub(crate) type TargetOf<'a> = dyn Fn(&Path, Option<&FrontMatter>) -> Result<WrittenFor<'a>, Error> + 'a;

/// What a template is for.
pub(crate) struct WrittenFor<'a> {
    /// The names that it may use.
    pub vocabulary: &'a Vocabulary,
    /// The PSA, by its index in the vocabulary; `None` if it is not set.
    pub dialect: Option<usize>,
    /// The language of the PSA's names.
    pub language: String,
}
