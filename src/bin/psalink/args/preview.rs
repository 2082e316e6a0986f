//! What may stand on the command line of `psalink preview`.

use std::path::PathBuf;

use clap::Args;

use super::examples::PREVIEW_EXAMPLES;
use super::samples::SampleArgs;
use super::templates::TemplateArgs;

#[derive(Debug, Args)]
#[command(after_help = PREVIEW_EXAMPLES)]
pub struct PreviewArgs {
    #[command(flatten)]
    pub templates: TemplateArgs,
    #[command(flatten)]
    pub samples: SampleArgs,

    /// Write the HTML of the mail, byte for byte; without another option this is what happens for a single mail
    #[arg(long, help_heading = "What is written, and where")]
    pub html: bool,
    /// Write the text-only body; it is made of the HTML where the template has none
    #[arg(long, help_heading = "What is written, and where")]
    pub text: bool,
    /// Write a mail file (.eml), which mail programs open
    #[arg(long, help_heading = "What is written, and where")]
    pub eml: bool,
    /// Write to this file, or write all mails into this folder with a page that lists them
    #[arg(short, long, value_name = "FILE or DIR", help_heading = "What is written, and where")]
    pub output: Option<PathBuf>,
    /// Look at the mails in the browser
    #[arg(long, help_heading = "What is written, and where")]
    pub open: bool,
    /// Let the pages load images from other servers, over https
    #[arg(long, help_heading = "What is written, and where")]
    pub remote_images: bool,
}
