//! A portal that is needed and not named, noticed before anything is written.

use std::collections::BTreeSet;

use psalink::visible::visible;
use psalink::{Error, ErrorKind};

use crate::workers::{Job, Worker, Workers};

/// Looks whether a link must be written where no portal is named; `try_out` does a job without writing anything, and gives
/// what it stumbles over.
///
/// # Errors
///
/// Threads that cannot be started.
pub fn is_missing<'a>(
    workers: &Workers<'a>,
    jobs: &[Job],
    try_out: impl Fn(&mut Worker<'a>, Job) -> Option<Error> + Sync,
) -> Result<Option<Error>, Error> {
    let inputs = &workers.found.inputs;
    let is_doubtful = |job: &Job| !workers.sessions.has_portal(inputs[job.input].settings);
    let doubtful: Vec<Job> = jobs.iter().copied().filter(is_doubtful).collect();
    let mut first = None;
    let mut needing = BTreeSet::new();
    // Other problems are reported when the work is done.
    let lost = |_, error| Some(error);
    workers.each(&doubtful, try_out, lost, |job, error| {
        if let Some(error) = error.filter(|error| error.kind() == ErrorKind::Missing) {
            needing.insert(job.input);
            first.get_or_insert((error, job.input));
        }
    })?;
    let Some((first, input)) = first else { return Ok(None) };
    let name = visible(&inputs[input].name);
    let what = match needing.len() {
        1 => format!("`{name}` needs one"),
        several => format!("{several} templates need one, `{name}` first"),
    };
    let detail = format!("{}\n\n{what}; nothing was written", first.detail());
    Ok(Some(Error::new(ErrorKind::Missing, detail)))
}
