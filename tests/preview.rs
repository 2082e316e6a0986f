//! Previews as people make them: what is shown, where it goes, what is reported about links and values.

use std::path::Path;

use psalink::render::{LeftReason, render};
use psalink::session::Overrides;
use psalink::{Config, Session, Source, SourceKind, Template};

use crate::cli::Place;

const BODY: &str =
    "<p>Hello [contactfirstname], ticket [srnumber].</p>\r\n<p>[dd:ticket as=button text=\"Open é\"]</p>\n";

fn place() -> Place {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write("a.html", BODY);
    place
}

#[test]
fn one_mail_goes_to_the_standard_output() {
    let place = place();
    let ran = place.run("preview a.html");
    let html = String::from_utf8(ran.out).unwrap();
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(html.starts_with("<p>Hello Robin, ticket 148372.</p>\r\n"), "{html}");
    assert_eq!(html.matches("ticket_id=148372\"").count(), 2, "{html}");
    let ran = place.run("preview a.html --text --set ticket.id=42 --set contact.first_name=Zoë");
    let link = "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=42";
    assert_eq!(String::from_utf8(ran.out).unwrap(), format!("Hello Zoë, ticket 42.\n\nOpen é\n<{link}>\n"));
    let ran = place.run_with("preview - --text --stdin-filename a.txt", b"[srnumber]\n");
    assert_eq!((ran.code, ran.out.as_slice()), (Some(0), &b"148372\n"[..]), "{}", ran.err);
}

#[test]
fn companions_belong_to_their_body() {
    let place = place();
    place.write("a.txt", "Text of [srnumber]\n").write("a.subject.txt", "Ticket #[srnumber]\n");
    let ran = place.run("preview a.html --text");
    assert_eq!(String::from_utf8(ran.out).unwrap(), "Text of 148372\n");
    let eml = String::from_utf8(place.run("preview a.html --eml").out).unwrap();
    assert!(eml.contains("Subject: Ticket #148372\r\n") && eml.contains("Text of 148372"), "{eml}");
    let ran = place.run("preview . -o out");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.starts_with("1 message in `out`, all portal links are correct"), "{}", ran.err);
    let page = place.read("out/a.page.html");
    assert!(page.contains("<title>Ticket #148372</title>") && page.contains("Text of 148372"), "{page}");
    place.write("a.html", format!("---\nsubject: two\n---\n{BODY}"));
    let ran = place.run("preview a.html");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("its subject is both in the settings at its top and in `a.subject.txt`"), "{}", ran.err);
}

#[test]
fn several_mails_make_a_folder_of_pages() {
    let place = place();
    place.write("more/b.html", "<p>[srnumber] &amp; [contactfirstname]").write("c#1.txt", "[srnumber]");
    let ran = place.run("preview . --sample standard --sample markup -o out --text --eml");
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let files: Vec<String> = place.files().into_iter().filter(|file| file.starts_with("out")).collect();
    insta::assert_snapshot!(files.join("\n"));
    let index = place.read("out/index.html");
    assert!(index.contains("Preview of 6 messages") && index.contains("href=\"c%231.markup.page.html\""), "{index}");
    assert!(place.read("out/more-b.markup.mail.html").contains("&amp; R&amp;D &lt;ops&gt;"));
    // psalink may overwrite what it wrote, but not what someone else wrote.
    assert_eq!(place.run("preview . --sample standard --sample markup -o out").code, Some(0));
    // They are not templates.
    place.run("lint .").says("3 files checked");
    place.write("out/index.html", "<p>mine");
    let ran = place.run("preview . -o out");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("previews need their own folder"), "{}", ran.err);
    assert_eq!(place.read("out/index.html"), "<p>mine");
    let ran = place.run("preview .");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("`--open`"), "{}", ran.err);
}

#[test]
fn a_file_gets_what_its_name_says() {
    let place = place();
    for (args, file, start) in [
        ("a.html -o new/o.html", "new/o.html", "\u{feff}<p>Hello Robin"),
        ("a.html -o o.txt", "o.txt", "Hello Robin"),
        ("a.html -o o.eml", "o.eml", "From: "),
        ("a.html --eml -o o.mail", "o.mail", "From: "),
    ] {
        let ran = place.run(&format!("preview {args}"));
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(place.read(file).starts_with(start), "{}", place.read(file));
    }
    let ran = place.run("preview a.html -o a.html");
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("a preview never overwrites a template"), "{}", ran.err);
    assert_eq!(place.run("preview a.html -o -").code, Some(2));
    assert_eq!(place.read("a.html"), BODY);
    assert_eq!(place.run("preview a.html --open --sample none").code, Some(2));
}

