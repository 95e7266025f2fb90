//! The page of one client: numbers, and calls and orders in one line of time.

use std::collections::HashMap;

use actix_web::web::{Data, Path, ServiceConfig, get, resource};
use askama::Template;

use super::order_line::OrderLine;
use super::queries;
use crate::app::App;
use crate::calls::queries::facts;
use crate::calls::row::{CallWords, Now, pretty};
use crate::db::Db;
use crate::error::AppError;
use crate::web::form::{Fields, Query};
use crate::web::list::{Pager, Slice};
use crate::web::show::{Page, Show};
use crate::web::signed::{Anyone, Signed};
use crate::words::plural;

/// The addresses of clients.
pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/clients/{id:\\d{1,18}}").route(get().to(show)));
}

/// A client's number.
struct Number {
    digits: String,
    shown: String,
}

/// Something that happened.
enum Line {
    Call(Box<CallWords>, Vec<i64>),
    Order(Box<OrderLine>),
}

/// The page of a client.
#[derive(Template)]
#[template(path = "clients/show.html", blocks = ["history"])]
struct ClientPage {
    name: String,
    numbers: Vec<Number>,
    known_since: String,
    order_count: String,
    was_refused: bool,
    lines: Vec<Line>,
    pager: Pager,
}

impl Page for ClientPage {
    fn title(&self) -> String {
        match self.numbers.first() {
            Some(number) if self.name.is_empty() => number.shown.clone(),
            None if self.name.is_empty() => "Клиент".to_owned(),
            _ => self.name.clone(),
        }
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "history").then(|| self.as_history().render())
    }
}

async fn show(
    _: Signed<Anyone>,
    app: Data<App>,
    id: Path<i64>,
    Query(fields): Query,
) -> Result<Show<ClientPage>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let id = id.into_inner();
    Ok(Show::ok(app.db.read(move |db| load(db, id, &fields, now)).await?))
}

fn load(db: &mut Db, id: i64, fields: &Fields, now: Now) -> Result<ClientPage, AppError> {
    let client = queries::client(db, id)?.ok_or(AppError::NotFound)?;
    let slice = Slice::of(fields);
    let history = queries::history(db, id, slice)?;
    let total = queries::history_length(db, id)?;
    let (orders_made, refused) = queries::order_counts(db, id)?;
    let of_kind = |is_order: i64| -> Vec<i64> {
        history.iter().filter(|h| h.is_order == is_order).map(|h| h.id).collect()
    };
    let calls = facts::calls(db, &of_kind(0))?;
    let mut made = facts::orders_of(db, &of_kind(0))?;
    let mut orders: HashMap<i64, OrderLine> = queries::orders_by_id(db, &of_kind(1))?
        .iter()
        .map(|order| (order.id, OrderLine::of(order, now)))
        .collect();
    let lines: Vec<Line> = history
        .iter()
        .filter_map(|happening| match happening.is_order {
            1 => orders.remove(&happening.id).map(|order| Line::Order(Box::new(order))),
            _ => calls.get(&happening.id).map(|call| {
                Line::Call(Box::new(CallWords::of(call, now)), made.remove(&happening.id).unwrap_or_default())
            }),
        })
        .collect();
    let mut kept = Fields::default();
    kept.set("per_page", fields.text("per_page"));
    let shown = i64::try_from(lines.len()).unwrap_or_default();
    let numbers = client.numbers.iter().map(|n| Number { digits: n.clone(), shown: pretty(n) }).collect();
    Ok(ClientPage {
        name: client.name,
        numbers,
        known_since: now.moment_in_words(client.created_at),
        order_count: match orders_made {
            0 => String::new(),
            n => format!("{n} {}", plural(n.unsigned_abs(), ["заказ", "заказа", "заказов"])),
        },
        was_refused: refused > 0,
        pager: Pager::new(&format!("/clients/{id}"), &kept, slice, shown, total),
        lines,
    })
}
