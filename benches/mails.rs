//! Generated notification messages like those of an MSP's PSA; the same seed gives the same bytes.
//!
//! 10 to 100 KB each, with about 20 macros each and, per 40 KB, about 94 `[` and 650 `<`: Outlook's conditional
//! comments, VML buttons, style blocks with attribute selectors, inline styles. Every tenth message has CRLF line
//! endings. Their links are correct, so that a benchmark measures searching, not reporting.

/// The macros of one PSA; the first is the ticket's ID.
pub type Macros = &'static [&'static str];

/// Messages of `total_bytes` in total (the last one may exceed it), each for one of the PSAs.
pub fn mails(total_bytes: usize, seed: u64, psas: &'static [Macros]) -> impl Iterator<Item = Vec<u8>> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut left = total_bytes;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let mail = Mail::write(&mut random, psas);
        left = left.saturating_sub(mail.len());
        Some(mail)
    })
}

/// What ConnectWise fills in.
pub const CONNECTWISE: Macros = &[
    "srnumber",
    "srnumber",
    "contactfirstname",
    "contactemail",
    "contactrecordid",
    "memberfirstname",
    "memberid",
    "actualhours",
    "budgethours",
    "agrname",
    "agrtype",
    "agrbalance",
    "agrenddate",
    "billingfirstname",
    "billinglastname",
    "cf-12",
    "dd:ticket action=chat",
];
/// What Autotask fills in.
pub const AUTOTASK: Macros = &[
    "Ticket: ID",
    "Ticket: Number",
    "Ticket: Title",
    "Ticket: Description",
    "Ticket: Status",
    "Ticket: Priority",
    "Ticket: Due Date/Time",
    "Ticket: Queue",
    "Ticket: Number (with link)",
    "Ticket: Business Division > Business Subdivision",
    "Contact: First Name",
    "Contact: Email Address",
    "Organization: Name",
    "Resource: Name",
    "Ticket Time Entry: Summary Notes",
    "Miscellaneous: Survey Link",
    "dd:ticket action=chat",
];
const WORDS: &[&str] = &[
    "your",
    "ticket",
    "has",
    "been",
    "updated",
    "by",
    "our",
    "team",
    "and",
    "we",
    "will",
    "reply",
    "as",
    "soon",
    "as",
    "possible",
    "during",
    "business",
    "hours",
    "please",
    "do",
    "not",
    "remove",
    "the",
    "number",
    "from",
    "subject",
    "line",
    "when",
    "you",
    "answer",
    "this",
    "message",
    "support",
    "engineer",
    "assigned",
    "to",
    "request",
    "portal",
    "where",
    "details",
    "can",
    "be",
    "found",
    "at",
    "any",
    "time",
    "thank",
    "for",
    "patience",
    "café",
    "Zürich",
    "señor",
    "über",
    "naïve",
    "–",
    "©",
    "Ελλάδα",
    "日本",
];
const COLORS: &[&str] = &["#0b5fff", "#333333", "#ffffff", "#f4f4f7", "#51545e", "#22bc66", "#dc4d2f", "#85878e"];

/// xorshift64*
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

struct Mail<'r> {
    out: String,
    random: &'r mut Random,
    macros: Macros,
    /// The next macro comes when the message is this long, so that a long message has no more of them than a short one.
    due: usize,
    step: usize,
}

