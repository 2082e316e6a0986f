//! The command line of `psalink serve`.

use clap::Args;

use super::templates::TemplateArgs;

#[derive(Debug, Args)]
#[command(mut_args(ServeArgs::adapt_help))]
pub struct ServeArgs {
    #[command(flatten)]
    pub settings: TemplateArgs,
    /// The port of the page; the default is 7474, or a free port if 7474 is in use
    #[arg(long, value_name = "N", help_heading = "Page")]
    pub port: Option<u16>,
    /// The address to listen on. If it is not 127.0.0.1, other computers can connect; 0.0.0.0 and :: mean every network of
    /// this computer. Each computer needs its own link: press Enter where psalink runs to get one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1", help_heading = "Page")]
    pub bind: std::net::IpAddr,
    /// Only print the address, which works once, and do not start a browser
    #[arg(long, help_heading = "Page")]
    pub no_open: bool,
}

impl ServeArgs {
    /// What the shared options mean for the workbench.
    fn adapt_help(arg: clap::Arg) -> clap::Arg {
        match arg.get_id().as_str() {
            "paths" => arg
                .help("The folder of templates; without it, you can paste a template into the page")
                .long_help(None)
                .value_name("DIR"),
            "stdin_filename" => arg.hide(true),
            _ => arg,
        }
    }
}