#[test]
fn what_a_customer_would_stumble_over_is_reported() {
    let portal = "https://acme.deskdirector.com/portal/deeplink";
    for (body, code, expected) in [
        ("", 1, "the message is empty"),
        ("<p>[Ticket: Title]", 1, "`[Ticket: Title]` is not filled in"),
        ("<p>[Product Name]", 1, "`[Product Name]` is not filled in: it was meant to be replaced by hand"),
        ("<p>[contactfirstnam]", 1, "there is no placeholder with this name; did you mean `[contactfirstname]`?"),
        ("<p title='[srnumber]'>&nbsp;", 1, "the message is empty"),
        ("<p>[ourowntoken]", 0, "note: `a.html` with the sample `standard`: `[ourowntoken]` is not filled in"),
        ("<p>[dd:nothing]", 1, "`[dd:nothing]` is not filled in"),
        (
            &format!("<a href='{portal}?name=ticket'>x</a>"),
            1,
            "does not work: this link to `ticket` needs `ticket_id=`",
        ),
        ("<p>fine", 0, ""),
    ] {
        let place = place();
        place.write("a.html", body);
        let ran = place.run("preview a.html");
        assert_eq!(ran.code, Some(code), "{body}: {}", ran.err);
        assert!(ran.err.contains(expected), "{body}: {}", ran.err);
    }
}

#[test]
fn finished_mails_are_never_taken_for_previews() {
    let place = place();
    place.run("rewrite . -o out").code(0);
    let built = place.read("out/a.html");
    place.run("preview . -o out").code(2).says("previews need their own folder");
    assert_eq!(place.read("out/a.html"), built);
}

#[test]
fn every_mail_has_a_file_of_its_own() {
    let place = place();
    for name in
        ["index.html", "x.html", "x.page.html", "x.mail.html", "Re: your ticket.html", "a b/x.html", "a-b-x.html"]
    {
        place.write(name, format!("<p>{name}"));
    }
    place.run("preview . -o ../elsewhere/out").code(0);
    place.run("preview . -o out").code(0).says("8 messages in `out`");
    let mails: Vec<String> =
        place.files().into_iter().filter(|file| file.ends_with(".mail.html") && file.starts_with("out")).collect();
    let mut texts: Vec<String> = mails.iter().map(|file| place.read(file)).collect();
    texts.sort();
    texts.dedup();
    assert_eq!((mails.len(), texts.len()), (8, 8), "{mails:?}");
    let index = place.read("out/index.html");
    assert!(index.contains("href=\"Re%3A%20your%20ticket.page.html\""), "{index}");
}

