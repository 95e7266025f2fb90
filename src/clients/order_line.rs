//! An order in words, as the history of its client shows it.

use super::queries::ClientOrder;
use crate::calls::row::Now;
use crate::{words, zone};

/// Statuses in which an order still waits for something to be done.
const OPEN: [&str; 5] = ["Ожидает", "Принял", "В пути", "В работе", "Модерн"];

/// A line of the history.
#[derive(Clone, Debug)]
pub struct OrderLine {
    /// The order.
    pub id: i64,
    /// «2 октября».
    pub day: String,
    /// «14:05».
    pub time: String,
    /// «Готово».
    pub status: String,
    /// For its colour.
    pub status_code: &'static str,
    /// Name of its icon.
    pub status_icon: &'static str,
    /// «БТ».
    pub equipment: String,
    /// What was broken.
    pub problem: String,
    /// Where.
    pub address: String,
    /// «4 800 ₽», or empty.
    pub sum: String,
    /// Why it was refused, or empty.
    pub reason: String,
    /// Something is still to be done.
    pub is_open: bool,
    /// A warranty case.
    pub is_warranty: bool,
}

impl OrderLine {
    /// The words of an order.
    pub fn of(order: &ClientOrder, now: Now) -> Self {
        let made = zone::local(order.create_date, now.zone);
        let (status_code, status_icon) = status_look(&order.status_order);
        Self {
            id: order.id,
            day: words::day(made.date(), now.today()),
            time: words::time(made),
            status: order.status_order.clone(),
            status_code,
            status_icon,
            equipment: order.type_equipment.clone(),
            problem: order.problem.clone(),
            address: format!("{}, {}", order.city, order.address),
            sum: order.result.map(|sum| format!("{} ₽", words::roubles(sum))).unwrap_or_default(),
            reason: order.refusal_reason.clone().unwrap_or_default(),
            is_open: OPEN.contains(&order.status_order.as_str()),
            is_warranty: order.type_order == "Гарантия",
        }
    }
}

/// Colour and icon of a status.
fn status_look(status: &str) -> (&'static str, &'static str) {
    match status {
        "Принял" => ("accepted", "thumb-up"),
        "В пути" => ("enroute", "car"),
        "В работе" => ("inwork", "tool"),
        "Модерн" => ("modern", "arrow-up-circle"),
        "Готово" => ("done", "circle-check"),
        "Отказ" => ("refused", "circle-x"),
        "Незаказ" => ("noorder", "ban"),
        _ => ("wait", "hourglass"),
    }
}
