//! Finishes a template for the PSA: makes safe fixes, expands macros, corrects links, and checks the result as the PSA
//! would get it.

use std::collections::BTreeMap;

use super::Session;
use super::finished_links::FinishedLinks;
use super::ready::twice;
use crate::compose::Mapped;
use crate::config::LintConfig;
use crate::config::settings::Settings;
use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::error::{Error, ErrorKind};
use crate::expand::rewritten::{LinkChange, Rewritten};
use crate::lint::check::{check, check_allowing};
use crate::lint::fix::{Fixed, fix};
use crate::lint::rules::{mail_source, misspelt_allow, psalink_only_syntax, unused_allow};
use crate::lint::{self, Profile};
use crate::parse::front_matter::FrontMatter;
use crate::rewrite::rewrite;
use crate::rewrite::rewriter::Rewriter;
use crate::source::edit::{self, Edit};
use crate::source::offset_map::{OffsetMap, back};
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::template::{Template, TemplateFile};

/// The result of [`Session::finish`].
#[derive(Debug)]
pub enum Finish {
    /// It can go into the PSA.
    Done(Finished),
    /// A person must decide something first; nothing was written.
    Stopped(Stopped),
}

/// A template ready for the PSA: it contains nothing that only psalink understands.
#[derive(Debug)]
pub struct Finished {
    /// The HTML body as the bytes of a file, in the encoding of the template.
    pub html: Option<Vec<u8>>,
    /// The text-only body, likewise; from a separate file or from the settings at the top.
    pub text: Option<Vec<u8>>,
    /// The subject, likewise.
    pub subject: Option<Vec<u8>>,
    /// What was done.
    pub work: FinishWork,
    /// Findings that are too mild to stop the template, in the files that the user wrote.
    pub left: Vec<Mapped>,
    /// Every deep link, before and after: one list for each of [`Template::files`], in order, with positions in that
    /// file.
    pub links: Vec<Vec<LinkChange>>,
}

/// Why a template cannot go into the PSA yet.
#[derive(Debug)]
pub struct Stopped {
    /// The findings that stop it, with their files and places as the user wrote them. They carry no fix: safe fixes are
    /// already made, and the bytes of any other fix may have moved.
    pub findings: Vec<Mapped>,
    /// Findings whose level is too low for that, likewise.
    pub left: Vec<Mapped>,
    /// What was done before it stopped.
    pub work: FinishWork,
}

/// What was done to finish a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FinishWork {
    /// How many findings of each rule were fixed.
    pub fixed: BTreeMap<&'static str, usize>,
    /// How many macros became links.
    pub expanded: usize,
    /// How many ticket numbers became links.
    pub linked: usize,
    /// How many links were corrected.
    pub corrected: usize,
    /// How many files lost their settings at the top.
    pub settings: usize,
    /// How many allow comments were removed.
    pub comments: usize,
}

/// One file while it is being finished.
struct FinishPart {
    source: Source,
    /// The steps from `source` back to the user's file.
    traces: Vec<OffsetMap>,
    /// The allow comments, with the spans that they apply to in the text that the first trace leads to.
    allows: Vec<lint::Allow>,
    /// The span in the user's file that all of `source` comes from.
    inside: Option<Span>,
    /// Subject and text-only body in the settings at the top, with their places in the user's file.
    subject: Option<(String, Span)>,
    text: Option<(String, Span)>,
}

/// Fixing and expanding may each cause work for the other; this many rounds are enough.
const ROUNDS: usize = 6;

/// Rules that stop a template regardless of its comments and the settings: syntax that only psalink understands,
/// comments that were meant for it, and the source of a message, which is never processed.
const NEVER_ALLOWED: [&str; 3] = [lint::ONLY_PSALINK, misspelt_allow::RULE.name, mail_source::RULE.name];

impl FinishWork {
    /// Whether nothing had to be done.
    pub fn is_nothing(&self) -> bool {
        *self == FinishWork::default()
    }

