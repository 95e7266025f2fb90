//! The faces of a failure: a page for a browser, a toast for htmx, a bare status for scripts. One middleware
//! gives every failed answer its face and writes the one log line about it.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT, LOCATION, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use askama::Template;
use tracing_actix_web::RequestId;

use super::layout;
use crate::auth::signed::SECOND_FACTOR;
use crate::platform::error::AppError;
use crate::web::request;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    status: u16,
    title: String,
    message: String,
    code: String,
    links: Vec<Link>,
}

/// A way out of an error page.
pub struct Link {
    /// Where to.
    pub href: &'static str,
    /// What it says.
    pub label: &'static str,
}

#[derive(Template)]
#[template(path = "ui/error_toast.html")]
struct ErrorToast {
    title: String,
    message: String,
    code: String,
}

impl actix_web::ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        bare(self)
    }
}

/// Middleware: an [`AppError`] that comes out of a handler, an extractor or another middleware gets its face.
pub async fn faces<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(error) = response.response().error() else { return Ok(response) };
    let face = match error.as_error::<AppError>() {
        Some(error) => face(response.request(), error),
        None => {
            let status = error.as_response_error().status_code();
            face(response.request(), &foreign(status, error))
        }
    };
    Ok(response.into_response(face))
}

/// Middleware outside the session: it alone fails without an answer, and only when its table cannot be read.
/// (The request cannot be kept for later instead: routing needs it undivided.)
pub async fn sessions_unavailable<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match next.call(request).await {
        Ok(response) => Ok(response.map_into_boxed_body()),
        Err(error) => Err(AppError::Unavailable(error.to_string().into()).into()),
    }
}

#[derive(Template)]
#[template(path = "error_bare.html")]
struct BareError {
    title: String,
    message: String,
}

/// The answer of a failure that happened before anything is known about the request: one page that is also a
/// toast, so that it can be read wherever it ends up.
pub fn bare(error: &AppError) -> HttpResponse {
    let (title, message) = error.words();
    let page = BareError { title, message }.render().unwrap_or_default();
    HttpResponse::build(error.status()).content_type("text/html; charset=utf-8").body(page)
}

/// The answer to `error`, with its log line: for places that have no `Result` to return.
pub fn respond(request: &HttpRequest, error: AppError) -> HttpResponse {
    face(request, &error)
}

/// An error of the framework (a body that broke off, a bad path, the session store) in our words.
fn foreign(status: StatusCode, error: &actix_web::Error) -> AppError {
    match status {
        StatusCode::NOT_FOUND => AppError::NotFound,
        s if s.is_client_error() => AppError::BadRequest("Обновите страницу и повторите.".to_owned()),
        StatusCode::SERVICE_UNAVAILABLE => AppError::Unavailable(error.to_string().into()),
        _ => AppError::internal("answer a request", format!("{error:?}")),
    }
}

fn face(request: &HttpRequest, error: &AppError) -> HttpResponse {
    let status = error.status();
    if matches!(error, AppError::Overloaded(_)) {
        // Somebody else's haste, and the answer says when to come again: nothing is broken here.
        tracing::warn!(%error, path = request.path(), "a request was sent away");
    } else if status.is_server_error() {
        tracing::error!(%error, path = request.path(), "a request failed");
    } else {
        tracing::debug!(%error, path = request.path(), "a request was refused");
    }
    if matches!(error, AppError::SignedOut) {
        return signed_out(request);
    }
    if matches!(error, AppError::SecondFactorMissing)
        && wants_page(request)
        && !request::is_fragment_request(request)
    {
        return HttpResponse::SeeOther().insert_header((LOCATION, SECOND_FACTOR)).finish();
    }
    let (title, message) = error.words();
    let code = request_code(request);
    let mut response = HttpResponse::build(status);
    if let AppError::TooMany(seconds) | AppError::Overloaded(seconds) = error {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    if request::is_fragment_request(request) {
        return match (ErrorToast { title, message, code }).render() {
            Ok(html) => request::html_response(request, response, html),
            Err(_) => response.finish(),
        };
    }
    if !wants_page(request) {
        return response.content_type("text/plain; charset=utf-8").body(format!("{title}. {message} {code}"));
    }
    let links = if crate::auth::signed::person(request).is_some() {
        vec![Link { href: "/telephony", label: "Телефония" }, Link { href: "/orders", label: "Заказы" }]
    } else {
        vec![Link { href: "/login", label: "Войти" }]
    };
    let page = ErrorPage { status: status.as_u16(), title: title.clone(), message, code, links };
    match page.render().and_then(|body| layout::wrap(request, title, "", body)) {
        Ok(html) => request::html_response(request, response, html),
        Err(_) => response.finish(),
    }
}

/// Sends a person to the sign-in and back afterwards. htmx follows a 303 by itself and would put the sign-in
/// page into a table cell, so it is told in its own header; scripts get a bare 401.
fn signed_out(request: &HttpRequest) -> HttpResponse {
    let back = |target: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        format!("/login?{}", query.append_pair("next", target).finish())
    };
    if request::is_fragment_request(request) {
        let current =
            request.headers().get("hx-current-url").and_then(|v| v.to_str().ok()).unwrap_or_default();
        let path =
            current.split_once("://").and_then(|(_, rest)| rest.find('/').map(|i| &rest[i..])).unwrap_or("/");
        return HttpResponse::Unauthorized().insert_header(("HX-Redirect", back(path))).finish();
    }
    if !wants_page(request) {
        return HttpResponse::Unauthorized().finish();
    }
    let target = if request.method() == Method::GET {
        request.uri().path_and_query().map_or("/", |p| p.as_str())
    } else {
        "/"
    };
    HttpResponse::SeeOther().insert_header((LOCATION, back(target))).finish()
}

fn wants_page(request: &HttpRequest) -> bool {
    request.headers().get(ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|v| v.contains("text/html"))
}

/// The first characters of the request's id, which every log line of the request carries.
fn request_code(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.to_string()[..8].to_owned()).unwrap_or_default()
}
