//! How the tokenizer reads tags, comments and conditional comments.

use super::*;

/// One line per region: its kind, a `*` if it is conditional, and its text.
fn regions(html: &str) -> Vec<String> {
    let mark = |region: &Region| if region.conditional { "*" } else { "" };
    scan(html.as_bytes()).iter().map(|r| format!("{:?}{} {}", r.kind, mark(r), &html[r.span.range()])).collect()
}

#[test]
fn each_kind() {
    let table: &[(&str, &[&str])] = &[
        ("", &[]),
        ("a < b <3 </", &["Text a < b <3 </"]),
        ("<p>a</p >", &["StartTag <p>", "Text a", "EndTag </p >"]),
        ("<a b='>' c=\"'>\">x", &["StartTag <a b='>' c=\"'>\">", "Text x"]),
        ("<a b=c'> d\"e>", &["StartTag <a b=c'>", "Text  d\"e>"]),
        ("<a \">\"", &["StartTag <a \">", "Text \""]),
        ("<a b=c=\"d>\">", &["StartTag <a b=c=\"d>", "Text \">"]),
        ("<a/b =c\">\">", &["StartTag <a/b =c\">", "Text \">"]),
        ("<abcdefghi=\"a>\">", &["StartTag <abcdefghi=\"a>", "Text \">"]),
        ("<a b=\">\"c=\">\"/d=\">\">", &["StartTag <a b=\">\"c=\">\"/d=\">\">"]),
        ("<a b=\"c", &["StartTag <a b=\"c"]),
        ("</a x='>'>b", &["EndTag </a x='>'>", "Text b"]),
        ("<!-- > -- ->-->a", &["Comment <!-- > -- ->-->", "Text a"]),
        ("<!--> <!---> <!----!>", &["Comment <!-->", "Text  ", "Comment <!--->", "Text  ", "Comment <!----!>"]),
        ("<!--a", &["Comment <!--a"]),
        ("<!a><?b?></ c>", &["BogusComment <!a>", "BogusComment <?b?>", "BogusComment </ c>"]),
        ("<!docTYPE html>", &["Doctype <!docTYPE html>"]),
        ("<![CDATA[a]]>", &["BogusComment <![CDATA[a]]>"]),
        ("<svg><![CDATA[>]]></svg>", &["StartTag <svg>", "Cdata <![CDATA[>]]>", "EndTag </svg>"]),
        ("<svg/><![CDATA[>", &["StartTag <svg/>", "BogusComment <![CDATA[>"]),
        ("<style>a>b</i></STYLE >", &["StartTag <style>", "RawText a>b</i>", "EndTag </STYLE >"]),
        ("<title>&lt;<b></title>", &["StartTag <title>", "Rcdata &lt;<b>", "EndTag </title>"]),
        ("<xmp></xmpp", &["StartTag <xmp>", "RawText </xmpp"]),
        ("<plaintext></plaintext>", &["StartTag <plaintext>", "RawText </plaintext>"]),
        ("<noscript><p>", &["StartTag <noscript>", "StartTag <p>"]),
        (
            "<script><!--<script></script>--></script>",
            &["StartTag <script>", "RawText <!--<script></script>-->", "EndTag </script>"],
        ),
        ("<script><!-<script></script>", &["StartTag <script>", "RawText <!-<script>", "EndTag </script>"]),
    ];
    for (html, expected) in table {
        assert_eq!(regions(html), *expected, "{html}");
    }
}

