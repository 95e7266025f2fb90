//! Requests that change something must come from our own pages. Browsers say where a request comes from in
//! `Sec-Fetch-Site`; where that is missing, `Origin` must name our host. Neither means: not a browser's page.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use actix_web::middleware::Next;

use crate::platform::error::AppError;

/// Middleware that refuses foreign writes with 403.
pub async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && !comes_from_us(request.headers()) {
        tracing::warn!(path = request.path(), "a write from a foreign page was refused");
        return Ok(request.error_response(AppError::Forbidden));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

fn comes_from_us(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return false };
    let Some((_, origin_host)) = origin.split_once("://") else { return false };
    text(HOST.as_str()) == Some(origin_host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn allowed(headers: &[(&'static str, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        map.insert(HOST, HeaderValue::from_static("crm.example"));
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        comes_from_us(&map)
    }

    #[test]
    fn only_our_own_pages_may_write() {
        assert!(allowed(&[("sec-fetch-site", "same-origin")]));
        assert!(!allowed(&[("sec-fetch-site", "same-site")]));
        assert!(!allowed(&[("sec-fetch-site", "none")]));
        assert!(!allowed(&[("sec-fetch-site", "cross-site"), ("origin", "https://crm.example")]));
        assert!(allowed(&[("origin", "https://crm.example")]));
        assert!(!allowed(&[("origin", "https://crm.example.evil")]));
        assert!(!allowed(&[("origin", "null")]));
        assert!(!allowed(&[]));
    }
}
