use super::*;
use crate::session::Overrides;
use crate::source::SourceKind;
use crate::{Config, Session, Source, Template};

/// Renders a body, whose kind depends on its name, with some values in addition to the usual ones.
fn render_with(config: &str, name: &str, body: &str, values: &[&str]) -> Rendered {
    let session = Session::new(Config::parse("psalink.yaml", config).unwrap(), Overrides::default()).unwrap();
    let mut rewriter = session.rewriter();
    let kind = if name.ends_with(".txt") { SourceKind::Text } else { SourceKind::Html };
    let template = Template::of(Source::from_text(name, body, kind));
    let ready = session.ready(&template, &mut rewriter).unwrap_or_else(|error| panic!("{error}"));
    let mut sample = Sample::built_in("standard", session.vocabulary()).unwrap();
    values.iter().for_each(|value| sample.set(value, session.vocabulary()).unwrap());
    render(&ready, &sample, &mut rewriter.parser)
}

const AUTOTASK: &str = "portal: acme\ndialect: autotask\nbare: off\n";
const CONNECTWISE: &str = "portal: acme\ndialect: connectwise\nbare: off\n";

#[test]
fn values_arrive_as_text() {
    let title = "ticket.title=R&D <b>\"x\"</b> 'y'";
    let escaped = "R&amp;D &lt;b&gt;&quot;x&quot;&lt;/b&gt; &#39;y&#39;";
    let percent = "R%26D%20%3Cb%3E%22x%22%3C%2Fb%3E%20%27y%27";
    for (body, expected) in [
        ("<p>[Ticket: Title]</p>", format!("<p>{escaped}</p>")),
        ("<title>[Ticket: Title]</title>", format!("<title>{escaped}</title>")),
        ("<img alt='[Ticket: Title]'>", format!("<img alt='{escaped}'>")),
        ("<a href=\"https://x.example/?t=[Ticket: Title]\">", format!("<a href=\"https://x.example/?t={percent}\">")),
        ("<p>https://x.example/?t=[Ticket: Title]</p>", format!("<p>https://x.example/?t={percent}</p>")),
        (
            "<a href='mailto:a@b.example?subject=[Ticket: Title]'>",
            format!("<a href='mailto:a@b.example?subject={percent}'>"),
        ),
        ("<!--[if mso]>[Ticket: Title]<![endif]-->", format!("<!--[if mso]>{escaped}<![endif]-->")),
        ("<!-- [Ticket: Title] -->", format!("<!-- {escaped} -->")),
        ("<a href=\"[Ticket: Link]\">", "<a href=\"https://autotask.example.com/ticket/148372\">".to_owned()),
        (
            "<a href=\"https://r.example/?to=[Ticket: Link]\">",
            "<a href=\"https://r.example/?to=https%3A%2F%2Fautotask.example.com%2Fticket%2F148372\">".to_owned(),
        ),
        ("<a href=\"mailto:[Contact: Email Address]\">", "<a href=\"mailto:robin.fields@client.example\">".to_owned()),
        (
            "<div>[Ticket: Description]</div>",
            "<div><p>The printer beside the kitchen shows <b>offline</b> on every PC.</p></div>".to_owned(),
        ),
    ] {
        let mail = render_with(AUTOTASK, "a.html", body, &[title]);
        assert_eq!(mail.html.as_deref(), Some(expected.as_str()), "{body}");
        assert_eq!(mail.left, [], "{body}");
    }
    let text = render_with(AUTOTASK, "a.txt", "[Ticket: Title] https://x.example/[Ticket: Title]", &[title]);
    assert_eq!(text.text, format!("{} https://x.example/{percent}", &title["ticket.title=".len()..]));
    assert_eq!(text.html, None);
}

