//! The output of a source is what minijinja makes of it, and the map from there leads back to the same bytes.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use proptest::prelude::*;
use psalink::compose::{Composed, Composer};
use psalink::session::Overrides;
use psalink::{Config, Session, Source, SourceKind, Span};

/// Created once, since it contains a vocabulary.
static SESSION: LazyLock<Session> = LazyLock::new(|| {
    let overrides = Overrides { dialect: Some("connectwise".to_owned()), ..Overrides::default() };
    let config = Config::parse("psalink.yaml", "brand: { name: R&D }\n").unwrap();
    Session::new(config, overrides).unwrap()
});

fn compose(text: &str) -> Result<Composed, psalink::Error> {
    SESSION.compose(Source::from_text("a.html.j2", text, SourceKind::Html), &Composer::default())
}

/// Plain text and tags.
fn leaf() -> impl Strategy<Value = String> {
    let tag = prop::sample::select(vec![
        "{{ brand.name }}",
        "{{- dialect -}}",
        "{{ '}}' ~ \"{% if %}\" }}",
        "{# {{ a }} {% b #}",
        "{%- raw %} {{ x }} {% y %} {% endraw -%}",
        "{% set x %}in {{ language }}{% endset %}{{ x }}",
        "{% macro m(a) %}<b>{{ a }}</b>{% endmacro %}{{ m('&') }}",
        "{{ 'a' if false }}",
        "\u{f0000}7\u{f0001}",
        "---\n",
    ]);
    prop_oneof![
        3 => tag.prop_map(str::to_owned),
        3 => "[ \t]{0,3}",
        3 => "(\r\n|\n|\r){1,2}",
        2 => "[a-zé<>&\\[\\]]{0,6}",
        1 => "[#%{}-]{1,3}",
    ]
}

/// Text with statements around some of it, with and without their ends.
fn piece() -> impl Strategy<Value = String> {
    let control = || prop::sample::select(vec!["", "", "-", "+"]);
    leaf().prop_recursive(3, 24, 6, move |inner| {
        let statement = prop::sample::select(vec![
            ("if dialect == \"connectwise\"", "endif"),
            ("if false", "endif"),
            ("for n in [1, 2]", "endfor"),
            ("filter upper", "endfilter"),
            ("with y = '%}'", "endwith"),
            ("autoescape false", "endautoescape"),
        ]);
        let all = prop::collection::vec(inner, 0..5).prop_map(|pieces| pieces.concat());
        let controls = (control(), control(), control(), control());
        (statement, all, controls).prop_map(|((begin, end), inside, (a, b, c, d))| {
            format!("{{%{a} {begin} {b}%}}{inside}{{%{c} {end} {d}%}}")
        })
    })
}

fn syntax() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    syntax.build().unwrap()
}

/// What minijinja alone makes of a body whose values need no escaping.
fn oracle(text: &str) -> Option<String> {
    let mut environment = Environment::new();
    environment.set_syntax(syntax());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let brand = minijinja::context! { name => "R&D", color => "#0b5fff" };
    let values = minijinja::context! { brand, dialect => "connectwise", language => "en" };
    let rendered = environment.render_named_str("a.html.j2", text, values).ok()?;
    Some(rendered)
}

/// Checks every span of a finished template; returns how many bytes of it are copied unchanged.
fn check(composed: &Composed) -> usize {
    let bytes = composed.source.bytes();
    let mut exact = 0;
    for at in 0..bytes.len() {
        let origin = composed.origin(Span::new(at, at + 1)).unwrap_or_else(|| panic!("byte {at} comes from nowhere"));
        assert!(origin.span.end as usize <= origin.source.bytes().len());
        if origin.exact {
            assert_eq!(origin.source.bytes()[origin.span.range()], bytes[at..=at], "byte {at}");
            exact += 1;
        } else {
            assert!(!origin.span.is_empty(), "byte {at}");
        }
    }
    for start in 0..bytes.len() {
        let span = Span::new(start, bytes.len().min(start + 5));
        let origin = composed.origin(span).unwrap();
        if origin.exact {
            assert_eq!(origin.source.bytes()[origin.span.range()], bytes[span.range()]);
        }
    }
    exact
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_way_back_never_changes_what_comes_out(pieces in prop::collection::vec(piece(), 0..14)) {
        let text = pieces.concat();
        // Another test covers settings at the top.
        prop_assume!(!text.starts_with("---"));
        match (compose(&text), oracle(&text)) {
            (Ok(composed), Some(expected)) => {
                prop_assert_eq!(std::str::from_utf8(composed.source.bytes()).unwrap(), expected);
                check(&composed);
            }
            (Err(error), None) => {
                let (line, column) = error.place().unwrap();
                prop_assert!(line >= 1 && column >= 1 && error.path() == Some("a.html.j2"));
            }
            (one, other) => prop_assert!(false, "{text:?}: {one:?} {other:?}"),
        }
    }

    #[test]
    fn settings_on_top_move_nothing(subject in "[a-zé]{0,9}", end in "\n|\r\n", body in prop::collection::vec(piece(), 0..6)) {
        let body = body.concat();
        let text = format!("\u{feff}---{end}subject: {subject} {{{{ dialect }}}}{end}---{end}{body}");
        let alone = compose(&body);
        match (compose(&text), alone) {
            (Ok(composed), Ok(alone)) if !body.starts_with("---") => {
                check(&composed);
                let top = format!("---{end}subject: {subject} connectwise{end}---{end}");
                let finished = std::str::from_utf8(composed.source.bytes()).unwrap();
                prop_assert_eq!(finished, format!("{top}{}", std::str::from_utf8(alone.source.bytes()).unwrap()));
            }
            (Ok(_), Ok(_)) => {}
            // What looks like settings is only read as such if nothing is above it.
            (Ok(_), Err(_)) if body.starts_with("---") => {}
            (Err(_), Err(_)) => {}
            (one, other) => prop_assert!(false, "{text:?}: {one:?} {other:?}"),
        }
    }
}

#[test]
fn text_is_taken_over_unchanged() {
    let text = "<p>\n  {% if true %}\n  <b>{{ brand.name }}</b>\n  {% endif %}\n{% raw %}{{ x }}{% endraw %}</p>\n";
    let composed = compose(text).unwrap();
    assert_eq!(composed.source.bytes(), b"<p>\n  <b>R&amp;D</b>\n{{ x }}</p>\n");
    assert_eq!(check(&composed), composed.source.bytes().len() - "R&amp;D".len());
    let at = |part: &str| {
        let start = std::str::from_utf8(composed.source.bytes()).unwrap().find(part).unwrap();
        composed.origin(Span::new(start, start + part.len())).unwrap()
    };
    assert_eq!(&text[at("amp").span.range()], "{{ brand.name }}");
    assert_eq!(&text[at("x").span.range()], "x");
    assert_eq!(&text[at("<b>R&amp;D</b>").span.range()], "<b>{{ brand.name }}</b>");
}
