//! Reading what Avito tells of the accounts, and checking their proxies: on a button's word and from time to time. A call
//! that fails leaves what was read before as it was; when each was read is kept.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Europe::Moscow;
use futures_util::future::BoxFuture;

use super::bids::work::{self as bids, Hands};
use super::queries::bids as kept_bids;
use super::queries::top::{self, ToldDays, ToldPeriod};
use super::queries::{self, Figures, online, reviews};
use super::row::ProxyStatus;
use crate::app::App;
use crate::domain::clock::Clock;
use crate::domain::id::{AdId, AvitoId};
use crate::domain::zone;
use crate::integrations::avito::client::{ADS_AT_ONCE, Analytics, REVIEWS_A_PAGE};
use crate::integrations::avito::proxy::{self, Checked, Fault, Route};
use crate::integrations::avito::queries as stored;
use crate::integrations::avito::queries::Reading;
use crate::integrations::avito::wire::{Rating, Review};
use crate::integrations::avito::{Accounts, ApiError, Client};
use crate::platform::db::{Database, Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;

/// Pages of ads that are counted: some six thousand ads.
const MOST_PAGES: u32 = 60;
/// Pages of reviews that are read: the newest five hundred.
const MOST_REVIEW_PAGES: u32 = 10;
/// Days of the larger figures.
const DAYS: i64 = 30;
/// Days of ads are read again after so long.
const DAYS_AGAIN: TimeDelta = TimeDelta::minutes(50);

/// Does the work; a copy of its own for each task.
#[derive(Clone)]
pub struct Work {
    db: Database,
    clock: Clock,
    accounts: Arc<Accounts>,
    echo: String,
}

/// What is done with several accounts, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Everything Avito tells is read.
    Sync,
    /// Proxies are checked.
    Proxies,
    /// Figures of single ads are read.
    Ads,
    /// Bids are read.
    Bids,
    /// Bids are read, and changed by rules where those are switched on.
    BidRules,
}

impl Round {
    /// Its name among the rounds that go on.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Proxies => "proxies",
            Self::Ads => "ads",
            // One at a time of both.
            Self::Bids | Self::BidRules => "bids",
        }
    }
}

/// «Обновление данных Авито», every fifteen minutes.
///
/// # Errors
/// When the accounts cannot be listed.
pub fn sync_regularly(app: &App) -> Result<(), AppError> {
    let ids = app.db.read_now(|db| Ok(stored::working(db)?))?.into_iter().map(|(id, _)| id).collect();
    begin(app, Round::Sync, ids);
    Ok(())
}

/// «Проверка прокси», every ten minutes.
///
/// # Errors
/// When the accounts cannot be listed.
pub fn check_regularly(app: &App) -> Result<(), AppError> {
    let ids = app.db.read_now(|db| Ok(queries::with_proxy(db)?))?;
    begin(app, Round::Proxies, ids);
    Ok(())
}

/// «Статистика объявлений Авито», every ten minutes.
///
/// # Errors
/// When the accounts cannot be listed.
pub fn read_ads_regularly(app: &App) -> Result<(), AppError> {
    let ids = app.db.read_now(|db| Ok(stored::working(db)?))?.into_iter().map(|(id, _)| id).collect();
    begin(app, Round::Ads, ids);
    Ok(())
}

/// «Ставки Авито», every hour.
///
/// # Errors
/// When the accounts cannot be listed.
pub fn steer_regularly(app: &App) -> Result<(), AppError> {
    let ids = app.db.read_now(|db| Ok(stored::working(db)?))?.into_iter().map(|(id, _)| id).collect();
    begin(app, Round::BidRules, ids);
    Ok(())
}

/// A round over nobody is none, and no browser hears of it.
fn begin(app: &App, round: Round, ids: Vec<AvitoId>) {
    if !ids.is_empty() {
        Work::of(app).start(round, ids);
    }
}

impl Work {
    /// The work of this application.
    pub fn of(app: &App) -> Self {
        Self {
            db: app.db.clone(),
            clock: app.clock.clone(),
            accounts: app.avito.clone(),
            echo: app.config.avito.proxy_check_url.clone(),
        }
    }

    /// Begins a round over `ids` unless one of its kind goes on in this process; `false` then.
    pub fn start(self, round: Round, ids: Vec<AvitoId>) -> bool {
        let Some(turn) = self.accounts.rounds.begin(round.name(), ids.len()) else { return false };
        tokio::spawn(async move {
            for id in ids {
                self.clone().one(round, id).await;
                turn.step();
                self.tell(id).await;
            }
            drop(turn);
            // The page sees that it is over.
            self.tell(AvitoId(0)).await;
        });
        true
    }

