//! What the place of a placeholder needs: a number that people read, the ID of a record, or something unknown.

use crate::lint::{Context, PortalLink};
use crate::parse::deep_link::{LinkForm, LinkParam};
use crate::parse::document::{AttributePlace, AttributeRole, LinkMacro, LinkSpan, Part, Place};
use crate::span::Span;
use crate::vocabulary::{Command, ParamKind, Target, Vocabulary};

/// What the place of a placeholder needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose<'v> {
    /// Something that people read.
    Read {
        /// Whether tags have a meaning there.
        is_html: bool,
    },
    /// A value with this meaning, for a portal link.
    Meaning(&'v str),
    /// The ID of a record, for a portal link.
    Record,
    /// Unknown: another vendor's address, or an unknown part of a portal link.
    Unclear,
    /// A comment, which readers do not see.
    Comment,
    /// Nothing, maybe: in a style sheet or a script, a word in brackets may be code.
    Code,
}

/// The key of a link macro whose value people read.
const TEXT: &str = "text";

/// Determines what places need; questions must come in the order of the template.
pub(super) struct Purposes<'a> {
    cx: &'a Context<'a>,
    /// The last link that was read, with its place.
    link: Option<(Span, Option<PortalLink<'a>>)>,
    /// Where the last placeholder that may be in an address ended, and whether it was in one.
    address: (usize, bool),
}

impl<'a> Purposes<'a> {
    pub(super) fn new(cx: &'a Context<'a>) -> Purposes<'a> {
        Purposes { cx, link: None, address: (0, false) }
    }

    /// What the place of a placeholder needs.
    pub(super) fn of(&mut self, part: &Part) -> Purpose<'a> {
        match part.place {
            Place::Comment => return Purpose::Comment,
            Place::Style | Place::Script | Place::Markup | Place::FrontMatter => return Purpose::Code,
            Place::Text | Place::Attribute(_) | Place::Rcdata | Place::PlainText | Place::Subject => {}
        }
        if let Some(purpose) = self.in_portal_link(part) {
            return purpose;
        }
        match part.place {
            Place::Attribute(attribute) if attribute.role != AttributeRole::Other => {
                of_address(self.cx, part, attribute)
            }
            Place::Attribute(attribute) if self.is_in_address(part, attribute.value.start as usize) => Purpose::Unclear,
            Place::Attribute(_) => Purpose::Read { is_html: false },
            _ if self.is_in_address(part, 0) => Purpose::Unclear,
            place => Purpose::Read { is_html: place == Place::Text },
        }
    }

    /// What the value of a macro's key must be.
    pub(super) fn of_argument(&self, part: &Part, link_macro: &LinkMacro, key: &str) -> Purpose<'a> {
        if key == TEXT {
            return Purpose::Read { is_html: part.place == Place::Text };
        }
        let target = target_of(self.cx.vocabulary, link_macro);
        target.map_or(Purpose::Unclear, |target| declared(target, target.command(&link_macro.command.text), key))
    }

    /// Whether text before a placeholder is an address that continues to it: `https://survey.example/?ticket=`.
    fn is_in_address(&mut self, part: &Part, floor: usize) -> bool {
        let (start, end) = (part.span.start as usize, part.span.end as usize);
        let (before, was_in_address) = self.address;
        let gap = &self.cx.bytes()[floor.max(before)..start];
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"<>\"'()".contains(byte);
        let cut = gap.iter().rposition(ends);
        let word = &gap[cut.map_or(0, |at| at + 1)..];
        let goes_on = was_in_address && cut.is_none() && before >= floor;
        let is_in_address = goes_on || memchr::memmem::find(word, b"://").is_some();
        self.address = (end, is_in_address);
        is_in_address
    }

    fn in_portal_link(&mut self, part: &Part) -> Option<Purpose<'a>> {
        let links = self.cx.document.links();
        let at = part.span.start;
        let index = links.partition_point(|link| link.span.end <= at);
        let link = match links.get(index).filter(|link| link.span.start <= at) {
            Some(link) => *link,
            // Only the settings tell that an address on another domain belongs to the portal.
            None => match part.place {
                Place::Attribute(attribute)
                    if attribute.role != AttributeRole::Other && !self.cx.hosts().is_empty() =>
                {
                    let span = self.cx.trim(attribute.value);
                    LinkSpan { span, place: part.place, conditional: part.conditional }
                }
                _ => return None,
            },
        };
        if self.link.as_ref().is_none_or(|(known, _)| *known != link.span) {
            self.link = Some((link.span, self.cx.portal_link(link)));
        }
        let (_, link) = self.link.as_ref()?;
        Some(of_parameter(link.as_ref()?, at as usize))
    }
}

