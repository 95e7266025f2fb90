//! The reference (Справочник): the firm's four pages, kept by admins as Markdown with all their versions, read and
//! searched by everybody. A page nobody has changed yet is the text the program came with.

pub mod markdown;
pub mod queries;
pub mod routes;
pub mod search;
mod show;
mod side;

use diesel::QueryResult;

pub use crate::domain::reference::ReferencePage;
use crate::platform::db::Db;
use queries::Version;

/// The text the program comes with, as Markdown.
pub fn first_text(page: ReferencePage) -> &'static str {
    match page {
        ReferencePage::EmployeeRules => include_str!("first/employee-rules.md"),
        ReferencePage::OrderRules => include_str!("first/order-rules.md"),
        ReferencePage::Pricing => include_str!("first/pricing.md"),
        ReferencePage::NonOrders => include_str!("first/non-orders.md"),
    }
}

/// Lines of all pages, as they are now, that `query` means.
pub fn find(db: &mut Db, query: &str) -> QueryResult<Vec<search::Hit>> {
    let all = queries::all(db)?;
    let texts: Vec<search::Text<'_>> = all
        .iter()
        .map(|Version { page, body, .. }| search::Text { title: page.title(), href: page.href(), body })
        .collect();
    Ok(search::find(&texts, query))
}
