//! An order in words, as the history of its client shows it.

use super::queries::ClientOrder;
use crate::domain::id::OrderId;
use crate::domain::now::Now;
use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder};
use crate::domain::{russian, zone};

/// A line of the history.
#[derive(Clone, Debug)]
pub struct OrderLine {
    /// The order.
    pub id: OrderId,
    /// «2 октября».
    pub day: String,
    /// «пт, 2 октября 14:05».
    pub made: String,
    /// Where it stands.
    pub status: StatusOrder,
    /// What is repaired.
    pub equipment: TypeEquipment,
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
        Self {
            id: order.id,
            day: russian::day(made.date(), now.today()),
            made: now.moment_in_words(order.create_date),
            status: order.status_order,
            equipment: order.type_equipment,
            problem: order.problem.clone(),
            address: format!("{}, {}", order.city, order.address),
            sum: order.result.map(|sum| format!("{} ₽", russian::roubles(sum))).unwrap_or_default(),
            reason: order.refusal_reason.clone().unwrap_or_default(),
            is_open: order.status_order.is_open(),
            is_warranty: order.type_order == TypeOrder::Warranty,
        }
    }
}
