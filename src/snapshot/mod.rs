//! Recorded messages: what each message was when someone last reviewed it, in insta's file format.
//!
//! ```text
//! Rendered, findings --> Record --to_file--> NAME.snap; Snapshot::read --compare(Record)--> Same, or what has changed
//! ```
//!
//! ```
//! use psalink::render::Rendered;
//! use psalink::snapshot::{Comparison, Record, Snapshot, compare};
//! let mail = |subject: &str| Record {
//!     template: "mails/new-ticket.html".to_owned(),
//!     dialect: "connectwise".to_owned(),
//!     sample: "standard".to_owned(),
//!     rendered: Rendered { subject: Some(subject.to_owned()), text: "Hello\n".to_owned(), ..Rendered::default() },
//!     findings: Vec::new(),
//! };
//! let path = std::env::temp_dir().join(format!("psalink-doc-{}.snap", std::process::id()));
//! assert!(Snapshot::read(&path)?.is_none());
//! std::fs::write(&path, mail("Ticket 1").to_file()).unwrap();
//! let recorded = Snapshot::read(&path)?.unwrap();
//! std::fs::remove_file(&path).unwrap();
//! assert_eq!(compare(&recorded, &mail("Ticket 1")), Comparison::Same);
//! let Comparison::Changed(changes) = compare(&recorded, &mail("Ticket 2")) else { panic!() };
//! assert_eq!(changes.summary(), ["subject changed: `Ticket 1` -> `Ticket 2`"]);
//! # Ok::<(), psalink::Error>(())
//! ```

mod body;
mod changes;
mod compare;
mod damaged;
mod header;
mod links;
mod name;
mod outline;
mod record;
mod recorded;
mod shown;
mod unreferenced;
mod written;

pub use changes::{Changes, Difference};
pub use compare::{Comparison, compare};
pub use links::LinkDifference;
pub use name::{SnapshotName, check_names, is_record, pending};
pub use outline::Filled;
pub use record::Record;
pub use recorded::Snapshot;
pub use unreferenced::{Unreferenced, unreferenced};

#[cfg(test)]
pub(crate) mod tests;
