//! The card of the call that rings at an operator or has just been taken. Everything is read from the living calls
//! each time, so it is the same after a reload and in a second tab, and no lost event can hide a call.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use crate::app::App;
use crate::auth::signed::{Anyone, Operator, Signed};
use crate::callbacks::view::{self as callbacks, Alarms, CallbackView};
use crate::calls::queries::facts::Call;
use crate::calls::queries::{self, live};
use crate::calls::words::CallWords;
use crate::catalogs::queries as lists;
use crate::chats;
use crate::clients::order_line::OrderLine;
use crate::clients::{WarningWords, queries as clients};
use crate::debts::queries as debts;
use crate::dial::view::{self, DialView};
use crate::dispositions::view::ResultView;
use crate::domain::call::{CallState, Direction, Doing, Present};
use crate::domain::id::{CallId, ChatId, OrderId};
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::telephony::strip::{Act, CardFacts, Strip, StripEntry, Wish};
use crate::web::form::{Fields, Query};
use crate::web::page::Fragment;
use crate::web::reply::Done;
use crate::web::request::is_fragment_request;

/// Orders and calls of the client that the card shows.
const ORDERS: usize = 4;
const CALLS: i64 = 4;
const CHATS: i64 = 3;
/// Waiting longer than this many seconds is marked.
const LONG_WAIT: i64 = 30;

/// The card.
pub struct Card {
    /// The call it is about.
    pub call: CallWords,
    /// Its telephone rings at the operator: sound and alert.
    pub rings: bool,
    /// The conversation is over and waits for an order.
    pub is_over: bool,
    /// «Звонит», «Разговор», «Разговор завершён».
    pub heading: &'static str,
    /// The client's wall clock when it differs from the business one.
    pub local_time: String,
    /// The newest order that was made of this call.
    pub order: Option<OrderId>,
    /// Orders of the client in all.
    pub order_count: String,
    /// Calls of the client today, this one included; empty when it is the only one.
    pub calls_today: String,
    /// What to beware of.
    pub warning: Option<WarningWords>,
    /// The client has refused before.
    pub was_refused: bool,
    /// Open and warranty orders first, then the newest.
    pub orders: Vec<OrderLine>,
    /// Earlier calls.
    pub calls: Vec<CallWords>,
    /// Chats of the client, and those in which the number was written.
    pub chats: Vec<(ChatId, String)>,
    /// What is promised to the client.
    pub promise: Option<CallbackView>,
    /// How the conversation ended, once it is over.
    pub result: Option<ResultView>,
}

impl Card {
    fn known(&self) -> CardFacts {
        let warning = self.warning.as_ref().map(|warning| warning.text.clone());
        CardFacts {
            order: self.order,
            order_count: self.order_count.clone(),
            flag: warning.or(self.was_refused.then(|| "был отказ".to_owned())).unwrap_or_default(),
            result: self.result.clone(),
        }
    }
}

/// A call that waits for somebody.
pub struct Waiting {
    /// The call.
    pub call: CallWords,
    /// Waits too long.
    pub is_long: bool,
}

/// What stands in `#incoming`.
#[derive(Default)]
pub struct Telephone {
    /// The call of this operator.
    pub card: Option<Card>,
    /// Further calls of this operator.
    pub others: Vec<CallWords>,
    /// All of it in one line.
    pub strip: Strip,
    /// A call this operator asked for that is no call yet, or did not become a conversation.
    pub dial: Option<DialView>,
    /// Promises to call whose time has come.
    pub alarms: Alarms,
    /// Everybody who waits on the line, longest first.
    pub waiting: Vec<Waiting>,
}

