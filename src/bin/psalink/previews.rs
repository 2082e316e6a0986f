//! The previews of a run: every mail filled with every sample, and what a person should know of them.

use std::collections::{BTreeMap, HashSet};

use psalink::report::{self, full};
use psalink::{Dialect, Error, LeftReason, Level, Mapped, Rendered, Sample, render, visible};

use crate::composed::Reported;
use crate::console::{Console, Status};
use crate::inputs::mails;
use crate::panics;
use crate::workers::{Job, Worker, Workers};

/// All mails of a run.
pub struct Previews {
    pub mails: Vec<Mail>,
    /// The templates that could not be rendered.
    pub failed: Vec<String>,
    /// How many things a person should look at.
    pub problems: usize,
    pub status: Status,
}

/// One mail.
pub struct Mail {
    pub job: Job,
    pub psa: String,
    pub dialect: String,
    pub sample: String,
    pub rendered: Rendered,
}

/// What every job needs to know.
struct PreviewRun<'a> {
    workers: &'a Workers<'a>,
    /// For each settings.
    samples: &'a [Vec<Sample>],
    style: full::Style,
    quiet: bool,
    /// How many problems of a kind are printed for a template.
    most: usize,
}

/// What a job leaves behind.
#[derive(Default)]
struct Previewed {
    mails: Vec<Mail>,
    /// What making the mail ready could not settle.
    mapped: Vec<Mapped>,
    messages: String,
    problems: usize,
    error: Option<Error>,
}

/// Renders every mail with the samples of its settings, and says what is wrong with them.
pub fn render_all(
    workers: &Workers<'_>,
    samples: &[Vec<Sample>],
    jobs: &[Job],
    console: &mut Console,
) -> Result<Previews, Error> {
    let most = if console.verbose { usize::MAX } else { report::MOST };
    let run = PreviewRun { workers, samples, style: console.style, quiet: console.quiet, most };
    let bar = console.start_bar(jobs.len());
    let mut all = Previews { mails: Vec::new(), failed: Vec::new(), problems: 0, status: Status::Clean };
    let mut told = Reported::default();
    let (style, least) = (console.style, if console.quiet { Level::Error } else { Level::Warning });
    workers.each(
        jobs,
        |worker, job| run.job(worker, job),
        |_, error| Previewed { error: Some(error), ..Previewed::default() },
        |job, done| {
            bar.inc(1);
            for (source, findings) in told.new_ones(done.mapped) {
                all.problems += findings.iter().filter(|finding| finding.level >= Level::Warning).count();
                match panics::caught(source.name(), || Ok(full::write_first(&source, &findings, least, most, style))) {
                    Ok(text) => console.say(&text),
                    Err(error) => {
                        console.error(&error);
                        all.status = Status::Failed;
                    }
                }
            }
            console.say(&done.messages);
            all.problems += done.problems;
            all.mails.extend(done.mails);
            if let Some(error) = done.error {
                console.error(&error);
                all.failed.push(workers.found.inputs[job.input].name.clone());
                all.status = Status::Failed;
            }
        },
    )?;
    console.end_bar();
    if all.problems > 0 {
        all.status = all.status.max(Status::Found);
    }
    Ok(all)
}

/// What the files of each mail are called, without their endings. All lie side by side, so that they find each other on
/// any system.
pub fn file_names(workers: &Workers<'_>, mails: &[Mail]) -> Vec<String> {
    let several = |of: fn(&Mail) -> &str| mails.iter().any(|mail| of(mail) != of(&mails[0]));
    let (several_psas, several_samples) = (several(|mail| &mail.dialect), several(|mail| &mail.sample));
    let plain = |mail: &Mail| {
        let mut name = mails::stem(&workers.found.inputs[mail.job.input]).to_string_lossy().replace(['/', '\\'], "-");
        if several_psas {
            name += &format!(".{}", mail.dialect);
        }
        if several_samples {
            name += &format!(".{}", mail.sample);
        }
        if cfg!(windows) { for_windows(&name) } else { name }
    };
    // Some systems do not tell small letters from capitals.
    let all: HashSet<String> = mails.iter().map(|mail| plain(mail).to_lowercase()).collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut names = Vec::new();
    for mail in mails {
        let first = plain(mail);
        let mut name = first.clone();
        for number in 2_usize.. {
            if taken.insert(name.to_lowercase()) {
                break;
            }
            name = format!("{first}.{number}");
            if all.contains(&name.to_lowercase()) {
                name = first.clone();
            }
        }
        names.push(name);
    }
    names
}

/// A name that Windows takes; a template may come through a pipe, with a name from elsewhere.
fn for_windows(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|letter| if letter.is_control() || "<>:\"|?*".contains(letter) { '-' } else { letter })
        .collect();
    let word = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_numbered = |device: &str| {
        word.strip_prefix(device)
            .is_some_and(|rest| matches!(rest.as_bytes(), [b'1'..=b'9']) || ["¹", "²", "³"].contains(&rest))
    };
    let is_device = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&word.as_str())
        || is_numbered("COM")
        || is_numbered("LPT");
    if is_device { format!("-{name}") } else { name }
}

impl<'a> PreviewRun<'a> {
    fn job(&self, worker: &mut Worker<'a>, job: Job) -> Previewed {
        let mut done = Previewed::default();
        done.error = self.show(worker, job, &mut done).err();
        done
    }

