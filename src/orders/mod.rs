//! Orders (заявки): the list with its slot grid, the form of a new order, the order itself and its status.
//! Statuses, equipment and order types live here with their rules; SQL is in [`queries`].

pub mod create;
pub mod draft;
pub mod edit;
pub mod list;
pub mod queries;
pub mod routes;
pub mod show;
