//! Checks templates: one file for each rule, and what they share.

mod add_allow;
mod allow;
mod checkup;
mod credentials;
mod destination;
mod foreign;
mod foreign_finding;
mod link_text;
mod links;
mod params;
mod placeholders;
mod profile;
mod rule;
mod run;
mod sift;
mod whole_link;

mod automatic_action;
mod broken_entity;
mod conditional_link_differs;
mod desktop_link_only;
mod double_escaped;
mod doubled_brackets;
mod duplicate_parameter;
mod emoji_lost;
mod empty_link;
mod encoded_placeholder;
mod external_stylesheet;
mod fill_me_in_text;
mod foreign_syntax;
mod form_in_mail;
mod gateway_wrapped_link;
mod hard_coded_id;
mod html_placeholder_in_attribute;
mod insecure_link;
mod internal_content_to_customer;
mod invalid_utf_8;
mod invalid_value;
mod link_text_differs;
mod long_subject;
pub(crate) mod macro_not_expandable;
mod magic_token;
mod missing_alt;
mod missing_charset;
mod missing_lang;
mod missing_parameter;
mod misspelt_case;
mod nested_anchor;
mod nonexistent_placeholder;
mod oversized_style;
mod oversized_template;
mod password_in_link;
mod placeholder_in_script;
mod placeholder_not_in_context;
mod psalink_only_syntax;
mod relative_url;
mod retired_deep_link;
mod scheme_before_placeholder;
mod script_in_mail;
mod script_link;
mod smart_quoted_attribute;
mod space_in_placeholder;
mod split_placeholder;
mod subject_without_ticket_number;
mod token_in_link;
mod unbalanced_conditional;
mod unclosed_anchor;
mod unclosed_placeholder;
mod unclosed_settings;
mod unconfirmed_command;
mod unescaped_ampersand;
mod unexpected_host;
mod unfilled_host;
mod unknown_command;
pub(crate) mod unknown_macro;
pub(crate) mod unknown_macro_key;
mod unknown_parameter;
mod unknown_placeholder;
mod unquoted_placeholder;
mod unused_allow;
mod vague_link_text;
mod wrong_dialect_placeholder;
mod wrong_id_placeholder;
mod wrong_language_placeholder;

pub use add_allow::{Allowed, allow_findings};
pub use checkup::{Address, Anchor, Checkup, PortalLink, Tag, Token};
pub use profile::{ALL, Profile, READY, rule};
pub use rule::{Check, Rule, When};

pub(crate) use allow::{Allow, Stretches, comments as allow_comments, is_allow};
pub(crate) use automatic_action::finding as automatic_action;
pub(crate) use desktop_link_only::finding as desktop_only;
pub(crate) use duplicate_parameter::findings as duplicate_keys;
pub(crate) use foreign_finding::finding as foreign_placeholder;
pub(crate) use hard_coded_id::finding as hard_coded;
pub(crate) use html_placeholder_in_attribute::finding as html_in_attribute;
pub(crate) use invalid_utf_8::finding as invalid_utf_8;
pub(crate) use invalid_value::finding as check_value;
pub(crate) use link_text::{after_edits, same_text};
pub(crate) use links::{fix as fix_link, touches_macro};
pub(crate) use nonexistent_placeholder::RULE as NONEXISTENT;
pub(crate) use profile::ONLY_PSALINK;
pub(crate) use run::{findings, link_findings};
pub(crate) use sift::{once_per_file, sift, sift_by};
pub(crate) use unclosed_anchor::finding as unclosed_anchor;
pub(crate) use unclosed_settings::finding as unclosed_settings;
pub(crate) use unconfirmed_command::finding as unconfirmed;
pub(crate) use unknown_placeholder::{findings as unknown_placeholders, unlisted};
pub(crate) use wrong_dialect_placeholder::RULE as WRONG_DIALECT;

/// Every rule, errors first.
pub const RULES: &[&Rule] = &[
    &wrong_dialect_placeholder::RULE,
    &wrong_language_placeholder::RULE,
    &encoded_placeholder::RULE,
    &split_placeholder::RULE,
    &html_placeholder_in_attribute::RULE,
    &nonexistent_placeholder::RULE,
    &unknown_command::RULE,
    &missing_parameter::RULE,
    &invalid_value::RULE,
    &wrong_id_placeholder::RULE,
    &hard_coded_id::RULE,
    &unfilled_host::RULE,
    &retired_deep_link::RULE,
    &unquoted_placeholder::RULE,
    &broken_entity::RULE,
    &password_in_link::RULE,
    &token_in_link::RULE,
    &magic_token::RULE,
    &unknown_macro::RULE,
    &unknown_macro_key::RULE,
    &macro_not_expandable::RULE,
    &smart_quoted_attribute::RULE,
    &scheme_before_placeholder::RULE,
    &script_link::RULE,
    &unbalanced_conditional::RULE,
    &unclosed_settings::RULE,
    &unknown_placeholder::RULE,
    &misspelt_case::RULE,
    &space_in_placeholder::RULE,
    &unclosed_placeholder::RULE,
    &doubled_brackets::RULE,
    &unknown_parameter::RULE,
    &duplicate_parameter::RULE,
    &gateway_wrapped_link::RULE,
    &desktop_link_only::RULE,
    &double_escaped::RULE,
    &insecure_link::RULE,
    &automatic_action::RULE,
    &unconfirmed_command::RULE,
    &fill_me_in_text::RULE,
    &emoji_lost::RULE,
    &internal_content_to_customer::RULE,
    &foreign_syntax::RULE,
    &long_subject::RULE,
    &form_in_mail::RULE,
    &conditional_link_differs::RULE,
    &link_text_differs::RULE,
    &script_in_mail::RULE,
    &oversized_template::RULE,
    &unused_allow::RULE,
    &unexpected_host::RULE,
    &invalid_utf_8::RULE,
    &nested_anchor::RULE,
    &unclosed_anchor::RULE,
    &empty_link::RULE,
    &missing_alt::RULE,
    &relative_url::RULE,
    &external_stylesheet::RULE,
    &oversized_style::RULE,
    &placeholder_not_in_context::RULE,
    &placeholder_in_script::RULE,
    &subject_without_ticket_number::RULE,
    &psalink_only_syntax::RULE,
    &unescaped_ampersand::RULE,
    &missing_lang::RULE,
    &missing_charset::RULE,
    &vague_link_text::RULE,
];

/// The rules whose findings are about a secret itself.
pub(crate) const SECRETS: [&str; 3] = [password_in_link::RULE.name, token_in_link::RULE.name, magic_token::RULE.name];
