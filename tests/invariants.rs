//! What holds for any bytes, in one place for the tests and for the fuzz targets, which include this file: nothing
//! panics, every span is inside its file, edits are valid, the output can be read again, and a second run changes
//! nothing.

use std::cell::RefCell;
use std::sync::OnceLock;

use psalink::config::Bare;
use psalink::document::FrontMatter;
use psalink::link::Client;
use psalink::lint::{Baseline, fix};
use psalink::lint::{Profile, allow_findings};
use psalink::mail::eml;
use psalink::render::{BUILT_IN_SAMPLES, Rendered, Sample, render_traced};
use psalink::report::{self, Report, full};
use psalink::session::Overrides;
use psalink::snapshot::Record;
use psalink::source::edit;
use psalink::{Config, Diagnostic, Document, Edit, Rewriter, Safety, Session, Source, SourceKind, Span, Template};

/// The settings of a run, derived from one byte so that a fuzzer reaches every combination.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub kind: SourceKind,
    /// `None` lets psalink detect it.
    pub dialect: Option<usize>,
    pub bare: Bare,
    pub unsafe_fixes: bool,
}

impl Choice {
    pub fn of(byte: u8) -> Choice {
        Choice {
            kind: [SourceKind::Html, SourceKind::Html, SourceKind::Text, SourceKind::Subject][usize::from(byte & 3)],
            dialect: [None, Some(0), Some(1), None][usize::from(byte >> 2 & 3)],
            bare: [Bare::First, Bare::All, Bare::Off, Bare::First][usize::from(byte >> 4 & 3)],
            unsafe_fixes: byte & 64 != 0,
        }
    }

    fn least(self) -> Safety {
        if self.unsafe_fixes { Safety::Suggested } else { Safety::Safe }
    }

    fn session(self) -> &'static Session {
        static SESSIONS: OnceLock<Vec<Session>> = OnceLock::new();
        let sessions = SESSIONS.get_or_init(|| (0..18).map(session).collect());
        let bare = [Bare::First, Bare::All, Bare::Off].iter().position(|bare| *bare == self.bare).unwrap_or(0);
        &sessions[self.dialect.map_or(0, |dialect| dialect + 1) + 3 * bare + 9 * usize::from(self.unsafe_fixes)]
    }
}

const DIALECTS: [&str; 2] = ["connectwise", "autotask"];

fn session(index: usize) -> Session {
    let overrides = Overrides {
        dialect: (index % 3).checked_sub(1).map(|dialect| DIALECTS[dialect].to_owned()),
        bare: Some([Bare::First, Bare::All, Bare::Off][index / 3 % 3]),
        unsafe_fixes: index >= 9,
        client: Some(Client::Web),
        ..Overrides::default()
    };
    let config = Config::parse("psalink.yaml", "portal: acme\nallowed_hosts: [support.example.com]\n").unwrap();
    Session::new(config, overrides).unwrap()
}

thread_local! {
    static REWRITERS: RefCell<Vec<(*const Session, Rewriter<'static>)>> = const { RefCell::new(Vec::new()) };
}

/// Provides the rewriter of a session; what it has learned from one template must not matter for the next.
fn with_rewriter<T>(session: &'static Session, work: impl FnOnce(&mut Rewriter<'static>) -> T) -> T {
    REWRITERS.with_borrow_mut(|rewriters| {
        let at = rewriters.iter().position(|(known, _)| std::ptr::eq(*known, session)).unwrap_or_else(|| {
            rewriters.push((session, session.rewriter()));
            rewriters.len() - 1
        });
        work(&mut rewriters[at].1)
    })
}

/// A template name without an extension, so that no companion files are searched for.
const NAME: &str = "mail";

fn read(bytes: &[u8], kind: SourceKind) -> Option<Source> {
    Source::read(NAME, bytes.to_vec(), kind, None).ok()
}

