//! The command line of `psalink lint`.

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

    /// Fix what has only one correct fix, in the files themselves; for standard input, print the fixed template
    #[arg(long, help_heading = "Fixing", conflicts_with = "diff")]
    pub fix: bool,
    /// Also apply fixes that may not be what you meant; on its own, the same as `--fix --unsafe-fixes`
    #[arg(long, help_heading = "Fixing")]
    pub unsafe_fixes: bool,
    /// Show what `--fix` would change, without writing anything
    #[arg(long, help_heading = "Fixing")]
    pub diff: bool,
    /// Allow the current findings by adding comments to the templates
    #[arg(long, help_heading = "Fixing", conflicts_with_all = ["fix", "diff", "unsafe_fixes"])]
    pub add_allow: bool,
    /// With --fix, --unsafe-fixes or --add-allow: keep the old versions in this folder, which is for backups only
    ///
    /// Each run creates a new folder in it, named after the time (UTC), and never changes an older one. DIR may be inside the
    /// folder of templates: psalink recognizes it by the file psalink-backup.txt, and never treats its files as templates.
    #[arg(long, value_name = "DIR", help_heading = "Fixing", requires = "changes", conflicts_with = "diff")]
    pub backup: Option<PathBuf>,

    /// Turn these rules on; `all` means every rule
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "What to report")]
    pub select: Vec<String>,
    /// Turn these rules off; with `all`, only the rules in --select are reported
    #[arg(long, value_name = "RULE", value_delimiter = ',', help_heading = "What to report")]
    pub ignore: Vec<String>,
    /// The final check before a template goes into the PSA: also reports everything that only psalink understands
    #[arg(long, help_heading = "What to report")]
    pub ready: bool,
    /// Report only findings that are not in this file
    #[arg(long, value_name = "FILE", help_heading = "What to report")]
    pub baseline: Option<PathBuf>,
    /// Write the findings to the --baseline file (default: psalink-baseline.json)
    #[arg(long, help_heading = "What to report", conflicts_with_all = ["fix", "diff", "unsafe_fixes", "add_allow"])]
    pub write_baseline: bool,

    /// The format of the findings: full, concise, json, sarif, github, gitlab or junit
    #[arg(long, value_name = "FORMAT", help_heading = "How to report it")]
    pub format: Option<String>,
    /// Write the findings to this file
    #[arg(long, value_name = "FILE", help_heading = "How to report it")]
    pub output_file: Option<PathBuf>,
    /// Print the number of findings for each rule instead
    #[arg(long, help_heading = "How to report it")]
    pub statistics: bool,
    /// List the templates that would be checked
    #[arg(long, help_heading = "How to report it")]
    pub show_files: bool,
    /// Show the settings that apply to each template
    #[arg(long, help_heading = "How to report it", conflicts_with = "show_files")]
    pub show_settings: bool,

    /// The lowest level that gives exit code 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "warning", help_heading = "Exit code")]
    pub fail_on: FailOn,
    /// Allow up to N warnings before the exit code is 1
    #[arg(long, value_name = "N", help_heading = "Exit code")]
    pub max_warnings: Option<usize>,
    /// Give exit code 0 even if something was found
    #[arg(long, help_heading = "Exit code")]
    pub exit_zero: bool,
}

/// Levels that a run can fail on; notes never count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Links that cannot work, or that expose a secret
    Error,
    /// Also anything that a customer would notice
    Warning,
}
