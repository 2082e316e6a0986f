//! A template finished for the PSA: fixed where that is safe, expanded, corrected, and checked as the PSA would get it.

use std::collections::BTreeMap;

use super::Session;
use super::ready::twice;
use crate::compose::Mapped;
use crate::config::LintConfig;
use crate::config::settings::Settings;
use crate::diagnostic::{Diagnostic, Level, Safety};
use crate::error::{Error, ErrorKind};
use crate::lint::check::{check, check_allowing};
use crate::lint::fix::fix;
use crate::lint::rules::unused_allow;
use crate::lint::{self, Profile};
use crate::parse::front_matter::FrontMatter;
use crate::rewrite::rewrite;
use crate::rewrite::rewriter::Rewriter;
use crate::source::edit::{self, Edit};
use crate::source::offset_map::{OffsetMap, back};
use crate::source::{Source, SourceKind};
use crate::span::Span;
use crate::template::{Template, TemplateFile};

/// What [`Session::finish`] makes of a template.
#[derive(Debug)]
pub enum Finish {
    /// It can go into the PSA.
    Done(Finished),
    /// A person must decide something first; nothing was written.
    Stopped(Stopped),
}

/// A template as it goes into the PSA: nothing is left in it that only psalink understands.
#[derive(Debug)]
pub struct Finished {
    /// The HTML body as the bytes of a file, in the encoding of the template's own.
    pub html: Option<Vec<u8>>,
    /// The text-only body, likewise; from its own file or from the settings at the top.
    pub text: Option<Vec<u8>>,
    /// The subject, likewise.
    pub subject: Option<Vec<u8>>,
    /// What was done.
    pub work: FinishWork,
    /// Findings that are too mild to stop the template, each in the file that the user wrote.
    pub left: Vec<Mapped>,
}

/// Why a template cannot go into the PSA yet.
#[derive(Debug)]
pub struct Stopped {
    /// The findings that stop it, each in the file that the user wrote, at the place in that file. They carry no fix: a
    /// safe one was made already, and the bytes of any other may have moved.
    pub findings: Vec<Mapped>,
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
    /// How many links were corrected.
    pub corrected: usize,
    /// How many files lost the settings at their top.
    pub settings: usize,
    /// How many allow comments were removed.
    pub comments: usize,
}

/// One file on its way.
struct FinishPart {
    source: Source,
    /// The steps from `source` back to the file of the user.
    traces: Vec<OffsetMap>,
    /// What the allow comments hold for, in the text that the first trace leads to.
    allows: Vec<lint::Allow>,
    /// A stretch of the file of the user that all of `source` was taken from.
    inside: Option<Span>,
    /// Subject and text-only body of the settings at the top, with their places in the file of the user.
    subject: Option<(String, Span)>,
    text: Option<(String, Span)>,
}

/// Fixing and expanding may make work for each other; this often is enough.
const ROUNDS: usize = 6;

impl FinishWork {
    /// Whether nothing had to be done.
    pub fn is_nothing(&self) -> bool {
        *self == FinishWork::default()
    }

    /// What was done, in the user's words.
    ///
    /// ```
    /// use psalink::session::FinishWork;
    /// let work = FinishWork { expanded: 2, comments: 1, ..FinishWork::default() };
    /// assert_eq!(work.words(), ["2 macros expanded to links", "1 allow comment removed"]);
    /// ```
    pub fn words(&self) -> Vec<String> {
        let counted = |number: usize, one: &str, many: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{number} {many}")),
        };
        let fixed = self.fixed.iter().filter_map(|(rule, &times)| {
            counted(times, "finding fixed", "findings fixed").map(|words| format!("{words}: {rule}"))
        });
        let rest = [
            counted(self.expanded, "macro expanded to a link", "macros expanded to links"),
            counted(self.corrected, "link corrected", "links corrected"),
            (self.settings > 0).then(|| "settings at the top removed".to_owned()),
            counted(self.comments, "allow comment removed", "allow comments removed"),
        ];
        fixed.chain(rest.into_iter().flatten()).collect()
    }
}

