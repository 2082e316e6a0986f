//! `psalink translate` as people run it: where the result goes, what is reported, and the exit code.

use std::fs;

use crate::cli::Place;

const FROM: &str = "<p>Ticket [srnumber], [contactfirstname]</p>\r\n";
const TO: &str = "<p>Ticket [Ticket: Number], [Contact: First Name]</p>\r\n";
const LEFT: &str = "<p>[srnumber] of [agrname]</p>\n";

#[test]
fn one_file_goes_to_the_standard_output_with_all_that_is_in_it() {
    let place = Place::new();
    let top = |dialect: &str, number: &str| {
        format!("---\nsubject: #{number} is open\ndialect: {dialect}\n---\n<!-- psalink: allow missing-alt -->\n")
    };
    place.write("a.html", top("connectwise", "[srnumber]") + FROM);
    place
        .run("translate a.html --to autotask")
        .code(0)
        .prints(&(top("autotask", "[Ticket: Number]") + TO))
        .says("1 file: 3 placeholders translated in 1 file\n");
    assert_eq!(place.read("a.html"), top("connectwise", "[srnumber]") + FROM);
    let ran = place.run_with("translate - --to autotask", FROM.as_bytes()).code(0);
    assert_eq!(ran.text(), TO);
    let ran = place.run_with("translate - --to autotask --stdin-filename a.subject.txt", b"#[srnumber]").code(0);
    assert_eq!(ran.text(), "#[Ticket: Number]");
}

#[test]
fn a_folder_is_shown_as_a_diff_and_left_alone() {
    let place = Place::new();
    place.write("m/a.html", FROM).write("m/b.txt", "Nothing").write("m/c.html", LEFT);
    let ran = place
        .run("translate m --to autotask")
        .code(1)
        .says("3 files: 3 placeholders to translate in 2 files, 1 not translated\n")
        .says("nothing was written; use `-o DIR`")
        .says("error[wrong-dialect-placeholder]: Autotask PSA has no placeholder that psalink knows for `[agrname]`");
    assert!(ran.text().contains("+<p>[Ticket: Number] of [agrname]</p>"), "{}", ran.text());
    assert_eq!(place.read("m/a.html"), FROM);
    let ran = place.run("translate m/a.html --to autotask --diff").code(1);
    assert!(ran.text().contains("+<p>Ticket [Ticket: Number], "), "{}", ran.text());
    assert!(!ran.err.contains("nothing was written"), "{}", ran.err);
    place.run("translate m --to autotask --check").code(1).prints("m/a.html\nm/c.html\n");
    place.run("translate m/b.txt --to autotask --check").code(0).prints("").says("1 file: nothing to translate\n");
    place
        .run("translate m -q --to autotask -o out")
        .code(1)
        .says("3 files: 3 placeholders translated in 2 files, 1 not");
    assert_eq!(place.files(), ["m/a.html", "m/b.txt", "m/c.html", "out/a.html", "out/b.txt", "out/c.html"]);
}

#[test]
fn a_folder_is_mirrored_and_nothing_is_taken_apart() {
    let place = Place::new();
    let body = format!("---\nsubject: '#[srnumber]'\ntext: |\n  [dd:ticket]\n---\n{FROM}");
    place
        .write("m/n/a.html", &body)
        .write("m/b.subject.txt", "[srnumber]: [contactfirstname]")
        .write("m/b.txt", "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]\r\n");
    place.run("translate m --to autotask -o out").code(0).says("; 3 files written to `out`");
    assert_eq!(
        place.read("out/n/a.html"),
        format!("---\nsubject: '#[Ticket: Number]'\ntext: |\n  [dd:ticket]\n---\n{TO}")
    );
    assert_eq!(place.read("out/b.subject.txt"), "[Ticket: Number]: [Contact: First Name]");
    assert!(place.read("out/b.txt").ends_with("ticket_id=[Ticket: ID]\r\n"));
    assert_eq!(place.files().len(), 6);
    place.run("translate m/n/a.html --to autotask -o one.html").code(0);
    assert_eq!(place.read("one.html"), place.read("out/n/a.html"));
    place.run("translate m/n/a.html --to autotask -o m/n/a.html").code(2).says("`-o` never overwrites templates");
    place.run("translate out --to connectwise -o back").code(0);
    assert_eq!(place.read("back/n/a.html"), body);
}

