//! Sources (`.j2`) through the program: their output, the messages about them, and where those point.

use psalink::compose::Composer;
use psalink::session::Overrides;
use psalink::{Config, Session, Source, SourceKind};

use crate::cli::{NEW, OLD, Place};

const CONFIG: &str = "portal: acme\nbrand: { name: R&D, color: '#123456' }\n";
const BOTH: &str = "--dialect connectwise --dialect autotask";

/// A folder with a source and its settings.
fn place(files: &[(&str, &str)]) -> Place {
    let place = Place::new();
    place.write("psalink.yaml", CONFIG);
    for (name, text) in files {
        place.write(name, text);
    }
    place
}

#[test]
fn one_source_gives_a_template_for_each_psa() {
    let place = place(&[
        (
            "src/new.html.j2",
            "---\nsubject: Ticket #{{ placeholder(\"ticket.number\") }}: \"new\"\nlayout: _layout.html.j2\n---\n\
             {% if has_placeholder(\"ticket.title\") %}\n<p>{{ placeholder(\"ticket.title\") }}</p>\n{% endif %}\n\
             <p>{{ dialect }}</p>\n",
        ),
        (
            "src/_layout.html.j2",
            "<html lang=\"{{ language }}\">\n{{ body }}<p>{{ brand.name }} {{ subject }}</p>\n</html>\n",
        ),
        ("src/new.txt.j2", "Ticket {{ placeholder(\"ticket.number\") }} {{ brand.name }} a/b\n"),
        ("src/sub/old.subject.txt.j2", "Closed: {{ placeholder(\"ticket.number\") }}"),
        ("src/_parts/unused.html.j2", "{{ nothing }}"),
    ]);
    let ran = place.run(&format!("rewrite src -o out --bare off {BOTH}")).code(0);
    assert!(ran.err.contains("4 files written to `out/connectwise`"), "{}", ran.err);
    let names = ["new.html", "new.subject.txt", "new.txt", "sub/old.subject.txt"];
    let out: Vec<String> = place.files().into_iter().filter(|name| name.starts_with("out/")).collect();
    let expected = ["autotask", "connectwise"].iter().flat_map(|of| names.map(|name| format!("out/{of}/{name}")));
    assert_eq!(out, expected.collect::<Vec<_>>());
    assert_eq!(
        place.read("out/connectwise/new.html"),
        "<html lang=\"en\">\n<p>connectwise</p>\n<p>R&amp;D Ticket #[srnumber]: &quot;new&quot;</p>\n</html>\n"
    );
    assert_eq!(
        place.read("out/autotask/new.html"),
        "<html lang=\"en\">\n<p>[Ticket: Title]</p>\n<p>autotask</p>\n\
         <p>R&amp;D Ticket #[Ticket: Number]: &quot;new&quot;</p>\n</html>\n"
    );
    assert_eq!(place.read("out/connectwise/new.subject.txt"), "Ticket #[srnumber]: \"new\"");
    assert_eq!(place.read("out/autotask/new.txt"), "Ticket [Ticket: Number] R&D a/b\n");
    assert_eq!(place.read("out/autotask/sub/old.subject.txt"), "Closed: [Ticket: Number]");
}

#[test]
fn a_finished_template_goes_the_way_of_any_other() {
    let place = place(&[("a.html.j2", "{# ours #}\n<p>Ticket {{ placeholder(\"ticket.number\") }} is open</p>\n")]);
    let message = "1 file read, 1 changed: 1 ticket number linked\n";
    place.run("rewrite a.html.j2 --dialect connectwise").code(0).prints(NEW).says(message);
    place.run("rewrite a.html.j2 --dialect connectwise -o b/c.html").code(0).prints("");
    assert_eq!(place.read("b/c.html"), NEW);
    place.write("d.html.j2", OLD);
    place.run("rewrite d.html.j2").code(0).prints(NEW);
    let piped = "{% for n in range(2) %}{{ n }}{% endfor %}";
    place.run_with("rewrite - --stdin-filename x.html.j2", piped.as_bytes()).code(0).prints("01");
    place.run_with("rewrite - --stdin-filename x.html", piped.as_bytes()).code(0).prints(piped);
}

