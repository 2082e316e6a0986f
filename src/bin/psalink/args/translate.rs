//! The command line of `psalink translate`.

use clap::Args;

use super::examples::TRANSLATE_EXAMPLES;
use super::output::OutputArgs;
use super::templates::TemplateArgs;

#[derive(Debug, Args)]
#[command(after_help = TRANSLATE_EXAMPLES)]
pub struct TranslateArgs {
    /// The PSA to translate the templates for: autotask or connectwise
    #[arg(long, value_name = "PSA", help_heading = "PSA and portal")]
    pub to: String,
    #[command(flatten)]
    pub templates: TemplateArgs,
    #[command(flatten)]
    pub output: OutputArgs,
}

impl TranslateArgs {
    /// The shared options, in the words of a translation.
    pub fn adapt_help(arg: clap::Arg) -> clap::Arg {
        match arg.get_id().as_str() {
            // A translation writes no links.
            "client" | "portal" => arg.hide(true),
            "dialect" => {
                arg.help("The PSA that the templates are for now; without it, psalink detects the PSA").long_help(None)
            }
            "host" => arg.help("The portal's own domain, so that psalink recognizes its links: support.example.com"),
            _ => arg,
        }
    }
}