#[test]
fn in_place_changes_only_what_must_change() {
    let place = Place::new();
    place
        .write("m/a.html", FROM)
        .write("m/a.subject.txt", "[dd:ticket] [srnumber]")
        .write("m/b.html", "---\ndialect: connectwise\n---\n<p>[dd:ticket]</p>")
        .write("m/b.subject.txt", "#[srnumber]")
        .write("m/c.html", "<p>[Ticket: ID]</p>");
    let old = fs::metadata(place.path("m/c.html")).unwrap().modified().unwrap();
    place
        .run("translate m --to autotask -w --backup old")
        .code(0)
        .prints("")
        .says("5 files: 4 placeholders translated in 4 files\n");
    assert_eq!(place.read("m/a.html"), TO);
    assert_eq!(place.read("m/a.subject.txt"), "[dd:ticket] [Ticket: Number]");
    assert_eq!(place.read("m/b.html"), "---\ndialect: autotask\n---\n<p>[dd:ticket]</p>");
    assert_eq!(place.read("m/b.subject.txt"), "#[Ticket: Number]");
    assert_eq!(fs::metadata(place.path("m/c.html")).unwrap().modified().unwrap(), old);
    let [old] = crate::backup::runs(&place, "old").try_into().unwrap();
    assert_eq!(place.read(&format!("{old}/a.html")), FROM);
    assert!(!place.exists(&format!("{old}/c.html")));
    place.run("translate m --to autotask -w").code(0).says("5 files: nothing to translate\n");
    place.run("translate m --to autotask --backup x").code(2).says("--in-place");
}

#[test]
fn only_the_settings_on_top_may_change() {
    let place = Place::new();
    place.write("a.html", "---\ndialect: connectwise\n---\n<p>[dd:ticket]</p>");
    place.run("translate a.html --to autotask --check").code(1).says("1 file: the PSA to change in 1 file\n");
    place.run("translate a.html --to autotask -w").code(0).says("1 file: the PSA changed in 1 file\n");
    place.run("translate a.html --to autotask --check").code(0);
}

#[test]
fn the_configuration_is_mentioned() {
    let place = Place::new();
    place.write("psalink.yaml", "dialect: connectwise\n").write("a.html", FROM);
    place.run("translate a.html --to autotask").code(0);
    place
        .run("translate a.html --to autotask -w")
        .code(0)
        .says("`psalink.yaml` still says `dialect: connectwise`; if that is for these templates, change it to `dialect: autotask`");
    // An outdated configuration changes nothing.
    place.run("translate a.html --to autotask --check").code(0);
}

#[test]
fn names_follow_the_configuration() {
    let place = Place::new();
    place
        .write(
            "psalink.yaml",
            "autotask:\n  language: de\ntemplates:\n  - { path: 'es/**', language: es }\n\
             \x20 - { path: 'en/**', language: en, terms: { Contact: Client } }\n",
        )
        .write("de.html", "<meta charset=windows-1252><p>[srnumber] f\u{fc}r".replace('\u{fc}', "ue"))
        .write("es/a.html", "[srnumber] [contactfirstname]")
        .write("en/a.html", "[srnumber] [contactfirstname]");
    place.run("translate . --to autotask -w").code(0).says("3 files: 5 placeholders translated in 3 files");
    assert_eq!(place.read("de.html"), "<meta charset=windows-1252><p>[Ticket: Nummer] fuer");
    assert!(place.read("es/a.html").starts_with("[Ticket: Número] [Contacto: "), "{}", place.read("es/a.html"));
    assert_eq!(place.read("en/a.html"), "[Ticket: Number] [Client: First Name]");
    place.run("lint . --select wrong-language-placeholder").code(0);
    place.run("translate . --to connectwise -w").code(0);
    assert_eq!(place.read("es/a.html"), "[srnumber] [contactfirstname]");
    assert_eq!(place.read("en/a.html"), "[srnumber] [contactfirstname]");
}

