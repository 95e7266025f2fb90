//! Every address of the product, and who passes on the way to it. A scope without [`signed::require_sign_in`]
//! is public; a test walks every address signed out, as operator and as admin.
//!
//! Ids in addresses are digits: `web::path` says which.

use actix_web::middleware::from_fn;
use actix_web::web::{Data, PayloadConfig, ServiceConfig, get, scope, to};

use crate::admin;
use crate::app::App;
use crate::auth::{session, signed};
use crate::platform::error::AppError;
use crate::web::{assets, errors, form, headers, live_stream, masking, origin};
use crate::{
    accounts, callbacks, clients, debts, dial, dispositions, files, health, help, masters, messages, notices,
    orders, profile, recordings, reference, salary, search, shift, stats, system, telephony, wallboard,
};

/// Mounts everything on one server worker.
pub fn mount(config: &mut ServiceConfig, app: &Data<App>) {
    config
        .app_data(app.clone())
        .app_data(PayloadConfig::new(form::MAX_FORM_BYTES))
        .configure(health::routes)
        .configure(telephony::intake::webhook::webhook)
        .configure(messages::intake::webhook::webhook)
        .route("/static/{path:.*}", get().to(assets::serve))
        .service(
            scope("")
                .wrap(from_fn(masking::guard))
                .wrap(from_fn(signed::recognise))
                .wrap(session::middleware(app))
                .wrap(from_fn(errors::sessions_unavailable))
                .wrap(from_fn(origin::guard))
                .wrap(from_fn(errors::faces))
                .wrap(from_fn(headers::security))
                .configure(accounts::routes::public)
                .service(
                    scope("")
                        .wrap(from_fn(signed::require_sign_in))
                        .configure(live_stream::routes)
                        .configure(accounts::routes::private)
                        .configure(profile::routes::routes)
                        .configure(notices::routes)
                        .configure(wallboard::routes)
                        .configure(telephony::routes::routes)
                        .configure(debts::routes::routes)
                        .configure(callbacks::routes::routes)
                        .configure(dispositions::routes::routes)
                        .configure(dial::routes::routes)
                        .configure(clients::routes::routes)
                        .configure(messages::routes::routes)
                        .configure(orders::routes::private)
                        .configure(masters::routes::routes)
                        .configure(files::routes::routes)
                        .configure(recordings::routes::routes)
                        .configure(reference::routes::routes)
                        .configure(stats::routes)
                        .configure(search::routes)
                        .configure(help::routes)
                        .configure(admin::timesheet::routes)
                        .configure(admin::audit::routes)
                        .configure(salary::routes)
                        .configure(shift::routes)
                        .configure(admin::overview::routes)
                        .configure(admin::employees::routes::routes)
                        .configure(admin::lines::routes::routes)
                        .configure(admin::catalogs::routes::routes)
                        .configure(admin::data::routes)
                        .configure(admin::slots::routes::routes)
                        .configure(admin::telephony::routes)
                        .configure(admin::mailbox::routes)
                        .configure(admin::avito::routes)
                        .configure(admin::notifications::routes)
                        .configure(admin::reference::routes)
                        .configure(system::routes)
                        .default_service(to(nowhere)),
                ),
        );
}

/// Unknown addresses; only signed-in people learn that there is nothing.
async fn nowhere() -> Result<actix_web::HttpResponse, AppError> {
    Err(AppError::NotFound)
}
