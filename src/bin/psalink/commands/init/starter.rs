//! The files that a new project starts with: settings, templates and samples from `templates/starter`.

use psalink::Config;
use psalink::render::BUILT_IN_SAMPLES;

use super::answers::{Answers, Portal};

/// The name of the settings.
pub const SETTINGS_FILE: &str = "psalink.yaml";

/// The name of their schema, by which an editor checks them.
pub const SCHEMA_FILE: &str = "psalink.schema.json";

/// The name of the rules for git.
pub const GITIGNORE_FILE: &str = ".gitignore";

/// The settings; what is between the projects different is filled in by [`settings`].
const SETTINGS: &str = include_str!("../../../../../templates/starter/psalink.yaml");

/// Names and contents of files in `templates/starter`.
macro_rules! starter {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../../../templates/starter/", $name)))),*]
    };
}

/// The templates: names and contents.
pub const TEMPLATES: [(&str, &str); 30] = starter![
    "_layout.html.j2",
    "_layout.txt.j2",
    "_parts.html.j2",
    "_parts.txt.j2",
    "approval-needed.html.j2",
    "approval-needed.txt.j2",
    "assigned.html.j2",
    "assigned.txt.j2",
    "closed-with-survey.html.j2",
    "closed-with-survey.txt.j2",
    "closing-soon.html.j2",
    "closing-soon.txt.j2",
    "form-to-fill-in.html.j2",
    "form-to-fill-in.txt.j2",
    "internal-new-ticket.html.j2",
    "internal-new-ticket.txt.j2",
    "note-added.html.j2",
    "note-added.txt.j2",
    "reopened.html.j2",
    "reopened.txt.j2",
    "request-received.html.j2",
    "request-received.txt.j2",
    "resolved.html.j2",
    "resolved.txt.j2",
    "visit-scheduled.html.j2",
    "visit-scheduled.txt.j2",
    "waiting-for-you.html.j2",
    "waiting-for-you.txt.j2",
    "welcome-to-the-portal.html.j2",
    "welcome-to-the-portal.txt.j2",
];

/// The rules for git.
const GITIGNORE: &str = include_str!("../../../../../templates/starter/gitignore");

/// The message that asks what a customer thinks, and the address in it that is replaced.
const SURVEY: &str = "closed-with-survey.";
const SURVEY_IN_HTML: &str = "\"https://survey.example/rate?ticket=\" ~ placeholder(\"ticket.id\")";
const SURVEY_IN_TEXT: &str = "https://survey.example/rate?ticket={{ placeholder(\"ticket.id\") }}";

/// The files of a new project, each with its path below the project's folder. Without the address of a survey the message
/// about it is left out.
pub fn files(answers: &Answers) -> Vec<(String, String)> {
    let mut files = vec![
        (SETTINGS_FILE.to_owned(), settings(answers)),
        (SCHEMA_FILE.to_owned(), format!("{:#}\n", Config::schema())),
        (GITIGNORE_FILE.to_owned(), GITIGNORE.to_owned()),
    ];
    for (name, text) in TEMPLATES {
        let text = match (&answers.survey, name.starts_with(SURVEY)) {
            (_, false) => text.to_owned(),
            (Some(address), true) => with_survey(text, address),
            (None, true) => continue,
        };
        files.push((format!("templates/{name}"), text));
    }
    files.extend(BUILT_IN_SAMPLES.iter().map(|(name, text)| (format!("samples/{name}.yaml"), (*text).to_owned())));
    files
}

/// A template of the survey with its real address. What is said about the one for examples goes.
fn with_survey(text: &str, address: &str) -> String {
    let pieces: Vec<String> = address.split("{ticket}").map(|piece| format!("\"{piece}\"")).collect();
    let in_html = pieces.join(" ~ placeholder(\"ticket.id\") ~ ");
    let in_text = address.replace("{ticket}", "{{ placeholder(\"ticket.id\") }}");
    let (before, rest) = text.split_once("{# REPLACE THIS ADDRESS").unwrap_or((text, ""));
    let rest = rest.split_once("#}\n").map_or(rest, |(_, rest)| rest);
    format!("{before}{rest}").replace(SURVEY_IN_HTML, &in_html).replace(SURVEY_IN_TEXT, &in_text)
}

fn settings(answers: &Answers) -> String {
    let line = |line: &str| match line {
        "portal: acme" => match &answers.portal {
            Portal::Name(name) => format!("portal: {name}"),
            Portal::Host(host) => format!("host: {host}"),
        },
        "dialect: connectwise" => format!("dialect: {}", answers.dialect),
        "  # name: Acme IT" => match &answers.name {
            Some(name) => format!("  name: {}", serde_json::Value::from(name.as_str())),
            None => line.to_owned(),
        },
        line if line.starts_with("samples: ") => "samples: samples".to_owned(),
        line => line.to_owned(),
    };
    let schema = format!("# yaml-language-server: $schema=./{SCHEMA_FILE}\n");
    SETTINGS.lines().fold(schema, |text, next| text + &line(next) + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_there() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/starter");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".j2"))
            .collect();
        names.sort();
        assert_eq!(names, TEMPLATES.map(|(name, _)| name.to_owned()));
    }

    fn answers(survey: Option<&str>) -> Answers {
        Answers {
            portal: Portal::Host("help.msp.example".to_owned()),
            dialect: "autotask".to_owned(),
            name: Some("Müller \"IT\" # 1".to_owned()),
            survey: survey.map(str::to_owned),
        }
    }

    #[test]
    fn the_settings_say_what_was_asked_for() {
        let text = settings(&answers(None));
        for line in ["host: help.msp.example", "dialect: autotask", "samples: samples"] {
            assert!(text.lines().any(|known| known == line), "{text}");
        }
        assert!(!text.lines().any(|line| line.starts_with("portal:")), "{text}");
        let config = psalink::Config::parse("psalink.yaml", &text).unwrap();
        assert_eq!(config.dialect.as_deref(), Some("autotask"));
        assert_eq!(config.brand.name.as_deref(), Some("Müller \"IT\" # 1"));
        assert!(text.starts_with("# yaml-language-server: $schema=./psalink.schema.json\n"));
    }

    #[test]
    fn no_message_has_an_address_for_examples() {
        let of_survey = |files: &[(String, String)]| files.iter().filter(|(name, _)| name.contains("survey")).count();
        assert_eq!(of_survey(&files(&answers(None))), 0);
        for address in ["https://rate.acme-it.com/", "https://rate.acme-it.com/{ticket}/?t={ticket}&a=1"] {
            let files = files(&answers(Some(address)));
            assert_eq!(of_survey(&files), 2);
            for (name, text) in files.iter().filter(|(name, _)| name.contains("survey")) {
                assert!(!text.contains("survey.example") && !text.contains("REPLACE"), "{name}: {text}");
                assert!(text.contains("https://rate.acme-it.com/"), "{name}: {text}");
                let tickets = text.matches("placeholder(\"ticket.id\")").count();
                assert_eq!(tickets, address.matches("{ticket}").count(), "{name}: {text}");
            }
        }
    }
}
