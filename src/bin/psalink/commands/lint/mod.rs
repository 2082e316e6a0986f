//! `psalink lint`: checks each template, optionally fixes it, and reports what remains.
//!
//! ```text
//! [Job] --LintOutcome::of--> LintRun::job for each --> Linted { text or located findings, counts }
//!    Linted --LintOutcome::add--> Console; or a report of all, which LintOutcome::write writes at the end
//! ```

mod baseline;
mod job;
mod outcome;
mod settings;
mod summary;

use std::path::{Path, PathBuf};

use psalink::config::LintConfig;
use psalink::lint::{Profile, READY};
use psalink::report::{self, Format, full};
use psalink::session::Overrides;
use psalink::visible::visible;
use psalink::{Error, Safety};

use self::baseline::BaselineFile;
use self::job::{LintMode, LintRun};
use self::outcome::LintOutcome;
use self::summary::LintSummary;
use crate::args::{FailOn, LintArgs};
use crate::atomic_write;
use crate::console::{Console, Status};
use crate::in_place::InPlace;
use crate::inputs::input::Found;
use crate::inputs::workspace::Workspace;
use crate::wording::count;
use crate::workers::Workers;

pub fn run(args: &LintArgs, console: &mut Console) -> Result<Status, Error> {
    let format = match &args.format {
        Some(name) => name.parse()?,
        None => Format::Full,
    };
    let choice = choice(args)?;
    let baseline_path = baseline::path(args);
    let outputs: Vec<&Path> = args.output_file.iter().map(PathBuf::as_path).chain([baseline_path.as_path()]).collect();
    let mut written = args.output_file.iter().chain(args.write_baseline.then_some(&baseline_path));
    written.try_for_each(|path| atomic_write::check_file(path))?;
    let overrides = Overrides { unsafe_fixes: args.unsafe_fixes, ..args.templates.overrides() };
    let mut workspace = Workspace::open(args.templates.or_here(), &overrides, &outputs, false)?;
    workspace.say_errors(console);
    if args.show_files {
        for input in &workspace.found.inputs {
            console.result(format!("{}\n", visible(&input.name)).as_bytes());
        }
        return Ok(workspace.status());
    }
    let mut not_found = std::mem::take(&mut workspace.found.errors);
    not_found.append(&mut workspace.found.nothing);
    let workers = Workers::new(&workspace);
    let baseline = BaselineFile::of(args)?;
    let mode = mode(args);
    // A listing changes nothing.
    let changes = matches!(mode, LintMode::Fix(_) | LintMode::AddAllow) && !args.show_settings;
    let in_place = match changes {
        true => Some(InPlace::begin(&workspace.found, &workspace.args.paths, args.backup.as_deref())?),
        false => None,
    };
    let run = LintRun {
        workers: &workers,
        mode,
        format,
        choice,
        baseline: baseline.as_ref(),
        statistics: args.statistics,
        quiet: console.quiet,
        most: if console.verbose { usize::MAX } else { report::MOST },
        style: full::Style {
            colored: console.colored_out && args.output_file.is_none(),
            width: console.out_width.filter(|_| args.output_file.is_none()),
            changes: true,
        },
        colored_out: console.colored_out,
        in_place: in_place.as_ref(),
    };
    let jobs = workers.jobs();
    if args.show_settings {
        return settings::show(&run, &jobs, console);
    }
    let mut outcome = LintOutcome::of(&run, &jobs, not_found, args.output_file.is_some(), console)?;
    outcome.write(&run, args.output_file.as_deref(), console)?;
    let has_failed = !outcome.all.errors.is_empty();
    let status = if has_failed { Status::Failed } else { Status::Clean };
    if let Some(baseline) = baseline
        && baseline.finish(console)?
    {
        return Ok(status);
    }
    if mode != LintMode::Check {
        say_sources_left(&workspace.found, console);
    }
    if let Some(in_place) = in_place {
        in_place.finish(console);
    }
    // Why nothing was checked has been said.
    if !has_failed || outcome.summary.files + outcome.summary.failed > 0 {
        console.inform(&outcome.summary.line(matches!(mode, LintMode::Diff(_)), args.unsafe_fixes));
    }
    Ok(if is_found(args, mode, &outcome.summary) { status.max(Status::Found) } else { status })
}

/// What the command line asks to do with the templates.
fn mode(args: &LintArgs) -> LintMode {
    let safety = if args.unsafe_fixes { Safety::Suggested } else { Safety::Safe };
    match (args.diff, args.fix || args.unsafe_fixes, args.add_allow) {
        (true, ..) => LintMode::Diff(safety),
        (_, true, _) => LintMode::Fix(safety),
        (.., true) => LintMode::AddAllow,
        _ => LintMode::Check,
    }
}

/// What the command line says about rules.
fn choice(args: &LintArgs) -> Result<LintConfig, Error> {
    let mut choice = LintConfig { select: args.select.clone(), ignore: args.ignore.clone(), ..LintConfig::default() };
    if args.ready {
        choice.select.extend(READY.iter().map(|rule| (*rule).to_owned()));
    }
    // A mistake in it is reported once, no matter how many templates there are.
    Profile::default().configure(&choice)?;
    Ok(choice)
}

fn say_sources_left(found: &Found, console: &mut Console) {
    let sources = found.inputs.iter().filter(|input| input.composed).count();
    if sources > 0 {
        console.inform(&format!(
            "{} (.j2) checked but not changed; fix {} by hand",
            count(sources, "source", "sources"),
            if sources == 1 { "it" } else { "them" }
        ));
    }
}

/// Whether a run ends with the exit code that means something needs attention.
fn is_found(args: &LintArgs, mode: LintMode, summary: &LintSummary) -> bool {
    let found_something = match (args.fail_on, args.max_warnings) {
        (FailOn::Error, None) => summary.errors > 0,
        (_, Some(most)) => summary.errors > 0 || summary.warnings > most,
        (FailOn::Warning, None) => summary.errors + summary.warnings > 0,
    };
    let is_diff = matches!(mode, LintMode::Diff(_)) && summary.changed > 0;
    (found_something || is_diff) && !args.exit_zero
}
