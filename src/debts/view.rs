//! A debt in words, for rows of calls.

use super::queries::OfCall;
use super::{DebtState, PaidHow};
use crate::calls::queries::facts::Call;
use crate::calls::queries::list::Paid;
use crate::domain::call::is_missed;
use crate::domain::now::Now;
use crate::domain::russian;

/// What is said of a missed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DebtWords {
    /// Nobody has called back.
    Open,
    /// «берёт Белова А.».
    Taken(String),
    /// «перезвонили в 14:05», «заказ № 17», «закрыт: спам».
    Paid(String),
}

impl DebtWords {
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
            (DebtState::Paid, Some(PaidHow::Chat)) => Self::Paid(format!("ответили в чате в {at}")),
            (DebtState::Paid, _) => Self::Paid(format!("перезвонили в {at}")),
        }
    }
}

/// A missed call is a debt until somebody has talked to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Debt {
    /// Not missed, or nobody to call back.
    None,
    /// Nobody has talked to the client since.
    Open,
    /// «берёт Белова А.».
    Taken(String),
    /// «перезвонили в 14:05».
    Paid(String),
}

impl Debt {
    /// The debt of a call as it is kept; of a call from before debts were kept, as its client's later calls (`paid`)
    /// tell.
    pub fn of(call: &Call, kept: Option<&OfCall>, paid: Option<&Paid>, now: Now) -> Self {
        if !is_missed(call.direction, call.status) || call.client_id.is_none() {
            return Self::None;
        }
        match kept.map(|debt| DebtWords::of(debt, now)) {
            Some(DebtWords::Open) => return Self::Open,
            Some(DebtWords::Taken(words)) => return Self::Taken(words),
            Some(DebtWords::Paid(words)) => return Self::Paid(words),
            None => {}
        }
        match paid {
            None => Self::Open,
            Some(paid) => {
                let verb =
                    if paid.by_client == 1 { "дозвонился" } else { "перезвонили" };
                Self::Paid(format!("{verb} в {}", now.moment(paid.talked_at)))
            }
        }
    }
}
