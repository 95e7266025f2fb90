//! The columns of a table in the order and the widths somebody wants, and what becomes of them where there is no room.
//! Widths and rooms are rules of a style sheet of this arrangement (`tables::sheet`), for the policy of the pages allows
//! no style in an element.

use std::fmt::{Debug, Display, Write as _};

use crate::web::form::Fields;

/// Widths are multiples of this many pixels: so far a key moves an edge.
pub const STEP: u16 = 8;
const NARROWEST: u16 = 40;
const WIDEST: u16 = 600;
/// Whatever asks for more room than this is shown from here on: no screen is wider.
const MOST_ROOM: u32 = 2010;

/// Where a column may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnPlace {
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
    fn place(self) -> ColumnPlace {
        ColumnPlace::Free
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

    /// What more it says where there is room: by how many pixels that makes it wider, and how soon it gives way.
    fn says_more(self) -> Option<(u16, u8)> {
        None
    }

    /// Columns that say what it says more at length: where all of them are shown, it does not.
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
    /// What its longest words ask for, in pixels; 0 for the width of its key.
    asked: u16,
    /// Not in the table, only on the cards of a phone.
    pub is_off: bool,
    /// The room, in pixels, from which the table shows it; 0 for always.
    pub from: u32,
    /// The rooms in which it says more, the second of them the first in which it does not; `None` for every room.
    more: Option<(u32, u32)>,
}

impl<K: Key> Column<K> {
    fn usual(key: K) -> Self {
        Self { key, width: 0, asked: 0, is_off: false, from: 0, more: None }
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
        self.key.place() == ColumnPlace::First
    }

    /// Cannot be hidden.
    pub fn is_always(&self) -> bool {
        self.key.place() != ColumnPlace::Free
    }

    fn asks(&self) -> u32 {
        u32::from(if self.width == 0 { self.asked.max(self.key.usual_width()) } else { self.width })
    }

