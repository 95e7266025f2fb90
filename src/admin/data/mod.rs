//! `/admin/data`: what the house does with clients' personal data: what is kept where and how long, who sees numbers,
//! made-up clients, and drafts of the notices that the law asks for when data has leaked.

pub mod client;
mod erase;
mod export;
mod incident;
pub mod keep;
mod queries;

use actix_web::Either;
use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, get, post, resource};
use askama::Template;
use keep::Keep;

use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::clients::queries::personal;
use crate::domain::id::ClientId;
use crate::integrations::mail;
use crate::platform::audit;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::masking::queries as masking;
use crate::web::field_errors::FieldErrors;
use crate::web::form::Form;
use crate::web::page::{Page, Show};
use crate::web::path;
use crate::web::reply::Done;

const HOME: &str = "/admin/data";

/// Addresses of admins.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource(HOME).route(get().to(show)).route(post().to(save)))
        .service(resource("/admin/data/mask").route(post().to(mask)))
        .service(resource("/admin/data/incident").route(get().to(incident::show)))
        .service(path::resource("/admin/data/clients/{id}").route(get().to(client::show)))
        .service(path::resource("/admin/data/clients/{id}/export").route(get().to(export::export)))
        .service(path::resource("/admin/data/clients/{id}/canary").route(post().to(client::mark)))
        .service(path::resource("/admin/data/clients/{id}/erase").route(post().to(client::erase)));
}

/// Something that is kept.
pub(super) struct Kept {
    what: &'static str,
    place: &'static str,
    how_long: String,
}

/// What is kept where and how long, as it is set now.
pub(super) fn everything(keep: Keep, recordings: u32) -> Vec<Kept> {
    let months = |months: u32| match months {
        0 => "всегда, срок не задан".to_owned(),
        months => format!("{months} мес."),
    };
    let line = |what, place, how_long: &str| Kept { what, place, how_long: how_long.to_owned() };
    vec![
        line("Имя, номера, предупреждение клиента", "база", "всегда, до удаления по просьбе"),
        line(
            "Заказы: адрес, проблема, деньги, история",
            "база",
            "всегда, данные клиента — до удаления по просьбе",
        ),
        line("БСО и чеки", "хранилище файлов", "всегда: первичные документы"),
        line("Записи разговоров", "хранилище файлов", &months(recordings)),
        line("Звонки: номер, время, длительность", "база", "всегда, номер — до удаления по просьбе"),
        line("Присланные события телефонии", "база", &months(keep.events)),
        line("Переписка и картинки чатов Авито", "база и хранилище файлов", &months(keep.messages)),
        line("Присланные события Авито", "база", "30 дней"),
        line("Письма ящика с записями: от кого, тема", "база", "всегда, до удаления по просьбе"),
        line("Согласия клиентов и отзывы", "база", "всегда: доказательство законности"),
        line("Паспорт и договор сотрудника", "хранилище файлов, зашифрованы", "пока не удалят"),
        line("Черновики", "база", "14 дней"),
        line("Уведомления и сообщения наружу", "база", "30 дней"),
        line("Сеансы: браузер, последний вход", "база", "до конца сеанса"),
        Kept {
            what: "Журнал действий",
            place: "база",
            how_long: format!("{} года", audit::KEEP.num_days() / 365),
        },
        line(
            "Резервные копии всего этого",
            "где велит настройка копий",
            "по правилам копий (docs/operations.md)",
        ),
    ]
}

/// A made-up client.
struct Canary {
    id: ClientId,
    name: String,
}

#[derive(Template)]
#[template(path = "admin/data/index.html")]
struct DataPage {
    current: &'static str,
    is_masked: bool,
    kept: Vec<Kept>,
    messages: String,
    events: String,
    errors: FieldErrors,
    canaries: Vec<Canary>,
}

impl Page for DataPage {
    fn title(&self) -> String {
        "Личные данные".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }
}

fn load(db: &mut Db) -> Result<DataPage, AppError> {
    let keep = keep::read(db)?;
    let typed = |months: u32| if months == 0 { String::new() } else { months.to_string() };
    Ok(DataPage {
        current: "data",
        is_masked: masking::is_on(db)?,
        kept: everything(keep, mail::settings::read(db)?.keep_months),
        messages: typed(keep.messages),
        events: typed(keep.events),
        errors: FieldErrors::default(),
        canaries: personal::listed_canaries(db)?
            .into_iter()
            .map(|(id, name, _)| Canary {
                id,
                name: if name.is_empty() { format!("Клиент № {id}") } else { name },
            })
            .collect(),
    })
}

async fn show(_: Signed<Admin>, app: Data<App>) -> Result<Show<DataPage>, AppError> {
    Ok(Show::ok(app.db.read(load).await?))
}

/// Takes how long words are kept.
async fn save(
    admin: Signed<Admin>,
    app: Data<App>,
    Form(form): Form,
) -> Result<Either<Done, Show<DataPage>>, AppError> {
    let mut errors = FieldErrors::default();
    let mut months = |name: &'static str| match form.text(name) {
        "" => 0,
        typed => typed.parse().ok().filter(|n| (1..=keep::MOST_MONTHS).contains(n)).unwrap_or_else(|| {
            errors.add(name, "Число месяцев от 1 до 120, пусто — хранить всегда");
            0
        }),
    };
    let wanted = Keep { messages: months("messages"), events: months("events") };
    if !errors.is_empty() {
        let mut page = app.db.read(load).await?;
        page.messages = form.text("messages").to_owned();
        page.events = form.text("events").to_owned();
        page.errors = errors;
        return Ok(Either::Right(Show(page, StatusCode::UNPROCESSABLE_ENTITY)));
    }
    let (by, now) = (admin.id, app.clock.now());
    app.db.write(move |tx| Ok(keep::save(tx, wanted, by, now)?)).await?;
    Ok(Either::Left(Done::to(HOME).saying("Сроки сохранены")))
}

async fn mask(admin: Signed<Admin>, app: Data<App>, Form(form): Form) -> Result<Done, AppError> {
    let (by, now, is_wanted) = (admin.id, app.clock.now(), form.text("masked") == "on");
    app.db.write(move |tx| Ok(masking::switch(tx, is_wanted, by, now)?)).await?;
    Ok(Done::to(HOME).saying(if is_wanted {
        "Операторы видят номера скрытыми"
    } else {
        "Операторы видят номера целиком"
    }))
}
