//! `/orders/ID`: an order in full, as a page or as the dialog over the list.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use chrono::{NaiveDate, NaiveDateTime};

use super::StatusOrder;
use super::queries::{clients, one};
use super::rows::{CallView, Clocks, RowView, pretty};
use super::suggest::{relative, visit_day};
use crate::app::App;
use crate::db::Db;
use crate::error::AppError;
use crate::lists;
use crate::web::form::Query;
use crate::web::list::Choice;
use crate::web::show::{self, Page, Show};
use crate::web::signed::{Anyone, Signed};
use crate::{words, zone};

const PAST_ORDERS: i64 = 5;
const HISTORY: i64 = 30;

/// An order.
pub async fn show(
    _: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    path: Path<String>,
    Query(query): Query,
) -> Result<HttpResponse, AppError> {
    let id = order_id(&path)?;
    let place = Place::of(&request, query.text("back"));
    let page = load(&app, id, place, Said::default()).await?;
    Ok(Show::ok(page).respond_to(&request))
}

/// The id in a path; whatever is no id leads nowhere.
pub fn order_id(path: &str) -> Result<i64, AppError> {
    path.parse().ok().filter(|id| *id > 0).ok_or(AppError::NotFound)
}

/// Where an order or its form is shown.
#[derive(Clone, Debug)]
pub struct Place {
    /// In the dialog over another page.
    pub is_dialog: bool,
    /// The address that comes back when the dialog is closed.
    pub back: String,
}

impl Place {
    /// Told from the request; `back` is what an earlier step of the same dialog remembered.
    pub fn of(request: &HttpRequest, back: &str) -> Self {
        let is_local = |path: &str| path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
        let current = show::current_address(request)
            .filter(|path| !path.starts_with("/orders/") && !path.contains("open="));
        Self {
            is_dialog: show::wanted_part(request) == Some("dialog"),
            back: [Some(back.to_owned()), current]
                .into_iter()
                .flatten()
                .find(|path| is_local(path))
                .unwrap_or_else(|| "/orders".to_owned()),
        }
    }
}

/// What a refused change of status says.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Above everything.
    pub warning: String,
    /// Somebody else was faster.
    pub is_conflict: bool,
    /// The status whose reason is missing.
    pub wanted: Option<StatusOrder>,
    /// At the field of the reason.
    pub reason_error: String,
    /// What was typed there.
    pub reason: String,
}

/// The order as a page.
#[derive(Template)]
#[template(path = "orders/show.html", blocks = ["dialog"])]
pub struct OrderPage {
    place: Place,
    said: Said,
    order: one::Order,
    phone: String,
    visit: NaiveDateTime,
    today: NaiveDate,
    relative: String,
    /// «14:00 в городе Самара = 13:00 здесь», when the clocks differ.
    zones: String,
    created: String,
    closed: String,
    past: Vec<RowView>,
    past_words: String,
    calls: Vec<CallView>,
    history: Vec<HistoryLine>,
    refusals: Vec<ReasonChoice>,
}

/// A closed status that needs a reason, and its reasons.
struct ReasonChoice {
    status: StatusOrder,
    reasons: Vec<Choice>,
}

struct HistoryLine {
    code: &'static str,
    what: String,
    when: String,
}

impl Page for OrderPage {
    fn title(&self) -> String {
        format!("Заказ № {}", self.order.id)
    }

    fn section(&self) -> &'static str {
        "orders"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "dialog").then(|| self.as_dialog().render())
    }
}

/// Reads the order `id` for showing.
///
/// # Errors
/// [`AppError::NotFound`] when there is none.
pub async fn load(app: &Data<App>, id: i64, place: Place, said: Said) -> Result<OrderPage, AppError> {
    let (business, now) = (app.config.business_zone, app.clock.now());
    app.db
        .read(move |db| {
            let cities = lists::queries::cities(db)?;
            let clocks = Clocks { now, business, cities: &cities };
            OrderPage::read(db, id, place, said, &clocks)?.ok_or(AppError::NotFound)
        })
        .await
}

/// Answers an order after a refused change, in place of the dialog it was made in.
pub fn refused(request: &HttpRequest, page: OrderPage, status: StatusCode) -> HttpResponse {
    show::replacing(Show(page, status).respond_to(request), "#dialog", "#order-dialog")
}

