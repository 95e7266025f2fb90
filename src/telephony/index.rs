//! The list of calls as a page: what its parts show, loaded by a constant number of queries.

use std::collections::HashMap;

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use chrono::{Days, NaiveDate};

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::calls::filter::{After, Filter, PATH, Quick, SOUGHT_RECORDINGS, Sort, address};
use crate::calls::queries::condition::Condition;
use crate::calls::queries::facts::{self, Call};
use crate::calls::queries::list::{self, GROUPS_COUNTED_UP_TO, ListedCall};
use crate::calls::words::CallWords;
use crate::catalogs::queries as lists;
use crate::debts::queries as debts;
use crate::debts::view::Debt;
use crate::dispositions::queries as results;
use crate::domain::call::CallStatus;
use crate::domain::id::{AccountId, CallId, OrderId};
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::recording::RecordingState;
use crate::domain::russian;
use crate::orders::queries::drafts;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::recordings::view::RecordingView;
use crate::tables::layout::{Key as _, two_lines};
use crate::tables::{queries as tables, sheet};
use crate::telephony::columns::{Key, Layout};
use crate::web::form::{Fields, Form, Query};
use crate::web::list::{COUNTED_UP_TO, Choice, Pager};
use crate::web::page::{Page, Show};
use crate::web::request;

/// A filter that is one press.
pub struct QuickLink {
    /// Its words.
    pub label: String,
    /// Where to.
    pub href: String,
    /// It is pressed.
    pub is_current: bool,
    /// Only where there is room for it: another control says the same.
    pub is_rare: bool,
}

/// Who looks at the list.
#[derive(Clone, Copy, Debug)]
pub struct Viewer {
    /// The account.
    pub id: AccountId,
    /// Has a telephone: can call, and has calls of his own.
    pub has_telephone: bool,
}

impl Viewer {
    /// The one who asks.
    pub fn of(person: &Person) -> Self {
        Self { id: person.id, has_telephone: !person.is_admin() }
    }
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
    pub orders: Vec<OrderId>,
    /// The person has begun an order from it and not saved it.
    pub has_draft: bool,
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
    viewer: Viewer,
    layout: Layout,
    segments: Vec<QuickLink>,
    quicks: Vec<StatusChoice>,
    days: Vec<QuickLink>,
    day_label: String,
    statuses: Vec<StatusChoice>,
    cities: Vec<Choice>,
    campaigns: Vec<Choice>,
    accounts: Vec<Choice>,
    operators: Vec<Choice>,
    results: Vec<Choice>,
    recordings: Vec<StatusChoice>,
    by_time: SortHead,
    by_duration: SortHead,
    fold_href: String,
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
    /// Loads the page of `filter` as `viewer` sees it.
    pub fn load(db: &mut Db, filter: Filter, viewer: Viewer, now: Now) -> diesel::QueryResult<Self> {
        let condition = Condition::of(db, &filter)?;
        let places = list::page(db, &filter, &condition)?;
        let bound = if filter.is_folded { GROUPS_COUNTED_UP_TO } else { COUNTED_UP_TO };
        let shown = i64::try_from(places.len()).unwrap_or_default();
        // A first page that is not full says itself how many there are.
        let counted = match filter.slice.page {
            1 if shown < filter.slice.per_page => shown,
            _ => list::count(db, &filter, &condition, bound)?,
        };
        let rows = rows(db, &filter, &condition, &places, viewer.id, now)?;
        let mut pager = Pager::bounded(PATH, &filter.first_page(), filter.slice, (shown, counted), bound);
        if let (Some(last), Sort::Newest, false) = (places.last(), filter.sort, pager.next.is_empty()) {
            let after = After { started_at: last.started_at, id: last.id };
            pager.next = format!("{}&after={}", pager.next, after.to_text());
        }
        let cities = lists::cities(db)?.into_iter().map(|city| Choice::plain(city.name)).collect();
        let (campaigns, accounts) = lists::sources(db)?;
        let employees = lists::employees(db)?;
        let results = results::choices(db)?;
        let longest = longest_results(&results, &debts::reasons(db)?, &employees);
        let layout: Layout = tables::layout(db, viewer.id)?;
        Ok(Self {
            layout: layout.asking(Key::Result, two_lines(longest.iter().map(String::as_str))),
            segments: segments(&filter, viewer),
            quicks: quicks(&filter),
            days: days(&filter, now.today()),
            day_label: day_label(&filter, now.today()),
            statuses: statuses(&filter),
            cities,
            campaigns: Choice::all(&campaigns),
            accounts: Choice::all(&accounts),
            operators: Choice::ids(&employees),
            results: Choice::all(&results),
            recordings: recordings(&filter),
            by_time: sort_head(&filter, Sort::Newest, Sort::Oldest),
            by_duration: sort_head(&filter, Sort::Longest, Sort::Shortest),
            fold_href: filter.href("fold", if filter.is_folded { "off" } else { "" }),
            rows,
            pager,
            viewer,
            filter,
        })
    }