#[test]
fn a_page_in_another_encoding_is_shown_right() {
    let place = place();
    place.write("w.html", b"<meta charset=windows-1252><p>Gr\xFC\xDFe [contactfirstname]");
    for (args, file) in [("-o w.out.html", "w.out.html"), ("-o pages --html", "pages/w.raw.html")] {
        place.run(&format!("preview w.html {args}")).code(0);
        assert!(place.read(file).starts_with("\u{feff}<meta charset=windows-1252><p>Grüße Robin"));
    }
    let page = place.read("pages/w.mail.html");
    assert!(page.starts_with("\u{feff}<meta charset=\"utf-8\">") && page.ends_with("<p>Grüße Robin"), "{page}");
    let out = String::from_utf8(place.run("preview w.html").out).unwrap();
    assert!(out.starts_with('\u{feff}') && out.contains("Grüße Robin"), "{out}");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_to_elsewhere() {
    let place = place();
    place.write("precious.txt", "mine").run("preview a.html -o out/").code(0);
    std::fs::remove_file(place.path("out/a.mail.html")).unwrap();
    std::os::unix::fs::symlink(place.path("precious.txt"), place.path("out/a.mail.html")).unwrap();
    place.run("preview a.html -o out/").code(2).says("a symbolic link that leads out of `out");
    place.write("mails/x", "");
    std::os::unix::fs::symlink(place.path("precious.txt"), place.path("mails/a.eml")).unwrap();
    place.run("send a.html --eml mails").code(2).says("a symbolic link that leads out of `mails");
    assert_eq!(place.read("precious.txt"), "mine");
    place.run("test a.html --accept").code(0);
    let record = "snapshots/a.connectwise.standard.snap";
    std::fs::remove_file(place.path(record)).unwrap();
    place.write("elsewhere/precious.snap", "mine");
    let place_of_template = Place::new();
    place_of_template
        .write("psalink.yaml", "portal: acme\ndialect: connectwise\n")
        .write("a.html", BODY)
        .write("snapshots/x", "");
    std::os::unix::fs::symlink(place.path("elsewhere/precious.snap"), place_of_template.path(record)).unwrap();
    place_of_template.run("test a.html --accept").code(2);
    assert_eq!(place.read("elsewhere/precious.snap"), "mine");
}

#[test]
fn a_wrong_sample_is_reported_with_its_line() {
    for (args, sample, expected) in [
        (
            "--sample own",
            "ticket.id: 1\ntiket.title: x\n",
            "`samples/own.yaml` line 2, column 1: unknown placeholder or meaning `tiket.title`; did you mean `ticket.title`?",
        ),
        (
            "--sample samples/own.yaml",
            "ticket.title: [a]\n",
            "`samples/own.yaml` line 1, column 15: `ticket.title` should be text",
        ),
        ("--sample own", "ticket.id: T1\n", "line 1, column 1: `ticket.id` is an id"),
        ("--sample owm", "", "there is no sample `owm`; did you mean `own`?"),
        ("--sample nothing-like-it", "", "known samples: own, standard"),
        ("--sample gone.yaml", "", "`gone.yaml`: could not read the sample"),
        ("--set ticket.id", "", "`ticket.id` has no value"),
        ("--set tiket.id=1", "", "did you mean `ticket.id`?"),
        ("--sample own --sample samples/own.yaml", "", "two samples are called `own`"),
    ] {
        let place = place();
        place.write("psalink.yaml", "portal: acme\ndialect: connectwise\nsamples: samples\n");
        place.write("samples/own.yaml", sample);
        let ran = place.run(&format!("preview a.html {args}"));
        assert_eq!(ran.code, Some(2), "{args}: {}", ran.err);
        assert!(ran.err.contains(expected), "{args}: {}", ran.err);
        assert_eq!(ran.out, b"");
    }
    let place = place();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\nsamples: gone\n");
    let ran = place.run("preview a.html");
    assert!(
        ran.err.contains("`psalink.yaml` line 3, column 10: the samples folder `gone` cannot be read"),
        "{}",
        ran.err
    );
}

#[test]
fn a_value_with_a_line_end_makes_no_header() {
    let place = place();
    place.write("a.subject.txt", "For [contactfirstname]\n");
    place.write("s.yaml", "contact.first_name: \"Robin\\r\\nBcc: everyone@client.example\"\n");
    let eml = String::from_utf8(place.run("preview a.html --eml --sample ./s.yaml").out).unwrap();
    assert!(eml.contains("Subject: For Robin Bcc: everyone@client.example\r\n"), "{eml}");
    let head = eml.split("\r\n\r\n").next().unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
}

/// Every template with every sample: no value may break a portal link, and markup shows as plain characters.
#[test]
fn no_sample_breaks_a_link() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/templates");
    for dialect in ["connectwise", "autotask"] {
        let config = Config::parse("psalink.yaml", &format!("portal: acme\ndialect: {dialect}\n")).unwrap();
        let session = Session::new(config, Overrides::default()).unwrap();
        let mut mails = 0;
        for entry in std::fs::read_dir(root.join(dialect)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !name.ends_with(".html") {
                continue;
            }
            let mut rewriter = session.rewriter();
            let source = Source::read(&name, std::fs::read(&path).unwrap(), SourceKind::Html, None).unwrap();
            let template = Template::with_companions(source, &path, None).unwrap();
            let ready = session.ready(&template, &mut rewriter).unwrap_or_else(|error| panic!("{error}"));
            let usual = render(&ready, &session.sample("standard").unwrap(), &mut rewriter.parser);
            for (sample, _) in psalink::render::BUILT_IN_SAMPLES {
                let mail = render(&ready, &session.sample(sample).unwrap(), &mut rewriter.parser);
                let problems = |mail: &psalink::render::Rendered| -> Vec<bool> {
                    let portal = mail.links.iter().filter(|link| link.is_portal);
                    portal.map(|link| link.problem.is_some()).collect()
                };
                assert_eq!(problems(&mail), problems(&usual), "{name} {sample}: {:?}", mail.links);
                // A placeholder without a default value may have one in a sample.
                let left = |mail: &psalink::render::Rendered| {
                    let mut left = mail.left.clone();
                    left.retain(|left| left.reason != LeftReason::NoValue);
                    left
                };
                assert_eq!(left(&mail), left(&usual), "{name} {sample}");
                let html = mail.html.unwrap();
                assert!(!html.contains("<script>alert(1)"), "{name} {sample}");
                assert!(!html.contains("<ops>"), "{name} {sample}");
                mails += 1;
            }
            assert!(!usual.left.iter().any(|left| left.reason == LeftReason::Macro), "{name}: {:?}", usual.left);
        }
        assert!(mails >= 100, "{dialect}: {mails}");
    }
}

