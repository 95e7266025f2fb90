//! Salary: schemes with history, what each line was earned by, months that are closed. How money is reckoned is in
//! `rules`; docs/salary.md says it in words.

pub mod queries;
pub mod rules;
pub mod sheet;

mod admin;
mod closing;
mod form;
mod own;
mod schemes;
mod view;

use actix_web::web::{ServiceConfig, get, post};

use crate::web::path::resource;

/// Addresses: an operator's own sheet, everybody's for admins.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/salary").route(get().to(own::index)))
        .service(resource("/admin/salary").route(get().to(admin::index)))
        .service(resource("/admin/salary/close").route(post().to(closing::close)))
        .service(resource("/admin/salary/carry").route(post().to(closing::carry)))
        .service(resource("/admin/salary/reopen").route(post().to(closing::reopen)))
        .service(resource("/admin/salary/export").route(get().to(admin::export)))
        .service(
            resource("/admin/salary/schemes").route(get().to(schemes::index)).route(post().to(schemes::save)),
        )
        .service(resource("/admin/salary/entries/{id}/remove").route(post().to(admin::remove_entry)))
        .service(
            resource("/admin/salary/{id}").route(get().to(admin::sheet)).route(post().to(admin::add_entry)),
        );
}

pub use closing::{carry_over, close_month};