    /// How many filters of the menu «Фильтры» are set.
    fn filters_set(&self) -> usize {
        self.filter.set_of(&["status", "recording", "city", "rk", "account", "operator", "result"])
    }

    /// The rules of the columns.
    fn sheet(&self) -> String {
        sheet::address("/telephony/columns.css", &self.layout)
    }

    /// The address of the list behind its «?».
    fn query(&self) -> String {
        self.filter.fields.encode()
    }
}

/// What may stand in the column «Итог»: names of results, reasons of closing, who has taken a debt.
fn longest_results(results: &[String], reasons: &[String], employees: &[(AccountId, String)]) -> Vec<String> {
    let closed = reasons.iter().map(|reason| format!("закрыт: {reason}"));
    let taken = employees.iter().map(|(_, name)| format!("берёт {}", russian::short_name(name)));
    results.iter().cloned().chain(closed).chain(taken).collect()
}

/// The rows of the page with the open groups below their heads.
fn rows(
    db: &mut Db,
    filter: &Filter,
    condition: &Condition,
    places: &[ListedCall],
    viewer_id: AccountId,
    now: Now,
) -> diesel::QueryResult<Vec<Row>> {
    let sizes = if filter.is_folded { list::group_sizes(db, condition, places)? } else { HashMap::new() };
    let open =
        if filter.is_folded { list::open_groups(db, condition, &filter.expanded)? } else { Vec::new() };
    let mut members: HashMap<&str, Vec<CallId>> = HashMap::new();
    for place in &open {
        members.entry(&place.group_key).or_default().push(place.id);
    }
    let ids: Vec<CallId> = places.iter().chain(&open).map(|place| place.id).collect();
    let calls = facts::calls(db, &ids)?;
    let missed: Vec<CallId> = calls
        .values()
        .filter(|c| crate::domain::call::is_missed(c.direction, c.status) && c.client_id.is_some())
        .map(|c| c.id)
        .collect();
    let paid = list::paid(db, &missed)?;
    let owed = debts::of_calls(db, &missed)?;
    let orders = facts::orders_of(db, &ids)?;
    let recordings = RecordingView::of_calls(db, &ids)?;
    let noted = results::of_calls(db, &ids)?;
    let begun = drafts::calls_left(db, viewer_id)?;
    let row = |call: &Call| Row {
        result: noted.get(&call.id).map(|noted| noted.result.clone()).unwrap_or_default(),
        note: noted.get(&call.id).map(|noted| noted.note.clone()).unwrap_or_default(),
        call: CallWords::of(call, now),
        debt: Debt::of(call, owed.get(&call.id), paid.get(&call.id), now),
        recordings: recordings.get(&call.id).cloned().unwrap_or_default(),
        orders: orders.get(&call.id).cloned().unwrap_or_default(),
        has_draft: begun.contains(&call.id),
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
            group_href: filter.href_of_group((!is_open).then_some(place.id), group),
            is_open,
            ..row(call)
        });
        let older = group.iter().filter(|id| **id != place.id).filter_map(|id| calls.get(id));
        rows.extend(older.map(|call| Row { is_member: true, ..row(call) }));
    }
    Ok(rows)
}

