//! SQL of the tables `avito`, `avito_tokens` and `avito_readings`.

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use crate::domain::id::{AvitoId, AvitoUserId};
use crate::platform::db::Db;
use crate::platform::db::schema::{avito, avito_readings, avito_tokens};

crate::text_enum! {
    /// What is read of an account, each with a time of its own.
    Reading {
        /// Token and profile.
        Connection = "connection",
        /// The wallet.
        Balance = "balance",
        /// The advance.
        Advance = "advance",
        /// The number of ads.
        Ads = "ads",
        /// Views and contacts.
        Stats = "stats",
        /// The proxy, checked without Avito.
        Proxy = "proxy",
        /// Keeping the account active.
        Online = "online",
        /// Rating and reviews.
        Reviews = "reviews",
        /// Ads and their figures by day.
        AdDays = "ad_days",
        /// Totals of ads today.
        AdsToday = "ads_1",
        /// Totals of ads over a week.
        AdsWeek = "ads_7",
        /// Totals of ads over a month.
        AdsMonth = "ads_30",
        /// Bids of ads.
        Bids = "bids",
        /// Chats and messages.
        Chats = "chats",
        /// The address for deliveries.
        Webhook = "webhook",
    }
}

/// How an account reaches Avito, as it is stored.
#[derive(Clone, PartialEq, Eq, Queryable)]
pub struct Access {
    /// The row.
    pub id: AvitoId,
    /// Its name.
    pub name: String,
    /// It is switched on.
    pub is_active: bool,
    /// Half of the pair.
    pub client_id: String,
    /// The other half, sealed.
    pub client_secret: Option<String>,
    /// Avito's number of the account.
    pub user_id: Option<AvitoUserId>,
    /// Language of the proxy.
    pub proxy_type: Option<String>,
    /// Its host, empty without a proxy.
    pub proxy_host: String,
    /// Its port.
    pub proxy_port: Option<i32>,
    /// Its login, or empty.
    pub proxy_login: String,
    /// Its password, sealed.
    pub proxy_password: Option<String>,
}

type AccessColumns = (
    avito::id,
    avito::name,
    avito::is_active,
    avito::client_id,
    avito::client_secret,
    avito::user_id,
    avito::proxy_type,
    avito::proxy_host,
    avito::proxy_port,
    avito::proxy_login,
    avito::proxy_password,
);

const ACCESS: AccessColumns = (
    avito::id,
    avito::name,
    avito::is_active,
    avito::client_id,
    avito::client_secret,
    avito::user_id,
    avito::proxy_type,
    avito::proxy_host,
    avito::proxy_port,
    avito::proxy_login,
    avito::proxy_password,
);

/// How an account reaches Avito.
pub fn access(db: &mut Db, id: AvitoId) -> QueryResult<Option<Access>> {
    avito::table.find(id).select(ACCESS).first(db).optional()
}

/// Accounts that are switched on and have keys, by their names.
pub fn working(db: &mut Db) -> QueryResult<Vec<(AvitoId, String)>> {
    let is_working =
        avito::is_active.eq(true).and(avito::client_id.ne("")).and(avito::client_secret.is_not_null());
    avito::table.filter(is_working).order(avito::name).select((avito::id, avito::name)).load(db)
}

/// The account deliveries to `secret` are for, with Avito's number of it.
pub fn by_webhook(db: &mut Db, secret: &str) -> QueryResult<Option<(AvitoId, Option<AvitoUserId>)>> {
    avito::table
        .filter(avito::webhook_secret.eq(secret.to_owned()))
        .select((avito::id, avito::user_id))
        .first(db)
        .optional()
}

/// How it goes with the accounts that work, for those who look after the installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// How many there are.
    pub accounts: usize,
    /// When Avito has answered any of them last.
    pub good_at: Option<NaiveDateTime>,
    /// Accounts of which something cannot be read now, by their names, with the first trouble of each.
    pub failing: Vec<(String, String)>,
}

/// Looks at what is noted of them.
pub fn glance(db: &mut Db) -> QueryResult<Glance> {
    let working = working(db)?;
    let ids: Vec<AvitoId> = working.iter().map(|(id, _)| *id).collect();
    // The proxy is looked at without Avito: its good moments say nothing of Avito's.
    let noted: Vec<(AvitoId, Reading, Option<NaiveDateTime>, String)> = avito_readings::table
        .filter(avito_readings::avito_id.eq_any(ids))
        .order((avito_readings::error_at, avito_readings::what))
        .select((
            avito_readings::avito_id,
            avito_readings::what,
            avito_readings::good_at,
            avito_readings::error,
        ))
        .load(db)?;
    let good_at =
        noted.iter().filter(|(_, what, ..)| *what != Reading::Proxy).filter_map(|(_, _, at, _)| *at).max();
    let trouble = |id| noted.iter().find(|(of, _, _, error)| *of == id && !error.is_empty());
    let failing = working
        .iter()
        .filter_map(|(id, name)| trouble(*id).map(|(.., error)| (name.clone(), error.clone())))
        .collect();
    Ok(Glance { accounts: working.len(), good_at, failing })
}

