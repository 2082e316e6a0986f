use super::*;
use crate::{Source, SourceKind, Span};

#[test]
fn what_signs_in_is_masked() {
    for (text, expected) in [
        ("https://x.example/?token=S3cretToken99&a=1", "https://x.example/?token=S3…&a=1"),
        ("https://x.example/?a=1&amp;token=S3cretToken99&amp;b=1", "https://x.example/?a=1&amp;token=S3…&amp;b=1"),
        ("https://x.example/?a=1;token=S3cretToken99;b=2", "https://x.example/?a=1;token=S3…;b=2"),
        ("https://x.example/#access_token=S3cretToken99", "https://x.example/#access_token=S3…"),
        ("https://x.example/?TOKEN=S3cretToken99", "https://x.example/?TOKEN=S3…"),
        ("https://x.example/?to%6Ben=S3cretToken99", "https://x.example/?to%6Ben=S3…"),
        ("https://x.example/?t&#111;ken&#61;S3cretToken99", "https://x.example/?t&#111;ken&#61;S3…"),
        ("https://x.example/?token%3DS3cretToken99", "https://x.example/?token%3DS3…"),
        ("https://x.example/?token=%533cretToken99", "https://x.example/?token=%533…"),
        (
            "https://g.example/?u=https%3A%2F%2Fx.example%2F%3Ftoken%3DS3cretToken99%26a%3D1&b=2",
            "https://g.example/?u=https%3A%2F%2Fx.example%2F%3Ftoken%3DS3…%26a%3D1&b=2",
        ),
        (
            "https://g.example/?u=https%253A%252F%252Fx.example%252F%253Ftoken%253DS3cretToken99%2526a%253D1",
            "https://g.example/?u=https%253A%252F%252Fx.example%252F%253Ftoken%253DS3…%2526a%253D1",
        ),
        (
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__x.example_-3Ftoken-3DS3cretToken99-26a-3D1&d=Dw",
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__x.example_-3Ftoken-3DS3…-26a-3D1&d=Dw",
        ),
        ("https://x.example/?password=a%26bcdefgh&c=1", "https://x.example/?password=a%26…&c=1"),
        ("https://x.example/?password=ab&cdefgh", "https://x.example/?password=ab…"),
        ("https://x.example/?password=ab#cdefgh", "https://x.example/?password=ab…"),
        ("https://x.example/?user[password]=Welcome123", "https://x.example/?user[password]=We…"),
        ("https://x.example/?password=hunter2", "https://x.example/?password=…"),
        ("https://bob:hunter22@x.example/a", "https://bob:hu…@x.example/a"),
        ("https://bob:hunter2@x.example/a", "https://bob:…@x.example/a"),
        ("https://bob:hunt@r22@x.example/a", "https://bob:hu…@x.example/a"),
        ("https://bob:hunt#r22@x.example/a", "https://bob:hu…@x.example/a"),
        ("//bob:hunter22@x.example", "//bob:hu…@x.example"),
        ("https:\\\\bob:hunter22@x.example", "https:\\\\bob:hu…@x.example"),
        ("https%3A%2F%2Fbob%3Ahunter22%40x.example%2F", "https%3A%2F%2Fbob%3Ahu…%40x.example%2F"),
        ("`bob:hunter22@x.example` is not a valid host name", "`bob:hu…@x.example` is not a valid host name"),
        ("[dd:ticket auth_password=Welcome123]", "[dd:ticket auth_password=We…]"),
        ("[dd:ticket auth_password=\"Welcome to us\" as=url]", "[dd:ticket auth_password=\"We…\" as=url]"),
        ("[dd:ticket auth_password=&quot;Welcome to us&quot;]", "[dd:ticket auth_password=&quot;We…&quot;]"),
        ("[dd:ticket auth_password=“Welcome to us”]", "[dd:ticket auth_password=“We…”]"),
        ("<a href='https://x.example/?token=S3cretToken99'>", "<a href='https://x.example/?token=S3…'>"),
        ("<a href=\"https://x.example/?token=S3cret.99!\">", "<a href=\"https://x.example/?token=S3…\">"),
        ("<a href=https://x.example/?token=S3cretToken99>go", "<a href=https://x.example/?token=S3…>go"),
        ("style=\"a:url(https://x.example/?token=S3cretToken99)\"", "style=\"a:url(https://x.example/?token=S3…\""),
        ("see https://x.example/?token=S3cretToken99.", "see https://x.example/?token=S3…."),
        (
            "mailto:a@b.example?body=https://x.example/?token=S3cretToken99",
            "mailto:a@b.example?body=https://x.example/?token=S3…",
        ),
        ("https://x.example/?token=3DS3cret=\r\nToken99&a", "https://x.example/?token=3D…&a"),
        ("https://x.example/?token=äöüäöüäöü", "https://x.example/?token=äö…"),
        ("?gtoken=1234567890[contactrecordid]0987654321&b=1", "?gtoken=12…[contactrecordid]09…&b=1"),
        ("?gtoken=1234567890[Contact: ID]0987654321&b=1", "?gtoken=12…[Contact: ID]09…&b=1"),
    ] {
        assert_eq!(mask(text), expected, "{text}");
        assert_eq!(mask(expected), expected, "masking again");
    }
}

