//! Whether an order that somebody looks at has changed since: a line above it, never a change of what is typed.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use crate::app::App;
use crate::domain::id::{AccountId, OrderId};
use crate::orders::edit::words::others_words;
use crate::orders::queries::{history, one};
use crate::platform::error::AppError;
use crate::web::page::Fragment;

/// What has happened meanwhile.
#[derive(Template)]
#[template(path = "orders/show/news.html")]
struct News {
    /// Empty when nothing has.
    text: String,
    is_gone: bool,
}

/// Answers what happened to the order after `version`, for a person with the account `by`.
pub async fn show(
    request: &HttpRequest,
    app: &Data<App>,
    id: OrderId,
    version: Option<i64>,
    by: AccountId,
) -> Result<HttpResponse, AppError> {
    let news = app
        .db
        .read(move |db| {
            let Some(now) = one::version(db, id)? else {
                return Ok(News { text: "Этот заказ удалён.".to_owned(), is_gone: true });
            };
            let seen = version.unwrap_or_default();
            let rows = if now > seen { history::since(db, id, Some(seen))? } else { Vec::new() };
            let text = match others_words(&rows, by) {
                who if !who.is_empty() => format!("Пока заказ открыт, его {who}."),
                _ if now > seen => "Пока заказ открыт, он изменился.".to_owned(),
                _ => String::new(),
            };
            Ok(News { text, is_gone: false })
        })
        .await?;
    Ok(Fragment::ok(news).respond_to(request))
}
