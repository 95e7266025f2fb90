//! One number shown to somebody who sees numbers masked: what they asked for, and a line of the journal about it.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::{canary, queries};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::phone::Phone;
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;
use crate::web::form::Form;
use crate::web::request;

#[derive(Template)]
#[template(path = "clients/revealed.html")]
struct Revealed {
    number: String,
}

/// Shows the number that a button stands for.
pub async fn reveal(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let phone = Phone::returned(form.text("number")).ok_or(AppError::NotFound)?;
    canary::touched_number(&app, &person, phone.digits(), "показал номер").await?;
    let (by, now) = (person.id, app.clock.now());
    let page = request::current_address(&request).unwrap_or_default();
    let page = page.split(['?', '#']).next().unwrap_or_default().to_owned();
    let shown = phone.pretty();
    let subject = shown.clone();
    app.db
        .write(move |tx| {
            let client = queries::by_number(tx.db, phone.digits())?;
            let mut detail: Vec<String> = client.iter().map(|id| format!("клиент № {id}")).collect();
            detail.extend((!page.is_empty()).then(|| format!("страница {page}")));
            let detail = detail.join("; ");
            let entry = Entry { by, action: "phone.reveal", subject: &subject, detail: &detail };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    // Not through the door of pages: the one number that is meant is not masked.
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .body(Revealed { number: shown }.render()?))
}
