//! For those who operate the server: is the process alive, can it do its work, how does it go.

pub mod certificate;
pub mod facts;
mod metrics;
pub mod warnings;

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use actix_web::web::{Data, ServiceConfig, get, resource};

use crate::app::App;
use crate::platform::error::AppError;

/// How long the disks may take to show that they have room.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(4);

/// `/healthz`, `/readyz` and `/metrics`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/healthz").route(get().to(alive)))
        .service(resource("/readyz").route(get().to(ready)))
        .service(resource("/metrics").route(get().to(metrics::show)));
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body("ok\n")
}

/// 200 when the database answers, has this program's schema, and there is room on the disks; otherwise 503.
async fn ready(app: Data<App>) -> HttpResponse {
    let here = app.clone();
    let room = tokio::task::spawn_blocking(move || {
        here.storage.find_room()?;
        here.db.find_room()
    });
    match tokio::time::timeout(PATIENCE, room).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(AppError::DiskFull(_)))) => {
            return HttpResponse::ServiceUnavailable().body("no space left on the disk\n");
        }
        Ok(Ok(Err(error))) => {
            tracing::warn!(%error, "not ready");
            return HttpResponse::ServiceUnavailable().body("the storage or the database does not answer\n");
        }
        Ok(Err(_)) | Err(_) => {
            return HttpResponse::ServiceUnavailable().body("the storage or the database does not answer\n");
        }
    }
    match app.db.read(|db| Ok(crate::platform::db::migrate::is_current(db))).await {
        Ok(true) => HttpResponse::Ok().content_type(ContentType::plaintext()).body("ready\n"),
        Ok(false) => HttpResponse::ServiceUnavailable().body("the schema is not the one of this program\n"),
        Err(_) => HttpResponse::ServiceUnavailable().body("the database does not answer\n"),
    }
}