impl Session {
    /// Finishes a template for the PSA: makes the safe fixes, expands macros, corrects links, removes the settings at its
    /// top and the allow comments, and checks what comes out as `psalink lint --ready` does.
    ///
    /// What an allow comment of the template allows does not stop it. A finding of the level `least` or above does;
    /// `choice` is what the command line says about rules. The rewriter is that of the template's
    /// vocabulary.
    ///
    /// What comes out is finished: finishing it again changes nothing, apart from what an allow comment or the settings at
    /// the top (`audience: internal`) held back, as these are gone.
    ///
    /// # Errors
    ///
    /// Settings at the top that cannot be read, a PSA that cannot be determined, a link that is needed where no portal is
    /// known ([`ErrorKind::Missing`]), a subject or a text-only body in two places, an encoding that cannot be written.
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
        let mut finishing =
            Finishing { session: self, settings, choice, work: FinishWork::default(), found: Vec::new(), rewriter };
        let mut parts: [Option<FinishPart>; 3] = [const { None }; 3];
        for (place, file) in parts.iter_mut().zip([&template.html, &template.text, &template.subject]) {
            *place = file.as_ref().map(|file| finishing.part(file)).transpose()?;
        }
        let [html, text, subject] = parts;
        let own = |take: fn(&FinishPart) -> Option<&(String, Span)>| {
            let owners = [(&html, &template.html), (&text, &template.text)].into_iter();
            let mut owners = owners.filter_map(|(part, file)| Some((take(part.as_ref()?)?.clone(), file.as_ref()?)));
            owners.next()
        };
        let own_text = own(|part| part.text.as_ref());
        let own_subject = own(|part| part.subject.as_ref());
        let text = finishing.companion(name, "text-only body", SourceKind::Text, text, &template.text, own_text)?;
        let subject =
            finishing.companion(name, "subject", SourceKind::Subject, subject, &template.subject, own_subject)?;
        let html = html.map(|part| finishing.done(part, template.html.as_ref().unwrap_or(first))).transpose()?;

        let Finishing { work, found, .. } = finishing;
        let (stopping, left): (Vec<Mapped>, Vec<Mapped>) =
            found.into_iter().partition(|mapped| mapped.finding.level >= least);
        Ok(match stopping.is_empty() {
            true => Finish::Done(Finished { html, text, subject, work, left }),
            false => Finish::Stopped(Stopped { findings: stopping, work }),
        })
    }
}

/// What every file of a template needs on its way.
struct Finishing<'a, 'p, 'v> {
    session: &'a Session,
    settings: Settings,
    choice: &'a LintConfig,
    work: FinishWork,
    found: Vec<Mapped>,
    rewriter: &'p mut Rewriter<'v>,
}

