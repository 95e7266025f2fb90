//! The card of a client: who it is, what to beware of, numbers, addresses, and everything that happened in one line.

use std::collections::HashMap;

use actix_web::Either;
use actix_web::web::{Data, Path};
use askama::Template;
use diesel::QueryResult;

use super::canary;
use super::order_line::OrderLine;
use super::queries::card::{self, Totals};
use super::queries::merge::{self, LastingMerge};
use super::queries::personal::{self, ConsentState};
use super::queries::timeline::{self, Happening, HappeningKind, TimelineQuery};
use super::queries::{self, Client};
use super::{CALLS, ORDERS, WarningWords, called, counted};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::callbacks::queries as callbacks;
use crate::callbacks::view::CallbackView;
use crate::calls::queries::facts;
use crate::calls::words::CallWords;
use crate::dispositions::queries as results;
use crate::dispositions::queries::Noted;
use crate::domain::id::{CallId, ClientId, ClientPhoneId, FileId, MergeId, OrderId};
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::phone::pretty;
use crate::domain::{russian, zone};
use crate::files::view::FileRow;
use crate::files::{self, FileKind};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::recordings::view::RecordingView;
use crate::web::form::{Fields, Query};
use crate::web::page::{Page, Show};
use crate::web::reply::Done;

/// Events on a page of the line.
const PER_PAGE: i64 = 50;

/// A number as the card shows it.
struct NumberRow {
    id: ClientPhoneId,
    digits: String,
    shown: String,
    is_main: bool,
}

struct AddressRow {
    city: String,
    address: String,
    orders: String,
    last: String,
}

/// Another client that was joined into this one.
struct MergeRow {
    id: MergeId,
    name: String,
    /// «1 номер, 2 звонка, 3 заказа».
    what: String,
    /// «Белова А., сегодня 14:05».
    said: String,
    may_undo: bool,
}

/// A document in the line.
struct DocumentLine {
    file: FileRow,
    /// «БСО».
    label: &'static str,
    order: OrderId,
    time: String,
}

/// A call in the line.
struct CallLine {
    call: CallWords,
    /// Orders made from it.
    orders: Vec<OrderId>,
    recordings: Vec<RecordingView>,
    /// How it ended and what was noted.
    noted: Noted,
}

/// Something that happened.
enum Line {
    Call(Box<CallLine>),
    Order(Box<OrderLine>),
    File(Box<DocumentLine>),
}

/// A filter of the line.
struct Tab {
    label: &'static str,
    count: i64,
    href: String,
    is_current: bool,
}

/// The card of a client.
#[derive(Template)]
#[template(path = "clients/show.html")]
pub struct ClientPage {
    id: ClientId,
    name: String,
    title: String,
    may_name: bool,
    is_admin: bool,
    warning: Option<WarningWords>,
    /// What the client has said about their data: state and words; `None` when nobody has asked.
    consent: Option<(ConsentState, String)>,
    /// When, by whom and why the data was removed; empty when it was not.
    erased: String,
    numbers: Vec<NumberRow>,
    /// What is promised to the client.
    promises: Vec<CallbackView>,
    addresses: Vec<AddressRow>,
    merges: Vec<MergeRow>,
    totals: Totals,
    paid: String,
    known_since: String,
    tabs: Vec<Tab>,
    /// This page with its filter, for live reading.
    url: String,
    lines: Vec<Line>,
    /// Where the line goes on; empty at its end.
    older: String,
    /// Where the line begins; empty at its beginning.
    newest: String,
}

impl Page for ClientPage {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "main").then(|| self.render())
    }
}

/// Shows a client; who was joined with another leads there.
pub async fn show(
    person: Signed<Anyone>,
    app: Data<App>,
    id: Path<ClientId>,
    Query(fields): Query,
) -> Result<Either<Show<ClientPage>, Done>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let (id, person) = (id.into_inner(), Person::clone(&person));
    canary::touched(&app, &person, id, "открыл карточку").await?;
    app.db
        .read(move |db| {
            let client = queries::client(db, id)?.ok_or(AppError::NotFound)?;
            if client.merged_into.is_some() {
                let kept = queries::survivor(db, id)?.ok_or(AppError::NotFound)?;
                return Ok(Either::Right(Done::to(format!("/clients/{kept}"))));
            }
            Ok(Either::Left(Show::ok(ClientPage::load(db, client, &person, &fields, now)?)))
        })
        .await
}

