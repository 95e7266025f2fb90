//! Which browser does not see clients' numbers: operators', while the house wants it. Pages go through
//! [`Mask`] where they leave ([`super::request::html_response`]), addresses and notices in headers here; what comes
//! back is opened where forms are read.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};

use crate::app::App;
use crate::auth::signed;
use crate::platform::error::AppError;
use crate::platform::masking::queries::{self, House};
use crate::platform::masking::{self, Mask};

tokio::task_local! {
    static HERE: bool;
}

/// Whether the page that is written now goes to somebody who does not see numbers: templates offer «Показать» then.
pub fn is_here() -> bool {
    HERE.try_with(|here| *here).unwrap_or_default()
}

/// The mask of whoever asks, if there is one.
pub fn of(request: &HttpRequest) -> Option<Mask> {
    request.extensions().get::<Mask>().cloned()
}

/// Middleware that decides who gets a mask, and masks what answers say in headers.
pub async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let mask = match wanted(&request).await {
        Ok(mask) => mask,
        Err(error) => return Ok(request.error_response(error)),
    };
    let Some(mask) = mask else { return Ok(next.call(request).await?.map_into_boxed_body()) };
    request.extensions_mut().insert(mask.clone());
    let mut response = HERE.scope(true, next.call(request)).await?.map_into_boxed_body();
    let headers = response.headers_mut();
    for name in [LOCATION.as_str(), "hx-redirect", "hx-location", "hx-push-url", "hx-replace-url"] {
        if let Some(told) = headers.get(name).and_then(|value| value.to_str().ok())
            && let Ok(value) = HeaderValue::from_str(&mask.carried(told))
        {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    if let Some(told) = headers.get("hx-trigger").and_then(|value| value.to_str().ok())
        && let Ok(value) = HeaderValue::from_str(&mask.text(told).replace('·', "\\u00b7"))
    {
        headers.insert(HeaderName::from_static("hx-trigger"), value);
    }
    Ok(response)
}

async fn wanted(request: &ServiceRequest) -> Result<Option<Mask>, AppError> {
    if signed::person(request.request()).is_none_or(|person| person.is_admin()) {
        return Ok(None);
    }
    let Some(app) = request.app_data::<Data<App>>().cloned() else { return Ok(None) };
    let house = match app.db.recall::<House>(queries::MEMORY) {
        Some(house) => house,
        None => app.db.read(|db| Ok(queries::house(db)?)).await?,
    };
    Ok(house.lines.map(|lines| Mask::new(lines, app.cipher.clone())))
}

/// An address of ours with its stand-ins opened.
pub fn open_address(request: &HttpRequest, address: &str) -> String {
    match request.app_data::<Data<App>>() {
        Some(app) => masking::opened_in_address(&app.cipher, address).into_owned(),
        None => address.to_owned(),
    }
}
