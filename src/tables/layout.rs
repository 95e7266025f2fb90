//! The columns of a table in the order and the widths somebody wants, and what becomes of them where there is no room.

use std::fmt::{Debug, Display};

use crate::web::form::Fields;

/// Widths are multiples of this many pixels: each has a rule in `static/css/columns.css`.
pub const STEP: u16 = 8;
const NARROWEST: u16 = 40;
const WIDEST: u16 = 600;
/// Rooms are told in multiples of this many pixels, within these bounds: each has a rule in `static/css/columns.css`.
const ROOM_STEP: u32 = 30;
const LEAST_ROOM: u32 = 810;
const MOST_ROOM: u32 = 2010;

/// Where a column may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Always there, always the first.
    First,
    /// Always there, wherever the person wants it.
    Always,
    /// As the person wants.
    Free,
}

/// The columns of one table: an enum of them.
pub trait Key: Copy + Eq + Debug + Display + 'static {
    /// The table among those that can be arranged.
    const PAGE: &'static str;
    /// Every column, in the usual order.
    const EVERY: &'static [Self];
    /// Pixels of what stands beside the columns in every row.
    const BESIDE: u16 = 0;

    /// The column of its text.
    fn of(text: &str) -> Option<Self>;

    /// The words of the head.
    fn title(self) -> &'static str;

    /// The words where there is room for them.
    fn full_title(self) -> &'static str {
        self.title()
    }

    /// Where it may stand.
    fn place(self) -> Place {
        Place::Free
    }

    /// Shown unless a person has chosen otherwise.
    fn is_usual(self) -> bool {
        true
    }

    /// On a phone a row is a card with these, whatever the table shows.
    fn is_on_card(self) -> bool;

    /// About how wide it is by itself, in pixels.
    fn usual_width(self) -> u16;

    /// How soon it goes where the table has no room, 1 the first; 0 for what stays. Tables that scroll sideways
    /// instead have only zeros.
    fn gives_way(self) -> u8 {
        0
    }

    /// Columns that say the same at more length: where all of them are shown, this one is not.
    fn stands_for(self) -> &'static [Self] {
        &[]
    }
}

/// A column as somebody wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column<K> {
    /// Which.
    pub key: K,
    /// In pixels; 0 for its usual width.
    pub width: u16,
    /// Not in the table, only on the cards of a phone.
    pub is_off: bool,
    /// The room, in pixels, from which the table shows it; 0 for always.
    pub from: u32,
    /// The room from which others say the same; 0 for never.
    pub until: u32,
}

impl<K: Key> Column<K> {
    fn usual(key: K) -> Self {
        Self { key, width: 0, is_off: false, from: 0, until: 0 }
    }

    /// The further class of its cells.
    pub fn off(&self) -> &'static str {
        if self.is_off { " is-off" } else { "" }
    }

    /// The column in the chooser: `col-status`.
    pub fn id(&self) -> String {
        format!("col-{}", self.key)
    }

    /// Always the first.
    pub fn is_first(&self) -> bool {
        self.key.place() == Place::First
    }

    /// Cannot be hidden.
    pub fn is_always(&self) -> bool {
        self.key.place() != Place::Free
    }

    fn asks(&self) -> u32 {
        u32::from(if self.width == 0 { self.key.usual_width() } else { self.width })
    }
}

/// The table as somebody wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout<K> {
    /// In the order of the table.
    shown: Vec<Column<K>>,
}

impl<K: Key> Default for Layout<K> {
    fn default() -> Self {
        Self { shown: K::EVERY.iter().filter(|key| key.is_usual()).map(|key| Column::usual(*key)).collect() }
    }
}

