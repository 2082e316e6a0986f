//! The command line of `psalink init`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder of the project. Existing files are never overwritten
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// The name of your DeskDirector portal: `acme` for acme.deskdirector.com
    #[arg(long, value_name = "NAME", conflicts_with = "host")]
    pub portal: Option<String>,
    /// The portal's address if it has its own domain: support.example.com
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// The PSA that sends the messages: connectwise or autotask
    #[arg(long, value_name = "PSA")]
    pub dialect: Option<String>,
    /// The name of your company, as your customers know it
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The address of your survey, with {ticket} where the ticket's number belongs. Without it, that message is left out
    #[arg(long, value_name = "ADDRESS")]
    pub survey: Option<String>,
}
