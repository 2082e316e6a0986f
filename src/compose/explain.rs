//! Explains what is wrong with a source in its author's terms, with its file, line and column.

use std::ops::Range;

use minijinja::ErrorKind as Kind;

use super::carried::CarriedError;
use super::loader::{Library, TOP};
use super::values::Values;
use crate::error::{Error, ErrorKind};
use crate::nearest::{did_you_mean, nearest};

/// Statements that a source may contain.
const STATEMENTS: [&str; 25] = [
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "block",
    "endblock",
    "extends",
    "include",
    "import",
    "from",
    "macro",
    "endmacro",
    "call",
    "endcall",
    "filter",
    "endfilter",
    "set",
    "endset",
    "with",
    "endwith",
    "raw",
    "endraw",
    "autoescape",
];

/// Functions of minijinja and psalink.
const FUNCTIONS: [&str; 7] = ["placeholder", "has_placeholder", "range", "dict", "namespace", "super", "caller"];

/// The filters of minijinja.
const FILTERS: [&str; 49] = [
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "zip",
    "tojson",
    "urlencode",
];

/// The named tests of minijinja.
const TESTS: [&str; 26] = [
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "equalto",
    "escaped",
    "even",
    "false",
    "float",
    "greaterthan",
    "in",
    "integer",
    "iterable",
    "lessthan",
    "lower",
    "mapping",
    "none",
    "number",
    "odd",
    "safe",
    "sameas",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
];

/// The message about files that use each other in a cycle.
pub(super) fn ring_detail(ring: &[String]) -> String {
    format!("these files use each other in a circle: {}", ring.join(" -> "))
}

/// The error for the user.
pub(super) fn explain(error: &minijinja::Error, library: &Library, values: &Values) -> Error {
    // The innermost error tells what is wrong; the others only tell how it got there.
    let mut inner = error;
    let mut carried_error = None;
    let mut next: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<minijinja::Error>() {
            inner = error;
        } else if let Some(CarriedError(error)) = error.downcast_ref::<CarriedError>() {
            carried_error = Some(error);
        }
        next = error.source();
    }
    // An error about a file that could not be read has its own place.
    if let Some(error) = carried_error
        && let Some(path) = error.path()
    {
        let user = inner.name().filter(|name| *name != path).map(|name| name.strip_suffix(TOP).unwrap_or(name));
        let user = user.unwrap_or(library.root.name());
        let used = if user == path { String::new() } else { format!(" (used by `{user}`)") };
        let described = error.restated(&used).at(path);
        return match error.place() {
            Some((line, column)) => described.at_place(line, column),
            None => described,
        };
    }
    let key = inner.name().unwrap_or(library.root.name());
    let name = key.strip_suffix(TOP).unwrap_or(key);
    let file = library.file(key).unwrap_or_else(|_| library.root.clone());
    let range = inner.range().filter(|range| range.end <= file.text().len());
    let mut at = range.clone().map(|range| range.start);
    let used = match file.name() == library.root.name() {
        true => String::new(),
        false => format!(" (used by `{}`)", library.root.name()),
    };
    let described = match carried_error {
        Some(error) => error.restated(&used),
        None => {
            let text = ErrorPlace { text: file.text(), range, at: &mut at };
            Error::new(ErrorKind::Template, in_words(inner, text, library, values) + &used)
        }
    };
    let (line, column) = match (at, inner.line()) {
        (Some(at), _) => file.place(at),
        (None, line) => (line.unwrap_or(1), 1),
    };
    described.at(name).at_place(line, column)
}

/// Where minijinja reports an error.
struct ErrorPlace<'a> {
    text: &'a str,
    range: Option<Range<usize>>,
    /// The first byte to report.
    at: &'a mut Option<usize>,
}

impl ErrorPlace<'_> {
    /// Points to a word within the reported span.
    fn point_to(&mut self, word: &str) {
        let Some(range) = &self.range else { return };
        if let Some(offset) = self.text.get(range.clone()).and_then(|text| text.find(word)) {
            *self.at = Some(range.start + offset);
        }
    }
}

