//! The two grammars in `grammar/`, compiled.

#![allow(missing_docs)] // pest derives the rules; the grammar files describe them

/// `grammar/macro.pest`.
#[derive(pest_derive::Parser)]
#[grammar = "grammar/macro.pest"]
pub(crate) struct Macros;

/// `grammar/deeplink.pest`.
pub(crate) mod deep_link {
    #[derive(pest_derive::Parser)]
    #[grammar = "grammar/deeplink.pest"]
    pub(crate) struct DeepLinks;
}

#[cfg(test)]
mod tests {
    use pest::Parser;

    use super::deep_link::{DeepLinks, Rule as LinkRule};
    use super::{Macros, Rule};

    fn accepts(rule: Rule, text: &str) -> bool {
        Macros::parse(rule, text).is_ok_and(|pairs| pairs.as_str() == text)
    }

    fn table(rule: Rule, yes: &[&str], no: &[&str]) {
        for text in yes {
            assert!(accepts(rule, text), "{rule:?} should take {text}");
        }
        for text in no {
            assert!(!accepts(rule, text), "{rule:?} should refuse {text}");
        }
    }

    #[test]
    fn word_placeholders() {
        table(
            Rule::word_placeholder,
            &["[srnumber]", "[cf-12]", "[a_b]", "[x1]"],
            &["[Srnumber]", "[sr number]", "[srnumber", "srnumber]", "[]", "[1a]", "[ srnumber]", "[-a]", "[a:b]"],
        );
        table(Rule::word_name, &["srnumber", "cf-12"], &["SR", "1", ""]);
    }

    #[test]
    fn set_placeholders() {
        table(
            Rule::set_placeholder,
            &[
                "[Ticket: ID]",
                "[Ticket: Id.]",
                "[Ticket: Número]",
                "[Ticket: Number (with link)]",
                "[Ticket: Business Division > Business Subdivision]",
                "[Invoice: Date Day #]",
                "[Opportunity: Gross Profit %]",
                "[Opportunity: 1. Advanced Field]",
                "[Your Company: Tax ID, ACN, ABN, VAT, etc.]",
                "[Device: Drive Errors? (Datto)]",
                "[Note/To-Do: Action Type]",
                "[Ticket: Foto für „Erstellt von“]",
                "[Ticket: History (with formatting; without most recent note)]",
                "[Organization Location/Organization: Name]",
            ],
            &[
                "[Ticket:ID]",
                "[Ticket:  ID]",
                "[Ticket: ID ]",
                "[ Ticket: ID]",
                "[Ticket: ]",
                "[Ticket:\u{a0}ID]",
                "[Ticket: Due%20Date]",
                "[Ticket: Due  Date]",
                "[Ticket: <b>ID</b>]",
                "[Ticket: ID",
                "[: ID]",
                "[Ticket: a\nb]",
                "[Ticket: a&amp;b]",
            ],
        );
    }

    #[test]
    fn damaged_placeholders() {
        table(
            Rule::damaged_placeholder,
            &[
                "[SRNumber]",
                "[[srnumber]]",
                "%5Bsrnumber%5D",
                "%5bsrnumber%5d",
                "%5BTicket:%20ID%5D",
                "%5BTicket%3A+ID%5D",
                "[Ticket:&nbsp;ID]",
                "[Ticket:\u{a0}ID]",
                "[Ticket:\r\n ID]",
                "&#91;srnumber&#93;",
                "&#x5B;srnumber&#x5d;",
                "&lbrack;srnumber&rsqb;",
                "[sr<b>number</b>]",
                "[sr<span style='x'>number]</span>",
            ]
            .map(|text| text.strip_suffix("</span>").unwrap_or(text)),
            &["[]", "[srnumber", "[a=b]", "[a\"b]", "[a[b]"],
        );
        for (rule, yes, no) in [
            (Rule::opening, &["[", "[[", "%5B", "&#091;"][..], &["(", "%5C"][..]),
            (Rule::closing, &["]", "]]", "%5d", "&#93;", "&#x05D;"], &[")", "%5B"]),
            (Rule::tag, &["<b>", "</b>", "<span a='b'>"], &["<!-- --", "< b>", "<b"]),
            (Rule::percent, &["%20", "%C3"], &["%2", "%zz"]),
            (Rule::reference, &["&nbsp;", "&#160;", "&#xA0;"], &["&x", "&;"]),
            (Rule::space, &[" ", "\u{a0}", "\r\n\t"], &["a", ""]),
            (Rule::plus, &["+"], &["-"]),
            (Rule::plain, &["Ticket:", "Número"], &["[", "]", " "]),
        ] {
            table(rule, yes, no);
        }
    }