/// Gives the account an address for deliveries if it has none, and tells it.
pub fn webhook_secret(db: &mut Db, id: AvitoId, new: &str) -> QueryResult<Option<String>> {
    let without = avito::table.find(id).filter(avito::webhook_secret.is_null());
    diesel::update(without).set(avito::webhook_secret.eq(new.to_owned())).execute(db)?;
    let kept: Option<Option<String>> =
        avito::table.find(id).select(avito::webhook_secret).first(db).optional()?;
    Ok(kept.flatten())
}

/// Gives the account another address for deliveries.
pub fn set_webhook_secret(db: &mut Db, id: AvitoId, secret: &str) -> QueryResult<usize> {
    diesel::update(avito::table.find(id)).set(avito::webhook_secret.eq(secret.to_owned())).execute(db)
}

/// Another account that has this number at Avito, by its name.
pub fn other_with_user(db: &mut Db, id: AvitoId, user_id: AvitoUserId) -> QueryResult<Option<String>> {
    let other = avito::table.filter(avito::user_id.eq(user_id)).filter(avito::id.ne(id));
    other.select(avito::name).first(db).optional()
}

/// Keeps the number of the account at Avito.
pub fn set_user_id(db: &mut Db, id: AvitoId, user_id: AvitoUserId) -> QueryResult<usize> {
    diesel::update(avito::table.find(id)).set(avito::user_id.eq(user_id)).execute(db)
}

/// The stored token, still sealed, and its end.
pub fn token(db: &mut Db, id: AvitoId) -> QueryResult<Option<(String, NaiveDateTime)>> {
    let found: Option<(Option<String>, Option<NaiveDateTime>)> = avito_tokens::table
        .find(id)
        .select((avito_tokens::token, avito_tokens::expires_at))
        .first(db)
        .optional()?;
    Ok(found.and_then(|(token, expires_at)| token.zip(expires_at)))
}

/// Claims the renewal of the token for `lasting`; `false` while somebody else has it.
pub fn claim_token(db: &mut Db, id: AvitoId, now: NaiveDateTime, lasting: TimeDelta) -> QueryResult<bool> {
    let row = avito_tokens::avito_id.eq(id);
    crate::insert_new!(db, avito_tokens::table, row, avito_tokens::avito_id)?;
    let free = avito_tokens::claimed_until.is_null().or(avito_tokens::claimed_until.le(now));
    let claimed = diesel::update(avito_tokens::table.find(id).filter(free))
        .set(avito_tokens::claimed_until.eq(now + lasting))
        .execute(db)?;
    Ok(claimed == 1)
}

/// Keeps a sealed token and ends the claim.
pub fn save_token(db: &mut Db, id: AvitoId, sealed: &str, expires_at: NaiveDateTime) -> QueryResult<usize> {
    diesel::update(avito_tokens::table.find(id))
        .set((
            avito_tokens::token.eq(sealed.to_owned()),
            avito_tokens::expires_at.eq(expires_at),
            avito_tokens::claimed_until.eq(None::<NaiveDateTime>),
        ))
        .execute(db)
}

/// Ends the claim.
pub fn release_token(db: &mut Db, id: AvitoId) -> QueryResult<usize> {
    diesel::update(avito_tokens::table.find(id))
        .set(avito_tokens::claimed_until.eq(None::<NaiveDateTime>))
        .execute(db)
}

/// Notes that something was read.
pub fn note_good(
    db: &mut Db,
    id: AvitoId,
    what: Reading,
    detail: &str,
    now: NaiveDateTime,
) -> QueryResult<usize> {
    let good = (
        avito_readings::good_at.eq(now),
        avito_readings::detail.eq(detail.to_owned()),
        avito_readings::error.eq(""),
        avito_readings::error_at.eq(None::<NaiveDateTime>),
    );
    let row = (avito_readings::avito_id.eq(id), avito_readings::what.eq(what), good.clone());
    crate::upsert!(
        db,
        avito_readings::table,
        row.clone(),
        (avito_readings::avito_id, avito_readings::what),
        good.clone()
    )
}

/// Notes why something could not be read; what was read before stays.
pub fn note_bad(
    db: &mut Db,
    id: AvitoId,
    what: Reading,
    error: &str,
    now: NaiveDateTime,
) -> QueryResult<usize> {
    let bad = (avito_readings::error.eq(error.to_owned()), avito_readings::error_at.eq(now));
    let row = (avito_readings::avito_id.eq(id), avito_readings::what.eq(what), bad.clone());
    crate::upsert!(
        db,
        avito_readings::table,
        row.clone(),
        (avito_readings::avito_id, avito_readings::what),
        bad.clone()
    )
}
