//! What counts as settings at the top of a template, and where each of them is.

use super::*;

fn read(text: &str) -> Result<Option<FrontMatter>, Error> {
    FrontMatter::read(&Source::from_text("a.html", text, SourceKind::Html))
}

#[test]
fn a_subject_runs_to_the_end_of_its_line() {
    for (line, subject) in [
        ("subject: Ticket #[srnumber]: 'done' # really", "Ticket #[srnumber]: 'done' # really"),
        ("subject: [Ticket: Number] updated", "[Ticket: Number] updated"),
        ("subject: \"Quoted # [x]\" # a comment", "Quoted # [x]"),
        ("subject: 'It''s'", "It's"),
    ] {
        let text = format!("\u{feff}---\r\n{line}\r\naudience: internal\r\n---\r\n<p>");
        let settings = read(&text).unwrap().unwrap();
        assert_eq!(settings.subject.unwrap().0, subject);
        assert_eq!(settings.audience, Some(Audience::Internal));
        assert_eq!(&text[settings.span.end as usize..], "<p>");
    }
}

#[test]
fn what_is_not_front_matter_is_body() {
    for text in ["--- \nHello\n---\n", "---\nsubject: x\n", "----\nsubject: x\n---\n", "<p>", "", "---"] {
        assert_eq!(read(text).unwrap(), None, "{text}");
    }
}

#[test]
fn settings_that_are_not_read_are_noticed() {
    use UnreadReason::{NeverClosed, NotFirst, Second};
    let reason_of = |text: &str, kind| {
        let source = Source::from_text("a", text, kind);
        let settings = FrontMatter::read(&source).unwrap();
        unread(&source, settings.as_ref()).map(|unread| unread.reason)
    };
    for (text, html, plain) in [
        ("---\nsubject: x\n<p>", Some(NeverClosed(None)), Some(NeverClosed(None))),
        ("\u{feff}---\r\n\r\n# ours\r\ntext: |", Some(NeverClosed(None)), Some(NeverClosed(None))),
        (
            "---\nsubject: x\n ---\n<p>",
            Some(NeverClosed(Some(Span::new(15, 19)))),
            Some(NeverClosed(Some(Span::new(15, 19)))),
        ),
        (
            "---\nsubject: x\n----\n----",
            Some(NeverClosed(Some(Span::new(15, 19)))),
            Some(NeverClosed(Some(Span::new(15, 19)))),
        ),
        ("\n---\nsubject: x\n---\n", Some(NotFirst), Some(NotFirst)),
        (" ---\nsubject: x\n---\n", Some(NotFirst), Some(NotFirst)),
        ("<!-- psalink: allow x -->\n<!-- -->\n---\nlayout: x\n---\n", Some(NotFirst), None),
        ("\n---\nsubject: x\nHello", Some(NeverClosed(None)), None),
        ("---\nsubject: x\n---\n---\nlayout: x\n", Some(NeverClosed(None)), Some(NeverClosed(None))),
        ("---\nsubject: x\n---\n\n---\nlayout: x\n---\n", Some(Second), Some(Second)),
        ("---\nsubject: x\n---\n<p>", None, None),
        ("---\nHello\nsubject: x\n", None, None),
        ("---\nSubject: x\nFrom: y\n", None, None),
        ("---\nticket: x\n", None, None),
        ("----------\nsubject: x\n", None, None),
        ("Hello\n---\nsubject: x\n---\n", None, None),
        ("---", None, None),
        ("<!--\n---\nsubject: x\n---\n", None, None),
    ] {
        assert_eq!(reason_of(text, SourceKind::Html), html, "{text}");
        assert_eq!(reason_of(text, SourceKind::Text), plain, "{text}");
        assert_eq!(reason_of(text, SourceKind::Subject), None, "{text}");
    }
}

