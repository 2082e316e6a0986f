//! What psalink.yaml may contain, and how its mistakes are explained.

use super::*;

#[test]
fn the_whole_file_of_the_manual_is_read() {
    let text = r##"
portal: acme
allowed_hosts: []
dialect: connectwise
client: web
templates:
  - { path: "autotask/**", dialect: autotask, context: workflow, audience: customer }
exclude: ["drafts/**"]
autotask: { language: en, terms: { Organization: Company } }
commands: { invoice: { name: invoice } }
lint: { select: [], ignore: [], levels: { missing-alt: note } }
vocabulary: [tokens/ours.yaml]
brand: { name: Acme IT, color: "#0b5fff", logo: https://example.com/logo.png }
samples: samples
send:
  from: preview@msp.example
  allow: ["*@msp.example"]
  smtp: { host: smtp.msp.example, port: 587, tls: starttls, user: preview }
"##;
    let config = Config::parse("psalink.yaml", text).unwrap();
    assert_eq!(config.portal.as_deref(), Some("acme"));
    assert_eq!(config.entries(Path::new("autotask/new/a.html")).len(), 1);
    assert!(config.entries(Path::new("connectwise/a.html")).is_empty());
    assert_eq!(config.exclusions(Path::new("drafts/a.html")), [0]);
    assert!(config.exclusions(Path::new("a.html")).is_empty());
}

#[test]
fn mistakes_are_explained() {
    for (text, expected) in [
        ("portal: acme\nhost: a.example\n", " line 2, column 1: `portal` and `host` are both"),
        ("host: a.example\nportal: acme\n", " line 2, column 1: `portal` and `host` are both"),
        ("host: https://a.example\n", " line 1, column 7: `https://a.example` is not a valid host name"),
        ("allowed_hosts: [a.example, b]\n", " line 1, column 28: `b` is not a valid host name"),
        ("brand: { color: blue }\n", " line 1, column 17: `brand.color` is `blue`"),
        ("client: dekstop\n", "did you mean `desktop`?"),
        ("allowed_hosts: a.example\n", "`allowed_hosts` should be a list"),
        ("templates:\n  - { pth: x }\n", "did you mean `path`?"),
        ("autotask: { terms: { A: x, A: y } }\n", "duplicate key `A`"),
        ("send: { allow: ['*@ok.example', '*@*'] }\n", " line 1, column 33: `*@*` in `send.allow` would let"),
        ("send: { from: me }\n", " line 1, column 15: `me` is not an email address"),
        ("exclude: ['a[']\n", " line 1, column 11: `a[` is not a path or glob"),
        ("templates:\n  - { path: ok }\n  - { path: 'a[' }\n", " line 3, column 13: `a[` is not a path or glob"),
    ] {
        let error = Config::parse("psalink.yaml", text).unwrap_err().to_string();
        assert!(error.starts_with("`psalink.yaml`") && error.contains(expected), "{error}");
    }
}

#[test]
fn the_schema_names_every_key() {
    let schema = Config::schema();
    for key in ["portal", "host", "templates", "send", "lint", "ampersand"] {
        assert!(schema["properties"].get(key).is_some(), "{key}");
    }
    assert_eq!(schema["additionalProperties"], false);
}