/// A rewrite's edits are valid, nothing else changes, and a second rewrite changes nothing.
pub fn rewrite(choice: Choice, bytes: &[u8]) -> Result<(), String> {
    let session = choice.session();
    let run = |bytes: &[u8], encoding: Option<&str>| -> Result<Option<(Vec<u8>, &'static str)>, String> {
        let Ok(source) = Source::read(NAME, bytes.to_vec(), choice.kind, encoding) else { return Ok(None) };
        with_rewriter(session, |rewriter| {
            let Ok(document) = session.parse(source, &mut rewriter.parser) else { return Ok(None) };
            document_holds(&document)?;
            let Ok(done) = session.rewrite(&document, rewriter) else { return Ok(None) };
            spans_hold(&document, done.edits.iter().map(|edit| edit.span), "edit")?;
            spans_hold(&document, done.diagnostics.iter().map(|finding| finding.span), "finding")?;
            spans_hold(&document, done.links.iter().map(|link| link.span), "link")?;
            edits_fit(&done.edits)?;
            let source = document.source();
            if !done.edits.is_empty() && source.can_write().is_err() {
                return Ok(None);
            }
            let new = edit::apply(source, &done.edits).map_err(|error| error.to_string())?;
            if done.edits.is_empty() && new != bytes {
                return Err("without an edit something changes".to_owned());
            }
            // If a file cannot be written, the settings at its top cannot be left out.
            if let Err(error) = session.output(source, new.clone())
                && source.can_write().is_ok()
            {
                return Err(format!("the output cannot be read: {error}"));
            }
            Ok(Some((new, source.encoding())))
        })
    };
    let Some((once, encoding)) = run(bytes, None)? else { return Ok(()) };
    match run(&once, Some(encoding))? {
        Some((twice, _)) if twice == once => Ok(()),
        Some((twice, _)) => Err(format!("a second run changes\n{}\nto\n{}", show(&once), show(&twice))),
        // The dialect of a template with names of both cannot be determined, so it is left unchanged.
        None if choice.dialect.is_none() => Ok(()),
        None => Err(format!("a second run cannot read\n{}", show(&once))),
    }
}

/// Findings and their fixes are inside the file, every format can be written, and fixing ends in a stable state.
pub fn lint(choice: Choice, bytes: &[u8]) -> Result<(), String> {
    let session = choice.session();
    let Some(source) = read(bytes, choice.kind) else { return Ok(()) };
    let profile = Profile::all();
    let check = |source: Source| with_rewriter(session, |rewriter| session.check(source, rewriter, &profile));
    let Ok((document, found)) = check(source) else { return Ok(()) };
    document_holds(&document)?;
    findings_hold(&document, &found)?;
    reports_hold(&document, &found, bytes.len())?;
    let source = document.source();
    let allowed = allow_findings(&document, &found);
    spans_hold(&document, allowed.edits.iter().map(|edit| edit.span), "allow comment")?;
    if source.can_write().is_err() {
        return Ok(());
    }
    edit::apply(source, &allowed.edits).map_err(|error| format!("allow comments: {error}"))?;

    let encoding = source.encoding();
    let read =
        |bytes: Vec<u8>| Source::read(NAME, bytes, choice.kind, Some(encoding)).map_err(|error| error.to_string());
    // What an encoding cannot write is an error of this file, not a bug.
    let Ok(fixed) = fix(read(bytes.to_vec())?, choice.least(), check) else { return Ok(()) };
    if !fixed.is_quiet {
        return Err(format!("fixes undo each other, up to\n{}", show(fixed.document.source().bytes())));
    }
    let source = fixed.document.source();
    let once = source.to_disk(source.bytes().to_vec());
    let twice = fix(read(once.clone())?, choice.least(), check).map_err(|error| format!("a second fix: {error}"))?;
    let source = twice.document.source();
    let twice = source.to_disk(source.bytes().to_vec());
    if once != twice {
        return Err(format!("a second fix changes\n{}\nto\n{}", show(&once), show(&twice)));
    }
    Ok(())
}

/// A translation's edits are valid, and a second translation changes nothing.
pub fn translate(choice: Choice, bytes: &[u8]) -> Result<(), String> {
    let session = choice.session();
    let to = DIALECTS[choice.dialect.map_or(usize::from(choice.unsafe_fixes), |dialect| 1 - dialect)];
    let run = |bytes: &[u8], encoding: Option<&str>| -> Result<Option<(Vec<u8>, &'static str)>, String> {
        let Ok(source) = Source::read(NAME, bytes.to_vec(), choice.kind, encoding) else { return Ok(None) };
        with_rewriter(session, |rewriter| {
            let Ok(document) = session.parse(source, &mut rewriter.parser) else { return Ok(None) };
            document_holds(&document)?;
            let Ok(done) = session.translate(&document, to, &mut rewriter.parser) else { return Ok(None) };
            spans_hold(&document, done.edits.iter().map(|edit| edit.span), "edit")?;
            edits_fit(&done.edits)?;
            findings_hold(&document, &done.diagnostics)?;
            let source = document.source();
            // What the encoding lacks is reported when the file is written.
            Ok(edit::apply(source, &done.edits).ok().map(|new| (new, source.encoding())))
        })
    };
    let Some((once, encoding)) = run(bytes, None)? else { return Ok(()) };
    match run(&once, Some(encoding))? {
        Some((twice, _)) if twice == once => Ok(()),
        Some((twice, _)) => Err(format!("a second translation changes\n{}\nto\n{}", show(&once), show(&twice))),
        // The dialect of a template with names of both cannot be determined.
        None if choice.dialect.is_none() => Ok(()),
        None => Err(format!("a second translation cannot read\n{}", show(&once))),
    }
}

