//! `psalink rewrite`: expands macros to links, and corrects wrong links.

use psalink::Error;
use psalink::session::Overrides;

use crate::args::RewriteArgs;
use crate::console::{Console, Status};
use crate::transform::operation::Operation;
use crate::transform::{self, Request};

pub fn run(args: &RewriteArgs, console: &mut Console) -> Result<Status, Error> {
    let overrides =
        Overrides { bare: args.bare.map(Into::into), unsafe_fixes: args.unsafe_fixes, ..args.templates.overrides() };
    let order = Request {
        operation: Operation::Rewrite,
        templates: &args.templates,
        output: &args.output,
        report: args.report.as_deref(),
        overrides,
    };
    transform::run(&order, console)
}