/// What is asked for most often. One's own calls are those of the operator one is.
fn segments(filter: &Filter, viewer: Viewer) -> Vec<QuickLink> {
    let is_mine = filter.operator == Some(viewer.id) && viewer.has_telephone;
    let of = |quick: Quick| QuickLink {
        label: quick.label().to_owned(),
        href: filter.href_with(&[
            ("quick", if quick == Quick::All { "" } else { quick.as_str() }),
            ("operator", if is_mine { "" } else { filter.fields.text("operator") }),
        ]),
        is_current: filter.quick == quick && !is_mine,
        is_rare: matches!(quick, Quick::Answered | Quick::Today | Quick::Hour),
    };
    let mut all: Vec<QuickLink> = Quick::ALL.iter().copied().map(of).collect();
    if viewer.has_telephone {
        all.push(QuickLink {
            label: "Мои".to_owned(),
            href: filter.href_with(&[("quick", ""), ("operator", &viewer.id.to_string())]),
            is_current: is_mine && filter.quick == Quick::All,
            is_rare: false,
        });
    }
    all
}

/// The same where there is room for one control only, with the rarer ones.
fn quicks(filter: &Filter) -> Vec<StatusChoice> {
    let choice = |quick: &Quick| StatusChoice {
        value: if *quick == Quick::All { "" } else { quick.as_str() },
        label: if *quick == Quick::All { "Все звонки" } else { quick.label() },
        is_chosen: filter.quick == *quick,
    };
    Quick::ALL.iter().map(choice).collect()
}

/// Days to choose from: words stay true tomorrow.
fn days(filter: &Filter, today: NaiveDate) -> Vec<QuickLink> {
    let quick = match filter.quick {
        Quick::Today | Quick::Hour => "",
        quick => quick.as_str(),
    };
    let now = day_label(filter, today);
    let back = |days: u64| (today - Days::new(days)).to_string();
    [
        ("все даты", quick, String::new(), ""),
        ("за час", Quick::Hour.as_str(), String::new(), ""),
        ("сегодня", quick, "сегодня".to_owned(), "сегодня"),
        ("вчера", quick, "вчера".to_owned(), "вчера"),
        ("7 дней", quick, back(6), ""),
        ("30 дней", quick, back(29), ""),
    ]
    .into_iter()
    .map(|(label, quick, from, to)| QuickLink {
        href: filter.href_with(&[("quick", quick), ("from", &from), ("to", to)]),
        is_current: now == label,
        is_rare: false,
        label: label.to_owned(),
    })
    .collect()
}

/// «сегодня», «19.11», «19.11–21.11», «с 19.11», «все даты».
fn day_label(filter: &Filter, today: NaiveDate) -> String {
    let short = |day: NaiveDate| russian::day_short(day, today);
    match (filter.quick, filter.days) {
        (Quick::Today, _) => "сегодня".to_owned(),
        (Quick::Hour, _) => "за час".to_owned(),
        (_, (None, None)) => "все даты".to_owned(),
        (_, (Some(from), Some(to))) if from == to => match (today - from).num_days() {
            0 => "сегодня".to_owned(),
            1 => "вчера".to_owned(),
            _ => short(from),
        },
        (_, (Some(from), None)) if from == today - Days::new(6) => "7 дней".to_owned(),
        (_, (Some(from), None)) if from == today - Days::new(29) => "30 дней".to_owned(),
        (_, (Some(from), Some(to))) => format!("{}–{}", short(from), short(to)),
        (_, (Some(from), None)) => format!("с {}", short(from)),
        (_, (None, Some(to))) => format!("по {}", short(to)),
    }
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
    person: Signed<Anyone>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<TelephonyPage>, AppError> {
    show(&app, Viewer::of(&person), &fields).await
}

/// `GET /telephony/columns.css`: the rules of an arrangement; see [`sheet`].
pub(super) async fn columns(_: Signed<Anyone>, Query(fields): Query) -> HttpResponse {
    sheet::answer::<Key>(&fields)
}

/// `POST /telephony/columns`: the list as the person wants it; see [`Layout::sent`].
pub(super) async fn arrange(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let viewer = Viewer::of(&person);
    let layout = Layout::sent(&form);
    app.db.write(move |tx| Ok(tables::set_layout(tx, viewer.id, &layout)?)).await?;
    let list = Fields::parse(form.text("query").as_bytes());
    if request::is_fragment_request(&request) {
        return Ok(show(&app, viewer, &list).await?.respond_to(&request));
    }
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, address(&list))).finish())
}

async fn show(app: &App, viewer: Viewer, fields: &Fields) -> Result<Show<TelephonyPage>, AppError> {
    let now = app.now();
    let filter = Filter::of(fields, now.utc, now.zone);
    Ok(Show::ok(app.db.read(move |db| Ok(TelephonyPage::load(db, filter, viewer, now)?)).await?))
}