#[test]
fn what_is_not_filled_in_is_left_and_reported() {
    let body = "<p>[Ticket: Titel] [srnumber] [Ticket: Nummer] [ticket: id] [Ticket: Ticket Number] [Ticket: Foo]\
                [Client: Nobody Has It] [Product Name] [dd:nothing] [Ticket: RMA Number] [Ticket: Foo]</p>\
                <style>.x[y] {}</style><!-- [srnumber] -->";
    let english = format!("{AUTOTASK}autotask: {{ language: en }}\n");
    let mail = render_with(&english, "a.html", body, &[]);
    let left: Vec<(&str, LeftReason)> = mail.left.iter().map(|left| (left.text.as_str(), left.reason)).collect();
    assert_eq!(mail.html.as_deref(), Some(body));
    for expected in [
        ("[Ticket: Titel]", LeftReason::Foreign),
        ("[srnumber]", LeftReason::Foreign),
        ("[ticket: id]", LeftReason::Damaged),
        ("[Ticket: Ticket Number]", LeftReason::Misspelt),
        ("[Ticket: Foo]", LeftReason::Unknown),
        ("[Product Name]", LeftReason::FillIn),
        ("[dd:nothing]", LeftReason::Macro),
    ] {
        assert!(left.contains(&expected), "{expected:?} {left:?}");
    }
    assert_eq!(left.iter().filter(|(text, _)| *text == "[Ticket: Foo]").count(), 1);
    let mail = render_with(CONNECTWISE, "a.html", "<p>[ourtoken]</p>", &["[ourtoken]=<x>"]);
    assert_eq!((mail.html.as_deref(), mail.left.len()), (Some("<p>&lt;x&gt;</p>"), 0));
    let autotask = Vocabulary::builtin().dialect("autotask").unwrap();
    let sample = Sample::built_in("standard", Vocabulary::builtin()).unwrap();
    let has_none = |name: &&str| sample.value(Vocabulary::builtin(), autotask, name).is_none();
    let name = autotask.placeholders().iter().map(|placeholder| placeholder.name.as_str()).find(has_none).unwrap();
    let none = render_with(&english, "a.html", &format!("<p>[{name}]</p>"), &[]);
    assert_eq!(none.left, [LeftOver { text: format!("[{name}]"), reason: LeftReason::NoValue }]);
}

#[test]
fn every_byte_of_the_html_knows_its_place_in_the_file() {
    let body =
        "---\nsubject: x\n---\n<!-- psalink: allow missing-alt -->\n<p>[contactfirstname] [dd:ticket]</p>\n<b>end</b>";
    let session = Session::new(Config::parse("psalink.yaml", CONNECTWISE).unwrap(), Overrides::default()).unwrap();
    let mut rewriter = session.rewriter();
    let template = Template::of(Source::from_text("a.html", body, SourceKind::Html));
    let ready = session.ready(&template, &mut rewriter).unwrap();
    let sample = Sample::built_in("standard", session.vocabulary()).unwrap();
    let (mail, trace) = render_traced(&ready, &sample, &mut rewriter.parser);
    let html = mail.html.unwrap();
    for (made, written) in
        [("<p>", "<p>"), ("Robin", "[contactfirstname]"), ("<a href", "[dd:ticket]"), ("<b>end", "<b>end")]
    {
        let at = html.find(made).unwrap_or_else(|| panic!("{html}"));
        assert_eq!(ready.origin(trace.origin(at)), body.find(written).unwrap(), "{made}");
    }
}

#[test]
fn a_value_that_breaks_out_of_its_attribute_is_reported() {
    for (body, value, breaks) in [
        ("<p title=[Contact: First Name]>", "a onclick=alert(1)", true),
        ("<p title=[Contact: First Name]>", "Robin", false),
        ("<p title=\"[Contact: First Name]\">", "a \" onclick=alert(1)", false),
        ("<p title='[Ticket: Description]'>", "x", false),
        ("<p title=\"[Ticket: Number (with link)]\">", "x", true),
    ] {
        // The space in the name of an Autotask placeholder would end an unquoted attribute.
        let (config, body) = match body.contains("title=[") {
            true => (CONNECTWISE, body.replace("[Contact: First Name]", "[contactfirstname]")),
            false => (AUTOTASK, body.to_owned()),
        };
        let mail = render_with(config, "a.html", &body, &[&format!("contact.first_name={value}")]);
        assert_eq!(!mail.breaking.is_empty(), breaks, "{body} {:?}", mail.html);
    }
}

