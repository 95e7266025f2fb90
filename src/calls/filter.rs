//! Which calls are wanted and in what order, read from the address and written back into it.

use chrono::{Duration, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use crate::domain::call::CallStatus;
use crate::domain::id::{AccountId, CallId};
use crate::domain::recording::RecordingState;
use crate::domain::when::{self, Lean};
use crate::domain::zone;
use crate::web::form::Fields;
use crate::web::list::Slice;

/// The address of the list.
pub const PATH: &str = "/telephony";
/// What the list understands; anything else in the address is dropped.
const NAMES: [&str; 17] = [
    "q",
    "status",
    "city",
    "rk",
    "account",
    "operator",
    "result",
    "recording",
    "from",
    "to",
    "quick",
    "sort",
    "fold",
    "expand",
    "after",
    "page",
    "per_page",
];
/// States of recordings calls can be looked for by, in words.
pub const SOUGHT_RECORDINGS: [(RecordingState, &str); 2] =
    [(RecordingState::Awaited, "Запись ожидается"), (RecordingState::Failed, "Запись не получена")];
/// Groups that stay open are few; an address with more is somebody's joke.
const MAX_EXPANDED: usize = 20;

crate::text_enum! {
    /// One press instead of several filters.
    Quick {
        /// Every call.
        All = "all",
        /// Inbound without a conversation.
        Missed = "missed",
        /// With a conversation.
        Answered = "answered",
        /// Since the business day began.
        Today = "today",
        /// Of the last sixty minutes.
        Hour = "hour",
    }
}

impl Quick {
    /// The words of the button.
    pub fn label(self) -> &'static str {
        match self {
            Self::All => "Все",
            Self::Missed => "Пропущенные",
            Self::Answered => "Отвеченные",
            Self::Today => "Сегодня",
            Self::Hour => "Последний час",
        }
    }
}

crate::text_enum! {
    /// The order of the list; a minus means the largest first.
    Sort {
        /// Newest first.
        Newest = "-time",
        /// Oldest first.
        Oldest = "time",
        /// Longest talk first.
        Longest = "-duration",
        /// Shortest talk first.
        Shortest = "duration",
    }
}

/// The furthest page that is reached by its number alone: to count the way there costs more the longer it is. The
/// links to the next page know where the last one ended and lead on without end.
const JUMP_UP_TO: i64 = 60;

/// Where the page before has ended: a list in the order of time goes on from there without counting its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Beginning of the last call shown, UTC.
    pub started_at: NaiveDateTime,
    /// Its id.
    pub id: CallId,
}

impl After {
    fn parse(text: &str) -> Option<Self> {
        let (millis, id) = text.split_once('-')?;
        let moment = chrono::DateTime::from_timestamp_millis(millis.parse().ok()?)?;
        Some(Self { started_at: moment.naive_utc(), id: id.parse().ok()? })
    }

    /// The form in the address.
    pub fn to_text(self) -> String {
        format!("{}-{}", self.started_at.and_utc().timestamp_millis(), self.id)
    }
}

/// Which calls are wanted.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The fields of the address this was read from, unknown ones left out.
    pub fields: Fields,
    /// Part of a number, or words of a name.
    pub q: String,
    /// Any of these; empty means all.
    pub statuses: Vec<CallStatus>,
    /// Calls that go on right now, beside `statuses`.
    pub wants_live: bool,
    /// Name of a city.
    pub city: String,
    /// Name of a campaign.
    pub rk: String,
    /// Name of an Avito account.
    pub account: String,
    /// Who talked to the client first.
    pub operator: Option<AccountId>,
    /// How the conversation ended.
    pub result: String,
    /// Calls with a recording that is awaited or was given up; others are too many to be looked for.
    pub recordings: Vec<RecordingState>,
    /// Not before this UTC moment.
    pub since: Option<NaiveDateTime>,
    /// Before this UTC moment.
    pub until: Option<NaiveDateTime>,
    /// The days of the business zone that were asked for, both included.
    pub days: (Option<NaiveDate>, Option<NaiveDate>),
    /// The pressed button.
    pub quick: Quick,
    /// The order.
    pub sort: Sort,
    /// Calls of one client are one row.
    pub is_folded: bool,
    /// Calls whose groups are open.
    pub expanded: Vec<CallId>,
    /// Where the page before has ended.
    pub after: Option<After>,
    /// The page.
    pub slice: Slice,
}

