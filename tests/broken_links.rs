//! Links that the portal would accept, except for how they begin: each kind with variants, and with look-alikes that
//! must not change.

use psalink::lint::{Profile, fix};
use psalink::source::edit;
use psalink::{Parser, Rewriter, Safety, Settings, Source, SourceKind, Vocabulary, check, rewrite};

const RULE: &str = "broken-portal-link";
const RIGHT: &str = "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=[srnumber]";
const COMMAND: &str = "name=ticket&ticket_id=[srnumber]";

fn settings(host: &str) -> Settings {
    let vocabulary = Vocabulary::builtin();
    let mut settings = Settings::new(vocabulary, "connectwise", Some(host)).unwrap();
    settings.allowed_hosts = vec!["help.contoso.example".to_owned()];
    settings
}

fn anchor(url: &str) -> String {
    format!("<p><a href=\"{url}\">Open</a></p>")
}

/// What `lint` reports about an address, and the result of its fixes with a given safety.
fn linted(url: &str, host: &str, safety: Safety) -> (Vec<String>, String) {
    let vocabulary = Vocabulary::builtin();
    let (mut parser, settings) = (Parser::new(vocabulary), settings(host));
    let source = || Source::from_text("mail.html", anchor(url), SourceKind::Html);
    let document = parser.parse_whole(source());
    let found = check(&document, &settings, vocabulary, &Profile::default());
    let fixed = fix(source(), safety, |source| {
        let document = parser.parse_whole(source);
        let found = check(&document, &settings, vocabulary, &Profile::default());
        Ok((document, found))
    });
    let fixed = fixed.unwrap();
    assert!(fixed.is_quiet, "{url}");
    let name = |finding: &psalink::Diagnostic| format!("{}[{}]", finding.level.name(), finding.rule);
    (found.iter().map(name).collect(), String::from_utf8(fixed.document.source().bytes().to_vec()).unwrap())
}

/// The result of `rewrite` for an address; a second run changes nothing.
fn rewritten(url: &str, host: &str) -> String {
    let (mut rewriter, settings) = (Rewriter::new(Vocabulary::builtin()), settings(host));
    let mut once = |text: &str| {
        let document = rewriter.parser.parse_body(Source::from_text("mail.html", text, SourceKind::Html));
        let done = rewrite(&document, &settings, &mut rewriter).unwrap();
        String::from_utf8(edit::apply(document.source(), &done.edits).unwrap()).unwrap()
    };
    let text = once(&anchor(url));
    assert_eq!(once(&text), text, "{url}");
    text
}

/// Checks that an address is wrong for one reason, and that both `lint --fix` and `rewrite` correct it.
fn becomes(url: &str, right: &str) {
    let host = "acme.deskdirector.com";
    let (found, fixed) = linted(url, host, Safety::Safe);
    let notes = ["note[unexpected-host]"];
    let found: Vec<&String> = found.iter().filter(|name| !notes.contains(&name.as_str())).collect();
    assert_eq!(found, [&format!("error[{RULE}]")], "{url}");
    assert_eq!(fixed.replace("&amp;", "&"), anchor(right), "{url}");
    assert_eq!(rewritten(url, host).replace("&amp;", "&"), anchor(right), "{url}");
}

/// Checks that this rule does not report an address, and that nothing changes it.
fn stays(url: &str) {
    let host = "acme.deskdirector.com";
    let (found, _) = linted(url, host, Safety::Safe);
    assert!(found.iter().all(|name| !name.contains(RULE)), "{url}: {found:?}");
    let text = rewritten(url, host);
    assert!(text.contains(&format!("href=\"{url}\"")), "{url}: {text}");
}

