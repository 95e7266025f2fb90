//! SQL of ads and their figures: totals of periods, days, and the orders that came from their chats.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{count, max, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::domain::id::{AdId, AvitoId};
use crate::integrations::avito::queries::Reading;
use crate::integrations::avito::wire::{Day, Item, Metrics};
use crate::platform::db::Db;
use crate::platform::db::schema::{
    avito, avito_ad_days, avito_ad_periods, avito_ads, avito_readings, chat_orders, chats, orders,
};

/// The periods totals are kept of, in days, today included, each with its reading.
pub const PERIODS: [(i64, Reading); 3] =
    [(1, Reading::AdsToday), (7, Reading::AdsWeek), (30, Reading::AdsMonth)];

/// What is to be read of an account first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Days were read before the moment, or never.
    pub days: bool,
    /// The period whose totals were asked for the longest ago.
    pub period: (i64, Reading),
}

/// What is to be read of an account first; days before `before` are old.
pub fn stale(db: &mut Db, id: AvitoId, before: NaiveDateTime) -> QueryResult<Stale> {
    type Row = (String, Option<NaiveDateTime>, Option<NaiveDateTime>);
    let rows: Vec<Row> = avito_readings::table
        .filter(avito_readings::avito_id.eq(id))
        .select((avito_readings::what, avito_readings::good_at, avito_readings::error_at))
        .load(db)?;
    let asked_at = |what: Reading| {
        let row = rows.iter().find(|(name, ..)| name == what.as_str());
        row.and_then(|(_, good, bad)| (*good).max(*bad))
    };
    let period = PERIODS.into_iter().min_by_key(|(_, what)| asked_at(*what)).unwrap_or(PERIODS[0]);
    Ok(Stale { days: asked_at(Reading::AdDays).is_none_or(|at| at < before), period })
}

/// What Avito told of the ads and their days since `from`.
pub struct ToldDays {
    /// The ads that are shown.
    pub items: Vec<Item>,
    /// Their days.
    pub days: Vec<Day>,
    /// The first day that was asked for.
    pub from: NaiveDate,
    /// When.
    pub now: NaiveDateTime,
}

/// Keeps ads and days; days before `from`, and ads that are shown no more, stay.
pub fn put_days(db: &mut Db, id: AvitoId, told: &ToldDays) -> QueryResult<usize> {
    for item in &told.items {
        let values = (
            avito_ads::title.eq(clipped(&item.title)),
            avito_ads::status.eq(clipped(&item.status)),
            avito_ads::url.eq(clipped(&item.url)),
            avito_ads::address.eq(clipped(&item.address)),
            avito_ads::seen_at.eq(told.now),
        );
        let row = (avito_ads::avito_id.eq(id), avito_ads::ad_id.eq(item.id), values.clone());
        let key = (avito_ads::avito_id, avito_ads::ad_id);
        crate::upsert!(&mut *db, avito_ads::table, row.clone(), key, values.clone())?;
    }
    let gone = avito_ads::avito_id.eq(id).and(avito_ads::seen_at.lt(told.now));
    diesel::update(avito_ads::table.filter(gone).filter(avito_ads::status.eq("active")))
        .set(avito_ads::status.eq("gone"))
        .execute(db)?;
    let again = avito_ad_days::avito_id.eq(id).and(avito_ad_days::day.ge(told.from.to_string()));
    diesel::delete(avito_ad_days::table.filter(again)).execute(db)?;
    for day in &told.days {
        let values = (
            avito_ad_days::views.eq(day.views),
            avito_ad_days::contacts.eq(day.contacts),
            avito_ad_days::favorites.eq(day.favorites),
        );
        let row = (
            avito_ad_days::avito_id.eq(id),
            avito_ad_days::ad_id.eq(day.ad),
            avito_ad_days::day.eq(day.day.to_string()),
            values,
        );
        let key = (avito_ad_days::avito_id, avito_ad_days::ad_id, avito_ad_days::day);
        crate::upsert!(&mut *db, avito_ad_days::table, row.clone(), key, values)?;
    }
    Ok(told.days.len())
}

fn clipped(text: &str) -> String {
    text.chars().take(300).collect()
}

/// Totals of a period as Avito told them.
pub struct ToldPeriod {
    /// How many days.
    pub days: i64,
    /// Each ad.
    pub ads: Vec<Metrics>,
}

/// Keeps the totals of a period instead of those that were kept of it.
pub fn put_period(db: &mut Db, id: AvitoId, told: &ToldPeriod) -> QueryResult<usize> {
    let old = avito_ad_periods::avito_id.eq(id).and(avito_ad_periods::days.eq(told.days));
    diesel::delete(avito_ad_periods::table.filter(old)).execute(db)?;
    for ad in told.ads.iter().filter(|ad| ad.of > 0) {
        let values = (
            avito_ad_periods::views.eq(ad.get("views").unwrap_or_default()),
            avito_ad_periods::contacts.eq(ad.get("contacts").unwrap_or_default()),
            avito_ad_periods::favorites.eq(ad.get("favorites")),
            avito_ad_periods::spending.eq(ad.get("allSpending").or_else(|| ad.get("spending"))),
        );
        let row = (
            avito_ad_periods::avito_id.eq(id),
            avito_ad_periods::ad_id.eq(AdId(ad.of)),
            avito_ad_periods::days.eq(told.days),
            values,
        );
        let key = (avito_ad_periods::avito_id, avito_ad_periods::ad_id, avito_ad_periods::days);
        crate::upsert!(&mut *db, avito_ad_periods::table, row, key, values)?;
    }
    Ok(told.ads.len())
}

