//! The files that a new project starts with: settings, templates and samples from `templates/starter`.

use psalink::render::BUILT_IN_SAMPLES;

/// The settings; [`settings`] fills in what differs between projects.
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

/// Where links in a new project lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Portal {
    /// The name of a portal on the vendor's own domain.
    Name(String),
    /// A custom domain.
    Host(String),
}

/// The files of a new project, with their paths below the project folder.
pub fn files(portal: &Portal, dialect: &str) -> Vec<(String, String)> {
    let mut files = vec![("psalink.yaml".to_owned(), settings(portal, dialect))];
    files.extend(TEMPLATES.iter().map(|(name, text)| (format!("templates/{name}"), (*text).to_owned())));
    files.extend(BUILT_IN_SAMPLES.iter().map(|(name, text)| (format!("samples/{name}.yaml"), (*text).to_owned())));
    files
}

fn settings(portal: &Portal, dialect: &str) -> String {
    let line = |line: &str| match line {
        "portal: acme" => match portal {
            Portal::Name(name) => format!("portal: {name}"),
            Portal::Host(host) => format!("host: {host}"),
        },
        "dialect: connectwise" => format!("dialect: {dialect}"),
        line if line.starts_with("samples: ") => "samples: samples".to_owned(),
        line => line.to_owned(),
    };
    SETTINGS.lines().map(|text| line(text) + "\n").collect()
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

    #[test]
    fn the_settings_say_what_was_asked_for() {
        let text = settings(&Portal::Host("help.msp.example".to_owned()), "autotask");
        for line in ["host: help.msp.example", "dialect: autotask", "samples: samples"] {
            assert!(text.lines().any(|known| known == line), "{text}");
        }
        assert!(!text.lines().any(|line| line.starts_with("portal:")), "{text}");
        let config = psalink::Config::parse("psalink.yaml", &text).unwrap();
        assert_eq!(config.dialect.as_deref(), Some("autotask"));
    }
}
