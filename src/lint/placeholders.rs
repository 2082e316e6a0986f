//! What the rules about placeholders share: the worst damage, and the edits that write the placeholder correctly.

use crate::diagnostic::{Diagnostic, Safety};
use crate::html::scan::Quote;
use crate::lint::{Context, PortalLink, Rule, Token};
use crate::parse::deep_link::LinkForm;
use crate::parse::document::{AttributeRole, Document, Flaw, Part, PartKind, Place};
use crate::source::edit::Edit;
use crate::span::Span;
use crate::vocabulary::ValueKind;

impl Token<'_> {
    /// The damage to report; its fix corrects the others too.
    pub(super) fn worst_flaw(&self) -> Option<Flaw> {
        if self.spelling.flaws.is_empty() {
            return None;
        }
        const WORST_FIRST: [Flaw; 9] = [
            Flaw::SplitByTags,
            Flaw::NeverClosed,
            Flaw::PercentEncoded,
            Flaw::CharacterReferences,
            Flaw::Doubled,
            Flaw::LookAlike,
            Flaw::Invisible,
            Flaw::Spaces,
            Flaw::WrongCase,
        ];
        WORST_FIRST.into_iter().find(|flaw| self.spelling.flaws.contains(flaw))
    }

    /// Whether it is in another vendor's link, where only that vendor knows what is right.
    pub(super) fn is_in_foreign_address(&self) -> bool {
        matches!(self.part.place, Place::Attribute(at) if at.role != AttributeRole::Other) && self.link.is_none()
    }

    /// Its bytes; in a portal link, including extra brackets around it.
    pub(super) fn span(&self, cx: &Context<'_>) -> Span {
        match self.link {
            Some(portal_link) => with_brackets(cx.document, self.part, portal_link.link.at.span),
            None => self.part.span,
        }
    }
}

/// A finding about a damaged placeholder, with the edits that write it correctly.
pub(super) fn damage(
    cx: &Context<'_>,
    rule: &Rule,
    token: &Token<'_>,
    message: String,
    mut safety: Safety,
) -> Diagnostic {
    let right = token.spelling.token();
    // In another vendor's link, only the number of a record is certainly meant for the PSA.
    let is_id = token
        .spelling
        .known_in(cx.settings.dialect)
        .is_some_and(|known| matches!(cx.dialect().placeholder(known).kind, ValueKind::Id | ValueKind::Number));
    if token.is_in_foreign_address() && !is_id {
        safety = safety.min(Safety::Suggested);
    }
    let span = token.span(cx);
    rule.at(token.part.span, message).help(format!("write `{right}`")).fix(
        format!("write `{right}`"),
        safety,
        write(token.part.place, span, right),
    )
}

/// The same finding, with the placeholder that was probably meant.
pub(super) fn instead(finding: Diagnostic, part: &Part, right: &str) -> Diagnostic {
    let right = format!("[{right}]");
    let title = format!("write `{right}`");
    finding.help(title.clone()).fix(title, Safety::Suggested, write(part.place, part.span, right))
}

/// Edits that replace a span with a placeholder; an unquoted value that its space would cut off gains quotes.
pub(super) fn write(place: Place, span: Span, text: String) -> Vec<Edit> {
    let needs_quotes = text.contains(' ');
    match place {
        Place::Attribute(at) if at.quote == Quote::None && needs_quotes && at.value.covers(span) => {
            let Span { start, end } = at.value;
            vec![
                Edit::new(Span { start, end: start }, "\""),
                Edit::new(span, text),
                Edit::new(Span { start: end, end }, "\""),
            ]
        }
        _ => vec![Edit::new(span, text)],
    }
}

/// Whether the placeholders of a link are checked one by one. Old links are rewritten as a whole, and everything is
/// encoded in links that a gateway has wrapped.
pub(super) fn are_read(portal_link: &PortalLink<'_>) -> bool {
    match portal_link.link.form {
        LinkForm::Current | LinkForm::OtherPage => true,
        LinkForm::Retired(index) => {
            let form = &portal_link.target.retired[index];
            let named = portal_link.link.params.iter().filter(|param| !param.key.text.is_empty()).count();
            form.becomes.is_none() || named > 1 || portal_link.link.text().contains('#')
        }
        LinkForm::Magic | LinkForm::Wrapped(_) => false,
    }
}

/// A placeholder including extra brackets around it, in any of their forms: `[%5Bsrnumber%5D]`.
pub(super) fn with_brackets(document: &Document, part: &Part, link: Span) -> Span {
    const PAIRS: [(&str, &str); 6] = [
        ("[", "]"),
        ("%5b", "%5d"),
        ("&#91;", "&#93;"),
        ("&#x5b;", "&#x5d;"),
        ("&lbrack;", "&rbrack;"),
        ("&lsqb;", "&rsqb;"),
    ];
    const LONGEST: usize = "&lbrack;".len();
    let bytes = document.source().bytes();
    let mut span = part.span;
    loop {
        let left = (link.start as usize).max((span.start as usize).saturating_sub(LONGEST));
        let right = (link.end as usize).min(span.end as usize + LONGEST);
        let before = bytes[left..span.start as usize].to_ascii_lowercase();
        let after = bytes.get(span.end as usize..right).unwrap_or_default().to_ascii_lowercase();
        let opening = PAIRS.iter().find(|(opening, _)| before.ends_with(opening.as_bytes()));
        let closing = PAIRS.iter().find(|(_, closing)| after.starts_with(closing.as_bytes()));
        let (Some((opening, _)), Some((_, closing))) = (opening, closing) else { break };
        span = Span::new(span.start as usize - opening.len(), span.end as usize + closing.len());
    }
    // If the token is rewritten, an extra bracket before it would damage it again.
    if span != part.span || matches!(part.kind, PartKind::Malformed(_)) {
        while span.start > link.start && bytes[span.start as usize - 1] == b'[' {
            span.start -= 1;
        }
    }
    span
}