impl<K: Key> Layout<K> {
    /// Of keys with widths, in order. What is unknown or named twice is left out, what must be there is put in.
    pub fn arranged<'a>(named: impl IntoIterator<Item = (&'a str, u16)>) -> Self {
        let first = K::EVERY.iter().filter(|key| key.place() == Place::First);
        let mut shown: Vec<Column<K>> = first.map(|key| Column::usual(*key)).collect();
        for (name, width) in named {
            let Some(key) = K::of(name) else { continue };
            let width = rounded(width);
            match shown.iter_mut().find(|column| column.key == key) {
                Some(known) if key.place() == Place::First => known.width = width,
                Some(_) => {}
                None => shown.push(Column { width, ..Column::usual(key) }),
            }
        }
        for key in K::EVERY.iter().filter(|key| key.place() == Place::Always) {
            if !shown.iter().any(|column| column.key == *key) {
                shown.push(Column::usual(*key));
            }
        }
        Self { shown }
    }

    /// Of a form: `column` for each shown one, in order, and `width_<column>`; `reset` for the usual table.
    pub fn sent(form: &Fields) -> Self {
        if !form.text("reset").is_empty() {
            return Self::default();
        }
        let mut names = form.all("column");
        let first = K::EVERY.iter().filter(|key| key.place() == Place::First);
        names.extend(first.map(|key| key.to_string()));
        let width = |name: &String| form.number(&format!("width_{name}")).and_then(|n| u16::try_from(n).ok());
        Self::arranged(names.iter().map(|name| (name.as_str(), width(name).unwrap_or(0))))
    }

    /// As [`Layout::named`] gave it to be kept; without a column it is the usual table.
    pub fn kept(named: &[(String, u16)]) -> Self {
        if named.is_empty() {
            return Self::default();
        }
        Self::arranged(named.iter().map(|(name, width)| (name.as_str(), *width)))
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
    pub fn columns(&self) -> Vec<Column<K>> {
        let mut all = self.fitted();
        let missing = |key: &&K| key.is_on_card() && !self.shows(**key);
        all.extend(K::EVERY.iter().filter(missing).map(|key| Column { is_off: true, ..Column::usual(*key) }));
        all
    }

    /// What there is to choose from: the shown ones in their order, then the others.
    pub fn choices(&self) -> Vec<Column<K>> {
        let mut all = self.fitted();
        let hidden = K::EVERY.iter().filter(|key| !self.shows(**key));
        all.extend(hidden.map(|key| Column { is_off: true, ..Column::usual(*key) }));
        all
    }

    /// How wide the table must at least be, in hundreds of pixels: narrower, its flexible columns would vanish.
    /// 0 for the usual one, whose style knows. What gives way needs no room.
    pub fn hundreds(&self) -> u32 {
        if self.is_usual() {
            return 0;
        }
        let staying = self.shown.iter().filter(|column| column.key.gives_way() == 0);
        let all: u32 = staying.map(Column::asks).sum();
        (all + u32::from(K::BESIDE)).div_ceil(100).min(60)
    }

    /// How many columns are there in every room: a cell over more of them would make new ones.
    pub fn staying(&self) -> usize {
        self.fitted().iter().filter(|column| column.from == 0 && column.until == 0).count()
    }

    fn shows(&self, key: K) -> bool {
        self.shown.iter().any(|column| column.key == key)
    }

    /// The shown columns with the rooms they need: what stays comes first, then one after another what gives way, the
    /// last to go first. A column that stands for others gives its place to them.
    fn fitted(&self) -> Vec<Column<K>> {
        let mut columns = self.shown.clone();
        let staying: u32 = columns.iter().filter(|c| c.key.gives_way() == 0).map(Column::asks).sum();
        let mut room = u32::from(K::BESIDE) + staying;
        let mut ranks: Vec<u8> = columns.iter().map(|c| c.key.gives_way()).filter(|rank| *rank > 0).collect();
        ranks.sort_unstable_by(|a, b| b.cmp(a));
        ranks.dedup();
        for rank in ranks {
            let coming: Vec<K> =
                columns.iter().map(|c| c.key).filter(|key| key.gives_way() == rank).collect();
            room += columns.iter().filter(|c| coming.contains(&c.key)).map(Column::asks).sum::<u32>();
            let replaced: Vec<K> = columns
                .iter()
                .filter(|c| c.until == 0 && !c.key.stands_for().is_empty())
                .filter(|c| c.key.stands_for().iter().all(|key| self.shows(*key)))
                .filter(|c| c.key.stands_for().iter().any(|key| coming.contains(key)))
                .map(|c| c.key)
                .collect();
            room -= columns.iter().filter(|c| replaced.contains(&c.key)).map(Column::asks).sum::<u32>();
            let from = told(room);
            for column in &mut columns {
                if coming.contains(&column.key) {
                    column.from = from;
                }
                if replaced.contains(&column.key) {
                    column.until = from;
                }
            }
        }
        columns
    }
}

