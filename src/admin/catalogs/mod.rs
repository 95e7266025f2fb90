//! `/admin/lists`: the lists as an admin keeps them. Everything that refers to a name follows its renaming; what
//! is referred to cannot be deleted, only switched off.

use crate::domain::id::ItemId;

pub mod form;
pub mod queries;
pub mod routes;
pub mod zones;

crate::text_enum! {
    /// Which list; the text is its part of the address.
    Kind {
        /// Cities with their clocks.
        Cities = "cities",
        /// РК.
        Campaigns = "campaigns",
        /// Names of Avito accounts.
        Avito = "avito",
        /// Why clients refuse.
        Refusals = "refusals",
        /// Why something is no order.
        NonOrders = "non-orders",
        /// Why operators pause.
        Breaks = "breaks",
        /// How conversations without an order end.
        Results = "results",
        /// Why a missed call is not called back.
        Debts = "debts",
    }
}

impl Kind {
    /// The heading of the list.
    pub fn title(self) -> &'static str {
        match self {
            Self::Cities => "Города",
            Self::Campaigns => "РК",
            Self::Avito => "Авито аккаунты",
            Self::Refusals => "Причины отказа",
            Self::NonOrders => "Причины незаказа",
            Self::Breaks => "Причины перерыва",
            Self::Results => "Итоги разговоров",
            Self::Debts => "Почему не перезваниваем",
        }
    }

    /// The heading of the form that adds to it.
    pub fn new_title(self) -> &'static str {
        match self {
            Self::Cities => "Новый город",
            Self::Campaigns => "Новая РК",
            Self::Avito => "Новый Авито аккаунт",
            Self::Refusals => "Новая причина отказа",
            Self::NonOrders => "Новая причина незаказа",
            Self::Breaks => "Новая причина перерыва",
            Self::Results => "Новый итог разговора",
            Self::Debts => "Новая причина",
        }
    }

    /// What the list is for.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Cities => "Время визита считается по часам города",
            Self::Campaigns => "Откуда приходят клиенты",
            Self::Avito => "От чьего имени объявления, например «Сергей БТ»",
            Self::Refusals => "Выбираются при статусе «Отказ»",
            Self::NonOrders => "Выбираются при статусе «Незаказ»",
            Self::Breaks => "Выбираются в рабочем статусе",
            Self::Results => "Одной цифрой после разговора без заказа, по порядку добавления",
            Self::Debts => "Закрывают долг по пропущенному звонку",
        }
    }

    /// Names most firms need, offered while the list is empty.
    pub fn usual(self) -> &'static [&'static str] {
        match self {
            Self::Cities | Self::Avito => &[],
            Self::Campaigns => &["Авито", "Листовка", "Сайт", "Карты"],
            Self::Breaks => &["Обед", "Перерыв", "Обучение"],
            Self::Refusals => &["Дорого", "Передумал", "Нашёл другого мастера", "Не дозвонились"],
            Self::NonOrders => &["Не наша работа", "Ошиблись номером", "Спам", "Тестовый звонок", "Справка"],
            Self::Results => {
                &["Консультация", "Перезвонит сам", "Дорого", "Не наша работа", "По старому заказу", "Спам"]
            }
            Self::Debts => &["Не отвечает", "Спам", "Ошиблись номером", "Уже решено"],
        }
    }

    fn table(self) -> &'static str {
        match self {
            Self::Cities => "cities",
            Self::Campaigns => "campaigns",
            Self::Avito => "avito",
            Self::Refusals | Self::NonOrders => "refusal_reasons",
            Self::Breaks => "break_reasons",
            Self::Results => "call_results",
            Self::Debts => "debt_reasons",
        }
    }

    /// The orders' status whose reasons the list holds.
    fn status_order(self) -> Option<&'static str> {
        match self {
            Self::Refusals => Some("Отказ"),
            Self::NonOrders => Some("Незаказ"),
            Self::Cities | Self::Campaigns | Self::Avito | Self::Breaks | Self::Results | Self::Debts => None,
        }
    }
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogEntry {
    /// Row id.
    pub id: ItemId,
    /// By which everything refers to it.
    pub name: String,
    /// Offered in forms.
    pub is_active: bool,
    /// IANA zone, of cities.
    pub time_zone: Option<String>,
    /// How long a break of this reason should be, in minutes; 0: as long as it takes.
    pub limit_minutes: i32,
}

/// What an admin wants a line to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFields {
    /// Its name.
    pub name: String,
    /// Of cities.
    pub zone: Option<chrono_tz::Tz>,
    /// Of reasons of breaks, in minutes.
    pub limit_minutes: Option<i32>,
    /// Offered in forms.
    pub is_active: bool,
}
