//! The list of calls as a page: what its parts show, loaded by a constant number of queries.

use std::collections::HashMap;

use actix_web::web::Data;
use askama::Template;

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::calls::filter::{After, Filter, PATH, Quick, SOUGHT_RECORDINGS, Sort};
use crate::calls::queries::condition::Condition;
use crate::calls::queries::facts::{self, Call};
use crate::calls::queries::list::{self, GROUPS_COUNTED_UP_TO, Place};
use crate::calls::words::CallWords;
use crate::catalogs::queries as lists;
use crate::debts::queries as debts;
use crate::debts::view::Debt;
use crate::dispositions::queries as results;
use crate::domain::call::CallStatus;
use crate::domain::now::Now;
use crate::domain::recording::RecordingState;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::recordings::view::RecordingView;
use crate::web::form::Query;
use crate::web::list::{COUNTED_UP_TO, Choice, Pager};
use crate::web::page::{Page, Show};

/// A press of the quick filter.
pub struct QuickLink {
    /// Its words.
    pub label: &'static str,
    /// Where to.
    pub href: String,
    /// It is pressed.
    pub is_current: bool,
    /// Shown beside the words when not 0.
    pub count: i64,
}

/// A status to choose.
pub struct StatusChoice {
    /// What is sent.
    pub value: &'static str,
    /// What is read.
    pub label: &'static str,
    /// It is chosen.
    pub is_chosen: bool,
}

/// A head that sorts.
pub struct SortHead {
    /// Where to.
    pub href: String,
    /// `ascending`, `descending` or empty.
    pub direction: &'static str,
}

/// A row of the table.
pub struct Row {
    /// The call.
    pub call: CallWords,
    /// What is owed to the client.
    pub debt: Debt,
    /// Its recordings, oldest first.
    pub recordings: Vec<RecordingView>,
    /// How the conversation ended, or empty.
    pub result: String,
    /// What was noted of it.
    pub note: String,
    /// Orders made from the call.
    pub orders: Vec<i64>,
    /// How many older calls of the client the row hides.
    pub hidden: i64,
    /// Opens or closes the group.
    pub group_href: String,
    /// The older calls stand below.
    pub is_open: bool,
    /// One of the older calls of an open group.
    pub is_member: bool,
}

/// The page.
#[derive(Template)]
#[template(path = "telephony/index.html", blocks = ["list", "rows"])]
pub struct TelephonyPage {
    /// What is shown.
    pub filter: Filter,
    quicks: Vec<QuickLink>,
    statuses: Vec<StatusChoice>,
    status_label: String,
    cities: Vec<Choice>,
    campaigns: Vec<Choice>,
    accounts: Vec<Choice>,
    operators: Vec<Choice>,
    results: Vec<Choice>,
    recordings: Vec<StatusChoice>,
    by_time: SortHead,
    by_duration: SortHead,
    folded_href: String,
    unfolded_href: String,
    /// The rows, in order.
    pub rows: Vec<Row>,
    pager: Pager,
}

impl Page for TelephonyPage {
    fn title(&self) -> String {
        "Телефония".to_owned()
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        match target {
            "telephony" => Some(self.as_list().render()),
            "calls" => Some(self.as_rows().render()),
            _ => None,
        }
    }
}

impl TelephonyPage {
    /// Loads the page of `filter`.
    pub fn load(db: &mut Db, filter: Filter, now: Now) -> diesel::QueryResult<Self> {
        let condition = Condition::of(db, &filter)?;
        let places = list::page(db, &filter, &condition)?;
        let bound = if filter.is_folded { GROUPS_COUNTED_UP_TO } else { COUNTED_UP_TO };
        let counted = list::count(db, &filter, &condition, bound)?;
        let missed = debts::count(db)?;
        let rows = rows(db, &filter, &condition, &places, now)?;
        let shown = i64::try_from(places.len()).unwrap_or_default();
        let mut pager = Pager::bounded(PATH, &filter.first_page(), filter.slice, (shown, counted), bound);
        if let (Some(last), Sort::Newest, false) = (places.last(), filter.sort, pager.next.is_empty()) {
            let after = After { started_at: last.started_at, id: last.id };
            pager.next = format!("{}&after={}", pager.next, after.to_text());
        }
        let choices = |names: Vec<String>| Choice::all(&names);
        let cities = lists::cities(db)?.into_iter().map(|city| Choice::plain(city.name)).collect();
        let campaigns = choices(lists::campaigns(db)?);
        let accounts = choices(lists::avito_names(db)?);
        let operators = Choice::ids(&lists::employees(db)?);
        Ok(Self {
            quicks: quicks(&filter, missed),
            statuses: statuses(&filter),
            status_label: status_label(&filter),
            cities,
            campaigns,
            accounts,
            operators,
            results: Choice::all(&results::choices(db)?),
            recordings: recordings(&filter),
            by_time: sort_head(&filter, Sort::Newest, Sort::Oldest),
            by_duration: sort_head(&filter, Sort::Longest, Sort::Shortest),
            folded_href: filter.href("fold", ""),
            unfolded_href: filter.href("fold", "off"),
            rows,
            pager,
            filter,
        })
    }
}

