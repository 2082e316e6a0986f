//! A link macro where no link can be written.

use crate::diagnostic::{Diagnostic, Level};
use crate::lint::{Check, Rule, When};
use crate::parse::document::Place;
use crate::span::Span;

/// A link macro stands where no link can be written.
pub const RULE: Rule = Rule {
    name: "macro-not-expandable",
    level: Level::Error,
    when: When::On,
    summary: "a link macro stands where no link can be written",
    page: include_str!("../../../fixtures/rules/macro-not-expandable.md"),
    check: Check::Macro,
};

/// A macro in a place that shows no link.
pub(crate) fn in_place(place: Place, span: Span) -> Option<Diagnostic> {
    let where_not = match place {
        Place::Comment => "a comment",
        Place::Style => "a style sheet",
        Place::Script => "a script",
        Place::Subject => "a subject: PSAs match replies by it, and it shows no links",
        Place::Markup => "the middle of a tag",
        Place::FrontMatter => "the settings on top of a template",
        Place::Text | Place::Attribute(_) | Place::Rcdata | Place::PlainText => return None,
    };
    let finding = RULE.at(span, format!("a link macro cannot stand in {where_not}"));
    Some(finding.help("move it into the text of the mail, or delete it"))
}

/// A macro in a link of the portal.
pub(crate) fn in_link(span: Span) -> Diagnostic {
    RULE.at(span, "this macro stands inside a link to the portal").help(WHOLE_LINK)
}

/// A macro with a link of the portal in its text.
pub(crate) fn around_link(span: Span) -> Diagnostic {
    RULE.at(span, HOLDS_LINK).help(WHOLE_LINK)
}

/// A macro with an anchor in its text.
pub(crate) fn around_anchor(span: Span) -> Diagnostic {
    RULE.at(span, HOLDS_LINK).help("leave `<a>` out of it")
}

const WHOLE_LINK: &str = "write the macro in the place of the whole link";
const HOLDS_LINK: &str = "the text of a macro cannot hold a link of its own";

/// A macro whose address would run on into the text behind it.
pub(crate) fn runs_on(span: Span) -> Diagnostic {
    RULE.at(span, "what follows this macro without a space would become a part of the address")
        .help("put a space behind the macro")
}

/// A macro that would become another link together with the text beside it.
pub(crate) fn glued(span: Span) -> Diagnostic {
    RULE.at(span, "this macro and what stands beside it without a space would become another link")
        .help("let it stand alone, or delete what stands beside it")
}

/// A macro in another one, which would swallow the link.
pub(crate) fn in_macro(span: Span) -> Diagnostic {
    RULE.at(span, "this macro is inside another macro, which is not closed before it")
        .help("close the macro before it with `]`, or delete it")
}

/// A macro whose text would end the comment that Outlook reads.
pub(crate) fn ends_comment(span: Span) -> Diagnostic {
    RULE.at(span, "the text of this macro would end the comment that Outlook reads")
        .help("leave `-->` and `<!` out of it")
}

/// A macro beside a damaged placeholder.
pub(crate) fn beside_damage(span: Span) -> Diagnostic {
    RULE.at(span, "a damaged placeholder stands in the same value, which would become a part of the link")
        .help("mend or delete the placeholder first")
}

/// A macro whose address holds the quote of its attribute.
pub(crate) fn holds_quote(span: Span, quote: char) -> Diagnostic {
    RULE.at(span, format!("the address holds the quote {quote} that its attribute is written in"))
        .help("write the attribute with the other quotes")
}

/// A macro whose text holds bytes that are no letters.
pub(crate) fn holds_no_letters(span: Span) -> Diagnostic {
    RULE.at(span, "the text of this macro holds bytes that are no letters")
        .help("type the text again, or say which encoding the file is in, such as `--encoding windows-1252`")
}