/// The names of filters in the address; the empty one shows everything.
const SHOWN: [(&str, &str, Option<HappeningKind>); 4] = [
    ("", "Все", None),
    ("calls", "Звонки", Some(HappeningKind::Call)),
    ("orders", "Заказы", Some(HappeningKind::Order)),
    ("files", "Документы", Some(HappeningKind::File)),
];

impl ClientPage {
    /// Reads the card of a living client as `person` may see it. Always as many questions.
    pub fn load(
        db: &mut Db,
        client: Client,
        person: &Person,
        fields: &Fields,
        now: Now,
    ) -> Result<Self, AppError> {
        let id = client.id;
        let documents = files::seen_of_orders(person);
        let (shown, _, only) =
            SHOWN.into_iter().find(|(name, ..)| *name == fields.text("show")).unwrap_or(SHOWN[0]);
        let after = Happening::of_mark(fields.text("before"));
        let wanted = TimelineQuery { only, documents, after, limit: PER_PAGE + 1 };
        let mut events = timeline::page(db, id, &wanted)?;
        let has_more = events.len() > usize::try_from(PER_PAGE).unwrap_or_default();
        events.truncate(usize::try_from(PER_PAGE).unwrap_or_default());
        let totals = card::totals(db, id, &wanted.documents)?;
        let numbers: Vec<NumberRow> = numbers(db, id)?;
        let digits: Vec<String> = numbers.iter().map(|number| number.digits.clone()).collect();
        let promises = callbacks::of_numbers(db, &digits)?.into_values();
        let promises = promises.map(|promise| CallbackView::of(promise, 0, now)).collect();
        let by = card::By { account_id: person.id, is_admin: person.is_admin(), at: now.utc };
        let address = |before: &str| address(id, shown, before);
        let is_nameless = client.name.is_empty();
        Ok(Self {
            id,
            title: called(&client.name, numbers.first().map(|number| number.digits.as_str())),
            may_name: client.name.is_empty() || person.is_admin(),
            name: client.name,
            is_admin: person.is_admin(),
            warning: match client.warning.is_empty() {
                true => None,
                false => queries::warning(db, id)?.map(|warning| WarningWords::of(warning, now)),
            },
            consent: personal::consents(db, id)?.into_iter().next().map(|consent| {
                let said = [
                    consent.purpose.clone(),
                    consent.how.clone(),
                    now.moment_in_words(consent.at),
                    russian::short_name(&consent.who),
                ];
                let said: Vec<String> = said.into_iter().filter(|part| !part.is_empty()).collect();
                (consent.state, said.join(", "))
            }),
            erased: match is_nameless {
                true => personal::erasure(db, id)?
                    .map(|(at, who, reason)| {
                        format!("{}, {}: {reason}", now.moment_in_words(at), russian::short_name(&who))
                    })
                    .unwrap_or_default(),
                // Whoever was given a name since is somebody again.
                false => String::new(),
            },
            addresses: addresses(db, id, now)?,
            merges: merge::standing(db, id)?.iter().map(|m| MergeRow::of(m, &numbers, by, now)).collect(),
            promises,
            numbers,
            paid: russian::roubles(totals.paid),
            known_since: now.moment_in_words(client.created_at),
            tabs: SHOWN
                .iter()
                .map(|(name, label, kind)| Tab {
                    label,
                    count: match kind {
                        None => totals.calls + totals.orders + totals.files,
                        Some(HappeningKind::Call) => totals.calls,
                        Some(HappeningKind::Order) => totals.orders,
                        Some(HappeningKind::File) => totals.files,
                    },
                    href: self::address(id, name, ""),
                    is_current: *name == shown,
                })
                .collect(),
            url: address(fields.text("before")),
            older: events.last().filter(|_| has_more).map(|last| address(&last.mark())).unwrap_or_default(),
            newest: if after.is_some() { address("") } else { String::new() },
            lines: lines(db, &events, now)?,
            totals,
        })
    }
}

/// The address of the card with a filter and a place in the line.
fn address(id: ClientId, shown: &str, before: &str) -> String {
    let query = Fields::from([("show", shown), ("before", before)]).encode();
    if query.is_empty() { format!("/clients/{id}") } else { format!("/clients/{id}?{query}") }
}

