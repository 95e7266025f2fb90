//! `/orders/ID`: an order in full, as a page or as the dialog over the list. What may be changed is a field, the rest
//! is text; the tabs are addresses of their own (`?tab=`), and the two that read more are read when they are opened.

pub(super) mod controls;
pub(super) mod history;
pub(crate) mod load;
mod news;
mod surface;

use std::borrow::Borrow;
use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use chrono::{NaiveDate, NaiveDateTime};
use controls::{Conflict, Control};
use history::{Story, StoryLine};

use super::create::suggest_type::visit_day;
use super::edit::save::Refusal;
use super::edit::{Field, rules};
use super::list::rows::{CallLine, RowView};
use super::queries::list::neighbours::Neighbours;
use super::queries::one;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::clients::canary;
use crate::domain::id::OrderId;
use crate::domain::order::StatusOrder;
use crate::domain::russian;
use crate::files::view::FilesPanel;
use crate::masters::choice::MasterChoice;
use crate::platform::error::AppError;
use crate::web::form::Query;
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::reply::{Toast, saying};
use crate::web::request;

pub use load::{load, other_clock, read};
pub use surface::{Surface, Tab};

/// An order.
pub async fn show(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<OrderId>,
    Query(query): Query,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    if request::wanted_part(&request) == Some("order-news") {
        return news::show(&request, &app, id, query.number("version"), person.id).await;
    }
    let tab = Tab::parse(query.text("tab")).unwrap_or(Tab::Description);
    let place = Surface::of(&request, query.text("back")).on(tab);
    let page = load(&app, id, place, &person, Refusal::default()).await?;
    canary::touched(&app, &person, page.order.client_id, "открыл заказ").await?;
    Ok(Show::ok(page).respond_to(&request))
}

/// Answers an order after a refused change, in place of the dialog it was made in.
pub fn refused(request: &HttpRequest, page: OrderPage, status: StatusCode) -> HttpResponse {
    let answer = request::replacing(Show(page, status).respond_to(request), "#dialog", "#order-dialog");
    match status {
        StatusCode::CONFLICT => {
            saying(answer, Toast::new("warn", "Заказ изменил кто-то другой", "Выберите, что оставить."))
        }
        _ => answer,
    }
}

/// The order as a page.
#[derive(Template)]
#[template(path = "orders/show.html", blocks = ["dialog", "documents", "history"])]
pub struct OrderPage {
    place: Surface,
    is_admin: bool,
    /// Tells this opened form from another one of the same order.
    request_key: String,
    refusal: Refusal,
    order: one::Order,
    controls: BTreeMap<Field, Control>,
    conflicts: Vec<Conflict>,
    /// «Черновик от 14:05», when unsaved changes are shown.
    draft_words: String,
    neighbours: Neighbours,
    visit: NaiveDateTime,
    today: NaiveDate,
    relative: String,
    /// «14:00 Самара = 13:00 здесь», when the clocks differ.
    zones: String,
    created: String,
    closed: String,
    /// «сегодня в 11:40 · Белова А.»
    changed: String,
    past: Vec<RowView>,
    past_words: String,
    calls: Vec<CallLine>,
    refusals: Vec<ReasonChoice>,
    masters: Vec<MasterChoice>,
    /// What colleagues have written down about the client, or empty.
    documents: Option<[FilesPanel; 2]>,
    document_count: i64,
    /// The latest lines, for the side.
    latest: Vec<StoryLine>,
    story: Option<Story>,
}

/// A closed status that needs a reason, and its reasons.
struct ReasonChoice {
    status: StatusOrder,
    reasons: Vec<Choice>,
}

impl Page for OrderPage {
    fn title(&self) -> String {
        format!("Заказ № {}", self.order.id)
    }

    fn section(&self) -> &'static str {
        "orders"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        match target {
            "dialog" => Some(self.as_dialog().render()),
            "order-documents" => Some(self.as_documents().render()),
            "order-history" => Some(self.as_history().render()),
            _ => None,
        }
    }
}

impl OrderPage {
    fn control(&self, field: Field) -> &Control {
        &self.controls[&field]
    }

    fn sums(&self) -> [&Control; 2] {
        [self.control(Field::Result), self.control(Field::Expenditure)]
    }

    fn is_on(&self, tab: impl Borrow<Tab>) -> bool {
        self.place.tab == *tab.borrow()
    }

    fn tab_address(&self, tab: impl Borrow<Tab>) -> String {
        self.place.clone().on(*tab.borrow()).address(self.order.id)
    }