    #[test]
    fn link_macros() {
        table(
            Rule::link_macro,
            &[
                "[dd:ticket]",
                "[dd: ticket]",
                "[dd:ticket ]",
                "[dd:ticket action=chat]",
                "[dd:ticket action = chat]",
                "[dd:ticket text=\"Chat with us\"]",
                "[dd:ticket text='Chat \"now\"']",
                "[dd:ticket text=&quot;Chat&quot;]",
                "[dd:ticket text=&#34;Chat&#34;]",
                "[dd:ticket text=“Chat with us”]",
                "[dd:ticket text=„Chat“]",
                "[dd:ticket&nbsp;action=chat]",
                "[dd:ticket\r\n  action=chat\r\n]",
                "[dd:invoice invoice_id=[Invoice: ID]]",
                "[dd:ticket text=\"Ticket [srnumber] <b>now</b>\"]",
                "[dd:ticket text=\"\"]",
            ],
            &[
                "[dd:]",
                "[dd:ticket",
                "[dd:ticket chat]",
                "[dd:ticket text=\"Chat]",
                "[dd:ticket action=]",
                "[dd:ticket <b>action=chat</b>]",
                "[:ticket]",
                "[dd ticket]",
                "[dd:ticket action=chat,]x",
            ],
        );
        for (rule, yes, no) in [
            (Rule::prefix, &["dd", "DD"][..], &["d1", ""][..]),
            (Rule::command, &["ticket_list", "a-b", "x1"], &["", "a b"]),
            (Rule::argument, &["a=b", "a='b c'", "a = b"], &["a", "=b", "a=b c"]),
            (Rule::key, &["ticket_id"], &["ticket id", ""]),
            (Rule::value, &["x", "'x y'", "“x y”", "[Ticket: ID]", "1[a]2"], &["x y", "'x", ""]),
            (Rule::nested, &["[Ticket: ID]"], &["[]", "[a"]),
        ] {
            table(rule, yes, no);
        }
    }

    #[test]
    fn deep_links() {
        let accepts = |rule, text: &str| DeepLinks::parse(rule, text).is_ok_and(|pairs| pairs.as_str() == text);
        for (rule, yes, no) in [
            (
                LinkRule::web_link,
                &[
                    "https://acme.deskdirector.com/portal/deeplink?name=ticket&ticket_id=1",
                    "HTTP://acme.deskdirector.com:443/portal/deeplink?name=ticket#note",
                    "https://acme.deskdirector.com?gtoken=1&ticketid=2",
                    "https://u:p@host/",
                    "https://host",
                ][..],
                &["ddportal://name=ticket", "/portal/deeplink?name=ticket", "https://", "https:/host", "ftp://host/"][..],
            ),
            (
                LinkRule::desktop_link,
                &["ddportal://name=ticket&ticket_id=1", "ddportal://mytickets", "DDPORTAL://ticketid=1", "ddportal:"],
                &["ddportal", "://name=ticket", "1x:name"],
            ),
            (LinkRule::query, &["a=b&c=d", "a", "a=", "a=b&&c", "&a=b", ""], &["a#b"]),
            (LinkRule::pair, &["a=b", "a", "a=b=c", "=b"], &["", "a&b"]),
            (LinkRule::authority, &["host", "u@host:1"], &["", "a/b", "a?b"]),
        ] {
            for text in yes {
                assert!(accepts(rule, text), "{rule:?} should take {text}");
            }
            for text in no {
                assert!(!accepts(rule, text), "{rule:?} should refuse {text}");
            }
        }
    }
}
