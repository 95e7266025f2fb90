//! The columns of the list of orders.

use super::sort;
use crate::tables::layout::{self, ColumnPlace};

/// The list as somebody wants it.
pub type Layout = layout::Layout<Key>;

crate::text_enum! {
    /// A column.
    Key {
        /// The order's number: always the first.
        Id = "id",
        /// The campaign.
        Rk = "rk",
        /// The city.
        City = "city",
        /// The Avito account.
        Account = "account",
        /// The client's number.
        Phone = "phone",
        /// New, returning or under warranty.
        Kind = "kind",
        /// The client's name.
        Client = "client",
        /// Where to.
        Address = "address",
        /// The visit, by the city's clock.
        Meeting = "meeting",
        /// When the order was made.
        Created = "created",
        /// When it was closed.
        Closed = "closed",
        /// What is repaired.
        Equipment = "equipment",
        /// What is wrong with it.
        Problem = "problem",
        /// Where the order stands.
        Status = "status",
        /// Who goes.
        Master = "master",
        /// What the client paid.
        Sum = "sum",
        /// What was spent on it.
        Expenditure = "expenditure",
        /// What remains.
        Clean = "clean",
        /// Who made the order.
        Operator = "operator",
    }
}

impl layout::Key for Key {
    const PAGE: &'static str = "orders";
    const EVERY: &'static [Self] = Self::ALL;

    fn of(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Id => "№",
            Self::Rk => "РК",
            Self::City => "Город",
            Self::Account => "Аккаунт",
            Self::Phone => "Телефон",
            Self::Kind => "Тип",
            Self::Client => "Клиент",
            Self::Address => "Адрес",
            Self::Meeting => "Встреча",
            Self::Created => "Создан",
            Self::Closed => "Закрыт",
            Self::Equipment => "Техн.",
            Self::Problem => "Проблема",
            Self::Status => "Статус",
            Self::Master => "Мастер",
            Self::Sum => "Итог, ₽",
            Self::Expenditure => "Расход, ₽",
            Self::Clean => "Чистыми, ₽",
            Self::Operator => "Оператор",
        }
    }

    fn full_title(self) -> &'static str {
        match self {
            Self::Id => "Номер заказа",
            Self::Account => "Авито аккаунт",
            Self::Kind => "Тип заявки",
            Self::Equipment => "Тип техники",
            other => other.title(),
        }
    }

    fn place(self) -> ColumnPlace {
        if self == Self::Id { ColumnPlace::First } else { ColumnPlace::Free }
    }

    fn is_usual(self) -> bool {
        !matches!(self, Self::Created | Self::Expenditure | Self::Clean)
    }

    fn is_on_card(self) -> bool {
        matches!(
            self,
            Self::City
                | Self::Kind
                | Self::Client
                | Self::Address
                | Self::Meeting
                | Self::Equipment
                | Self::Problem
                | Self::Status
                | Self::Master
        )
    }

    fn usual_width(self) -> u16 {
        match self {
            Self::Equipment => 48,
            Self::Id | Self::Rk | Self::Closed | Self::Sum => 60,
            Self::Kind => 70,
            Self::City | Self::Master | Self::Operator | Self::Created | Self::Expenditure | Self::Clean => {
                82
            }
            Self::Account | Self::Status | Self::Client => 96,
            Self::Meeting => 112,
            Self::Phone => 121,
            Self::Address => 150,
            Self::Problem => 200,
        }
    }
}

impl Key {
    /// The order of rows by this column, where there is one.
    pub fn sort(self) -> Option<sort::Column> {
        match self {
            Self::Id => Some(sort::Column::Id),
            Self::Meeting => Some(sort::Column::Meeting),
            Self::Created => Some(sort::Column::Created),
            Self::Closed => Some(sort::Column::Closed),
            _ => None,
        }
    }

    /// True for amounts: they stand to the right.
    pub fn is_amount(self) -> bool {
        matches!(self, Self::Sum | Self::Expenditure | Self::Clean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_kept_and_without_columns_it_is_the_usual_one() {
        let layout =
            Layout::arranged([("status", 123), ("rk", 0), ("status", 50), ("nothing", 5), ("id", 9000)]);
        let named = [("id", 600), ("status", 120), ("rk", 0)].map(|(name, width)| (name.to_owned(), width));
        assert_eq!(layout.named(), named);
        assert_eq!(Layout::kept(&layout.named()), layout);
        assert!(Layout::kept(&[]).is_usual());
    }

    #[test]
    fn a_phones_card_has_what_the_table_has_not() {
        let layout = Layout::arranged([("rk", 0)]);
        let off: Vec<Key> = layout.columns().iter().filter(|c| c.is_off).map(|c| c.key).collect();
        assert!(off.contains(&Key::Address) && !off.contains(&Key::Operator) && !off.contains(&Key::Rk));
        assert_eq!(layout.choices().len(), Key::ALL.len());
        assert!(layout.sheet().contains("min-width: 120px") && !Layout::default().sheet().contains(".data"));
        assert!(layout.columns().iter().all(|c| c.from == 0), "the list of orders scrolls sideways instead");
    }
}