#[test]
fn a_source_may_end_in_htm() {
    let place = place(&[
        ("src/old.htm.j2", "---\nsubject: \"#{{ placeholder('ticket.number') }}\"\n---\n<p>{{ brand.name }}</p>\n"),
        ("src/old.txt.j2", "{{ subject }} {{ brand.name }}\n"),
        ("src/_parts.htm.j2", "{{ nothing }}"),
    ]);
    place.run("rewrite src -o out --bare off --dialect connectwise").code(0);
    assert_eq!(place.read("out/old.htm"), "<p>R&amp;D</p>\n");
    assert_eq!(place.read("out/old.txt"), "#[srnumber] R&D\n", "the text knows the subject of the body beside it");
    let listed = place.run("lint src --dialect connectwise").code(0);
    assert!(listed.err.contains("2 files checked"), "{}", listed.err);
    place.run("test src --dialect connectwise --accept").code(0);
    let records: Vec<String> = place.files().into_iter().filter(|name| name.ends_with(".snap")).collect();
    assert!(!records.is_empty() && records.iter().all(|name| name.contains("/old.connectwise.")), "{records:?}");
}

#[test]
fn the_dialect_is_that_of_the_settings() {
    let place = place(&[
        ("a.html.j2", "{{ dialect }}"),
        ("a.txt.j2", "{{ dialect }}"),
        ("b.html.j2", "---\ndialect: autotask\n---\n{{ dialect }}"),
        ("b.txt.j2", "{{ dialect }}"),
        ("c.html.j2", "no matter"),
    ]);
    place.run("rewrite a.html.j2").code(2).says(
        "`a.html.j2` line 1, column 4: this depends on the PSA, and no PSA is set; choose one with `--dialect \
         connectwise` or `--dialect autotask`, or add `dialect:` to psalink.yaml",
    );
    place.run("rewrite c.html.j2").code(0).prints("no matter");
    place.run("rewrite b.html.j2").code(0).prints("autotask");
    place.run("rewrite b.txt.j2").code(0).prints("autotask");
    place.write("psalink.yaml", "dialect: connectwise\ntemplates: [{ path: a.txt, dialect: autotask }]\n");
    place.run("rewrite a.html.j2").code(0).prints("connectwise");
    place.run("rewrite a.txt.j2").code(0).prints("autotask");
    place.run("rewrite b.html.j2").code(0).prints("autotask");
    place.run("rewrite b.html.j2 --dialect connectwise").code(0).prints("connectwise");
    place.write("d.html.j2", "---\ndialect: conectwise\n---\n");
    place
        .run("rewrite d.html.j2")
        .code(2)
        .says("`d.html.j2`: there is no dialect `conectwise`; did you mean `connectwise`?");
}

#[test]
fn files_are_found_from_the_file_that_names_them_and_from_the_project() {
    let place = place(&[
        ("m/n/a.html.j2", "{% include \"_near.html.j2\" %} {% include \"m/_far.html.j2\" %}"),
        ("m/n/_near.html.j2", "{% extends \"../_base.html.j2\" %}{% block x %}near{% endblock %}"),
        ("m/_base.html.j2", "<b>{% block x %}{% endblock %}</b>"),
        ("m/_far.html.j2", "{% from \"_macros.html.j2\" import twice %}{{ twice(\"&\") }}"),
        ("m/_macros.html.j2", "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}"),
        ("m/t.txt.j2", "{% include [\"_none.txt.j2\", \"_t.txt.j2\"] %}{% include \"_none.txt.j2\" ignore missing %}"),
        ("m/_t.txt.j2", "\u{feff}R{{ \"&\" }}D"),
    ]);
    place.run("rewrite m/n/a.html.j2").code(0).prints("<b>near</b> &amp;&amp;");
    place.run("rewrite m/t.txt.j2").code(0).prints("R&D");
}

