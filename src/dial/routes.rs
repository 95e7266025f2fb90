//! Addresses of «Позвонить» and «Завершить».

use actix_web::web::{Data, Path, ServiceConfig, post};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::{hang_up, queries, start};
use crate::app::App;
use crate::auth::signed::{Anyone, Operator, Signed};
use crate::domain::id::DialId;
use crate::platform::error::AppError;
use crate::web::form::Form;
use crate::web::path::resource;
use crate::web::reply::Done;
use crate::web::request::is_fragment_request;

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/telephony/dial").route(post().to(dial)))
        .service(resource("/telephony/dial/{id}/close").route(post().to(close)))
        .service(resource("/telephony/hang-up").route(post().to(end)));
}

async fn dial(
    person: Signed<Operator>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let said = start::start(&app, &person, fields.text("number"), fields.id("call")).await?;
    Ok(reply(&request, said))
}

async fn close(
    person: Signed<Operator>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<DialId>,
) -> Result<HttpResponse, AppError> {
    let (id, by) = (id.into_inner(), person.id);
    if !app.db.write(move |tx| Ok(queries::close(tx, id, by)?)).await? {
        return Err(AppError::NotFound);
    }
    Ok(reply(&request, HttpResponse::NoContent().finish()))
}

async fn end(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let call = fields.id("call").ok_or(AppError::NotFound)?;
    let said = hang_up::hang_up(&app, &person, call).await?;
    Ok(reply(&request, said))
}

/// Words for a script, the list of calls for a browser without one.
fn reply(request: &HttpRequest, said: HttpResponse) -> HttpResponse {
    if is_fragment_request(request) { said } else { Done::to("/telephony").respond_to(request) }
}
