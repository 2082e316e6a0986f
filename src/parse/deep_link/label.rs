//! Recognizes words that were pasted in front of an address and became part of it: `Website: https://…`.

/// What words in front of an address are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// Words or signs that no program reads as the beginning of an address.
    Words,
    /// A word and a colon that may be the name of a program: `notes:https://…`.
    Program,
}

/// The longest words, in bytes.
const LONGEST: usize = 120;

/// Words that people or editors put in front of an address, and that no program is called.
const WORDS: &str = "unsafe website web webpage site url uri link links hyperlink address href src portal page here click \
    open visit see ticket goto at homepage webseite adresse enlace sitio lien";

/// Programs that open the address after their name, and other things than pages that an address may name.
const SCHEMES: &str = "about blob brave callto cid content data facetime feed file firefox ftp geo googlechrome \
    googlechromes intent jar javascript mailto microsoft-edge mid msteams opera safari sip skype sms \
    smsto ssh tel vbscript view-source webcal whatsapp ws wss xmpp zoommtg";

/// What a text right in front of an address is; `None` if there is nothing, or if it may be there on purpose: another
/// address, a program that opens pages, or what another program fills in.
pub(crate) fn label(before: &str) -> Option<Label> {
    let text = before.trim().to_lowercase();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    // An address contains no spaces, but what is searched for may.
    if before.ends_with(char::is_whitespace) && !text.contains(['?', '&']) && !text.chars().all(is_of_words) {
        return Some(Label::Program);
    }
    let is_of_another = text.contains("*|") || text.contains("|*");
    if is_of_another || !text.chars().all(is_of_words) {
        return None;
    }
    if text.split_once(':').is_some_and(|(first, _)| is_one_of(SCHEMES, first.trim())) {
        return None;
    }
    // In the name of a program there are only these, and a colon ends it.
    let is_name = |character: char| character.is_ascii_alphanumeric() || "+-.".contains(character);
    let Some(names) = text.strip_suffix(':') else {
        let is_word = text.contains(char::is_alphanumeric);
        let is_glued = is_word && !before.ends_with(char::is_whitespace) && text.chars().all(is_name);
        return Some(if is_glued { Label::Program } else { Label::Words });
    };
    let is_program = |name: &str| !is_one_of(WORDS, name) && name.chars().all(is_name);
    Some(if names.split(':').any(is_program) { Label::Program } else { Label::Words })
}

/// Whether a character may be part of words in front of an address.
fn is_of_words(character: char) -> bool {
    character.is_alphanumeric()
        || character.is_whitespace()
        || ":=-.,;!|>+_\u{bb}\u{2013}\u{2014}\u{2022}\u{b7}\u{2192}\u{21d2}".contains(character)
}

fn is_one_of(words: &str, word: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

/// Whether a lowercase word is one that people put in front of an address.
pub(super) fn is_label(word: &str) -> bool {
    is_one_of(WORDS, word)
}

/// Whether a text is the name of a program that opens the address after it.
pub(crate) fn opens_pages(before: &str) -> bool {
    ["microsoft-edge:", "view-source:", "googlechrome:"].contains(&before.trim().to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_words_from_programs() {
        for words in [
            "Website: ",
            "= ",
            "unsafe:",
            "Link:",
            "Website ",
            "=> ",
            "» ",
            "Open your ticket: ",
            "Öffnen:",
            "-",
            "URL=",
            "link:url:",
        ] {
            assert_eq!(label(words), Some(Label::Words), "{words}");
        }
        for program in ["https://a.example/ ", "[website] ", "**website** ", "notes:", "x", "foo+bar:", "link:notes:"] {
            assert_eq!(label(program), Some(Label::Program), "{program}");
        }
        for other in [
            "",
            " ",
            "tel:",
            "view-source:",
            "{{url}}",
            "https://a.example/",
            "go?to=",
            "*|URL|*",
            "[x]",
            "../",
            "mailto:",
        ] {
            assert_eq!(label(other), None, "{other}");
        }
    }
}
