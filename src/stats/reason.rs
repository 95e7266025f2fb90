//! Why a call is worth hearing.

/// Why a call is worth hearing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its order was refused later.
    Refused,
    /// The client had talked to us before and still has no order.
    Again,
    /// Long, without an order.
    Long,
    /// Waited long, and no order.
    Waited,
    /// Over at once, without an order.
    Short,
}

impl Reason {
    /// Every reason, the most telling first.
    pub const ALL: [Self; 5] = [Self::Refused, Self::Again, Self::Long, Self::Waited, Self::Short];

    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "заказ потом отменили",
            Self::Again => "звонил не первый раз, заказа нет",
            Self::Long => "долгий разговор без заказа",
            Self::Waited => "ждал дольше минуты, заказа нет",
            Self::Short => "разговор не дольше 15 секунд, заказа нет",
        }
    }
}
