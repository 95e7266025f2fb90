//! SQL of orders, by purpose. Everything that reads or writes the tables of orders goes through here.

pub mod addresses;
pub mod booking;
pub mod chat;
pub mod clients;
mod condition;
pub mod drafts;
pub mod duplicates;
pub mod edit;
pub mod export;
pub mod history;
pub mod list;
pub mod one;
pub mod refold;
pub mod search;
pub mod sheet;
pub mod write;

pub use write::{NewOrder, insert};
