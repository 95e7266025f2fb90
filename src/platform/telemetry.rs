//! Logs: structured lines to standard error, each request's lines under one id. Never numbers of clients, texts
//! of messages, tokens or bodies. See docs/operations.md.

use std::io::IsTerminal;

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::{Span, field};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::platform::config::LogFormat;

/// Starts logging for the whole process as `default_filter` says, unless `RUST_LOG` says otherwise; a second call changes
/// nothing.
pub fn start(format: LogFormat, default_filter: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default_filter));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // Already started means that a test or an embedding program has its own subscriber.
    let _ = match format {
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
        LogFormat::Pretty => {
            registry.with(layer.with_target(false).with_ansi(std::io::stderr().is_terminal())).try_init()
        }
    };
}

/// What every log line of a request carries: its id, method, path and in the end its status. The query is left
/// out, people search for telephone numbers there.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(|id| id.to_string()).unwrap_or_default();
        tracing::info_span!(
            "request",
            request.id = %id,
            method = %request.method(),
            path = %without_numbers(request.path()),
            status = field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, actix_web::Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
    }
}

/// `path` with everything that could be a telephone number cut out.
fn without_numbers(path: &str) -> String {
    const LONGEST_ID: usize = 9;
    let mut out = String::with_capacity(path.len());
    for part in path.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        out.push_str(if digits > LONGEST_ID { "…" } else { &part[..digits] });
        out.push_str(&part[digits..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_in_a_path_is_not_logged() {
        assert_eq!(without_numbers("/orders/draft/phone-79001234567"), "/orders/draft/phone-…");
        assert_eq!(without_numbers("/orders/1000123"), "/orders/1000123");
        assert_eq!(without_numbers("/79001234567/x/5"), "/…/x/5");
    }
}
