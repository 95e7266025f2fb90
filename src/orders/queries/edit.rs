//! Writing changes of an order, and deleting one.

use diesel::prelude::*;

use super::addresses;
use super::one::Order;
use super::write::{By, remember};
use crate::clients;
use crate::domain::id::OrderId;
use crate::domain::order::{Meeting, list_place};
use crate::domain::search_words;
use crate::orders::edit::Field;
use crate::orders::edit::field::HistoryField;
use crate::orders::edit::fields::Target;
use crate::orders::edit::rules::{closed_at, is_early};
use crate::platform::db::Tx;
use crate::platform::db::schema::{files, order_search, orders};
use crate::platform::live::Event;

/// Writes `after` over `before` and keeps every changed field in the history; gives the changed fields, `None` when
/// somebody else has changed the order since `before` was read. Nothing is written and nobody is told when nothing
/// changes.
pub fn update(
    tx: &mut Tx,
    before: &Order,
    after: &Target,
    meeting: &Meeting,
    by: By,
) -> QueryResult<Option<Vec<Field>>> {
    let was = Target::of(before);
    let changed: Vec<Field> =
        Field::ALL.iter().copied().filter(|field| was.text(*field) != after.text(*field)).collect();
    if changed.is_empty() {
        return Ok(Some(changed));
    }
    // Written only with a new number: the client may have been joined with another one since `before` was read.
    let client_id = if changed.contains(&Field::Phone) {
        let id = clients::queries::ensure(tx.db, &after.phone, &after.phone, by.at)?;
        if !after.client_name.is_empty() {
            clients::queries::name_if_unnamed(tx.db, id, &after.client_name)?;
        }
        Some(id)
    } else {
        None
    };
    let closed = closed_at(after.status, before.closing_data, by.at);
    let (list_rank, list_time) = list_place(after.status, meeting.at, closed);
    let rows = diesel::update(orders::table.find(before.id).filter(orders::version.eq(before.version)))
        .set((
            (
                orders::rk.eq(&after.rk),
                orders::city.eq(&after.city),
                orders::avito_name.eq(&after.avito_name),
                orders::phone.eq(&after.phone),
                client_id.map(|id| orders::client_id.eq(id)),
                orders::type_order.eq(after.type_order),
                orders::client_name.eq(&after.client_name),
                orders::address.eq(&after.address),
                orders::date_meeting.eq(meeting.at),
                orders::meeting_day.eq(meeting.day.to_string()),
                orders::meeting_minute.eq(meeting.minute),
            ),
            (
                orders::type_equipment.eq(after.type_equipment),
                orders::problem.eq(&after.problem),
                orders::status_order.eq(after.status),
                orders::refusal_reason.eq(&after.reason),
                orders::master_id.eq(after.master_id),
                orders::result.eq(after.result),
                orders::expenditure.eq(after.expenditure),
                orders::comment.eq(&after.comment),
                orders::closing_data.eq(closed),
                orders::list_rank.eq(list_rank),
                orders::list_time.eq(list_time),
            ),
            (
                orders::version.eq(orders::version + 1),
                orders::early_edits.eq(orders::early_edits + i32::from(is_early(before.create_date, by.at))),
            ),
        ))
        .execute(tx.db)?;
    if rows == 0 {
        return Ok(None);
    }
    if changed
        .iter()
        .any(|field| matches!(field, Field::ClientName | Field::Address | Field::Problem | Field::City))
    {
        let words = search_words::of_order(&after.client_name, &after.address, &after.problem, &after.city);
        diesel::update(order_search::table.find(before.id))
            .set(order_search::words.eq(words))
            .execute(tx.db)?;
    }
    if changed.iter().any(|field| matches!(field, Field::Address | Field::City)) {
        addresses::used(tx.db, before.id, &after.city, &after.address, by.at)?;
    }
    for field in &changed {
        let (old, new) = (was.text(*field), after.text(*field));
        let kept = |text: &'_ String| Some(text.clone()).filter(|text| !text.is_empty());
        let (old, new) = (kept(&old), kept(&new));
        remember(
            tx.db,
            before.id,
            by,
            before.version + 1,
            (HistoryField::Field(*field), old.as_deref(), new.as_deref()),
        )?;
    }
    tx.announce(Event::Order(before.id));
    Ok(Some(changed))
}

/// How many documents the order has, deleted ones left out.
pub fn documents(db: &mut crate::platform::db::Db, id: OrderId) -> QueryResult<i64> {
    files::table.filter(files::order_id.eq(id)).filter(files::deleted_at.is_null()).count().get_result(db)
}

/// The warranty order that makes the work of the order good, if there is one.
pub fn warranty_of(db: &mut crate::platform::db::Db, id: OrderId) -> QueryResult<Option<OrderId>> {
    orders::table.filter(orders::parent_order_id.eq(id)).select(orders::id).first(db).optional()
}

/// Deletes the order with everything that hangs on it.
pub fn delete(tx: &mut Tx, id: OrderId) -> QueryResult<bool> {
    let is_deleted = diesel::delete(orders::table.find(id)).execute(tx.db)? > 0;
    if is_deleted {
        tx.announce(Event::Order(id));
    }
    Ok(is_deleted)
}