    /// What was done, in the user's terms.
    ///
    /// ```
    /// use psalink::session::FinishWork;
    /// let work = FinishWork { expanded: 2, comments: 1, ..FinishWork::default() };
    /// assert_eq!(work.words(), ["2 macros expanded to links", "1 allow comment removed"]);
    /// ```
    pub fn words(&self) -> Vec<String> {
        let counted = |number: usize, singular: &str, plural: &str| match number {
            0 => None,
            1 => Some(format!("1 {singular}")),
            _ => Some(format!("{number} {plural}")),
        };
        let fixed = self.fixed.iter().filter_map(|(rule, &times)| {
            counted(times, "finding fixed", "findings fixed").map(|words| format!("{words}: {rule}"))
        });
        let rest = [
            counted(self.expanded, "macro expanded to a link", "macros expanded to links"),
            counted(self.linked, "ticket number linked", "ticket numbers linked"),
            counted(self.corrected, "link corrected", "links corrected"),
            (self.settings > 0).then(|| "settings at the top removed".to_owned()),
            counted(self.comments, "allow comment removed", "allow comments removed"),
        ];
        fixed.chain(rest.into_iter().flatten()).collect()
    }
}

impl Session {
    /// Finishes a template for the PSA: makes the safe fixes, expands macros, corrects links, removes the settings at
    /// its top and the allow comments, and checks the result as `psalink lint --ready` does.
    ///
    /// Findings that an allow comment allows do not stop it; other findings at the level `least` or above do. `choice`
    /// holds the rule options from the command line. The rewriter must be for the template's vocabulary.
    ///
    /// Finishing the result again changes nothing, except for what an allow comment or the settings at the top
    /// (`audience: internal`) held back, since these are gone.
    ///
    /// # Errors
    ///
    /// Settings at the top that cannot be read, a PSA that cannot be determined, a link that is needed although no
    /// portal is known ([`ErrorKind::Missing`]), a subject or a text-only body in two places, an encoding that cannot
    /// be written.
    ///
    /// ```
    /// use psalink::{Config, Level, Session, Source, SourceKind, Template};
    /// use psalink::session::{Finish, Overrides};
    /// use psalink::config::LintConfig;
    /// let overrides = Overrides { portal: Some("acme".to_owned()), ..Overrides::default() };
    /// let session = Session::new(Config::default(), overrides)?;
    /// let mut finish = |html: &str| {
    ///     let template = Template::of(Source::from_text("new.html", html, SourceKind::Html));
    ///     session.finish(&template, &mut session.rewriter(), &LintConfig::default(), Level::Warning)
    /// };
    ///
    /// let html = "---\nsubject: Ticket [srnumber]\n---\n<p>[dd:ticket action=chat text=\"Chat with us\"] [SRNumber]</p>";
    /// let Finish::Done(finished) = finish(html)? else { panic!("it is fine") };
    /// assert_eq!(
    ///     String::from_utf8_lossy(&finished.html.unwrap_or_default()),
    ///     "<p><a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]\
    ///      &amp;action=chat\">Chat with us</a> [srnumber]</p>"
    /// );
    /// assert_eq!(finished.subject, Some(b"Ticket [srnumber]".to_vec()));
    ///
    /// let Finish::Stopped(stopped) = finish("<p>[srnumber] [dd:tikcet]</p>")? else { panic!("it is broken") };
    /// let rules: Vec<&str> = stopped.findings.iter().map(|found| found.finding.rule).collect();
    /// assert_eq!(rules, ["psalink-only-syntax", "unknown-command"]);
    /// # Ok::<(), psalink::Error>(())
    /// ```
    pub fn finish(
        &self,
        template: &Template,
        rewriter: &mut Rewriter<'_>,
        choice: &LintConfig,
        least: Level,
    ) -> Result<Finish, Error> {
        let name = template.name();
        let Some(first) = template.files().next() else {
            return Err(Error::new(ErrorKind::Usage, "the template has no body").at(name));
        };
        let settings = self.settings_of(template, &mut rewriter.parser)?;
        let mut finishing = Finishing {
            session: self,
            settings,
            choice,
            work: FinishWork::default(),
            found: Vec::new(),
            links: Vec::new(),
            rewriter,
        };
        let mut parts: [Option<FinishPart>; 3] = [const { None }; 3];
        for (place, file) in parts.iter_mut().zip([&template.html, &template.text, &template.subject]) {
            *place = file.as_ref().map(|file| finishing.part(file)).transpose()?;
        }
        let [html, text, subject] = parts;
        let setting = |take: fn(&FinishPart) -> Option<&(String, Span)>| {
            let owners = [(&html, &template.html), (&text, &template.text)].into_iter();
            let mut owners = owners.filter_map(|(part, file)| Some((take(part.as_ref()?)?.clone(), file.as_ref()?)));
            owners.next()
        };
        let text_setting = setting(|part| part.text.as_ref());
        let subject_setting = setting(|part| part.subject.as_ref());
        let text = finishing.companion(name, "text-only body", SourceKind::Text, text, &template.text, text_setting)?;
        let subject =
            finishing.companion(name, "subject", SourceKind::Subject, subject, &template.subject, subject_setting)?;
        let html = html.map(|part| finishing.done(part, template.html.as_ref().unwrap_or(first))).transpose()?;

        let Finishing { work, found, links, .. } = finishing;
        let (stopping, left) = divided(found, least);
        Ok(match stopping.is_empty() {
            true => Finish::Done(Finished { html, text, subject, work, left, links }),
            false => Finish::Stopped(Stopped { findings: stopping, left, work }),
        })
    }
}

