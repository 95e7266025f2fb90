//! For those who operate the server: is the process alive, can it do its work.

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use actix_web::web::{Data, ServiceConfig, get, resource};

use crate::app::App;

/// `/healthz` and `/readyz`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/healthz").route(get().to(alive)))
        .service(resource("/readyz").route(get().to(ready)));
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body("ok\n")
}

/// 200 when the database answers and has this program's schema, otherwise 503.
async fn ready(app: Data<App>) -> HttpResponse {
    match app.db.read(|db| Ok(crate::platform::db::migrate::is_current(db))).await {
        Ok(true) => HttpResponse::Ok().content_type(ContentType::plaintext()).body("ready\n"),
        Ok(false) => HttpResponse::ServiceUnavailable().body("the schema is not the one of this program\n"),
        Err(_) => HttpResponse::ServiceUnavailable().body("the database does not answer\n"),
    }
}
