//! What the shipped vocabularies contain, read through the public API, and what is refused in a vocabulary file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use psalink::document::Flaw;
use psalink::vocabulary::{
    Confidence, Dialect, Gateway, GatewayForm, Known, ParamKind, Placeholder, Shape, Target, ValueKind,
};
use psalink::{Parser, Vocabulary};

fn dialect(id: &str) -> &'static Dialect {
    Vocabulary::builtin().dialect(id).unwrap()
}

fn target() -> &'static Target {
    Vocabulary::builtin().target("dd").unwrap()
}

/// Every way to write a placeholder: the language and the name, with the holes of patterns filled in.
fn names(placeholder: &Placeholder) -> Vec<(String, String)> {
    let fill = |name: &str| name.replace("{n}", "12").replace("{field}", "Some Field");
    std::iter::once(("en".to_owned(), fill(&placeholder.name)))
        .chain(placeholder.translations.iter().map(|(language, name)| (language.to_owned(), fill(name))))
        .collect()
}

fn exists(placeholder: &&Placeholder) -> bool {
    placeholder.use_instead.is_none()
}

#[test]
fn two_dialects_and_one_target_ship() {
    let ids: Vec<&str> = Vocabulary::builtin().dialects().iter().map(|dialect| dialect.id.as_str()).collect();
    assert_eq!(ids, ["connectwise", "autotask"]);
    assert_eq!(Vocabulary::builtin().targets().len(), 1);
    let (connectwise, autotask) = (dialect("connectwise"), dialect("autotask"));
    assert_eq!((connectwise.shape, &*connectwise.languages), (Shape::Word, &["en".to_owned()][..]));
    assert_eq!(autotask.shape, Shape::Set);
    assert_eq!(autotask.languages, ["en", "de", "es"]);
    let real = |dialect: &Dialect| dialect.placeholders().iter().filter(exists).count();
    assert!(real(autotask) >= 1000, "{} Autotask names", real(autotask));
    assert!(real(connectwise) >= 17, "{} ConnectWise names", real(connectwise));
}

#[test]
fn every_placeholder_is_named_once_and_has_a_source() {
    for dialect in Vocabulary::builtin().dialects() {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for placeholder in dialect.placeholders() {
            let name = &placeholder.name;
            assert!(seen.insert(name), "{name} occurs twice in {}", dialect.id);
            assert_eq!(name.trim(), name);
            assert!(dialect.sources.get(&placeholder.source).is_some(), "{name}: source {}", placeholder.source);
            assert_ne!(placeholder.confidence, Confidence::Configured, "{name}");
            for (language, translation) in placeholder.translations.iter() {
                assert!(dialect.languages[1..].iter().any(|known| known == language), "{name}: language {language}");
                assert_eq!(translation.trim(), translation);
            }
        }
        for (key, source) in dialect.sources.iter() {
            assert!(!source.title.is_empty(), "{key}");
            assert!(source.url.as_deref().is_none_or(|url| url.starts_with("https://")), "{key}");
            let is_used = dialect.placeholders().iter().any(|placeholder| placeholder.source == key)
                || dialect.behavior.sources().any(|source| source == key);
            assert!(is_used, "nothing comes from the source {key}");
        }
    }
}

#[test]
fn a_spelling_is_one_placeholder_in_every_language() {
    for dialect in Vocabulary::builtin().dialects() {
        let mut owners: BTreeMap<(String, String), &str> = BTreeMap::new();
        for placeholder in dialect.placeholders().iter().filter(exists).filter(|placeholder| !placeholder.is_pattern())
        {
            for (language, name) in names(placeholder) {
                let owner = owners.insert((language.clone(), name.clone()), &placeholder.name);
                assert!(owner.is_none(), "`{name}` ({language}) is both {owner:?} and {}", placeholder.name);
                let known = dialect.find(&name).unwrap();
                assert_eq!(dialect.placeholder(known).name, placeholder.name, "looked up `{name}`");
                assert_ne!(known.languages & dialect.language_bit(&language), 0, "`{name}` is {language}");
            }
        }
    }
}

