//! Templates that consist of a single thing: anything with quadratic cost shows up in one of them.

/// A template of one kind, as long as requested.
pub struct Shape {
    /// Its name in the table.
    pub name: &'static str,
    /// Written once, at the start.
    before: &'static str,
    /// Repeated; `#` becomes a number that is different each time.
    unit: &'static str,
    /// Written once, at the end.
    after: &'static str,
    /// `html` or `txt`.
    pub ending: &'static str,
}

impl Shape {
    /// About that many bytes of it.
    pub fn write(&self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 200);
        text.push_str(self.before);
        let [head, tail] = match self.name {
            // Both halves must grow: the rules of a style sheet, and what they are matched with.
            name if name.starts_with("css") => [bytes / 2, bytes],
            _ => [0, bytes],
        };
        if head > 0 {
            let (rule, element) = self.unit.split_once('|').unwrap_or((self.unit, ""));
            text.push_str("<style>");
            repeat(rule, head, &mut text);
            text.push_str("</style>");
            repeat(element, tail, &mut text);
        } else {
            repeat(self.unit, tail, &mut text);
        }
        text.push_str(self.after);
        text
    }
}

fn repeat(unit: &str, until: usize, text: &mut String) {
    let is_numbered = unit.contains('#');
    let mut number = 1000;
    while text.len() < until && !unit.is_empty() {
        match is_numbered {
            true => text.push_str(&unit.replace('#', &number.to_string())),
            false => text.push_str(unit),
        }
        number += 1;
    }
}

const fn html(name: &'static str, before: &'static str, unit: &'static str, after: &'static str) -> Shape {
    Shape { name, before, unit, after, ending: "html" }
}

const fn plain(name: &'static str, unit: &'static str) -> Shape {
    Shape { name, before: "", unit, after: "", ending: "txt" }
}

