//! Pieces of links, brackets, macros and reply markers, put together at random: whatever the result, a second rewrite
//! changes nothing.

use proptest::prelude::*;
use proptest::sample::select;
use psalink::SourceKind;
use psalink::config::Bare;

use crate::invariants::{self, Choice};
use crate::properties::{any_settings, config, settles};

const OF_LINKS: [&str; 38] = [
    "https://acme.deskdirector.com/portal/deeplink?name=ticket&amp;ticket_id=",
    "http://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=",
    "https://[your-subdomain].deskdirector.com/portal/deeplink/?name=ticket&amp;amp;ticket_id=",
    "//acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=",
    "https://acme.deskdirector.com?gtoken=1&ticketid=",
    "https://acme.deskdirector.com/",
    "ddportal://ticketid=",
    "ddportal://mytickets",
    "ddportal://requestsupport",
    "ddportal://name=ticket&ticket_id=",
    "ddportal:",
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Facme.deskdirector.com%2Fportal%2Fdeeplink%3Fname%3Dticket%26ticket_id%3D",
    "https://urldefense.com/v3/__https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=",
    "https://urldefense.proofpoint.com/v2/url?u=https-3A__acme.deskdirector.com_portal_deeplink-3Fname-3Dticket-26ticket-5Fid-3D",
    "%5BTicket%3A%20Number%5D",
    "-5BTicket-3A-20Number-5D",
    "http://{{[srnumber ].deskdirector.com",
    "{{[ srnumber ]}}.",
    "__;!!x",
    "&data=1",
    "https://",
    "http://",
    "//",
    "deskdirector.com",
    "/portal/deeplink",
    "?name=",
    "&ticket_id=",
    "&action=chat",
    "&",
    "&amp;",
    "amp;",
    "&quot",
    "?",
    "#",
    "/",
    "=",
    "mailto:",
    "www.",
];

const OF_MACROS: [&str; 39] = [
    "[srnumber]",
    "[srnumber]",
    "[Ticket: ID]",
    "[Ticket: Number]",
    "[Ticket: Number (with link)]",
    "[contactrecordid]",
    "srnumber",
    "Ticket: ID",
    "Ticket:%20Number",
    "Ticket:&nbsp;ID",
    "[",
    "]",
    "[[",
    "]]",
    "%5B",
    "%5D",
    "%5b%5B",
    "&#91;",
    "&#93;",
    "&lbrack;",
    "&rsqb;",
    "[dd:ticket]",
    "[dd:ticket_list as=url]",
    "[dd:ticket as=button]",
    "[dd:ticket action=chat text=\"Chat\"]",
    "[dd:ticket_list text='##- x']",
    "[dd:ticket as=url text=\"<p>\"]",
    "[dd:content_page page_id=\"x[srnumber]##-\" as=url]",
    "[dd:ticket_list host=x.example]",
    "[dd:ticket client=desktop text=x]",
    "[dd:ticket text=\"",
    "[dd:[dd:ticket]]",
    "[dd:ticket text=\"[dd:ticket]\"]",
    "[dd:ticket x=[dd:ticket as=url]]",
    "[srnumber ]",
    "[Ticket: Number ]",
    "[dd:",
    "dd:ticket",
    "text=",
];

const OF_TEXT: [&str; 52] = [
    " ",
    " ",
    " ",
    "\n",
    "x",
    "1",
    ".",
    ",",
    "(",
    ")",
    ":",
    ";",
    "\"",
    "'",
    "&quot;",
    "&nbsp;",
    "&lt;",
    "é",
    "{{",
    "}}",
    "##-",
    "-##",
    "##",
    "above this line",
    "<br>",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<table><tr><td>",
    "<td>",
    "</td></tr></table>",
    "<li>",
    "<b>",
    "</b>",
    "<a href=\"",
    "<a href='",
    "<a href=",
    "<a href=\"#\">",
    "<a>",
    "</a>",
    "\">",
    "'>",
    ">",
    "<",
    "<img src=\"",
    "<img alt='",
    "<!--[if mso]>",
    "<![endif]-->",
    "<!--[if !mso]><!-->",
    "<!--<![endif]-->",
    "<title>",
];

fn glued() -> impl Strategy<Value = String> {
    let piece =
        prop_oneof![3 => select(OF_LINKS.to_vec()), 4 => select(OF_MACROS.to_vec()), 4 => select(OF_TEXT.to_vec())];
    let open = select(vec!["", "", "<a href=\"", "<a href='", "<a href=", "<p>", "<td>", "<!--[if mso]>"]);
    (open, prop::collection::vec(piece, 1..9)).prop_map(|(open, pieces)| open.to_owned() + &pieces.concat())
}

fn any_kind() -> impl Strategy<Value = SourceKind> {
    prop_oneof![8 => Just(SourceKind::Html), 2 => Just(SourceKind::Text), 1 => Just(SourceKind::Subject)]
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn a_second_run_changes_nothing(template in glued(), kind in any_kind(), settings in any_settings()) {
        if let Err(wrong) = settles(template.as_bytes(), kind, None, &settings) {
            prop_assert!(false, "{}", wrong);
        }
    }

    #[test]
    fn a_second_run_that_detects_the_dialect_again_changes_nothing(
        template in glued(),
        kind in any_kind(),
        bare in select(vec![Bare::First, Bare::All, Bare::Off]),
        unsafe_fixes in any::<bool>(),
    ) {
        let choice = Choice { kind, dialect: None, bare, unsafe_fixes };
        for (name, holds) in [("rewrite", invariants::rewrite as fn(_, &[u8]) -> _), ("translate", invariants::translate)] {
            if let Err(wrong) = holds(choice, template.as_bytes()) {
                prop_assert!(false, "{}: {}\nof {:?}", name, wrong, template);
            }
        }
    }

    #[test]
    fn fixes_come_to_an_end_that_stays(template in glued(), kind in any_kind(), choice in any::<u8>()) {
        let choice = Choice { kind, ..Choice::of(choice) };
        if let Err(wrong) = invariants::lint(choice, template.as_bytes()) {
            prop_assert!(false, "{}\nof {:?} with {:?}", wrong, template, choice);
        }
    }
}

/// The quotes around a macro are only corrected where it is expanded; otherwise, a second rewrite would expand it.
#[test]
fn quotes_around_a_macro_that_stays_are_left() {
    for template in ["<a href=([dd:ticket]", "<a href=([dd:ticket]>Open</a>", "<a href='\"([dd:ticket]\"'>Open</a>"] {
        for unsafe_fixes in [false, true] {
            let choice = Choice { kind: SourceKind::Html, dialect: None, bare: Bare::Off, unsafe_fixes };
            if let Err(wrong) = invariants::rewrite(choice, template.as_bytes()) {
                panic!("{wrong}\nof {template:?}");
            }
        }
    }
}
