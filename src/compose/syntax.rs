//! Explains the template engine's syntax errors in terms that the author of a source understands.

/// The problem, and its position if it is not where the engine reports it.
pub(super) fn in_words(detail: &str, text: &str, at: Option<usize>) -> (String, Option<usize>) {
    let at = at.filter(|at| text.is_char_boundary(*at));
    if let Some(open) = unclosed(text).filter(|open| at.is_none_or(|at| at == 0 || open.at() <= at)) {
        return (open.in_words(), Some(open.at()));
    }
    (explained(detail, &text[at.unwrap_or(text.len())..]), None)
}

/// The engine's own message about a token.
fn explained(detail: &str, rest: &str) -> String {
    if detail == "unexpected character" {
        let character = rest.chars().next().map(|character| format!(" `{character}`")).unwrap_or_default();
        return format!("the character{character} has no meaning here");
    }
    if detail.starts_with("unknown end of block") {
        return "there is nothing between `{%` and `%}`; write a statement there, such as `if`, or remove both"
            .to_owned();
    }
    let Some(unexpected) = detail.strip_prefix("unexpected ") else {
        return format!("psalink cannot read this: {detail}");
    };
    match unexpected.split_once(", expected ") {
        Some(("`=`", _)) => "here is `=` where nothing more should be; to compare two values, write `==`".to_owned(),
        Some(("`}`" | "end of variable block", "`,`")) => "a `)` is missing before `}}`".to_owned(),
        Some((found, expected)) => format!("here is {} where {} should be", token(found), token(expected)),
        None => format!("{} cannot be here; something is missing before it", token(unexpected)),
    }
}

/// The engine's name for a token, in the user's terms.
fn token(name: &str) -> String {
    match name {
        "end of variable block" => "`}}`".to_owned(),
        "end of block" => "`%}`".to_owned(),
        "start of variable block" => "`{{`".to_owned(),
        "start of block" => "`{%`".to_owned(),
        "identifier" => "a name".to_owned(),
        "string" => "text in quotes".to_owned(),
        "integer" | "float" => "a number".to_owned(),
        "statement" => "a statement such as `if`".to_owned(),
        name if name.bytes().all(|byte| byte.is_ascii_lowercase()) => format!("`{name}`"),
        name => name.to_owned(),
    }
}

/// The message about a known statement in a place where it does not belong.
pub(super) fn misplaced(statement: &str) -> String {
    match statement.strip_prefix("end") {
        Some(start) => format!(
            "`{{% {statement} %}}` closes nothing that is open here; remove it, or add the `{{% {start} … %}}` that it \
             belongs to"
        ),
        None => format!("`{{% {statement} %}}` is right only between `{{% if … %}}` and `{{% endif %}}`"),
    }
}

/// A statement that is opened and never closed.
enum Unclosed {
    Block(usize, &'static str, &'static str),
    Quote(usize),
}

impl Unclosed {
    fn at(&self) -> usize {
        match self {
            Unclosed::Block(at, ..) | Unclosed::Quote(at) => *at,
        }
    }

    fn in_words(&self) -> String {
        match self {
            Unclosed::Block(_, open, close) => format!("a `{open}` is never closed; add `{close}` where it ends"),
            Unclosed::Quote(_) => "a quotation mark is opened here and never closed; add the closing one".to_owned(),
        }
    }
}

/// The first `{{` or `{%` that is cut short by a tag, by another one, or by the end of the file.
fn unclosed(text: &str) -> Option<Unclosed> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let start = at + text.get(at..)?.find('{')?;
        let (open, close) = match bytes.get(start + 1) {
            Some(b'{') => ("{{", "}}"),
            Some(b'%') => ("{%", "%}"),
            Some(b'#') => {
                at = start + 2 + text[start + 2..].find("#}")? + 2;
                continue;
            }
            _ => {
                at = start + 1;
                continue;
            }
        };
        let mut quote: Option<(u8, usize)> = None;
        let mut index = start + 2;
        at = loop {
            let Some(&byte) = bytes.get(index) else {
                return Some(quote.map_or(Unclosed::Block(start, open, close), |(_, at)| Unclosed::Quote(at)));
            };
            let rest = &bytes[index..];
            match quote {
                Some(_) if byte == b'\\' => index += 1,
                Some((mark, _)) if byte == mark => quote = None,
                Some(_) => {}
                None if rest.starts_with(close.as_bytes()) => break index + 2,
                None if rest.starts_with(b"</") || rest.starts_with(b"{{") || rest.starts_with(b"{%") => {
                    return Some(Unclosed::Block(start, open, close));
                }
                None if matches!(byte, b'"' | b'\'') => quote = Some((byte, index)),
                None => {}
            }
            index += 1;
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_is_reported() {
        for (text, at) in [
            ("<p>{{ foo</p>", Some(3)),
            ("<p>{{ foo\n{% if x %}", Some(3)),
            ("{% if x\n", Some(0)),
            ("{{ \"abc }}</p>", Some(3)),
            ("{{ 'it\\'s' }} {# {{ #} { %", None),
            ("{{ \"</p>\" }}{% if a %}{% endif %}", None),
        ] {
            assert_eq!(unclosed(text).map(|open| open.at()), at, "{text}");
        }
    }

    #[test]
    fn no_word_of_the_engine_is_left() {
        for (detail, rest, words) in [
            ("unexpected end of block, expected in", "%}", "here is `%}` where `in` should be"),
            ("unexpected end of variable block", "}}", "`}}` cannot be here; something is missing before it"),
            ("unexpected `=`, expected end of block", "= 1", "here is `=` where nothing more should be"),
            ("unexpected identifier, expected end of variable block", "x", "here is a name where `}}` should be"),
            ("unexpected character", "$ 3", "the character `$` has no meaning here"),
            ("unknown end of block, expected statement", "%}", "there is nothing between `{%` and `%}`"),
        ] {
            assert!(explained(detail, rest).starts_with(words), "{}", explained(detail, rest));
        }
        assert!(misplaced("endif").contains("add the `{% if … %}`"));
        assert!(misplaced("else").contains("only between"));
    }
}
