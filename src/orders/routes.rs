//! Addresses of orders. Both roles work with all of them; what a role may not do, the handlers say.

use actix_web::web::{ServiceConfig, delete, get, post};

use super::create::{addresses, attach, calendar, client, duplicates, holds, new, readback, save, when};
use super::list::{export, index, saved_filters, status_menu};
use super::{draft, edit, sheet, show};
use crate::web::path::resource;

/// Addresses of signed-in people.
pub fn private(config: &mut ServiceConfig) {
    config
        .service(resource("/orders").route(get().to(index::index)).route(post().to(save::create)))
        .service(resource("/orders/export").route(get().to(export::export)))
        .service(resource("/orders/columns").route(post().to(saved_filters::arrange)))
        .service(resource("/orders/columns.css").route(get().to(saved_filters::columns)))
        .service(resource("/orders/filters").route(post().to(saved_filters::create)))
        .service(resource("/orders/filters/{id}").route(post().to(saved_filters::update)))
        .service(resource("/orders/filters/{id}/delete").route(post().to(saved_filters::destroy)))
        .service(resource("/orders/new").route(get().to(new::new)))
        .service(resource("/orders/when").route(get().to(when::read)))
        .service(resource("/orders/calendar").route(get().to(calendar::show)))
        .service(resource("/orders/slots").route(get().to(holds::pick)))
        .service(resource("/orders/slots/hold").route(post().to(holds::hold)))
        .service(resource("/orders/slots/release").route(post().to(holds::release)))
        .service(resource("/orders/addresses").route(get().to(addresses::list)))
        .service(resource("/orders/duplicates").route(get().to(duplicates::panel)))
        .service(resource("/orders/readback").route(post().to(readback::readback)))
        .service(resource("/orders/client").route(get().to(client::pane)))
        .service(
            resource("/orders/draft/{key}").route(post().to(draft::save)).route(delete().to(draft::discard)),
        )
        .service(resource("/orders/draft/{key}/drop").route(post().to(draft::discard)))
        .service(resource("/orders/{id}").route(get().to(show::show)).route(post().to(edit::routes::update)))
        .service(resource("/orders/{id}/sheet").route(get().to(sheet::show)))
        .service(resource("/orders/{id}/same").route(post().to(attach::same)))
        .service(
            resource("/orders/{id}/status")
                .route(get().to(status_menu::show))
                .route(post().to(edit::routes::update)),
        )
        .service(resource("/orders/{id}/undo").route(post().to(edit::undo::undo)))
        .service(resource("/orders/{id}/delete").route(post().to(edit::routes::delete)));
}