#[test]
fn an_empty_mail_is_known() {
    for (name, body, is_empty) in [
        ("a.html", "<body><p>&nbsp;</p><div style=\"display:none\">hidden</div></body>", true),
        ("a.html", "<p><img src=\"https://x.example/a.png\" alt=\"\"></p>", false),
        ("a.html", "<p>x</p>", false),
        ("a.html", "", true),
        ("a.html", "---\ntext: |\n  words\n---\n<p> </p>", true),
        ("a.txt", " \n", true),
        ("a.txt", "x", false),
    ] {
        assert_eq!(render_with(CONNECTWISE, name, body, &[]).is_empty(), is_empty, "{body}");
    }
}

#[test]
fn a_subject_stays_on_one_line() {
    let body = "---\nsubject: Ticket #[srnumber]: [contactfirstname]\n---\n<p>";
    for value in
        ["a\r\nBcc: x@y.example", "a\nBcc: x@y.example", "a\u{2028}Bcc: x@y.example", "a\u{b}\tBcc: x@y.example"]
    {
        let mail = render_with(CONNECTWISE, "a.html", body, &[&format!("contactfirstname={value}")]);
        assert_eq!(mail.subject.as_deref(), Some("Ticket #148372: a Bcc: x@y.example"), "{value:?}");
    }
}

#[test]
fn every_link_is_read_back() {
    let portal = "https://acme.deskdirector.com/portal/deeplink";
    for (body, expected) in [
        (format!("<a href='{portal}?name=ticket&amp;ticket_id=[srnumber]&amp;action=chat'>Chat <b>now</b></a>"), None),
        (
            format!("<a href='{portal}?name=ticket&amp;ticket_id=[srnumbr]'>x</a>"),
            Some("`[srnumbr]` looks like a misspelled `[srnumber]`"),
        ),
        (format!("<a href='{portal}?name=ticket'>x</a>"), Some("this link to `ticket` needs `ticket_id=`")),
        (format!("<a href='{portal}?name=tickets&amp;ticket_id=1'>x</a>"), Some("has no page `tickets`")),
        (format!("<a href='{portal}?ticket_id=1'>x</a>"), Some("`name=` is missing")),
        (format!("<a href='{portal}?name=ticket&amp;ticket_id=T1'>x</a>"), Some("cannot be `T1`")),
        (
            format!("<a href='{portal}?name=ticket&amp;ticket_id=[srnumber]&amp;action=dance'>x</a>"),
            Some("cannot be `dance`"),
        ),
        (
            format!("<a href='{portal}?name=ticket&amp;ticket_id=[srnumber]&amp;colour=red'>x</a>"),
            Some("has no parameter `colour`"),
        ),
        (format!("<p>{portal}?name=ticket_list&amp;state=open</p>"), None),
        (
            "<a href='https://evil.example/portal/deeplink?name=ticket_list'>x</a>".to_owned(),
            Some("leads to `evil.example`"),
        ),
        (
            "<a href='ddportal://name=ticket&amp;ticket_id=[srnumber]'>x</a>".to_owned(),
            Some("only where the desktop portal is installed"),
        ),
        (format!("<a href='{portal}?name=ticket&amp;ticket_id=4711'>x</a>"), Some("would open record 4711")),
    ] {
        let mail = render_with(CONNECTWISE, "a.html", &body, &[]);
        let [link] = mail.links.as_slice() else { panic!("{body} {:?}", mail.links) };
        assert!(link.is_portal, "{body}");
        let verdict = link.problem.as_ref().or(link.doubt.as_ref().map(|doubt| &doubt.text));
        match (expected, verdict) {
            (None, None) => {}
            (Some(expected), Some(problem)) => assert!(problem.contains(expected), "{body}: {problem}"),
            _ => panic!("{body}: {link:?}"),
        }
    }
}

