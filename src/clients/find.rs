//! `/clients`: finding a client by number or name.

use actix_web::web::Data;
use askama::Template;

use super::queries::search::{self, FOUND, FoundClient};
use super::{ORDERS, counted};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::ClientId;
use crate::domain::now::Now;
use crate::domain::phone::pretty;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::Query;
use crate::web::page::{Page, Show};

/// A client that was found.
pub struct FoundRow {
    /// The client.
    pub id: ClientId,
    /// Empty when it is not known.
    pub name: String,
    /// «+7 900 123-45-67, +7 900 765-43-21», up to three.
    pub numbers: String,
    /// «3 заказа», or empty.
    pub orders: String,
    /// «Самара · был сегодня 14:05 · 12 400 ₽», as far as it is known.
    pub about: String,
    /// Empty for none.
    pub warning: String,
}

impl FoundRow {
    fn of(found: FoundClient, now: Now) -> Self {
        let numbers: Vec<String> = found.numbers.iter().take(3).map(|n| pretty(&n.digits)).collect();
        let more = if found.numbers.len() > 3 { " …" } else { "" };
        let seen = found.seen_at.map(|at| format!("обращался {}", now.moment_in_words(at)));
        let paid = (found.paid > 0).then(|| format!("{} ₽", russian::roubles(found.paid)));
        let about = [Some(found.city).filter(|city| !city.is_empty()), seen, paid];
        Self {
            about: about.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            id: found.id,
            name: found.name,
            numbers: format!("{}{more}", numbers.join(", ")),
            orders: if found.orders == 0 { String::new() } else { counted(found.orders, ORDERS) },
            warning: found.warning,
        }
    }
}

/// What was found for a search, for pages that show it.
pub fn rows(db: &mut Db, q: &str, now: Now) -> diesel::QueryResult<Vec<FoundRow>> {
    Ok(search::find(db, q)?.into_iter().map(|found| FoundRow::of(found, now)).collect())
}

/// The page of the search.
#[derive(Template)]
#[template(path = "clients/find.html", blocks = ["found"])]
pub struct FindPage {
    q: String,
    rows: Vec<FoundRow>,
    is_cut: bool,
}

impl Page for FindPage {
    fn title(&self) -> String {
        "Клиенты".to_owned()
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "found").then(|| self.as_found().render())
    }
}

/// Shows who was found.
pub async fn index(
    _: Signed<Anyone>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<FindPage>, AppError> {
    let q = fields.text("q").to_owned();
    let wanted = q.clone();
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let rows = match q.is_empty() {
        true => Vec::new(),
        false => app.db.read(move |db| Ok(rows(db, &wanted, now)?)).await?,
    };
    Ok(Show::ok(FindPage { q, is_cut: rows.len() == FOUND, rows }))
}