#[test]
fn an_address_of_an_editor_in_front() {
    for front in [
        "https://na.myconnectwise.net/v4_6_release/",
        "https://eu.myconnectwise.net/v2026_1/services/system_io/",
        "http://staging.connectwisedev.com/",
        "https://ww4.autotask.net/Mvc/Administration/",
        "HTTPS://WW4.AUTOTASK.NET/",
        "https://acme.deskdirector.com/",
        "https://globex.deskdirector.com/portal/",
        "about:",
        "about:blank",
        "file:///C:/Users/jo/Desktop/",
        "file://server/share/templates/",
        "x-webdoc://A3C81874-86C5-4842-ABAE-2DBF081B380C/",
        "applewebdata://50F1C466-F0F2-4124-A1B6-752F1106F1B6/",
        "https://na.myconnectwise.net",
        "https://na.myconnectwise.net/v4_6_release/about:",
    ] {
        becomes(&format!("{front}{RIGHT}"), RIGHT);
    }
    for (url, right) in [
        ("https://na.myconnectwise.net/v4_6_release/acme.deskdirector.com/portal/deeplink?", RIGHT),
        ("https://na.myconnectwise.net/v4_6_release/portal/deeplink?", RIGHT),
        ("https://ww4.autotask.net/portal/deeplink?", RIGHT),
        ("about:/portal/deeplink?", RIGHT),
        ("file:///C:/Users/jo/portal/deeplink?", RIGHT),
        ("x-webdoc://A3C81874-86C5-4842-ABAE-2DBF081B380C/acme.deskdirector.com/portal/deeplink?", RIGHT),
        ("https://acme.deskdirector.com/admin/portal/deeplink?", RIGHT),
    ] {
        becomes(&format!("{url}{COMMAND}"), right);
    }
    for url in [
        format!("https://web.archive.org/web/2024/{RIGHT}"),
        format!("https://click.example/c/{RIGHT}"),
        format!("https://click.example/?u={RIGHT}"),
        format!("https://autotask.net.example/{RIGHT}"),
        format!("https://notmyconnectwise.net/{RIGHT}"),
        format!("microsoft-edge:{RIGHT}"),
        format!("view-source:{RIGHT}"),
        "https://na.myconnectwise.net/v4_6_release/services/system_io/Service/fv_sr100_request.rails?service_recid=[srnumber]"
            .to_owned(),
        "https://ww4.autotask.net/Mvc/ServiceDesk/TicketDetail.mvc?ticketId=1".to_owned(),
        "https://acme.deskdirector.com/login?next=/portal/deeplink?name=ticket_list".to_owned(),
        "about:blank".to_owned(),
        "https://na.myconnectwise.net/portal/deeplink?name=tickets".to_owned(),
    ] {
        stays(&url);
    }
}

#[test]
fn a_broken_scheme() {
    let rest = format!("acme.deskdirector.com/portal/deeplink?{COMMAND}");
    for scheme in [
        "https//",
        "http//",
        "htps://",
        "htpps://",
        "ttps://",
        "httpss://",
        "httsp://",
        "hhttps://",
        "http:/",
        "https:/",
        "https:",
        "https:///",
        "hxxps://",
        "hxxp://",
        "https:\\\\",
        "https:\\",
        "https;//",
        "https.//",
        "https://https://",
        "https://http://",
        "http://https://",
        "https://https//",
        "https:// ",
        "https://%20",
        "https: //",
        "https:/ /",
        "https%3A//",
        "https%3A%2F%2F",
        "HTTPS//",
        "",
        "/",
        "://",
        ":/",
        "../",
        "mailto:https://",
        "mailto:",
        "https://https:",
    ] {
        becomes(&format!("{scheme}{rest}"), RIGHT);
    }
    for url in [
        format!("//{rest}"),
        format!("HTTPS://{rest}"),
        format!("https://ACME.deskdirector.com:443/portal/deeplink?{COMMAND}"),
        "https//www.msp.example/help".to_owned(),
        "acme.deskdirector.com".to_owned(),
        "www.msp.example/portal".to_owned(),
        "mailto:help@msp.example?subject=acme.deskdirector.com/portal/deeplink".to_owned(),
        "https:www.msp.example/portal/deeplink".to_owned(),
        "msp.example/portal/deeplink?name=guide".to_owned(),
    ] {
        stays(&url);
    }
}

#[test]
fn a_broken_desktop_link() {
    let right = "ddportal://name=ticket&ticket_id=[srnumber]";
    for front in
        ["https://", "http://", "about:", "file:///C:/", "https://na.myconnectwise.net/v4_6_release/", "//", "/"]
    {
        let (found, fixed) = linted(&format!("{front}{right}"), "acme.deskdirector.com", Safety::Safe);
        assert!(found.contains(&format!("error[{RULE}]")), "{front}: {found:?}");
        assert_eq!(fixed, anchor(right), "{front}");
    }
    for url in [right.to_owned(), format!("https://click.example/?u={right}"), format!("intent:{right}")] {
        stays(&url);
    }
}