impl OrderPage {
    fn read(
        db: &mut Db,
        id: i64,
        place: Place,
        said: Said,
        clocks: &Clocks,
    ) -> diesel::QueryResult<Option<Self>> {
        let Some(order) = one::order(db, id)? else { return Ok(None) };
        let city_zone = clocks.city(&order.city);
        let local = zone::local(order.date_meeting, city_zone);
        let (past, count) = clients::past_orders(db, order.client_id, id, PAST_ORDERS)?;
        let calls = one::calls_of(db, id)?;
        let history = one::history(db, id, HISTORY)?;
        let mut refusals = Vec::new();
        for status in StatusOrder::ALL.iter().copied().filter(|s| s.needs_reason()) {
            let reasons = Choice::all(&lists::queries::refusal_reasons(db, status.as_str())?);
            refusals.push(ReasonChoice { status, reasons });
        }
        Ok(Some(Self {
            phone: pretty(&order.phone),
            visit: local,
            today: zone::local(clocks.now, city_zone).date(),
            relative: if order.status_order.is_open() {
                relative(order.date_meeting, clocks.now)
            } else {
                String::new()
            },
            zones: other_clock(order.date_meeting, &order.city, clocks),
            created: clocks.event_words(order.create_date),
            closed: order.closing_data.map(|at| clocks.event_words(at)).unwrap_or_default(),
            past_words: past_words(count),
            past: past.into_iter().map(|row| RowView::new(row, clocks)).collect(),
            calls: calls.iter().map(|call| CallView::new(call, clocks)).collect(),
            history: history.iter().map(|row| HistoryLine::new(row, clocks)).collect(),
            refusals,
            place,
            said,
            order,
        }))
    }

    fn is_overdue(&self) -> bool {
        self.order.status_order == StatusOrder::Wait && self.relative.ends_with("назад")
    }

    fn visit_time(&self) -> String {
        words::time(self.visit)
    }

    /// «сегодня, четверг, 19 ноября».
    fn visit_day(&self) -> String {
        visit_day(self.visit.date(), self.today)
    }

    /// The address to come back to, as JSON for a link inside the dialog.
    fn back_json(&self) -> String {
        serde_json::Value::from(self.place.back.as_str()).to_string()
    }

    fn shown_reason(&self) -> &str {
        if self.said.reason.is_empty() {
            self.order.refusal_reason.as_deref().unwrap_or_default()
        } else {
            &self.said.reason
        }
    }

    fn money(&self) -> Vec<(&'static str, String)> {
        let sums =
            [("Итог", self.order.result), ("Расход", self.order.expenditure), ("Чистыми", self.order.clean)];
        sums.into_iter().filter_map(|(label, sum)| Some((label, words::roubles(sum?)))).collect()
    }

    fn reason_error(&self, status: &StatusOrder) -> &str {
        if self.is_wanted(status) { &self.said.reason_error } else { "" }
    }

    fn is_wanted(&self, status: &StatusOrder) -> bool {
        self.said.wanted == Some(*status)
    }
}

/// What the clock here shows at a visit in a city with another one; empty when they agree.
pub fn other_clock(at: NaiveDateTime, city: &str, clocks: &Clocks) -> String {
    let (there, here) = (zone::local(at, clocks.city(city)), zone::local(at, clocks.business));
    if there == here {
        return String::new();
    }
    let day = if there.date() == here.date() { "" } else { ", другой день" };
    format!("{} {city} = {} здесь{day}", words::time(there), words::time(here))
}

fn past_words(count: i64) -> String {
    let number = u64::try_from(count).unwrap_or_default();
    match number {
        0 => "Раньше не обращался".to_owned(),
        n => format!("Ещё {n} {}", words::plural(n, ["заказ", "заказа", "заказов"])),
    }
}

impl HistoryLine {
    fn new(row: &one::HistoryRow, clocks: &Clocks) -> Self {
        let new = row.new_value.as_deref().unwrap_or_default();
        let status = StatusOrder::parse(new);
        let what = match row.field.as_str() {
            "created" => "Заказ создан".to_owned(),
            "status_order" => new.to_owned(),
            "refusal_reason" if new.is_empty() => "Причина снята".to_owned(),
            "refusal_reason" => format!("Причина: {new}"),
            field => format!("{field}: {new}"),
        };
        Self {
            code: status.map_or("", StatusOrder::code),
            what,
            when: format!("{} · {}", clocks.event_words(row.at), words::short_name(&row.account)),
        }
    }
}
