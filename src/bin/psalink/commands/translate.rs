//! `psalink translate`: replaces the placeholders of templates with those of another PSA.

use psalink::{Error, ErrorKind};

use crate::args::{TRANSLATE_EXAMPLES, TranslateArgs};
use crate::console::{Console, Status};
use crate::transform::operation::Operation;
use crate::transform::{self, Request};

pub fn run(args: &TranslateArgs, console: &mut Console) -> Result<Status, Error> {
    let usage = |detail: String| Error::new(ErrorKind::Usage, detail);
    if args.templates.paths.is_empty() {
        return Err(usage(format!(
            "no template was given; name files or folders, or `-` for standard input\n\n{TRANSLATE_EXAMPLES}"
        )));
    }
    if args.templates.dialect.len() > 1 {
        let detail = "templates can only be translated from one PSA; use `--dialect` once, or leave it out";
        return Err(usage(detail.to_owned()));
    }
    let overrides = args.templates.overrides();
    let order = Request {
        operation: Operation::Translate { to: args.to.clone() },
        templates: &args.templates,
        output: &args.output,
        report: None,
        overrides,
    };
    transform::run(&order, console)
}
