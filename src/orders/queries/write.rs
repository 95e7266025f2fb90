//! Making orders: with client, links, search words and the first line of history. Changes are in [`super::edit`].

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::addresses;
use crate::chats::queries::links;
use crate::clients;
use crate::domain::id::{AccountId, CallId, MasterId, OrderId};
use crate::domain::order::{Meeting, StatusOrder, TypeEquipment, TypeOrder, list_place};
use crate::domain::phone::Phone;
use crate::domain::search_words;
use crate::orders::edit::field::{Happening, HistoryField};
use crate::platform::db::schema::{order_calls, order_history, order_requests, order_search, orders};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// An order to be made; names refer to the admin-kept lists.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// Campaign.
    pub rk: String,
    /// City of the client.
    pub city: String,
    /// Avito account, when the client came through one.
    pub avito_name: Option<String>,
    /// Avito chat, when the order comes from one.
    pub avito_chatid: Option<String>,
    /// The client's number.
    pub phone: Phone,
    /// The number as it was given.
    pub phone_raw: String,
    /// New, returning, warranty.
    pub type_order: TypeOrder,
    /// May be empty.
    pub client_name: String,
    /// Street, house, flat.
    pub address: String,
    /// When the master comes.
    pub meeting: Meeting,
    /// What is repaired.
    pub type_equipment: TypeEquipment,
    /// What is broken.
    pub problem: String,
    /// For colleagues.
    pub comment: String,
    /// [`StatusOrder::Wait`] for a real new order.
    pub status: StatusOrder,
    /// Of Отказ and Незаказ.
    pub refusal_reason: Option<String>,
    /// The repairman.
    pub master_id: Option<MasterId>,
    /// Kopecks the client paid.
    pub result: Option<i64>,
    /// Kopecks spent on parts.
    pub expenditure: Option<i64>,
    /// Who made it.
    pub operator_id: AccountId,
    /// UTC.
    pub created_at: NaiveDateTime,
    /// UTC; of closed ones.
    pub closed_at: Option<NaiveDateTime>,
    /// Calls that led to it.
    pub call_ids: Vec<CallId>,
    /// The order whose work a warranty order makes good.
    pub parent_order_id: Option<OrderId>,
}

/// Makes the order with its client, links, search words and first line of history, and gives its id.
pub fn insert(tx: &mut Tx, new: &NewOrder) -> QueryResult<OrderId> {
    let client_id = clients::queries::ensure(tx.db, new.phone.digits(), &new.phone_raw, new.created_at)?;
    if !new.client_name.is_empty() {
        clients::queries::name_if_unnamed(tx.db, client_id, &new.client_name)?;
    }
    let (list_rank, list_time) = list_place(new.status, new.meeting.at, new.closed_at);
    let id: OrderId = diesel::insert_into(orders::table)
        .values((
            (
                orders::rk.eq(&new.rk),
                orders::city.eq(&new.city),
                orders::avito_name.eq(&new.avito_name),
                orders::avito_chatid.eq(&new.avito_chatid),
                orders::phone.eq(new.phone.digits()),
                orders::client_id.eq(client_id),
                orders::type_order.eq(new.type_order),
                orders::client_name.eq(&new.client_name),
                orders::address.eq(&new.address),
                orders::date_meeting.eq(new.meeting.at),
                orders::meeting_day.eq(new.meeting.day.to_string()),
                orders::meeting_minute.eq(new.meeting.minute),
            ),
            (
                orders::type_equipment.eq(new.type_equipment),
                orders::problem.eq(&new.problem),
                orders::status_order.eq(new.status),
                orders::refusal_reason.eq(&new.refusal_reason),
                orders::master_id.eq(new.master_id),
                orders::result.eq(new.result),
                orders::expenditure.eq(new.expenditure),
                orders::comment.eq(&new.comment),
                orders::operator_name_id.eq(new.operator_id),
                orders::create_date.eq(new.created_at),
                orders::closing_data.eq(new.closed_at),
                orders::list_rank.eq(list_rank),
                orders::list_time.eq(list_time),
                orders::parent_order_id.eq(new.parent_order_id),
            ),
        ))
        .returning(orders::id)
        .get_result(tx.db)?;
    link_calls(tx.db, id, &new.call_ids)?;
    let words = search_words::of_order(&new.client_name, &new.address, &new.problem, &new.city);
    diesel::insert_into(order_search::table)
        .values((order_search::order_id.eq(id), order_search::words.eq(words)))
        .execute(tx.db)?;
    addresses::used(tx.db, id, &new.city, &new.address, new.created_at)?;
    let by = By { account_id: new.operator_id, at: new.created_at };
    remember(
        tx.db,
        id,
        by,
        1,
        (HistoryField::Happening(Happening::Created), None, Some(new.status.as_str())),
    )?;
    if let Some(chat) = &new.avito_chatid {
        links::made(tx, chat, id, client_id, new.operator_id, new.created_at)?;
    }
    tx.announce(Event::Order(id));
    Ok(id)
}

fn link_calls(db: &mut Db, order_id: OrderId, call_ids: &[CallId]) -> QueryResult<()> {
    let rows: Vec<_> = call_ids
        .iter()
        .map(|call| (order_calls::order_id.eq(order_id), order_calls::call_id.eq(*call)))
        .collect();
    if !rows.is_empty() {
        crate::insert_many!(db, order_calls::table, &rows)?;
    }
    Ok(())
}

/// Who changes an order, and when.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// The account.
    pub account_id: AccountId,
    /// UTC.
    pub at: NaiveDateTime,
}

/// Keeps one change in the history; `version` is the order's version from this change on.
pub(super) fn remember(
    db: &mut Db,
    order_id: OrderId,
    by: By,
    version: i64,
    (told, old, new): (HistoryField, Option<&str>, Option<&str>),
) -> QueryResult<()> {
    diesel::insert_into(order_history::table)
        .values((
            order_history::order_id.eq(order_id),
            order_history::account_id.eq(by.account_id),
            order_history::at.eq(by.at),
            order_history::field.eq(told),
            order_history::old_value.eq(old),
            order_history::new_value.eq(new),
            order_history::version.eq(version),
        ))
        .execute(db)?;
    Ok(())
}

/// Claims the key of a form. `Some` is the order that was made from the same form before: when two of them
/// arrive at once, the second waits here for the first.
pub fn claim_request(db: &mut Db, key: &str) -> QueryResult<Option<OrderId>> {
    let row = order_requests::request_key.eq(key.to_owned());
    if crate::insert_new!(db, order_requests::table, row, order_requests::request_key)? {
        return Ok(None);
    }
    order_of_request(db, key)
}

/// The order that was made from the form with this key.
pub fn order_of_request(db: &mut Db, key: &str) -> QueryResult<Option<OrderId>> {
    let found: Option<Option<OrderId>> =
        order_requests::table.find(key.to_owned()).select(order_requests::order_id).first(db).optional()?;
    Ok(found.flatten())
}

/// Says which order the claimed key has led to.
pub fn answer_request(db: &mut Db, key: &str, order_id: OrderId) -> QueryResult<()> {
    diesel::update(order_requests::table.find(key.to_owned()))
        .set(order_requests::order_id.eq(order_id))
        .execute(db)?;
    Ok(())
}
