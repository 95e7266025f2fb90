//! «Проверка прокси»: every proxy, checked without Avito against an address that says from where it is asked.

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use super::queries;
use super::view::{AccountView, Accounts};
use super::work::{Round, Work};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::AvitoId;
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::{Done, Toast, list_again, saying};
use crate::web::request::is_fragment_request;

const TOOL: &str = "/admin/avito/proxies";
const LIST: &str = "avito-proxies";

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/avito/proxies").route(get().to(show)).route(post().to(check_all)))
        .service(resource("/admin/avito/proxies/straight").route(post().to(straight)))
        .service(resource("/admin/avito/{id}/check").route(post().to(check)));
}

#[derive(Template)]
#[template(path = "admin/avito/proxies.html", blocks = ["rows"])]
struct ProxiesPage {
    current: &'static str,
    rows: Vec<AccountView>,
    progress: Option<(usize, usize)>,
    echo: String,
}

impl Page for ProxiesPage {
    fn title(&self) -> String {
        "Проверка прокси".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == LIST).then(|| self.as_rows().render())
    }
}

async fn page(app: &Data<App>) -> Result<ProxiesPage, AppError> {
    let here = app.clone();
    let accounts = app.db.read(move |db| Accounts::load(&here, db)).await?;
    Ok(ProxiesPage {
        current: "avito",
        rows: accounts.rows.into_iter().filter(|row| row.has_proxy).collect(),
        progress: app.avito.rounds.progress(Round::Proxies.name()),
        echo: app.config.avito.proxy_check_url.clone(),
    })
}

async fn show(_: Signed<Admin>, app: Data<App>) -> Result<Show<ProxiesPage>, AppError> {
    Ok(Show::ok(page(&app).await?))
}

async fn check_all(_: Signed<Admin>, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, AppError> {
    let ids = app.db.read(|db| Ok(queries::with_proxy(db)?)).await?;
    let said = if ids.is_empty() {
        Toast::new("warn", "Проверять нечего", "Ни у одного включённого аккаунта нет прокси.")
    } else if Work::of(&app).start(Round::Proxies, ids) {
        Toast::new("ok", "Проверяем прокси", "")
    } else {
        Toast::new("info", "Уже проверяем", "")
    };
    list_again(&request, (LIST, TOOL), said, page(&app)).await
}

async fn check(
    _: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<AvitoId>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    app.db.read(move |db| queries::by_id(db, id)?.ok_or(AppError::NotFound)).await?;
    let said = match Work::of(&app).check(id).await {
        Ok(Some(checked)) => Toast::new("ok", "Прокси работает", format!("Виден как {}", checked.address)),
        Ok(None) => Toast::new("info", "У аккаунта нет прокси", ""),
        Err(words) => Toast::new("bad", words, "Запросы этого аккаунта к Авито не отправляются."),
    };
    list_again(&request, (LIST, TOOL), said, page(&app)).await
}

/// What the world sees without a proxy: asked of the echo address alone, and only when somebody wants to compare.
async fn straight(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
) -> Result<HttpResponse, AppError> {
    let said = match Work::of(&app).check_straight().await {
        Ok(checked) => Toast::new("info", format!("Без прокси сервер виден как {}", checked.address), ""),
        Err(fault) => Toast::new("bad", "Без прокси адрес проверки не отвечает", fault.words()),
    };
    let (by, now) = (admin.id, app.clock.now());
    app.db
        .write(move |tx| {
            let entry =
                Entry {
                    by, action: "avito.straight", subject: "Авито", detail: "сравнение без прокси"
                };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    if !is_fragment_request(&request) {
        return Ok(Done::to(TOOL).saying(said).respond_to(&request));
    }
    Ok(saying(HttpResponse::NoContent().finish(), said))
}