/// Reads what happens at this operator's telephone; `wish`: what the person has put first in the strip.
pub fn load(db: &mut Db, person: &Person, wish: Option<&Wish>, now: Now) -> diesel::QueryResult<Telephone> {
    let living = live::living(db)?;
    let mut doings = HashMap::new();
    for call in &living {
        doings.insert(call.id, doing_of(&call.present()?, person.extension.as_deref()));
    }
    let doing = |call: &Call| doings.get(&call.id).copied().flatten();
    let mut own: Vec<&Call> = living.iter().filter(|call| doing(call).is_some()).collect();
    // Newest first already; what rings comes before what is talked.
    own.sort_by_key(|call| doing(call) != Some(Doing::Ringing));
    let over = live::just_ended(db, person.id, now.utc)?;
    let calls: Vec<(&Call, Option<Doing>)> =
        own.iter().map(|call| (*call, doing(call))).chain(over.iter().map(|call| (call, None))).collect();
    let mut waiting: Vec<Waiting> = living
        .iter()
        .filter(|c| {
            c.direction == Direction::Inbound && c.state == CallState::Ringing && c.answered_at.is_none()
        })
        // What rings here already is on the card.
        .filter(|c| doing(c).is_none())
        .map(|c| Waiting {
            call: CallWords::of(c, now),
            is_long: (now.utc - c.started_at).num_seconds() >= LONG_WAIT,
        })
        .collect();
    waiting.reverse();
    let dial = if own.is_empty() { view::load(db, person, now)? } else { None };
    let alarms = callbacks::alarms(db, person, now)?;
    let entries = calls.iter().map(|(call, doing)| entry_of(call, *doing, now)).collect();
    let mut strip = Strip::of(entries, dial.as_ref(), &alarms, wish);
    let leads = |call: &Call| strip.entries.first().is_some_and(|first| first.is_call(call.id));
    let shown = calls.iter().find(|(call, _)| leads(call)).or(calls.first());
    let card = match shown {
        Some((call, doing)) => Some(card_of(db, call, *doing, now)?),
        None => None,
    };
    if let Some(card) = &card {
        strip.tell(card.call.id, card.known());
    }
    let is_beside = |call: &Call| card.as_ref().is_some_and(|card| card.call.id != call.id);
    let others = own.iter().filter(|call| is_beside(call)).map(|call| CallWords::of(call, now)).collect();
    Ok(Telephone { card, others, strip, dial, alarms, waiting })
}

/// A call as an entry of the strip.
fn entry_of(call: &Call, doing: Option<Doing>, now: Now) -> StripEntry {
    let (state, words) = match (doing, call.direction) {
        (None, _) => ("over", "Закончен"),
        // His own telephone rings, and he called himself.
        (Some(Doing::Ringing), Direction::Outbound) => ("ring", "Снимите трубку"),
        (Some(Doing::Ringing), _) => ("ring", heading_of(call, doing)),
        (Some(Doing::Talking), _) => ("talk", heading_of(call, doing)),
    };
    StripEntry::of_call(&CallWords::of(call, now), state, words)
}

/// What the telephone `extension` does in a call.
fn doing_of(present: &[Present], extension: Option<&str>) -> Option<Doing> {
    let extension = extension?;
    let own = present.iter().filter(|p| p.extension == extension).map(|p| p.doing);
    // Two legs at one telephone: the conversation is what counts.
    own.max_by_key(|doing| *doing == Doing::Talking)
}

fn heading_of(call: &Call, doing: Option<Doing>) -> &'static str {
    match (doing, call.direction, call.state) {
        (None, ..) => "Разговор завершён",
        (Some(Doing::Ringing), Direction::Outbound, _) => "Звоним вам: снимите трубку",
        (Some(Doing::Ringing), ..) => "Звонит",
        (Some(Doing::Talking), _, CallState::OnHold) => "На удержании",
        (Some(Doing::Talking), _, CallState::Ringing) => "Звоним клиенту",
        (Some(Doing::Talking), ..) => "Разговор",
    }
}

fn card_of(db: &mut Db, call: &Call, doing: Option<Doing>, now: Now) -> diesel::QueryResult<Card> {
    let rings = doing == Some(Doing::Ringing) && call.direction == Direction::Inbound;
    let mut card = Card {
        call: CallWords::of(call, now),
        rings,
        is_over: doing.is_none(),
        heading: heading_of(call, doing),
        local_time: now.clock_in(&lists::cities(db)?, call.city.as_deref().unwrap_or_default()),
        order: queries::facts::orders_of(db, &[call.id])?.get(&call.id).and_then(|made| made.last()).copied(),
        order_count: String::new(),
        calls_today: String::new(),
        warning: None,
        was_refused: false,
        orders: Vec::new(),
        calls: Vec::new(),
        chats: Vec::new(),
        promise: match &call.phone_client {
            Some(number) => callbacks::of_number(db, number, now)?,
            None => None,
        },
        result: match doing {
            None => Some(ResultView::load(db, call.id)?),
            Some(_) => None,
        },
    };
    let Some(client) = call.client_id else { return Ok(card) };
    let numbers: Vec<String> = call.phone_client.iter().cloned().collect();
    let chats = chats::queries::links::chats_with(db, &numbers, Some(client), CHATS)?;
    card.chats = chats.iter().map(|chat| (chat.id, chat_words(chat, now))).collect();
    let (orders, refused) = clients::order_counts(db, client)?;
    let today = live::count_since(db, client, now.day_start())?;
    card.order_count = counted(orders, 1, ["заказ", "заказа", "заказов"]);
    card.calls_today = counted(today, 2, ["звонок сегодня", "звонка сегодня", "звонков сегодня"]);
    card.warning = clients::warning(db, client)?.map(|warning| WarningWords::of(warning, now));
    card.was_refused = refused > 0;
    let newest = clients::orders_of(db, client, 50)?;
    let mut lines: Vec<OrderLine> = newest.iter().map(|order| OrderLine::of(order, now)).collect();
    lines.sort_by_key(|line| !(line.is_open || line.is_warranty));
    lines.truncate(ORDERS);
    card.orders = lines;
    card.calls = live::of_client(db, client, call.id, CALLS)?.iter().map(|c| CallWords::of(c, now)).collect();
    Ok(card)
}

