//! The samples that a configuration offers for previews.

use std::path::{Path, PathBuf};

use super::Session;
use crate::error::{Error, ErrorKind};
use crate::nearest::hint;
use crate::render::sample::{BUILT_IN_SAMPLES, Sample};
use crate::source::reading::lies_inside;
use crate::yaml::Step;

impl Session {
    /// The sample with that name: from the folder that `samples` in psalink.yaml names, or one that ships with psalink.
    ///
    /// # Errors
    ///
    /// A name that no sample has, or a mistake in the sample's file.
    pub fn sample(&self, name: &str) -> Result<Sample, Error> {
        let files = self.sample_files()?;
        if let Some(file) = files.iter().find(|file| stem(file) == name) {
            return self.read_sample(file);
        }
        if let Some(sample) = Sample::built_in(name, self.vocabulary()) {
            return Ok(sample);
        }
        let names: Vec<String> =
            files.iter().map(|file| stem(file)).chain(BUILT_IN_SAMPLES.map(|(name, _)| name.to_owned())).collect();
        let hint = hint(name, "samples", names.iter().map(String::as_str));
        Err(Error::new(ErrorKind::Usage, format!("there is no sample `{name}`; {hint}")))
    }

    /// All samples in the folder that `samples` in psalink.yaml names, the one called `standard` first. If no folder is
    /// named, the default one that ships with psalink.
    ///
    /// # Errors
    ///
    /// A folder that does not exist or contains no sample, two samples with the same name, or a mistake in a file.
    pub fn samples(&self) -> Result<Vec<Sample>, Error> {
        if self.config.samples.is_none() {
            return Ok(vec![self.sample(STANDARD)?]);
        }
        let files = self.sample_files()?;
        if files.is_empty() {
            return Err(self.wrong_folder("contains no sample (.yaml)"));
        }
        files.iter().map(|file| self.read_sample(file)).collect()
    }

    /// The names of all samples: those in the folder first, then those that ship with psalink.
    ///
    /// # Errors
    ///
    /// A folder that cannot be read, or two samples with the same name.
    pub fn sample_names(&self) -> Result<Vec<String>, Error> {
        let mut names: Vec<String> = self.sample_files()?.iter().map(|file| stem(file)).collect();
        for (name, _) in BUILT_IN_SAMPLES {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Reads a file from the samples folder: the one that the settings name, not the target of a link.
    fn read_sample(&self, file: &Path) -> Result<Sample, Error> {
        let folder = self.config.folder().join(self.config.samples.as_deref().unwrap_or_default());
        let mut reading = self.shared_reading();
        if folder.parent().is_some_and(|above| lies_inside(&folder, above)) {
            reading = reading.and(&folder);
        }
        Sample::read_found(file, self.vocabulary(), &reading)
    }

    fn sample_files(&self) -> Result<Vec<PathBuf>, Error> {
        let Some(folder) = &self.config.samples else { return Ok(Vec::new()) };
        let folder = self.config.folder().join(folder);
        let entries = std::fs::read_dir(folder.strip_prefix(".").unwrap_or(&folder))
            .map_err(|error| self.wrong_folder(&format!("cannot be read: {}", Error::reason(&error))).because(error))?;
        let is_sample = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_sample).collect();
        files.sort_by_key(|file| (stem(file) != STANDARD, stem(file)));
        if let Some(pair) = files.windows(2).find(|pair| stem(&pair[0]) == stem(&pair[1])) {
            let detail = format!("`{}` has the same name; keep one of them", pair[1].display());
            return Err(Error::new(ErrorKind::Config, detail).at(pair[0].display().to_string()));
        }
        Ok(files)
    }

    fn wrong_folder(&self, problem: &str) -> Error {
        let folder = self.config.samples.as_deref().unwrap_or_default();
        self.config.wrong(&[Step::Key("samples")], format!("the samples folder `{folder}` {problem}"))
    }
}

/// The sample that a preview uses unless another is given.
const STANDARD: &str = "standard";

fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
