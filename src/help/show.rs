//! `/help` and its pages.

use actix_web::web::Path;
use askama::Template;

use super::HelpPage;
use crate::auth::signed::{Anyone, Signed};
use crate::platform::error::AppError;
use crate::reference::markdown::{self, Rendered};
use crate::reference::search::Hit;
use crate::web::assets;
use crate::web::form::Query;
use crate::web::page::{Page, Show};

/// Longest search, in characters.
const QUERY_MAX: usize = 100;

/// A page of the guide, or what a search found in all of them.
#[derive(Template)]
#[template(path = "help/show.html")]
pub struct HelpShow {
    menu: Vec<HelpPage>,
    is_admin: bool,
    query: String,
    hits: Vec<Hit>,
    /// None when something was looked for.
    page: Option<HelpPage>,
    text: Rendered,
}

impl Page for HelpShow {
    fn title(&self) -> String {
        match self.page {
            Some(page) => format!("{}: помощь", page.title()),
            None => format!("{}: помощь", self.query),
        }
    }

    fn section(&self) -> &'static str {
        ""
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "main").then(|| self.render())
    }
}

impl HelpShow {
    fn is_current(&self, page: &HelpPage) -> bool {
        self.page == Some(*page)
    }

    fn of(is_admin: bool, page: Option<HelpPage>, query: String) -> Self {
        let picture = |name: &str| Some(assets::url(name).to_owned());
        Self {
            menu: super::pages(is_admin).collect(),
            is_admin,
            hits: if page.is_none() { super::find(&query, is_admin) } else { Vec::new() },
            text: markdown::render_with(page.map_or("", super::text), picture),
            query,
            page,
        }
    }
}

/// `GET /help`: what a search finds; without one, the first page.
pub(super) async fn index(person: Signed<Anyone>, Query(fields): Query) -> Show<HelpShow> {
    let query: String = fields.text("q").trim().chars().take(QUERY_MAX).collect();
    let page = query.is_empty().then_some(HelpPage::Start);
    Show::ok(HelpShow::of(person.is_admin(), page, query))
}

/// `GET /help/{slug}`.
pub(super) async fn show(person: Signed<Anyone>, slug: Path<String>) -> Result<Show<HelpShow>, AppError> {
    let page = HelpPage::parse(&slug).filter(|page| person.is_admin() || !page.is_admins());
    let page = page.ok_or(AppError::NotFound)?;
    Ok(Show::ok(HelpShow::of(person.is_admin(), Some(page), String::new())))
}