    /// What it says more, unless somebody has drawn it as wide as he wants.
    fn more(&self) -> Option<(u16, u8)> {
        self.key.says_more().filter(|_| self.width == 0)
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
        let first = K::EVERY.iter().filter(|key| key.place() == ColumnPlace::First);
        let mut shown: Vec<Column<K>> = first.map(|key| Column::usual(*key)).collect();
        for (name, width) in named {
            let Some(key) = K::of(name) else { continue };
            let width = rounded(width);
            match shown.iter_mut().find(|column| column.key == key) {
                Some(known) if key.place() == ColumnPlace::First => known.width = width,
                Some(_) => {}
                None => shown.push(Column { width, ..Column::usual(key) }),
            }
        }
        for key in K::EVERY.iter().filter(|key| key.place() == ColumnPlace::Always) {
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
        let first = K::EVERY.iter().filter(|key| key.place() == ColumnPlace::First);
        names.extend(first.map(|key| key.to_string()));
        let width = |name: &String| form.number(&format!("width_{name}")).and_then(|n| u16::try_from(n).ok());
        Self::arranged(names.iter().map(|name| (name.as_str(), width(name).unwrap_or(0))))
    }

    /// A column whose longest words ask for so many pixels, however it is usually.
    #[must_use]
    pub fn asking(mut self, key: K, pixels: u16) -> Self {
        for column in self.shown.iter_mut().filter(|column| column.key == key) {
            column.asked = pixels.min(WIDEST);
        }
        self
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

    /// Columns whose longest words ask for more than their key does.
    pub fn asked(&self) -> Vec<(K, u16)> {
        let asking = self.shown.iter().filter(|column| column.asked > column.key.usual_width());
        asking.map(|column| (column.key, column.asked)).collect()
    }

    /// True for the table nobody has touched.
    pub fn is_usual(&self) -> bool {
        self.named() == Self::default().named()
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

    /// How many columns are there in every room: a cell over more of them would make new ones.
    pub fn staying(&self) -> usize {
        self.fitted().iter().filter(|column| column.from == 0).count()
    }

    fn shows(&self, key: K) -> bool {
        self.shown.iter().any(|column| column.key == key)
    }

    /// The shown columns with the rooms they need: what stays comes first, then one after another what gives way, the
    /// last to go first. What a column says more gives its place to those that say it at length.
    fn fitted(&self) -> Vec<Column<K>> {
        let mut columns = self.shown.clone();
        let mut room = self.staying_width();
        let mut ranks: Vec<u8> = columns.iter().map(|c| c.key.gives_way()).collect();
        ranks.extend(columns.iter().filter_map(Column::more).map(|(_, rank)| rank));
        ranks.retain(|rank| *rank > 0);
        ranks.sort_unstable_by(|a, b| b.cmp(a));
        ranks.dedup();
        for rank in ranks {
            let coming: Vec<K> =
                columns.iter().map(|c| c.key).filter(|key| key.gives_way() == rank).collect();
            let is_replaced = |column: &Column<K>| {
                let others = column.key.stands_for();
                matches!(column.more, Some((_, MOST_ROOM)))
                    && others.iter().all(|key| self.shows(*key))
                    && others.iter().any(|key| coming.contains(key))
            };
            for column in &columns {
                let Some((by, when)) = column.more() else { continue };
                if when == rank {
                    room += u32::from(by);
                } else if is_replaced(column) {
                    room -= u32::from(by);
                }
            }
            room += columns.iter().filter(|c| coming.contains(&c.key)).map(Column::asks).sum::<u32>();
            let from = room.min(MOST_ROOM);
            for column in &mut columns {
                if coming.contains(&column.key) {
                    column.from = from;
                }
                if column.more().is_some_and(|(_, when)| when == rank) {
                    column.more = Some((from, MOST_ROOM));
                } else if is_replaced(column) {
                    column.more = column.more.map(|(first, _)| (first, from));
                }
            }
        }
        columns
    }

    /// What is there in every room, in pixels.
    fn staying_width(&self) -> u32 {
        let staying = self.shown.iter().filter(|column| column.key.gives_way() == 0);
        u32::from(K::BESIDE) + staying.map(Column::asks).sum::<u32>()
    }

    /// The rules of this arrangement: what differs from the usual widths, and which room each column needs.
    pub fn sheet(&self) -> String {
        let mut rules = String::new();
        let mut rule = |text: std::fmt::Arguments| {
            // Writing to a text does not fail.
            let _ = rules.write_fmt(text);
        };
        if !self.is_usual() || !self.asked().is_empty() {
            rule(format_args!(".data.data {{ min-width: {}px; }}\n", self.staying_width()));
        }
        for column in self.fitted() {
            let (key, from) = (column.key, column.from);
            let head = format!(".data th[data-column={key}]");
            if column.width > 0 || column.asked > key.usual_width() {
                rule(format_args!("{head} {{ width: {}px; }}\n", column.asks()));
            }
            if from > 0 {
                rule(format_args!(
                    "@container fits (width < {from}px) {{ .data [data-column={key}] {{ display: none; }} \
                     [data-no-room={key}] {{ display: inline; }} }}\n"
                ));
            }
            if let (Some((first, until)), Some((by, _))) = (column.more, column.more()) {
                let more = column.asks() + u32::from(by);
                let says = format!(
                    "[data-more={key}] {{ display: none; }} [data-less={key}] {{ display: inline; }}"
                );
                rule(format_args!(
                    "@container fits (width < {first}px) {{ {says} }}\n\
                     @container fits (width >= {until}px) {{ {says} }}\n\
                     @container fits ({first}px <= width < {until}px) {{ {head} {{ width: {more}px; }} }}\n"
                ));
            }
        }
        // On a phone a row is a card, which needs no widths.
        format!("@layer pages {{ @media (min-width: 768px) {{\n{rules}}} }}\n")
    }
}

/// The nearest width the keys reach; 0 stays.
fn rounded(width: u16) -> u16 {
    if width == 0 { 0 } else { (width.clamp(NARROWEST, WIDEST) + STEP / 2) / STEP * STEP }
}

/// How many pixels words ask for that may take two lines of a cell: half of the longest, broken between words.
pub fn two_lines<'a>(words: impl IntoIterator<Item = &'a str>) -> u16 {
    /// Of a letter of the small type, and of a cell's edges.
    const LETTER: f64 = 7.0;
    const EDGES: f64 = 13.0;
    let letters = words.into_iter().map(|text| {
        let whole = text.chars().count();
        let before = |(at, _): (usize, _)| text[..at].chars().count();
        text.match_indices(' ').map(before).map(|first| first.max(whole - first - 1)).min().unwrap_or(whole)
    });
    (letters.max().unwrap_or_default() as f64 * LETTER + EDGES).ceil() as u16
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
            /// Stays, and says both of the next ones in short.
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
        fn place(self) -> ColumnPlace {
            if self == Self::Name { ColumnPlace::Always } else { ColumnPlace::Free }
        }
        fn is_on_card(self) -> bool {
            self == Self::Name
        }
        fn usual_width(self) -> u16 {
            if self == Self::Name { 300 } else { 100 }
        }
        fn gives_way(self) -> u8 {
            match self {
                Self::Name | Self::Short => 0,
                Self::Long | Self::Longer => 1,
                Self::Note => 2,
            }
        }
        fn says_more(self) -> Option<(u16, u8)> {
            (self == Self::Short).then_some((50, 3))
        }
        fn stands_for(self) -> &'static [Self] {
            if self == Self::Short { &[Self::Long, Self::Longer] } else { &[] }
        }
    }

