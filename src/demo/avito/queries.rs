//! Rows behind the Avito of a demonstration.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::chats::answers::RuleFields;
use crate::chats::queries::answers;
use crate::domain::id::{AccountId, AdId, AvitoId, ChatId, OrderId};
use crate::platform::db::schema::{
    accounts, auto_rules, avito, avito_bid_accounts, avito_bid_changes, avito_bid_limits, avito_bids, chats,
    orders,
};
use crate::platform::db::{Db, Tx};
use crate::platform::settings;

/// An order that came from a chat: number, who, what, when.
pub type Old = (OrderId, String, String, NaiveDateTime);

/// The newest orders of an account.
pub fn orders_of(db: &mut Db, name: &str, many: i64) -> QueryResult<Vec<Old>> {
    orders::table
        .filter(orders::avito_name.eq(name.to_owned()))
        .filter(orders::avito_chatid.is_null())
        .order(orders::id.desc())
        .select((orders::id, orders::client_name, orders::problem, orders::create_date))
        .limit(many)
        .load(db)
}

/// Which ad a chat is about.
pub fn set_ad(tx: &mut Tx, chat: ChatId, ad: AdId) -> QueryResult<()> {
    diesel::update(chats::table.find(chat)).set(chats::item_id.eq(Some(ad))).execute(tx.db).map(|_| ())
}

/// Accounts by name.
pub fn accounts_by_name(db: &mut Db) -> QueryResult<Vec<(AvitoId, String)>> {
    avito::table
        .filter(avito::is_active.eq(true))
        .order(avito::name)
        .select((avito::id, avito::name))
        .load(db)
}

/// Rules with whether they are switched on; rules may write.
pub fn put_rules(tx: &mut Tx, rules: &[(RuleFields, bool)], now: NaiveDateTime) -> QueryResult<()> {
    for (fields, is_active) in rules {
        answers::add(tx.db, fields)?;
        let added = auto_rules::table.filter(auto_rules::title.eq(&fields.title));
        diesel::update(added).set(auto_rules::is_active.eq(*is_active)).execute(tx.db)?;
    }
    settings::put(tx.db, crate::chats::answers::SWITCH, "on", now)
}

/// Limits of every second ad with a bid, what a day may cost, and some changes of today.
pub fn put_bids(tx: &mut Tx, now: NaiveDateTime) -> QueryResult<usize> {
    let bids: Vec<(AvitoId, AdId, Option<i64>)> = avito_bids::table
        .order((avito_bids::avito_id, avito_bids::ad_id))
        .select((avito_bids::avito_id, avito_bids::ad_id, avito_bids::bid))
        .load(tx.db)?;
    let by: Option<AccountId> =
        accounts::table.order(accounts::id).select(accounts::id).first(tx.db).optional()?;
    for (place, (id, ad, bid)) in bids.iter().enumerate() {
        let Some(bid) = bid else { continue };
        if place % 4 != 3 {
            let row = (
                avito_bid_limits::avito_id.eq(*id),
                avito_bid_limits::ad_id.eq(*ad),
                avito_bid_limits::from_bid.eq(bid * 2 / 3 / 100 * 100),
                avito_bid_limits::to_bid.eq(bid * 3 / 2 / 100 * 100),
            );
            let key = (avito_bid_limits::avito_id, avito_bid_limits::ad_id);
            crate::insert_new!(&mut *tx.db, avito_bid_limits::table, row, key)?;
        }
        let day = (avito_bid_accounts::avito_id.eq(*id), avito_bid_accounts::day_limit.eq(900_000));
        crate::insert_new!(&mut *tx.db, avito_bid_accounts::table, day, avito_bid_accounts::avito_id)?;
        if place % 3 == 0 {
            let is_by_rule = place % 2 == 0;
            let why = if is_by_rule { "сравнение 40 %, нужно 50 %" } else { "вручную" };
            diesel::insert_into(avito_bid_changes::table)
                .values((
                    avito_bid_changes::avito_id.eq(*id),
                    avito_bid_changes::ad_id.eq(*ad),
                    avito_bid_changes::account_id.eq(by.filter(|_| !is_by_rule)),
                    avito_bid_changes::at.eq(now - chrono::Duration::minutes(40 + place as i64 * 17)),
                    avito_bid_changes::old_bid.eq(Some(bid - 600)),
                    avito_bid_changes::new_bid.eq(*bid),
                    avito_bid_changes::why.eq(why),
                    avito_bid_changes::state.eq("done"),
                ))
                .execute(tx.db)?;
        }
    }
    Ok(bids.len())
}
