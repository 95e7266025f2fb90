//! SQL of bids: what is set, what may be set, an admin's limits, and the journal of changes.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::{AccountId, AdId, AvitoId, BidChangeId};
use crate::integrations::avito::wire::{Bids, Forecast, Promotion};
use crate::platform::audit::{self, Entry};
use crate::platform::db::schema::{
    accounts, avito, avito_bid_accounts, avito_bid_changes, avito_bid_limits, avito_bids,
};
use crate::platform::db::stored::to_json;
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// A bid as it was read.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = avito_bids)]
#[allow(missing_docs, reason = "migration avito_bids tells what the columns are")]
pub struct BidRow {
    pub avito_id: AvitoId,
    pub ad_id: AdId,
    pub action: i64,
    pub bid: Option<i64>,
    pub day_limit: Option<i64>,
    pub budget: Option<i64>,
    pub budget_type: String,
    pub recommended: Option<i64>,
    pub least_bid: i64,
    pub most_bid: i64,
    pub least_limit: i64,
    pub most_limit: i64,
    pub forecasts: String,
    pub read_at: NaiveDateTime,
}

impl BidRow {
    /// Bids to choose from.
    pub fn forecasts(&self) -> Vec<Forecast> {
        serde_json::from_str(&self.forecasts).unwrap_or_default()
    }
}

/// Bids, of one account or of all that are switched on.
pub fn all(db: &mut Db, of: Option<AvitoId>) -> QueryResult<Vec<(BidRow, String)>> {
    let mut query = avito_bids::table
        .inner_join(avito::table)
        .order((avito::name, avito_bids::ad_id))
        .select((BidRow::as_select(), avito::name))
        .into_boxed();
    query = match of {
        Some(id) => query.filter(avito_bids::avito_id.eq(id)),
        None => query.filter(avito::is_active.eq(true)),
    };
    query.load(db)
}

/// One bid.
pub fn one(db: &mut Db, id: AvitoId, ad: AdId) -> QueryResult<Option<BidRow>> {
    avito_bids::table.find((id, ad)).select(BidRow::as_select()).first(db).optional()
}

/// What Avito told of the ads of an account.
pub struct Told {
    /// What is set, and what may be.
    pub ads: Vec<(Promotion, Option<Bids>)>,
    /// When.
    pub now: NaiveDateTime,
}

/// Keeps what Avito told; ads that are not promoted any more go. Changes whose fate was open are decided by what is set.
pub fn put(db: &mut Db, id: AvitoId, told: &Told) -> QueryResult<usize> {
    let known: Vec<AdId> = told.ads.iter().map(|(set, _)| set.ad()).collect();
    let gone = avito_bids::avito_id.eq(id).and(avito_bids::ad_id.ne_all(known));
    diesel::delete(avito_bids::table.filter(gone)).execute(db)?;
    for (set, bids) in &told.ads {
        put_one(db, id, set.ad(), set, bids.as_ref(), told.now)?;
        let bid =
            bids.as_ref().and_then(|bids| bids.manual.as_ref()).and_then(|manual| manual.bid).or(set.bid);
        decide_open(db, id, set.ad(), bid)?;
    }
    Ok(told.ads.len())
}

fn put_one(
    db: &mut Db,
    id: AvitoId,
    ad: AdId,
    set: &Promotion,
    bids: Option<&Bids>,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let manual = bids.and_then(|bids| bids.manual.clone()).unwrap_or_default();
    let set_values = (
        avito_bids::action.eq(bids.map_or(set.action, |bids| bids.action)),
        avito_bids::bid.eq(manual.bid.or(set.bid)),
        avito_bids::day_limit.eq(manual.limit.or(set.limit)),
        avito_bids::budget.eq(set.budget),
        avito_bids::budget_type.eq(set.budget_type.clone()),
        avito_bids::read_at.eq(now),
    );
    let told_values = (
        avito_bids::recommended.eq(manual.recommended),
        avito_bids::least_bid.eq(manual.range.0),
        avito_bids::most_bid.eq(manual.range.1),
        avito_bids::least_limit.eq(manual.limits.0),
        avito_bids::most_limit.eq(manual.limits.1),
        avito_bids::forecasts.eq(to_json(&manual.forecasts)?),
    );
    let row =
        (avito_bids::avito_id.eq(id), avito_bids::ad_id.eq(ad), set_values.clone(), told_values.clone());
    let key = (avito_bids::avito_id, avito_bids::ad_id);
    crate::upsert!(&mut *db, avito_bids::table, row.clone(), key, (set_values.clone(), told_values.clone()))?;
    Ok(())
}