#[test]
fn mistakes_are_reported_where_they_are() {
    let long = "known values: dialect, language, brand.name, brand.color, brand.logo, subject";
    for (text, (line, column), message) in [
        ("<p>\n{{ a b }}", (2, 6), "here is a name where `}}` should be"),
        ("<p>\n{{ language</p>", (2, 1), "a `{{` is never closed; add `}}` where it ends"),
        ("<p>{% endif %}</p>", (1, 7), "`{% endif %}` closes nothing that is open here"),
        ("{% if true %}\n<p>\n", (2, 4), "the file ends before a block is closed; add the missing `{% endif %}`"),
        ("{% fi x %}", (1, 4), "unknown statement `fi`; did you mean `if`?"),
        ("é {{ dialetc }}", (1, 6), "unknown value `dialetc`; did you mean `dialect`?"),
        ("{{ qqqqqqqq }}", (1, 4), long),
        ("{{ brand.nmae }}", (1, 4), "unknown value `brand.nmae`; did you mean `brand.name`?"),
        (
            "{{ language ~ brand.logo }}",
            (1, 15),
            "add `brand: { logo: … }` to psalink.yaml, or check it first with `{% if brand.logo is defined %}`",
        ),
        ("\n{{ subject }}", (2, 4), "this template has no subject; add `subject:`"),
        ("{{ body }}", (1, 4), "`body` is the text of the template"),
        ("{{ placholder('x') }}", (1, 4), "unknown function `placholder`; did you mean `placeholder`?"),
        ("{{ brand.name | uper }}", (1, 17), "unknown filter `uper`; did you mean `upper`?"),
        ("{% if 1 is od %}{% endif %}", (1, 12), "unknown test `od`; did you mean `odd`?"),
        (
            "{{ placeholder('ticket.titel') }}",
            (1, 4),
            "no placeholder has the meaning `ticket.titel`; did you mean `ticket.title`?",
        ),
        (
            "{{ has_placeholder('xyzzy') }}",
            (1, 4),
            "no placeholder has the meaning `xyzzy`; run `psalink tokens list` to see them all",
        ),
        (
            "{{ placeholder() }}",
            (1, 4),
            "an argument is missing between the parentheses; write it like `placeholder(\"ticket.id\")`",
        ),
        (
            "{{ placeholder('ticket.title') }}",
            (1, 4),
            "ConnectWise PSA has no placeholder with the meaning `ticket.title`; closest: `ticket.id`",
        ),
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}.{% endfor %}{% endfor %}",
            (1, 1),
            "this takes too long",
        ),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", (1, 19), "this calls itself endlessly"),
        ("{% include '../../a.html.j2' %}", (1, 4), "`../../a.html.j2` is outside the project folder"),
        ("{% include '../../../etc/passwd' %}", (1, 4), "`../../../etc/passwd` is outside the project folder"),
        ("{% include '_d.html.j2' %}", (1, 4), "`_d.html.j2` is a folder; name a file in it"),
        ("{% include '/a.html.j2' %}", (1, 4), "`/a.html.j2` is an absolute path"),
        ("{% include '_a.html' %}", (1, 4), "rename it to `_a.html.j2`"),
        ("{% include '_fot.html.j2' %}", (1, 4), "there is no file `_fot.html.j2`; did you mean `_foot.html.j2`?"),
        (
            "{% extends 'm/_fot.html.j2' %}",
            (1, 4),
            "there is no file `m/_fot.html.j2`; did you mean `m/_foot.html.j2`?",
        ),
        ("{% from '_foot.html.j2' import button %}{{ button() }}", (1, 44), "unknown value `button`"),
        ("---\nsubject: x\nlayout: _fot.html.j2\n---\n", (3, 1), "did you mean `_foot.html.j2`?"),
        (
            "---\nsubject: x\n{% if true %}\n\nlayuot: x\n{% endif %}\n---\n",
            (5, 1),
            "unknown key `layuot`; did you mean `layout`?",
        ),
        ("{# ours #}\n---\nsubject: x\n---\n", (1, 1), "the settings must start on the first line of this file"),
        ("---\nsubject: {{ dialetc }}\n---\n", (2, 13), "did you mean `dialect`?"),
        ("---\nsubject: x\n---\n\n {{ dialetc }}", (5, 5), "did you mean `dialect`?"),
        ("{% include '_wrong.html.j2' %}", (0, 0), "`m/_wrong.html.j2` line 2, column 7: unknown value `ohno`"),
        ("{% include '_wrong.html.j2' %}", (0, 0), " (used by `m/a.html.j2`)"),
        ("{% include '_open.html.j2' %}", (0, 0), "`m/_open.html.j2` line 1, column 14: the file ends"),
    ] {
        let place = place(&[
            ("m/a.html.j2", text),
            ("m/_foot.html.j2", "foot"),
            ("m/_wrong.html.j2", "\n<p>{{ ohno }}"),
            ("m/_open.html.j2", "{% if true %}"),
            ("m/_d.html.j2/_x.html.j2", ""),
        ]);
        let at = match line {
            0 => String::new(),
            line => format!("`m/a.html.j2` line {line}, column {column}: "),
        };
        for command in ["lint m", "rewrite m -o out"] {
            let ran = place.run(&format!("{command} --dialect connectwise")).code(2).says(&at).says(message);
            assert_eq!(ran.err.matches("error").count(), 1, "{}", ran.err);
        }
        assert!(!place.exists("out/a.html"));
    }
}

