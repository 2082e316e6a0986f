//! Adds files to a dialect: the first file creates it, and the user's own files extend it.

use foldhash::{HashMap, HashSet, HashSetExt};

use super::Dialect;
use super::file::{DialectFile, KindRow, PlaceholderRow, SetRow};
use super::placeholder::{NamePattern, Placeholder, ValueKind};
use crate::error::{Error, ErrorKind};
use crate::vocabulary::fact::{CONFIGURED, Confidence};
use crate::yaml::Map;

impl Dialect {
    /// Adds the contents of a file.
    pub(in crate::vocabulary) fn extend(&mut self, file_name: &str, file: DialectFile) -> Result<(), Error> {
        self.sources.0.extend(file.sources.0);
        self.language_names.0.extend(file.language_names.0);
        if let Some(unknown) =
            file.behavior.sources().find(|source| self.sources.get(source).is_none() && *source != CONFIGURED)
        {
            let detail = format!("`behavior` names an unknown source `{unknown}`");
            return Err(Error::new(ErrorKind::Vocabulary, detail).at(file_name));
        }
        self.behavior.extend(file.behavior);
        self.terms.extend(file.terms);
        self.kinds.extend(file.kinds);
        if let Some(complete) = file.complete {
            self.complete = complete;
        }
        for (_, prefixes) in file.other_prefixes.0 {
            self.prefixes.extend(prefixes);
        }
        self.add_sets(file.sets)
            .and_then(|()| self.add_placeholders(file.placeholders))
            .map_err(|detail| Error::new(ErrorKind::Vocabulary, detail).at(file_name))?;
        self.index();
        Ok(())
    }

    /// Adds the fields of sets, of which only the names are known. The error says what is wrong with them.
    fn add_sets(&mut self, sets: Vec<SetRow>) -> Result<(), String> {
        let count: usize = sets.iter().map(|set| set.fields.len()).sum();
        let mut listed = HashSet::with_capacity(count);
        self.placeholders.reserve(count);
        for set in sets {
            if !self.sources.is_empty() && self.sources.get(&set.source).is_none() {
                return Err(format!("the set `{}` names an unknown source `{}`", set.name, set.source));
            }
            self.prefixes.insert(set.name.clone());
            self.prefixes.extend(set.translations.0.into_iter().map(|(_, name)| name));
            if set.complete {
                self.complete_sets.insert(set.name.clone());
            }
            for field in set.fields {
                let name = [set.name.as_str(), ": ", field.as_str()].concat();
                if !listed.insert(name.clone()) {
                    return Err(format!("duplicate placeholder `[{name}]`"));
                }
                self.placeholders.push(Placeholder {
                    kind: self.kind_of(&field),
                    name,
                    translations: Map::default(),
                    means: Vec::new(),
                    contexts: Vec::new(),
                    audience: None,
                    sample: None,
                    source: set.source.clone(),
                    confidence: set.confidence,
                    use_instead: None,
                    note: None,
                    pattern: None,
                });
            }
        }
        Ok(())
    }

    /// Adds placeholders with everything that a file says about them, merging those that already exist. The error says
    /// what is wrong with them.
    fn add_placeholders(&mut self, rows: Vec<PlaceholderRow>) -> Result<(), String> {
        let known = self.placeholders.iter().enumerate();
        let by_name: HashMap<String, usize> = known.map(|(index, known)| (known.name.clone(), index)).collect();
        let mut detailed = HashSet::with_capacity(rows.len());
        for row in rows {
            let (name, pattern) = name_of(row.name, row.pattern)?;
            if !detailed.insert(name.clone()) {
                return Err(format!("duplicate placeholder `[{name}]`"));
            }
            let source = row.source.unwrap_or_else(|| CONFIGURED.to_owned());
            if self.sources.get(&source).is_none() && source != CONFIGURED {
                return Err(format!("`[{name}]` names an unknown source `{source}`"));
            }
            let field = name.split_once(": ").map_or(name.as_str(), |(_, field)| field);
            let earlier = by_name.get(&name).copied();
            let kind_so_far = || earlier.map_or_else(|| self.kind_of(field), |index| self.placeholders[index].kind);
            let placeholder = Placeholder {
                kind: row.kind.unwrap_or_else(kind_so_far),
                translations: row.translations,
                means: row.means,
                contexts: row.contexts,
                audience: row.audience,
                sample: row.sample,
                source,
                confidence: row.confidence.unwrap_or(Confidence::Configured),
                use_instead: row.use_instead,
                note: row.note,
                pattern,
                name,
            };
            match earlier {
                Some(index) => self.placeholders[index].refine(placeholder),
                None => self.placeholders.push(placeholder),
            }
        }
        Ok(())
    }

    /// What a field contains, according to its name.
    fn kind_of(&self, field: &str) -> ValueKind {
        let fits = |row: &&KindRow| {
            row.starts_with.as_ref().is_none_or(|text| field.starts_with(text))
                && row.ends_with.as_ref().is_none_or(|text| field.ends_with(text))
                && row.contains.as_ref().is_none_or(|text| field.contains(text))
                && row.equals.as_ref().is_none_or(|text| field == text)
        };
        self.kinds.iter().find(fits).map_or(ValueKind::Text, |row| row.kind)
    }
}

/// The name of a placeholder, or the pattern of its family.
fn name_of(name: Option<String>, pattern: Option<String>) -> Result<(String, Option<NamePattern>), String> {
    match (name, pattern) {
        (Some(name), None) => Ok((name, None)),
        (None, Some(pattern)) => match NamePattern::new(&pattern) {
            Some(parsed) => Ok((pattern, Some(parsed))),
            None => Err(format!("the pattern `{pattern}` needs {{n}} or {{field}} exactly once")),
        },
        _ => Err("a placeholder has either a `name` or a `pattern`".to_owned()),
    }
}