/// Changes that may have been made or not are what is set now.
fn decide_open(db: &mut Db, id: AvitoId, ad: AdId, bid: Option<i64>) -> QueryResult<()> {
    let open: Vec<(BidChangeId, i64)> = avito_bid_changes::table
        .filter(avito_bid_changes::avito_id.eq(id).and(avito_bid_changes::ad_id.eq(ad)))
        .filter(avito_bid_changes::state.eq(ChangeState::Open))
        .select((avito_bid_changes::id, avito_bid_changes::new_bid))
        .load(db)?;
    for (change, wanted) in open {
        let (state, why) = if bid == Some(wanted) {
            (ChangeState::Done, "")
        } else {
            (ChangeState::Failed, "Авито не подтвердил, и ставка прежняя")
        };
        let set = (avito_bid_changes::state.eq(state), avito_bid_changes::error.eq(why));
        diesel::update(avito_bid_changes::table.find(change)).set(set).execute(db)?;
    }
    Ok(())
}

/// Limits by account and ad.
pub fn limits(db: &mut Db) -> QueryResult<HashMap<(AvitoId, AdId), (i64, i64)>> {
    let rows: Vec<(AvitoId, AdId, i64, i64)> = avito_bid_limits::table.load(db)?;
    Ok(rows.into_iter().map(|(id, ad, from, to)| ((id, ad), (from, to))).collect())
}

/// Sets the limits of an ad, or takes them away.
pub fn set_limits(
    tx: &mut Tx,
    (id, ad): (AvitoId, AdId),
    limits: Option<(i64, i64)>,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    diesel::delete(avito_bid_limits::table.find((id, ad))).execute(tx.db)?;
    let detail = match limits {
        Some((from, to)) => {
            diesel::insert_into(avito_bid_limits::table)
                .values((
                    avito_bid_limits::avito_id.eq(id),
                    avito_bid_limits::ad_id.eq(ad),
                    avito_bid_limits::from_bid.eq(from),
                    avito_bid_limits::to_bid.eq(to),
                ))
                .execute(tx.db)?;
            format!("пределы ставки {from}–{to} коп.")
        }
        None => "пределы ставки сняты".to_owned(),
    };
    let subject = format!("объявление {ad}");
    audit::record(tx, &Entry { by, action: "avito.bid-limits", subject: &subject, detail: &detail }, now)?;
    tx.announce(Event::Avito(id));
    Ok(())
}

/// What a day of each account may cost.
pub fn day_limits(db: &mut Db) -> QueryResult<HashMap<AvitoId, i64>> {
    let rows: Vec<(AvitoId, i64)> = avito_bid_accounts::table.load(db)?;
    Ok(rows.into_iter().collect())
}

/// Sets what a day of an account may cost, or lets it cost anything.
pub fn set_day_limit(
    tx: &mut Tx,
    id: AvitoId,
    limit: Option<i64>,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    diesel::delete(avito_bid_accounts::table.find(id)).execute(tx.db)?;
    if let Some(limit) = limit {
        let row = (avito_bid_accounts::avito_id.eq(id), avito_bid_accounts::day_limit.eq(limit));
        diesel::insert_into(avito_bid_accounts::table).values(row).execute(tx.db)?;
    }
    let name: String = avito::table.find(id).select(avito::name).first(tx.db)?;
    let detail =
        limit.map_or("предел дня снят".to_owned(), |limit| format!("предел дня {limit} коп."));
    audit::record(tx, &Entry { by, action: "avito.bid-limits", subject: &name, detail: &detail }, now)?;
    tx.announce(Event::Avito(id));
    Ok(())
}

crate::text_enum! {
    /// What became of a change.
    ChangeState {
        /// It is being made, or no answer came: what is set decides.
        Open = "open",
        /// It is made.
        Done = "done",
        /// It is not.
        Failed = "failed",
    }
}

/// A change to be made.
#[derive(Clone, Debug)]
pub struct NewChange {
    /// Whose.
    pub avito: AvitoId,
    /// The ad.
    pub ad: AdId,
    /// By whom; nobody: by a rule.
    pub by: Option<AccountId>,
    /// Before and after, kopecks.
    pub bid: (Option<i64>, i64),
    /// Before and after: the most a day may cost.
    pub limit: (Option<i64>, Option<i64>),
    /// Why, in words.
    pub why: String,
}

