//! Options of every command that changes templates.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

/// Where the results go. Every command that changes templates takes these.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("mode").args(["output", "in_place", "diff", "check"]).multiple(false)))]
pub struct OutputArgs {
    /// Write the result to this file, or each result into this folder
    #[arg(short, long, value_name = "FILE or DIR", help_heading = "Where the result goes")]
    pub output: Option<PathBuf>,
    /// Change the files where they are
    #[arg(short = 'w', long, help_heading = "Where the result goes")]
    pub in_place: bool,
    /// Only show what would change
    #[arg(long, help_heading = "Where the result goes")]
    pub diff: bool,
    /// Only list the files that would change
    #[arg(long, help_heading = "Where the result goes")]
    pub check: bool,
    /// With --in-place: keep the files as they were in this folder, which holds backups alone
    ///
    /// Each run makes a folder in it, named after the time (UTC), and never touches an older one. The folder may lie among
    /// the templates: psalink knows it by a file in it, psalink-backup.txt, and never takes what is in it for templates.
    #[arg(long, value_name = "DIR", help_heading = "Where the result goes", requires = "in_place")]
    pub backup: Option<PathBuf>,
}