/// The nearest width there is a rule for; 0 stays.
fn rounded(width: u16) -> u16 {
    if width == 0 { 0 } else { (width.clamp(NARROWEST, WIDEST) + STEP / 2) / STEP * STEP }
}

/// The next room there is a rule for.
fn told(room: u32) -> u32 {
    match room.div_ceil(ROOM_STEP) * ROOM_STEP {
        room if room < LEAST_ROOM => 0,
        room => room.min(MOST_ROOM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::text_enum! {
        /// Columns of a made-up table.
        Made {
            /// Stays.
            Name = "name",
            /// Goes first.
            Note = "note",
            /// Says both of the next ones in short.
            Short = "short",
            /// One.
            Long = "long",
            /// The other.
            Longer = "longer",
        }
    }

    impl Key for Made {
        const PAGE: &'static str = "made";
        const EVERY: &'static [Self] = Self::ALL;
        const BESIDE: u16 = 500;

        fn of(text: &str) -> Option<Self> {
            Self::parse(text)
        }
        fn title(self) -> &'static str {
            self.as_str()
        }
        fn place(self) -> Place {
            if self == Self::Name { Place::Always } else { Place::Free }
        }
        fn is_on_card(self) -> bool {
            self == Self::Name
        }
        fn usual_width(self) -> u16 {
            if self == Self::Name { 300 } else { 100 }
        }
        fn gives_way(self) -> u8 {
            match self {
                Self::Name => 0,
                Self::Long | Self::Longer => 1,
                Self::Note => 2,
                Self::Short => 3,
            }
        }
        fn stands_for(self) -> &'static [Self] {
            if self == Self::Short { &[Self::Long, Self::Longer] } else { &[] }
        }
    }

    fn rooms(layout: &Layout<Made>) -> Vec<(Made, u32, u32)> {
        layout.columns().iter().map(|c| (c.key, c.from, c.until)).collect()
    }

    #[test]
    fn what_has_no_room_gives_way_the_least_important_first() {
        use Made::{Long, Longer, Name, Note, Short};
        let usual = [(Name, 0, 0), (Note, 1020, 0), (Short, 900, 1110), (Long, 1110, 0), (Longer, 1110, 0)];
        assert_eq!(rooms(&Layout::default()), usual);
        // Wider columns need more room, and what stands for others does so only where all of them are wanted.
        let own = Layout::arranged([("short", 0), ("note", 200), ("long", 0)]);
        assert_eq!(rooms(&own), [(Short, 900, 0), (Note, 1110, 0), (Long, 1200, 0), (Name, 0, 0)]);
        assert_eq!((own.hundreds(), Layout::<Made>::default().hundreds()), (8, 0));
    }

    #[test]
    fn what_must_be_there_cannot_be_left_out() {
        let sent = Fields::from([("column", "note"), ("width_note", "131"), ("width_name", "90")]);
        let named = [("note", 128), ("name", 0)].map(|(name, width)| (name.to_owned(), width));
        assert_eq!(Layout::<Made>::sent(&sent).named(), named);
        assert!(Layout::<Made>::sent(&Fields::from([("reset", "on"), ("column", "note")])).is_usual());
    }
}
