//! The list of orders: its filters, columns, saved views, export, the slot grid above it, the status menu of a row.

pub mod bar;
pub mod columns;
pub mod export;
pub mod filter;
pub mod index;
pub mod rows;
pub mod saved_filters;
pub mod slot_grid;
pub mod sort;
pub mod status_menu;