    /// Renders a mail with each sample, and says what a person should look at.
    fn show(&self, worker: &mut Worker<'a>, job: Job, done: &mut Previewed) -> Result<(), Error> {
        let input = &self.workers.found.inputs[job.input];
        let template = self.workers.template(worker, job)?;
        let parser = self.workers.parser(&mut worker.parsers, job);
        let mut ready = self.workers.session(job).ready(&template, parser)?;
        done.mapped = std::mem::take(&mut ready.findings);
        let dialect = &parser.vocabulary().dialects()[ready.settings.dialect];
        let mut problems = Problems::default();
        for sample in &self.samples[input.settings] {
            let rendered = render(&ready, sample, parser);
            each_problem(&rendered, dialect, &ready.settings.language, &mut |kind, what, level, text| {
                done.problems += usize::from(level >= Level::Warning);
                let is_shown = !self.quiet || level == Level::Error;
                if is_shown && problems.is_new(kind, what, level, self.most) {
                    let message = format!("`{}` with the sample `{}`: {}", visible(&input.name), sample.name(), text());
                    done.messages.push_str(&full::write_message(level, &message, self.style));
                }
            });
            let psa = if ready.settings.is_dialect_known { dialect.title.clone() } else { "not known".to_owned() };
            let dialect = dialect.id.clone();
            done.mails.push(Mail { job, psa, dialect, sample: sample.name().to_owned(), rendered });
        }
        for (level, text) in problems.cut() {
            let message = format!("`{}`: {text}", visible(&input.name));
            done.messages.push_str(&full::write_message(level, &message, self.style));
        }
        Ok(())
    }
}

/// What a person should know of some mails made of one template, each thing once.
#[derive(Default)]
struct Problems {
    said: HashSet<(Kind, String)>,
    /// How many things of each kind were printed, how many more there are, and how bad these are at worst.
    kinds: BTreeMap<Kind, (usize, usize, Option<Level>)>,
}

/// What is wrong with a rendered mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Empty,
    PlainText,
    Link,
    Breaking,
    Left,
}

impl Kind {
    /// What is said of those that are not printed.
    fn more(self, count: usize) -> String {
        let (one, many) = match self {
            Kind::Empty | Kind::PlainText => ("remark", "remarks"),
            Kind::Link => ("link does not work", "links do not work"),
            Kind::Breaking => ("placeholder breaks out of its attribute", "placeholders break out of their attributes"),
            Kind::Left => ("placeholder is left as it is", "placeholders are left as they are"),
        };
        format!("{} more {}; `--verbose` shows all", count, if count == 1 { one } else { many })
    }
}

impl Problems {
    /// Whether something was not said yet and is to be printed; what holds for every sample is said once.
    fn is_new(&mut self, kind: Kind, what: String, level: Level, most: usize) -> bool {
        if !self.said.insert((kind, what)) {
            return false;
        }
        let (printed, more, worst) = self.kinds.entry(kind).or_default();
        if *printed < most {
            *printed += 1;
            return true;
        }
        *more += 1;
        *worst = (*worst).max(Some(level));
        false
    }

    /// What is not printed of each kind.
    fn cut(&self) -> impl Iterator<Item = (Level, String)> {
        self.kinds.iter().filter_map(|(kind, (_, more, worst))| Some(((*worst)?, kind.more(*more))))
    }
}

/// Hears of a problem: its kind, what it is about, how bad it is, and what makes its text.
type Hear<'a> = dyn FnMut(Kind, String, Level, &dyn Fn() -> String) + 'a;

/// Looks through a rendered mail, and gives every problem to `found`: its kind, what it is about, how bad it is, and its
/// text, which takes time to make.
fn each_problem(mail: &Rendered, dialect: &Dialect, language: &str, found: &mut Hear<'_>) {
    if mail.is_empty() {
        found(Kind::Empty, String::new(), Level::Warning, &|| {
            "the mail is empty: its reader would see nothing".to_owned()
        });
    }
    if mail.is_text_plain {
        found(Kind::PlainText, String::new(), Level::Note, &|| {
            "the mail is too large or too deep to lay out as text, so its text-only body is its words one after the other, \
             hidden ones too; if your readers need more, write one yourself (NAME.txt)"
                .to_owned()
        });
    }
    for link in &mail.links {
        if let Some(problem) = &link.problem {
            let text = || format!("the link `{}` does not work: {problem}", link.url);
            found(Kind::Link, text(), Level::Error, &text);
        }
    }
    for token in &mail.breaking {
        found(Kind::Breaking, token.clone(), Level::Warning, &|| {
            format!(
                "the value of `{token}` breaks out of the attribute that it stands in; put the attribute into double quotes, \
                 and let no placeholder that brings HTML stand in one"
            )
        });
    }
    for left in &mail.left {
        let level = if left.reason.is_mistake() { Level::Warning } else { Level::Note };
        found(Kind::Left, format!("{} {}", left.text, left.reason.message()), level, &|| {
            let name = left.text.trim_start_matches('[').trim_end_matches(']');
            let known = dialect.find(name).and_then(|known| dialect.placeholder(known).replacement(name));
            let near = || dialect.nearest(name, language).map(|near| near.name);
            let why = match known.or_else(near).filter(|_| left.reason == LeftReason::Misspelt) {
                Some(right) => format!("no placeholder has this name; did you mean `[{right}]`?"),
                None => left.reason.message().to_owned(),
            };
            format!("`{}` is left as it stands: {why}", left.text)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_takes_the_names_of_previews() {
        for (name, expected) in [
            ("new-ticket", "new-ticket"),
            ("Re: what?", "Re- what-"),
            ("con", "-con"),
            ("CON.unicode", "-CON.unicode"),
            ("com1", "-com1"),
            ("lpt9.a", "-lpt9.a"),
            ("com10", "com10"),
            ("console", "console"),
            ("nul .b", "-nul .b"),
            ("a\tb<c>|*\"", "a-b-c----"),
        ] {
            assert_eq!(for_windows(name), expected);
        }
    }
}
