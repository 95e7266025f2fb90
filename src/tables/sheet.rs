//! The style sheet of a table as somebody has arranged it. Its address holds the whole arrangement and a hash of the
//! rules, so that it needs no database and a browser keeps it for good.

use std::hash::{DefaultHasher, Hash, Hasher};

use actix_web::HttpResponse;
use actix_web::http::header;

use super::layout::{Key, Layout};
use crate::web::form::Fields;

/// Where the rules of `layout` are; `path` is answered by [`answer`].
pub fn address<K: Key>(path: &str, layout: &Layout<K>) -> String {
    let mut fields = Fields::default();
    if layout.is_usual() {
        fields.push("reset", "on");
    } else {
        for (name, width) in layout.named() {
            fields.push("column", &name);
            if width > 0 {
                fields.push(&format!("width_{name}"), &width.to_string());
            }
        }
    }
    for (key, pixels) in layout.asked() {
        fields.push(&format!("asks_{key}"), &pixels.to_string());
    }
    let mut hasher = DefaultHasher::new();
    layout.sheet().hash(&mut hasher);
    fields.push("v", &format!("{:x}", hasher.finish()));
    format!("{path}?{}", fields.encode())
}

/// The rules of the arrangement an address of [`address`] names.
pub fn answer<K: Key>(fields: &Fields) -> HttpResponse {
    let asked = K::EVERY
        .iter()
        .filter_map(|key| Some((*key, u16::try_from(fields.number(&format!("asks_{key}"))?).ok()?)));
    let layout = asked.fold(Layout::<K>::sent(fields), |layout, (key, pixels)| layout.asking(key, pixels));
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "private, max-age=31536000, immutable"))
        .body(layout.sheet())
}
