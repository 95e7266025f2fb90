//! «Похоже на уже созданный заказ»: orders that a new one may repeat, and what the operator says to that: it is
//! the same order, a new one, or a warranty case.

use actix_web::web::Data;
use askama::Template;
use chrono::{Duration, NaiveDateTime};
use diesel::QueryResult;

use super::answer::{Answer, numbers};
use super::client::type_choices;
use super::form::{Checked, OrderForm};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::catalogs;
use crate::domain::id::OrderId;
use crate::domain::order::TypeOrder;
use crate::domain::phone::Phone;
use crate::orders::list::rows::{Clocks, RowView};
use crate::orders::queries::duplicates as queries;
use crate::orders::queries::duplicates::{NewOrderFacts, Similar};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::Query;
use crate::web::list::Choice;
use crate::web::page::Fragment;

/// Closed orders older than this many days are no reason to ask.
pub const DAYS: i64 = 14;
/// Shown at a time.
const SHOWN: usize = 3;

/// An order in the question.
#[derive(Clone, Debug)]
pub struct SimilarRow {
    /// The order.
    pub row: RowView,
    /// «тот же телефон и адрес».
    pub why: String,
}

/// The question beside the form, or its answer.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// Shown orders, the likeliest first.
    pub rows: Vec<SimilarRow>,
    /// All similar orders, as the answer «новый» names them.
    pub as_new: String,
    /// What was answered, as kept in the form.
    pub answer: String,
    /// The answer in words; empty while the question stands.
    pub answered: String,
    /// An order cannot be made without an answer.
    pub is_asked: bool,
}

fn find(db: &mut Db, asked: &NewOrderFacts, now: NaiveDateTime) -> QueryResult<Vec<Similar>> {
    let mut found = queries::similar(db, asked, now - Duration::days(DAYS))?;
    let likeness = |s: &Similar| {
        (s.order.status_order.is_open(), u8::from(s.by_phone) + u8::from(s.by_address) + u8::from(s.by_chat))
    };
    found.sort_by_key(|similar| (std::cmp::Reverse(likeness(similar)), std::cmp::Reverse(similar.order.id)));
    Ok(found)
}

impl Panel {
    /// The question the form raises.
    pub fn load(db: &mut Db, form: &OrderForm, is_asked: bool, clocks: &Clocks) -> QueryResult<Self> {
        let answer = Answer::parse(&form.duplicate);
        let phone = form.number();
        let asked = NewOrderFacts {
            phone: phone.as_ref().map_or("", Phone::digits),
            city: &form.city,
            address: &form.address,
            chat: &form.avito_chatid,
        };
        let found = find(db, &asked, clocks.now)?;
        let ids: Vec<OrderId> = found.iter().map(|similar| similar.order.id).collect();
        // An answer holds until an order appears that was not there when it was given.
        let is_answered = match &answer {
            Answer::None => false,
            answer => found.iter().all(|similar| answer.covers(similar.order.id)),
        };
        let row =
            |similar: Similar| SimilarRow { why: why(&similar), row: RowView::new(similar.order, clocks) };
        Ok(Self {
            answered: if is_answered { answered(&answer) } else { String::new() },
            answer: if is_answered { answer.to_text() } else { String::new() },
            as_new: Answer::New(ids).to_text(),
            rows: if is_answered { Vec::new() } else { found.into_iter().take(SHOWN).map(row).collect() },
            is_asked,
        })
    }
}

fn why(similar: &Similar) -> String {
    let mut same = Vec::new();
    for (is_same, what) in
        [(similar.by_phone, "телефон"), (similar.by_address, "адрес"), (similar.by_chat, "чат Авито")]
    {
        if is_same {
            same.push(what);
        }
    }
    match same.as_slice() {
        [] => String::new(),
        [one] => format!("тот же {one}"),
        [many @ .., last] => format!("те же {} и {last}", many.join(", ")),
    }
}

fn answered(answer: &Answer) -> String {
    match answer {
        Answer::None => String::new(),
        Answer::New(ids) => format!("Новый заказ, не {}.", numbers(ids)),
        Answer::Warranty(id) => format!("Гарантия по заказу № {id}."),
    }
}

/// An open order of the same client at the same place that the answer of `checked` does not speak of.
pub fn unanswered(db: &mut Db, checked: &Checked, now: NaiveDateTime) -> QueryResult<Option<OrderId>> {
    let asked = NewOrderFacts {
        phone: checked.phone.digits(),
        city: &checked.city,
        address: &checked.address,
        chat: checked.avito_chatid.as_deref().unwrap_or_default(),
    };
    let repeated = find(db, &asked, now)?.into_iter().find(|similar| {
        similar.by_phone
            && similar.by_address
            && similar.order.status_order.is_open()
            && !checked.answer.covers(similar.order.id)
    });
    Ok(repeated.map(|similar| similar.order.id))
}

/// The panel alone; a warranty changes the type of the order as well.
#[derive(Template)]
#[template(path = "orders/duplicates.html")]
pub struct PanelAnswer {
    duplicates: Panel,
    types: Vec<Choice>,
    is_warranty: bool,
}

/// Answers the question for `phone`, `city`, `address`, `avito_chatid`, and what was said to it so far
/// (`duplicate`) or just now (`answer`).
pub async fn panel(
    _: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Fragment<PanelAnswer>, AppError> {
    let (business, now) = (app.config.business_zone, app.clock.now());
    app.db
        .read(move |db| {
            let cities = catalogs::queries::cities(db)?;
            let clocks = Clocks { now, business, cities: &cities };
            let mut form = OrderForm::of(&query);
            let said = query.text("answer");
            match said {
                "" => {}
                "ask" => form.duplicate.clear(),
                said => said.clone_into(&mut form.duplicate),
            }
            if let Some(id) = Answer::parse(&form.duplicate).parent()
                && !queries::exists(db, id)?
            {
                return Err(AppError::NotFound);
            }
            let duplicates = Panel::load(db, &form, false, &clocks)?;
            let is_warranty = !said.is_empty() && Answer::parse(&duplicates.answer).parent().is_some();
            Ok(Fragment::ok(PanelAnswer { duplicates, types: type_choices(), is_warranty }))
        })
        .await
}
