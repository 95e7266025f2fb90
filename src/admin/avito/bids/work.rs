//! Reading bids and changing them. A change is written down before it is asked of Avito and is never asked twice: when
//! no answer comes, what is set decides.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{NaiveDateTime, TimeDelta};
use chrono_tz::Europe::Moscow;

use super::rules::{AdState, Steering, Step, plan, refusal};
use crate::admin::avito::queries::bids::{self, BidRow, ChangeState, NewChange, Told};
use crate::admin::avito::queries::top;
use crate::app::App;
use crate::domain::clock::Clock;
use crate::domain::id::{AccountId, AdId, AvitoId};
use crate::domain::zone;
use crate::integrations::avito::client::PROMOTIONS_AT_ONCE;
use crate::integrations::avito::{Accounts, ApiError, Client};
use crate::platform::db::{Database, Db};
use crate::platform::error::AppError;
use crate::platform::settings;

/// What it works with; a copy of its own for each task.
#[derive(Clone)]
pub struct Hands {
    /// The database.
    pub db: Database,
    /// Now.
    pub clock: Clock,
    /// The accounts.
    pub accounts: Arc<Accounts>,
}

impl Hands {
    /// Those of this application.
    pub fn of(app: &App) -> Self {
        Self { db: app.db.clone(), clock: app.clock.clone(), accounts: app.avito.clone() }
    }
}

/// The setting with the [`Steering`].
pub const STEERING: &str = "avito_bids";
/// Days whose figures steer.
const WEEK: i64 = 7;
/// Ads of one reading.
const MOST_ADS: usize = 600;

/// How rules steer.
pub fn steering(db: &mut Db) -> diesel::QueryResult<Steering> {
    Ok(settings::read_json(db, STEERING)?.unwrap_or_default())
}

/// Every promoted ad of an account, or of all, as rules see it, with what was read of it.
pub fn states(
    db: &mut Db,
    of: Option<AvitoId>,
    now: NaiveDateTime,
) -> diesel::QueryResult<Vec<(BidRow, String, AdState)>> {
    let today = zone::local(now, Moscow).date();
    let since = zone::day_start(today - TimeDelta::days(WEEK - 1), Moscow);
    let orders = top::orders_by_ad(db, since)?;
    let figures: HashMap<AdId, (i64, Option<i64>)> =
        top::ads(db, of, WEEK)?.into_iter().map(|ad| (ad.ad, (ad.contacts, ad.spending))).collect();
    let limits = bids::limits(db)?;
    let rows = bids::all(db, of)?;
    Ok(rows
        .into_iter()
        .map(|(row, account)| {
            let (contacts, spending) = figures.get(&row.ad_id).copied().unwrap_or_default();
            let state = AdState {
                ad: row.ad_id,
                bid: row.bid,
                limits: limits.get(&(row.avito_id, row.ad_id)).copied(),
                range: (row.least_bid, row.most_bid),
                forecasts: row.forecasts(),
                contacts,
                spending,
                orders: orders.get(&row.ad_id).copied().unwrap_or_default(),
            };
            (row, account, state)
        })
        .collect())
}

/// What is to be done with the ads of each account, day limits heeded.
pub fn planned(
    db: &mut Db,
    states: &[(BidRow, String, AdState)],
    steering: &Steering,
) -> diesel::QueryResult<HashMap<(AvitoId, AdId), Step>> {
    let limits = bids::day_limits(db)?;
    let mut by_account: HashMap<AvitoId, Vec<AdState>> = HashMap::new();
    for (row, _, state) in states {
        by_account.entry(row.avito_id).or_default().push(state.clone());
    }
    let mut steps = HashMap::new();
    for (account, ads) in by_account {
        for step in plan(&ads, steering, limits.get(&account).copied()) {
            steps.insert((account, step.ad), step);
        }
    }
    Ok(steps)
}

/// Asks Avito for what is set and what may be set.
///
/// # Errors
/// In words.
pub async fn read(hands: &Hands, client: &Client, id: AvitoId) -> Result<Told, ApiError> {
    let today = zone::local(hands.clock.now(), Moscow).date();
    let known = hands
        .db
        .read(move |db| Ok((top::shown(db, id)?, top::ads(db, Some(id), WEEK)?, today)))
        .await
        .map_err(|_| ApiError::NoDatabase)?;
    let mut ads: Vec<AdId> = known.0;
    ads.extend(known.1.into_iter().map(|row| row.ad));
    ads.sort_unstable();
    ads.dedup();
    if ads.is_empty() {
        // Nobody has read the statistics yet: the first page of ads will do.
        ads = client.items("active", 1).await?.items.into_iter().map(|item| item.id).collect();
    }
    ads.truncate(MOST_ADS);
    let mut told = Vec::new();
    for some in ads.chunks(PROMOTIONS_AT_ONCE) {
        for set in client.promotions(some).await? {
            let bids = match client.bids(set.ad()).await {
                Ok(bids) => Some(bids),
                // This one is promoted in another way.
                Err(ApiError::Rejected(_) | ApiError::NotFound) => None,
                Err(error) => return Err(error),
            };
            told.push((set, bids));
        }
    }
    Ok(Told { ads: told, now: hands.clock.now() })
}

