//! A conditional comment for Outlook that is opened and not closed, or closed and not opened.

use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::html::scan::{Region, RegionKind};
use crate::lint::conditional_ends::{end_length, end_of, is_broken_end, written_end};
use crate::lint::conditional_starts::{damaged_start, ends_conditional};
use crate::lint::{Check, Context, Rewrite, Rule, When};
use crate::source::edit::Edit;
use crate::span::Span;

/// A conditional comment is opened but not closed, or the other way around.
pub const RULE: Rule = Rule {
    name: "unbalanced-conditional",
    level: Level::Error,
    also: &[],
    when: When::On,
    rewrite: Rewrite::Leaves,
    summary: "a conditional comment for Outlook is opened and not closed, or closed and not opened",
    page: include_str!("../../../fixtures/rules/unbalanced-conditional.md"),
    checks: &[Check::Template(check)],
};

fn check(cx: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut walk =
        ConditionalWalk { cx, found, hidden: None, revealed: Default::default(), left_over: 0, broken: None };
    let regions = cx.document.regions();
    for (index, region) in cx.markers() {
        walk.region(region, index.checked_sub(1).map(|index| regions[index]));
    }
    walk.end();
}

/// How far before its end the start of a conditional comment is looked for.
const NEAR: usize = 4096;

struct ConditionalWalk<'c, 'a> {
    cx: &'c Context<'a>,
    found: &'c mut Vec<Diagnostic>,
    /// The open `<!--[if mso]>`.
    hidden: Option<Span>,
    /// What is open for other programs: in the message, and inside the conditional comment.
    revealed: [Vec<OpenMarker>; 2],
    /// Markers left over from a comment that ended early.
    left_over: usize,
    /// What was meant to close the conditional comment, but does not.
    broken: Option<Span>,
}

/// An opening marker, and whether it is damaged, as in `<!-- [if x]><!-->`, which a space turns into a comment.
struct OpenMarker {
    span: Span,
    is_damaged: bool,
}

impl ConditionalWalk<'_, '_> {
    fn region(&mut self, region: &Region, before: Option<Region>) {
        let cx = self.cx;
        let inside = usize::from(region.conditional);
        match region.kind {
            RegionKind::ConditionalOpen if region.conditional => {
                self.left_over += 1;
                if let Some(open) = self.hidden.take() {
                    let message = "this conditional comment is not closed before the next one begins";
                    self.close_hidden(open, message);
                }
            }
            RegionKind::ConditionalOpen => {
                (self.hidden, self.broken) = (Some(region.span), None);
                self.found.extend(broken_reveal(cx, region.span));
            }
            RegionKind::ConditionalClose => self.close(region, before),
            // `<!--[if mso>…<![endif]-->` is one comment.
            RegionKind::RevealedOpen if ends_conditional(cx.slice(region.span)) => self.comment(region),
            RegionKind::RevealedOpen => self.revealed[inside].push(OpenMarker { span: region.span, is_damaged: false }),
            RegionKind::Comment if !region.conditional => self.comment(region),
            RegionKind::Comment | RegionKind::BogusComment | RegionKind::RevealedClose
                if is_broken_end(cx.slice(region.span)) =>
            {
                self.broken_end(region);
            }
            RegionKind::BogusComment if !region.conditional => {
                let text = cx.slice(region.span);
                if damaged_start(text).is_some_and(|start| start.length == text.len()) {
                    self.revealed[0].push(OpenMarker { span: region.span, is_damaged: true });
                }
            }
            RegionKind::RevealedClose => self.revealed_close(region),
            _ => {}
        }
    }

    /// `<!--<![endif]-->` or `<![endif]>`, or a `<![endif]` whose `-->` is damaged.
    fn revealed_close(&mut self, region: &Region) {
        let cx = self.cx;
        let own = usize::from(region.conditional);
        let text = cx.slice(region.span);
        let span = Span { end: region.span.start + end_length(text) as u32, ..region.span };
        match self.revealed[own].pop() {
            Some(open) if open.is_damaged => self.found.extend(damaged(cx, open.span)),
            Some(open) => self.found.extend(hides_nothing(cx, open.span, text)),
            // The end of the conditional comment, without its `--`.
            None if self.hidden.is_some() && region.conditional && self.broken.is_none() => self.broken = Some(span),
            None if self.left_over > 0 => self.left_over -= 1,
            None => self.closes_nothing(span),
        }
    }

