//! The addresses of the telephony: the list of calls, the card of the call that rings, the counter of missed ones, the
//! page of one call.

use actix_web::web::{ServiceConfig, get, post};

use crate::telephony::{incoming, index, show};
use crate::web::path::resource;

/// The addresses of calls.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/telephony").route(get().to(index::index)))
        .service(resource("/telephony/columns").route(post().to(index::arrange)))
        .service(resource("/telephony/columns.css").route(get().to(index::columns)))
        .service(resource("/telephony/incoming").route(get().to(incoming::incoming)))
        .service(resource("/telephony/incoming/{id}/dismiss").route(post().to(incoming::dismiss)))
        .service(resource("/telephony/missed-count").route(get().to(incoming::missed_count)))
        .service(resource("/calls/{id}").route(get().to(show::show)));
}
