//! The reference (Справочник): the firm's four pages, kept by admins as Markdown with all their versions, read and
//! searched by everybody. A page nobody has changed yet is the text the program came with.

pub mod markdown;
pub mod queries;
pub mod routes;
pub mod search;
mod show;

pub use crate::domain::reference::ReferencePage;

/// The text the program comes with, as Markdown.
pub fn first_text(page: ReferencePage) -> &'static str {
    match page {
        ReferencePage::EmployeeRules => include_str!("first/employee-rules.md"),
        ReferencePage::OrderRules => include_str!("first/order-rules.md"),
        ReferencePage::Pricing => include_str!("first/pricing.md"),
        ReferencePage::NonOrders => include_str!("first/non-orders.md"),
    }
}
