//! What may stand on the command line of `psalink lint`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::examples::LINT_EXAMPLES;
use super::templates::TemplateArgs;

#[derive(Debug, Args)]
#[command(after_help = LINT_EXAMPLES)]
#[command(group(ArgGroup::new("changes").args(["fix", "unsafe_fixes", "add_allow"]).multiple(true)))]
pub struct LintArgs {
    #[command(flatten)]
    pub templates: TemplateArgs,

    /// Mend what has one right answer, in the files themselves; of the standard input, print the mended template
    #[arg(long, help_heading = "Mending", conflicts_with = "diff")]
    pub fix: bool,
    /// Also mend what is only probably meant; alone it means `--fix --unsafe-fixes`
    #[arg(long, help_heading = "Mending")]
    pub unsafe_fixes: bool,
    /// Show what `--fix` would change, and write nothing
    #[arg(long, help_heading = "Mending")]
    pub diff: bool,
    /// Write comments into the templates that allow what is found
    #[arg(long, help_heading = "Mending", conflicts_with_all = ["fix", "diff", "unsafe_fixes"])]
    pub add_allow: bool,
    /// With --fix, --unsafe-fixes or --add-allow: keep the files as they were in this folder, which holds backups alone
    ///
    /// Each run makes a folder in it, named after the time (UTC), and never touches an older one. The folder may lie among
    /// the templates: psalink knows it by a file in it, psalink-backup.txt, and never takes what is in it for templates.
    #[arg(long, value_name = "DIR", help_heading = "Mending", requires = "changes", conflicts_with = "diff")]
    pub backup: Option<PathBuf>,

    /// Also report these rules; `all` means every rule
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "What is reported")]
    pub select: Vec<String>,
    /// Do not report these rules; with `all`, only those of --select
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "What is reported")]
    pub ignore: Vec<String>,
    /// The last look before a template goes into the PSA: nothing may be left that only psalink understands
    #[arg(long, help_heading = "What is reported")]
    pub ready: bool,
    /// Report only what this file does not know yet
    #[arg(long, value_name = "FILE", help_heading = "What is reported")]
    pub baseline: Option<PathBuf>,
    /// Write what is found into the file of --baseline (psalink-baseline.json if it is left out)
    #[arg(long, help_heading = "What is reported", conflicts_with_all = ["fix", "diff", "unsafe_fixes", "add_allow"])]
    pub write_baseline: bool,

    /// How findings are written: full, concise, json, sarif, github, gitlab or junit
    #[arg(long, value_name = "FORMAT", help_heading = "How it is reported")]
    pub format: Option<String>,
    /// Write the findings to this file
    #[arg(long, value_name = "FILE", help_heading = "How it is reported")]
    pub output_file: Option<PathBuf>,
    /// Count the findings of each rule instead
    #[arg(long, help_heading = "How it is reported")]
    pub statistics: bool,
    /// List the templates that would be checked
    #[arg(long, help_heading = "How it is reported")]
    pub show_files: bool,
    /// Show the settings that hold for each template
    #[arg(long, help_heading = "How it is reported", conflicts_with = "show_files")]
    pub show_settings: bool,

    /// The level that ends a run with exit code 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "warning", help_heading = "Exit code")]
    pub fail_on: FailOn,
    /// Up to so many warnings do not end a run with exit code 1
    #[arg(long, value_name = "N", help_heading = "Exit code")]
    pub max_warnings: Option<usize>,
    /// End with exit code 0 even where something was found
    #[arg(long, help_heading = "Exit code")]
    pub exit_zero: bool,
}

/// Levels that a run can fail on; notes never count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Links that cannot work, or give something away
    Error,
    /// Also what a customer would notice
    Warning,
}
