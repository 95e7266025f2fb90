//! Drafts of new orders and of changes of an order: kept on the server while the form is being filled in, so that nothing typed is lost to
//! a reload, a crash or an ended session.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};

use super::create::form::OrderForm;
use super::queries::drafts::{self, Kept};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::catalogs;
use crate::domain::city::zone_of;
use crate::domain::id::{ChatId, OrderId};
use crate::domain::{when, zone};
use crate::platform::error::AppError;
use crate::slots;
use crate::web::form::Form;

/// Longest draft, in bytes of its fields.
const MAX_BYTES: usize = 64 * 1024;

/// Where the draft of a form is kept: with its call, with its client's number, or with the blank form.
pub fn key_of(prefill: &OrderForm) -> String {
    if !prefill.call.is_empty() {
        return format!("call-{}", prefill.call);
    }
    match prefill.number() {
        Some(phone) => format!("phone-{}", phone.digits()),
        None => "new".to_owned(),
    }
}

/// Where unsaved changes of an order are kept.
pub fn key_of_order(id: OrderId) -> String {
    format!("order-{id}")
}

/// Where a new order from a chat is kept.
pub fn key_of_chat(id: ChatId) -> String {
    format!("chat-{id}")
}

/// Where an answer in a chat is kept that is being written.
pub fn key_of_dialog(id: ChatId) -> String {
    format!("dialog-{id}")
}

/// Only keys that [`key_of`] and its like make.
///
/// # Errors
/// [`AppError::NotFound`] for anything else.
pub fn known_key(key: &str) -> Result<String, AppError> {
    let number =
        ["call-", "phone-", "order-", "chat-", "dialog-"].iter().find_map(|prefix| key.strip_prefix(prefix));
    let is_number =
        number.is_some_and(|n| (1..=20).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
    if is_number || key == "new" { Ok(key.to_owned()) } else { Err(AppError::NotFound) }
}

/// Keeps the fields as they are now; 410 when this form was saved meanwhile.
pub async fn save(
    person: Signed<Anyone>,
    app: Data<App>,
    path: Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let key = known_key(&path)?;
    let mut fields: drafts::DraftFields =
        form.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    if fields.iter().map(|(k, v)| k.len() + v.len()).sum::<usize>() > MAX_BYTES {
        return Err(AppError::BadRequest("Черновик длиннее 64 КБ. Сократите текст.".to_owned()));
    }
    let (id, now, business) = (person.id, app.clock.now(), app.config.business_zone);
    let kept = app
        .db
        .write(move |tx| {
            // «Завтра 14» of today is not that of tomorrow, when the draft is opened again.
            if let Some(words) = fields.get("date_meeting") {
                let city = fields.get("city").map(String::as_str).unwrap_or_default();
                let zone = zone_of(&catalogs::queries::cities(tx.db)?, city, business);
                let settled = when::settled(words, zone::local(now, zone));
                fields.insert("date_meeting".to_owned(), settled);
            }
            Ok(drafts::save(tx.db, id, &key, &fields, now)?)
        })
        .await?;
    Ok(match kept {
        Kept::Yes => HttpResponse::NoContent().finish(),
        Kept::Overtaken => HttpResponse::Gone().finish(),
    })
}

/// Forgets the draft and gives back the slot it holds; a form that says where it began begins there again.
pub async fn discard(
    person: Signed<Anyone>,
    app: Data<App>,
    path: Path<String>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (id, key, hold) = (person.id, known_key(&path)?, form.id("hold"));
    app.db
        .write(move |tx| {
            if let Some(hold) = hold {
                slots::queries::release(tx, hold, id)?;
            }
            Ok(drafts::drop(tx.db, id, &key)?)
        })
        .await?;
    let again = form.text("again");
    let begins =
        path.strip_prefix("order-").map_or_else(|| "/orders/new".to_owned(), |id| format!("/orders/{id}"));
    if again.contains(char::is_control) || again != begins && !again.starts_with(&format!("{begins}?")) {
        return Ok(HttpResponse::NoContent().finish());
    }
    // A plain redirect under htmx too: it follows, and gets the empty form for the same dialog.
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, again)).finish())
}