    /// A comment that would be a conditional one except for a space, or that was meant to end one.
    fn comment(&mut self, region: &Region) {
        let text = self.cx.slice(region.span);
        if is_broken_end(text) {
            return self.broken_end(region);
        }
        let Some(start) = damaged_start(text) else { return };
        let body = text[start.length..].strip_suffix(b"-->").unwrap_or_default().trim_ascii();
        if matches!(body, b"<!" | b"<!--") {
            self.revealed[0].push(OpenMarker { span: region.span, is_damaged: true });
        } else if ends_conditional(text) {
            self.found.extend(damaged(self.cx, region.span));
        }
    }

    /// The `-->` that ends a conditional comment, with or without its `<![endif]`.
    fn close(&mut self, region: &Region, before: Option<Region>) {
        let cx = self.cx;
        let open = self.hidden.take();
        let has_endif = cx.slice(region.span).starts_with(b"<!");
        if has_endif && region.span.len() > "<![endif]-->".len() {
            self.found.push(replace(cx, region.span, "<![endif]-->"));
        }
        let end = before
            .filter(|_| !has_endif)
            .and_then(|before| self.broken_until(region.span).or_else(|| written_end(cx, before, region.span)));
        if let Some(end) = end {
            self.broken = None;
            self.found.push(replace(cx, end, "<![endif]-->"));
        } else if let Some(open) = open.filter(|_| !has_endif && self.broken.is_some()) {
            self.close_hidden(open, "this conditional comment is not closed before the next comment");
        } else if let Some(comment) = before.filter(|region| !has_endif && region.kind == RegionKind::Comment) {
            self.left_over += 1;
            self.found.push(
                RULE.at(comment.span, "this comment ends the conditional comment around it early")
                    .help("delete the comment, or move it before the conditional comment"),
            );
        } else if let Some(open) = open.filter(|_| !has_endif) {
            let end = Span { start: region.span.start, end: region.span.start };
            self.found.push(
                RULE.at(open, "this conditional comment ends without `<![endif]`")
                    .help("end it with `<![endif]-->`")
                    .fix("end it with `<![endif]-->`", Safety::Suggested, vec![Edit::new(end, "<![endif]")]),
            );
        }
        if let Some(broken) = self.broken.take() {
            self.closes_nothing(broken);
        }
        for open in std::mem::take(&mut self.revealed[1]) {
            self.never_closed(&open);
        }
    }

    /// `<![endif]>-->`: the marker with the `-->` after it.
    fn broken_until(&self, close: Span) -> Option<Span> {
        let whole = Span { start: self.broken?.start, end: close.end };
        let between = Span { start: self.broken?.end, end: close.start };
        self.cx.slice(between).trim_ascii().is_empty().then_some(whole)
    }

    /// A marker that was meant to end what is open, but is written incorrectly.
    fn broken_end(&mut self, region: &Region) {
        let cx = self.cx;
        let inside = usize::from(region.conditional);
        let Some(open) = self.revealed[inside].last() else {
            // In a conditional comment, its `-->` may belong to this end; see `written_end`.
            match region.kind {
                RegionKind::RevealedClose if !region.conditional && self.left_over == 0 => {
                    self.closes_nothing(region.span);
                }
                RegionKind::RevealedClose if !region.conditional => self.left_over -= 1,
                _ if region.conditional && self.broken.is_none() => self.broken = Some(region.span),
                _ => {}
            }
            return;
        };
        // Word writes `<!--[if x]-->` and `<!--[endif]-->`, which no program reads as conditions.
        let is_plain = cx.slice(open.span).ends_with(b"]-->");
        let end = end_of(cx.slice(open.span));
        let (span, is_damaged) = (open.span, open.is_damaged);
        self.revealed[inside].pop();
        if is_damaged {
            self.found.extend(damaged(cx, span));
        }
        if !is_plain {
            self.found.push(replace(cx, region.span, end));
        }
    }

    fn end(&mut self) {
        match self.hidden {
            Some(open) => {
                let message = "this conditional comment is never closed, so only Outlook shows what follows it";
                self.close_hidden(open, message);
            }
            None => {
                for open in std::mem::take(&mut self.revealed[0]) {
                    self.never_closed(&open);
                }
            }
        }
    }

    /// `<!--[if mso]>` without an end, or with something that is not an end.
    fn close_hidden(&mut self, open: Span, message: &'static str) {
        let finding = RULE.at(open, message);
        self.found.push(match self.broken.take() {
            Some(broken) => {
                let title = format!("write `<![endif]-->` instead of `{}`", self.cx.document.text(broken));
                let edit = Edit::new(broken, "<![endif]-->");
                finding.help(title.clone()).fix(title, Safety::Suggested, vec![edit])
            }
            None => finding.help("add `<![endif]-->` where the part for Outlook ends"),
        });
    }

