//! The list of orders and what people arrange around it.

mod index;
mod search;
mod status_menu;
mod table;