#[test]
fn a_text_body_is_a_block() {
    let text = "---\ntext: |\n  Hello,\n    see [dd:ticket]\n\n  Bye\nsubject: x\n---\n<p>";
    let source = Source::from_text("a.html", text, SourceKind::Html);
    let settings = FrontMatter::read(&source).unwrap().unwrap();
    assert_eq!(settings.text_body(&source).unwrap(), "Hello,\n  see [dd:ticket]\n\nBye\n");
    for text in ["Hello", "Hello [Contact: First Name], a: b", "", "\n  Hello: you, a: b", "# ours\n  a"] {
        let read = read(&format!("---\nsubject: x\ntext: {text}\n---\n"));
        match text {
            "" => assert_eq!(read.unwrap().unwrap().text, None),
            _ => {
                let error = read.unwrap_err().to_string();
                assert!(error.contains("line 3") && error.contains("`text: |`"), "{error}");
            }
        }
    }
}

#[test]
fn the_dialect_has_a_place() {
    for (line, place) in [
        ("dialect: autotask", Some(9)),
        ("dialect:   'autotask' # of old", Some(12)),
        ("dialect: \"autotask\"", Some(10)),
        ("subject: dialect: x\r\ndialect: autotask  ", Some(30)),
        ("dialect:\n  autotask", None),
        ("subject: x\n\"dialect\": autotask", Some(22)),
        ("subject: x\n'dialect' :  \"autotask\" # ours", Some(25)),
        ("{ dialect: autotask }", None),
    ] {
        let text = format!("\u{feff}---\r\n# Settings\n{line}\r\n---\r\n<p>");
        let settings = read(&text).unwrap().unwrap();
        assert_eq!(settings.dialect.as_deref(), Some("autotask"), "{line}");
        let place = place.map(|at| Span::new(at + 19, at + 27));
        assert_eq!(settings.dialect_span, place, "{line}");
    }
}

#[test]
fn a_text_that_is_not_a_block_is_found_however_its_key_is_written() {
    for (rows, line, column) in [
        ("#\ndialect: connectwise\n\"text\": hello", 4, 1),
        ("#\ndialect: connectwise\ntext: hello", 4, 1),
        ("dialect: connectwise\n\n# long above: x\n'text' : hello: a, b", 5, 1),
        ("context: new\n? text\n: hello", 3, 3),
        ("{text: hello}", 2, 2),
        ("{ audience: customer, \"text\": hello }", 2, 23),
        ("{ audience: customer,\n  text: hello }", 3, 3),
        ("context: é\n\"text\": >\n  a", 3, 1),
        ("# a\u{2028}b\u{85}\ncontext: x\n\"text\": a", 4, 1),
        ("context: x\n\"text\": &a |\n  a", 3, 1),
        ("context: x\nsubject: y\n\"subject\": z", 4, 1),
        ("context: x\n\"context\": z", 3, 1),
    ] {
        for (bom, end) in [("", "\n"), ("\u{feff}", "\r\n"), ("", "\r")] {
            let text = format!("{bom}---\n{rows}\n---\n<p>").replace('\n', end);
            let error = read(&text).unwrap_err();
            assert_eq!(error.place(), Some((line, column)), "{text:?}: {error}");
        }
    }
}

#[test]
fn a_key_may_be_in_quotes_or_before_a_space() {
    for (row, subject) in [
        ("\"subject\": Ticket #[srnumber]: done", "Ticket #[srnumber]: done"),
        ("'subject' : [srnumber] # really", "[srnumber] # really"),
        ("subject : \"a # b\" # c", "a # b"),
        ("{subject: 'a, b'}", "a, b"),
        ("{ dialect: autotask, \"subject\": a b }", "a b"),
    ] {
        let text = format!("---\r\n# ours\r\n{row}\r\n---\r\n<p>");
        let source = Source::from_text("a.html", &text, SourceKind::Html);
        let (read, span) = FrontMatter::read(&source).unwrap().unwrap().subject.unwrap();
        assert_eq!(read, subject);
        assert!(source.text(span).contains(subject), "{row}: {}", source.text(span));
    }
    let text = "---\n\"text\": |\n  Hello\n'dialect': autotask\n---\n<p>";
    let source = Source::from_text("a.html", text, SourceKind::Html);
    let settings = FrontMatter::read(&source).unwrap().unwrap();
    assert_eq!(settings.text_body(&source).as_deref(), Some("Hello\n"));
    // A message may begin with a line of dashes, followed by any words.
    for text in [
        "---\n\"Hello\": he said\n---\n",
        "---\nhello : x\n---\n",
        "---\n{hello: x}\n---\n",
        "---\n\"subject': x\n---\n",
        "---\n{{subject: x}}\n---\n",
    ] {
        assert_eq!(read(text).unwrap(), None, "{text}");
    }
}

