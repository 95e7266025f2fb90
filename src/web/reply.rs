//! Answers of actions: where to go next and what to say about it.

use actix_web::body::BoxBody;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::show::is_fragment_request;

/// The header by which htmx raises events on the page.
pub const TRIGGER: &str = "HX-Trigger";

/// The action is done: go to an address, with an optional word about it.
pub struct Done {
    target: String,
    toast: Option<HeaderValue>,
}

impl Done {
    /// Goes to `target`, a path of ours.
    pub fn to(target: impl Into<String>) -> Self {
        Self { target: target.into(), toast: None }
    }

    /// Says `title` in a toast (where the page stays, under htmx).
    pub fn saying(mut self, title: &str) -> Self {
        self.toast = Some(toast_header("ok", title, ""));
        self
    }
}

impl Responder for Done {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        if !is_fragment_request(request) {
            return HttpResponse::SeeOther().insert_header((LOCATION, self.target)).finish();
        }
        let mut response = HttpResponse::NoContent();
        if let Some(toast) = self.toast {
            response.insert_header((TRIGGER, toast));
        }
        response.insert_header(("HX-Redirect", self.target)).finish()
    }
}

/// Says `title` in a toast beside an answer that is shown as well.
pub fn saying(mut response: HttpResponse, title: &str) -> HttpResponse {
    response.headers_mut().insert(HeaderName::from_static("hx-trigger"), toast_header("ok", title, ""));
    response
}

/// The value of `HX-Trigger` that shows a toast. Headers are Latin-1 to browsers, so everything else is escaped.
pub fn toast_header(kind: &str, title: &str, text: &str) -> HeaderValue {
    trigger_header(&serde_json::json!({ "toast": { "kind": kind, "title": title, "text": text } }))
}

/// `events` as an ASCII-only header value.
pub fn trigger_header(events: &serde_json::Value) -> HeaderValue {
    let mut ascii = String::new();
    for unit in events.to_string().encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if (0x20..0x7f).contains(&byte) => ascii.push(char::from(byte)),
            _ => ascii.push_str(&format!("\\u{unit:04x}")),
        }
    }
    HeaderValue::from_str(&ascii).expect("only printable ASCII was written")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_words_survive_the_header() {
        let header = toast_header("ok", "Заявка 😀", "");
        let text = header.to_str().expect("ascii");
        let read: serde_json::Value = serde_json::from_str(text).expect("json");
        assert_eq!(read["toast"]["title"], "Заявка 😀");
    }
}
