//! Addresses of orders. Both roles work with all of them; what a role may not do, the handlers say.

use actix_web::web::{ServiceConfig, delete, get, post, resource};

use super::{client, create, draft, edit, index, new, show};

/// Addresses of signed-in people.
pub fn private(config: &mut ServiceConfig) {
    config
        .service(resource("/orders").route(get().to(index::index)).route(post().to(create::create)))
        .service(resource("/orders/new").route(get().to(new::new)))
        .service(resource("/orders/slots").route(get().to(new::pick)))
        .service(resource("/orders/client").route(get().to(client::pane)))
        .service(
            resource("/orders/draft/{key}").route(post().to(draft::save)).route(delete().to(draft::discard)),
        )
        .service(resource("/orders/draft/{key}/drop").route(post().to(draft::discard)))
        .service(
            resource("/orders/{id}").route(get().to(show::show)).route(post().to(edit::routes::update)),
        )
        .service(resource("/orders/{id}/status").route(post().to(edit::routes::update)))
        .service(resource("/orders/{id}/delete").route(post().to(edit::routes::delete)));
}