    fn address_of(&self, id: &OrderId) -> String {
        self.place.address(*id)
    }

    fn is_overdue(&self) -> bool {
        self.order.status_order == StatusOrder::Wait && self.relative.ends_with("назад")
    }

    fn visit_time(&self) -> String {
        russian::time(self.visit)
    }

    /// «сегодня, четверг, 19 ноября».
    fn visit_day(&self) -> String {
        visit_day(self.visit.date(), self.today)
    }

    /// The steps of the usual path, then the side one.
    fn path(&self) -> [StatusOrder; 6] {
        use StatusOrder::{Accepted, Done, EnRoute, InWork, Modern, Wait};
        [Wait, Accepted, EnRoute, InWork, Done, Modern]
    }

    fn is_now(&self, status: &StatusOrder) -> bool {
        self.order.status_order == *status
    }

    /// The button of a status opens a small form: for the sum, or to say who enters it.
    fn asks_for_sum(&self, status: &StatusOrder) -> bool {
        rules::asks_for_sum(self.order.status_order, *status, self.order.result)
    }

    /// Closed orders are opened again by admins only: nothing else is offered.
    fn may_move_to(&self, status: &StatusOrder) -> bool {
        rules::may_move(self.order.status_order, *status, self.is_admin)
    }

    /// The step is one that somebody has to go for, and nobody goes: it asks first.
    fn asks_for_master(&self, status: &StatusOrder) -> bool {
        self.order.master_id.is_none() && rules::wants_master(*status)
    }

    /// Before anything else somebody has to be sent.
    fn is_master_next(&self) -> bool {
        let is_under_way = self.order.status_order.next().is_some();
        is_under_way && self.order.master_id.is_none() && self.control(Field::MasterId).is_open
    }

    /// The one next step.
    fn next_step(&self) -> Option<StatusOrder> {
        self.order.status_order.next().filter(|next| self.is_admin || !self.asks_for_sum(next))
    }

    fn is_wanted(&self, status: &StatusOrder) -> bool {
        self.refusal.wanted == Some(*status)
    }

    fn beside_error(&self, field: Field, status: &StatusOrder) -> &str {
        if self.is_wanted(status) { self.error(field) } else { "" }
    }

    fn beside_typed(&self, field: Field, status: &StatusOrder) -> String {
        let typed = self.refusal.sent.typed(field).filter(|_| self.is_wanted(status));
        match (typed, field) {
            (Some(typed), _) => typed.to_owned(),
            (None, Field::RefusalReason) => self.order.refusal_reason.clone().unwrap_or_default(),
            (None, _) => String::new(),
        }
    }

    fn error(&self, field: Field) -> &str {
        self.refusal.errors.get(&field).map_or("", String::as_str)
    }

    /// What stands above everything when a change was refused.
    fn warning(&self) -> String {
        let errors = &self.refusal.errors;
        let mut sentences: Vec<String> = vec![self.refusal.warning.clone()];
        if !errors.is_empty() {
            sentences.push("Ничего не сохранено, введённое осталось.".to_owned());
            // What is said at a field in full need only be found; the rest is said here.
            let is_said_here =
                |field: Field, words: &str| field == Field::StatusOrder || words == field.refusal();
            let (here, at_fields): (Vec<_>, Vec<_>) =
                errors.iter().partition(|(field, words)| is_said_here(**field, words));
            sentences.extend(here.iter().map(|(_, words)| format!("{words}.")));
            let labels: Vec<&str> = at_fields.iter().map(|(field, _)| field.label()).collect();
            if !labels.is_empty() {
                sentences.push(format!("Проверьте: {}.", labels.join(", ")));
            }
        }
        sentences.retain(|sentence| !sentence.is_empty());
        sentences.join(" ")
    }

    /// The reason is shown where there is one, or somebody has typed one.
    fn shows_reason(&self) -> bool {
        self.order.status_order.needs_reason() || self.order.refusal_reason.is_some()
    }

    fn clean(&self) -> String {
        self.order.clean.map_or_else(|| "—".to_owned(), |sum| format!("{} ₽", russian::roubles(sum)))
    }

    fn is_loss(&self) -> bool {
        self.order.expenditure.is_some_and(|spent| spent > self.order.result.unwrap_or_default())
    }

    fn news_address(&self) -> String {
        format!("/orders/{}?version={}", self.order.id, self.order.version)
    }
}