fn numbers(db: &mut Db, id: ClientId) -> QueryResult<Vec<NumberRow>> {
    let rows = queries::numbers(db, &[id])?;
    Ok(rows
        .into_iter()
        .enumerate()
        .map(|(at, number)| NumberRow {
            id: number.id,
            shown: pretty(&number.digits),
            digits: number.digits,
            // Without a mark it is the first.
            is_main: at == 0,
        })
        .collect())
}

fn addresses(db: &mut Db, id: ClientId, now: Now) -> QueryResult<Vec<AddressRow>> {
    let row = |address: card::Address| AddressRow {
        city: address.city,
        address: address.address,
        orders: counted(address.orders, ORDERS),
        last: russian::day_short(zone::local(address.last, now.zone).date(), now.today()),
    };
    Ok(card::addresses(db, id)?.into_iter().map(row).collect())
}

impl MergeRow {
    fn of(merge: &LastingMerge, numbers: &[NumberRow], by: card::By, now: Now) -> Self {
        let number = merge.moved.phones.iter().find_map(|id| numbers.iter().find(|n| n.id == *id));
        let count = |n: usize, forms| counted(i64::try_from(n).unwrap_or_default(), forms);
        Self {
            id: merge.id,
            name: called(&merge.merged_name, number.map(|number| number.digits.as_str())),
            what: format!(
                "{}, {}, {}",
                count(merge.moved.phones.len(), ["номер", "номера", "номеров"]),
                count(merge.moved.calls.len(), CALLS),
                count(merge.moved.orders.len(), ORDERS)
            ),
            said: format!("{}, {}", russian::short_name(&merge.by), now.moment_in_words(merge.at)),
            may_undo: merge.may_undo(by),
        }
    }
}

/// What the events say, in their order. What was deleted between two questions is left out.
fn lines(db: &mut Db, events: &[Happening], now: Now) -> QueryResult<Vec<Line>> {
    let of = |kind: HappeningKind| -> Vec<i64> {
        events.iter().filter(|e| e.kind == kind).map(|e| e.id).collect()
    };
    let made_orders: Vec<OrderId> = of(HappeningKind::Order).into_iter().map(OrderId).collect();
    let made_calls: Vec<CallId> = of(HappeningKind::Call).into_iter().map(CallId).collect();
    let calls = facts::calls(db, &made_calls)?;
    let mut made = facts::orders_of(db, &made_calls)?;
    let mut recorded = RecordingView::of_calls(db, &made_calls)?;
    let mut noted = results::of_calls(db, &made_calls)?;
    let mut orders: HashMap<OrderId, OrderLine> = queries::orders_by_id(db, &made_orders)?
        .iter()
        .map(|order| (order.id, OrderLine::of(order, now)))
        .collect();
    let made_files: Vec<FileId> = of(HappeningKind::File).into_iter().map(FileId).collect();
    let mut documents: HashMap<FileId, DocumentLine> = files::queries::by_ids(db, &made_files)?
        .iter()
        .filter_map(|file| Some((file.id, DocumentLine::of(file, now)?)))
        .collect();
    let line = |event: &Happening| match event.kind {
        HappeningKind::Call => calls.get(&CallId(event.id)).map(|call| {
            Line::Call(Box::new(CallLine {
                call: CallWords::of(call, now),
                orders: made.remove(&call.id).unwrap_or_default(),
                recordings: recorded.remove(&call.id).unwrap_or_default(),
                noted: noted.remove(&call.id).unwrap_or_default(),
            }))
        }),
        HappeningKind::Order => orders.remove(&OrderId(event.id)).map(|order| Line::Order(Box::new(order))),
        HappeningKind::File => {
            documents.remove(&FileId(event.id)).map(|document| Line::File(Box::new(document)))
        }
    };
    Ok(events.iter().filter_map(line).collect())
}

impl DocumentLine {
    /// `None` of a document that no order has.
    fn of(file: &files::queries::File, now: Now) -> Option<Self> {
        let order = file.place.order()?;
        Some(Self {
            file: FileRow::new(file, now.zone, now.today()),
            label: match file.place.kind() {
                FileKind::Bso => "БСО",
                FileKind::Expenditure => "Чек расхода",
                FileKind::Master | FileKind::Employee => "Документ",
            },
            order,
            time: now.moment_in_words(file.created_at),
        })
    }
}
