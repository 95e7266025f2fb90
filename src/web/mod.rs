//! Between HTTP and the features: sessions, roles, pages and fragments, the faces of errors, forms. The only
//! place besides `live` that reads or writes htmx headers.

pub mod admin_list;
pub mod assets;
pub mod errors;
pub mod field_errors;
pub mod flash;
pub mod form;
pub mod form_page;
pub mod headers;
pub mod layout;
pub mod list;
pub mod live_stream;
pub mod masking;
pub mod measure;
pub mod origin;
pub mod page;
pub mod path;
pub mod patience;
pub mod reply;
pub mod request;
pub mod upload;

#[cfg(test)]
mod ui_test;
