//! The columns of the list: which there are, and which of them, in what order and how wide, a person wants to see.

use super::filter;

/// Widths are multiples of this many pixels: each has a rule in `static/css/columns.css`.
pub const STEP: u16 = 8;
const NARROWEST: u16 = 40;
const WIDEST: u16 = 600;

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

impl Key {
    /// The words of the head.
    pub fn title(self) -> &'static str {
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

    /// The words where there is room for them.
    pub fn full_title(self) -> &'static str {
        match self {
            Self::Id => "Номер заказа",
            Self::Account => "Авито аккаунт",
            Self::Kind => "Тип заказа",
            Self::Equipment => "Тип техники",
            other => other.title(),
        }
    }

    /// The order of rows by this column, where there is one.
    pub fn sort(self) -> Option<filter::Column> {
        match self {
            Self::Id => Some(filter::Column::Id),
            Self::Meeting => Some(filter::Column::Meeting),
            Self::Created => Some(filter::Column::Created),
            Self::Closed => Some(filter::Column::Closed),
            _ => None,
        }
    }

    /// True for amounts: they stand to the right.
    pub fn is_amount(self) -> bool {
        matches!(self, Self::Sum | Self::Expenditure | Self::Clean)
    }

    /// Shown unless a person has chosen otherwise.
    fn is_usual(self) -> bool {
        !matches!(self, Self::Created | Self::Expenditure | Self::Clean)
    }

    /// On a phone a row is a card with these, whatever the table shows.
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

    /// About how wide it is by itself, in pixels.
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

/// A column as somebody wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Which.
    pub key: Key,
    /// In pixels; 0 for its usual width.
    pub width: u16,
    /// Not in the table, only on the cards of a phone.
    pub is_off: bool,
}

impl Column {
    fn usual(key: Key) -> Self {
        Self { key, width: 0, is_off: false }
    }

    /// The further class of its cells.
    pub fn off(&self) -> &'static str {
        if self.is_off { " is-off" } else { "" }
    }

    /// The column in the chooser: `col-status`.
    pub fn id(&self) -> String {
        format!("col-{}", self.key)
    }
}

/// The table as somebody wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// In the order of the table, the number first.
    shown: Vec<Column>,
}

impl Default for Layout {
    fn default() -> Self {
        Self { shown: Key::ALL.iter().filter(|key| key.is_usual()).map(|key| Column::usual(*key)).collect() }
    }
}

impl Layout {
    /// Of keys with widths, in order. What is unknown or named twice is left out; the number is always first.
    pub fn of<'a>(named: impl IntoIterator<Item = (&'a str, u16)>) -> Self {
        let mut shown = vec![Column::usual(Key::Id)];
        for (name, width) in named {
            let Some(key) = Key::parse(name) else { continue };
            let width = rounded(width);
            match shown.iter_mut().find(|column| column.key == key) {
                Some(known) if key == Key::Id => known.width = width,
                Some(_) => {}
                None => shown.push(Column { width, ..Column::usual(key) }),
            }
        }
        Self { shown }
    }

    /// As [`Layout::named`] gave it to be kept; without a column it is the usual table.
    pub fn kept(named: &[(String, u16)]) -> Self {
        if named.is_empty() {
            return Self::default();
        }
        Self::of(named.iter().map(|(name, width)| (name.as_str(), *width)))
    }

    /// The columns with their widths, to be kept: `[["id",0],["rk",120],…]` as JSON.
    pub fn named(&self) -> Vec<(String, u16)> {
        self.shown.iter().map(|column| (column.key.to_string(), column.width)).collect()
    }

    /// True for the table nobody has touched.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// What is drawn: the table's columns, then those a phone's cards need besides.
    pub fn columns(&self) -> Vec<Column> {
        let mut all = self.shown.clone();
        let missing = |key: &&Key| key.is_on_card() && !self.shows(**key);
        all.extend(Key::ALL.iter().filter(missing).map(|key| Column { is_off: true, ..Column::usual(*key) }));
        all
    }

    /// What there is to choose from: the shown ones in their order, then the others.
    pub fn choices(&self) -> Vec<Column> {
        let mut all = self.shown.clone();
        let hidden = Key::ALL.iter().filter(|key| !self.shows(**key));
        all.extend(hidden.map(|key| Column { is_off: true, ..Column::usual(*key) }));
        all
    }

    fn shows(&self, key: Key) -> bool {
        self.shown.iter().any(|column| column.key == key)
    }

    /// How wide the table must at least be, in hundreds of pixels: narrower, its flexible columns would vanish.
    /// 0 for the usual one, whose style knows.
    pub fn hundreds(&self) -> u32 {
        if self.is_usual() {
            return 0;
        }
        let width = |column: &Column| match column.width {
            0 => column.key.usual_width(),
            width => width,
        };
        let all: u32 = self.shown.iter().map(|column| u32::from(width(column))).sum();
        all.div_ceil(100).min(60)
    }
}

/// The nearest width there is a rule for; 0 stays.
fn rounded(width: u16) -> u16 {
    if width == 0 { 0 } else { (width.clamp(NARROWEST, WIDEST) + STEP / 2) / STEP * STEP }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_kept_and_without_columns_it_is_the_usual_one() {
        let layout = Layout::of([("status", 123), ("rk", 0), ("status", 50), ("nothing", 5), ("id", 9000)]);
        let named = [("id", 600), ("status", 120), ("rk", 0)].map(|(name, width)| (name.to_owned(), width));
        assert_eq!(layout.named(), named);
        assert_eq!(Layout::kept(&layout.named()), layout);
        assert!(Layout::kept(&[]).is_usual());
    }

    #[test]
    fn a_phones_card_has_what_the_table_has_not() {
        let layout = Layout::of([("rk", 0)]);
        let off: Vec<Key> = layout.columns().iter().filter(|c| c.is_off).map(|c| c.key).collect();
        assert!(off.contains(&Key::Address) && !off.contains(&Key::Operator) && !off.contains(&Key::Rk));
        assert_eq!(layout.choices().len(), Key::ALL.len());
        assert_eq!((layout.hundreds(), Layout::default().hundreds()), (2, 0));
    }
}
