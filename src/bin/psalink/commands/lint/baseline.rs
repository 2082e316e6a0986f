//! The baseline of a run: known findings that are not reported, or that are recorded by this run.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use psalink::lint::Baseline;
use psalink::source::plain_file;
use psalink::{Diagnostic, Error, Source};

use crate::args::LintArgs;
use crate::atomic_write::{self, Before, lock};
use crate::console::Console;
use crate::paths::{real_path, show};
use crate::wording::count;

/// The baseline file, unless `--baseline` names another.
const BASELINE: &str = "psalink-baseline.json";

/// The largest baseline that is read, in bytes: enough for a large file with a finding on every line.
const LARGEST_BASELINE: u64 = 128 << 20;

/// A baseline, and the file that it is read from or written to.
pub struct BaselineFile {
    path: PathBuf,
    /// Whether to write it.
    is_new: bool,
    /// The old content of the file. It is only overwritten if it still has this content.
    before: Option<Vec<u8>>,
    baseline: Mutex<Baseline>,
}

/// The path of the baseline, whether it exists or not.
pub fn path(args: &LintArgs) -> PathBuf {
    args.baseline.clone().unwrap_or_else(|| PathBuf::from(BASELINE))
}

impl BaselineFile {
    /// The baseline, if the command line asks for one.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is not a baseline.
    pub fn of(args: &LintArgs) -> Result<Option<BaselineFile>, Error> {
        let path = path(args);
        if args.write_baseline {
            let before = plain_file::read(&path, LARGEST_BASELINE).ok();
            return Ok(Some(BaselineFile { path, is_new: true, before, baseline: Mutex::default() }));
        }
        if args.baseline.is_none() {
            return Ok(None);
        }
        let read = plain_file::read_named_to_string(&path, LARGEST_BASELINE);
        let text = read.map_err(|error| Error::could_not("read the file", error).at(show(&path)))?;
        let baseline = Mutex::new(Baseline::parse(&show(&path), &text)?);
        Ok(Some(BaselineFile { path, is_new: false, before: None, baseline }))
    }

    /// The findings that the baseline does not hide.
    pub fn unknown(&self, source: &Source, findings: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let path = name_in(self.path.parent().unwrap_or(Path::new("")), source.name());
        let mut baseline = self.baseline.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_new {
            baseline.add(&path, source, &findings);
            return Vec::new();
        }
        baseline.hide(&path, source, findings)
    }

    /// Writes the findings, or reports those that no longer occur. Returns whether it was written.
    ///
    /// # Errors
    ///
    /// A file that cannot be written, or that has changed in the meantime.
    pub fn finish(self, console: &mut Console) -> Result<bool, Error> {
        let baseline = self.baseline.into_inner().unwrap_or_else(PoisonError::into_inner);
        if self.is_new {
            let real = real_path(&self.path);
            let _lock = lock::take_for_file(&real)?;
            let json = baseline.to_json();
            let before = Before::read(self.before.as_deref());
            let notes = atomic_write::replace(&real, &self.path, json.as_bytes(), before, false)?;
            console.notes(&notes);
            let findings = count(baseline.len(), "finding", "findings");
            console.inform(&format!("{findings} written to `{}`", show(&self.path)));
            return Ok(true);
        }
        for stale in baseline.stale() {
            let times = if stale.times > 1 { format!(" ({} times)", stale.times) } else { String::new() };
            console.inform(&format!(
                "in the baseline, but no longer found: {}: {}: `{}`{times}",
                stale.path, stale.rule, stale.text
            ));
        }
        Ok(false)
    }
}

/// The path of a template in a baseline: relative to the baseline's folder, with `/`.
fn name_in(folder: &Path, name: &str) -> String {
    let path = Path::new(name);
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = std::path::absolute(if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let seen = folder.ok().and_then(|folder| absolute.strip_prefix(folder).ok().map(Path::to_owned));
    seen.unwrap_or_else(|| path.to_owned()).to_string_lossy().replace('\\', "/")
}