/// A bid that is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Whose.
    pub avito: AvitoId,
    /// The ad.
    pub ad: AdId,
    /// Kopecks.
    pub bid: i64,
    /// The most a day may cost, when that is to change too.
    pub limit: Option<i64>,
    /// By whom; nobody: by a rule.
    pub by: Option<AccountId>,
    /// Why, in words.
    pub why: String,
}

/// Sets a bid within its limits; what became of it, in words when it did not.
///
/// # Errors
/// Of the database, and [`AppError::NotFound`] for an ad that is not promoted.
pub async fn change(hands: &Hands, wanted: Wanted) -> Result<Result<(), String>, AppError> {
    let (id, ad, bid) = (wanted.avito, wanted.ad, wanted.bid);
    let now = hands.clock.now();
    let by = wanted.by;
    let (change, action) = {
        let wanted = wanted.clone();
        let begun = hands
            .db
            .write(move |tx| {
                let row = bids::one(tx.db, id, ad)?.ok_or(AppError::NotFound)?;
                let limits = bids::limits(tx.db)?.get(&(id, ad)).copied();
                let state = AdState { limits, ..plain(&row) };
                if let Some(why) = refusal(&state, bid) {
                    return Ok(Err(why));
                }
                let change = NewChange {
                    avito: id,
                    ad,
                    by,
                    bid: (row.bid, bid),
                    limit: (row.day_limit, wanted.limit),
                    why: wanted.why.clone(),
                };
                let number = bids::begin(tx, &change, now)?;
                Ok(Ok(((number, change), row.action)))
            })
            .await?;
        match begun {
            Ok(begun) => begun,
            Err(why) => return Ok(Err(why)),
        }
    };
    let (number, change) = change;
    let (state, error) = match ask(hands, &wanted, action).await {
        Ok(()) => (ChangeState::Done, String::new()),
        Err((state, words)) => (state, words),
    };
    let (kept, words) = (change.clone(), error.clone());
    hands.db.write(move |tx| Ok(bids::end(tx, number, &kept, state, &words)?)).await?;
    Ok(if state == ChangeState::Done { Ok(()) } else { Err(error) })
}

fn plain(row: &BidRow) -> AdState {
    AdState {
        ad: row.ad_id,
        bid: row.bid,
        limits: None,
        range: (row.least_bid, row.most_bid),
        forecasts: Vec::new(),
        contacts: 0,
        spending: None,
        orders: 0,
    }
}

async fn ask(hands: &Hands, wanted: &Wanted, action: i64) -> Result<(), (ChangeState, String)> {
    let failed = |error: &ApiError| (ChangeState::Failed, error.words());
    let client = hands.accounts.client(wanted.avito).await.map_err(|error| failed(&error))?;
    let asked = client.set_bid(wanted.ad, action, wanted.bid, wanted.limit).await;
    let Err(error) = asked else { return Ok(()) };
    if !error.may_be_done() {
        return Err(failed(&error));
    }
    // It may be done all the same: what is set says it.
    match client.bids(wanted.ad).await {
        Ok(bids) if bids.manual.as_ref().and_then(|manual| manual.bid) == Some(wanted.bid) => Ok(()),
        Ok(_) => Err((ChangeState::Failed, format!("{}; ставка осталась прежней", error.words()))),
        Err(_) => Err((
            ChangeState::Open,
            format!("{}; поменялась ли ставка, станет видно при следующем чтении", error.words()),
        )),
    }
}

/// Does what rules would do with the bids that were read, for those `only` names, or for all; how many changed, and
/// what did not.
///
/// # Errors
/// Of the database.
pub async fn apply(
    hands: &Hands,
    of: Option<AvitoId>,
    only: Option<Vec<(AdId, i64)>>,
    by: Option<AccountId>,
) -> Result<(usize, Vec<String>), AppError> {
    let now = hands.clock.now();
    let steps = hands
        .db
        .read(move |db| {
            let (steering, states) = (steering(db)?, states(db, of, now)?);
            Ok(planned(db, &states, &steering)?)
        })
        .await?;
    let mut steps: Vec<((AvitoId, AdId), Step)> = steps.into_iter().collect();
    steps.sort_by_key(|((id, ad), _)| (*id, *ad));
    let (mut made, mut failed) = (0, Vec::new());
    for ((avito, ad), step) in steps {
        let Some(bid) = step.bid else { continue };
        if only.as_ref().is_some_and(|only| !only.contains(&(ad, bid))) {
            continue;
        }
        match change(hands, Wanted { avito, ad, bid, limit: None, by, why: step.why }).await? {
            Ok(()) => made += 1,
            Err(why) => failed.push(why),
        }
    }
    Ok((made, failed))
}