#[test]
fn a_layout_that_drops_the_mail_is_refused() {
    let message = "the layout `_l.html.j2` does not include the text of the template";
    for (layout, is_dropped) in [
        ("<html>{{ body }}</html>", false),
        ("<html></html>", true),
        ("<p>body</p>{# {{ body }} #}", true),
        ("{% if body %}<p>{% endif %}", true),
        ("{% if body is defined %}<p>{% endif %}", true),
        ("{% set b = body %}<p>", true),
        ("{% set b = body %}{{ b }}", false),
        ("{{ body | upper }}", false),
        ("{{ body | replace('a', 'b') }}", false),
        ("{% macro m(x) %}{{ x }}{% endmacro %}{{ m(body) }}", false),
        ("{% include '_write.html.j2' %}", false),
        ("{% extends '_write.html.j2' %}", false),
        ("{% extends '_block.html.j2' %}{% block a %}{{ body }}{% endblock %}", false),
        ("{% extends '_block.html.j2' %}", true),
        ("{% if dialect == 'autotask' %}{{ body }}{% endif %}", true),
        ("---\nlayout: _write.html.j2\n---\n{{ body }}", false),
        ("---\nlayout: _write.html.j2\n---\n<p>", true),
    ] {
        let place = place(&[
            ("a.html.j2", "---\nsubject: x\nlayout: _l.html.j2\n---\n<p>Hello</p>"),
            ("_l.html.j2", layout),
            ("_write.html.j2", "<div>{{ body }}</div>"),
            ("_block.html.j2", "{% block a %}{% endblock %}"),
        ]);
        let ran = place.run("rewrite a.html.j2 --dialect connectwise");
        match is_dropped {
            true => {
                drop(ran.code(2).says("`a.html.j2` line 3, column 1: ").says(message).says("write `{{ body }}` in `_l"))
            }
            false => drop(ran.code(0)),
        }
    }
    let place = place(&[
        ("a.html.j2", "---\nlayout: _l.html.j2\n---\n<p>Hello</p>"),
        ("b.html.j2", "---\nlayout: _outer.html.j2\n---\n \n"),
        ("_l.html.j2", "---\nlayout: _outer.html.j2\n---\n{{ body }}"),
        ("_outer.html.j2", "<p>"),
    ]);
    place
        .run("rewrite a.html.j2")
        .code(2)
        .says("`_l.html.j2` line 2, column 1: the layout `_outer.html.j2` does not include")
        .says("so the message of `a.html.j2` would be sent without it");
    place.run("rewrite b.html.j2").code(0);
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_project() {
    use std::os::unix::fs::symlink;
    let outside = place(&[("secret.txt", "secret"), ("sub/secret.html.j2", "secret")]);
    let place = place(&[
        ("a.html.j2", "{% include '_s.html.j2' %}"),
        ("b.html.j2", "{% include '_f/secret.html.j2' ignore missing %}"),
        ("c.html.j2", "---\nlayout: _s.html.j2\n---\n<p>"),
        ("d.html.j2", "{% include '_in.html.j2' %}"),
        ("_parts/in.html.j2", "inside"),
    ]);
    symlink(outside.path("secret.txt"), place.path("_s.html.j2")).unwrap();
    symlink(outside.path("sub"), place.path("_f")).unwrap();
    symlink("_parts/in.html.j2", place.path("_in.html.j2")).unwrap();
    for (name, link) in [("a", "_s.html.j2"), ("b", "_f/secret.html.j2"), ("c", "_s.html.j2")] {
        let message = format!("`{link}` is outside the project folder; move the file into it");
        place.run(&format!("rewrite {name}.html.j2")).code(2).says(&message).prints("");
    }
    place.run("rewrite d.html.j2").code(0).prints("inside");
}

#[test]
fn the_text_knows_the_subject_of_the_html_source() {
    let place = place(&[
        ("a.html.j2", "---\nsubject: 'Ticket #{{ placeholder(\"ticket.number\") }}: R&D'\n---\n<p>"),
        ("a.txt.j2", "{{ subject }}\n"),
        ("b.html.j2", "---\naudience: customer\n---\n<p>"),
        ("b.txt.j2", "{% if subject is defined %}has one{% endif %}none\n"),
        ("c.html.j2", "---\nsubject: '{{ dialetc }}'\n---\n<p>"),
        ("c.txt.j2", "Hello\n"),
        ("c.subject.txt.j2", "{{ subject }}"),
        ("d.html.j2", "---\nsubject: x\n---\n<p>"),
        ("d.txt.j2", "---\nsubject: own\n---\n{{ subject }}"),
    ]);
    for (name, text) in [("a", "Ticket #[Ticket: Number]: R&D\n"), ("b", "none\n"), ("c", "Hello\n")] {
        place.run(&format!("rewrite {name}.txt.j2 --bare off --dialect autotask")).code(0).prints(text);
    }
    assert!(place.run("rewrite d.txt.j2").code(0).out.ends_with(b"own"));
    place
        .run("rewrite c.subject.txt.j2")
        .code(2)
        .says("`c.html.j2` line 2, column 14: unknown value `dialetc`; did you mean `dialect`?");
}

#[test]
fn a_ring_of_files_is_named_whole() {
    for (text, message) in [
        ("{% include '_b.html.j2' %}", "m/_b.html.j2 -> m/_c.html.j2 -> m/_b.html.j2"),
        ("{% extends '_d.html.j2' %}", "m/_d.html.j2 -> m/_e.html.j2 -> m/_d.html.j2"),
        ("---\nlayout: _f.html.j2\n---\n", "m/_f.html.j2 -> m/_g.html.j2 -> m/_f.html.j2"),
        ("{% include 'a.html.j2' %}", "m/a.html.j2 -> m/a.html.j2"),
        ("---\nlayout: a.html.j2\n---\n", "m/a.html.j2 -> m/a.html.j2"),
    ] {
        let place = place(&[
            ("m/a.html.j2", text),
            ("m/_b.html.j2", "{% include '_c.html.j2' %}"),
            ("m/_c.html.j2", "{% include '_b.html.j2' %}"),
            ("m/_d.html.j2", "{% extends '_e.html.j2' %}"),
            ("m/_e.html.j2", "{% extends '_d.html.j2' %}"),
            ("m/_f.html.j2", "---\nlayout: _g.html.j2\n---\n{{ body }}"),
            ("m/_g.html.j2", "---\nlayout: _f.html.j2\n---\n{{ body }}"),
        ]);
        place.run("lint m").code(2).says(&format!("these files use each other in a circle: {message}"));
    }
}

#[test]
fn a_source_that_is_not_utf_8_is_refused_at_its_first_wrong_byte() {
    let place = place(&[("b.html.j2", "{% include '_c.html.j2' %}")]);
    place.write("a.html.j2", b"<p>\n caf\xE9").write("_c.html.j2", b"\xE9");
    let message =
        "this file is not UTF-8, which is required for templates that are built from other files; save it as UTF-8";
    place
        .run("lint a.html.j2 --encoding windows-1252")
        .code(2)
        .says(&format!("`a.html.j2` line 2, column 5: {message}"));
    place
        .run("lint b.html.j2")
        .code(2)
        .says(&format!("`_c.html.j2` line 1, column 1: {message} (used by `b.html.j2`)"));
}

#[test]
fn findings_stand_in_the_file_that_must_be_changed() {
    let place = place(&[
        (
            "a.html.j2",
            "---\nsubject: Ticket {{ placeholder(\"ticket.number\") }} [dd:tikcet]\nlayout: _layout.html.j2\n---\n\
             {% if true %}\n<p>é [dd:tikcet]</p>\n{% endif %}\n{% include \"_part.html.j2\" %}\n",
        ),
        ("b.html.j2", "---\nlayout: _layout.html.j2\n---\nb"),
        ("_layout.html.j2", "<p>[dd:layuot]</p>\n{{ body }}\n{{ \"[dd:exprsn]\" }}\n"),
        ("_part.html.j2", "<p>part</p>\n<img src=x.png>\n\u{feff}[dd:prat]\n"),
    ]);
    let lint = "lint --dialect connectwise --dialect autotask --select missing-alt --ignore relative-url";
    let ran = place.run(&format!("{lint} --format concise")).code(1);
    let text = ran.text();
    let places: Vec<&str> = text.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        places,
        [
            "a.html.j2:2:52",
            "a.html.j2:6:10",
            "_part.html.j2:2:1",
            "_part.html.j2:3:6",
            "_layout.html.j2:1:8",
            "_layout.html.j2:3:1",
        ],
        "{text}"
    );
    let full = place.run(lint).code(1).text();
    assert!(full.contains("--> _layout.html.j2:1:8\n  |\n1 | <p>[dd:layuot]</p>"), "{full}");
    assert!(full.contains("note: found in `a.html.j2`, which uses this file, and in 1 more template"), "{full}");
    assert!(full.contains("3 | {{ \"[dd:exprsn]\" }}\n  | ^^^^^^^^^^^^^^^^^^^"), "{full}");
    assert!(full.contains("note: with the values filled in, this reads `exprsn`"), "{full}");
    for format in ["json", "sarif", "github", "gitlab", "junit"] {
        let text = place.run(&format!("{lint} --format {format}")).code(1).text();
        for file in ["a.html.j2", "_layout.html.j2", "_part.html.j2"] {
            assert!(text.contains(file), "{format} {file}: {text}");
        }
        let times = if format == "junit" { 2 } else { 1 }; // its message is in the title too
        assert_eq!(text.matches("no command `layuot`").count(), times, "{format}: {text}");
    }
    let rewritten = place.run("rewrite . -o out --dialect connectwise").code(1).err;
    for at in ["a.html.j2:6:10", "_layout.html.j2:1:8", "_layout.html.j2:3:1", "_part.html.j2:3:6"] {
        assert_eq!(rewritten.matches(at).count(), 1, "{at}: {rewritten}");
    }
}

