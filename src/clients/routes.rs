//! The addresses of clients, and who passes: both roles see and fill cards; only admins take numbers away. What an
//! operator may not do to a name or to a merge is decided where it is written.

use actix_web::web::{ServiceConfig, get, post};

use super::{edit, find, merge, page, reveal};
use crate::web::path::resource;

/// The addresses of clients.
pub fn routes(config: &mut ServiceConfig) {
    let of_client = |rest: &str| resource(&format!("/clients/{{id}}{rest}"));
    config
        .service(resource("/clients").route(get().to(find::index)))
        .service(resource("/clients/reveal").route(post().to(reveal::reveal)))
        .service(of_client("").route(get().to(page::show)))
        .service(of_client("/name").route(get().to(edit::name)).route(post().to(edit::save_name)))
        .service(of_client("/warning").route(get().to(edit::warning)).route(post().to(edit::save_warning)))
        .service(of_client("/phones/new").route(get().to(edit::phone)))
        .service(of_client("/phones").route(post().to(edit::add_phone)))
        .service(of_client("/phones/{number}/main").route(post().to(edit::set_main)))
        .service(of_client("/phones/{number}/delete").route(post().to(edit::remove_phone)))
        .service(of_client("/consent").route(get().to(edit::consent)).route(post().to(edit::save_consent)))
        .service(of_client("/merge").route(get().to(merge::show)).route(post().to(merge::create)))
        .service(of_client("/merges/{merge}/undo").route(post().to(merge::undo)));
}
