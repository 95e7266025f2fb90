//! Orders (заявки): the list with its slot grid, the form of a new order, the order itself and its status.
//! Statuses, equipment and order types live here with their rules; SQL is in [`queries`].

pub mod addresses;
pub mod client;
pub mod columns;
pub mod create;
pub mod draft;
pub mod duplicates;
pub mod edit;
pub mod export;
pub mod filter;
pub mod form;
pub mod grid;
pub mod holds;
pub mod index;
pub mod new;
pub mod pick;
pub mod queries;
pub mod readback;
pub mod routes;
pub mod rows;
pub mod same;
pub mod saved;
pub mod show;
pub mod status_menu;
pub mod suggest;