#[test]
fn fixes_are_shown_and_not_made() {
    let text = "{% if true %}\n<p>[srnmuber]</p>\n{% endif %}\n<p>{{ \"[srnmuber]\" }}</p>\n";
    let place = place(&[("a.html.j2", text), ("b.html", "<p>Hi</p>")]);
    for mode in ["--fix", "--unsafe-fixes", "--diff", "--add-allow", "--fix --unsafe-fixes"] {
        let ran = place.run(&format!("lint . --dialect connectwise {mode}"));
        assert_eq!(ran.err.matches("1 source (.j2) checked but not changed").count(), 1, "{mode}: {}", ran.err);
        assert_eq!(place.read("a.html.j2"), text);
    }
    let json = place.run("lint . --dialect connectwise --format json").text();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let fixes: Vec<&serde_json::Value> =
        json["diagnostics"].as_array().unwrap().iter().map(|diagnostic| &diagnostic["fix"]).collect();
    assert_eq!(fixes.len(), 2, "{json}");
    assert_eq!(fixes[0]["safety"], "shown", "{json}");
    assert_eq!(fixes[0]["edits"][0]["start"], text.find("[srn").unwrap(), "{json}");
    assert!(fixes[1].is_null(), "an expression is not a text that can be changed: {json}");
    let piped = place.run_with("lint - --stdin-filename c.html.j2 --fix --dialect connectwise", text.as_bytes());
    assert_eq!(piped.out[..text.len()], *text.as_bytes());
}