impl Mail<'_> {
    fn write(random: &mut Random, psas: &[Macros]) -> Vec<u8> {
        // Many short messages and few long ones: half are below 33 KB.
        let (a, b, c) = (random.below(90), random.below(90), random.below(40));
        let target = 1000 * (10 + a.min(b).max(c.min(a)));
        let macros = psas[random.below(psas.len())];
        let crlf = random.below(10) == 0;
        let step = target / 21;
        let mut mail = Mail { out: String::with_capacity(target + 4096), random, macros, due: 2000, step };
        mail.head();
        while mail.out.len() + 900 < target {
            match mail.random.below(21) {
                0..=6 => mail.paragraph(),
                7..=10 => mail.details(),
                11 => mail.button(),
                12..=13 => mail.columns(),
                14 => mail.list(),
                15 => mail.image(),
                16 => mail.spacer(),
                17..=18 => mail.style(),
                19 => mail.comment(),
                _ => mail.modern(),
            }
        }
        mail.push(
            "<p class=\"footer\">&copy; 2026 Acme&nbsp;IT &middot; <a href='mailto:help@acme.example?subject=Ticket%23",
        );
        mail.macro_now();
        mail.push("'>write to us</a></p>\n</td></tr></table>\n<!--[if mso]></td></tr></table><![endif]-->\n</body>\n</html>\n");
        let out = mail.out;
        if crlf { out.replace('\n', "\r\n").into_bytes() } else { out.into_bytes() }
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn macro_now(&mut self) {
        let name = self.random.pick(self.macros);
        self.macro_named(name);
    }

    fn macro_named(&mut self, name: &str) {
        self.out.push('[');
        self.out.push_str(name);
        self.out.push(']');
        self.due = self.out.len() + self.step;
    }

    /// The command of a deep link: the ticket if a macro is due, otherwise a list.
    fn ticket_or_list(&mut self) {
        if self.out.len() >= self.due {
            self.push("ticket&amp;ticket_id=");
            self.macro_named(self.macros[0]);
        } else {
            self.push("ticket_list&amp;state=open");
        }
    }

    fn macro_if_due(&mut self) {
        if self.out.len() >= self.due {
            self.macro_now();
        }
    }

    fn color(&mut self) {
        let color = self.random.pick(COLORS);
        self.push(color);
    }

    fn words(&mut self, count: usize) {
        for index in 0..count {
            if index > 0 {
                self.push(" ");
            }
            // Non-ASCII letters are at the end of the list and rare.
            let limit = if self.random.below(12) == 0 { WORDS.len() } else { 50 };
            let word = WORDS[self.random.below(limit)];
            self.push(word);
            if index % 9 == 8 {
                let comma = if self.random.below(3) == 0 { ",\n" } else { "," };
                self.push(comma);
            }
        }
        self.macro_if_due();
    }

    fn link(&mut self) {
        self.push("<a class=\"f-fallback\" href=\"https://acme.deskdirector.com/portal/deeplink?name=");
        self.ticket_or_list();
        self.push("\" target=\"_blank\" style=\"color:");
        self.color();
        self.push(";text-decoration:underline;\">");
        self.words(3);
        self.push("</a>");
    }

    fn head(&mut self) {
        self.push(
            "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n\
             <html xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" lang=\"en\">\n\
             <head>\n  <meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\" />\n  \
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1.0\" />\n  <meta name=\"color-scheme\" content=\"light dark\">\n  <title>Ticket ",
        );
        self.macro_now();
        self.push(
            "</title>\n  <!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->\n",
        );
        self.style();
        self.push(
            "  <!--[if mso]>\n  <style type=\"text/css\">\n    .f-fallback { font-family: Arial, sans-serif; }\n    table { border-collapse: collapse; mso-table-lspace: 0pt; }\n  </style>\n  <![endif]-->\n</head>\n\
             <body bgcolor=#f4f4f7 style=\"margin:0;padding:0;width:100% !important;-webkit-text-size-adjust:none;\">\n\
             <div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">",
        );
        self.words(12);
        self.push(
            "&#8204;&nbsp;&#8204;&nbsp;&#8204;&nbsp;</div>\n<!--[if mso]><table role=\"presentation\" width=\"600\" align=\"center\"><tr><td><![endif]-->\n\
             <table class=\"email-wrapper\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" role=\"presentation\"><tr><td align=\"center\">\n",
        );
    }

    fn style(&mut self) {
        self.push("  <style type=\"text/css\" rel=\"stylesheet\" media=\"all\">\n    a[x-apple-data-detectors] { color: inherit !important; text-decoration: none; }\n");
        for index in 0..3 + self.random.below(3) {
            let selector = self.random.pick(&[
                "[data-ogsc] .dark",
                "[data-ogsb] .card",
                "u + #body a",
                "td[class~=\"x_cell\"]",
                ".column",
                "#outlook a",
            ]);
            self.push("    ");
            self.push(selector);
            self.push(&format!(" .s{index} > td:first-child {{ padding: {index}px 12px; background-color: "));
            self.color();
            self.push("; }\n");
        }
        self.push("    @media only screen and (max-width: 600px) { .column { width: 100% !important; display: block !important; } }\n  </style>\n");
    }

    fn paragraph(&mut self) {
        self.push("    <p style=\"margin:.4em 0 1.1875em;font-size:16px;line-height:1.625;color:");
        self.color();
        self.push("\">");
        let count = 20 + self.random.below(40);
        self.words(count);
        if self.random.below(2) == 0 {
            self.push(" <strong>");
            self.words(2);
            self.push("</strong>");
        }
        if self.random.below(3) == 0 {
            self.push("<br />\n    ");
            self.link();
        }
        self.push("</p>\n");
    }

    fn details(&mut self) {
        self.push("    <table class=\"attributes\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" role=\"presentation\">\n");
        for _ in 0..2 + self.random.below(5) {
            self.push("      <tr>\n        <td class=\"item\" valign=\"top\" style=\"font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:14px;line-height:20px;padding:4px 8px 4px 0;\"><b>");
            self.words(1);
            self.push("</b></td>\n        <td style=\"font-family:'Segoe UI',Helvetica,Arial,sans-serif;font-size:14px;padding:4px 8px;word-break:break-word;color:");
            self.color();
            self.push("\">");
            self.words(5);
            self.push("</td>\n      </tr>\n");
        }
        self.push("    </table>\n");
    }

    fn button(&mut self) {
        self.push(
            "    <div><!--[if mso]>\n      <v:roundrect xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:w=\"urn:schemas-microsoft-com:office:word\" href=\"https://acme.deskdirector.com/portal/deeplink?name=",
        );
        self.ticket_or_list();
        self.push(
            "\" style=\"height:40px;v-text-anchor:middle;width:220px;\" arcsize=\"10%\" stroke=\"f\" fillcolor=\"",
        );
        self.color();
        self.push("\">\n        <w:anchorlock/>\n        <center style=\"color:#ffffff;font-family:sans-serif;font-size:16px;font-weight:bold;\">View your ticket</center>\n      </v:roundrect>\n    <![endif]--><!--[if !mso]><!-->\n      ");
        self.link();
        self.push("\n    <!--<![endif]--></div>\n");
    }

    fn columns(&mut self) {
        self.push("    <!--[if mso]><table width=\"100%\"><tr><td width=\"50%\" valign=\"top\"><![endif]-->\n    <div class=\"column\" style=\"display:inline-block;width:100%;max-width:290px;vertical-align:top;font-size:16px;\">");
        self.words(22);
        self.push("</div>\n    <!--[if mso]></td><td width=\"50%\" valign=\"top\"><![endif]-->\n    <div class=\"column\"><span style=\"color:#51545e;mso-line-height-rule:exactly;\">");
        self.words(22);
        self.push("</span></div>\n    <!--[if mso]></td></tr></table><![endif]-->\n");
    }

    fn list(&mut self) {
        self.push("    <ul style='padding-left:20px;margin:0'>\n");
        for _ in 0..2 + self.random.below(4) {
            self.push("      <li style=\"margin:0 0 8px;font-size:16px;line-height:24px;\">");
            self.words(11);
            self.push("</li>\n");
        }
        self.push("    </ul>\n");
    }

    fn image(&mut self) {
        self.push("    <a href=\"https://acme.example/\"><img src=\"https://cdn.acme.example/mail/logo@2x.png\" alt=\"Acme IT\" width=120 height=40 border=0 style=\"display:block;outline:none;\" /></a>\n");
    }

    fn spacer(&mut self) {
        self.push("    <table width=\"100%\" role=\"presentation\"><tr><td height=\"24\" style=\"font-size:0;line-height:0;mso-line-height-rule:exactly;border-bottom:1px solid #eaeaec;\">&nbsp;</td></tr></table>\n");
    }

    fn comment(&mut self) {
        self.push("    <!-- ");
        let count = 2 + self.random.below(8);
        self.words(count);
        self.push(" -->\n");
    }

    fn modern(&mut self) {
        self.push("    <!--[if !mso]><!-- -->\n    <picture><source srcset=\"https://cdn.acme.example/dark.png\" media=\"(prefers-color-scheme: dark)\"></picture>\n    <!--<![endif]-->\n");
    }
}
