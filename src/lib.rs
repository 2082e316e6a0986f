//! psalink finds the macros in ConnectWise and Autotask notification templates, says what is wrong with them, and writes
//! correct DeskDirector portal links.
//!
//! The pipeline, in reading order; plain functions between plain values:
//!
//! ```text
//! x.html.j2 --Session::compose--> Source, and Origins, which map its findings back to the user's files
//! bytes --Source::read--> Source --scan--> [Region] --Parser::parse--> Document
//!    Document --check--> [Diagnostic] --fix--> bytes; the rules are in lint/, one file each
//!    Document --rewrite--> Rewritten { edits, diagnostics, links } --edit::apply--> bytes
//!    Document --translate--> Translated { edits, diagnostics } --edit::apply--> bytes, for the other PSA
//!    Template --Session::finish--> Finished, what goes into the PSA; or Stopped, what a person must decide first
//!    Template --Session::ready--> Ready --render(Sample)--> Rendered --> preview pages, .eml, Message, snapshot::Record
//!    [Diagnostic] --report--> terminal, JSON, SARIF …; [LinkChange] --report--> a table for the client
//! ```
//!
//! Four laws hold everywhere:
//!
//! 1. Parsing always returns a document; whatever is broken is a part that says so.
//! 2. Spans count bytes; lines and columns are only computed for output.
//! 3. The smallest edit: every change is an [`Edit`], and no byte outside one ever changes.
//! 4. Product knowledge is data: facts about PSAs and portals are in `grammar/`, with their sources.
//!
//! Two kinds of problems are never mixed: a [`Diagnostic`] is about the user's template, and an [`Error`] means that
//! psalink could not do its work.

pub mod compose;
pub mod config;
pub mod display;
pub mod error;
pub mod file_names;
pub mod html;
pub mod lint;
pub mod mail;
pub mod nearest;
pub mod render;
pub mod report;
pub mod rewrite;
pub mod secret;
pub mod session;
pub mod snapshot;
pub mod source;
pub mod template;
pub mod translate;
pub mod visible;
pub mod vocabulary;

mod diagnostic;
mod expand;
mod interned;
mod invisible;
mod parse;
mod sorting;
mod span;
mod yaml;

pub use config::{Config, Settings};
pub use diagnostic::{Diagnostic, Fix, Level, Safety};
pub use error::{Error, ErrorKind};
pub use lint::check;
pub use parse::{Parser, deep_link as link, document, document::Document};
pub use rewrite::{Rewriter, rewrite};
pub use session::Session;
pub use source::edit::Edit;
pub use source::{Source, SourceKind};
pub use span::Span;
pub use template::Template;
pub use vocabulary::Vocabulary;
