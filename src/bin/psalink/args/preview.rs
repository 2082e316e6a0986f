//! The command line of `psalink preview`.

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

    /// Write the HTML of the message, byte for byte; this is the default for a single message
    #[arg(long, help_heading = "Output")]
    pub html: bool,
    /// Write the text-only body; if the template has none, it is made from the HTML
    #[arg(long, help_heading = "Output")]
    pub text: bool,
    /// Write an .eml file, which email programs open
    #[arg(long, help_heading = "Output")]
    pub eml: bool,
    /// Write to this file, or write all messages to this folder with a page that lists them
    #[arg(short, long, value_name = "FILE or DIR", help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// View the messages in your browser
    #[arg(long, help_heading = "Output")]
    pub open: bool,
    /// Let the pages load images from other servers, over https
    #[arg(long, help_heading = "Output")]
    pub remote_images: bool,
}
