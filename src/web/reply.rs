//! Answers of actions: where to go next and what to say about it.

use actix_web::body::BoxBody;
use actix_web::http::header::{HeaderName, HeaderValue, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::flash;
use super::page::{Page, Show};
use super::request::{is_fragment_request, wanted_part};
use crate::platform::error::AppError;

/// The header by which htmx raises events on the page.
pub const TRIGGER: &str = "HX-Trigger";

/// A word in the corner of the page, with a way back where there is one.
#[derive(Clone, Debug)]
pub struct Toast {
    kind: &'static str,
    title: String,
    text: String,
    undo: Option<serde_json::Value>,
    opens: Option<String>,
}

impl Toast {
    /// A word of one of the kinds `ok`, `info`, `warn`, `bad`, with more `text` below.
    pub fn new(kind: &'static str, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { kind, title: title.into(), text: text.into(), undo: None, opens: None }
    }

    /// It is done.
    pub fn ok(title: impl Into<String>) -> Self {
        Self::new("ok", title, "")
    }

    /// Offers «Отменить»: a POST to `url` with `fields`, answered with a word as well.
    pub fn undo(mut self, url: &str, fields: &[(&str, String)]) -> Self {
        let fields: serde_json::Map<String, serde_json::Value> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
        self.undo = Some(serde_json::json!({ "url": url, "fields": fields }));
        self
    }

    /// Offers «Открыть»: a page of ours, in the dialog where it can be.
    pub fn opening(mut self, url: impl Into<String>) -> Self {
        self.opens = Some(url.into());
        self
    }

    /// What the event `toast` of the page carries.
    pub fn to_json(&self) -> serde_json::Value {
        let mut told = serde_json::json!({ "kind": self.kind, "title": self.title, "text": self.text });
        if let Some(undo) = &self.undo {
            told["undo"] = undo.clone();
        }
        if let Some(opens) = &self.opens {
            told["opens"] = opens.clone().into();
        }
        told
    }

    /// The value of `HX-Trigger` that shows it.
    pub fn header(&self) -> HeaderValue {
        trigger_header(&serde_json::json!({ "toast": self.to_json() }))
    }
}

impl From<&str> for Toast {
    fn from(title: &str) -> Self {
        Self::ok(title)
    }
}

/// The action is done: go to an address, with an optional word about it.
pub struct Done {
    target: String,
    toast: Option<Toast>,
}

impl Done {
    /// Goes to `target`, a path of ours.
    pub fn to(target: impl Into<String>) -> Self {
        let target = target.into();
        // No header takes them, and no path of ours has them: whoever made this address up goes to the beginning.
        let target = if target.contains(char::is_control) { "/".to_owned() } else { target };
        Self { target, toast: None }
    }

    /// Says a word on the page it leads to.
    pub fn saying(mut self, said: impl Into<Toast>) -> Self {
        self.toast = Some(said.into());
        self
    }
}

impl Responder for Done {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = if is_fragment_request(request) {
            HttpResponse::NoContent().insert_header(("HX-Redirect", self.target)).finish()
        } else {
            HttpResponse::SeeOther().insert_header((LOCATION, self.target)).finish()
        };
        if let Some(toast) = self.toast {
            flash::tell(request, &mut response, &toast.title);
        }
        response
    }
}

/// Says a word beside an answer that is shown as well.
pub fn saying(mut response: HttpResponse, said: impl Into<Toast>) -> HttpResponse {
    response.headers_mut().insert(HeaderName::from_static("hx-trigger"), said.into().header());
    response
}

/// A list after something was done in it: the list again with a word where the list was asked for (`list`, the id of
/// its fragment), the word alone on other pages, which follow by themselves; a plain browser goes to `home`.
///
/// # Errors
/// Of reading the list.
pub async fn list_again<P: Page>(
    request: &HttpRequest,
    (list, home): (&str, &str),
    said: impl Into<Toast>,
    load: impl Future<Output = Result<P, AppError>>,
) -> Result<HttpResponse, AppError> {
    if !is_fragment_request(request) {
        return Ok(Done::to(home).saying(said).respond_to(request));
    }
    if wanted_part(request) != Some(list) {
        return Ok(saying(HttpResponse::NoContent().finish(), said));
    }
    Ok(saying(Show::ok(load.await?).respond_to(request), said))
}

/// The dialog is done: it closes with a word, the page behind stays and follows by itself; a plain browser goes to
/// `home`.
pub fn dialog_done(request: &HttpRequest, home: &str, said: &str) -> HttpResponse {
    if !is_fragment_request(request) {
        return Done::to(home).saying(said).respond_to(request);
    }
    HttpResponse::NoContent().insert_header((TRIGGER, closing(said))).finish()
}

/// Closes the dialog and shows `title` in a toast.
fn closing(title: &str) -> HeaderValue {
    trigger_header(&serde_json::json!({
        "dialog:close": {}, "toast": { "kind": "ok", "title": title, "text": "" },
    }))
}

/// A form in the dialog is saved: the dialog closes, the list behind it is read anew with the filters it has,
/// and a toast says so. A plain browser goes to the list.
pub struct Saved {
    list: String,
    target: &'static str,
    title: String,
}

impl Saved {
    /// `list` is the address of the list, `target` the id of its fragment, `title` the words of the toast.
    pub fn to(list: impl Into<String>, target: &'static str, title: impl Into<String>) -> Self {
        Self { list: list.into(), target, title: title.into() }
    }
}

impl Responder for Saved {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        if !is_fragment_request(request) {
            return Done::to(self.list).saying(&*self.title).respond_to(request);
        }
        let current = request.headers().get("hx-current-url").and_then(|v| v.to_str().ok());
        let (path, query) = current.map_or(("", ""), path_and_query);
        let filters = if path == self.list { query } else { "" };
        let again = serde_json::json!({
            "path": format!("{}{filters}", self.list), "target": format!("#{}", self.target),
            "swap": "outerHTML", "push": "false",
        });
        HttpResponse::NoContent()
            .insert_header((TRIGGER, closing(&self.title)))
            .insert_header(("HX-Location", trigger_header(&again)))
            .finish()
    }
}

/// `/a` and `?b=c` of `https://host/a?b=c#d`.
fn path_and_query(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|i| &rest[i..])).unwrap_or("/");
    let rest = rest.split('#').next().unwrap_or_default();
    rest.split_at(rest.find('?').unwrap_or(rest.len()))
}

/// The value of `HX-Trigger` that shows a toast. Headers are Latin-1 to browsers, so everything else is escaped.
pub fn toast_header(kind: &'static str, title: &str, text: &str) -> HeaderValue {
    Toast::new(kind, title, text).header()
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
    fn the_filters_of_the_list_are_kept() {
        assert_eq!(path_and_query("https://host:8/a/b?q=%D0%90#x"), ("/a/b", "?q=%D0%90"));
        assert_eq!(path_and_query("https://host"), ("/", ""));
    }

    #[test]
    fn russian_words_survive_the_header() {
        let header = toast_header("ok", "Заказ 😀", "");
        let text = header.to_str().expect("ascii");
        let read: serde_json::Value = serde_json::from_str(text).expect("json");
        assert_eq!(read["toast"]["title"], "Заказ 😀");
    }
}
