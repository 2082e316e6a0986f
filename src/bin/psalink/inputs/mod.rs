//! What a run reads: its templates, the settings for each, and the samples that fill them in.
//!
//! ```text
//! TemplateArgs --Workspace::open--> Found { inputs } and Sessions, one for each folder; SampleArgs --mails--> [Sample]
//! ```

mod empty;
mod exclusion;
mod finder;
pub mod input;
pub mod mails;
pub mod own_folders;
mod pattern;
pub mod sessions;
pub mod stdin;
pub mod walk;
pub mod workspace;