#[test]
fn what_only_looks_like_it_is_shown() {
    for text in [
        "https://x.example/?topic=password",
        "https://x.example/?reset_password=true",
        "https://x.example/?token=",
        "https://x.example/?token",
        "https://x.example/?token=&a=1",
        "https://x.example/?token=[contactrecordid]",
        "https://x.example/?token=[Contact: ID]&a=1",
        "https://x.example/?token=%5Bcontactrecordid%5D",
        "https://x.example/?token={{token}}",
        "https://x.example/?token={token}",
        "https://x.example/?token=%TOKEN%",
        "https://x.example/?token=*|UNIQID|*",
        "https://x.example/?token=…",
        "https://x.example/?token=S3…&a=1",
        "https://x.example/?token=****",
        "https://x.example/?csrf_token_name=abcdefghij",
        "https://x.example:8443/a@b",
        "https://bob@x.example/",
        "https://bob:[contactid]@x.example/",
        "mailto:bob@x.example",
        "Mail:bob@x.example",
        "href=mailto:bob@x.example",
        "src=cid:image001.png@01D9ABCD.12345678",
        "https://[::1]:8080/a@b",
        "a[data-token] { } <input name=password type=password>",
        "https://x.example/password/token",
        "100% & more = less @ all",
    ] {
        assert_eq!(mask(text), text);
    }
}

#[test]
fn rules_learn_where_a_link_leads() {
    let links = |text: &str| -> Vec<(Option<String>, bool)> {
        find(text.as_bytes()).into_iter().map(|secret| (secret.link, secret.report)).collect()
    };
    let to = |host: &str, report| vec![(Some(host.to_owned()), report)];
    assert_eq!(links("https://a:b@X.Example:80/"), to("x.example", true));
    assert_eq!(links("https://X.Example/?token=abc"), to("x.example", true));
    assert_eq!(links("https://g.example/?u=https%3A%2F%2Fx.example%2F%3Ftoken%3Dabc"), to("x.example", true));
    assert_eq!(links("https://x.example/?password=true"), to("x.example", false));
    assert_eq!(links("https://x.example/?sig=abcdefghij"), to("x.example", false));
    assert_eq!(links("href=\"/login?token=abc\""), to("", true));
    assert_eq!(links("[dd:ticket auth_token=abc]"), [(None, true)]);
    assert_eq!(links("a?token=abc:0"), [(None, true)]);
}

#[test]
fn a_part_of_a_secret_is_masked_too() {
    let text = "<p>https://x.example/?token=0123456789</p>";
    let source = Source::from_text("a.html", text, SourceKind::Html);
    let at = text.find("0123").unwrap();
    for (from, to, expected) in [
        (at, at + 10, "01…"),
        (at + 1, at + 10, "1…"),
        (at + 5, at + 10, "…"),
        (at - 6, at + 1, "token=0"),
        (at - 6, at + 4, "token=01…"),
        (at + 9, at + 14, "…</p>"),
        (0, 3, "<p>"),
    ] {
        assert_eq!(source.quoted(Span::new(from, to)), expected, "{from}..{to}");
    }
}

#[test]
fn a_word_of_many_addresses_names_each_password_once() {
    for text in [
        format!("mailto:{}", "a@example.com,".repeat(1000)),
        format!("href=mailto:{}", "a@example.com,".repeat(1000)),
        format!("x=bob:hunter22{}", "@x".repeat(3000)),
        "x=bob:h@x@y".repeat(1000),
    ] {
        let found = find(text.as_bytes());
        assert!(found.len() <= text.matches("=b").count(), "{} {}", &text[..20], found.len());
    }
}