#[test]
fn a_value_that_a_link_cannot_take_is_the_samples() {
    let link = "https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=[srnumber]&amp;action=[cf-1]";
    let body = format!("<a href=\"{link}\">Open</a>");
    for (value, expected) in [
        ("ticket.number=T1", "`ticket.number` as you have set it is `T1`, but `ticket_id` of `ticket` cannot be that"),
        ("srnumber=T1", "`srnumber` as you have set it is `T1`, but `ticket_id`"),
        ("cf-1=dance", "`cf-1` as you have set it is `dance`, but `action` of `ticket` cannot be that"),
        ("cf-1=", "`cf-1` as you have set it is empty, but `action` of `ticket` needs a value"),
        ("cf-1=chat", ""),
        ("ticket.number=9", ""),
    ] {
        let mail = render_with(CONNECTWISE, "a.html", &body, &[value]);
        let problem = mail.links[0].problem.clone().unwrap_or_default();
        assert!(problem.starts_with(expected) && problem.is_empty() == expected.is_empty(), "{value}: {problem}");
    }
}

#[test]
fn what_a_comment_allows_is_right() {
    let link = "https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=4711";
    for (comment, is_right) in
        [("<!-- psalink: allow hard-coded-id -->", true), ("<!-- psalink: allow unknown-command -->", false)]
    {
        let body = format!("---\nsubject: x\n---\n<p>[dd:ticket]</p>{comment}\n<p><a href=\"{link}\">Open</a></p>");
        let mail = render_with(CONNECTWISE, "a.html", &body, &[]);
        assert_eq!(mail.links[1].problem.is_none(), is_right, "{comment} {:?}", mail.links);
    }
}

#[test]
fn a_link_knows_its_place_in_the_file() {
    let body = "---\ntext: |\n  See https://x.example/t[srnumber]\n---\n<p>[dd:ticket]</p><a href='https://x.example/?[srnumber]'>x</a>";
    let mail = render_with(CONNECTWISE, "a.html", body, &[]);
    let places: Vec<(SourceKind, &str)> =
        mail.links.iter().map(|link| (link.part, body[link.origin.range()].trim())).collect();
    let own = "https://x.example/?[srnumber]";
    let text = "See https://x.example/t[srnumber]";
    assert_eq!(places, [(SourceKind::Html, "[dd:ticket]"), (SourceKind::Html, own), (SourceKind::Text, text)]);
}

#[test]
fn a_button_is_one_link_and_pictures_have_words() {
    let body = "<p>[dd:ticket as=button text=\"Open &amp; see\"] <a href=\"https://x.example/\"><img src=\"a.png\" alt=\"Our shop\"></a></p>";
    let mail = render_with(CONNECTWISE, "a.html", body, &[]);
    let links: Vec<(&str, bool)> = mail.links.iter().map(|link| (link.text.as_str(), link.is_portal)).collect();
    assert_eq!(links, [("Open & see", true), ("Our shop", false)]);
    let text =
        render_with(CONNECTWISE, "a.txt", "[dd:ticket]\nor https://x.example/a?b=[srnumber], mailto:a@b.example.", &[]);
    let urls: Vec<&str> = text.links.iter().map(|link| link.url.as_str()).collect();
    assert_eq!(urls[1..], ["https://x.example/a?b=148372", "mailto:a@b.example"]);
    assert!(urls[0].ends_with("ticket_id=148372"), "{urls:?}");
}

#[test]
fn a_number_that_is_more_than_its_placeholder_does_not_work() {
    // What a rewrite corrects is correct here.
    let right = ["[srnumber]", "[srnumber]."].map(|value| (value, true));
    let wrong = ["1[srnumber]", "T[srnumber]", "[srnumber][srnumber]"].map(|value| (value, false));
    for (value, is_right) in right.into_iter().chain(wrong) {
        let link = format!("https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id={value}");
        let mail = render_with(CONNECTWISE, "a.html", &format!("<p>Hi</p><a href=\"{link}\">Open</a>"), &[]);
        assert_eq!(mail.links[0].problem.is_none(), is_right, "{value}");
    }
}
