//! Addresses of the message centre. Both roles read and answer everything; labels, everybody's replies and the time
//! after which a chat returns are the admin's.

use actix_web::web::{ServiceConfig, get, post, resource as plain};

use super::{act, counter, index, media, replies, send};
use crate::web::path::resource;

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    let of_chat = |rest: &str| resource(&format!("/messages/{{id}}{rest}"));
    config
        .service(resource("/messages").route(get().to(index::index)))
        .service(resource("/messages/count").route(get().to(counter::count)))
        .service(
            resource("/messages/replies").route(get().to(replies::index)).route(post().to(replies::create)),
        )
        .service(resource("/messages/replies/{id}").route(post().to(replies::update)))
        .service(resource("/messages/replies/{id}/delete").route(post().to(replies::delete)))
        .service(
            resource("/messages/replies/{id}/picture")
                .route(get().to(replies::picture))
                .route(post().to(replies::set_picture)),
        )
        .service(resource("/messages/replies/{id}/picture/delete").route(post().to(replies::drop_picture)))
        .service(resource("/messages/labels").route(post().to(replies::add_label)))
        .service(resource("/messages/labels/{id}/delete").route(post().to(replies::retire_label)))
        .service(resource("/messages/return-after").route(post().to(replies::return_after)))
        .service(resource("/messages/of-client/{id}").route(get().to(counter::of_client)))
        .service(resource("/messages/media/{id}").route(get().to(media::picture)))
        .service(of_chat("").route(get().to(index::show)).route(post().to(send::text)))
        .service(of_chat("/thread").route(get().to(index::thread)))
        .service(of_chat("/people").route(get().to(act::people)))
        .service(of_chat("/here").route(post().to(act::here)))
        .service(of_chat("/leave").route(post().to(act::leave)))
        .service(of_chat("/pictures").route(post().to(send::pictures)))
        .service(of_chat("/take").route(post().to(act::take)))
        .service(of_chat("/pass").route(post().to(act::pass)))
        .service(of_chat("/release").route(post().to(act::release)))
        .service(of_chat("/snooze").route(post().to(act::snooze)))
        .service(of_chat("/label").route(post().to(act::label)))
        .service(of_chat("/notes").route(post().to(act::note)))
        .service(of_chat("/orders").route(post().to(act::link_order)))
        .service(of_chat("/again/{number}").route(post().to(send::again)))
        .service(of_chat("/discard/{number}").route(post().to(send::discard)))
        // What orders know of a chat is Avito's name of it.
        .service(plain("/messages/{key:[a-z][0-9][a-z]-[^/]+}").route(get().to(index::by_key)));
}