/// An ad with its totals of a period.
#[derive(Clone, Debug, Queryable)]
pub struct AdRow {
    /// Whose.
    pub avito: AvitoId,
    /// The account's name.
    pub account: String,
    /// Avito's number.
    pub ad: AdId,
    /// Who looked.
    pub views: i64,
    /// Who wrote or called.
    pub contacts: i64,
    /// Kopecks, where Avito tells them.
    pub spending: Option<i64>,
}

/// Every ad of an account, or of all that are switched on, with its totals of a period.
pub fn ads(db: &mut Db, of: Option<AvitoId>, days: i64) -> QueryResult<Vec<AdRow>> {
    let mut query = avito_ad_periods::table
        .inner_join(avito::table)
        .filter(avito_ad_periods::days.eq(days))
        .select((
            avito_ad_periods::avito_id,
            avito::name,
            avito_ad_periods::ad_id,
            avito_ad_periods::views,
            avito_ad_periods::contacts,
            avito_ad_periods::spending,
        ))
        .into_boxed();
    query = match of {
        Some(id) => query.filter(avito_ad_periods::avito_id.eq(id)),
        None => query.filter(avito::is_active.eq(true)),
    };
    query.load(db)
}

/// Ads of an account that are shown.
pub fn shown(db: &mut Db, id: AvitoId) -> QueryResult<Vec<AdId>> {
    avito_ads::table
        .filter(avito_ads::avito_id.eq(id).and(avito_ads::status.eq("active")))
        .order(avito_ads::ad_id)
        .select(avito_ads::ad_id)
        .load(db)
}

/// What is known of ads: title, address, place; those that were never listed are called as their chats call them.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Its title.
    pub title: String,
    /// Its page.
    pub url: String,
    /// Where.
    pub address: String,
    /// It is shown.
    pub is_shown: bool,
}

/// What is known of each of `ids`.
pub fn about(db: &mut Db, ids: &[AdId]) -> QueryResult<HashMap<AdId, About>> {
    let listed: Vec<(AdId, String, String, String, String)> = avito_ads::table
        .filter(avito_ads::ad_id.eq_any(ids.to_vec()))
        .select((avito_ads::ad_id, avito_ads::title, avito_ads::url, avito_ads::address, avito_ads::status))
        .load(db)?;
    let mut known: HashMap<AdId, About> = listed
        .into_iter()
        .map(|(id, title, url, address, status)| {
            (id, About { title, url, address, is_shown: status == "active" })
        })
        .collect();
    let unlisted: Vec<Option<AdId>> =
        ids.iter().filter(|id| !known.contains_key(*id)).map(|id| Some(*id)).collect();
    if !unlisted.is_empty() {
        let named: Vec<(Option<AdId>, Option<String>, Option<String>)> = chats::table
            .filter(chats::item_id.eq_any(unlisted))
            .group_by(chats::item_id)
            .select((chats::item_id, max(chats::item_title), max(chats::city)))
            .load(db)?;
        for (id, title, city) in named {
            let Some(id) = id else { continue };
            let (title, address) = (title.unwrap_or_default(), city.unwrap_or_default());
            known.insert(id, About { title, address, ..About::default() });
        }
    }
    Ok(known)
}

/// How many orders came from the chats of each ad since a moment.
pub fn orders_by_ad(db: &mut Db, since: NaiveDateTime) -> QueryResult<HashMap<AdId, i64>> {
    let counted: Vec<(Option<AdId>, i64)> = chat_orders::table
        .inner_join(chats::table.on(chats::id.eq(chat_orders::chat_id)))
        .inner_join(orders::table.on(orders::id.eq(chat_orders::order_id)))
        .filter(orders::create_date.ge(since))
        .filter(chats::item_id.is_not_null())
        .group_by(chats::item_id)
        .select((chats::item_id, count(chat_orders::order_id).aggregate_distinct()))
        .load(db)?;
    Ok(counted.into_iter().filter_map(|(id, count)| Some((id?, count))).collect())
}

/// Day, views, contacts, favorites.
pub type DayRow = (String, i64, i64, i64);

/// A sum that is a whole number on both databases.
fn whole(text: &str) -> SqlLiteral<BigInt> {
    sql::<BigInt>(text)
}

/// The days since `from` of an ad, of an account, or of all accounts that are switched on.
pub fn days(db: &mut Db, of: Option<AvitoId>, ad: Option<AdId>, from: NaiveDate) -> QueryResult<Vec<DayRow>> {
    let mut query = avito_ad_days::table
        .inner_join(avito::table)
        .filter(avito_ad_days::day.ge(from.to_string()))
        .group_by(avito_ad_days::day)
        .order(avito_ad_days::day)
        .select((
            avito_ad_days::day,
            whole("CAST(SUM(avito_ad_days.views) AS BIGINT)"),
            whole("CAST(SUM(avito_ad_days.contacts) AS BIGINT)"),
            whole("CAST(SUM(avito_ad_days.favorites) AS BIGINT)"),
        ))
        .into_boxed();
    query = match (ad, of) {
        (Some(ad), _) => query.filter(avito_ad_days::ad_id.eq(ad)),
        (None, Some(id)) => query.filter(avito_ad_days::avito_id.eq(id)),
        (None, None) => query.filter(avito::is_active.eq(true)),
    };
    query.load(db)
}
