//! What may stand on the command line of `psalink serve`.

use clap::Args;

use super::templates::TemplateArgs;

#[derive(Debug, Args)]
#[command(mut_args(ServeArgs::in_own_words))]
pub struct ServeArgs {
    #[command(flatten)]
    pub settings: TemplateArgs,
    /// The port of the page; 7474, or another one if that is taken
    #[arg(long, value_name = "N", help_heading = "The page")]
    pub port: Option<u16>,
    /// The address to listen on. With any other than 127.0.0.1, other computers can connect; 0.0.0.0 and :: stand for every
    /// network of this computer. Each needs an address of its own: press Enter where psalink runs
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", help_heading = "The page")]
    pub bind: std::net::IpAddr,
    /// Only print the address, which works once, and start no browser
    #[arg(long, help_heading = "The page")]
    pub no_open: bool,
}

impl ServeArgs {
    /// What the shared options mean for the workbench.
    fn in_own_words(arg: clap::Arg) -> clap::Arg {
        match arg.get_id().as_str() {
            "paths" => arg
                .help("The folder of templates; without one, the page takes what you paste")
                .long_help(None)
                .value_name("DIR"),
            "stdin_filename" => arg.hide(true),
            _ => arg,
        }
    }
}
