//! «Сверить сейчас»: comparing with the statistics for a chosen period, and what the last comparison came to.

use actix_web::web::{Data, ServiceConfig, post, resource};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use super::Happened;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::{russian, zone};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::telephony::intake::reconcile::{self, Found, queries};
use crate::web::form::Form;
use crate::web::page::Fragment;
use crate::web::reply::Done;
use crate::web::request::is_fragment_request;

/// Periods to choose from, in hours, and their names.
pub(super) const PERIODS: [(i64, &str); 4] =
    [(3, "за 3 часа"), (24, "за сутки"), (72, "за 3 дня"), (168, "за неделю")];

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/admin/mango/compare").route(post().to(compare)));
}

/// What the page says of comparing.
#[derive(Template)]
#[template(path = "admin/telephony/compare.html")]
pub(super) struct Comparison {
    last: Option<Happened>,
    /// What came of it, or why nothing did.
    words: String,
    is_bad: bool,
    lost_today: i64,
}

/// A fragment of its own that stands within the page: rendered, and therefore escaped, already.
impl askama::filters::HtmlSafe for Comparison {}

impl Comparison {
    pub(super) fn load(app: &App, db: &mut Db) -> Result<Self, AppError> {
        let zone = app.config.business_zone;
        let today = zone::day_start(zone::local(app.clock.now(), zone).date(), zone);
        let last = queries::last(db)?;
        let (words, is_bad) = match &last {
            None => ("Сверки ещё не было.".to_owned(), false),
            Some((Ok(found), _)) => (said(found), false),
            Some((Err(why), _)) => (format!("{why}."), true),
        };
        Ok(Self {
            last: last.map(|(_, at)| Happened::new(app, at)),
            words,
            is_bad,
            lost_today: queries::lost_since(db, today)?,
        })
    }
}

fn said(found: &Found) -> String {
    let calls = russian::plural(found.compared, ["звонок", "звонка", "звонков"]);
    let mut sentences = vec![format!("Сверено: {} {calls}.", found.compared)];
    if found.lost == 0 && found.repaired == 0 && found.recordings == 0 {
        sentences.push("Всё уже было.".to_owned());
    }
    for (number, what) in [
        (found.lost, "Потеряно вебхуком, найдено сверкой"),
        (found.repaired, "Дополнено итогов"),
        (found.recordings, "Найдено записей"),
    ] {
        if number > 0 {
            sentences.push(format!("{what}: {number}."));
        }
    }
    sentences.join(" ")
}

async fn compare(
    _: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let hours = fields.number("hours").filter(|hours| PERIODS.iter().any(|(known, _)| known == hours));
    let now = app.clock.now();
    let period = chrono::Duration::hours(hours.unwrap_or(PERIODS[0].0)).min(reconcile::LONGEST);
    // How it went is remembered either way, and that is what is shown.
    let _ = reconcile::compare(&app, now - period, now, reconcile::POLL).await;
    if !is_fragment_request(&request) {
        return Ok(Done::to("/admin/mango").respond_to(&request));
    }
    let here = app.clone();
    let comparison = app.db.read(move |db| Comparison::load(&here, db)).await?;
    Ok(Fragment::ok(comparison).respond_to(&request))
}
