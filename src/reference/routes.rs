//! Addresses of the reference for everybody; editing is in `admin::reference`.

use actix_web::web::{ServiceConfig, get, post};

use super::{show, side};
use crate::web::path::resource;

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/reference").route(get().to(show::index)))
        .service(resource("/reference/side").route(get().to(side::show)))
        .service(resource("/reference/{slug}").route(get().to(show::show)))
        .service(resource("/reference/{slug}/read").route(post().to(show::read)));
}
