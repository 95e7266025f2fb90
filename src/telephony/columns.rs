//! The columns of the list of calls. Before them stand what kind of call it is and its time, behind them what can be
//! done.

use crate::tables::layout::{self, ColumnPlace};

/// The list as somebody wants it.
pub type Layout = layout::Layout<Key>;

crate::text_enum! {
    /// A column.
    Key {
        /// The number of the other side, and how many more calls it has made.
        Number = "number",
        /// Who it is.
        Client = "client",
        /// What came of the call, or what is owed for it.
        Result = "result",
        /// What was noted of the conversation.
        Note = "note",
        /// The city of the line.
        City = "city",
        /// The campaign.
        Rk = "rk",
        /// The Avito account.
        Account = "account",
        /// Our line by its name or its last digits, and where there is room before it where the client comes from: the
        /// Avito account, or else the campaign.
        Line = "line",
        /// Who talked.
        Operator = "operator",
        /// The length of the conversation.
        Duration = "duration",
        /// The recording, or how long a client has waited in vain.
        Recording = "recording",
    }
}

impl Key {
    /// Sorts by the length of the conversation.
    pub fn is_sorting(self) -> bool {
        matches!(self, Self::Recording | Self::Duration)
    }
}

impl layout::Key for Key {
    const PAGE: &'static str = "calls";
    const EVERY: &'static [Self] = Self::ALL;
    /// Kind, time, what can be done: `static/css/telephony.css`.
    const BESIDE: u16 = 28 + 72 + 144;

    fn of(text: &str) -> Option<Self> {
        Self::parse(text)
    }

    fn title(self) -> &'static str {
        match self {
            Self::Number => "Номер",
            Self::Client => "Клиент",
            Self::Result => "Итог",
            Self::Note => "Заметка",
            Self::City => "Город",
            Self::Rk => "РК",
            Self::Account => "Авито аккаунт",
            Self::Line => "Линия",
            Self::Operator => "Оператор",
            Self::Duration => "Длит.",
            Self::Recording => "Запись",
        }
    }

    fn full_title(self) -> &'static str {
        match self {
            Self::Duration => "Длительность",
            Self::Line => "Источник, линия",
            _ => self.title(),
        }
    }

    fn place(self) -> ColumnPlace {
        match self {
            Self::Number | Self::Client | Self::Result | Self::Line => ColumnPlace::Always,
            _ => ColumnPlace::Free,
        }
    }

    fn is_usual(self) -> bool {
        self != Self::Duration
    }

    fn is_on_card(self) -> bool {
        matches!(self, Self::Number | Self::Client | Self::Result)
    }

    /// Of a name, the note and the account: what they want to be read at ease.
    fn usual_width(self) -> u16 {
        match self {
            Self::Duration => 62,
            Self::Line => 64,
            Self::Recording => 82,
            Self::Operator => 94,
            Self::City => 98,
            Self::Rk | Self::Client => 102,
            Self::Number => 126,
            Self::Result => 140,
            Self::Note => 170,
            Self::Account => 210,
        }
    }

    fn gives_way(self) -> u8 {
        match self {
            Self::Number | Self::Client | Self::Result | Self::Line | Self::Recording => 0,
            Self::Rk | Self::Account => 1,
            Self::Note => 2,
            Self::Duration => 3,
            Self::Operator => 5,
            Self::City => 6,
        }
    }

    fn says_more(self) -> Option<(u16, u8)> {
        (self == Self::Line).then_some((104, 4))
    }

    fn stands_for(self) -> &'static [Self] {
        if self == Self::Line { &[Self::Rk, Self::Account] } else { &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_room_shows_what_it_can_hold() {
        let columns = Layout::default().columns();
        let of = |key: Key| columns.iter().find(|c| c.key == key).expect("a usual column");
        assert_eq!((of(Key::Line).from, of(Key::Result).from), (0, 0));
        assert_eq!(of(Key::Rk).from, of(Key::Account).from);
        let from = [Key::City, Key::Operator, Key::Note, Key::Account].map(|key| of(key).from);
        assert!(from.is_sorted(), "{from:?}");
        // The rooms beside the card at 1280, 1366 and 1920, and without it at 1280.
        for (from, room) in from.into_iter().zip([910, 996, 1256, 1510]) {
            assert!(from <= room, "{from} of {room}");
        }
    }
}