/// A message can be rendered with every sample, recorded, shown as a page and written as a file.
pub fn preview(choice: Choice, bytes: &[u8]) -> Result<(), String> {
    static SAMPLES: OnceLock<Vec<Sample>> = OnceLock::new();
    let session = choice.session();
    let samples = SAMPLES.get_or_init(|| {
        let built_in = |(name, _)| Sample::built_in(name, session.vocabulary()).unwrap();
        BUILT_IN_SAMPLES.map(built_in).into()
    });
    let Some(source) = read(bytes, choice.kind) else { return Ok(()) };
    let template = Template::of(source);
    let length = template.files().map(|file| file.source.bytes().len()).sum::<usize>();
    with_rewriter(session, |rewriter| {
        let Ok(ready) = session.ready(&template, rewriter) else { return Ok(()) };
        let documents = [&ready.html, &ready.text, &ready.subject];
        documents.into_iter().flatten().try_for_each(document_holds)?;
        for sample in samples {
            let (mail, trace) = render_traced(&ready, sample, &mut rewriter.parser);
            let html = mail.html.as_deref().unwrap_or_default();
            // An encoding that cannot be written is shown as UTF-8, which may take more bytes.
            let is_beyond = |at: usize| ready.origin(trace.origin(at)) > 3 * length;
            if let Some(at) = (0..=html.len()).step_by(html.len() / 50 + 1).find(|&at| is_beyond(at)) {
                return Err(format!("byte {at} of the mail is traced to {}", ready.origin(trace.origin(at))));
            }
            mail_holds(&mail, sample)?;
        }
        Ok(())
    })
}

fn mail_holds(mail: &Rendered, sample: &Sample) -> Result<(), String> {
    let _ = mail.is_empty();
    if mail.subject.as_deref().is_some_and(|subject| subject.contains(['\r', '\n'])) {
        return Err("a subject of two lines".to_owned());
    }
    let bytes = eml(mail, NAME, "preview@msp.example").map_err(|error| format!("as a file: {error}"))?;
    if bytes.split(|byte| *byte == b'\n').any(|line| line.len() > 1000) {
        return Err("a line of the mail is too long".to_owned());
    }
    let shown = report::preview::Shown {
        template: NAME,
        psa: "a PSA",
        sample: sample.name(),
        mail,
        page: "page.html",
        html: Some("mail.html"),
        files: &[],
        hides_images: false,
    };
    report::preview::page(&shown).map_err(|error| format!("as a page: {error}"))?;
    let record = Record { rendered: mail.clone(), ..Record::default() };
    let _ = (record.to_file(), record.hash());
    Ok(())
}

/// Settings at the top end before the body, and errors in them refer to places in the file.
pub fn front_matter(choice: Choice, bytes: &[u8]) -> Result<(), String> {
    let Some(source) = read(bytes, choice.kind) else { return Ok(()) };
    let rows = source.text(Span::new(0, source.bytes().len()));
    let settings = match FrontMatter::read(&source) {
        Ok(Some(settings)) => settings,
        Ok(None) => return Ok(()),
        Err(error) => {
            let (line, column) = error.place().unwrap_or((1, 1));
            let rows: Vec<&str> = rows.split('\n').flat_map(|row| row.trim_end_matches('\r').split('\r')).collect();
            let row = rows.get(line.wrapping_sub(1)).ok_or_else(|| format!("line {line} is not there: {error}"))?;
            if column == 0 || column > row.chars().count() + 1 {
                return Err(format!("line {line} has no column {column}: {error}"));
            }
            return Ok(());
        }
    };
    let values = [settings.subject.as_ref().map(|(_, span)| *span), settings.text, settings.dialect_span];
    for span in values.into_iter().flatten() {
        spans_in(&source, [span].into_iter(), "setting")?;
        if !settings.span.covers(span) {
            return Err(format!("{span:?} lies outside of the settings {:?}", settings.span));
        }
    }
    spans_in(&source, [settings.span].into_iter(), "settings")?;
    if let (Some(dialect), Some(span)) = (&settings.dialect, settings.dialect_span)
        && *source.text(span) != **dialect
    {
        return Err(format!("the place of the dialect holds `{}`", source.text(span)));
    }
    let _ = settings.text_body(&source);
    rewrite(choice, bytes)?;
    translate(choice, bytes)?;
    lint(choice, bytes)?;
    preview(choice, bytes)
}