/// The rows of the page with the open groups below their heads.
fn rows(
    db: &mut Db,
    filter: &Filter,
    condition: &Condition,
    places: &[Place],
    now: Now,
) -> diesel::QueryResult<Vec<Row>> {
    let sizes = if filter.is_folded { list::group_sizes(db, condition, places)? } else { HashMap::new() };
    let open =
        if filter.is_folded { list::open_groups(db, condition, &filter.expanded)? } else { Vec::new() };
    let mut members: HashMap<&str, Vec<i64>> = HashMap::new();
    for place in &open {
        members.entry(&place.group_key).or_default().push(place.id);
    }
    let ids: Vec<i64> = places.iter().chain(&open).map(|place| place.id).collect();
    let calls = facts::calls(db, &ids)?;
    let missed: Vec<i64> = calls
        .values()
        .filter(|c| crate::domain::call::is_missed(c.direction, c.status) && c.client_id.is_some())
        .map(|c| c.id)
        .collect();
    let paid = list::paid(db, &missed)?;
    let owed = debts::of_calls(db, &missed)?;
    let orders = facts::orders_of(db, &ids)?;
    let recordings = RecordingView::of_calls(db, &ids)?;
    let noted = results::of_calls(db, &ids)?;
    let row = |call: &Call| Row {
        result: noted.get(&call.id).map(|noted| noted.result.clone()).unwrap_or_default(),
        note: noted.get(&call.id).map(|noted| noted.note.clone()).unwrap_or_default(),
        call: CallWords::of(call, now),
        debt: Debt::of(call, owed.get(&call.id), paid.get(&call.id), now),
        recordings: recordings.get(&call.id).cloned().unwrap_or_default(),
        orders: orders.get(&call.id).cloned().unwrap_or_default(),
        hidden: 0,
        group_href: String::new(),
        is_open: false,
        is_member: false,
    };
    let mut rows = Vec::with_capacity(ids.len());
    for place in places {
        let Some(call) = calls.get(&place.id) else { continue };
        let group = members.get(place.group_key.as_str()).map(Vec::as_slice).unwrap_or_default();
        let is_open = group.len() > 1;
        rows.push(Row {
            hidden: sizes.get(&place.group_key).map_or(0, |size| size - 1),
            group_href: filter.href_of_group(if is_open { 0 } else { place.id }, group),
            is_open,
            ..row(call)
        });
        let older = group.iter().filter(|id| **id != place.id).filter_map(|id| calls.get(id));
        rows.extend(older.map(|call| Row { is_member: true, ..row(call) }));
    }
    Ok(rows)
}

fn quicks(filter: &Filter, missed: i64) -> Vec<QuickLink> {
    Quick::ALL
        .iter()
        .map(|quick| QuickLink {
            label: quick.label(),
            href: filter.href("quick", if *quick == Quick::All { "" } else { quick.as_str() }),
            is_current: filter.quick == *quick,
            count: if *quick == Quick::Missed { missed } else { 0 },
        })
        .collect()
}

fn statuses(filter: &Filter) -> Vec<StatusChoice> {
    let live = StatusChoice { value: "live", label: "Идёт сейчас", is_chosen: filter.wants_live };
    std::iter::once(live)
        .chain(CallStatus::ALL.iter().map(|status| StatusChoice {
            value: status.as_str(),
            label: status.label(),
            is_chosen: filter.statuses.contains(status),
        }))
        .collect()
}

fn recordings(filter: &Filter) -> Vec<StatusChoice> {
    let choice = |(state, label): &(RecordingState, &'static str)| StatusChoice {
        value: state.as_str(),
        label,
        is_chosen: filter.recordings.contains(state),
    };
    SOUGHT_RECORDINGS.iter().map(choice).collect()
}

fn status_label(filter: &Filter) -> String {
    let all: Vec<StatusChoice> = statuses(filter).into_iter().chain(recordings(filter)).collect();
    let chosen: Vec<&str> = all.iter().filter(|s| s.is_chosen).map(|s| s.label).collect();
    match chosen[..] {
        [] => "Все".to_owned(),
        [one] => one.to_owned(),
        _ => format!("{} из {}", chosen.len(), all.len()),
    }
}

/// A head whose first press gives `down` and second `up`.
fn sort_head(filter: &Filter, down: Sort, up: Sort) -> SortHead {
    let next = if filter.sort == down { up } else { down };
    SortHead {
        href: filter.href("sort", if next == Sort::Newest { "" } else { next.as_str() }),
        direction: match filter.sort {
            sort if sort == down => "descending",
            sort if sort == up => "ascending",
            _ => "",
        },
    }
}

pub(super) async fn index(
    _: Signed<Anyone>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<TelephonyPage>, AppError> {
    let now = app.now();
    let filter = Filter::of(&fields, now.utc, now.zone);
    Ok(Show::ok(app.db.read(move |db| Ok(TelephonyPage::load(db, filter, now)?)).await?))
}
