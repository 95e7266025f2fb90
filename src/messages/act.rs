//! What people do with a chat besides answering: take it, hand it over, put it off, note, label, join it with an order.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::Duration;

use super::index;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::chats::queries::{self, links, people as queries_people};
use crate::domain::id::{AccountId, ChatId, LabelId, MessageId, OrderId};
use crate::domain::now::Now;
use crate::domain::{russian, zone};
use crate::orders::queries::{chat as orders_chat, write::By};
use crate::platform::db::Tx;
use crate::platform::error::AppError;
use crate::web::form::Form;
use crate::web::page::Fragment;
use crate::web::reply::{Toast, saying};

/// Longest note, in letters.
const NOTE_MAX: usize = 2000;

fn found(tx: &mut Tx, id: ChatId) -> Result<queries::Chat, AppError> {
    queries::chat(tx.db, id)?.ok_or(AppError::NotFound)
}

/// Who else is in the chat.
#[derive(Template)]
#[template(path = "messages/people.html")]
pub struct People {
    chat_id: ChatId,
    people: Vec<(String, bool)>,
}

/// Who else is in the chat.
pub async fn people(
    person: Signed<Anyone>,
    app: Data<App>,
    id: Path<ChatId>,
) -> Result<Fragment<People>, AppError> {
    let (id, viewer, now) = (id.into_inner(), person.id, app.clock.now());
    let people = app
        .db
        .read(move |db| {
            queries::chat(db, id)?.ok_or(AppError::NotFound)?;
            Ok(queries_people::others(db, id, viewer, now)?)
        })
        .await?;
    Ok(Fragment::ok(People { chat_id: id, people }))
}

/// A sign of life: who is here, whether they type, and what they have seen, which is then read.
pub async fn here(
    person: Signed<Anyone>,
    app: Data<App>,
    id: Path<ChatId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    let (seen, types) = (fields.id("seen").unwrap_or(MessageId(0)), fields.text("types") == "1");
    app.db
        .write(move |tx| {
            let chat = found(tx, id)?;
            queries_people::here(tx, id, by, seen, types, now)?;
            if seen.0 > 0 && chat.unread_count > 0 {
                queries_people::read(tx, id, seen)?;
            }
            Ok(())
        })
        .await?;
    app.chat_outbox.wake();
    Ok(HttpResponse::NoContent().finish())
}

