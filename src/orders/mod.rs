//! Orders (заказы): the list with its slot grid, the form of a new order, the order itself and its changes. What a
//! field's text means is in [`values`], for new and changed orders alike; SQL is in [`queries`].

pub mod create;
pub mod draft;
pub mod edit;
pub mod list;
pub mod queries;
pub mod routes;
pub mod sheet;
pub mod show;
pub mod values;
