//! What a displayed message may contain, and what it must not.

use super::*;

const ON: Pictures<'static> = Pictures::Https { except: &[] };

#[test]
fn a_mail_as_people_write_it_stays_as_it_is() {
    for html in [
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n<html lang=\"en\">",
        "<table width=\"600\" cellpadding=\"0\" bgcolor=\"#ffffff\" style=\"width: 600px\"><tr><td align=\"center\">a &amp; b &lt; c</td></tr></table>",
        "<p data-psalink-file=\"0\" data-psalink-line=\"12\" class=\"x\">Hello</p>",
        "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=1\" style=\"color: #0b5fff\">Open</a>",
        "<style media=\"screen\">p > a { color: red } @media (prefers-color-scheme: dark) { p { color: #fff } }</style>",
        "<title>A &lt;b&gt; c</title><img src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\" alt=\"é\" width=\"1\">",
        "<svg viewbox=\"0 0 1 1\" width=\"9\"><path d=\"M0 0\" fill=\"red\"/></svg>",
    ] {
        assert_eq!(written(html, Pictures::Off, "", Links::Kept), html);
        assert_eq!(written(html, ON, "", Links::Kept), html);
    }
    // A link leads nowhere, and says where it would lead.
    let link = "<a href=\"https://a.example/?a&amp;b\">x</a><a title=t href=http://a.example>y</a><a href=mailto:a@b.example>z</a>";
    assert_eq!(
        copy(link, ON),
        "<a title=\"https://a.example/?a&amp;b\" href=\"#\">x</a><a title=\"t\" href=\"#\">y</a>\
         <a title=\"mailto:a@b.example\" href=\"mailto:a@b.example\">z</a>"
    );
    assert_eq!(copy("<p>a < b &c<!-- x --> <o:p>y</o:p></P>", ON), "<p>a &lt; b &c <x-o:p>y</x-o:p></p>");
    assert_eq!(copy("<!--[if mso]><b>x</b><![endif]--><!--[if !mso]><!-->y<!--<![endif]-->", ON), "y");
    assert_eq!(copy("<xmp><b>&amp;</xmp><plaintext></p>", ON), "<pre>&lt;b>&amp;amp;</pre><pre>&lt;/p>");
    assert_eq!(
        copy("<meta name=Color-Scheme content='light dark'><meta name=x content=y>", ON),
        "<meta name=\"color-scheme\" content=\"light dark\">"
    );
}