#[test]
fn every_name_is_a_placeholder_without_flaws() {
    let vocabulary = Vocabulary::builtin();
    let parser = Parser::new(vocabulary);
    let mut wrong = String::new();
    for (index, dialect) in vocabulary.dialects().iter().enumerate() {
        for placeholder in dialect.placeholders() {
            for (language, name) in names(placeholder) {
                let written = format!("[{name}]");
                match parser.spelling(&written) {
                    Some(spelling)
                        if spelling.flaws.is_empty() && spelling.name == name && spelling.shape == dialect.shape =>
                    {
                        let known = spelling.known_in(index).map(|known| dialect.placeholder(known).name.as_str());
                        if known != Some(&placeholder.name) {
                            let _ = writeln!(wrong, "{written} ({language}) is taken for {known:?}");
                        }
                    }
                    other => {
                        let _ = writeln!(wrong, "{written} ({language}) reads as {other:?}");
                    }
                }
                // psalink looks no further than this for a closing bracket.
                if written.len() > 98 {
                    let _ = writeln!(wrong, "{written} is too long");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn slips_of_the_keyboard_lead_to_the_right_name() {
    let parser = Parser::new(Vocabulary::builtin());
    for (written, name, flaws) in [
        ("[SRNumber]", "srnumber", &[Flaw::WrongCase][..]),
        ("[ srnumber ]", "srnumber", &[Flaw::Spaces]),
        ("[ticket: id]", "Ticket: ID", &[Flaw::WrongCase]),
        ("[Ticket:ID]", "Ticket: ID", &[Flaw::Spaces]),
        ("[Ticket: Numero]", "", &[]),
        ("[Ticket:%20Nummer]", "Ticket: Nummer", &[Flaw::PercentEncoded]),
        ("[Ticket:%20N%C3%BAmero]", "Ticket: Número", &[Flaw::PercentEncoded]),
        ("[Ticket: N&uacute;mero]", "Ticket: Número", &[Flaw::CharacterReferences]),
        ("[CF-7]", "cf-7", &[Flaw::WrongCase]),
    ] {
        let spelling = parser.spelling(written).filter(|spelling| !spelling.known.is_empty());
        let found = spelling.as_ref().map_or(("", &[][..]), |spelling| (spelling.name.as_str(), &spelling.flaws));
        assert_eq!(found, (name, flaws), "{written}");
    }
}

/// Every possible typo in one letter: two swapped, one dropped, one doubled, one replaced with a neighboring key.
fn slips(name: &str) -> Vec<String> {
    const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let characters: Vec<char> = name.chars().collect();
    let mut slips = Vec::new();
    for (index, character) in characters.iter().enumerate().filter(|(_, character)| character.is_ascii_alphabetic()) {
        let mut with = |range: std::ops::Range<usize>, new: &[char]| {
            slips.push([&characters[..range.start], new, &characters[range.end..]].concat().iter().collect::<String>());
        };
        with(index..index + 1, &[]);
        with(index..index + 1, &[*character, character.to_ascii_lowercase()]);
        if let Some(next) = characters.get(index + 1).filter(|next| next.is_alphabetic()) {
            with(index..index + 2, &[*next, *character]);
        }
        let row = KEYS.iter().find_map(|row| Some((row, row.find(character.to_ascii_lowercase())?)));
        if let Some((row, at)) = row {
            let key = row.chars().nth(at + 1).unwrap_or_else(|| row.chars().nth(at - 1).unwrap());
            with(index..index + 1, &[if character.is_uppercase() { key.to_ascii_uppercase() } else { key }]);
        }
    }
    slips
}

#[test]
fn a_misspelt_name_leads_to_the_right_one() {
    for dialect in Vocabulary::builtin().dialects() {
        let names = dialect.placeholders().iter().filter(exists).filter(|placeholder| !placeholder.is_pattern());
        let slips = names
            .flat_map(|placeholder| slips(&placeholder.name).into_iter().map(|slip| (placeholder.name.as_str(), slip)));
        // A sample of the long list, so that the test stays fast.
        let step = if dialect.placeholders().len() > 100 { 131 } else { 1 };
        let (mut right, mut all, mut wrong) = (0, 0, String::new());
        for (name, slip) in slips.step_by(step).filter(|(_, slip)| dialect.find_folded(slip).is_none()) {
            all += 1;
            match dialect.nearest(&slip, "en") {
                Some(near) if near.name == name => right += 1,
                other => {
                    let _ = writeln!(wrong, "{slip}: {:?}, not {name}", other.map(|near| near.name));
                }
            }
        }
        assert!(all >= 500 && right * 100 >= all * 95, "{}: {right} of {all}\n{wrong}", dialect.id);
    }
}

#[test]
fn a_different_name_is_not_a_misspelled_one() {
    let connectwise = dialect("connectwise");
    for name in ["contactlastname", "contactemail2", "memberlastname", "companyname", "username", "orgname", "x", ""] {
        assert_eq!(connectwise.nearest(name, "en"), None, "{name}");
    }
    assert_eq!(connectwise.nearest("cf12", "en").unwrap().name, "cf-12");
    let autotask = dialect("autotask");
    for name in ["Note: please read", "Important: read this", "Test: ID", "Queue: second", "Tickets: 12", "Ticket"] {
        assert_eq!(autotask.nearest(name, "en"), None, "{name}");
    }
    assert_eq!(autotask.nearest("Ticket: Numer", "de").unwrap().name, "Ticket: Nummer");
}

#[test]
fn a_meaning_gives_the_right_name() {
    let mut wrong = String::new();
    for (meaning, connectwise, en, de, es) in [
        ("ticket.id", "srnumber", "Ticket: ID", "Ticket: ID", "Ticket: Id."),
        ("ticket.number", "srnumber", "Ticket: Number", "Ticket: Nummer", "Ticket: Número"),
        ("ticket.title", "", "Ticket: Title", "Ticket: Titel", "Ticket: Título"),
        ("contact.id", "contactrecordid", "Contact: ID", "Kontakt: ID", "Contacto: Id."),
        (
            "contact.first_name",
            "contactfirstname",
            "Contact: First Name",
            "Kontakt: Vorname",
            "Contacto: Nombre de pila",
        ),
        ("no.such_meaning", "", "", "", ""),
    ] {
        let expected = [
            ("connectwise", "en", connectwise),
            ("autotask", "en", en),
            ("autotask", "de", de),
            ("autotask", "es", es),
        ];
        for (id, language, name) in expected {
            let found = dialect(id).token(meaning, language).unwrap_or_default();
            if found != name {
                let _ = writeln!(wrong, "{meaning} in {id}, {language}: `{found}`, not `{name}`");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_two_placeholders_have_one_meaning() {
    for dialect in Vocabulary::builtin().dialects() {
        let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
        for placeholder in dialect.placeholders() {
            let name = placeholder.name.as_str();
            assert!(exists(&placeholder) || placeholder.means.is_empty(), "{name} does not exist and means nothing");
            for meaning in &placeholder.means {
                assert!(
                    meaning.contains('.')
                        && meaning.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte)),
                    "{name}: {meaning}"
                );
                let owner = owners.insert(meaning, name);
                assert!(owner.is_none(), "{meaning} is {owner:?} and {name} in {}", dialect.id);
                // A whole link cannot replace a number or a text in the other dialect.
                assert_ne!(placeholder.kind, ValueKind::HtmlLink, "{name} means {meaning}");
            }
        }
        assert!(owners.contains_key("ticket.id") && owners.contains_key("ticket.number"));
    }
}

#[test]
fn only_the_ticket_of_the_mail_is_identified() {
    let identify = |dialect: &Dialect| -> BTreeSet<String> {
        let all = dialect.placeholders().iter().enumerate();
        let known = |index: usize| Known { placeholder: index as u32, languages: u8::MAX };
        all.filter(|(index, _)| dialect.identifies_ticket(known(*index)))
            .flat_map(|(_, row)| names(row))
            .map(|row| row.1)
            .collect()
    };
    assert_eq!(identify(dialect("connectwise")).into_iter().collect::<Vec<_>>(), ["srnumber"]);
    assert_eq!(
        identify(dialect("autotask")).into_iter().collect::<Vec<_>>(),
        ["Ticket: ID", "Ticket: Id.", "Ticket: Number", "Ticket: Nummer", "Ticket: Número"]
    );
}

#[test]
fn a_name_that_does_not_exist_points_to_one_that_does() {
    for dialect in Vocabulary::builtin().dialects() {
        for placeholder in dialect.placeholders().iter().filter(|placeholder| placeholder.use_instead.is_some()) {
            for (_, name) in names(placeholder) {
                let right = placeholder.replacement(&name).unwrap();
                assert_ne!(right, name);
                assert!(!right.contains(['{', '}', '[', ']']), "{name} -> {right}");
                if placeholder.is_pattern() {
                    continue; // it does not matter here which fields there are
                }
                let known = dialect.find(&right).unwrap_or_else(|| panic!("{name}: `{right}` does not exist either"));
                assert!(exists(&dialect.placeholder(known)), "{name}: `{right}` does not exist either");
            }
        }
    }
    let autotask = dialect("autotask");
    let missing = autotask.placeholders().iter().filter(|placeholder| placeholder.use_instead.is_some()).count();
    assert!(missing >= 5, "{missing} names known not to exist");
    let known = autotask.find("Ticket: Ticket Number").unwrap();
    assert_eq!(autotask.placeholder(known).replacement("Ticket: Ticket Number").as_deref(), Some("Ticket: Number"));
}

#[test]
fn what_brings_a_link_of_its_own_is_marked() {
    let mut links = 0;
    for placeholder in dialect("autotask").placeholders().iter().filter(exists) {
        let name = placeholder.name.to_lowercase();
        let is_link =
            name.contains("link)") || name.contains("(with link") || name.contains("service thermometer link");
        if is_link {
            links += 1;
            assert_eq!(placeholder.kind, ValueKind::HtmlLink, "{name}");
        }
        if placeholder.kind == ValueKind::HtmlLink {
            assert!(is_link, "{name} is no link");
        }
    }
    assert!(links >= 40, "{links} names that bring a link");
    let kind = |name: &str| dialect("autotask").placeholder(dialect("autotask").find(name).unwrap()).kind;
    for (name, expected) in [
        ("Ticket: ID", ValueKind::Id),
        ("Ticket: Number", ValueKind::Number),
        ("Ticket: Number (with link)", ValueKind::HtmlLink),
        ("Ticket: Client Portal Link", ValueKind::Url),
        ("Ticket: Description", ValueKind::Html),
        ("Ticket: Description (plain text)", ValueKind::Text),
        ("Ticket: Create Date/Time", ValueKind::Date),
        ("Ticket: External (Legacy) Ticket ID", ValueKind::Text),
        ("Ticket: History (with formatting)", ValueKind::Html),
        ("Contact: Email Address", ValueKind::Email),
    ] {
        assert_eq!(kind(name), expected, "{name}");
    }
}

// --- The target

/// Key, name, required parameters, optional parameters, whether the name is a guess.
type CommandRow = (&'static str, &'static str, &'static [&'static str], &'static [&'static str], bool);

#[test]
fn every_command_is_as_documented() {
    let expected: &[CommandRow] = &[
        ("ticket", "ticket", &["ticket_id"], &["action"], false),
        ("ticket_list", "ticket_list", &[], &["state"], false),
        ("support_options", "support_options", &[], &[], false),
        ("pre_ticket_chat", "pre_ticket_chat", &[], &[], false),
        ("request_types", "request_types", &[], &[], false),
        ("request_type", "request_type", &["type_id"], &[], false),
        ("notifications", "notifications", &[], &[], false),
        ("content_page", "content_page", &["page_id"], &[], true),
        ("menu_item", "menu_item", &["menu_id"], &[], true),
        ("survey", "survey", &["survey_id", "campaign_id"], &[], false),
        ("login", "login", &[], &[], false),
        ("invoices", "invoices", &[], &[], true),
        ("invoice", "invoice", &["invoice_id"], &[], true),
        ("quotes", "quotes", &[], &[], true),
        ("quote", "quote", &["quote_id"], &[], true),
    ];
    let keys: Vec<&str> = target().commands.iter().map(|command| command.key.as_str()).collect();
    assert_eq!(keys, expected.iter().map(|command| command.0).collect::<Vec<_>>());
    for (key, name, required, optional, assumed) in expected {
        let command = target().command(key).unwrap();
        let params = |wanted: bool| -> Vec<&str> {
            command.params.iter().filter(|param| param.required == wanted).map(|param| param.name.as_str()).collect()
        };
        assert_eq!(
            (&*command.name, params(true), params(false)),
            (*name, required.to_vec(), optional.to_vec()),
            "{key}"
        );
        assert_eq!(command.confidence == Confidence::Assumed, *assumed, "{key}");
        assert_eq!(target().command_named(name).unwrap().key, *key);
        assert!(!command.text.is_empty());
        assert!(target().sources.get(&command.source).is_some(), "{key}: source {}", command.source);
        for param in &command.params {
            assert!(target().sources.get(&param.source).is_some(), "{key}: source {}", param.source);
            assert_eq!(param.kind == ParamKind::Choice, !param.values.is_empty(), "{key} {}", param.name);
            assert!(param.default.iter().chain(&param.automatic).all(|value| param.values.contains(value)));
            assert!(!param.secret, "{key} {}", param.name);
            // Both dialects know what fills it in.
            if let Some(meaning) = &param.means {
                for dialect in Vocabulary::builtin().dialects() {
                    for language in &dialect.languages {
                        assert!(dialect.token(meaning, language).is_some(), "{meaning} in {} {language}", dialect.id);
                    }
                }
            }
        }
    }
    let ticket = target().command("ticket").unwrap();
    assert_eq!(ticket.param("ticket_id").unwrap().means.as_deref(), Some("ticket.id"));
    let action = ticket.param("action").unwrap();
    let actions =
        ["chat", "close", "approve", "decline", "auto_approve", "auto_decline", "reopen", "flag", "fasttrack", "forms"];
    assert_eq!(action.values, actions);
    assert_eq!(action.automatic, ["auto_approve", "auto_decline"]);
    let state = target().command("ticket_list").unwrap().param("state").unwrap();
    assert_eq!(
        (&*state.values, state.default.as_deref()),
        (&["open", "closed", "approval"].map(str::to_owned)[..], Some("open"))
    );
    let means: Vec<_> = target()
        .commands
        .iter()
        .flat_map(|command| &command.params)
        .filter(|command| command.means.is_some())
        .collect();
    assert_eq!(means.len(), 1, "only the ticket's number can be filled in");
}

#[test]
fn links_hosts_and_old_forms_are_as_documented() {
    let target = target();
    assert_eq!(target.host_of("acme"), "acme.deskdirector.com");
    assert_eq!(target.host_suffix, "deskdirector.com");
    assert_eq!((target.web_path(), target.desktop_scheme()), ("/portal/deeplink", "ddportal"));
    assert_eq!(target.web_link("h.example", "name=login"), "https://h.example/portal/deeplink?name=login");
    assert_eq!(target.desktop_link("name=login"), "ddportal://name=login");
    for unfilled in ["[your-subdomain]", "your-subdomain", "yoursubdomain", "{{yourSubdomain}}", "xxx"] {
        assert!(target.unfilled_hosts.iter().any(|known| known == unfilled), "{unfilled}");
    }
    assert_eq!(target.magic, Some(("gtoken".to_owned(), "ticketid".to_owned())));
    let retired: Vec<_> = target
        .retired
        .iter()
        .map(|form| (form.word.as_str(), form.has_value, form.becomes.as_deref(), form.value.as_deref()))
        .collect();
    assert_eq!(
        retired,
        [
            ("ticketid", true, Some("ticket"), Some("ticket_id")),
            ("mytickets", false, Some("ticket_list"), None),
            ("requestsupport", false, Some("support_options"), None),
            ("learningid", true, None, None),
            ("invoiceid", true, None, None),
            ("recommendationid", true, None, None),
        ]
    );
    for form in &target.retired {
        let command = form.becomes.as_ref().map(|key| target.command(key).unwrap());
        assert!(
            command.is_none_or(|command| command.confidence != Confidence::Assumed),
            "{} becomes a guess",
            form.word
        );
        assert!(form.value.as_ref().is_none_or(|name| command.unwrap().param(name).is_some()), "{}", form.word);
        assert!(command.is_some() || form.note.is_some(), "{}: say why nothing takes its place", form.word);
    }
    let auth: Vec<_> = target.auth.iter().map(|param| (param.name.as_str(), param.secret)).collect();
    assert_eq!(
        auth,
        [
            ("auth_username", false),
            ("auth_password", true),
            ("auth_token", true),
            ("access_token", true),
            ("auth_remember_me", false)
        ]
    );
}

#[test]
fn every_gateway_says_how_it_wraps() {
    let mut hints = BTreeSet::new();
    for gateway in Gateway::builtin() {
        let mut places = gateway.hosts.iter().chain(&gateway.paths);
        let has_hint = match gateway.hosts.as_slice() {
            [] => places.any(|place| place.contains(&gateway.hint)),
            hosts => {
                hosts.iter().all(|host| host.contains(&gateway.hint))
                    || places.any(|place| place.contains(&gateway.hint))
            }
        };
        assert!(gateway.hint.len() >= 4 && has_hint, "{}", gateway.title);
        assert!(!gateway.source.is_empty() && gateway.confidence != Confidence::Configured, "{}", gateway.title);
        use GatewayForm::{Base64Parameter, HalfEncoded, ProofpointV2, RestOfQuery, UrlParameter};
        let has_params =
            [UrlParameter, HalfEncoded, RestOfQuery, Base64Parameter, ProofpointV2].contains(&gateway.form);
        assert_eq!(!gateway.params.is_empty(), has_params, "{}", gateway.title);
        hints.insert(&gateway.hint);
    }
    for host in ["eur01.safelinks.protection.outlook.com", "urldefense.com", "urldefense.proofpoint.com"] {
        assert!(Gateway::builtin().iter().any(|gateway| gateway.has_host(host)), "{host}");
    }
    assert!(hints.len() >= 3);
}

// --- Files of the user

fn add(text: &str) -> Result<Vocabulary, String> {
    let mut vocabulary = Vocabulary::builtin().clone();
    vocabulary.add("ours.yaml", text).map(|()| vocabulary).map_err(|error| error.to_string())
}

#[test]
fn a_file_may_add_to_a_dialect() {
    let own_vocabulary =
        add("id: connectwise\nplaceholders:\n  - name: ourfield\n    means: [ours.field]\n    kind: id\n").unwrap();
    let connectwise = own_vocabulary.dialect("connectwise").unwrap();
    assert_eq!(connectwise.token("ours.field", "en"), Some("ourfield"));
    assert_eq!(connectwise.token("ticket.id", "en"), Some("srnumber"));
    assert_eq!(connectwise.placeholder(connectwise.find("ourfield").unwrap()).confidence, Confidence::Configured);
    assert!(Parser::new(&own_vocabulary).spelling("[ourfield]").is_some_and(|spelling| spelling.known.len() == 1));
    let own_vocabulary = add(
        "id: deskdirector\ncommands:\n  wiki: { name: wiki, text: Wiki, source: deep-linking, confidence: configured }\n",
    );
    assert!(own_vocabulary.unwrap().target("dd").unwrap().command("wiki").is_some());
    let own_vocabulary =
        add("id: halo\nshape: word\nplaceholders:\n  - name: faultid\n    means: [ticket.id]\n").unwrap();
    assert_eq!(own_vocabulary.dialects().len(), 3);
}

#[test]
fn a_wrong_file_is_refused_with_its_place_and_the_nearest_key() {
    let mut wrong = String::new();
    for (text, expected) in [
        ("id: connectwise\nplaceholder: []\n", &["line 2, column 1", "`placeholder`", "`placeholders`"][..]),
        ("id: connectwise\nplaceholders:\n  - nmae: x\n", &["line 3, column 5", "`nmae`", "`name`"]),
        (
            "id: connectwise\nplaceholders:\n  - name: x\n    kind: nubmer\n",
            &["line 4, column 11", "`nubmer`", "`number`"],
        ),
        ("id: connectwise\nplaceholders:\n  - name: x\n    name: y\n", &["line 4, column 5", "duplicate key `name`"]),
        ("id: connectwise\nid: autotask\n", &["line 2, column 1", "duplicate key `id`"]),
        ("id: connectwise\nplaceholders:\n  - name: x\n  - name: x\n", &["duplicate placeholder `[x]`"]),
        ("id: connectwise\nplaceholders: many\n", &["line 2, column 15", "placeholders", "list"]),
        ("id: connectwise\nplaceholders:\n  - name: [x]\n", &["line 3, column 11", "should be text"]),
        ("id: connectwise\nplaceholders:\n  - name: x\n    source: nowhere\n", &["`nowhere`"]),
        ("id: connectwise\nplaceholders:\n  - name: x\n    confidence: sure\n", &["line 4, column 17", "`sure`"]),
        ("id: connectwise\nplaceholders:\n  - kind: id\n", &["`name` or a `pattern`"]),
        ("id: connectwise\nplaceholders:\n  - pattern: \"cf-\"\n", &["`cf-`", "exactly once"]),
        ("id: connectwise\ncomplete: maybe\n", &["line 2, column 11", "maybe"]),
        (
            "id: autotask\nsets:\n  - name: Ours\n    source: deep-linking\n    confidence: documented\n    felds: [x]\n",
            &["line 6, column 5", "`felds`", "`fields`"],
        ),
        (
            "id: autotask\nplaceholders:\n  - name: \"A: B\"\n    translations: { de: \"A: B\", de: \"A: C\" }\n",
            &["duplicate key `de`"],
        ),
        ("id: new\nplaceholders: []\n", &["shape"]),
        ("placeholders: []\n", &["missing key `id`"]),
        ("id: deskdirector\ncommands:\n  wiki: { nam: wiki }\n", &["line 3, column 11", "`nam`", "`name`"]),
        ("id: deskdirector\ncommands:\n  wiki: { name: a, text: b, source: x, confidence: documented }\n", &["`x`"]),
        (
            "id: deskdirector\ncommands:\n  a: { name: a, text: b, source: deep-linking, confidence: documented }\n  a: { name: a, text: b, source: deep-linking, confidence: documented }\n",
            &["line 4, column 3", "duplicate key `a`"],
        ),
        (
            "id: deskdirector\ncommands:\n  a:\n    name: a\n    text: b\n    source: deep-linking\n    confidence: documented\n    params: { name: p }\n",
            &["line 8, column 13", "list"],
        ),
        ("id: new\nprefix: nw\n", &["`hosts`"]),
        ("id: [\n", &["line"]),
        ("", &["missing key `id`"]),
        ("- a\n- b\n", &["mapping"]),
    ] {
        match add(text) {
            Ok(_) => {
                let _ = writeln!(wrong, "taken:\n{text}");
            }
            Err(error) => {
                for part in expected.iter().chain(&["`ours.yaml`"]).filter(|part| !error.contains(**part)) {
                    let _ = writeln!(wrong, "`{error}` does not say {part} of\n{text}");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
