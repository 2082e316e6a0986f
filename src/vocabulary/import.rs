//! Imports the placeholders of a user's own instance from a list that the PSA provides, as a vocabulary file for
//! `psalink.yaml`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use pest::Parser as _;
use serde::Serialize;

use crate::error::{Error, ErrorKind};
use crate::parse::grammar::{Macros, Rule};
use crate::vocabulary::Vocabulary;
use crate::yaml::without_bom;

/// A vocabulary file made from a PSA's own list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The file, in YAML.
    pub yaml: String,
    /// How many placeholders it contains.
    pub names: usize,
    /// How many of them psalink did not know.
    pub new: usize,
    /// The language of the names.
    pub language: String,
}

/// How a file written by an import begins; only such a file is overwritten.
pub const HEADER: &str = "# Written by `psalink tokens import";

#[derive(Serialize)]
struct VocabularyYaml<'a> {
    id: &'a str,
    complete: bool,
    sources: BTreeMap<&'static str, Title>,
    placeholders: Vec<PlaceholderYaml>,
}

#[derive(Serialize)]
struct Title {
    title: String,
}

#[derive(Debug, Serialize)]
struct PlaceholderYaml {
    name: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    translations: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    contexts: Vec<&'static str>,
    source: &'static str,
    confidence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// The flags of a ConnectWise email token, and the contexts that they stand for.
const FLAGS: [(&str, &str); 14] = [
    ("addressFlag", "address"),
    ("agreementFlag", "agreement"),
    ("companyFlag", "company"),
    ("configFlag", "configuration"),
    ("contactFlag", "contact"),
    ("invoiceFlag", "invoice"),
    ("portalPasswordFlag", "portal-password"),
    ("purchaseOrderFlag", "purchase-order"),
    ("purchaseOrderStatusFlag", "purchase-order-status"),
    ("rmaFlag", "rma"),
    ("salesFlag", "sales"),
    ("serviceFlag", "service"),
    ("tracksFlag", "tracks"),
    ("workflowFlag", "workflow"),
];

/// Reads the response of ConnectWise's `GET /system/emailTokens`: a list of objects with `token`, with or without
/// brackets. Flags become contexts.
///
/// # Errors
///
/// Anything other than such a list; the error names the row and the reason.
///
/// ```
/// let json = r#"[{ "id": 1, "token": "[srnumber]", "serviceFlag": true }]"#;
/// let import = psalink::vocabulary::import::connectwise("emailTokens.json", json)?;
/// assert!(import.yaml.contains("- name: srnumber"));
/// # Ok::<(), psalink::Error>(())
/// ```
pub fn connectwise(name: &str, json: &str) -> Result<Import, Error> {
    let wrong = |detail: String| Error::new(ErrorKind::Vocabulary, detail).at(name);
    let value: serde_json::Value =
        serde_json::from_str(without_bom(json)).map_err(|error| wrong(format!("this is not JSON: {error}")))?;
    let serde_json::Value::Array(rows) = value else {
        return Err(wrong(
            "this is not the list that `GET /system/emailTokens` gives: it should begin with `[`".into(),
        ));
    };
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut out: Vec<PlaceholderYaml> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let number = index + 1;
        let wrong = |reason: String| wrong(format!("row {number}: {reason}; nothing was imported"));
        let Some(fields) = row.as_object() else { return Err(wrong("it is not an object".to_owned())) };
        let token = match fields.get("token") {
            Some(serde_json::Value::String(token)) => token.trim(),
            Some(_) => return Err(wrong("its `token` is not text".to_owned())),
            None => return Err(wrong("it has no `token`".to_owned())),
        };
        let word = token.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(token);
        if !is_whole(Rule::word_name, word) {
            return Err(wrong(format!(
                "`{token}` is not a placeholder: it should be lowercase letters, digits, `-`, and `_` in brackets"
            )));
        }
        let mut contexts = Vec::new();
        for (flag, context) in FLAGS {
            match fields.get(flag) {
                Some(serde_json::Value::Bool(true)) => contexts.push(context),
                None | Some(serde_json::Value::Bool(false) | serde_json::Value::Null) => {}
                Some(_) => return Err(wrong(format!("its `{flag}` is not true or false"))),
            }
        }
        let note = match fields.get("description") {
            Some(serde_json::Value::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            None | Some(serde_json::Value::Null | serde_json::Value::String(_)) => None,
            Some(_) => return Err(wrong("its `description` is not text".to_owned())),
        };
        if let Some(first) = seen.insert(word.to_owned(), number) {
            return Err(wrong(format!("`[{word}]` is already in row {first}")));
        }
        out.push(PlaceholderYaml {
            name: word.to_owned(),
            translations: BTreeMap::new(),
            contexts,
            source: "instance",
            confidence: "configured",
            note,
        });
    }
    if out.is_empty() {
        return Err(wrong("the list is empty".to_owned()));
    }
    let title = "the email tokens of your own ConnectWise, GET /system/emailTokens";
    finish("connectwise", "en", title, "connectwise emailTokens.json", out)
}

/// Collects the names in the cells of Datto's spreadsheet of Autotask variables. Each cell comes with its place. Names
/// are recognized by their form, `[Set: Field]`, wherever they are.
///
/// # Errors
///
/// A cell that looks like a name but is not one, with its place; a spreadsheet without names.
pub fn autotask<'a>(
    name: &str,
    cells: impl IntoIterator<Item = (String, &'a str)>,
    vocabulary: &Vocabulary,
) -> Result<Import, Error> {
    let wrong = |detail: String| Error::new(ErrorKind::Vocabulary, detail).at(name);
    let mut names: Vec<String> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    for (place, cell) in cells {
        let cell = cell.trim();
        let mut rest = cell;
        let mut found = false;
        while let Some(open) = rest.find('[') {
            let Some(length) = rest[open..].find(']') else { break };
            let token = &rest[open..=open + length];
            rest = &rest[open + length + 1..];
            if is_whole(Rule::set_placeholder, token) {
                found = true;
                let token = &token[1..token.len() - 1];
                if seen.insert(token.to_owned()) {
                    names.push(token.to_owned());
                }
            }
        }
        // A cell that contains one name with a mistake that is easy to overlook.
        if !found && cell.starts_with('[') && cell.ends_with(']') && cell.contains(':') {
            return Err(wrong(format!(
                "{place}: `{cell}` looks like a variable, but is not written `[Set: Field]` with one colon and one \
                 space; nothing was imported"
            )));
        }
    }
    if names.is_empty() {
        return Err(wrong("it contains no variable of the form `[Set: Field]`".to_owned()));
    }
    let language = language(vocabulary, &names);
    let row = |name: String| {
        // A name in another language is used for all languages, since its English counterpart is not known.
        let translations = match &*language {
            "en" => BTreeMap::new(),
            other => BTreeMap::from([(other.to_owned(), name.clone())]),
        };
        PlaceholderYaml {
            name,
            translations,
            contexts: Vec::new(),
            source: "instance",
            confidence: "configured",
            note: None,
        }
    };
    let dialect = vocabulary.dialect("autotask");
    let is_translation = |name: &String| {
        let known = dialect.and_then(|dialect| Some(&dialect.placeholder(dialect.find(name)?).name));
        language != "en" && known.is_some_and(|known| known != name)
    };
    let rows = names.into_iter().filter(|name| !is_translation(name)).map(row).collect();
    finish("autotask", &language, "Datto's spreadsheet of Autotask variables", "autotask Variables.xlsx", rows)
}

/// The language of most of the names.
fn language(vocabulary: &Vocabulary, names: &[String]) -> String {
    let Some(dialect) = vocabulary.dialect("autotask") else { return "en".to_owned() };
    let mut counts = vec![0usize; dialect.languages.len()];
    for known in names.iter().filter_map(|name| dialect.find(name)).filter(|known| known.languages != u8::MAX) {
        for (bit, count) in counts.iter_mut().enumerate() {
            // Names that are the same in several languages tell nothing.
            *count += usize::from(known.languages == 1 << bit);
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    counts.iter().position(|&count| count == most).map_or("en", |index| &dialect.languages[index]).to_owned()
}

fn finish(id: &str, language: &str, title: &str, from: &str, rows: Vec<PlaceholderYaml>) -> Result<Import, Error> {
    let known = Vocabulary::builtin().dialect(id);
    let new = rows.iter().filter(|row| known.is_none_or(|dialect| dialect.find(&row.name).is_none())).count();
    let names = rows.len();
    let sources = BTreeMap::from([("instance", Title { title: title.to_owned() })]);
    let file = VocabularyYaml { id, complete: true, sources, placeholders: rows };
    let mut yaml = String::new();
    let _ = writeln!(yaml, "{HEADER} {from}`, which overwrites it; list it under `vocabulary` in psalink.yaml.");
    yaml.push_str(&serde_yaml::to_string(&file).map_err(|error| Error::new(ErrorKind::Vocabulary, error.to_string()))?);
    // The result must be readable again.
    Vocabulary::builtin().clone().add("the imported list", &yaml)?;
    Ok(Import { yaml, names, new, language: language.to_owned() })
}

fn is_whole(rule: Rule, text: &str) -> bool {
    Macros::parse(rule, text).is_ok_and(|pairs| pairs.as_str().len() == text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_an_instance_keep_what_is_known_of_them() {
        let json = r#"[
            { "id": 1, "token": "[srnumber]", "description": "Ticket #", "serviceFlag": true, "workflowFlag": true },
            { "id": 2, "token": "ourtoken", "serviceFlag": false, "invoiceFlag": true }
        ]"#;
        let import = connectwise("emailTokens.json", json).unwrap();
        assert_eq!((import.names, import.new), (2, 1));
        assert!(import.yaml.starts_with(HEADER), "{}", import.yaml);
        let mut vocabulary = Vocabulary::builtin().clone();
        vocabulary.add("ours.yaml", &import.yaml).unwrap();
        let dialect = vocabulary.dialect("connectwise").unwrap();
        let ticket = dialect.placeholder(dialect.find("srnumber").unwrap());
        assert_eq!(ticket.contexts, ["service", "workflow"]);
        assert_eq!(ticket.kind, crate::vocabulary::ValueKind::Number);
        assert!(ticket.means.contains(&"ticket.id".to_owned()));
        assert_eq!(dialect.placeholder(dialect.find("ourtoken").unwrap()).contexts, ["invoice"]);
        assert!(dialect.is_complete_for("anything"));
    }

    #[test]
    fn malformed_lists_are_refused_with_the_row() {
        for (json, reason) in [
            ("{", "this is not JSON"),
            ("{}", "should begin with `[`"),
            ("[]", "the list is empty"),
            ("[1]", "row 1: it is not an object"),
            (r#"[{"token":"[ab]"},{"id":2}]"#, "row 2: it has no `token`"),
            (r#"[{"token":7}]"#, "row 1: its `token` is not text"),
            (r#"[{"token":"[Sr Number]"}]"#, "row 1: `[Sr Number]` is not a placeholder"),
            (r#"[{"token":"[ab]","serviceFlag":"yes"}]"#, "row 1: its `serviceFlag`"),
            (r#"[{"token":"[ab]"},{"token":"ab"}]"#, "row 2: `[ab]` is already in row 1"),
        ] {
            let error = connectwise("emailTokens.json", json).unwrap_err().to_string();
            assert!(error.starts_with("`emailTokens.json`: ") && error.contains(reason), "{error}");
        }
    }

    #[test]
    fn names_are_found_by_their_shape() {
        let vocabulary = Vocabulary::builtin();
        let cells = [
            ("Sheet1!A1".to_owned(), "Variable Set Name"),
            ("Sheet1!B2".to_owned(), " [Ticket: ID] "),
            ("Sheet1!B3".to_owned(), "as in [Ticket: Our Field (with link)] and [x]"),
            ("Sheet1!B4".to_owned(), "[Ticket: ID]"),
        ];
        let import = autotask("Variables_en.xlsx", cells, vocabulary).unwrap();
        assert_eq!((import.names, import.new, &*import.language), (2, 1, "en"));
        let wrong = [("Sheet1!B7".to_owned(), "[Ticket:ID]")];
        let error = autotask("v.xlsx", wrong, vocabulary).unwrap_err().to_string();
        assert!(error.contains("Sheet1!B7: `[Ticket:ID]`"), "{error}");
        assert!(autotask("v.xlsx", [("A1".to_owned(), "nothing")], vocabulary).is_err());
    }

    #[test]
    fn names_of_another_language_stay_in_it() {
        let vocabulary = Vocabulary::builtin();
        let cells = ["[Ticket: Nummer]", "[Ticket: Unser Feld]"].map(|cell| ("A1".to_owned(), cell));
        let import = autotask("Variables_de.xlsx", cells, vocabulary).unwrap();
        assert_eq!((import.names, &*import.language), (1, "de"));
        let mut extended = vocabulary.clone();
        extended.add("ours.yaml", &import.yaml).unwrap();
        let dialect = extended.dialect("autotask").unwrap();
        let known = dialect.find("Ticket: Unser Feld").unwrap();
        assert_ne!(known.languages & dialect.language_bit("de"), 0);
        assert_eq!(dialect.token("ticket.number", "de"), Some("Ticket: Nummer"));
    }
}
