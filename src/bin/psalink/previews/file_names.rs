//! The names of preview files.

use std::collections::HashSet;

use super::mail::PreviewMail;
use crate::inputs::mails;
use crate::workers::Workers;

/// The file names for each message, without extensions. All files are in one folder, so that they find each other on
/// any system.
pub fn file_names(workers: &Workers<'_>, mails: &[PreviewMail]) -> Vec<String> {
    let several = |of: fn(&PreviewMail) -> &str| mails.iter().any(|mail| of(mail) != of(&mails[0]));
    let (several_psas, several_samples) = (several(|mail| &mail.dialect), several(|mail| &mail.sample));
    let plain = |mail: &PreviewMail| {
        let mut name = mails::stem(&workers.found.inputs[mail.job.input]).to_string_lossy().replace(['/', '\\'], "-");
        if several_psas {
            name += &format!(".{}", mail.dialect);
        }
        if several_samples {
            name += &format!(".{}", mail.sample);
        }
        if cfg!(windows) { for_windows(&name) } else { name }
    };
    // Some systems ignore case.
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

/// A name that Windows accepts; a template may come through a pipe, with any name.
fn for_windows(name: &str) -> String {
    let name: String =
        name.chars().map(|char| if char.is_control() || "<>:\"|?*".contains(char) { '-' } else { char }).collect();
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
