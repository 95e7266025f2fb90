//! Whether a page, a part of it or the whole is answered is decided here and nowhere else: the request says
//! what it wants replaced (`HX-Target`), the page says what it can give.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, ContentType, HeaderName, HeaderValue, VARY,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Responder};
use askama::Template;

use super::{errors, layout};
use crate::platform::error::AppError;

/// A page: a body for the frame, and parts of the body that can be asked for alone.
pub trait Page: Template {
    /// For the browser's title bar.
    fn title(&self) -> String;

    /// Which entry of the menu is current: "telephony", "orders", "admin", "profile" or "".
    fn section(&self) -> &'static str;

    /// The part that replaces the element with the id `target`; `None` when this page has no such part.
    fn part(&self, _target: &str) -> Option<askama::Result<String>> {
        None
    }
}

/// Answers a page: whole for a browser, the wanted part for htmx.
pub struct Show<P: Page>(pub P, pub StatusCode);

impl<P: Page> Show<P> {
    /// The page with status 200.
    pub fn ok(page: P) -> Self {
        Self(page, StatusCode::OK)
    }
}

impl<P: Page> Responder for Show<P> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let rendered = match wanted_part(request).and_then(|target| self.0.part(target)) {
            Some(part) => part,
            None => {
                self.0.render().and_then(|body| layout::wrap(request, self.0.title(), self.0.section(), body))
            }
        };
        answer(request, self.1, rendered)
    }
}

/// Answers a piece of HTML that is never a page of its own.
pub struct Fragment<T: Template>(pub T, pub StatusCode);

impl<T: Template> Fragment<T> {
    /// The fragment with status 200.
    pub fn ok(template: T) -> Self {
        Self(template, StatusCode::OK)
    }
}

impl<T: Template> Responder for Fragment<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        answer(request, self.1, self.0.render())
    }
}

/// True when htmx or our own script asks for a part of a page.
pub fn is_fragment_request(request: &HttpRequest) -> bool {
    let has = |name: &str| request.headers().contains_key(name);
    has("hx-request") && !has("hx-history-restore-request") && !has("hx-boosted")
}

/// The id of the element htmx wants replaced; `None` when the whole page is wanted. A handler may ask, so as not
/// to read what will not be shown.
pub fn wanted_part(request: &HttpRequest) -> Option<&str> {
    if !is_fragment_request(request) {
        return None;
    }
    request.headers().get("hx-target")?.to_str().ok()
}

/// Puts `address` into the address bar, whatever the request's own address was.
pub fn pushing(mut response: HttpResponse, address: &str) -> HttpResponse {
    if let Ok(value) = HeaderValue::from_str(address) {
        response.headers_mut().insert(HeaderName::from_static("hx-push-url"), value);
    }
    response
}

/// Has the answer of a refused change replace `target` with its own element `part`, as a successful one would:
/// errors otherwise go to the notices.
pub fn replacing(mut response: HttpResponse, target: &str, part: &str) -> HttpResponse {
    for (name, value) in [("hx-retarget", target), ("hx-reselect", part), ("hx-reswap", "innerHTML")] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Path and query of the page a fragment was asked from, as the address bar shows it.
pub fn current_address(request: &HttpRequest) -> Option<String> {
    let url = request.headers().get("hx-current-url")?.to_str().ok()?;
    let (_, rest) = url.split_once("://")?;
    rest.find('/').and_then(|at| rest.get(at..)).map(str::to_owned)
}

fn answer(request: &HttpRequest, status: StatusCode, rendered: askama::Result<String>) -> HttpResponse {
    match rendered {
        Ok(html) => html_response(request, HttpResponse::build(status), html),
        Err(error) => errors::respond(request, AppError::from(error)),
    }
}

/// An HTML answer, compressed when the browser takes it. Not left to a middleware, because that would hold the
/// live stream back.
pub fn html_response(request: &HttpRequest, mut response: HttpResponseBuilder, html: String) -> HttpResponse {
    response
        .content_type(ContentType::html())
        .insert_header((VARY, "HX-Request, HX-Target, Accept-Encoding"));
    let takes_gzip = request
        .headers()
        .get(ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.split(',').any(|e| e.trim().split(';').next() == Some("gzip")));
    if !takes_gzip || html.len() < 1400 {
        return response.body(html);
    }
    match gzip(html.as_bytes()) {
        Ok(bytes) => response.insert_header((CONTENT_ENCODING, "gzip")).body(bytes),
        Err(_) => response.body(html),
    }
}

/// The fastest level: a table of fifty rows takes a fraction of a millisecond and a fifth of its size.
fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::Write;
    let mut encoder =
        flate2::write::GzEncoder::new(Vec::with_capacity(bytes.len() / 4), flate2::Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}