#[test]
fn separators_that_are_encoded_or_missing() {
    let page = "https://acme.deskdirector.com/portal/deeplink";
    for command in [
        "%3Fname=ticket&ticket_id=[srnumber]",
        "%3fname=ticket&ticket_id=[srnumber]",
        "%3Fname%3Dticket&ticket_id=[srnumber]",
        "%3Fname%3Dticket%26ticket_id%3D[srnumber]",
        "%253Fname%253Dticket%2526ticket_id%253D[srnumber]",
        "?name%3Dticket%26ticket_id%3D[srnumber]",
        "?name=ticket%26ticket_id%3D[srnumber]",
        "&name=ticket&ticket_id=[srnumber]",
        "/name=ticket&ticket_id=[srnumber]",
        "??name=ticket&ticket_id=[srnumber]",
        "name=ticket&ticket_id=[srnumber]",
        "#name=ticket&ticket_id=[srnumber]",
        ";name=ticket&ticket_id=[srnumber]",
    ] {
        becomes(&format!("{page}{command}"), RIGHT);
    }
    becomes("https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3Fname%3Dticket%26ticket_id%3D[srnumber]", RIGHT);
    becomes("https://acme.deskdirector.com%2Fportal%2Fdeeplink?name=ticket&ticket_id=[srnumber]", RIGHT);
    for url in [
        format!("{page}/?{COMMAND}"),
        format!("{page}?&{COMMAND}"),
        format!("{page}?{COMMAND}#comment"),
        format!("{page}?name=content_page&page_id=a%26b%3Dc"),
        format!("{page}?name=survey&survey_id=3&campaign_id=12"),
        "https://acme.deskdirector.com/".to_owned(),
        "https://survey.example/deeplink%3Fname=ticket".to_owned(),
        "https://survey.example/?t=[srnumber]&name=ticket".to_owned(),
        "https://acme.deskdirector.com/tech/tickets/[srnumber]/details".to_owned(),
        "https://acme.deskdirector.com/portal".to_owned(),
    ] {
        stays(&url);
    }
}

#[test]
fn slips_in_the_path() {
    for path in [
        "/portal/deep-link",
        "/portal/deep_link",
        "/portal/deep%20link",
        "/portal/deeplinks",
        "/portal/deeplnk",
        "/portal/depelink",
        "//portal//deeplink",
        "/portal//deeplink",
        "//portal/deeplink",
        "/portals/deeplink",
        "/protal/deeplink",
        "/deeplink",
        "/portal/v2/deeplink",
        "\\portal\\deeplink",
        "/portal\\deeplink",
        "/Portal/Deep-Link",
        "/portal/portal/deeplink",
    ] {
        becomes(&format!("https://acme.deskdirector.com{path}?{COMMAND}"), RIGHT);
    }
    becomes(
        &format!("//acme.deskdirector.com/portal/deep-link?{COMMAND}"),
        &format!("//acme.deskdirector.com/portal/deeplink?{COMMAND}"),
    );
    for url in [
        format!("https://acme.deskdirector.com/PORTAL/DeepLink?{COMMAND}"),
        format!("https://www.msp.example/portal/deep-link?{COMMAND}"),
        format!("https://www.msp.example/deeplink?{COMMAND}"),
        "https://acme.deskdirector.com/portal/deep-link".to_owned(),
        "https://acme.deskdirector.com/portal/tickets?name=ticket".to_owned(),
        "https://acme.deskdirector.com/portal/help/deep-linking?id=1".to_owned(),
        "https://acme.deskdirector.com/portal/links?name=ticket".to_owned(),
        "https://acme.deskdirector.com/api/v2/deeplink-stats?id=1".to_owned(),
        "https://help.deskdirector.com/article/rb70qsabfd-portal-deep-linking".to_owned(),
        "https://acme.deskdirector.com/portal/images/deeplink.png".to_owned(),
    ] {
        stays(&url);
    }
}

#[test]
fn a_deep_link_without_a_host() {
    for start in [
        "../../portal/deeplink?",
        "../portal/deeplink?",
        "./portal/deeplink?",
        "/portal/deeplink?",
        "portal/deeplink?",
        "/portal/deep-link?",
        "/portal/deeplink/?",
        "deeplink?",
        "/deeplink?",
        "\\portal\\deeplink?",
        "/portal/deeplink%3F",
    ] {
        let right = if start.ends_with("/?") { RIGHT.replace("?", "/?") } else { RIGHT.to_owned() };
        becomes(&format!("{start}{COMMAND}"), &right);
    }
    for url in [
        "/portal/deeplink",
        "/portal/tickets?name=ticket",
        "../images/logo.png",
        "/deeplink?name=guide",
        "#deeplink?name=ticket",
        "/help/deeplinks",
        "deeplink.html",
        "/portal/deeplink?id=4",
        "?name=ticket&ticket_id=[srnumber]",
        "portal",
    ] {
        stays(url);
    }
    let vocabulary = Vocabulary::builtin();
    let settings = Settings::new(vocabulary, "connectwise", None).unwrap();
    let document = Parser::new(vocabulary).parse_whole(Source::from_text(
        "mail.html",
        "<a href=\"/portal/deeplink?name=ticket_list\">Open</a>",
        SourceKind::Html,
    ));
    let found = check(&document, &settings, vocabulary, &Profile::default());
    assert_eq!(found.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [RULE]);
    assert!(found[0].fix.is_none() && found[0].help.as_deref().unwrap().contains("portal: acme"));
}

