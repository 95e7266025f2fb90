//! `/admin/avito`: the Avito accounts, their access, their ways out and their figures.

mod answers;
mod bids;
mod edit;
mod form;
mod index;
pub mod online;
mod probe;
mod proxies;
pub mod queries;
pub mod reviews;
pub mod row;
mod top;
mod view;
pub mod work;

use actix_web::web::{ServiceConfig, get, post};

use crate::web::path::resource;

/// Addresses of admins.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/avito").route(get().to(index::index)).route(post().to(edit::create)))
        .service(resource("/admin/avito/sync").route(post().to(index::sync_all)))
        .configure(answers::routes)
        .configure(bids::routes)
        .configure(proxies::routes)
        .configure(online::routes)
        .configure(reviews::routes)
        .configure(top::routes)
        .configure(probe::routes)
        .configure(edit::routes);
}
