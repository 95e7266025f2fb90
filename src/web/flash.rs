//! What an action says when it leads to another page: a word in a cookie of half a minute, which the page it leads to
//! shows and forgets. Under htmx the word comes in a header instead, where the page stays.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::masking;
use crate::app::App;

/// Read by `static/js/toasts.js`, which takes it away when it is shown.
const COOKIE: &str = "said";
/// Long enough for a slow page.
const SECONDS: i64 = 30;
/// A notice is a line, and a cookie is small.
const LETTERS: usize = 200;

/// Has the page that `response` leads to say `words`.
pub fn tell(request: &HttpRequest, response: &mut HttpResponse, words: &str) {
    let mask = masking::of(request);
    let words = mask.as_ref().map_or(std::borrow::Cow::Borrowed(words), |mask| mask.text(words));
    let short: String = words.chars().take(LETTERS).collect();
    let value: String = form_urlencoded::byte_serialize(short.as_bytes()).collect();
    let secure = request.app_data::<Data<App>>().is_some_and(|app| app.config.server.cookie_secure);
    let cookie = Cookie::build(COOKIE, value)
        .path("/")
        .max_age(Duration::seconds(SECONDS))
        .same_site(SameSite::Lax)
        .secure(secure)
        .finish();
    // Percent-encoded, it always fits a header.
    let _ = response.add_cookie(&cookie);
}

/// What is to be said on the page that answers `request`; empty for nothing.
pub fn of(request: &HttpRequest) -> String {
    let Some(cookie) = request.cookie(COOKIE) else { return String::new() };
    let line = format!("said={}", cookie.value());
    let read = form_urlencoded::parse(line.as_bytes()).next();
    read.map(|(_, words)| words.chars().filter(|c| !c.is_control()).take(LETTERS).collect())
        .unwrap_or_default()
}