fn in_words(error: &minijinja::Error, mut place: ErrorPlace<'_>, library: &Library, values: &Values) -> String {
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        Kind::TemplateNotFound => library.last_missing().unwrap_or_else(|| detail.to_owned()),
        _ if undefined(detail).is_some() => {
            let expression = undefined(detail).unwrap_or_default();
            place.point_to(expression);
            values.explain_missing(expression)
        }
        Kind::UndefinedError => "a value used here is not set; check it first with `{% if … is defined %}`".to_owned(),
        Kind::MissingArgument => {
            "an argument is missing between the parentheses; write it like `placeholder(\"ticket.id\")`".to_owned()
        }
        Kind::TooManyArguments => "there are too many arguments between the parentheses".to_owned(),
        Kind::UnknownFunction => {
            let wrong = detail.strip_suffix(" is unknown").unwrap_or(detail);
            place.point_to(wrong);
            unknown("function", wrong, FUNCTIONS)
        }
        Kind::UnknownFilter => {
            let wrong = detail.trim_start_matches("filter ").trim_end_matches(" is unknown");
            place.point_to(wrong);
            unknown("filter", wrong, FILTERS)
        }
        Kind::UnknownTest => {
            let wrong = detail.trim_start_matches("test ").trim_end_matches(" is unknown");
            place.point_to(wrong);
            unknown("test", wrong, TESTS)
        }
        Kind::OutOfFuel => match library.ring() {
            Some(ring) => ring_detail(&ring),
            None => "this takes too long, so psalink stopped it; look for a loop that runs too many times".to_owned(),
        },
        _ if detail.contains("recursion limit") || detail.starts_with("cycle in template inheritance") => {
            match library.ring() {
                Some(ring) => ring_detail(&ring),
                None => "this calls itself endlessly".to_owned(),
            }
        }
        Kind::SyntaxError => {
            let statement = detail.strip_prefix("unknown statement ").map(|word| word.trim_matches('`'));
            match statement {
                Some(wrong) => {
                    place.point_to(wrong);
                    unknown("statement", wrong, STATEMENTS)
                }
                None if detail.starts_with("unexpected end of input") => {
                    *place.at = Some(place.text.trim_end().len());
                    "the file ends before a block is closed; add the missing `{% endif %}`, `{% endfor %}`, `{% \
                     endblock %}`, or similar"
                        .to_owned()
                }
                None if detail.starts_with("unexpected end of comment") => {
                    *place.at = unclosed_comment(place.text).or(*place.at);
                    "a `{#` begins a comment here, and no `#}` ends it; add `#}`, or write a space between `{` and `#` \
                     where no comment is meant"
                        .to_owned()
                }
                None => format!("psalink cannot read this: {detail}"),
            }
        }
        kind if detail.is_empty() => format!("this does not work: {kind}"),
        _ => format!("this does not work: {detail}"),
    }
}

impl Values {
    /// The message about a value that does not exist.
    fn explain_missing(&self, expression: &str) -> String {
        if let Some(key) = expression.strip_prefix("brand.") {
            const KEYS: [&str; 3] = ["name", "color", "logo"];
            if KEYS.contains(&key) {
                return format!(
                    "`brand.{key}` is not set; add `brand: {{ {key}: … }}` to psalink.yaml, or check it first with \
                     `{{% if brand.{key} is defined %}}`"
                );
            }
            let hint = match nearest(key, KEYS) {
                Some(right) => did_you_mean(&format!("brand.{right}")),
                None => "`brand` has `name`, `color`, and `logo`".to_owned(),
            };
            return format!("unknown value `{expression}`; {hint}");
        }
        match expression {
            "subject" => "this template has no subject; add `subject:` to the settings at its top, or check it first \
                          with `{% if subject is defined %}`"
                .to_owned(),
            "body" => "`body` is the text of the template, and only a layout can use it; a template names its layout \
                       with `layout:` in the settings at its top"
                .to_owned(),
            _ => {
                let names =
                    ["dialect", "language", "brand", "subject", "body", "brand.name", "brand.color", "brand.logo"];
                let all = || {
                    "known values: dialect, language, brand.name, brand.color, brand.logo, subject (and body in a layout)"
                        .to_owned()
                };
                let hint = nearest(expression, names.into_iter().chain(FUNCTIONS)).map_or_else(all, did_you_mean);
                format!("unknown value `{expression}`; {hint}")
            }
        }
    }
}

/// Where a comment that never ends begins.
fn unclosed_comment(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let open = from + text.get(from..)?.find("{#")?;
        match text[open..].find("#}") {
            Some(end) => from = open + end + 2,
            None => return Some(open),
        }
    }
}

/// The expression that is reported as undefined: `brand.logo`.
fn undefined(detail: &str) -> Option<&str> {
    let end = detail.find("` is undefined")?;
    let start = detail[..end].rfind('`')? + 1;
    Some(&detail[start..end])
}

fn unknown<'a>(kind: &str, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(wrong, known).map(did_you_mean) {
        Some(hint) => format!("unknown {kind} `{wrong}`; {hint}"),
        None => format!("unknown {kind} `{wrong}`"),
    }
}
