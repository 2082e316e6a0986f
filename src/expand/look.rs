//! How a link macro looks: the small templates in `templates/looks/`.

use std::sync::OnceLock;

use minijinja::{AutoEscape, Environment, context};

/// The look that a macro asks for with `as=`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Look {
    /// A plain link.
    #[default]
    Link,
    /// A button that Outlook draws too.
    Button,
    /// Just the address.
    Url,
}

/// Who sees the place where a button is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Branch {
    Everyone,
    /// Inside a conditional comment.
    Outlook,
    /// Between markers that hide it from Outlook.
    Others,
}

impl Look {
    /// The words that `as=` accepts.
    pub(crate) const WORDS: [&str; 3] = ["link", "button", "url"];

    pub(crate) fn from_word(word: &str) -> Option<Look> {
        match word {
            "link" => Some(Look::Link),
            "button" => Some(Look::Button),
            "url" => Some(Look::Url),
            _ => None,
        }
    }

    /// HTML for a link. `url` is escaped for a double-quoted attribute, `text` is HTML.
    pub(crate) fn html(self, url: &str, text: &str, color: &str, branch: Branch) -> String {
        match self {
            Look::Link => return render("link.html", context! { url, text }),
            Look::Url => return render("url.html", context! { url }),
            Look::Button => {}
        }
        let branch = match branch {
            Branch::Everyone => "everyone",
            Branch::Outlook => "outlook",
            Branch::Others => "others",
        };
        // Outlook cannot size a shape to fit its text: allow ten pixels per character at this size, plus the padding.
        let length = htmlize::unescape(text).chars().count();
        let width = (length * 10 + 48).clamp(120, 560);
        render("button.html", context! { url, text, color, branch, width, ink => ink(color) })
    }

    /// Plain text for a link.
    pub(crate) fn text(self, url: &str, text: &str) -> String {
        match self {
            Look::Url => render("url.txt", context! { url }),
            Look::Link | Look::Button => render("link.txt", context! { url, text }),
        }
    }
}

const LOOKS: [(&str, &str); 5] = [
    ("link.html", include_str!("../../templates/looks/link.html")),
    ("button.html", include_str!("../../templates/looks/button.html")),
    ("url.html", include_str!("../../templates/looks/url.html")),
    ("link.txt", include_str!("../../templates/looks/link.txt")),
    ("url.txt", include_str!("../../templates/looks/url.txt")),
];

fn render(name: &str, values: minijinja::Value) -> String {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    let environment = ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        // Values are already escaped for their place; minijinja would write `/` as a character reference.
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        for (name, template) in LOOKS {
            if let Err(error) = environment.add_template(name, template) {
                unreachable!("the looks are part of the program and a test renders each: {error}");
            }
        }
        environment
    });
    match environment.get_template(name).and_then(|look| look.render(values)) {
        Ok(text) => text,
        Err(error) => unreachable!("the looks are part of the program and a test renders each: {error}"),
    }
}

/// Black or white, whichever is easier to read on a color such as `#0b5fff`.
fn ink(color: &str) -> &'static str {
    let channel = |index: usize| {
        let hex = color.get(1 + 2 * index..3 + 2 * index)?;
        let value = f64::from(u8::from_str_radix(hex, 16).ok()?) / 255.0;
        Some(if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    let Some(((red, green), blue)) = channel(0).zip(channel(1)).zip(channel(2)) else { return "#ffffff" };
    let luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    if luminance > 0.179 { "#000000" } else { "#ffffff" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_look_renders() {
        assert_eq!(Look::Link.html("u&amp;v", "T", "#000000", Branch::Everyone), "<a href=\"u&amp;v\">T</a>");
        assert_eq!(Look::Url.html("u", "T", "#000000", Branch::Everyone), "u");
        assert_eq!(Look::Link.text("u", "T"), "T: u");
        assert_eq!(Look::Button.text("u", "T"), "T: u");
        assert_eq!(Look::Url.text("u", "T"), "u");
        let both = Look::Button.html("u", "T", "#0b5fff", Branch::Everyone);
        assert!(both.starts_with("<!--[if mso]><v:roundrect") && both.ends_with("</a><!--<![endif]-->"), "{both}");
        assert_eq!(both.matches("href=\"u\"").count(), 2);
        let outlook = Look::Button.html("u", "T", "#0b5fff", Branch::Outlook);
        assert!(outlook.starts_with("<v:roundrect") && outlook.ends_with("</v:roundrect>"), "{outlook}");
        let others = Look::Button.html("u", "T", "#0b5fff", Branch::Others);
        assert!(others.starts_with("<a ") && others.ends_with("</a>"), "{others}");
    }

    #[test]
    fn ink_can_be_read() {
        assert_eq!(ink("#0b5fff"), "#ffffff");
        assert_eq!(ink("#ffd400"), "#000000");
        assert_eq!(ink("blue"), "#ffffff");
    }
}