impl Filter {
    /// Reads the address. `from` and `to` are whole days of the business zone; what cannot be read filters nothing.
    pub fn of(sent: &Fields, now: NaiveDateTime, zone: Tz) -> Self {
        let mut fields = Fields::default();
        for (name, value) in
            sent.iter().filter(|(name, value)| NAMES.contains(name) && !value.trim().is_empty())
        {
            fields.push(name, value.trim());
        }
        let today = zone::local(now, zone).date();
        let day = |name: &str| when::day(fields.text(name), today, Lean::Back);
        let quick = Quick::parse(fields.text("quick")).unwrap_or(Quick::All);
        let began = match quick {
            Quick::Today => Some(zone::day_start(zone::local(now, zone).date(), zone)),
            Quick::Hour => Some(now - Duration::hours(1)),
            Quick::All | Quick::Missed | Quick::Answered => None,
        };
        let sort = Sort::parse(fields.text("sort")).unwrap_or(Sort::Newest);
        let mut slice = Slice::of(&fields);
        let after = After::parse(fields.text("after")).filter(|_| slice.page > 1 && sort == Sort::Newest);
        if after.is_none() {
            slice.page = slice.page.min(JUMP_UP_TO);
        }
        let statuses = fields.all("status");
        Self {
            q: fields.text("q").to_owned(),
            statuses: statuses.iter().filter_map(|s| CallStatus::parse(s)).collect(),
            wants_live: statuses.iter().any(|s| s == "live"),
            city: fields.text("city").to_owned(),
            rk: fields.text("rk").to_owned(),
            account: fields.text("account").to_owned(),
            operator: fields.id("operator"),
            result: fields.text("result").to_owned(),
            recordings: SOUGHT_RECORDINGS
                .into_iter()
                .map(|(state, _)| state)
                .filter(|state| fields.all("recording").iter().any(|sent| sent == state.as_str()))
                .collect(),
            since: day("from").map(|d| zone::day_start(d, zone)).max(began),
            until: day("to").and_then(|d| d.succ_opt()).map(|d| zone::day_start(d, zone)),
            days: (day("from"), day("to")),
            quick,
            sort,
            is_folded: fields.text("fold") != "off",
            expanded: fields
                .all("expand")
                .iter()
                .filter_map(|id| id.parse().ok())
                .take(MAX_EXPANDED)
                .collect(),
            after,
            slice,
            fields,
        }
    }

    /// The address of the first page of this list with `name` set to `value` (empty removes it).
    pub fn href(&self, name: &str, value: &str) -> String {
        self.href_with(&[(name, value)])
    }

    /// The address of the first page of this list with each name set to its value (empty removes it).
    pub fn href_with(&self, set: &[(&str, &str)]) -> String {
        let mut fields = self.first_page();
        for (name, value) in set {
            fields.set(name, value);
        }
        address(&fields)
    }

    /// The address of this very page with the open `group` closed and the one of the call `id` open.
    pub fn href_of_group(&self, id: Option<CallId>, group: &[CallId]) -> String {
        let mut fields = self.fields.clone();
        fields.set("expand", "");
        for open in self.expanded.iter().filter(|open| !group.contains(open)) {
            fields.push("expand", &open.to_string());
        }
        if let Some(id) = id {
            fields.push("expand", &id.to_string());
        }
        address(&fields)
    }

    /// The fields without the place in the list: what links to pages start from.
    pub fn first_page(&self) -> Fields {
        let mut fields = self.fields.clone();
        for name in ["page", "after", "expand"] {
            fields.set(name, "");
        }
        fields
    }

    /// How many of the filters `names` are set.
    pub fn set_of(&self, names: &[&str]) -> usize {
        names.iter().filter(|name| !self.fields.text(name).is_empty()).count()
    }

    /// True when anything but the order, the folding and the page narrows the list.
    pub fn is_narrowed(&self) -> bool {
        let place = ["sort", "fold", "expand", "after", "page", "per_page"];
        NAMES.iter().any(|name| !place.contains(name) && !self.fields.text(name).is_empty())
    }
}

/// The address of the list of `fields`.
pub fn address(fields: &Fields) -> String {
    let query = fields.encode();
    if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &Fields) -> Filter {
        let now = "2026-11-22T20:30:00".parse().expect("a moment");
        Filter::of(fields, now, chrono_tz::Europe::Moscow)
    }

    #[test]
    fn days_are_days_of_the_business_zone() {
        let filter = of(&Fields::from([("from", "2026-11-22"), ("to", "2026-11-22")]));
        assert_eq!(filter.since, "2026-11-21T21:00:00".parse().ok());
        assert_eq!(filter.until, "2026-11-22T21:00:00".parse().ok());
        let typed = of(&Fields::from([("from", "вчера"), ("to", "22.11")]));
        assert_eq!(typed.since, "2026-11-20T21:00:00".parse().ok());
        assert_eq!(typed.until, "2026-11-22T21:00:00".parse().ok());
        assert_eq!(of(&Fields::from([("quick", "today")])).since, "2026-11-21T21:00:00".parse().ok());
        assert_eq!(of(&Fields::from([("quick", "hour")])).since, "2026-11-22T19:30:00".parse().ok());
    }

    #[test]
    fn nonsense_filters_nothing() {
        let filter = of(&Fields::from([
            ("from", "когда-то"),
            ("operator", "x"),
            ("status", "lost"),
            ("sort", "name"),
            ("after", "5"),
            ("other", "1"),
        ]));
        assert!(filter.since.is_none() && filter.operator.is_none() && filter.statuses.is_empty());
        assert_eq!((filter.sort, filter.after), (Sort::Newest, None));
        assert!(!filter.href("sort", "").contains("other"));
    }

    #[test]
    fn another_filter_begins_at_the_first_page() {
        let filter = of(&Fields::from([("city", "Тверь"), ("page", "3"), ("expand", "7")]));
        assert_eq!(filter.href("city", ""), "/telephony");
        assert!(filter.href_of_group(None, &[CallId(7)]).ends_with("&page=3"));
        assert!(filter.href_of_group(Some(CallId(9)), &[]).ends_with("&page=3&expand=7&expand=9"));
    }
}
