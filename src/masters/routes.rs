//! Addresses of masters.

use actix_web::web::{ServiceConfig, get, post};

use super::{choose, days_off, edit, index};
use crate::web::path::resource;

/// The addresses of signed-in people; all but the choice are the admin's.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/masters/choice").route(get().to(choose::choice)))
        .service(resource("/admin/masters").route(get().to(index::index)).route(post().to(edit::create)))
        .service(resource("/admin/masters/new").route(get().to(edit::new)))
        .service(resource("/admin/masters/{id}").route(get().to(edit::edit)).route(post().to(edit::update)))
        .service(
            resource("/admin/masters/{id}/days-off")
                .route(get().to(days_off::index))
                .route(post().to(days_off::create)),
        )
        .service(resource("/admin/masters/{id}/days-off/{day}/delete").route(post().to(days_off::destroy)));
}