/// Somebody leaves the chat.
pub async fn leave(
    person: Signed<Anyone>,
    app: Data<App>,
    id: Path<ChatId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    app.db
        .write(move |tx| {
            found(tx, id)?;
            Ok(queries_people::leave(tx, id, by, now)?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// «Взять».
pub async fn take(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ChatId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    let is_taken = app
        .db
        .write(move |tx| {
            found(tx, id)?;
            Ok(queries_people::take(tx, id, by, now)?)
        })
        .await?;
    let said = if is_taken { "Чат ваш" } else { "Чат уже взял коллега" };
    Ok(saying(index::again(&app, &person, &request, id).await?, said))
}

/// «Передать».
pub async fn pass(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ChatId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (id, by, now, is_admin) = (id.into_inner(), person.id, app.clock.now(), person.is_admin());
    let to: Option<AccountId> = fields.id("to");
    let name = app
        .db
        .write(move |tx| {
            found(tx, id)?;
            let all = queries_people::colleagues(tx.db)?;
            let colleague = all.into_iter().find(|(account, _)| Some(*account) == to);
            let (to, name) =
                colleague.ok_or_else(|| AppError::BadRequest("Выберите, кому передать чат.".to_owned()))?;
            let is_passed = queries_people::pass(tx, id, (to, &name), by, !is_admin, now)?;
            Ok(is_passed.then_some(name))
        })
        .await?;
    let said = match name {
        Some(name) => Toast::ok(format!("Чат передан: {}", russian::short_name(&name))),
        None => Toast::new("warn", "Чат у коллеги: передать может он или администратор", ""),
    };
    Ok(saying(index::again(&app, &person, &request, id).await?, said))
}

/// «Вернуть всем».
pub async fn release(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ChatId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, now, is_admin) = (id.into_inner(), person.id, app.clock.now(), person.is_admin());
    let is_free = app
        .db
        .write(move |tx| {
            found(tx, id)?;
            Ok(queries_people::release(tx, id, by, is_admin, now)?)
        })
        .await?;
    let said = if is_free { "Чат снова общий" } else { "Чат не у вас" };
    Ok(saying(index::again(&app, &person, &request, id).await?, said))
}

/// «Отложить» until a time, or until the next message; `0` ends it.
pub async fn snooze(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ChatId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.now());
    let until = match fields.text("for") {
        "0" => None,
        "30" => Some(now.utc + Duration::minutes(30)),
        "120" => Some(now.utc + Duration::hours(2)),
        "morning" => Some(morning(now)),
        "message" => Some(now.utc + Duration::days(365)),
        _ => return Err(AppError::BadRequest("Выберите, на сколько отложить.".to_owned())),
    };
    let words = match (fields.text("for"), until) {
        ("message", _) => "до нового сообщения".to_owned(),
        (_, Some(until)) => format!("до {}", now.moment(until)),
        (_, None) => String::new(),
    };
    let said = if until.is_some() {
        format!("Отложено {words}")
    } else {
        "Чат снова в списке".to_owned()
    };
    app.db
        .write(move |tx| {
            found(tx, id)?;
            Ok(queries_people::snooze(tx, id, until, &words, by, now.utc)?)
        })
        .await?;
    Ok(saying(index::again(&app, &person, &request, id).await?, &*said))
}

/// Nine o'clock of the next business day.
fn morning(now: Now) -> chrono::NaiveDateTime {
    let tomorrow = now.today() + chrono::Days::new(1);
    zone::day_start(tomorrow, now.zone) + Duration::hours(9)
}

/// Puts a label on or takes it off.
pub async fn label(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ChatId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let (label, is_on) = (fields.id::<LabelId>("label"), fields.text("on") == "1");
    app.db
        .write(move |tx| {
            found(tx, id)?;
            let label = label.ok_or(AppError::NotFound)?;
            if is_on && !queries_people::is_label(tx.db, label)? {
                return Err(AppError::NotFound);
            }
            Ok(queries_people::label(tx, id, label, is_on)?)
        })
        .await?;
    index::again(&app, &person, &request, id).await
}

/// Notes something for colleagues.
pub async fn note(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ChatId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    let text = fields.text("note").to_owned();
    if text.is_empty() || text.chars().count() > NOTE_MAX {
        return Err(AppError::BadRequest(format!(
            "Заметка пуста или длиннее {NOTE_MAX} знаков. Текст остался в поле."
        )));
    }
    app.db
        .write(move |tx| {
            found(tx, id)?;
            Ok(queries_people::note(tx, id, &text, by, now)?)
        })
        .await?;
    index::again(&app, &person, &request, id).await
}

/// Joins the chat with an order by its number.
pub async fn link_order(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ChatId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    let number = fields.text("order").trim_start_matches(['№', '#', ' ']).to_owned();
    let order: OrderId = number.parse().map_err(|_| {
        AppError::BadRequest("Номер заказа состоит из цифр. Проверьте его и повторите.".to_owned())
    })?;
    let is_new = app
        .db
        .write(move |tx| {
            let chat = found(tx, id)?;
            let by_whom = By { account_id: by, at: now };
            let client = orders_chat::join(tx, order, &chat.chat_key, by_whom)?.ok_or_else(|| {
                AppError::BadRequest(format!("Заказа № {order} нет. Проверьте номер и повторите."))
            })?;
            let is_new = links::join(tx, id, order, Some(client))?;
            if is_new {
                links::log_order(tx.db, id, order, by, now, "linked")?;
            }
            Ok(is_new)
        })
        .await?;
    let said = if is_new {
        format!("Заказ № {order} привязан")
    } else {
        format!("Заказ № {order} уже привязан")
    };
    Ok(saying(index::again(&app, &person, &request, id).await?, &*said))
}