    /// `<!--[if !mso]><!-->` or `<![if !mso]>` that nothing ends.
    fn never_closed(&mut self, open: &OpenMarker) {
        if open.is_damaged {
            return;
        }
        let written = self.cx.document.text(open.span);
        let end = end_of(self.cx.slice(open.span));
        self.found.push(
            RULE.at(open.span, format!("`{written}` is never closed"))
                .help(format!("add `{end}` where the part that Outlook does not show ends")),
        );
    }

    fn closes_nothing(&mut self, span: Span) {
        // A start whose `!` is escaped is reported as such.
        let before = &self.cx.bytes()[..span.start as usize];
        let near = &before[before.len().saturating_sub(NEAR)..];
        if memchr::memmem::rfind(near, b"<\\!--[if").is_some() {
            return;
        }
        self.found.push(
            RULE.at(span, format!("`{}` closes nothing", self.cx.document.text(span)))
                .help("delete it, or write the `<!--[if mso]>` that it was meant to close"),
        );
    }
}

/// The finding about an end, with a fix that replaces it with the right one.
fn replace(cx: &Context<'_>, written: Span, right: &'static str) -> Diagnostic {
    let text = cx.document.text(written).split_whitespace().collect::<Vec<_>>().join(" ");
    let title = format!("write `{right}`");
    RULE.at(written, format!("Outlook does not take `{text}` for the end of a conditional comment"))
        .help(title.clone())
        .fix(title, Safety::Safe, vec![Edit::new(written, right)])
}

/// `<!--[if !mso]><!-- >`: a marker that was meant to end the comment for all programs but Outlook, but does not.
fn broken_reveal(cx: &Context<'_>, open: Span) -> Option<Diagnostic> {
    let rest = cx.bytes().get(open.end as usize..)?;
    let start = rest.len() - rest.trim_ascii_start().len();
    let inside = rest[start..].strip_prefix(b"<!--")?;
    let dashes = inside.iter().take(16).take_while(|byte| matches!(byte, b'-' | b' ')).count();
    let is_not = memchr::memchr(b'!', &cx.slice(open)[4..]).is_some();
    let length = match inside.get(dashes)? {
        b'>' => dashes + 1,
        b'\r' | b'\n' if is_not => dashes,
        _ => return None,
    };
    let start = open.end as usize + start;
    let end = start + 4 + length;
    let written = cx.document.text(Span::new(start, end));
    let title = "write `<!-->`";
    Some(
        RULE.at(
            Span::new(start, end),
            format!("`{}` does not end this comment, so what follows is not shown", written.trim_end()),
        )
        .help(title)
        .fix(title, Safety::Suggested, vec![Edit::new(Span::new(start, end), "<!-->")]),
    )
}

/// `<!-- [if mso]>`, which a space turns into an ordinary comment, and other damaged starts.
fn damaged(cx: &Context<'_>, open: Span) -> Option<Diagnostic> {
    let text = cx.slice(open);
    let start = damaged_start(text)?;
    if start.is_spaced {
        let inside = text.get(4..).unwrap_or_default();
        let blank = Span::new(4, text.len() - inside.trim_ascii_start().len());
        let blank = Span { start: open.start + blank.start, end: open.start + blank.end };
        let message = "the space in front of `[if` makes this an ordinary comment, so Outlook ignores the condition";
        return Some(RULE.at(Span { start: open.start, end: blank.end }, message).help("delete the space").fix(
            "delete the space",
            Safety::Suggested,
            vec![Edit::new(blank, "")],
        ));
    }
    let place = Span { start: open.start, end: open.start + start.length as u32 };
    let message = "Outlook does not take this for the start of a conditional comment, so it ignores the condition";
    let title = format!("write `{}`", start.right);
    Some(RULE.at(place, message).help(title.clone()).fix(title, Safety::Suggested, vec![Edit::new(place, start.right)]))
}

/// `<!--[if mso]-->` before a part that ends with `<![endif]-->`. The pair that Word writes ends with `<!--[endif]-->`.
fn hides_nothing(cx: &Context<'_>, open: Span, end: &[u8]) -> Option<Diagnostic> {
    let condition = cx.slice(open).strip_prefix(b"<!--[")?.strip_suffix(b"]-->")?;
    if condition.contains(&b'!') || !end.starts_with(b"<![") || !end.ends_with(b"-->") {
        return None;
    }
    let right = format!("<!--[{}]>", String::from_utf8_lossy(condition));
    let message = "this comment ends at once, so everyone sees the part that is meant for Outlook";
    let title = format!("write `{right}`");
    Some(RULE.at(open, message).help(title.clone()).fix(title, Safety::Suggested, vec![Edit::new(open, right)]))
}
