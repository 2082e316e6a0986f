//! Options of every command that changes templates.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

/// Where the results go. Every command that changes templates takes these.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("mode").args(["output", "in_place", "diff", "check"]).multiple(false)))]
pub struct OutputArgs {
    /// Write the result to this file, or the results to this folder
    ///
    /// It is a folder if it exists as one, if it ends with a slash, or if there is more than one result; otherwise it is a
    /// file. Missing folders are created.
    #[arg(short, long, value_name = "FILE or DIR", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Change the files in place
    #[arg(short = 'w', long, help_heading = "Output")]
    pub in_place: bool,
    /// Only show what would change
    #[arg(long, help_heading = "Output")]
    pub diff: bool,
    /// Only list the files that would change
    #[arg(long, help_heading = "Output")]
    pub check: bool,
    /// With --in-place: keep the old versions in this folder, which is for backups only
    ///
    /// Each run creates a new folder in it, named after the time (UTC), and never changes an older one. DIR may be inside the
    /// folder of templates: psalink recognizes it by the file psalink-backup.txt, and never treats its files as templates.
    #[arg(long, value_name = "DIR", help_heading = "Output", requires = "in_place")]
    pub backup: Option<PathBuf>,
}