/// What finishing the files of a template needs.
struct Finishing<'a, 'p, 'v> {
    session: &'a Session,
    settings: Settings,
    choice: &'a LintConfig,
    work: FinishWork,
    found: Vec<Mapped>,
    links: Vec<Vec<LinkChange>>,
    rewriter: &'p mut Rewriter<'v>,
}

impl Finishing<'_, '_, '_> {
    /// Fixes, expands and strips a file.
    fn part(&mut self, file: &TemplateFile) -> Result<FinishPart, Error> {
        let source = &file.source;
        let copy = source.to_disk(source.bytes().to_vec());
        let copy = Source::read(source.name(), copy, source.kind(), Some(source.encoding()))?;
        let (source, mut traces, links) = self.changed(copy, &file.source)?;
        self.links.push(links);
        let place = |span: Span, traces: &[OffsetMap]| back(span, traces.iter().rev());
        let settings = FrontMatter::read(&source)?;
        let document = self.rewriter.parser.parse_whole_with(source, settings.clone());
        let allows = lint::allow_comments(&document);
        let source = document.into_source();
        let output = self.session.output(&source, source.to_disk(source.bytes().to_vec()))?;
        let (subject, text) = match &settings {
            None => (None, None),
            Some(settings) => (
                settings.subject.as_ref().map(|(subject, span)| (subject.clone(), place(*span, &traces))),
                output.text.map(|text| (text, place(settings.text.unwrap_or(settings.span), &traces))),
            ),
        };
        self.work.settings += usize::from(settings.is_some());
        self.work.comments += output.cuts.len() - usize::from(settings.is_some());
        traces.push(OffsetMap::of_edits_in(&source, &output.cuts));
        let stripped = match output.cuts.is_empty() {
            true => source,
            false => Source::read(source.name(), output.body, source.kind(), Some(source.encoding()))?,
        };
        traces.reverse();
        Ok(FinishPart { source: stripped, traces, allows, inside: None, subject, text })
    }

    /// Makes the safe fixes and the links until nothing is left to do. Returns the steps back, the first one first, and
    /// the links; `file` is the unchanged source.
    fn changed(
        &mut self,
        mut source: Source,
        file: &Source,
    ) -> Result<(Source, Vec<OffsetMap>, Vec<LinkChange>), Error> {
        let mut traces = Vec::new();
        let mut links = FinishedLinks::of(file);
        let mut profile = self.session.profile(source.name(), self.choice)?;
        // These would only be removed twice.
        profile.ignore(&[unused_allow::RULE.name])?;
        // The source of a message is never changed.
        profile.select(&[mail_source::RULE.name])?;
        for _ in 0..ROUNDS {
            // How long the text of an edit is depends on the encoding alone, so no copy of the text is kept for that.
            let empty = Source::read(source.name(), Vec::new(), source.kind(), Some(source.encoding()))?;
            let (settings, parser) = (&self.settings, &mut self.rewriter.parser);
            let Fixed { document, fixed, rounds, .. } = fix(source, Safety::Safe, |source| {
                let front_matter = FrontMatter::read(&source)?;
                let document = parser.parse_whole_with(source, front_matter);
                let found = check(&document, settings, parser.vocabulary(), &profile);
                Ok((document, found))
            })?;
            // Every round starts where the previous one ended, so all of them lead back.
            traces.extend(rounds.iter().map(|edits| OffsetMap::of_edits_in(&empty, edits)));
            fixed.iter().for_each(|rule| *self.work.fixed.entry(rule).or_default() += 1);
            drop((fixed, rounds));

            let fixed = document.into_source();
            let front_matter = FrontMatter::read(&fixed)?;
            let document = self.rewriter.parser.parse_with(fixed, front_matter);
            // The findings, which may be as many as characters, are not kept while the links are collected.
            let Rewritten { edits, links: found, expanded, linked, corrected, .. } =
                rewrite(&document, &self.settings, self.rewriter)?;
            let before = self.rewriter.parser.release(document);
            links.add(found, &before, &traces);
            if edits.is_empty() {
                return Ok((before, traces, links.into_links()));
            }
            traces.push(OffsetMap::of_edits_in(&before, &edits));
            self.work.expanded += expanded;
            self.work.linked += linked;
            self.work.corrected += corrected;
            source = applied(&before, &edits)?;
        }
        Ok((source, traces, links.into_links()))
    }

    /// The text-only body or the subject: from its own file or from the settings at the top of another file, never from
    /// both.
    fn companion(
        &mut self,
        name: &str,
        part_name: &str,
        kind: SourceKind,
        part: Option<FinishPart>,
        file: &Option<TemplateFile>,
        setting: Option<((String, Span), &TemplateFile)>,
    ) -> Result<Option<Vec<u8>>, Error> {
        match (part, file, setting) {
            (Some(_), Some(file), Some(_)) => Err(twice(name, part_name, &file.source)),
            (Some(part), Some(file), None) => self.done(part, file).map(Some),
            (_, _, Some(((text, inside), owner))) => {
                let read = || Source::from_text(owner.source.name(), &text, kind);
                // Its links have already been changed in the settings.
                let (source, traces, _) = self.changed(read(), &read())?;
                let (allows, subject, text) = (Vec::new(), None, None);
                let part = FinishPart { source, traces, allows, inside: Some(inside), subject, text };
                self.done(part, owner).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Checks a file as the PSA would get it, and returns its bytes.
    fn done(&mut self, part: FinishPart, file: &TemplateFile) -> Result<Vec<u8>, Error> {
        let FinishPart { source, traces, allows, inside, .. } = part;
        let name = source.name().to_owned();
        let profile = self.ready_profile(&name)?;
        // Settings that were cut out may have hidden others; the exact mistake in those does not matter here.
        let unreadable = FrontMatter::read(&source).is_err().then(|| psalink_only_syntax::of_settings(Span::new(0, 3)));
        let document = self.rewriter.parser.parse_whole(source);
        let allowed = lint::AllowedSpans::of(&allows);
        // The place of a finding before settings and comments were removed, which is where a comment allows it.
        let is_allowed = |finding: &Diagnostic| {
            let at = back(finding.span, traces.iter().take(1)).start;
            !NEVER_ALLOWED.contains(&finding.rule) && allowed.allow(finding.rule, at)
        };
        let mut found = check_allowing(&document, &self.settings, self.rewriter.vocabulary(), &profile, is_allowed);
        found.extend(unreadable);
        let source = document.into_source();
        for finding in &mut found {
            finding.span = inside.unwrap_or_else(|| back(finding.span, traces.iter()));
            finding.fix = None;
        }
        let copy = copy_of(&file.source)?;
        let mut mapped = file.mapped(copy, found);
        // Most templates have one file, whose list is large enough to be kept as it is.
        match self.found.is_empty() {
            true => self.found = mapped,
            false => self.found.append(&mut mapped),
        }
        Ok(source.to_disk(source.bytes().to_vec()))
    }

    /// The rules for a template that goes into the PSA: those in [`lint::READY`] are always reported, and those in
    /// [`NEVER_ALLOWED`] always as errors.
    fn ready_profile(&self, name: &str) -> Result<Profile, Error> {
        let mut profile = self.session.profile(name, self.choice)?;
        profile.select(lint::READY)?;
        NEVER_ALLOWED.iter().try_for_each(|rule| profile.set_level(rule, Level::Error))?;
        Ok(profile)
    }
}

/// The findings at the level `least` or above, and the others. There may be a hundred thousand, so the list is only
/// copied if it has both.
fn divided(mut found: Vec<Mapped>, least: Level) -> (Vec<Mapped>, Vec<Mapped>) {
    if found.iter().all(|mapped| mapped.finding.level < least) {
        return (Vec::new(), found);
    }
    let left = found.extract_if(.., |mapped| mapped.finding.level < least).collect();
    (found, left)
}

fn copy_of(source: &Source) -> Result<Source, Error> {
    let bytes = source.to_disk(source.bytes().to_vec());
    Source::read(source.name(), bytes, source.kind(), Some(source.encoding()))
}

fn applied(source: &Source, edits: &[Edit]) -> Result<Source, Error> {
    Source::read(source.name(), edit::apply(source, edits)?, source.kind(), Some(source.encoding()))
}