/// What the parameter at a byte of a portal link needs.
fn of_parameter<'v>(portal_link: &PortalLink<'v>, at: usize) -> Purpose<'v> {
    let target = portal_link.target;
    let after = portal_link.link.params.partition_point(|param| param.key.span.start as usize <= at);
    let holds = |param: &&LinkParam| param.value.as_ref().is_some_and(|value| value.span.contains(at));
    let param = after.checked_sub(1).map(|index| &portal_link.link.params[index]);
    let Some(param) = param.filter(holds) else { return Purpose::Unclear };
    let key = &*param.key.text;
    match portal_link.link.form {
        LinkForm::Current => declared(target, portal_link.command(), key),
        LinkForm::Retired(index) => {
            let form = &target.retired[index];
            if !key.trim_end_matches('/').eq_ignore_ascii_case(&form.word) {
                return declared(target, None, key);
            }
            let command = form.becomes.as_deref().and_then(|becomes| target.command(becomes));
            form.value.as_deref().map_or(Purpose::Unclear, |value| declared(target, command, value))
        }
        LinkForm::Magic | LinkForm::OtherPage => {
            let is_ticket = target.magic.as_ref().is_some_and(|(_, ticket)| ticket == key);
            match target.magic_means.as_deref().filter(|_| is_ticket) {
                Some(meaning) => Purpose::Meaning(meaning),
                None => declared(target, portal_link.command(), key),
            }
        }
        // The inner link's parameters are encoded, so this one is unknown.
        LinkForm::Wrapped(_) => Purpose::Unclear,
    }
}

/// What a parameter needs, according to its target's file. A misspelled command is recognized by its parameters.
fn declared<'v>(target: &'v Target, command: Option<&'v Command>, key: &str) -> Purpose<'v> {
    let param = command.and_then(|command| command.param(key));
    let Some(param) = param.or_else(|| target.commands.iter().find_map(|command| command.param(key))) else {
        return Purpose::Unclear;
    };
    match (&param.means, param.kind) {
        (Some(meaning), _) => Purpose::Meaning(meaning),
        (None, ParamKind::Id) => Purpose::Record,
        (None, _) => Purpose::Unclear,
    }
}

/// The target of a macro: by its prefix or, if that is misspelled, by its command.
fn target_of<'v>(vocabulary: &'v Vocabulary, link_macro: &LinkMacro) -> Option<&'v Target> {
    let targets = vocabulary.targets();
    let by_prefix = targets.iter().find(|target| target.prefix.eq_ignore_ascii_case(&link_macro.prefix.text));
    by_prefix.or_else(|| targets.iter().find(|target| target.command(&link_macro.command.text).is_some()))
}

/// What an address other than a portal link needs.
fn of_address<'v>(cx: &Context<'_>, part: &Part, attribute: AttributePlace) -> Purpose<'v> {
    let value = cx.trim(attribute.value);
    let is_mail = cx.slice(value).get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"mailto:"));
    if is_mail {
        return Purpose::Read { is_html: false };
    }
    // A rewrite turns a number that makes up the whole address into a link to its ticket.
    let is_whole = value == part.span || value.start == part.span.start && value.end < part.span.end;
    if is_whole && attribute.role == AttributeRole::Link { Purpose::Record } else { Purpose::Unclear }
}