/// Every way to make a browser load, run or navigate; none of these words remain in the copy.
#[test]
fn nothing_that_fetches_or_runs_is_left() {
    for html in [
        "<link rel=preconnect href=//x.example>",
        "<LINK/REL=preconnect/HREF=//x.example>",
        "<link\trel=dns-prefetch\thref=//x.example>",
        "<svg><link rel=preconnect href=//x.example></svg>",
        "<svg><foreignObject><link rel=preload href=//x.example>",
        "<noscript><link rel=prefetch href=//x.example></noscript>",
        "<template shadowrootmode=open><link rel=preconnect href=//x.example></template>",
        "<!-- <a title=' --><link rel=preconnect href=//x.example>",
        "<title><link rel=preconnect href=//x.example></title>",
        "<textarea></textarea ><link rel=preconnect href=//x.example>",
        "<script><!--<script></script><link rel=preconnect href=//x.example>",
        "<select><link rel=preconnect href=//x.example></select>",
        "<iframe srcdoc=\"<link rel=preconnect href=//x.example>\"></iframe>",
        "<iframe src=//x.example><link rel=x></iframe>",
        "<frameset><frame src=//x.example></frameset>",
        "<meta http-equiv=refresh content='0;url=//x.example'>",
        "<meta http-equiv=link content='<//x.example>; rel=preconnect'>",
        "<base href=//x.example><a href=x>y</a>",
        "<object data=//x.example codebase=//x.example classid=//x.example></object>",
        "<embed src=//x.example>",
        "<applet code=//x.example archive=//x.example>",
        "<video src=//x.example poster=//x.example><source src=//x.example><track src=//x.example></video>",
        "<audio src=//x.example>",
        "<img src=//x.example lowsrc=//x.example dynsrc=//x.example longdesc=//x.example>",
        "<img srcset='//x.example 1x' loading=lazy>",
        "<image src=//x.example>",
        "<picture><source srcset=//x.example></picture>",
        "<svg><image href=//x.example xlink:href=//x.example></svg>",
        "<svg><use href=//x.example#x></svg>",
        "<svg><filter><feImage href=//x.example></filter></svg>",
        "<svg><mask id=a></mask><rect mask='url(//x.example#m)'>",
        "<svg><script href=//x.example></script></svg>",
        "<svg><a xlink:href=//x.example>",
        "<p style='background:url(//x.example)'>",
        "<p style='background:u&#92;72l(//x.example)'>",
        "<style>@import '//x.example';</style>",
        "<a ping=//x.example href=#>",
        "<form action=//x.example><button formaction=//x.example></form>",
        "<input type=image src=//x.example>",
        "<isindex action=//x.example>",
        "<portal src=//x.example></portal>",
        "<fencedframe src=//x.example></fencedframe>",
        "<body background=//x.example>",
        "<td background=//x.example>",
        "<?xml-stylesheet href=//x.example?>",
        "<html manifest=//x.example>",
        "<script type=speculationrules>{\"x\":\"//x.example\"}</script>",
        "<!DOCTYPE html [<!ENTITY x SYSTEM \"//x.example\">]>",
        "<!--[if !mso]><!--><link rel=icon href=//x.example><!--<![endif]-->",
        "<bgsound src=//x.example>",
        "<link imagesrcset='//x.example 1x' rel=preload as=image>",
        "<math><maction actiontype=statusline xlink:href=//x.example>",
        "<layer src=//x.example>",
        "<blockquote cite=//x.example>",
        "<p onclick='//x.example'>",
        "<a href='javascript:\"//x.example\"'>",
        "<table/background=//x.example>",
        "<img/src='//x.example'/onerror=x>",
        "<p style=\"behavior:url(//x.example);-moz-binding:url(//x.example)\">",
        "<xml><x src=//x.example></xml>",
        "<img src=\"//x.example",
        "<link rel=preconnect href=//x.example",
        "<x-a src=//x.example is=//x.example>",
        "<hr src=//x.example profile=//x.example>",
    ] {
        let shown = copy(html, Pictures::Off);
        let tags: String = tags(&shown);
        assert!(!tags.contains("x.example"), "{html}: {shown}");
        let shown = copy(html, ON);
        assert!(!self::tags(&shown).contains("x.example"), "not absolute, or no picture: {html}: {shown}");
    }
    let quoted = copy("<a title='<link rel=preconnect href=//x.example>'>", ON);
    assert_eq!(quoted, "<a title=\"&lt;link rel=preconnect href=//x.example>\">");
    // In a drawing, browsers parse the sheet as markup; a reference in it is broken up.
    let drawn = copy("<svg><style>a{background:&#117;rl(//x.example)}</style></svg>", ON);
    assert_eq!(drawn, "<svg><style>a{background:&/**/#117;rl(//x.example)}</style></svg>");
    let clobbering = "<img name=images id=images><form name=addEventListener id=f><input name=closest></form>";
    assert_eq!(copy(clobbering, Pictures::Off), "<img id=\"images\"><form id=\"f\"><input></form>");
}

/// Everything that a browser could take for a tag, and everything that it takes for a style.
fn tags(html: &str) -> String {
    let mut rest = html;
    let mut tags = String::new();
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let rest_without = rest.strip_prefix("<a title=").and_then(|rest| rest.split_once('"')?.1.split_once('"'));
        rest = rest_without.map_or(rest, |(_, rest)| rest);
        let end = match rest.starts_with("<style") {
            true => rest.find("</style>").unwrap_or(rest.len()),
            false => rest.find('>').map_or(rest.len(), |end| end + 1),
        };
        tags.push_str(&rest[..end]);
        rest = &rest[end.max(1)..];
    }
    tags
}

#[test]
fn every_tag_of_a_copy_is_of_the_list() {
    let pieces = [
        "<",
        "</",
        "p",
        "style",
        "script",
        "title",
        "svg",
        ">",
        "/>",
        " ",
        "=",
        "'",
        "\"",
        "<!--",
        "-->",
        "<!--[if mso]>",
        "<![endif]-->",
        "]]>",
        "<![CDATA[",
        "&lt;",
        "link",
        "img src=https://a.example/ ",
        "é",
        "\0",
        "xmp",
        "plaintext",
        "url(",
        "iframe",
        "!",
        "?",
    ];
    let mut state: u64 = 7;
    for _ in 0..20_000 {
        let mut html = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            html.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        for shown in [copy(&html, ON), copy(&html, Pictures::Off)] {
            for (at, _) in shown.match_indices('<') {
                let name: String = shown[at + 1..]
                    .trim_start_matches('/')
                    .chars()
                    .take_while(|character| character.is_ascii_alphanumeric() || *character == '-')
                    .collect();
                let next = shown[at + 1..].chars().next().unwrap_or(' ');
                let is_tag = next.is_ascii_alphabetic() || "/!?".contains(next);
                let is_known = ["p", "style", "title", "svg", "img", "pre"].contains(&&*name) || name.starts_with("x-");
                assert!(!is_tag || is_known, "{html:?}: {shown:?}");
            }
            // A copy of the copy is the same, except for what a style respells.
            assert_eq!(copy(&shown, ON).matches('<').count(), shown.matches('<').count(), "{html:?}: {shown:?}");
        }
    }
}
