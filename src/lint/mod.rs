//! Checks templates: which rules run on what, at which levels, and what is allowed.
//!
//! ```text
//! Document --check--> each rule runs on what it is about (link_findings: on one link, which a rewrite uses too)
//!    --levels of the profile, allow comments--> [Diagnostic] --fix--> Document --check--> … until nothing changes
//! ```
//!
//! Lint a string and apply the safe fixes:
//!
//! ```
//! use psalink::lint::{Profile, fix};
//! use psalink::{Parser, Safety, Settings, Source, SourceKind, Vocabulary, check};
//! let vocabulary = Vocabulary::builtin();
//! let settings = Settings::new(vocabulary, "connectwise", Some("acme.deskdirector.com")).ok_or("no dialect")?;
//! let (mut parser, profile) = (Parser::new(vocabulary), Profile::default());
//! let html = "<a href='http://acme.deskdirector.com/portal/deeplink?name=ticket_list'>Tickets</a>";
//! let source = Source::from_text("mail.html", html, SourceKind::Html);
//! let fixed = fix(source, Safety::Safe, |source| {
//!     let document = parser.parse_whole(source);
//!     let findings = check(&document, &settings, vocabulary, &profile);
//!     Ok((document, findings))
//! })?;
//! assert_eq!(fixed.fixed, ["insecure-link"]);
//! assert!(fixed.document.source().bytes().starts_with(b"<a href='https://acme.deskdirector.com/"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod add_allow;
mod address_markup;
mod address_places;
mod allow;
mod allow_spelling;
mod anchor;
mod around_address;
mod backslashes;
pub(crate) mod baseline;
pub(crate) mod check;
mod clean_links;
mod code_elements;
mod conditional_ends;
mod conditional_starts;
mod context;
pub(crate) mod cover;
mod credentials;
mod damaged_names;
mod destination;
pub(crate) mod fix;
mod foreign;
mod foreign_finding;
pub(crate) mod foreign_values;
pub(crate) mod glued;
mod hidden_element;
mod host_slip;
mod html_in_text;
mod link_beginning;
mod link_findings;
mod link_text;
mod links;
mod mangled_address;
mod names;
mod other_brackets;
mod params;
mod placeholders;
mod profile;
mod rule;
pub(crate) mod rules;
mod swallowed;
mod tags;
mod whole_link;

pub use add_allow::{Allowed, allow_findings};
pub use baseline::{Baseline, Stale};
pub use check::check;
pub(crate) use context::{Anchor, Context, Inner, PortalLink, Token};
pub use fix::{Fixed, fix};
pub use profile::{ALL, ONLY_PSALINK, Profile, READY, rule};
pub(crate) use rule::Check;
pub use rule::{Case, Rewrite, Rule, When};
pub(crate) use rules::SECRETS;
pub use rules::{RULES, UNUSED_ALLOW};
pub(crate) use tags::{Address, Tag, TagKind};

pub(crate) use allow::{Allow, AllowedSpans, comments as allow_comments, is_allow};
pub(crate) use around_address::is_word_of_html;
pub(crate) use check::{check_addresses, check_remembering, once_per_file};
pub(crate) use clean_links::CleanLinks;
pub(crate) use foreign_finding::finding as foreign_placeholder;
pub(crate) use link_findings::{address_findings, findings_on, link_findings};
pub(crate) use link_text::{after_edits, same_text};
pub(crate) use links::fix as fix_link;
pub(crate) use params::values_in_link;
pub(crate) use rules::desktop_link_only::finding as desktop_only;
pub(crate) use rules::duplicate_parameter::findings as duplicate_keys;
pub(crate) use rules::hard_coded_id::finding as hard_coded;
pub(crate) use rules::html_placeholder_in_attribute::finding as html_in_attribute;
pub(crate) use rules::invalid_utf_8::finding as invalid_utf_8;
pub(crate) use rules::invalid_value::finding as check_value;
pub(crate) use rules::nonexistent_placeholder::RULE as NONEXISTENT;
pub(crate) use rules::unclosed_settings::finding as unclosed_settings;
pub(crate) use rules::unconfirmed_command::finding as unconfirmed;
pub(crate) use rules::unknown_placeholder::{findings as unknown_placeholders, unlisted};
pub(crate) use swallowed::findings as swallowed_findings;