impl Finishing<'_, '_, '_> {
    /// Fixes, expands and strips a file.
    fn part(&mut self, file: &TemplateFile) -> Result<FinishPart, Error> {
        let source = &file.source;
        let copy = source.to_disk(source.bytes().to_vec());
        let copy = Source::read(source.name(), copy, source.kind(), Some(source.encoding()))?;
        let (source, mut traces) = self.changed(copy)?;
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

    /// Makes the safe fixes, and the links, until there is nothing to do. Gives the steps back, the first one first.
    fn changed(&mut self, mut source: Source) -> Result<(Source, Vec<OffsetMap>), Error> {
        let mut traces = Vec::new();
        let mut profile = self.session.profile(source.name(), self.choice)?;
        // These would only be removed twice.
        profile.ignore(&[unused_allow::RULE.name])?;
        for _ in 0..ROUNDS {
            // Every round starts from where the last one has ended, so that all of them lead back.
            let mut stages: Vec<Source> = Vec::new();
            let (settings, parser) = (&self.settings, &mut self.rewriter.parser);
            let fixed = fix(source, Safety::Safe, |source| {
                stages.push(copy_of(&source)?);
                let front_matter = FrontMatter::read(&source)?;
                let document = parser.parse_whole_with(source, front_matter);
                let found = check(&document, settings, parser.vocabulary(), &profile);
                Ok((document, found))
            })?;
            traces.extend(stages.iter().zip(&fixed.rounds).map(|(stage, edits)| OffsetMap::of_edits_in(stage, edits)));
            fixed.fixed.iter().for_each(|rule| *self.work.fixed.entry(rule).or_default() += 1);

            let fixed = fixed.document.into_source();
            let front_matter = FrontMatter::read(&fixed)?;
            let document = self.rewriter.parser.parse_with(fixed, front_matter);
            let rewritten = rewrite(&document, &self.settings, self.rewriter)?;
            let before = self.rewriter.parser.release(document);
            if rewritten.edits.is_empty() {
                return Ok((before, traces));
            }
            traces.push(OffsetMap::of_edits_in(&before, &rewritten.edits));
            self.work.expanded += rewritten.expanded;
            self.work.corrected += rewritten.corrected;
            source = applied(&before, &rewritten.edits)?;
        }
        Ok((source, traces))
    }

    /// The text-only body or the subject: of its own file, or of the settings at the top of another, never of both.
    fn companion(
        &mut self,
        name: &str,
        what: &str,
        kind: SourceKind,
        part: Option<FinishPart>,
        file: &Option<TemplateFile>,
        own: Option<((String, Span), &TemplateFile)>,
    ) -> Result<Option<Vec<u8>>, Error> {
        match (part, file, own) {
            (Some(_), Some(file), Some(_)) => Err(twice(name, what, &file.source)),
            (Some(part), Some(file), None) => self.done(part, file).map(Some),
            (_, _, Some(((text, inside), owner))) => {
                let (source, traces) = self.changed(Source::from_text(owner.source.name(), &text, kind))?;
                let (allows, subject, text) = (Vec::new(), None, None);
                let part = FinishPart { source, traces, allows, inside: Some(inside), subject, text };
                self.done(part, owner).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Checks a file as the PSA would get it, and gives its bytes.
    fn done(&mut self, part: FinishPart, file: &TemplateFile) -> Result<Vec<u8>, Error> {
        let FinishPart { source, traces, allows, inside, .. } = part;
        let name = source.name().to_owned();
        let profile = self.ready_profile(&name)?;
        let document = self.rewriter.parser.parse_whole(source);
        let stretches = lint::Stretches::of(&allows);
        // Where a finding was before settings and comments were cut out, which is where a comment allows it.
        let is_allowed = |finding: &Diagnostic| {
            let at = back(finding.span, traces.iter().take(1)).start;
            finding.rule != lint::ONLY_PSALINK && stretches.allow(finding.rule, at)
        };
        let mut found = check_allowing(&document, &self.settings, self.rewriter.vocabulary(), &profile, is_allowed);
        let source = document.into_source();
        for finding in &mut found {
            finding.span = inside.unwrap_or_else(|| back(finding.span, traces.iter()));
            finding.fix = None;
        }
        let own = copy_of(&file.source)?;
        self.found.extend(file.mapped(own, found));
        Ok(source.to_disk(source.bytes().to_vec()))
    }

    /// The rules for a template that goes into the PSA. What only psalink understands cannot be allowed there.
    fn ready_profile(&self, name: &str) -> Result<Profile, Error> {
        let mut profile = self.session.profile(name, self.choice)?;
        profile.select(lint::READY)?;
        profile.set_level(lint::ONLY_PSALINK, Level::Error)?;
        Ok(profile)
    }
}

fn copy_of(source: &Source) -> Result<Source, Error> {
    let bytes = source.to_disk(source.bytes().to_vec());
    Source::read(source.name(), bytes, source.kind(), Some(source.encoding()))
}

fn applied(source: &Source, edits: &[Edit]) -> Result<Source, Error> {
    Source::read(source.name(), edit::apply(source, edits)?, source.kind(), Some(source.encoding()))
}
