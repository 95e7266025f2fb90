//! «Проверить подключение» and «Обновить данные» of one account.

use actix_web::web::{Data, Path, ServiceConfig, post};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use super::index::HOME;
use super::queries;
use super::work::Work;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::AvitoId;
use crate::integrations::avito::ApiError;
use crate::integrations::avito::proxy::Fault;
use crate::integrations::avito::queries as stored;
use crate::messages::intake::reconcile;
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::secret::to_hex;
use crate::web::page::Fragment;
use crate::web::path::resource;
use crate::web::reply::Done;
use crate::web::request::is_fragment_request;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/avito/{id}/probe").route(post().to(probe)))
        .service(resource("/admin/avito/{id}/sync").route(post().to(sync)))
        .service(resource("/admin/avito/{id}/webhook").route(post().to(another_webhook)));
}

#[derive(Template)]
#[template(path = "ui/said.html")]
struct Said {
    is_good: bool,
    title: String,
    text: String,
}

impl Said {
    fn good(title: &str, text: String) -> Self {
        Self { is_good: true, title: title.to_owned(), text }
    }

    fn bad(error: &ApiError) -> Self {
        Self { is_good: false, title: error.words(), text: advice(error).to_owned() }
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        if is_fragment_request(request) {
            return Fragment::ok(self).respond_to(request);
        }
        Done::to(HOME).saying(&*format!("{}. {}", self.title, self.text)).respond_to(request)
    }
}

/// Tries token and profile by the account's own way, switched on or off.
async fn probe(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<AvitoId>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let name = name_of(&app, id).await?;
    if let Ok(client) = app.avito.client_even_off(id).await {
        client.forget_complaints();
    }
    let said = match Work::of(&app).connect(id).await {
        Ok(client) => {
            let user_id = client.user_id().await.map(|id| id.to_string()).unwrap_or_default();
            Said::good("Связь есть, ключи верны", format!("ID профиля {user_id}."))
        }
        Err(error) => Said::bad(&error),
    };
    let (by, now, detail) = (admin.id, app.clock.now(), said.title.clone());
    app.db
        .write(move |tx| {
            let entry = Entry { by, action: "avito.probe", subject: &name, detail: &detail };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    Ok(said.respond(&request))
}

async fn sync(
    _: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<AvitoId>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    name_of(&app, id).await?;
    let said = match Work::of(&app).sync(id).await {
        Ok(()) => Said::good("Данные обновлены", "Что не удалось прочитать, отмечено в таблице.".to_owned()),
        Err(error) => Said::bad(&error),
    };
    Ok(said.respond(&request))
}

/// Gives the account another address for deliveries and tells Avito of it; the old one is nobody's at once.
async fn another_webhook(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<AvitoId>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let name = name_of(&app, id).await?;
    let secret = to_hex(&rand::random::<[u8; 24]>());
    let (by, now) = (admin.id, app.clock.now());
    app.db
        .write(move |tx| {
            stored::set_webhook_secret(tx.db, id, &secret)?;
            let entry =
                Entry { by, action: "avito.webhook", subject: &name, detail: "адрес сменён" };
            audit::record(tx, &entry, now)?;
            tx.announce(Event::Avito(id));
            Ok(())
        })
        .await?;
    let subscribed = match app.avito.client(id).await {
        Ok(client) => reconcile::hook(&app, &client, id, now).await,
        Err(error) => Err(error),
    };
    let said = match subscribed {
        Ok(true) => Said::good("Адрес сменён", "Авито пишет на новый, прежний не работает.".to_owned()),
        Ok(false) => Said::good(
            "Адрес сменён",
            "Авито его не знает: для доставки нужен PUBLIC_URL с https. Сообщения приносит сверка."
                .to_owned(),
        ),
        Err(error) => Said {
            is_good: false,
            title: format!("Адрес сменён, но Авито его ещё не знает: {}", error.words()),
            text: "Попробуем снова при каждой сверке, раз в минуту; до тех пор сообщения приносит она."
                .to_owned(),
        },
    };
    Ok(said.respond(&request))
}

async fn name_of(app: &Data<App>, id: AvitoId) -> Result<String, AppError> {
    app.db.read(move |db| Ok(queries::by_id(db, id)?.ok_or(AppError::NotFound)?.name)).await
}

fn advice(error: &ApiError) -> &'static str {
    match error {
        ApiError::NotSetUp => "Введите их и сохраните: они в кабинете Авито, «Настройки → API для бизнеса».",
        ApiError::WrongKeys | ApiError::TokenRefused => "Скопируйте пару из кабинета Авито ещё раз.",
        ApiError::NoSubscription => "Проверьте тариф аккаунта в кабинете Авито.",
        ApiError::Forbidden(_) => "Нужен ключ самой компании, а не сотрудника, и тариф с API.",
        ApiError::AddressBlocked => "Смените прокси: с этого адреса Авито не отвечает.",
        ApiError::Unreachable(Fault::Private) => "Укажите прокси с внешним адресом.",
        ApiError::Unreachable(_) => "Проверьте прокси: напрямую запросы этого аккаунта не пойдут.",
        error if error.is_passing() => "Это может пройти само: проверьте ещё раз через минуту.",
        _ => "Исправьте настройки и проверьте ещё раз.",
    }
}