#[test]
fn a_key_may_have_its_value_below() {
    let text = "---\n? subject\n: Ticket [srnumber]\n---\n<p>";
    let source = Source::from_text("a.html", text, SourceKind::Html);
    let (subject, span) = FrontMatter::read(&source).unwrap().unwrap().subject.unwrap();
    assert_eq!((&*subject, &*source.text(span)), ("Ticket [srnumber]", "Ticket [srnumber]"));
    let error = read("---\n? text\n: |\n  Hello\n---\n<p>").unwrap_err().to_string();
    assert!(error.contains("`text: |`"), "{error}");
}

#[test]
fn settings_of_another_program_have_many_forms() {
    for (text, reason) in [
        ("---\n? title\n: x\n\"bodyClass\": y\n---\n<p>", UnreadReason::Foreign),
        ("---\n{\n  \"title\": \"x\"\n}\n---\n<p>", UnreadReason::Foreign),
        ("\u{feff}+++\r\ntitle = \"x\"\r\n[extra]\r\n+++\r\n<p>", UnreadReason::Foreign),
        ("---\nTitle: x\n...\n<p>", UnreadReason::Foreign),
        ("---\nSubject: x\ndialect: connectwise\n---\n<p>", UnreadReason::Capital),
        ("---\n\"TEXT\": x\n---\n<p>", UnreadReason::Capital),
    ] {
        assert_eq!(read(text).unwrap(), None, "{text}");
        let source = Source::from_text("a.html", text, SourceKind::Html);
        assert_eq!(unread(&source, None).unwrap().reason, reason, "{text}");
    }
    for text in [
        "---\n<p>title: x</p>\n---\n",
        "+++\n<p>a = b</p>\n+++\n",
        "+++\nnothing\n+++\n",
        "---\nhttps://www.example.com/\n---\n",
        "---\ntwo words: x\n---\n",
        "---\nTitle: x\n<p>\n---\n",
    ] {
        let source = Source::from_text("a.html", text, SourceKind::Html);
        assert_eq!(unread(&source, None), None, "{text}");
    }
}

#[test]
fn settings_of_another_program_are_text() {
    for text in ["---\ntitle: x\n---\n<p>", "---\n# c\nbodyClass: y\ntags:\n  - a\n---\n<p>"] {
        assert_eq!(read(text).unwrap(), None, "{text}");
        let source = Source::from_text("a.html", text, SourceKind::Html);
        assert_eq!(unread(&source, None).unwrap().reason, UnreadReason::Foreign, "{text}");
    }
    for text in ["---\nsubject: x\ntitle: y\n---\n<p>", "---\nsubjct: x\n---\n<p>"] {
        assert!(read(text).unwrap_err().to_string().contains("unknown key"), "{text}");
    }
}

#[test]
fn a_subject_is_on_one_line() {
    for mark in [">", "|", ">-", "|+", "|2"] {
        let error = read(&format!("---\nsubject: {mark}\n  x\n---\n")).unwrap_err().to_string();
        assert_eq!(
            error,
            "`a.html` line 2, column 1: a subject is one line; write it after `subject:`, without `>` or `|`"
        );
    }
    assert_eq!(read("---\nsubject: > 5\n---\n").unwrap().unwrap().subject.unwrap().0, "> 5");
}

#[test]
fn a_second_subject_is_refused() {
    let error = read("---\nsubject: a\naudience: internal\nsubject: 'b'\n---\n").unwrap_err().to_string();
    assert_eq!(error, "`a.html` line 4, column 1: duplicate key `subject`");
}

#[test]
fn mistakes_are_reported_with_their_line() {
    let error = read("---\nsubject: x\naudiense: internal\n---\n").unwrap_err().to_string();
    assert_eq!(error, "`a.html` line 3, column 1: unknown key `audiense`; did you mean `audience`?");
}