#[test]
fn encodings_survive() {
    let place = Place::new();
    let latin = |number: &[u8]| [b"<meta charset=windows-1252>\r\n<p>\xC9t\xE9 ", number, b" \x80\0</p>"].concat();
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    place
        .write("psalink.yaml", "autotask: { language: es }\n")
        .write("latin.html", latin(b"[srnumber]"))
        .write("wide.html", wide("\u{feff}<p>é 🎉 [srnumber]</p>\r\n"))
        .write("bom.html", format!("\u{feff}---\r\ndialect: connectwise\r\n---\r\n{FROM}"))
        .write("cyrillic.html", b"<meta charset=windows-1251><p>\xCF [srnumber]</p>")
        .write("invalid.html", b"<p>\xFF\xFE [srnumber]</p>");
    place
        .run("translate . --to autotask -w")
        .code(1)
        .says("`[Ticket: Número]` belongs here, but windows-1251 cannot represent one of its characters")
        .says("5 files: 5 placeholders translated in 4 files, 1 not translated");
    assert_eq!(place.bytes("latin.html"), latin(b"[Ticket: N\xFAmero]"));
    assert_eq!(place.bytes("wide.html"), wide("\u{feff}<p>é 🎉 [Ticket: Número]</p>\r\n"));
    assert!(
        place.read("bom.html").starts_with("\u{feff}---\r\ndialect: autotask\r\n---\r\n<p>Ticket [Ticket: Número], [")
    );
    assert_eq!(
        place.bytes("invalid.html"),
        [b"<p>\xFF\xFE [Ticket: N".as_slice(), "ú".as_bytes(), b"mero]</p>"].concat()
    );
    assert_eq!(place.bytes("cyrillic.html"), b"<meta charset=windows-1251><p>\xCF [srnumber]</p>");
    place.run("translate . --to connectwise -w").code(0);
    assert_eq!(place.bytes("latin.html"), latin(b"[srnumber]"));
    assert_eq!(place.bytes("wide.html"), wide("\u{feff}<p>é 🎉 [srnumber]</p>\r\n"));
}

#[test]
fn bad_input_is_reported() {
    let place = Place::new();
    place.write("a.html", FROM).write("tie.html", "[srnumber] [Ticket: ID]").write("page.html.j2", FROM);
    place.run("translate a.html").code(2).says("--to <PSA>");
    place.run("translate a.html --to autotsk").code(2).prints("").says("did you mean `autotask`?");
    place.run("translate a.html --to halo").code(2).says("known dialects: connectwise, autotask");
    place
        .run("translate --to autotask")
        .code(2)
        .says("no template was given")
        .says("psalink translate mails --to autotask");
    place
        .run("translate none.html --to autotask")
        .code(2)
        .says("`none.html`: there is no file or folder with this name");
    place
        .run("translate a.html --to autotask --dialect autotask --dialect connectwise")
        .code(2)
        .says("use `--dialect` once");
    place.run("translate a.html --to autotask -w --diff").code(2).says("cannot be used with");
    place.run_with("translate - -w --to autotask", b"x").code(2).says("standard input cannot be changed in place");
    place.run("translate tie.html --to autotask").code(2).says("cannot tell whether this template is for");
    place.run("translate tie.html --to autotask --dialect connectwise").code(0).prints("[Ticket: Number] [Ticket: ID]");
    place
        .run("translate page.html.j2 --to autotask")
        .code(2)
        .says(
            "`page.html.j2`: this source works for every PSA and does not need to be translated; build it for one with",
        )
        .says("`psalink rewrite page.html.j2 --dialect autotask`");
    place
        .run("translate . --to autotask --check")
        .code(2)
        .prints("a.html\n")
        .says("1 source (.j2) skipped: it is for every PSA");
    assert_eq!(place.read("page.html.j2"), FROM);
}

#[test]
fn a_portal_of_its_own_domain_is_known() {
    let place = Place::new();
    let page = "<a href='https://help.acme.example/?gtoken=1&ticketid=[srnumber]'>";
    place.write("a.html", page);
    place.run("translate a.html --to autotask").code(1).says("can be `[Ticket: ID]` or `[Ticket: Number]`");
    let ran = place.run("translate a.html --to autotask --host help.acme.example").code(0);
    assert_eq!(ran.text(), page.replace("[srnumber]", "[Ticket: Number]"));
}

#[test]
fn the_help_speaks_of_a_translation() {
    let place = Place::new();
    let help = place.run("translate --help").code(0).text();
    for part in ["--to <PSA>", "for now; without it, psalink detects", "psalink translate mails --to autotask -o out"] {
        assert!(help.contains(part), "{part}\n{help}");
    }
    for part in ["--client", "--portal", "--report", "psalink rewrite"] {
        assert!(!help.contains(part), "{part}\n{help}");
    }
    // Rewrite keeps its own descriptions of the options that both commands have.
    assert!(place.run("rewrite --help").code(0).text().contains("DIR/connectwise and DIR/autotask"));
    assert!(place.run("completions bash").code(0).text().contains("translate"));
    place.run("man pages").code(0);
    assert!(place.read("pages/psalink-translate.1").contains("placeholders of one PSA"));
}
