//! A debt in words, for rows of calls.

use super::queries::OfCall;
use super::{DebtState, PaidHow};
use crate::domain::now::Now;
use crate::domain::russian;

/// What is said of a missed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Nobody has called back.
    Open,
    /// «берёт Белова А.».
    Taken(String),
    /// «перезвонили в 14:05», «заказ № 17», «закрыт: спам».
    Paid(String),
}

impl Said {
    /// The words of a debt.
    pub fn of(debt: &OfCall, now: Now) -> Self {
        let at = debt.paid_at.map(|at| now.moment(at)).unwrap_or_default();
        match (debt.state(), debt.paid_how()) {
            (DebtState::Open, _) => Self::Open,
            (DebtState::Taken, _) => Self::Taken(format!(
                "берёт {}",
                debt.taker.as_deref().map(russian::short_name).unwrap_or_default()
            )),
            (DebtState::Paid, Some(PaidHow::Client)) => Self::Paid(format!("дозвонился в {at}")),
            (DebtState::Paid, Some(PaidHow::Order)) => Self::Paid(
                debt.paid_order_id.map_or_else(|| "был заказ".to_owned(), |id| format!("заказ № {id}")),
            ),
            (DebtState::Paid, Some(PaidHow::Reason)) => {
                Self::Paid(format!("закрыт: {}", debt.reason.as_deref().unwrap_or_default().to_lowercase()))
            }
            (DebtState::Paid, _) => Self::Paid(format!("перезвонили в {at}")),
        }
    }
}