    fn rooms(layout: &Layout<Made>) -> Vec<(Made, u32)> {
        layout.columns().iter().map(|c| (c.key, c.from)).collect()
    }

    fn more(layout: &Layout<Made>) -> Option<(u32, u32)> {
        layout.columns().iter().find(|c| c.key == Made::Short).and_then(|c| c.more)
    }

    #[test]
    fn what_has_no_room_gives_way_the_least_important_first() {
        use Made::{Long, Longer, Name, Note, Short};
        let usual = Layout::default();
        assert_eq!(rooms(&usual), [(Name, 0), (Note, 1050), (Short, 0), (Long, 1200), (Longer, 1200)]);
        assert_eq!(more(&usual), Some((950, 1200)), "until others say it");
        // Wider columns need more room, and it is said in short until all of the others are wanted.
        let own = Layout::arranged([("short", 0), ("note", 200), ("long", 0)]);
        assert_eq!(rooms(&own), [(Short, 0), (Note, 1150), (Long, 1250), (Name, 0)]);
        assert_eq!(more(&own), Some((950, MOST_ROOM)));
        assert_eq!(more(&Layout::arranged([("short", 80)])), None, "a width of one's own is kept");
    }

    #[test]
    fn the_sheet_says_what_differs_from_the_usual_table() {
        let usual = Layout::<Made>::default();
        assert!(!usual.sheet().contains("min-width: 9"), "its own style knows: {}", usual.sheet());
        let own = Layout::<Made>::arranged([("note", 200)]).asking(Made::Name, 344);
        let sheet = own.sheet();
        for rule in [
            ".data.data { min-width: 844px; }",
            ".data th[data-column=name] { width: 344px; }",
            ".data th[data-column=note] { width: 200px; }",
            "(width < 1044px) { .data [data-column=note] { display: none; }",
        ] {
            assert!(sheet.contains(rule), "{rule} in {sheet}");
        }
        assert_eq!(sheet.matches('{').count(), sheet.matches('}').count());
        assert!(own.is_usual() != usual.is_usual() && usual.asking(Made::Name, 344).is_usual());
    }

    #[test]
    fn words_of_two_lines_ask_for_the_longer_one() {
        assert_eq!(two_lines(["ааааа ббббб"]), two_lines(["ааааа"]));
        assert_eq!(two_lines(["а бббббббб вв", "да"]), two_lines(["бббббббббб"]));
        assert_eq!(two_lines([]), 13);
    }

    #[test]
    fn what_must_be_there_cannot_be_left_out() {
        let sent = Fields::from([("column", "note"), ("width_note", "131"), ("width_name", "90")]);
        let named = [("note", 128), ("name", 0)].map(|(name, width)| (name.to_owned(), width));
        assert_eq!(Layout::<Made>::sent(&sent).named(), named);
        assert!(Layout::<Made>::sent(&Fields::from([("reset", "on"), ("column", "note")])).is_usual());
    }
}