    /// What a round does with one account; what came of it is noted there.
    fn one(self, round: Round, id: AvitoId) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            match round {
                Round::Sync => {
                    let _ = self.sync(id).await;
                }
                Round::Proxies => {
                    let _ = self.check(id).await;
                }
                Round::Ads => self.read_ads(id).await,
                Round::Bids => {
                    self.read_bids(id).await;
                }
                Round::BidRules => {
                    if self.read_bids(id).await {
                        self.steer_bids(id).await;
                    }
                }
            }
        })
    }

    async fn tell(&self, id: AvitoId) {
        let told = self.write(move |tx| {
            tx.announce(Event::Avito(id));
            Ok(())
        });
        if let Err(error) = told.await {
            tracing::warn!(%error, "nobody heard of the accounts");
        }
    }

    /// Reads everything of one account.
    ///
    /// # Errors
    /// Why Avito did not let the account in; what fails later is noted and no error.
    pub async fn sync(&self, id: AvitoId) -> Result<(), ApiError> {
        let client = self.connect(id).await?;
        let balance = client.balance().await;
        self.keep(id, Reading::Balance, balance, |db, id, balance| {
            queries::set_balance(db, id, balance.real, balance.bonus)
        })
        .await;
        let advance = client.advance().await;
        match advance {
            // Only accounts that pay per action have one; and it is told once a minute.
            Err(
                ApiError::Forbidden(_) | ApiError::NotFound | ApiError::Rejected(_) | ApiError::Waiting(_),
            ) => {}
            advance => {
                self.keep(id, Reading::Advance, advance, |db, id, advance| {
                    queries::set_advance(db, id, *advance)
                })
                .await;
            }
        }
        let ads = Self::count_ads(&client).await;
        self.keep(id, Reading::Ads, ads, |db, id, ads| queries::set_ads(db, id, *ads)).await;
        match self.figures(&client).await {
            Err(ApiError::Waiting(_)) => {}
            figures => {
                self.keep(id, Reading::Stats, figures, |db, id, figures| {
                    queries::set_figures(db, id, *figures)
                })
                .await;
            }
        }
        let reviews = Self::read_reviews(&client).await;
        self.keep(id, Reading::Reviews, reviews, |db, id, (rating, reviews, all)| {
            reviews::set_rating(db, id, rating)?;
            reviews::set_reviews(db, id, reviews, *all)
        })
        .await;
        self.tell(id).await;
        Ok(())
    }

    /// Figures of the ads of one account: ads and days now and then, and the period whose totals are the oldest, since
    /// Avito tells totals once a minute. What fails is noted and leaves what was read.
    async fn read_ads(&self, id: AvitoId) {
        let (now, today) = (self.clock.now(), zone::local(self.clock.now(), Moscow).date());
        let stale = self.db.read(move |db| Ok(top::stale(db, id, now - DAYS_AGAIN)?)).await;
        let stale = match stale {
            Ok(stale) => stale,
            Err(error) => {
                tracing::warn!(%error, account = %id, "what is to be read of ads could not be looked up");
                return;
            }
        };
        let (days, totals) = match self.accounts.client(id).await {
            Ok(client) => (
                if stale.days { Some(self.read_days(&client, today).await) } else { None },
                self.read_totals(&client, stale.period.0, today).await,
            ),
            Err(error) => (stale.days.then(|| Err(error.clone())), Err(error)),
        };
        match days {
            None | Some(Err(ApiError::Waiting(_))) => {}
            Some(days) => self.keep(id, Reading::AdDays, days, top::put_days).await,
        }
        match totals {
            // Another reading has had the turn of this minute.
            Err(ApiError::Waiting(_)) => {}
            totals => self.keep(id, stale.period.1, totals, top::put_period).await,
        }
    }

    /// What is set for the ads of one account, and what may be; `false` when that could not be read.
    async fn read_bids(&self, id: AvitoId) -> bool {
        let hands = self.hands();
        let told = match self.accounts.client(id).await {
            Ok(client) => bids::read(&hands, &client, id).await,
            Err(error) => Err(error),
        };
        if matches!(told, Err(ApiError::Waiting(_))) {
            return false;
        }
        let is_read = told.is_ok();
        self.keep(id, Reading::Bids, told, kept_bids::put).await;
        is_read
    }

    async fn steer_bids(&self, id: AvitoId) {
        let steering = self.db.read(|db| Ok(bids::steering(db)?)).await;
        if !matches!(steering, Ok(steering) if steering.is_on) {
            return;
        }
        match bids::apply(&self.hands(), Some(id), None, None).await {
            Ok((changed, failed)) => {
                tracing::info!(account = %id, changed, failed = failed.len(), "bids were steered");
            }
            Err(error) => tracing::warn!(%error, account = %id, "bids could not be steered"),
        }
    }

    fn hands(&self) -> Hands {
        Hands { db: self.db.clone(), clock: self.clock.clone(), accounts: self.accounts.clone() }
    }

    async fn read_days(&self, client: &Client, today: NaiveDate) -> Result<ToldDays, ApiError> {
        let (now, from) = (self.clock.now(), today - TimeDelta::days(DAYS - 1));
        let mut items = Vec::new();
        for page in 1..=MOST_PAGES {
            let found = client.items("active", page).await?;
            items.extend(found.items);
            if !found.has_more {
                break;
            }
        }
        let mut days = Vec::new();
        let ads: Vec<AdId> = items.iter().map(|item| item.id).collect();
        for some in ads.chunks(ADS_AT_ONCE) {
            days.extend(client.stats_by_day(some, from, today).await?);
        }
        Ok(ToldDays { items, days, from, now })
    }

    async fn read_totals(
        &self,
        client: &Client,
        days: i64,
        today: NaiveDate,
    ) -> Result<ToldPeriod, ApiError> {
        let from = today - TimeDelta::days(days - 1);
        let ads = client.analytics(Analytics::Item, from, today).await?;
        Ok(ToldPeriod { days, ads })
    }

    /// Rating and reviews, and whether these are all there are.
    async fn read_reviews(client: &Client) -> Result<(Rating, Vec<Review>, bool), ApiError> {
        let rating = client.rating().await?;
        let (mut found, mut offset) = (Vec::new(), 0);
        for _ in 0..MOST_REVIEW_PAGES {
            let page = client.reviews(offset).await?;
            let came = u32::try_from(page.reviews.len()).unwrap_or_default();
            found.extend(page.reviews);
            offset += REVIEWS_A_PAGE;
            if came < REVIEWS_A_PAGE || i64::from(offset) >= page.total {
                return Ok((rating, found, true));
            }
        }
        Ok((rating, found, false))
    }

    /// One ordinary question, and the newest chat, so that the account is not still; keeps how it went.
    pub fn keep_alive(self, id: AvitoId) -> BoxFuture<'static, ()> {
        Box::pin(async move { self.ask_and_note(id).await })
    }

    async fn ask_and_note(&self, id: AvitoId) {
        let outcome = self.ask_something(id).await;
        let (now, words) = (self.clock.now(), outcome.as_ref().err().map(ApiError::words));
        let noted = self.write(move |tx| {
            match &words {
                None => stored::note_good(tx.db, id, Reading::Online, "", now)?,
                Some(words) => stored::note_bad(tx.db, id, Reading::Online, words, now)?,
            };
            online::set_online(tx, id, words.is_none())
        });
        if let Err(error) = noted.await {
            tracing::warn!(%error, account = %id, "how an account was kept active could not be noted");
        }
    }

    async fn ask_something(&self, id: AvitoId) -> Result<(), ApiError> {
        let client = self.accounts.client(id).await?;
        client.profile().await?;
        client.chats(false, 1, 0).await.map(|_| ())
    }

    /// Lets the account in: token and profile.
    ///
    /// # Errors
    /// Why not.
    pub async fn connect(&self, id: AvitoId) -> Result<Arc<Client>, ApiError> {
        let outcome = self.try_connection(id).await;
        let (now, words) = (self.clock.now(), outcome.as_ref().err().map(ApiError::words));
        let noted = self.write(move |tx| match &words {
            None => {
                stored::note_good(tx.db, id, Reading::Connection, "", now)?;
                queries::connected(tx, id, now)
            }
            Some(words) => {
                stored::note_bad(tx.db, id, Reading::Connection, words, now)?;
                queries::not_connected(tx, id)
            }
        });
        noted.await.map_err(|_| ApiError::NoDatabase)?;
        outcome
    }

    async fn try_connection(&self, id: AvitoId) -> Result<Arc<Client>, ApiError> {
        let client = self.accounts.client_even_off(id).await?;
        let profile = client.profile().await?;
        let user_id = profile.id;
        let taken = self.db.write(move |tx| {
            let other = stored::other_with_user(tx.db, id, user_id)?;
            if other.is_none() {
                stored::set_user_id(tx.db, id, user_id)?;
            }
            Ok(other)
        });
        match taken.await.map_err(|_| ApiError::NoDatabase)? {
            Some(other) => Err(ApiError::NotAllowed(format!("Это тот же профиль Авито, что у «{other}»"))),
            // The client knows the number from now on; one that is made anew reads it from the row.
            None => Ok(client),
        }
    }

    async fn count_ads(client: &Client) -> Result<i64, ApiError> {
        let mut count = 0;
        for page in 1..=MOST_PAGES {
            let found = client.items("active", page).await?;
            count += i64::try_from(found.items.len()).unwrap_or_default();
            if !found.has_more {
                break;
            }
        }
        Ok(count)
    }

    /// Avito's days are Moscow's.
    async fn figures(&self, client: &Client) -> Result<Figures, ApiError> {
        let today = zone::local(self.clock.now(), Moscow).date();
        let from = today - TimeDelta::days(DAYS - 1);
        let days = client.analytics(Analytics::Day, from, today).await?;
        let mut figures = Figures::default();
        let midnight = today.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
        for day in days {
            let (views, contacts) = (day.get("views").unwrap_or(0), day.get("contacts").unwrap_or(0));
            figures.views += views;
            figures.contacts += contacts;
            if day.of == midnight {
                (figures.views_today, figures.contacts_today) = (views, contacts);
            }
        }
        Ok(figures)
    }

    /// Keeps what was read, or why it was not.
    async fn keep<T: Send + 'static>(
        &self,
        id: AvitoId,
        what: Reading,
        outcome: Result<T, ApiError>,
        set: fn(&mut Db, AvitoId, &T) -> diesel::QueryResult<usize>,
    ) {
        let now = self.clock.now();
        let written = self.write(move |tx| {
            match &outcome {
                Ok(value) => {
                    set(tx.db, id, value)?;
                    stored::note_good(tx.db, id, what, "", now)?;
                }
                Err(error) => {
                    stored::note_bad(tx.db, id, what, &error.words(), now)?;
                }
            }
            Ok(())
        });
        if let Err(error) = written.await {
            tracing::warn!(%error, account = %id, what = what.as_str(), "what Avito told could not be kept");
        }
    }

    async fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut Tx) -> diesel::QueryResult<T> + Send + 'static,
    ) -> Result<T, AppError> {
        self.db.write(move |tx| Ok(work(tx)?)).await
    }

    /// Checks the proxy of one account, without Avito; `None` when it has none.
    ///
    /// # Errors
    /// In words, when the account cannot be read or the proxy does not let through.
    pub async fn check(&self, id: AvitoId) -> Result<Option<Checked>, String> {
        let route = match self.accounts.route(id).await {
            Ok(Route::Straight) => return Ok(None),
            Ok(route) => Ok(route),
            Err(error) => Err(error.words()),
        };
        let outcome = match route {
            Ok(route) => {
                let checked = proxy::check(&route, self.accounts.ways(), &self.echo).await;
                checked.map_err(Fault::words)
            }
            Err(words) => Err(words),
        };
        let (now, kept) = (self.clock.now(), outcome.clone());
        let noted = self.write(move |tx| note_check(tx, id, &kept, now));
        noted.await.map_err(|_| ApiError::NoDatabase.words())?;
        if outcome.is_ok()
            && let Ok(client) = self.accounts.client(id).await
        {
            // The way is open again: the account does not rest any longer.
            client.end_rest();
        }
        outcome.map(Some)
    }

    /// The address the world sees without any proxy: only when somebody asks, and only the echo address.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn check_straight(&self) -> Result<Checked, Fault> {
        proxy::check(&Route::Straight, self.accounts.ways(), &self.echo).await
    }
}

fn note_check(
    tx: &mut Tx,
    id: AvitoId,
    outcome: &Result<Checked, String>,
    now: NaiveDateTime,
) -> diesel::QueryResult<()> {
    match outcome {
        Ok(checked) => {
            let detail = format!("{} {}", checked.took.as_millis(), checked.address);
            stored::note_good(tx.db, id, Reading::Proxy, &detail, now)?;
            queries::set_proxy_status(tx, id, ProxyStatus::Works)
        }
        Err(words) => {
            stored::note_bad(tx.db, id, Reading::Proxy, words, now)?;
            queries::set_proxy_status(tx, id, ProxyStatus::Error)
        }
    }
}