#[test]
fn comments_allow_findings_in_sources_too() {
    let layout = "<!-- psalink: allow unknown-command -->\n<p>{% if brand.name is defined %}[dd:layuot]{% endif %}</p>\n{{ body }}";
    let place = place(&[
        (
            "a.html.j2",
            "---\nlayout: _layout.html.j2\n---\n<!-- psalink: allow unknown-command -->\n<p>[dd:tikcet]</p>\n",
        ),
        ("_layout.html.j2", layout),
    ]);
    place.run(&format!("lint . {BOTH}")).code(0);
    let out = place.run("rewrite a.html.j2 --dialect connectwise").code(1).text();
    assert!(!out.contains("psalink: allow"), "{out}");
    // What one template does not need, another may need.
    place.write("psalink.yaml", "portal: acme\ntemplates: []\n").write("b.html.j2", "b");
    place
        .write(
            "_layout.html.j2",
            "<!-- psalink: allow unknown-command -->\n<p>{{ \"[dd:x]\" if subject is defined }}</p>\n{{ body }}",
        )
        .write("a.html.j2", "---\nsubject: x\nlayout: _layout.html.j2\n---\n")
        .write("b.html.j2", "---\nlayout: _layout.html.j2\n---\n");
    let ran = place.run("lint . --dialect connectwise").code(0);
    assert_eq!(ran.text(), "", "{}", ran.err);
    let alone = place.run("lint b.html.j2 --dialect connectwise").text();
    assert!(alone.contains("unused-allow") && alone.contains("_layout.html.j2:1:"), "{alone}");
}

