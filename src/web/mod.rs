//! Between HTTP and the features: sessions, roles, pages and fragments, the faces of errors, forms. The only
//! place besides `live` that reads or writes htmx headers.

pub mod assets;
pub mod download;
pub mod errors;
pub mod field_errors;
pub mod form;
pub mod headers;
pub mod list;
pub mod origin;
pub mod reply;
pub mod session;
pub mod shell;
pub mod show;
pub mod signed;
pub mod upload;

#[cfg(test)]
mod ui_test;
