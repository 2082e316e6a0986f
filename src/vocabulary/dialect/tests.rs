//! How placeholder names are found, renamed and guessed.

use super::*;
use crate::Vocabulary;

#[test]
fn finds_names_in_every_spelling() {
    let vocabulary = Vocabulary::builtin();
    let autotask = vocabulary.dialect("autotask").unwrap();
    for (name, english) in [("Ticket: Nummer", "Ticket: Number"), ("Ticket: Número", "Ticket: Number")] {
        assert_eq!(autotask.placeholder(autotask.find(name).unwrap()).name, english);
    }
    assert_eq!(autotask.find_folded("ticket:  NUMBER").unwrap().1, "Ticket: Number");
    assert_eq!(autotask.token("ticket.id", "es"), Some("Ticket: Id."));
    assert!(autotask.find("Ticket: Nothing").is_none());
    let connectwise = vocabulary.dialect("connectwise").unwrap();
    assert!(connectwise.find("cf-12").is_some());
    assert!(connectwise.find("cf-x").is_none());
    assert_eq!(connectwise.find_folded("CF-12").unwrap().1, "cf-12");
}

#[test]
fn renames_terms_as_whole_words() {
    let mut vocabulary = Vocabulary::builtin().clone();
    vocabulary.rename_terms("autotask", &Map(vec![("Organization".to_owned(), "Company".to_owned())]));
    let autotask = vocabulary.dialect("autotask").unwrap();
    let known = autotask.find("Company: Name").unwrap();
    assert!(autotask.placeholder(known).use_instead.is_none());
    assert!(autotask.find("Organization: Name").is_none());
    assert_eq!(replace_words("Organizations of Organization", "Organization", "X"), "Organizations of X");
}

#[test]
fn an_entry_of_the_users_own_adds_to_what_is_known() {
    let mut vocabulary = Vocabulary::builtin().clone();
    let own_file = "id: connectwise\nplaceholders:\n  - { name: srnumber, sample: '77' }\n  - { name: ours }\n";
    vocabulary.add("ours.yaml", own_file).unwrap();
    let connectwise = vocabulary.dialect("connectwise").unwrap();
    assert_eq!(connectwise.token("ticket.id", "en"), Some("srnumber"));
    assert_eq!(connectwise.placeholder(connectwise.find("srnumber").unwrap()).sample.as_deref(), Some("77"));
    assert_eq!(connectwise.placeholder(connectwise.find("srnumber").unwrap()).kind, ValueKind::Number);
    assert!(connectwise.find("ours").is_some());
}

#[test]
fn a_name_that_does_not_exist_suggests_the_right_one() {
    let autotask = Vocabulary::builtin().dialect("autotask").unwrap();
    let known = autotask.find("Your Local Organization: Phone").unwrap();
    assert_eq!(
        autotask.placeholder(known).replacement("Your Local Organization: Phone").as_deref(),
        Some("Your Company: Phone")
    );
}
