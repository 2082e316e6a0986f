//! psalink finds the macros in ConnectWise and Autotask notification templates, tells what is wrong with them, and writes
//! correct DeskDirector portal links.
//!
//! The pipeline, in reading order; plain functions between plain values:
//!
//! ```text
//! x.html.j2 --Session::compose--> Source, and Origins, which lead its findings back to the files of the user
//! bytes --Source::read--> Source --scan--> [Region] --Parser::parse--> Document
//!    Document --check--> [Diagnostic] --fix--> bytes; the rules stand in lint/, one file each
//!    Document --rewrite--> Rewritten { edits, diagnostics, links } --edit::apply--> bytes
//!    Document --translate--> Translated { edits, diagnostics } --edit::apply--> bytes, for the other PSA
//!    Template --Session::finish--> Finished, what goes into the PSA; or Stopped, what a person must decide first
//!    Template --Session::ready--> Ready --render(Sample)--> Rendered --> preview pages, .eml, Letter, snapshot::Record
//!    [Diagnostic] --report--> terminal, JSON, SARIF …; [LinkChange] --report--> a table for the client
//! ```
//!
//! Four laws hold everywhere:
//!
//! 1. Parsing always gives a document; what is broken is a part that says so.
//! 2. Spans count bytes; lines and columns are computed for a reader, at the edge.
//! 3. The smallest edit: every change is an [`Edit`], and no byte outside one ever changes.
//! 4. Product knowledge is data: what is known of a PSA or of a portal stands in `grammar/`, with its source.
//!
//! Two kinds of trouble are never mixed: a [`Diagnostic`] is about the user's template, an [`Error`] means that psalink
//! could not do its work.

pub mod display;
pub mod lint;
pub mod report;
pub mod snapshot;

mod compose;
mod config;
mod diagnostic;
mod error;
mod expand;
mod file_names;
mod html;
mod interned;
mod mail;
mod nearest;
mod parse;
mod render;
mod rewrite;
mod secret;
mod session;
mod sorting;
mod source;
mod span;
mod template;
mod translate;
mod visible;
mod vocabulary;
mod yaml;

pub use compose::{Composed, Composer, Mapped, Origin, Origins, Workroom};
pub use config::settings::{Bare, DEFAULT_COLOR, Settings};
pub use config::{
    AutotaskConfig, Brand, CommandConfig, Config, LevelConfig, LintConfig, SendConfig, SmtpConfig, TemplateConfig,
    TlsConfig,
};
pub use diagnostic::{Diagnostic, Fix, Level, Safety};
pub use error::{Error, ErrorKind};
pub use html::scan;
pub use lint::baseline::{Baseline, Stale};
pub use lint::check::check;
pub use lint::fix::{Fixed, fix};
#[cfg(feature = "smtp")]
pub use mail::{Delivery, Fate, Listener, Login, MailServer, Password, Patience, Postman};
pub use mail::{Guard, Letter, MailAddress, MailSender, eml};
pub use nearest::nearest;
pub use parse::Parser;
pub use parse::deep_link as link;
pub use parse::deep_link::{Ampersand, Client, DeepLink, LinkForm};
pub use parse::document::{
    Argument, AttributePlace, AttributeRole, Document, Flaw, LinkMacro, LinkSpan, MacroFlaw, Part, PartKind, Piece,
    Place, Spelling,
};
pub use parse::front_matter::{Audience, FrontMatter};
pub use render::rendered::{LeftOver, LeftReason, Rendered, RenderedLink};
pub use render::sample::{BUILT_IN_SAMPLES, Sample};
pub use render::{render, render_traced};
pub use rewrite::rewrite;
pub use rewrite::rewriter::Rewriter;
pub use rewrite::rewritten::{LinkChange, LinkOutcome, Rewritten};
pub use secret::mask;
pub use session::{Finish, FinishWork, Finished, Output, Overrides, Ready, Session, Stopped};
pub use source::edit::Edit;
pub use source::offset_map::Trace;
pub use source::pipe::{Patience as PipePatience, read as read_pipe};
pub use source::reading::{Reading, lies_inside, real_path};
pub use source::{Position, Positions, Source, SourceKind};
pub use source::{edit, plain_file};
pub use span::Span;
pub use template::{Template, TemplateFile};
pub use translate::{Translated, translate};
pub use visible::{visible, visible_lines};
pub use vocabulary::import;
pub use vocabulary::{
    Command, Confidence, Dialect, FactSource, Gateway, GatewayForm, Known, Nearest, Param, ParamKind, Placeholder,
    Retired, Shape, Target, ValueKind, Vocabulary,
};
pub use yaml::Map;
