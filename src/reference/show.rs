//! `/reference` and its pages.

use std::collections::HashMap;

use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use actix_web::{Either, HttpRequest, HttpResponse};
use askama::Template;

use super::ReferencePage;
use super::markdown::{self, Rendered};
use super::queries::{self, Version};
use super::search::Hit;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::{Form, Query};
use crate::web::page::{Page, Show};
use crate::web::reply::list_again;

/// Versions listed beside a page.
const VERSIONS: i64 = 20;
/// Longest search, in characters.
const QUERY_MAX: usize = 100;

/// An entry of the menu of pages.
pub struct MenuEntry {
    /// The page.
    pub page: ReferencePage,
    /// Something in it has changed that this person has not said to know.
    pub is_news: bool,
}

/// A change that was told of.
pub struct Notice {
    /// What the admin wrote.
    pub words: String,
    /// Its version.
    pub number: i64,
}

/// A page of the reference, or what a search found in all of them.
#[derive(Template)]
#[template(path = "reference/show.html")]
pub struct ReferenceShow {
    menu: Vec<MenuEntry>,
    query: String,
    hits: Vec<Hit>,
    /// None when something was looked for.
    page: Option<Shown>,
    is_admin: bool,
}

/// The page that is shown.
pub struct Shown {
    page: ReferencePage,
    text: Rendered,
    /// «версия 14 · Громов И., сегодня в 10:02 · прочитали 6 из 8».
    about: String,
    notice: Option<Notice>,
    /// Number and words of each version, newest first.
    versions: Vec<(i64, String)>,
    number: i64,
    is_current: bool,
}

impl Page for ReferenceShow {
    fn title(&self) -> String {
        match &self.page {
            Some(shown) => shown.page.title().to_owned(),
            None => format!("{}: справочник", self.query),
        }
    }

    fn section(&self) -> &'static str {
        "reference"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "main").then(|| self.render())
    }
}

impl ReferenceShow {
    fn is_current(&self, page: &ReferencePage) -> bool {
        self.page.as_ref().is_some_and(|shown| shown.page == *page)
    }

    fn menu(db: &mut Db, person: &Person) -> diesel::QueryResult<Vec<MenuEntry>> {
        let read = queries::read_by(db, person.id)?;
        let entry = |page: &ReferencePage| {
            let notice = queries::notice(db, *page)?;
            Ok(MenuEntry { page: *page, is_news: notice.is_some_and(|notice| is_news(&notice, &read)) })
        };
        ReferencePage::ALL.iter().map(entry).collect()
    }

    fn search(db: &mut Db, person: &Person, query: String) -> diesel::QueryResult<Self> {
        Ok(Self {
            menu: Self::menu(db, person)?,
            hits: super::find(db, &query)?,
            query,
            page: None,
            is_admin: person.is_admin(),
        })
    }

    /// The page as it is now, or one of its versions.
    fn load(
        db: &mut Db,
        person: &Person,
        page: ReferencePage,
        wanted: Option<i64>,
        now: Now,
    ) -> Result<Self, AppError> {
        let current = queries::current(db, page)?;
        let last = current.number;
        let shown = match wanted.filter(|wanted| *wanted != last) {
            Some(wanted) => queries::version(db, page, wanted)?.ok_or(AppError::NotFound)?,
            None => current,
        };
        let is_current = shown.number == last;
        let told = queries::notice(db, page)?;
        let mut about = version_words(&shown, now);
        if let Some(told) = &told
            && is_current
        {
            let (knowing, all) = queries::readers(db, page, told.number)?;
            about.push_str(&format!(" · прочитали {knowing} из {all}"));
        }
        let read = queries::read_by(db, person.id)?;
        let notice = told
            .filter(|told| is_current && is_news(told, &read))
            .map(|told| Notice { words: told.notice, number: told.number });
        let versions = queries::versions(db, page, VERSIONS)?.into_iter().map(|(number, at, author)| {
            let words = format!("{number}: {}, {}", russian::short_name(&author), now.moment(at));
            (number, words)
        });
        Ok(Self {
            menu: Self::menu(db, person)?,
            query: String::new(),
            hits: Vec::new(),
            is_admin: person.is_admin(),
            page: Some(Shown {
                page,
                text: markdown::render(&shown.body),
                about,
                notice,
                versions: versions.collect(),
                number: shown.number,
                is_current,
            }),
        })
    }
}

fn is_news(notice: &Version, read: &HashMap<ReferencePage, i64>) -> bool {
    read.get(&notice.page).is_none_or(|known| *known < notice.number)
}

fn version_words(version: &Version, now: Now) -> String {
    match version.at {
        Some(at) => {
            let who = russian::short_name(&version.author);
            format!("версия {} · {who}, {}", version.number, now.moment_in_words(at))
        }
        None => "исходный текст".to_owned(),
    }
}

/// `GET /reference`: what a search finds; without one, the first page.
pub(super) async fn index(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Either<Show<ReferenceShow>, HttpResponse>, AppError> {
    let query: String = fields.text("q").trim().chars().take(QUERY_MAX).collect();
    if query.is_empty() {
        let first = ReferencePage::EmployeeRules.href();
        return Ok(Either::Right(HttpResponse::SeeOther().insert_header((LOCATION, first)).finish()));
    }
    let person = Person::clone(&person);
    let page = app.db.read(move |db| Ok(ReferenceShow::search(db, &person, query)?)).await?;
    Ok(Either::Left(Show::ok(page)))
}

async fn page(
    person: &Person,
    app: &Data<App>,
    page: ReferencePage,
    version: Option<i64>,
) -> Result<ReferenceShow, AppError> {
    let (person, now) = (person.clone(), Now { utc: app.clock.now(), zone: app.config.business_zone });
    app.db.read(move |db| ReferenceShow::load(db, &person, page, version, now)).await
}

/// `GET /reference/{slug}`: a page, or with `version` what it was.
pub(super) async fn show(
    person: Signed<Anyone>,
    app: Data<App>,
    slug: Path<String>,
    Query(fields): Query,
) -> Result<Show<ReferenceShow>, AppError> {
    let wanted = ReferencePage::parse(&slug).ok_or(AppError::NotFound)?;
    Ok(Show::ok(page(&person, &app, wanted, fields.number("version")).await?))
}

/// `POST /reference/{slug}/read`: «Понятно».
pub(super) async fn read(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    slug: Path<String>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let wanted = ReferencePage::parse(&slug).ok_or(AppError::NotFound)?;
    let (id, now) = (person.id, app.clock.now());
    let known = fields.number("version").unwrap_or_default();
    app.db
        .write(move |tx| {
            // Nobody knows what is not written yet.
            let known = known.min(queries::current(tx.db, wanted)?.number);
            Ok(queries::note_read(tx, wanted, id, known, now)?)
        })
        .await?;
    list_again(&request, ("main", &wanted.href()), "Отмечено: прочитано", page(&person, &app, wanted, None))
        .await
}
