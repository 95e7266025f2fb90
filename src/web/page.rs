//! Whether a page, a part of it or the whole is answered is decided here and nowhere else: the request says
//! what it wants replaced (`HX-Target`), the page says what it can give.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use super::request::{html_response, wanted_part};
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

fn answer(request: &HttpRequest, status: StatusCode, rendered: askama::Result<String>) -> HttpResponse {
    match rendered {
        Ok(html) => html_response(request, HttpResponse::build(status), html),
        Err(error) => errors::respond(request, AppError::from(error)),
    }
}