#[test]
fn a_baseline_knows_the_files_of_sources() {
    let place = place(&[
        ("a.html.j2", "---\nlayout: _layout.html.j2\n---\n"),
        ("b.html.j2", "---\nlayout: _layout.html.j2\n---\n"),
        ("_layout.html.j2", "[dd:layuot]\n{{ body }}"),
    ]);
    let args = format!("lint . {BOTH} --baseline base.json");
    place.run(&format!("{args} --write-baseline")).code(0).says("1 finding written to `base.json`");
    place.run(&args).code(0).prints("");
    place.write("_layout.html.j2", "\n[dd:layuot]\n[dd:layuot]\n{{ body }}");
    place.run(&format!("{args} --statistics")).code(1);
    place.write("_layout.html.j2", "{{ body }}");
    place.run(&args).code(0).says("in the baseline, but no longer found: _layout.html.j2");
}

#[test]
fn sources_are_not_changed_where_they_are() {
    let place = place(&[("m/a.html.j2", OLD), ("m/_l.html.j2", "x"), ("m/b.html", OLD)]);
    for (mode, message) in [
        ("--in-place", "`--in-place` overwrites a template, but this source is built into another file"),
        ("--diff", "`--diff` shows what would change in a template"),
        ("--check", "`--check` tells whether a template would change"),
    ] {
        place.run(&format!("rewrite m/a.html.j2 {mode}")).code(2).prints("").says(message).says("use `-o DIR`");
        place
            .run(&format!("rewrite m {mode}"))
            .says("1 source (.j2) skipped: it is built into other files; use `-o DIR`");
        place.write("m/b.html", OLD);
    }
    place.run("rewrite m").code(1).says("1 source (.j2) skipped");
    assert_eq!(place.read("m/a.html.j2"), OLD);
    let partial = "`m/_l.html.j2`: the `_` at the beginning of its name, or of its folder's name, means that this file is \
                   only used by other templates; name a template that uses it";
    place.run("rewrite m/_l.html.j2 -o out").code(2).says(partial);
    place.run("lint m/_l.html.j2").code(2).says(partial);
    place.run("rewrite m/a.html.j2 -o m/c.html.j2").code(2).says("only sources end in `.j2`");
}

