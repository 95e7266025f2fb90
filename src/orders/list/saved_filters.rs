//! The bar over the list: filters that have a name, the choice of columns, the way out as a file. Everything in it
//! is the person's own.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::columns::{Key, Layout};
use super::filter::address;
use super::index;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::SavedFilterId;
use crate::orders::list::bar::{Owner, PAGE, Refusal, essence};
use crate::platform::error::AppError;
use crate::tables::queries::saved_filters::{self, Changed, MOST};
use crate::tables::{queries as tables, sheet};
use crate::web::form::{Fields, Form, Query};
use crate::web::request;

const LONGEST_NAME: usize = 60;

/// `POST /orders/filters`: saves what the list shows under a name.
pub async fn create(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (owner, now) = (Owner::of(&person), app.clock.now());
    let list = Fields::parse(form.text("query").as_bytes());
    let query = essence(&list);
    let name = form.text("name").to_owned();
    let why = match refusal_of(&name) {
        None if query.is_empty() => Some("Сейчас показаны все заказы: сохранять нечего.".to_owned()),
        None => {
            let wanted = name.clone();
            let saved = app
                .db
                .write(move |tx| Ok(saved_filters::save(tx, PAGE, owner.id, &wanted, &query, now)?))
                .await?;
            (!saved).then(|| format!("Больше {MOST} фильтров не сохранить. Удалите лишний."))
        }
        some => some,
    };
    answer(&request, &app, owner, list, why.map(|why| Refusal { id: None, name, why })).await
}

/// `POST /orders/filters/{id}`: another name, and whether it opens with the list.
pub async fn update(
    person: Signed<Anyone>,
    id: Path<SavedFilterId>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (owner, id) = (Owner::of(&person), id.into_inner());
    let list = Fields::parse(form.text("query").as_bytes());
    let name = form.text("name").to_owned();
    let is_default = !form.text("is_default").is_empty();
    let why = match refusal_of(&name) {
        None => {
            let wanted = name.clone();
            let changed = app
                .db
                .write(move |tx| Ok(saved_filters::change(tx, PAGE, owner.id, id, &wanted, is_default)?))
                .await?;
            match changed {
                Changed::Done => None,
                Changed::Nothing => return Err(AppError::NotFound),
                Changed::NameTaken => Some("Фильтр с таким названием у вас уже есть.".to_owned()),
            }
        }
        some => some,
    };
    answer(&request, &app, owner, list, why.map(|why| Refusal { id: Some(id), name, why })).await
}

/// `POST /orders/filters/{id}/delete`.
pub async fn destroy(
    person: Signed<Anyone>,
    id: Path<SavedFilterId>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (owner, id) = (Owner::of(&person), id.into_inner());
    let list = Fields::parse(form.text("query").as_bytes());
    if !app.db.write(move |tx| Ok(saved_filters::forget(tx, PAGE, owner.id, id)?)).await? {
        return Err(AppError::NotFound);
    }
    answer(&request, &app, owner, list, None).await
}

/// `GET /orders/columns.css`: the rules of an arrangement; see [`sheet`].
pub async fn columns(_: Signed<Anyone>, Query(fields): Query) -> HttpResponse {
    sheet::answer::<Key>(&fields)
}

/// `POST /orders/columns`: `column` for each shown one, in order, and `width_<column>`; `reset` for the usual table.
pub async fn arrange(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let owner = Owner::of(&person);
    let list = Fields::parse(form.text("query").as_bytes());
    let layout = Layout::sent(&form);
    app.db.write(move |tx| Ok(tables::set_layout(tx, owner.id, &layout)?)).await?;
    answer(&request, &app, owner, list, None).await
}

fn refusal_of(name: &str) -> Option<String> {
    match name.chars().count() {
        0 => Some("Назовите фильтр.".to_owned()),
        n if n > LONGEST_NAME => Some(format!("Не длиннее {LONGEST_NAME} знаков.")),
        _ => None,
    }
}

/// The list anew for htmx, the way to it for a plain browser.
async fn answer(
    request: &HttpRequest,
    app: &Data<App>,
    owner: Owner,
    list: Fields,
    refusal: Option<Refusal>,
) -> Result<HttpResponse, AppError> {
    if refusal.is_none() && !request::is_fragment_request(request) {
        let to = address(&list);
        return Ok(HttpResponse::SeeOther().insert_header(("location", to)).finish());
    }
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    index::show(request, app, owner, list, refusal, status).await
}