/// Writes down a change before it is asked of Avito.
pub fn begin(tx: &mut Tx, change: &NewChange, now: NaiveDateTime) -> QueryResult<BidChangeId> {
    diesel::insert_into(avito_bid_changes::table)
        .values((
            avito_bid_changes::avito_id.eq(change.avito),
            avito_bid_changes::ad_id.eq(change.ad),
            avito_bid_changes::account_id.eq(change.by),
            avito_bid_changes::at.eq(now),
            avito_bid_changes::old_bid.eq(change.bid.0),
            avito_bid_changes::new_bid.eq(change.bid.1),
            avito_bid_changes::old_limit.eq(change.limit.0),
            avito_bid_changes::new_limit.eq(change.limit.1),
            avito_bid_changes::why.eq(change.why.clone()),
            avito_bid_changes::state.eq(ChangeState::Open),
        ))
        .returning(avito_bid_changes::id)
        .get_result(tx.db)
}

/// Writes down what became of a change; one that is made is what is set.
pub fn end(
    tx: &mut Tx,
    id: BidChangeId,
    change: &NewChange,
    state: ChangeState,
    error: &str,
) -> QueryResult<()> {
    let set = (avito_bid_changes::state.eq(state), avito_bid_changes::error.eq(error));
    diesel::update(avito_bid_changes::table.find(id)).set(set).execute(tx.db)?;
    if state == ChangeState::Done {
        let of = avito_bids::table.find((change.avito, change.ad));
        diesel::update(of).set(avito_bids::bid.eq(Some(change.bid.1))).execute(tx.db)?;
        if let Some(limit) = change.limit.1 {
            let of = avito_bids::table.find((change.avito, change.ad));
            diesel::update(of).set(avito_bids::day_limit.eq(Some(limit))).execute(tx.db)?;
        }
    }
    tx.announce(Event::Avito(change.avito));
    Ok(())
}

/// A line of the journal.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "migration avito_bids tells what the columns are")]
pub struct ChangeRow {
    pub id: BidChangeId,
    pub avito: AvitoId,
    pub account: String,
    pub ad: AdId,
    pub by: Option<String>,
    pub at: NaiveDateTime,
    pub old_bid: Option<i64>,
    pub new_bid: i64,
    pub old_limit: Option<i64>,
    pub new_limit: Option<i64>,
    pub why: String,
    pub state: ChangeState,
    pub error: String,
    pub undone_at: Option<NaiveDateTime>,
}

macro_rules! changes {
    () => {
        avito_bid_changes::table.inner_join(avito::table).left_join(accounts::table).select((
            avito_bid_changes::id,
            avito_bid_changes::avito_id,
            avito::name,
            avito_bid_changes::ad_id,
            accounts::name.nullable(),
            avito_bid_changes::at,
            avito_bid_changes::old_bid,
            avito_bid_changes::new_bid,
            avito_bid_changes::old_limit,
            avito_bid_changes::new_limit,
            avito_bid_changes::why,
            avito_bid_changes::state,
            avito_bid_changes::error,
            avito_bid_changes::undone_at,
        ))
    };
}

/// The newest changes.
pub fn journal(db: &mut Db, limit: i64) -> QueryResult<Vec<ChangeRow>> {
    changes!().order(avito_bid_changes::id.desc()).limit(limit).load(db)
}

/// One change.
pub fn change(db: &mut Db, id: BidChangeId) -> QueryResult<Option<ChangeRow>> {
    changes!().filter(avito_bid_changes::id.eq(id)).first(db).optional()
}

/// Marks a change as taken back; `false` when it was before.
pub fn note_undone(tx: &mut Tx, id: BidChangeId, now: NaiveDateTime) -> QueryResult<bool> {
    let standing = avito_bid_changes::table.find(id).filter(avito_bid_changes::undone_at.is_null());
    Ok(diesel::update(standing).set(avito_bid_changes::undone_at.eq(now)).execute(tx.db)? == 1)
}

/// How many changes rules have made since a moment.
pub fn made_by_rules(db: &mut Db, since: NaiveDateTime) -> QueryResult<i64> {
    avito_bid_changes::table
        .filter(avito_bid_changes::account_id.is_null())
        .filter(avito_bid_changes::state.eq(ChangeState::Done))
        .filter(avito_bid_changes::at.ge(since))
        .count()
        .get_result(db)
}
