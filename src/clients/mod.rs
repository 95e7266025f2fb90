//! People who call and write. A client known only by telephone is complete; calls, chats and orders point here.
//! The card gathers what is known of one; two cards of one person can be joined, and taken apart again.

pub mod canary;
mod edit;
mod find;
mod form;
mod merge;
pub mod order_line;
pub mod page;
pub mod queries;
mod reveal;
pub mod routes;

use crate::domain::now::Now;
use crate::domain::phone::pretty;
use crate::domain::russian;

/// What a client is called: its name, else its number, else «Клиент».
pub fn called(name: &str, digits: Option<&str>) -> String {
    match digits {
        _ if !name.is_empty() => name.to_owned(),
        Some(digits) => pretty(digits),
        None => "Клиент".to_owned(),
    }
}

/// A warning as `templates/clients/ui.html` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarningWords {
    /// «Собака».
    pub text: String,
    /// «Белова А., сегодня 14:05».
    pub said: String,
}

impl WarningWords {
    /// The words of a warning.
    pub fn of(warning: queries::Warning, now: Now) -> Self {
        let by = warning.by.map(|name| russian::short_name(&name));
        let at = warning.at.map(|at| now.moment_in_words(at));
        Self { text: warning.text, said: by.into_iter().chain(at).collect::<Vec<_>>().join(", ") }
    }
}

/// «3 заказа».
fn counted(n: i64, forms: [&str; 3]) -> String {
    format!("{n} {}", russian::plural(n.unsigned_abs(), forms))
}

const CALLS: [&str; 3] = ["звонок", "звонка", "звонков"];
const ORDERS: [&str; 3] = ["заказ", "заказа", "заказов"];
