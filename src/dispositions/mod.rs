//! How a conversation ended when it made no order, in one word of the admin's list and a note. An operator says it by
//! one key, at the latest before going online again. docs/telephony.md.

mod page;
pub mod queries;
pub mod routes;
pub mod view;