#[test]
fn conditional_comments() {
    let table: &[(&str, &[&str])] = &[
        (
            "<!--[if mso]><b>x<![endif]-->y",
            &["ConditionalOpen <!--[if mso]>", "StartTag* <b>", "Text* x", "ConditionalClose <![endif]-->", "Text y"],
        ),
        ("<!--[IF mso]><![ENDIF] -->", &["ConditionalOpen <!--[IF mso]>", "ConditionalClose <![ENDIF] -->"]),
        ("<!--[if mso]>a-->b", &["ConditionalOpen <!--[if mso]>", "Text* a", "ConditionalClose -->", "Text b"]),
        ("<!--[if mso]><!--", &["ConditionalOpen <!--[if mso]>", "Comment* <!--"]),
        ("<!--[if mso]>a<p", &["ConditionalOpen <!--[if mso]>", "Text* a", "StartTag* <p"]),
        (
            "<svg><!--[if vml]><![CDATA[a]]>--><![CDATA[>]]>",
            &[
                "StartTag <svg>",
                "ConditionalOpen <!--[if vml]>",
                "BogusComment* <![CDATA[a]]>",
                "ConditionalClose -->",
                "Cdata <![CDATA[>]]>",
            ],
        ),
        // Everything inside ends with it, whether open or not.
        (
            "<!--[if mso]><a b=\"<![endif]-->\">",
            &["ConditionalOpen <!--[if mso]>", "StartTag* <a b=\"", "ConditionalClose <![endif]-->", "Text \">"],
        ),
        (
            "<!--[if mso]><style>a<![endif]--></style>",
            &[
                "ConditionalOpen <!--[if mso]>",
                "StartTag* <style>",
                "RawText* a",
                "ConditionalClose <![endif]-->",
                "EndTag </style>",
            ],
        ),
        (
            "<!--[if mso]><!-- a --><![endif]-->",
            &[
                "ConditionalOpen <!--[if mso]>",
                "Comment* <!-- a ",
                "ConditionalClose -->",
                "RevealedClose <![endif]-->",
            ],
        ),
        (
            "<!--[if mso]><!--[if vml]>a<![endif]-->",
            &[
                "ConditionalOpen <!--[if mso]>",
                "ConditionalOpen* <!--[if vml]>",
                "Text* a",
                "ConditionalClose <![endif]-->",
            ],
        ),
        (
            "<!--[if !mso]><!-->a<!--<![endif]-->",
            &["RevealedOpen <!--[if !mso]><!-->", "Text a", "RevealedClose <!--<![endif]-->"],
        ),
        (
            "<!--[if !mso]> <!-- -->a<!-- <![endif] -->",
            &["RevealedOpen <!--[if !mso]> <!-- -->", "Text a", "RevealedClose <!-- <![endif] -->"],
        ),
        ("<![if !mso]>a<![endif]>", &["RevealedOpen <![if !mso]>", "Text a", "RevealedClose <![endif]>"]),
        (
            "<!--[if !vml]-->a<!--[endif]-->",
            &["RevealedOpen <!--[if !vml]-->", "Text a", "RevealedClose <!--[endif]-->"],
        ),
        ("<!-- [if mso]>a<![endif]-->", &["Comment <!-- [if mso]>a<![endif]-->"]),
        ("<!--[iffy]>a-->", &["Comment <!--[iffy]>a-->"]),
        ("<!--[if so] see [1]-->", &["Comment <!--[if so] see [1]-->"]),
    ];
    for (html, expected) in table {
        assert_eq!(regions(html), *expected, "{html}");
    }
}

#[test]
fn attributes_as_written() {
    let html = "<td a b=1 C = '2>' d=\"\" e= =f g=/h/ i='j'k l=>";
    let tag = Span::new(0, html.len());
    let text = |span: Span| &html[span.range()];
    assert_eq!(text(tag_name(html.as_bytes(), tag)), "td");
    let found: Vec<_> = attributes(html.as_bytes(), tag).map(|a| (text(a.name), a.value.map(text), a.quote)).collect();
    let expected = [
        ("a", None, Quote::None),
        ("b", Some("1"), Quote::None),
        ("C", Some("2>"), Quote::Single),
        ("d", Some(""), Quote::Double),
        ("e", Some("=f"), Quote::None),
        ("g", Some("/h/"), Quote::None),
        ("i", Some("j"), Quote::Single),
        ("k", None, Quote::None),
        ("l", Some(""), Quote::None),
    ];
    assert_eq!(found, expected);
}
