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
pub mod edit;
pub mod import;
pub mod link;
pub mod lint;
pub mod plain_file;
pub mod report;
pub mod scan;
pub mod snapshot;

mod baseline;
mod built_in;
mod check;
mod clean_links;
mod compose;
mod config;
mod correct;
mod cover;
mod decoded;
mod diagnostic;
mod document;
mod error;
mod expand;
mod file_names;
mod fix;
mod front_matter;
mod grammar;
mod html;
mod interned;
mod look;
mod mail;
mod nearest;
mod outline;
mod parse;
mod pipe;
mod reading;
mod render;
mod rendered;
mod reply_markers;
mod rewrite;
mod rewritten;
mod sample;
mod secret;
mod session;
mod settings;
mod settle;
mod sorting;
mod source;
mod span;
mod template;
mod too_large;
mod trace;
mod translate;
mod visible;
mod vocabulary;
mod yaml;

pub use baseline::{Baseline, Stale};
pub use check::check;
pub use compose::{Composed, Composer, Mapped, Origin, Origins, Workroom};
pub use config::{
    AutotaskConfig, Brand, CommandConfig, Config, LevelConfig, LintConfig, SendConfig, SmtpConfig, TemplateConfig,
    TlsConfig,
};
pub use diagnostic::{Diagnostic, Fix, Level, Safety};
pub use document::{
    Argument, AttributePlace, AttributeRole, Document, Flaw, LinkMacro, LinkSpan, MacroFlaw, Part, PartKind, Piece,
    Place, Spelling,
};
pub use edit::Edit;
pub use error::{Error, ErrorKind};
pub use fix::{Fixed, fix};
pub use front_matter::{Audience, FrontMatter};
pub use link::{Ampersand, Client, DeepLink, LinkForm};
#[cfg(feature = "smtp")]
pub use mail::{Delivery, Fate, Listener, Login, MailServer, Password, Patience, Postman};
pub use mail::{Guard, Letter, MailAddress, MailSender, eml};
pub use nearest::nearest;
pub use parse::Parser;
pub use pipe::{Patience as PipePatience, read as read_pipe};
pub use reading::{Reading, lies_inside, real_path};
pub use render::{render, render_traced};
pub use rendered::{LeftOver, LeftReason, Rendered, RenderedLink};
pub use rewrite::rewrite;
pub use rewrite::rewriter::Rewriter;
pub use rewritten::{LinkChange, LinkOutcome, Rewritten};
pub use sample::{BUILT_IN_SAMPLES, Sample};
pub use secret::mask;
pub use session::{Finish, FinishWork, Finished, Output, Overrides, Ready, Session, Stopped};
pub use settings::{Bare, DEFAULT_COLOR, Settings};
pub use source::{Position, Positions, Source, SourceKind};
pub use span::Span;
pub use template::{Template, TemplateFile};
pub use trace::Trace;
pub use translate::{Translated, translate};
pub use visible::{visible, visible_lines};
pub use vocabulary::{
    Command, Confidence, Dialect, FactSource, Gateway, GatewayForm, Known, Nearest, Param, ParamKind, Placeholder,
    Retired, Shape, Target, ValueKind, Vocabulary,
};
pub use yaml::Map;
