//! «Вечный онлайн»: an account is kept active by an ordinary question from time to time, by its own way. What is shown is
//! what Avito answered, not what we wish.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{NaiveDateTime, TimeDelta};

use super::queries;
use super::queries::online::{self, Kept};
use super::work::Work;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::AvitoId;
use crate::domain::now::Now;
use crate::integrations::avito::queries::Reading;
use crate::platform::error::AppError;
use crate::web::form::Form;
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::list_again;

const TOOL: &str = "/admin/avito/online";
const LIST: &str = "avito-online";
/// Between two requests, in seconds.
const INTERVALS: [(i64, &str); 4] =
    [(300, "5 минут"), (600, "10 минут"), (900, "15 минут"), (1800, "30 минут")];
/// Accounts do not ask in the same second.
const SPREAD: Duration = Duration::from_secs(10);

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/avito/online").route(get().to(show)))
        .service(resource("/admin/avito/{id}/online").route(post().to(switch)));
}

#[derive(Template)]
#[template(path = "admin/avito/online.html", blocks = ["rows"])]
struct OnlinePage {
    current: &'static str,
    rows: Vec<OnlineRow>,
    intervals: Vec<Choice>,
}

struct OnlineRow {
    id: AvitoId,
    name: String,
    is_enabled: bool,
    interval: i32,
    /// The colour of the state.
    kind: &'static str,
    icon: &'static str,
    state: &'static str,
    words: String,
}

impl Page for OnlinePage {
    fn title(&self) -> String {
        "Вечный онлайн".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == LIST).then(|| self.as_rows().render())
    }
}

impl OnlineRow {
    fn of(kept: Kept, told: &queries::Readings, now: Now) -> Self {
        let told = told.get(&(kept.id, Reading::Online.as_str().to_owned())).cloned().unwrap_or_default();
        let at = |at: Option<NaiveDateTime>| at.map(|at| now.moment_in_words(at)).unwrap_or_default();
        let good = at(told.good_at);
        let last = if good.is_empty() {
            String::new()
        } else {
            format!("последний успешный запрос {good}")
        };
        let (kind, icon, state, words) = match (kept.is_enabled, told.error.is_empty(), kept.is_online) {
            (false, ..) => ("", "power", "выключен", String::new()),
            (true, false, _) => {
                let since = format!("{} ({})", told.error, at(told.error_at));
                let words = if last.is_empty() { since } else { format!("{since}; {last}") };
                ("bad", "wifi-off", "ошибка", words)
            }
            (true, true, true) => ("ok", "circle-check", "поддерживается", last),
            (true, true, false) => ("", "clock", "ждёт первого запроса", String::new()),
        };
        let (id, name, is_enabled, interval) = (kept.id, kept.name, kept.is_enabled, kept.interval);
        Self { id, name, is_enabled, interval, kind, icon, state, words }
    }
}

async fn page(app: &Data<App>) -> Result<OnlinePage, AppError> {
    let now = app.now();
    let rows = app.db.read(move |db| {
        let told = queries::readings(db)?;
        Ok(online::all(db)?.into_iter().map(|kept| OnlineRow::of(kept, &told, now)).collect())
    });
    let intervals = INTERVALS.iter();
    let intervals =
        intervals.map(|(value, label)| Choice { value: value.to_string(), label: (*label).to_owned() });
    Ok(OnlinePage { current: "avito", rows: rows.await?, intervals: intervals.collect() })
}

async fn show(_: Signed<Admin>, app: Data<App>) -> Result<Show<OnlinePage>, AppError> {
    Ok(Show::ok(page(&app).await?))
}

async fn switch(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<AvitoId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let interval = fields.number("online_keep_alive_interval").unwrap_or_default();
    if !INTERVALS.iter().any(|(known, _)| *known == interval) {
        return Err(AppError::BadRequest("Выберите, как часто спрашивать Авито".to_owned()));
    }
    let is_enabled = !fields.text("eternal_online_enabled").is_empty();
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    app.db.write(move |tx| online::switch(tx, id, is_enabled, TimeDelta::seconds(interval), by, now)).await?;
    let said = if is_enabled {
        "Вечный онлайн включён"
    } else {
        "Вечный онлайн выключен"
    };
    list_again(&request, (LIST, TOOL), said, page(&app)).await
}

/// Asks for every account whose time has come.
///
/// # Errors
/// When the accounts cannot be listed.
pub fn keep_alive(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    let due = app.db.read_now(|db| Ok(online::all(db)?))?.into_iter().filter(|kept| is_due(kept, now));
    for kept in due {
        if !app.db.write_now(|tx| Ok(online::take(tx.db, kept.id, kept.last_check, now)?))? {
            continue;
        }
        let work = Work::of(app);
        tokio::spawn(async move {
            let spread = rand::random_range(0..SPREAD.as_millis() as u64);
            tokio::time::sleep(Duration::from_millis(spread)).await;
            work.keep_alive(kept.id).await;
        });
    }
    Ok(())
}

/// The interval has passed, a tenth more or less: which, the account and its last request decide, so that all processes
/// reckon alike.
fn is_due(kept: &Kept, now: NaiveDateTime) -> bool {
    if !kept.is_enabled {
        return false;
    }
    let Some(last) = kept.last_check else { return true };
    let mut hasher = DefaultHasher::new();
    (kept.id, last).hash(&mut hasher);
    let tenth = i64::from(kept.interval) * 100;
    let jitter = (hasher.finish() % 2001) as i64 * tenth / 1000 - tenth;
    now - last >= TimeDelta::milliseconds(i64::from(kept.interval) * 1000 + jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_an_account_comes_about_its_interval() {
        let at: NaiveDateTime = "2026-11-30T09:00:00".parse().expect("a moment");
        for id in 1..50 {
            let kept = Kept {
                id: AvitoId(id),
                name: String::new(),
                is_enabled: true,
                is_online: false,
                last_check: Some(at),
                interval: 300,
            };
            assert!(!is_due(&kept, at + TimeDelta::seconds(269)));
            assert!(is_due(&kept, at + TimeDelta::seconds(331)));
            assert!(!is_due(&Kept { is_enabled: false, last_check: None, ..kept.clone() }, at));
            assert!(is_due(&Kept { last_check: None, ..kept }, at));
        }
    }
}