/// All shapes; those of a style sheet have the rule before `|` and the element after it.
pub const SHAPES: &[Shape] = &[
    html("a usual mail", "", "<p>Ticket [srnumber] for [contactfirstname]: <b>done</b>.</p>\n", ""),
    html("a usual mail on one line", "", "<p>Ticket [srnumber] for [contactfirstname]: <b>done</b>.</p> ", ""),
    html("css: classes", "", ".c# { color: red } |<p class=\"c#\">x</p>", ""),
    html("css: hidden classes", "", ".c# { display: none } |<p class=\"c#\">x</p>", ""),
    html("css: descendants", "", "div p .c# { display: none } |<div><p class=\"c#\">x</p></div>", ""),
    html("css: children and siblings", "", "div > p + p ~ b.c# { white-space: pre } |<p>x</p>", ""),
    html("css: attribute selectors", "", "a[href*=\"x#\"] { display: none } |<a href=\"https://x.example/\">x</a>", ""),
    html("css: many elements, one rule", "", ".c { display: none } |<p class=\"c d e f g\">x</p>", ""),
    html("css: selectors in one list", "", "p.c#, |<p class=\"c#\">x</p>", ""),
    html("css: a block that never closes", "", ".c# { a: b; |", ""),
    html("css: media queries", "", "@media (x) { .c# { display: none } } |<p>x</p>", ""),
    html("many style sheets", "", "<style>.c# { display: none }</style><p class=\"c#\">x</p>", ""),
    html("styles in tags", "", "<p style=\"display:none\">x</p>", ""),
    html("distinct attributes in one tag", "<p ", "a#=\"x\" ", ">x</p>"),
    html("one attribute again and again", "<p ", "a=\"x\" ", ">x</p>"),
    html("attributes without values", "<p ", "a# ", ">x</p>"),
    html("a tag that never closes", "", "<p a# ", ""),
    html("addresses in one tag", "<a ", "href=\"https://x.example/?a=#\" ", ">x</a>"),
    html("macros in one tag", "<a ", "a#=\"[srnumber]\" ", ">x</a>"),
    html("distinct unknown macros", "", "[name#] ", ""),
    html("distinct unknown macros, a line each", "", "[name#]\n", ""),
    html("distinct names of another PSA", "", "[Ticket: Udf #] ", ""),
    html("distinct misspelt macros", "", "[srnumbr#] ", ""),
    html("one unknown macro", "", "[nothing] ", ""),
    html("macros of another PSA", "", "[Ticket: Title] ", ""),
    html("macros in the wrong case", "", "[SRNumber] ", ""),
    html("spaced macros", "", "[ srnumber ] ", ""),
    html("distinct texts in brackets", "", "[a# b] ", ""),
    html("ends of link macros", "", "dd:ticket]", ""),
    html("link macros in braces", "", "{dd:ticket} ", ""),
    html("link macros that go on", "", "<a href=\"[dd:ticket]&utm=#\">x</a>\n", ""),
    html("macros with a blank of another kind", "", "[sr&nbsp;number] ", ""),
    html("doubled brackets", "", "[[srnumber]] ", ""),
    html("split macros", "", "[sr<b>number</b>] ", ""),
    html("encoded macros", "", "%5Bsrnumber%5D ", ""),
    html("macros that never close", "", "[srnumber ", ""),
    html("open brackets", "", "[", ""),
    html("closed brackets", "", "]", ""),
    html("brackets in brackets", "", "[a[b", ""),
    html("encoded brackets", "", "%5B", ""),
    html("brackets as references", "", "&#91;srnumber&#93; ", ""),
    html("percent signs", "", "%", ""),
    html("percent names", "", "%ticket% ", ""),
    html("percent numbers", "", "%25", ""),
    html("foreign syntax: braces", "", "{{x}} ", ""),
    html("foreign syntax: distinct braces", "", "{{x#}} ", ""),
    html("foreign syntax: open braces", "", "{{", ""),
    html("foreign syntax: dollars", "", "${ticket} ", ""),
    html("foreign syntax: three in turn", "", "{{ticket.id#}} ${ticket.id#} %ticket#% ", ""),
    html("foreign syntax: hashes", "", "##ticket.id## ", ""),
    html("foreign syntax: blocks", "", "{% if x %} ", ""),
    html("link macros", "", "[dd:ticket] ", ""),
    html("link macros with parameters", "", "[dd:ticket as=button text=\"Open #\"] ", ""),
    html("link macros that are wrong", "", "[dd:tikcet# a=b] ", ""),
    html("link macros that never close", "", "[dd:ticket ", ""),
    html("a link macro that never closes", "[dd:ticket text=\"", "a ", ""),
    html("a link macro with many keys", "[dd:ticket ", "k#=v ", "]"),
    html("a link macro with a long text", "[dd:ticket text=\"", "word ", "\"]"),
    html(
        "portal links",
        "",
        "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]\">x</a> ",
        "",
    ),
    html(
        "portal links that are wrong",
        "",
        "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=tickt&id=#\">x</a> ",
        "",
    ),
    html(
        "portal links as text",
        "",
        "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber] ",
        "",
    ),
    html(
        "a link with many parameters",
        "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket",
        "&p#=1",
        "\">x</a>",
    ),
    html(
        "a link with one parameter many times",
        "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket",
        "&a=1",
        "\">x</a>",
    ),
    html(
        "a link with macros in it",
        "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket",
        "&p#=[x#]",
        "\">x</a>",
    ),
    html(
        "a link with a long value",
        "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=",
        "9",
        "\">x</a>",
    ),
    html(
        "a link with a macro in each parameter",
        "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket",
        "&k#=[srnumber]",
        "\">x</a>",
    ),
    html(
        "links to misspelt portals",
        "",
        "<a href=\"https://acme#.deskdirectr.com/portal/deeplink?name=ticket&ticket_id=[srnumber]\">x</a>\n",
        "",
    ),
    html("links from an address bar", "", "<a href=\"https://acme.deskdirector.com/portal/v2/tickets/#\">x</a>\n", ""),
    html("long words that are all different", "", "https://acme.deskdirector.com/portal/v2/tickets/# ", ""),
    html("addresses in doubled quotes", "", "<a href=\"\"https://x#.example/\"\">x</a>\n", ""),
    html(
        "example addresses",
        "",
        "<a href=\"mailto:user#@example.com\">user#@example.com</a> https://example#.com ",
        "",
    ),
    html("areas", "", "<area href=\"https://x.example/a\" alt=\"b\">", ""),
    html("links in elements that are all different", "", "<v:s# href=\"https://x.example/a\" alt=\"b\">", ""),
    html("a link that never ends", "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&", "a=b&", ""),
    html("a link in a link in a link", "", "https://nam01.safelinks.protection.outlook.com/?url=", ""),
    html(
        "wrapped links",
        "",
        "<a href=\"https://nam01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3Fname%3Dticket%26ticket_id%3D#\">x</a> ",
        "",
    ),
    html("hosts that are not ours", "", "<a href=\"https://x#.example/\">y</a> ", ""),
    html("relative addresses", "", "<a href=\"a#.html\">y</a> ", ""),
    html(
        "credentials in links",
        "",
        "<a href=\"https://acme.deskdirector.com/portal/deeplink?name=ticket&token=abcdefgh#\">y</a> ",
        "",
    ),
    html("allow comments on top", "", "<!-- psalink: allow missing-alt -->\n", "<p>x</p>"),
    html(
        "allow comments, one for a line",
        "<p>a</p>\n",
        "<!-- psalink: allow missing-alt -->\n<img src=\"https://x.example/\">\n",
        "",
    ),
    html("allow comments that allow nothing", "<p>a</p>\n", "<!-- psalink: allow missing-alt -->\n<p>x</p>\n", ""),
    html("allow comments and no line after", "<p>a</p>", "\n<!-- psalink: allow missing-alt -->", ""),
    html(
        "allow comments on one line",
        "<p>a</p>",
        "<!-- psalink: allow missing-alt --><img src=\"https://x.example/\">",
        "",
    ),
    html(
        "an allow comment with many rules",
        "<!-- psalink: allow ",
        "missing-alt, ",
        "-->\n<img src=\"https://x.example/\">",
    ),
    html("an allow comment with unknown rules", "<!-- psalink: allow ", "rule#, ", "-->\n<p>x</p>"),
    html("misspelt allow comments", "", "<!-- psalink alow rule# -->\n", ""),
    html("comments", "", "<!-- x -->", ""),
    html("comments that never close", "", "<!-- ", ""),
    html("conditionals", "", "<!--[if mso]><p>x</p><![endif]-->", ""),
    html("conditionals that never close", "", "<!--[if mso]>x", ""),
    html("conditionals that never open", "", "<![endif]-->x", ""),
    html("conditionals in conditionals", "", "<!--[if mso]><!--[if gte mso 9]>", ""),
    html("revealed conditionals", "", "<!--[if !mso]><!--><a href=\"https://x.example/\">x</a><!--<![endif]-->", ""),
    html("declarations", "", "<!x>", ""),
    html("processing instructions", "", "<?x ?>", ""),
    html("one line of tags", "", "<br>", ""),
    html("one line of div", "", "<div>", ""),
    html("one line of anchors", "", "<a href=\"https://x.example/\">", ""),
    html("one line of empty anchors", "", "<a href=\"https://x.example/\"></a>", ""),
    html("pictures without words", "", "<img src=\"https://x.example/#.png\">", ""),
    html("end tags", "", "</p>", ""),
    html("open angle brackets", "", "<", ""),
    html("open tags", "", "<a", ""),
    html("ampersands", "", "&", ""),
    html("references", "", "&amp;", ""),
    html("references without an end", "", "&amp", ""),
    html("double references", "", "&amp;amp;", ""),
    html("long references", "", "&#00000000", ""),
    html("ampersands in addresses", "", "<a href=\"https://x.example/?a=1&b=2&copy=3\">x</a>", ""),
    html("mail source", "", "<a href=3D\"https://x.example/\">x</a>=\n", ""),
    html("quotes", "<p title=", "\"'", ""),
    html("smart quotes", "", "<a href=”https://x.example/”>x</a>", ""),
    html("attributes that never close", "", "<a href=\"x>", ""),
    html("one word", "", "a", ""),
    html("words on one line", "", "word ", ""),
    html("lines", "", "word\n", ""),
    html("empty lines", "", "\n", ""),
    html("carriage returns", "", "\r", ""),
    html("blanks", "", " ", ""),
    html("accents and emoji", "", "é😀 [srnumber] ", ""),
    html("bytes of zero", "", "\0", ""),
    html("table cells", "<table><tr>", "<td>x</td>", "</tr></table>"),
    html("table rows", "<table>", "<tr><td>x</td><td>y</td></tr>", "</table>"),
    html("table rows of many cells", "<table>", "<tr><td>a<td>b<td>c<td>d<td>e<td>f<td>g<td>h</tr>", "</table>"),
    html("tables", "", "<table><tr><td>x</td></tr></table>", ""),
    html("tables in tables", "", "<table><tr><td>", ""),
    html("list items", "<ul>", "<li>x", ""),
    html("lists in lists", "", "<ul><li>", ""),
    html("formatting that never closes", "", "<b><i>x", ""),
    html("formatting across paragraphs", "", "<p><b><i>x</p>", ""),
    html("quoted mails", "", "<blockquote>", ""),
    html("preformatted lines", "<pre>", "word\n", "</pre>"),
    html("scripts", "", "<script>x</script>", ""),
    html("scripts that never close", "", "<script><!--<script>", ""),
    html("forms", "", "<form action=\"https://x.example/\"><input name=a></form>", ""),
    html("text areas", "", "<textarea>[srnumber]</textarea>", ""),
    html("frames of another kind", "", "<svg><math><title>", ""),
    html("settings on top", "---\n", "key#: value\n", "---\n<p>x</p>"),
    html("settings that never close", "---\n", "subject: x\n", ""),
    html("settings: deep", "---\nsubject: ", "[", "\n---\n<p>x</p>"),
    plain("text: macros", "[srnumber] "),
    plain("text: links", "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber] "),
    plain("text: distinct addresses", "https://x#.example/ "),
    plain("text: distinct unknown macros", "[name#] "),
    plain("text: lines", "word\n"),
    plain("text: line breaks of HTML", "<br>&nbsp;"),
    plain("text: tokens in one word", "token=a&"),
    plain("text: open tokens in one word", "token=["),
    plain("text: addresses in one word", "mailto:a@example.com,"),
    plain("text: names and passwords in one word", "x=bob:h@x@y"),
    plain("text: passwords in one address", "//a:b@"),
    plain("text: angle brackets", "<"),
    plain("text: colons", "a:"),
    plain("text: dots", "a."),
];
