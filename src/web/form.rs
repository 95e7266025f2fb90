//! Form and query fields exactly as they were sent: names may repeat, everything is text until a feature's
//! `check` makes sense of it. One reader for bodies and addresses.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use crate::app::App;
use crate::platform::error::AppError;
use crate::platform::masking::{self, OF};
use crate::web::patience::is_too_slow;

/// The longest form body that is read.
pub const MAX_FORM_BYTES: usize = 256 * 1024;

/// Fields in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `name=value&…`. NUL characters are dropped: PostgreSQL cannot store them and nobody means them.
    pub fn parse(encoded: &[u8]) -> Self {
        let clean = |s: &str| s.replace('\0', "");
        Self(form_urlencoded::parse(encoded).map(|(k, v)| (clean(&k), clean(&v))).collect())
    }

    /// The first value of `name`, without surrounding spaces; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(k, _)| k == name).map_or("", |(_, v)| v.trim())
    }

    /// The first value of `name` as it was typed, spaces included.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }

    /// All non-empty values of a repeated `name`.
    pub fn all(&self, name: &str) -> Vec<String> {
        let of_name = self.0.iter().filter(|(k, v)| k == name && !v.trim().is_empty());
        of_name.map(|(_, v)| v.trim().to_owned()).collect()
    }

    /// The value of `name` as a number, if it is one.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    /// The value of `name` as an id, if it is one.
    pub fn id<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).parse().ok()
    }

    /// Ids that were sent several times over, at most so many; what is none is passed over.
    pub fn ids<T: FromStr>(&self, name: &str, most: usize) -> Vec<T> {
        self.all(name).iter().filter_map(|id| id.parse().ok()).take(most).collect()
    }

    /// Every field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// Puts `value` in the place of all values of `name`; an empty value removes it.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.retain(|(k, _)| k != name);
        if !value.is_empty() {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Adds one more value of `name`.
    pub fn push(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }

    /// The fields as `name=value&…`, empty ones left out.
    pub fn encode(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(self.0.iter().filter(|(_, v)| !v.is_empty()));
        out.finish()
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Fields {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }
}

/// The fields of the address.
pub struct Query(pub Fields);

impl FromRequest for Query {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let fields = Fields::parse(request.query_string().as_bytes());
        ready(Ok(Self(open(request, fields))))
    }
}

/// The fields of an urlencoded body.
pub struct Form(pub Fields);

impl FromRequest for Form {
    type Error = AppError;
    type Future = LocalBoxFuture<'static, Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let body = body.await.map_err(|error| {
                if is_too_slow(&error) {
                    return AppError::TooSlow;
                }
                AppError::BadRequest(
                    "Форма слишком велика или прервалась по дороге. Сократите текст и повторите.".into(),
                )
            })?;
            Ok(Self(open(&request, Fields::parse(&body))))
        })
    }
}

/// Fields as they would have come without a mask: stand-ins are opened, and a field that still shows a masked number has
/// the number that was in it.
fn open(request: &HttpRequest, fields: Fields) -> Fields {
    let is_touched = |(name, value): (&str, &str)| name.ends_with(OF) || value.contains("tel~");
    if !fields.iter().any(is_touched) {
        return fields;
    }
    let Some(app) = request.app_data::<Data<App>>() else { return fields };
    let mut open = Fields::default();
    let opened: Vec<(&str, String)> =
        fields.iter().map(|(name, value)| (name, masking::opened(&app.cipher, value).into_owned())).collect();
    for (name, value) in opened.iter().filter(|(name, _)| !name.ends_with(OF)) {
        let is_beside = |(other, _): &&(&str, String)| other.strip_suffix(OF) == Some(*name);
        let untouched =
            opened.iter().filter(is_beside).find(|(_, spelled)| masking::is_shown_for(value, spelled));
        open.push(name, untouched.map_or(value, |(_, spelled)| spelled));
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_as_typed_and_may_repeat() {
        let fields = Fields::parse("status=%D0%9F&status=b&q=+a+&x=a%00b".as_bytes());
        assert_eq!(fields.all("status"), ["П", "b"]);
        assert_eq!(fields.text("q"), "a");
        assert_eq!(fields.raw("q"), Some(" a "));
        assert_eq!(fields.text("x"), "ab");
        assert_eq!(fields.text("absent"), "");
    }

    #[test]
    fn an_address_is_rebuilt_without_empty_fields() {
        let mut fields = Fields::from([("q", ""), ("city", "Тверь"), ("page", "2")]);
        fields.set("page", "");
        assert_eq!(fields.encode(), "city=%D0%A2%D0%B2%D0%B5%D1%80%D1%8C");
    }
}