/// «Ольга, Ремонт стиральных машин, вчера 18:51».
fn chat_words(chat: &chats::queries::Chat, now: Now) -> String {
    let parts = [chat.called(), chat.item_title.clone(), now.moment(chat.list_time)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// «3 заказа»; empty below `from`.
fn counted(n: i64, from: i64, forms: [&str; 3]) -> String {
    if n < from { String::new() } else { format!("{n} {}", russian::plural(n.unsigned_abs(), forms)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_telephone_takes_part() {
        let kept = r#"[{"extension":"101","doing":"ringing"},{"extension":"102","doing":"talking"}]"#;
        let present: Vec<Present> = serde_json::from_str(kept).expect("who takes part");
        assert_eq!(doing_of(&present, Some("101")), Some(Doing::Ringing));
        assert_eq!(doing_of(&present, Some("102")), Some(Doing::Talking));
        assert_eq!(doing_of(&present, Some("103")), None);
        assert_eq!(doing_of(&present, None), None);
    }
}

/// What stands in `#incoming`: nothing at all while nothing happens, unless it has a column of its own. The line of
/// the strip comes with it, out of band: one question for both.
#[derive(Template)]
#[template(path = "telephony/incoming.html")]
pub struct Incoming {
    telephone: Telephone,
    /// It has a column of its own, in which silence is said too.
    has_column: bool,
}

impl Incoming {
    async fn load(app: &App, person: &Person, fields: &Fields) -> Result<Self, AppError> {
        let (person, now) = (person.clone(), app.now());
        let wish =
            Some(Wish { first: fields.text("first").to_owned(), than: fields.text("than").to_owned() })
                .filter(|wish| !wish.first.is_empty());
        let telephone = app.db.read(move |db| Ok(load(db, &person, wish.as_ref(), now)?)).await?;
        Ok(Self { telephone, has_column: fields.text("column") == "1" })
    }

    /// What the strip asks with, so that the answer is the same kind of place.
    fn column(&self) -> &'static str {
        if self.has_column { "&column=1" } else { "" }
    }
}

pub(super) async fn incoming(
    person: Signed<Operator>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Fragment<Incoming>, AppError> {
    Ok(Fragment::ok(Incoming::load(&app, &person, &fields).await?))
}

pub(super) async fn dismiss(
    person: Signed<Operator>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<CallId>,
    Query(fields): Query,
) -> Result<HttpResponse, AppError> {
    let (account_id, call_id) = (person.id, id.into_inner());
    let is_own = app.db.write(move |tx| Ok(queries::dismiss(tx, account_id, call_id)?)).await?;
    if !is_own {
        return Err(AppError::NotFound);
    }
    if !is_fragment_request(&request) {
        return Ok(Done::to("/telephony").respond_to(&request));
    }
    let left = Incoming::load(&app, &person, &fields).await?;
    Ok(Fragment(left, StatusCode::OK).respond_to(&request))
}

#[derive(Template)]
#[template(path = "telephony/missed_count.html")]
pub(crate) struct MissedCount {
    count: i64,
}

pub(super) async fn missed_count(
    _: Signed<Anyone>,
    app: Data<App>,
) -> Result<Fragment<MissedCount>, AppError> {
    let count = app.db.read(|db| Ok(debts::count(db)?)).await?;
    Ok(Fragment::ok(MissedCount { count }))
}
