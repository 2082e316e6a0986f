//! The page of a rule, as the workbench shows it.

use psalink::{Error, lint};
use pulldown_cmark::{Event, Parser, html};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
pub struct RuleRequest {
    pub rule: String,
}

#[derive(Debug, Serialize)]
pub struct RuleAnswer {
    name: &'static str,
    level: &'static str,
    summary: &'static str,
    html: String,
}

/// The page of a rule.
pub fn answer(request: RuleRequest) -> Result<RuleAnswer, Error> {
    let rule = lint::rule(&request.rule)?;
    // HTML in a page is an example, and is shown as one.
    let events = Parser::new(rule.page).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        event => event,
    });
    let mut page = String::new();
    html::push_html(&mut page, events);
    Ok(RuleAnswer { name: rule.name, level: rule.level.name(), summary: rule.summary, html: page })
}