#[test]
fn two_files_never_give_the_same_one() {
    let place = place(&[("m/a.html.j2", OLD), ("m/a.html", OLD)]);
    place.run("rewrite m -o out").code(2).says(
        "`out/a.html`: `m/a.html` and `m/a.html.j2` would both be written here; keep only one: psalink builds the \
         finished template from the source",
    );
    let place = self::place(&[("m/a.html.j2", "---\nsubject: x\n---\n"), ("m/a.subject.txt.j2", "y")]);
    place
        .run("rewrite m -o out")
        .code(2)
        .says("its subject and `m/a.subject.txt.j2` would both be written to `out/a.subject.txt`");
}

#[test]
fn line_ends_survive() {
    let place = place(&[
        (
            "a.html.j2",
            "\u{feff}---\r\nsubject: x\r\nlayout: _l.html.j2\r\n---\r\n{% if true %}\r\n<p>[dd:tikcet]</p>\r\n{% endif %}\r\n",
        ),
        ("_l.html.j2", "<p>\r\n{% if true %}\r\n{{ body }}</p>\r\n{% endif %}\r\n"),
    ]);
    let ran =
        place.run("rewrite a.html.j2 --dialect connectwise").code(1).prints("<p>\r\n<p>[dd:tikcet]</p>\r\n</p>\r\n");
    assert!(ran.err.contains("a.html.j2:6:8"), "{}", ran.err);
    let json: serde_json::Value =
        serde_json::from_str(&place.run("lint a.html.j2 --dialect connectwise --format json").text()).unwrap();
    let text = place.read("a.html.j2");
    let start = json["diagnostics"][0]["start"]["offset"].as_u64().unwrap() as usize;
    assert!(text[start..].starts_with("tikcet"));
}

#[test]
fn the_report_of_links_names_the_files_of_sources() {
    let place = place(&[
        ("a.html.j2", "---\nlayout: _l.html.j2\n---\n\n<p>[dd:ticket as=url]</p>\n"),
        ("_l.html.j2", "{{ body }}\n\n[dd:ticket as=url]"),
    ]);
    place.run("rewrite a.html.j2 -o a.html --dialect connectwise --report links.csv").code(0);
    let report = place.read("links.csv");
    assert!(report.contains("a.html.j2,5,4,expanded") && report.contains("_l.html.j2,3,1,expanded"), "{report}");
}

#[test]
fn a_composer_reads_a_file_once() {
    let place = place(&[("_p.html.j2", "old")]);
    let config = Config::read(&place.path("psalink.yaml")).unwrap();
    let session = Session::new(config, Overrides::default()).unwrap();
    let name = place.path("a.html.j2").display().to_string();
    let compose = |composer: &Composer| {
        let source = Source::from_text(&name, "{% include '_p.html.j2' %}", SourceKind::Html);
        let composed = session.compose(source, composer).unwrap();
        assert_eq!(composed.origins.files().len(), 2);
        String::from_utf8(composed.source.into_bytes()).unwrap()
    };
    let composer = Composer::default();
    assert_eq!(compose(&composer), "old");
    place.write("_p.html.j2", "new");
    assert_eq!((compose(&composer), compose(&Composer::default())), ("old".to_owned(), "new".to_owned()));
}