#[test]
fn a_slip_in_the_host_is_a_question() {
    for host in [
        "contsoo.deskdirector.com",
        "cotoso.deskdirector.com",
        "conttoso.deskdirector.com",
        "contoao.deskdirector.com",
        "kontoso.deskdirector.com",
        "ocntoso.deskdirector.com",
        "contoso.deskdirctor.com",
        "contoso.deskdirectro.com",
        "contosodeskdirector.com",
        "contoso.dekdirector.com",
    ] {
        let url = format!("https://{host}/portal/deeplink?{COMMAND}");
        let (found, fixed) = linted(&url, "contoso.deskdirector.com", Safety::Safe);
        assert_eq!((found, fixed), (vec![format!("warning[{RULE}]")], anchor(&url)), "{host}");
        assert_eq!(rewritten(&url, "contoso.deskdirector.com"), anchor(&url));
        let (_, fixed) = linted(&url, "contoso.deskdirector.com", Safety::Suggested);
        assert_eq!(fixed, anchor(&url.replace(host, "contoso.deskdirector.com")), "{host}");
    }
    for host in [
        "contoso1.deskdirector.com",
        "contosos.deskdirector.com",
        "contos.deskdirector.com",
        "c0ntoso.deskdirector.com",
        "contoso-eu.deskdirector.com",
        "globex.deskdirector.com",
        "help.contoso.example",
        "support.example.com",
        "www.contoso.deskdirector.com",
        "contoso.deskdirector.com",
    ] {
        let (found, _) =
            linted(&format!("https://{host}/portal/deeplink?{COMMAND}"), "contoso.deskdirector.com", Safety::Safe);
        assert!(found.iter().all(|name| !name.contains(RULE)), "{host}: {found:?}");
    }
    let (found, _) = linted(&RIGHT.replace("acme", "acmee"), "acme.deskdirector.com", Safety::Safe);
    assert_eq!(found, ["note[unexpected-host]"]);
}

#[test]
fn an_address_from_the_address_bar() {
    let portal = "https://acme.deskdirector.com/portal";
    let deep = |command: &str| format!("{portal}/deeplink?{command}").replace('&', "&amp;");
    for (page, command) in [
        ("/v2/groups/my-tickets/tickets?state=open", Some("name=ticket_list&state=open")),
        ("/v2/groups/my-tickets/tickets?skip=0&take=25&state=closed", Some("name=ticket_list&state=closed")),
        ("/v2/groups/my-tickets/tickets", Some("name=ticket_list")),
        ("/v2/groups/my-tickets/tickets/", Some("name=ticket_list")),
        ("/v3/groups/my-tickets/tickets", Some("name=ticket_list")),
        ("/v2/groups/my-tickets/tickets/[srnumber]", Some("name=ticket&ticket_id=[srnumber]")),
        ("/v2/groups/my-tickets/tickets?search=printer", None),
        ("/v2/groups/my-tickets/tickets/requests?state=open", None),
        ("/v2/groups/my-tickets/tickets?state=late", None),
        ("/v2/request-support/", None),
        ("/v2/learning", None),
        ("/v2", None),
    ] {
        let url = format!("{portal}{page}");
        let (found, fixed) = linted(&url, "acme.deskdirector.com", Safety::Safe);
        assert_eq!((found, fixed), (vec![format!("warning[{RULE}]")], anchor(&url)), "{page}");
        assert_eq!(rewritten(&url, "acme.deskdirector.com"), anchor(&url));
        let (_, fixed) = linted(&url, "acme.deskdirector.com", Safety::Suggested);
        let right =
            command.map_or(
                url,
                |command| if page.contains('&') { deep(command).replace("&amp;", "&") } else { deep(command) },
            );
        assert_eq!(fixed, anchor(&right), "{page}");
    }
    for page in
        ["", "/", "/tickets/[srnumber]", "/video", "/v", "/v2x/tickets", "/tv2/tickets", "/deeplink?name=ticket_list"]
    {
        stays(&format!("{portal}{page}"));
    }
    stays("https://www.msp.example/portal/v2/groups/my-tickets/tickets");
    stays("https://acme.deskdirector.com/tech/v2/tickets");
    let (found, _) =
        linted("https://support.contoso.example/portal/v2/learning", "support.contoso.example", Safety::Safe);
    assert_eq!(found, [format!("warning[{RULE}]")]);
}
