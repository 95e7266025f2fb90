//! The page: sums, the table, and reading everything anew.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::view::Accounts;
use super::work::{Round, Work};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::integrations::avito::queries as stored;
use crate::platform::error::AppError;
use crate::web::page::{Page, Show};
use crate::web::reply::{Toast, list_again};

/// Address of the page.
pub(super) const HOME: &str = "/admin/avito";
/// The id of its fragment.
pub(super) const TARGET: &str = "avito";

#[derive(Template)]
#[template(path = "admin/avito/index.html", blocks = ["rows"])]
pub(super) struct AvitoPage {
    current: &'static str,
    accounts: Accounts,
    /// Done and total, while everything is read anew.
    progress: Option<(usize, usize)>,
}

impl Page for AvitoPage {
    fn title(&self) -> String {
        "Аккаунты Авито".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == TARGET).then(|| self.as_rows().render())
    }
}

async fn page(app: &Data<App>) -> Result<AvitoPage, AppError> {
    let here = app.clone();
    let accounts = app.db.read(move |db| Accounts::load(&here, db)).await?;
    Ok(AvitoPage { current: "avito", accounts, progress: app.avito.rounds.progress(Round::Sync.name()) })
}

pub(super) async fn index(_: Signed<Admin>, app: Data<App>) -> Result<Show<AvitoPage>, AppError> {
    Ok(Show::ok(page(&app).await?))
}

pub(super) async fn sync_all(
    _: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, AppError> {
    let ids: Vec<_> =
        app.db.read(|db| Ok(stored::working(db)?)).await?.into_iter().map(|(id, _)| id).collect();
    let said = if ids.is_empty() {
        Toast::new("warn", "Обновлять нечего", "Включите аккаунт и введите его ключи.")
    } else if Work::of(&app).start(Round::Sync, ids) {
        Toast::new("ok", "Обновляем данные Авито", "")
    } else {
        Toast::new("info", "Уже обновляем", "")
    };
    list_again(&request, (TARGET, HOME), said, page(&app)).await
}