/// Regions cover the body without gaps; parts and links are inside it and do not overlap.
fn document_holds(document: &Document) -> Result<(), String> {
    let end = document.source().bytes().len();
    if document.source().kind() == SourceKind::Html && !document.regions().is_empty() {
        let mut done = document.front_matter().map_or(0, |settings| settings.span.end as usize);
        for region in document.regions() {
            if region.span.start as usize != done || region.span.is_empty() {
                return Err(format!("regions do not tile at {done}: {region:?}"));
            }
            done = region.span.end as usize;
        }
        if done != end {
            return Err(format!("regions end at {done}, not at {end}"));
        }
    }
    let parts: Vec<Span> = document.parts().iter().map(|part| part.span).collect();
    let links: Vec<Span> = document.links().iter().map(|link| link.span).collect();
    for (kind, spans) in [("part", parts), ("link", links)] {
        spans_hold(document, spans.iter().copied(), kind)?;
        if let Some(pair) = spans.windows(2).find(|pair| pair[0].end > pair[1].start) {
            return Err(format!("{kind}s overlap: {pair:?}"));
        }
    }
    Ok(())
}

fn findings_hold(document: &Document, found: &[Diagnostic]) -> Result<(), String> {
    for finding in found {
        spans_hold(document, [finding.span].into_iter(), finding.rule)?;
        let Some(fix) = &finding.fix else { continue };
        spans_hold(document, fix.edits.iter().map(|edit| edit.span), finding.rule)?;
        let mut edits = fix.edits.clone();
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        // What one fix inserts in one place has its own order.
        edits.dedup_by(|next, before| next.span == before.span && next.span.is_empty());
        edits_fit(&edits).map_err(|wrong| format!("{}: {wrong}", finding.rule))?;
    }
    Ok(())
}

/// Every format can be written, and no position is past the end of the file on disk.
fn reports_hold(document: &Document, found: &[Diagnostic], on_disk: usize) -> Result<(), String> {
    let source = document.source();
    let mut report = Report::default();
    report.add(source, found);
    for finding in &report.findings {
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits).flat_map(|edit| [edit.start, edit.end]);
        if let Some(place) =
            [finding.start, finding.end].into_iter().chain(edits).find(|position| position.offset > on_disk)
        {
            return Err(format!("{}: offset {} is beyond the {on_disk} bytes", finding.rule, place.offset));
        }
    }
    let mut out = Vec::new();
    let io = |error: std::io::Error| error.to_string();
    report::json::write(&report, &mut out).map_err(io)?;
    report::sarif::write(&report, &mut out).map_err(io)?;
    report::github::write(&report, &mut out).map_err(io)?;
    report::gitlab::write(&report, &mut out).map_err(io)?;
    report::junit::write(&report, &mut out).map_err(io)?;
    let _ = report::concise::write(source, found);
    let _ = full::write(source, found, full::Style::default());
    let mut baseline = Baseline::default();
    baseline.add(NAME, source, found);
    let mut baseline = Baseline::parse("baseline.json", &baseline.to_json()).map_err(|error| error.to_string())?;
    match baseline.hide(NAME, source, found.to_vec()).first() {
        Some(finding) => Err(format!("a baseline does not know its own finding {finding:?}")),
        None => Ok(()),
    }
}

fn spans_hold(document: &Document, spans: impl Iterator<Item = Span>, kind: &str) -> Result<(), String> {
    spans_in(document.source(), spans, kind)
}

/// Spans are inside the source, and begin and end between characters.
fn spans_in(source: &Source, spans: impl Iterator<Item = Span>, kind: &str) -> Result<(), String> {
    let bytes = source.bytes();
    let text = if source.is_utf8() { std::str::from_utf8(bytes).ok() } else { None };
    for span in spans {
        if span.end < span.start || span.end as usize > bytes.len() {
            return Err(format!("{kind} {span:?} is out of bounds"));
        }
        if let Some(text) = text
            && !(text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize))
        {
            return Err(format!("{kind} {span:?} cuts a character"));
        }
    }
    Ok(())
}

/// Edits are in order and do not overlap.
fn edits_fit(edits: &[Edit]) -> Result<(), String> {
    let meets = |pair: &&[Edit]| pair[0].span.end > pair[1].span.start || pair[0].span == pair[1].span;
    match edits.windows(2).find(meets) {
        Some(pair) => Err(format!("edits meet: {pair:?}")),
        None => Ok(()),
    }
}

/// Bytes, displayed for a message.
pub fn show(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    format!("   {:?}", text.chars().take(3000).collect::<String>())
}
