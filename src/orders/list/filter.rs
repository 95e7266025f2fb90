//! What the list was asked for: the address of `/orders` read into typed filters. Nonsense is no filter.

use chrono::{Duration, NaiveDate, NaiveDateTime, Timelike};

use super::sort::{RowKey, Sort};
use crate::domain::id::MasterId;
use crate::domain::order::{StatusOrder, TypeEquipment};
use crate::web::form::Fields;
use crate::web::list::Slice;

/// First minute of the slot grid: 10:00.
pub const FIRST_MINUTE: i32 = 10 * 60;
/// First minute after the slot grid: the last slot begins at 22:00.
pub const END_MINUTE: i32 = 22 * 60 + 30;
/// Length of a slot in minutes.
pub const SLOT_MINUTES: i32 = 30;

/// Visits of one cell of the slot grid, or those of a day outside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Day in the city.
    pub day: NaiveDate,
    /// First minute of the slot since midnight; `None` for everything outside 10:00–22:30.
    pub minute: Option<i32>,
}

impl Slot {
    /// Reads `2026-11-23T10:30` or `2026-11-23Tout`.
    pub fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.split_once('T')?;
        let day = day.parse().ok()?;
        if time == "out" {
            return Some(Self { day, minute: None });
        }
        let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok()?;
        let minute = i32::try_from(at.hour() * 60 + at.minute()).ok()?;
        Some(Self { day, minute: Some(minute - minute % SLOT_MINUTES) })
    }

    /// The text [`Self::parse`] reads.
    pub fn to_text(&self) -> String {
        match self.minute {
            Some(minute) => format!("{}T{}", self.day, clock(minute)),
            None => format!("{}Tout", self.day),
        }
    }

    /// «15:00», or «вне 10:00–22:00».
    pub fn label(&self) -> String {
        self.minute.map_or_else(|| "вне 10:00–22:00".to_owned(), clock)
    }
}

/// `15:30` of 930 minutes.
pub fn clock(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A range of days, both ends included; an open end is `None`.
pub type Days = (Option<NaiveDate>, Option<NaiveDate>);

/// Whose orders a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfMaster {
    /// Of this master.
    One(MasterId),
    /// Those nobody has.
    Nobody,
}

/// All filters of the list.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Typed into the search, or empty.
    pub search: String,
    /// Any of these; empty for all.
    pub statuses: Vec<StatusOrder>,
    /// Name of a city, or empty.
    pub city: String,
    /// Whose orders.
    pub master: Option<OfMaster>,
    /// What is repaired.
    pub equipment: Option<TypeEquipment>,
    /// Name of a campaign, or empty.
    pub rk: String,
    /// A cell of the grid.
    pub slot: Option<Slot>,
    /// Days of the visit in the client's city.
    pub meeting: Days,
    /// Business days of closing.
    pub closed: Days,
    /// Business days of creation.
    pub created: Days,
    /// Order of rows.
    pub sort: Sort,
    /// Which rows.
    pub slice: Option<Slice>,
    /// Where the page before has ended: the list goes on from there without counting its way.
    pub after: Option<RowKey>,
}

impl OrderFilter {
    /// Reads the fields of an address.
    pub fn of(fields: &Fields) -> Self {
        let day = |name: &str| fields.text(name).parse().ok();
        let days = |name: &str| (day(&format!("{name}_from")), day(&format!("{name}_to")));
        let mut statuses: Vec<StatusOrder> =
            fields.all("status").iter().filter_map(|text| StatusOrder::parse(text)).collect();
        statuses.sort_unstable();
        statuses.dedup();
        let slice = Slice::of(fields);
        Self {
            search: fields.text("q").chars().take(200).collect(),
            statuses,
            city: fields.text("city").to_owned(),
            master: match fields.text("master") {
                "none" => Some(OfMaster::Nobody),
                id => id.parse().ok().map(OfMaster::One),
            },
            equipment: TypeEquipment::parse(fields.text("equipment")),
            rk: fields.text("rk").to_owned(),
            slot: Slot::parse(fields.text("slot")),
            meeting: days("meeting"),
            closed: days("closed"),
            created: days("created"),
            sort: Sort::parse(fields.text("sort")),
            after: RowKey::parse(fields.text("after")).filter(|_| slice.page > 1),
            slice: Some(slice),
        }
    }

    /// True when the list shows less than everything.
    pub fn narrows(&self) -> bool {
        let dates = [self.meeting, self.closed, self.created];
        !self.search.is_empty()
            || !self.statuses.is_empty()
            || !self.city.is_empty()
            || !self.rk.is_empty()
            || self.master.is_some()
            || self.equipment.is_some()
            || self.slot.is_some()
            || dates.iter().any(|(from, to)| from.is_some() || to.is_some())
    }
}

/// The address of the list with `fields`, without the empty ones and without `open`, which is no filter.
pub fn address(fields: &Fields) -> String {
    let mut fields = fields.clone();
    fields.set("open", "");
    match fields.encode() {
        query if query.is_empty() => "/orders".to_owned(),
        query => format!("/orders?{query}"),
    }
}

/// [`address`] with some fields changed; the page starts anew, since other rows are shown.
pub fn address_with(fields: &Fields, changes: &[(&str, &str)]) -> String {
    let mut fields = fields.clone();
    fields.set("page", "");
    fields.set("after", "");
    for (name, value) in changes {
        fields.set(name, value);
    }
    address(&fields)
}

/// The day of the grid an address asks for: `today` unless it says otherwise, never absurdly far away.
pub fn slots_day(fields: &Fields, today: NaiveDate) -> NaiveDate {
    let asked: Option<NaiveDate> = fields.text("slots_day").parse().ok();
    let near = |day: &NaiveDate| (*day - today).abs() < Duration::days(36_500);
    asked.filter(near).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::list::sort::Column;

    #[test]
    fn an_address_is_understood_and_nonsense_is_no_filter() {
        let fields = Fields::from([
            ("status", "Готово"),
            ("status", "Ожидает"),
            ("status", "Съеден"),
            ("master", "none"),
            ("equipment", "БТ"),
            ("slot", "2026-11-23T10:45"),
            ("meeting_from", "2026-11-23"),
            ("meeting_to", "вчера"),
            ("sort", "-meeting"),
        ]);
        let filter = OrderFilter::of(&fields);
        assert_eq!(filter.statuses, [StatusOrder::Wait, StatusOrder::Done]);
        assert_eq!(filter.master, Some(OfMaster::Nobody));
        assert_eq!(filter.slot.as_ref().map(Slot::to_text).as_deref(), Some("2026-11-23T10:30"));
        assert_eq!(filter.meeting, (NaiveDate::from_ymd_opt(2026, 11, 23), None));
        assert_eq!(filter.sort, Sort { column: Column::Meeting, descending: true });
        let nonsense =
            Fields::from([("slot", "завтра"), ("sort", "; DROP"), ("master", "x"), ("page", "-3")]);
        assert!(!OrderFilter::of(&nonsense).narrows());
    }

    #[test]
    fn links_change_one_thing_and_begin_at_the_first_page() {
        let fields = Fields::from([("city", "Тверь"), ("page", "3"), ("open", "7")]);
        assert_eq!(address_with(&fields, &[("city", "")]), "/orders");
        assert_eq!(address(&Fields::from([("sort", "id"), ("open", "7")])), "/orders?sort=id");
    }
}
