//! Counts every request by the pattern of its address.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::app::App;
use crate::platform::metrics::{NOWHERE, route_name};

/// Middleware: measures from the head of the request to the head of its answer.
pub async fn measure<B: MessageBody + 'static>(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let began = Instant::now();
    // Anybody may make methods up, and each would be a series of its own.
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let outcome = next.call(request).await;
    let (route, status) = match &outcome {
        // After the routing: before it there is no pattern.
        Ok(answer) => (answer.request().match_pattern(), answer.status()),
        Err(error) => (None, error.as_response_error().status_code()),
    };
    let route = route.map_or_else(|| NOWHERE.to_owned(), |pattern| route_name(&pattern));
    app.metrics.request(method, &route, status.as_u16(), began.elapsed(), app.clock.unix());
    outcome
}
