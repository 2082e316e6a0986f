//! All rules, one file each.
//!
//! ```text
//! link, tag, anchor, part, byte … --RULE.checks--> Diagnostic { rule: RULE.name, level: RULE.level or one of RULE.also }
//! ```

pub(crate) mod automatic_action;
pub(crate) mod broken_address;
pub(crate) mod broken_entity;
pub(crate) mod broken_portal_link;
pub(crate) mod conditional_link_differs;
pub(crate) mod desktop_link_only;
pub(crate) mod double_escaped;
pub(crate) mod doubled_brackets;
pub(crate) mod duplicate_parameter;
pub(crate) mod emoji_lost;
pub(crate) mod empty_link;
pub(crate) mod encoded_placeholder;
pub(crate) mod escaped_markup;
pub(crate) mod example_address;
pub(crate) mod external_stylesheet;
pub(crate) mod fill_me_in_text;
pub(crate) mod foreign_syntax;
pub(crate) mod form_in_mail;
pub(crate) mod gateway_wrapped_link;
pub(crate) mod hard_coded_id;
pub(crate) mod html_in_plain_text;
pub(crate) mod html_placeholder_in_attribute;
pub(crate) mod insecure_link;
pub(crate) mod internal_content_to_customer;
pub(crate) mod invalid_utf_8;
pub(crate) mod invalid_value;
pub(crate) mod invisible_character;
pub(crate) mod link_text_differs;
pub(crate) mod long_subject;
pub(crate) mod macro_not_expandable;
pub(crate) mod magic_token;
pub(crate) mod mail_source;
pub(crate) mod missing_alt;
pub(crate) mod missing_charset;
pub(crate) mod missing_lang;
pub(crate) mod missing_parameter;
pub(crate) mod misspelt_allow;
mod misspelt_case;
pub(crate) mod nested_anchor;
pub(crate) mod nonexistent_placeholder;
pub(crate) mod oversized_style;
pub(crate) mod oversized_template;
pub(crate) mod password_in_link;
pub(crate) mod placeholder_in_script;
pub(crate) mod placeholder_not_in_context;
pub(crate) mod psalink_only_syntax;
pub(crate) mod quotes_in_address;
pub(crate) mod relative_url;
pub(crate) mod retired_deep_link;
pub(crate) mod scheme_before_placeholder;
pub(crate) mod script_in_mail;
pub(crate) mod script_link;
pub(crate) mod smart_quoted_attribute;
pub(crate) mod space_in_placeholder;
pub(crate) mod split_placeholder;
pub(crate) mod subject_without_ticket_number;
pub(crate) mod token_in_link;
pub(crate) mod unbalanced_conditional;
pub(crate) mod unclosed_anchor;
pub(crate) mod unclosed_comment;
pub(crate) mod unclosed_element;
pub(crate) mod unclosed_placeholder;
pub(crate) mod unclosed_quote;
pub(crate) mod unclosed_settings;
pub(crate) mod unconfirmed_command;
pub(crate) mod unescaped_ampersand;
pub(crate) mod unexpected_host;
pub(crate) mod unfilled_host;
pub(crate) mod unknown_command;
pub(crate) mod unknown_macro;
pub(crate) mod unknown_macro_key;
pub(crate) mod unknown_parameter;
pub(crate) mod unknown_placeholder;
pub(crate) mod unquoted_placeholder;
pub(crate) mod unused_allow;
pub(crate) mod vague_link_text;
pub(crate) mod wrong_brackets;
pub(crate) mod wrong_charset;
pub(crate) mod wrong_dialect_placeholder;
pub(crate) mod wrong_id_placeholder;
pub(crate) mod wrong_language_placeholder;

use crate::lint::rule::Rule;

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
    &broken_portal_link::RULE,
    &broken_address::RULE,
    &retired_deep_link::RULE,
    &unquoted_placeholder::RULE,
    &broken_entity::RULE,
    &password_in_link::RULE,
    &token_in_link::RULE,
    &magic_token::RULE,
    &unknown_macro::RULE,
    &wrong_brackets::RULE,
    &unknown_macro_key::RULE,
    &macro_not_expandable::RULE,
    &smart_quoted_attribute::RULE,
    &quotes_in_address::RULE,
    &scheme_before_placeholder::RULE,
    &script_link::RULE,
    &unbalanced_conditional::RULE,
    &unclosed_comment::RULE,
    &unclosed_element::RULE,
    &unclosed_quote::RULE,
    &mail_source::RULE,
    &unclosed_settings::RULE,
    &unknown_placeholder::RULE,
    &misspelt_case::RULE,
    &space_in_placeholder::RULE,
    &invisible_character::RULE,
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
    &wrong_charset::RULE,
    &internal_content_to_customer::RULE,
    &foreign_syntax::RULE,
    &html_in_plain_text::RULE,
    &escaped_markup::RULE,
    &long_subject::RULE,
    &form_in_mail::RULE,
    &conditional_link_differs::RULE,
    &link_text_differs::RULE,
    &script_in_mail::RULE,
    &oversized_template::RULE,
    &unused_allow::RULE,
    &misspelt_allow::RULE,
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
    &example_address::RULE,
    &unescaped_ampersand::RULE,
    &missing_lang::RULE,
    &missing_charset::RULE,
    &vague_link_text::RULE,
];

/// The rule about comments that allow nothing. A comment that is unused in one template may be needed in another that
/// shares it.
pub const UNUSED_ALLOW: &Rule = &unused_allow::RULE;

/// The rules whose findings are about a secret itself.
pub(crate) const SECRETS: [&str; 3] = [password_in_link::RULE.name, token_in_link::RULE.name, magic_token::RULE.name];

/// The rule with a name.
pub(crate) fn named(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}
