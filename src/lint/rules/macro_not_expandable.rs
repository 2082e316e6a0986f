//! A link macro where no link can be written.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::lint::{Check, Rewrite, Rule, When};
use crate::parse::document::Place;
use crate::source::edit::Edit;
use crate::span::Span;

/// A link macro is in a place where a link cannot be written.
pub const RULE: Rule = Rule {
    name: "macro-not-expandable",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a link macro is in a place where a link cannot go",
    page: include_str!("../../../fixtures/rules/macro-not-expandable.md"),
    checks: &[Check::Macro],
};

/// A macro in a place where no link is shown.
pub(crate) fn in_place(place: Place, span: Span) -> Option<Diagnostic> {
    let where_not = match place {
        Place::Comment => "a comment",
        Place::Style => "a style sheet",
        Place::Script => "a script",
        Place::Subject => "a subject: PSAs use it to match replies, and it does not show links",
        Place::Markup => "the middle of a tag",
        Place::FrontMatter => "the settings at the top of a template",
        Place::Text | Place::Attribute(_) | Place::Rcdata | Place::PlainText => return None,
    };
    let finding = RULE.at(span, format!("a link macro cannot go in {where_not}"));
    Some(finding.help("move it into the text of the message, or delete it"))
}

/// A macro inside a portal link.
pub(crate) fn in_link(span: Span) -> Diagnostic {
    RULE.at(span, "this macro is inside a link to the portal").help(WHOLE_LINK)
}

/// A macro with a portal link in its text.
pub(crate) fn around_link(span: Span) -> Diagnostic {
    RULE.at(span, HOLDS_LINK).help(WHOLE_LINK)
}

/// A macro with an anchor in its text.
pub(crate) fn around_anchor(span: Span) -> Diagnostic {
    RULE.at(span, HOLDS_LINK).help("remove the `<a>` from its text")
}

const WHOLE_LINK: &str = "replace the whole link with the macro";
const HOLDS_LINK: &str = "the text of a macro cannot contain a link of its own";

/// A macro whose address would run into the text after it.
pub(crate) fn runs_on(span: Span) -> Diagnostic {
    RULE.at(span, "the text right after this macro would become part of the address")
        .help("put a space after the macro")
}

/// A macro in the address of a link, followed by what is not a parameter.
pub(crate) fn before_text(span: Span, text: &str) -> Diagnostic {
    let finding = RULE.at(span, format!("`{}` right after this macro would become part of the address", short(text)));
    match text.starts_with(['?', '#']) {
        true => finding.help("delete it; only parameters that the page accepts may follow, such as `&action=chat`"),
        false => finding.help("delete the text after the macro"),
    }
}

/// A macro with words in front of it, in the address of a link; `is_sure` tells that they are nothing else.
pub(crate) fn after_words(span: Span, text: &str, before: Span, is_sure: bool) -> Diagnostic {
    let finding = RULE.at(span, format!("`{}` in front of this macro would become part of the address", short(text)));
    let title = format!("delete `{}`", short(text));
    let finding = finding.help(title.clone());
    if is_sure { finding.fix(title, Safety::Safe, vec![Edit::delete(before)]) } else { finding }
}

/// A macro in the address of another site or of a mailbox, in a place that cannot hold a link.
pub(crate) fn in_other_address(span: Span) -> Diagnostic {
    RULE.at(span, "this macro is inside another address, where a link to the portal cannot go")
        .help("write the macro alone; only a parameter can hold it, as in `?url=[dd:ticket]`")
}

/// A macro in the address of a mail gateway.
pub(crate) fn in_gateway(span: Span) -> Diagnostic {
    RULE.at(span, "this macro is inside the address of a mail gateway, which wraps links when a message is sent")
        .help(WHOLE_LINK)
}

/// A macro in an attribute that readers cannot click.
pub(crate) fn in_attribute(span: Span, name: &str, why: &str) -> Diagnostic {
    RULE.at(span, format!("a link macro cannot go in `{name}`: {why}"))
        .help("move it into the text of the message, or into the `href` of a link")
}

/// A text, shortened to fit a message.
fn short(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A macro that would form a different link together with the text next to it.
pub(crate) fn glued(span: Span) -> Diagnostic {
    RULE.at(span, "this macro and the text right next to it would become a different link")
        .help("put spaces around it, or delete the text next to it")
}

/// A macro inside another macro, which would swallow the link.
pub(crate) fn in_macro(span: Span) -> Diagnostic {
    RULE.at(span, "this macro is inside another macro that is not closed")
        .help("close the macro before it with `]`, or delete that macro")
}

/// A macro whose text would end the comment that Outlook reads.
pub(crate) fn ends_comment(span: Span) -> Diagnostic {
    RULE.at(span, "the text of this macro would end the comment that Outlook reads")
        .help("remove `-->` and `<!` from its text")
}

/// A macro next to a damaged placeholder.
pub(crate) fn beside_damage(span: Span) -> Diagnostic {
    RULE.at(span, "a damaged placeholder is in the same value, and would become part of the link")
        .help("fix or delete the placeholder first")
}

/// A macro with punctuation next to it that would become part of the address.
pub(crate) fn beside_noise(span: Span, text: &str, noise: Span) -> Diagnostic {
    let title = format!("delete `{}`", text.trim());
    RULE.at(span, format!("`{}` next to this macro would become part of the address", text.trim()))
        .help(title.clone())
        .fix(title, Safety::Safe, vec![Edit::delete(noise)])
}

/// A macro whose address holds the quote of its attribute.
pub(crate) fn holds_quote(span: Span, quote: char) -> Diagnostic {
    RULE.at(span, format!("the address contains {quote}, the quotation mark around this attribute"))
        .help("use the other kind of quotation marks around the attribute")
}

/// A macro whose text contains bytes that are not valid text.
pub(crate) fn has_invalid_bytes(span: Span) -> Diagnostic {
    RULE.at(span, "the text of this macro contains bytes that are not valid text in this encoding")
        .help("type the text again, or name the encoding of the file, such as `--encoding windows-1252`")
}