#[test]
fn pages_show_a_copy_in_which_nothing_runs_or_fetches_and_mails_stay_as_they_are() {
    let place = place();
    let body = "<p onclick=x()>[contactfirstname]<script>x()</script><img src=https://a.example/b.png><link rel=preconnect \
                href=//c.example><a href=https://d.example>d</a></p>";
    place.write("m.html", body);
    let mail = body.replace("[contactfirstname]", "Robin");
    place.run("preview m.html -o out --html --eml").code(0);
    let page = place.read("out/m.mail.html");
    assert!(page.starts_with("<meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\""), "{page}");
    assert!(page.ends_with("<p>Robin<img src=\"data:,\"><a href=\"https://d.example\">d</a></p>"), "{page}");
    // What is for sending, or was requested, is the message itself; no page links to it.
    assert_eq!(place.read("out/m.raw.html"), mail);
    assert!(place.read("out/m.eml").contains("<script>"));
    assert_eq!(String::from_utf8(place.run("preview m.html").out).unwrap(), mail);
    place.run("preview m.html -o m.out.html").code(0);
    assert_eq!(place.read("m.out.html"), mail);
    let shown = place.read("out/m.page.html");
    assert!(!shown.contains("raw.html") && shown.contains("sandbox"), "{shown}");
    assert!(shown.contains("Images on other servers are not loaded"), "{shown}");
    place.run("preview m.html -o out --remote-images").code(0);
    let page = place.read("out/m.mail.html");
    assert!(page.contains("img-src data: https:;") && page.contains("<img src=\"https://a.example/b.png\">"), "{page}");
    assert!(!place.read("out/m.page.html").contains("Images on other servers"));
}

#[test]
fn a_psa_without_clues_is_not_guessed() {
    let place = Place::new();
    place.write("hello.html", "<p>Hello world</p>").write("told.html", "<p>[contactfirstname]</p>");
    place.run("preview . -o out").code(0);
    assert!(place.read("out/hello.page.html").contains("PSA: not known"));
    assert!(place.read("out/told.page.html").contains("PSA: ConnectWise PSA"));
    let shown_settings = String::from_utf8(place.run("lint hello.html --show-settings").out).unwrap();
    assert!(shown_settings.contains("dialect: not known"), "{shown_settings}");
}

#[test]
fn each_part_of_a_message_is_read_for_one_link_only() {
    let config = Config::parse("psalink.yaml", "portal: acme\ndialect: connectwise\n").unwrap();
    let session = Session::new(config, Overrides::default()).unwrap();
    let mut rewriter = session.rewriter();
    let sample = session.sample("standard").unwrap();
    let shapes: String = (0..500).map(|index| format!("<v:s{index} href=\"https://x.example/a\" alt=\"b\">")).collect();
    for html in ["<area href=\"https://x.example/a\" alt=\"b\">".repeat(500), shapes] {
        let source = Source::from_text("mail.html", &html, SourceKind::Html);
        let ready = session.ready(&Template::of(source), &mut rewriter).unwrap();
        let links = render(&ready, &sample, &mut rewriter.parser).links;
        assert!(links.iter().all(|link| link.text.len() <= 1), "{:?}", links.first());
    }
}
