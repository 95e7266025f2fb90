//! What the page shows of the accounts.

use std::collections::HashMap;

use super::queries;
use super::row::{AvitoRow, ConnectionStatus, ProxyStatus, Told};
use crate::app::App;
use crate::chats::queries::sync::{self, Sync};
use crate::domain::id::AvitoId;
use crate::domain::now::{Now, age};
use crate::domain::russian::{count, roubles};
use crate::integrations::avito::queries::Reading;
use crate::platform::db::Db;
use crate::platform::error::AppError;

/// A chip: its colour, icon and words.
pub struct Mark {
    pub kind: &'static str,
    pub icon: &'static str,
    pub words: &'static str,
}

/// An account of the table.
pub struct AccountView {
    pub id: AvitoId,
    pub name: String,
    /// «ID 318204577», or why there is none.
    pub about: String,
    pub is_active: bool,
    pub connection: Mark,
    /// What is wrong, or empty.
    pub connection_words: String,
    pub has_proxy: bool,
    pub proxy_place: String,
    pub proxy_label: &'static str,
    pub proxy_login: String,
    pub has_proxy_password: bool,
    pub proxy: Mark,
    /// «84 мс, виден как 203.0.113.7», or what is wrong.
    pub proxy_words: String,
    /// When it was checked, or empty.
    pub proxy_at: String,
    pub balance: Figure,
    pub advance: Figure,
    pub ads: Figure,
    pub views: Figure,
    pub contacts: Figure,
    /// «2 мин», or empty.
    pub synced: String,
    /// Chats: «сверены 14:05», or how far the first reading is.
    pub chats: String,
    /// Why they are not, or empty.
    pub chats_trouble: String,
    /// Messages that no delivery told of.
    pub lost: i64,
}

/// A figure with its time.
pub struct Figure {
    /// Ready to show; «—» when it is not known.
    pub value: String,
    /// More about it, or empty.
    pub more: String,
    /// «сегодня 14:05», or empty.
    pub at: String,
    /// Why it is older than it should be, or empty.
    pub trouble: String,
}

/// The sums over the accounts that are switched on.
#[derive(Default)]
pub struct Totals {
    pub accounts: usize,
    pub connected: usize,
    pub failed: usize,
    pub proxies: usize,
    pub proxies_work: usize,
    pub proxies_failed: usize,
    pub balance: String,
    pub advance: String,
    pub ads: String,
    pub views: String,
    pub views_today: String,
    pub contacts: String,
    pub contacts_today: String,
    /// Messages no delivery told of, of all accounts.
    pub lost: i64,
}

/// Everything the page shows.
pub struct Accounts {
    pub rows: Vec<AccountView>,
    pub totals: Totals,
}

/// No figure.
const NONE: &str = "—";

impl Accounts {
    /// Reads them.
    pub fn load(app: &App, db: &mut Db) -> Result<Self, AppError> {
        let (rows, told) = (queries::all(db)?, queries::readings(db)?);
        let chats: HashMap<AvitoId, Sync> =
            sync::all(db)?.into_iter().map(|state| (state.avito_id, state)).collect();
        let now = app.now();
        let lost = chats.values().map(|state| state.found).sum();
        Ok(Self {
            totals: Totals { lost, ..Totals::of(&rows) },
            rows: rows
                .into_iter()
                .map(|row| {
                    let of = chats.get(&row.id);
                    AccountView::of(row, &told, now).with_chats(of, now)
                })
                .collect(),
        })
    }
}

impl Totals {
    fn of(rows: &[AvitoRow]) -> Self {
        let working: Vec<&AvitoRow> = rows.iter().filter(|row| row.is_active).collect();
        let sum =
            |of: fn(&AvitoRow) -> Option<i64>| working.iter().filter_map(|row| of(row)).reduce(|a, b| a + b);
        let number = |sum: Option<i64>| sum.map_or(NONE.to_owned(), |sum| count(sum.unsigned_abs()));
        let money = |sum: Option<i64>| sum.map_or(NONE.to_owned(), |sum| format!("{}\u{a0}₽", roubles(sum)));
        let how_many = |is: fn(&AvitoRow) -> bool| working.iter().filter(|row| is(row)).count();
        Self {
            accounts: working.len(),
            connected: how_many(|row| row.connection == ConnectionStatus::Connected),
            failed: how_many(|row| row.connection == ConnectionStatus::Error),
            proxies: how_many(AvitoRow::has_proxy),
            proxies_work: how_many(|row| row.has_proxy() && row.proxy == ProxyStatus::Works),
            proxies_failed: how_many(|row| row.has_proxy() && row.proxy == ProxyStatus::Error),
            balance: money(sum(|row| row.balance)),
            advance: money(sum(|row| row.advance)),
            ads: number(sum(|row| row.ads)),
            views: number(sum(|row| row.views)),
            views_today: number(sum(|row| row.views_today)),
            contacts: number(sum(|row| row.contacts)),
            contacts_today: number(sum(|row| row.contacts_today)),
            lost: 0,
        }
    }
}

impl AccountView {
    fn of(row: AvitoRow, told: &HashMap<(AvitoId, String), Told>, now: Now) -> Self {
        let none = Told::default();
        let of = |what: Reading| told.get(&(row.id, what.as_str().to_owned())).unwrap_or(&none);
        let at = |told: &Told| told.good_at.map(|at| now.moment_in_words(at)).unwrap_or_default();
        let figure = |value: Option<String>, more: String, what: Reading| {
            let told = of(what);
            Figure {
                value: value.unwrap_or_else(|| NONE.to_owned()),
                more,
                at: at(told),
                trouble: told.error.clone(),
            }
        };
        let money = |kopecks: i64| format!("{}\u{a0}₽", roubles(kopecks));
        let number = |number: i64| count(number.unsigned_abs());
        let today = |number: Option<i64>| {
            number.map(|n| format!("сегодня {}", count(n.unsigned_abs()))).unwrap_or_default()
        };
        let bonus = row.bonus.filter(|bonus| *bonus > 0).map(|bonus| format!("бонусы {}", money(bonus)));
        let (connection, proxy) = (of(Reading::Connection), of(Reading::Proxy));
        let checked_at = proxy.error_at.filter(|_| !proxy.error.is_empty()).or(proxy.good_at);
        Self {
            about: row
                .user_id
                .map_or("ID узнаем при подключении".to_owned(), |id| format!("ID {id}")),
            is_active: row.is_active,
            connection: connection_mark(&row),
            connection_words: connection.error.clone(),
            has_proxy: row.has_proxy(),
            proxy_place: row.proxy_place(),
            proxy_label: row.proxy_label(),
            proxy_login: row.proxy_login.clone(),
            has_proxy_password: row.proxy_password.is_some(),
            proxy: proxy_mark(row.proxy),
            proxy_words: if proxy.error.is_empty() { passed(&proxy.detail) } else { proxy.error.clone() },
            proxy_at: checked_at.map(|at| now.moment_in_words(at)).unwrap_or_default(),
            balance: figure(row.balance.map(money), bonus.unwrap_or_default(), Reading::Balance),
            advance: figure(row.advance.map(money), String::new(), Reading::Advance),
            ads: figure(row.ads.map(number), String::new(), Reading::Ads),
            views: figure(row.views.map(number), today(row.views_today), Reading::Stats),
            contacts: figure(row.contacts.map(number), today(row.contacts_today), Reading::Stats),
            synced: row.last_sync_at.map(|at| age(at, now)).unwrap_or_default(),
            chats: String::new(),
            chats_trouble: String::new(),
            lost: 0,
            id: row.id,
            name: row.name,
        }
    }

    fn with_chats(mut self, state: Option<&Sync>, now: Now) -> Self {
        let Some(state) = state else { return self };
        self.lost = state.found;
        self.chats_trouble = state.error.clone();
        self.chats = match (state.import_state.as_str(), state.polled_at) {
            ("done", Some(at)) if state.error.is_empty() => format!("сверены {}", now.moment(at)),
            ("done", _) => String::new(),
            _ => format!("загружаются: {}", count(state.imported_chats.unsigned_abs())),
        };
        self
    }

    /// Why one of the figures is older than it should be, or empty.
    pub fn trouble(&self) -> &str {
        let figures = [&self.balance, &self.advance, &self.ads, &self.views];
        let troubles = figures.iter().map(|figure| figure.trouble.as_str());
        troubles.into_iter().find(|trouble| !trouble.is_empty()).unwrap_or_default()
    }
}

/// «84 мс, виден как 203.0.113.7» of «84 203.0.113.7».
fn passed(detail: &str) -> String {
    match detail.split_once(' ') {
        Some((took, address)) => format!("{took}\u{a0}мс, виден как {address}"),
        None => String::new(),
    }
}

fn connection_mark(row: &AvitoRow) -> Mark {
    match row.connection {
        _ if !row.is_active => Mark { kind: "", icon: "power", words: "выключен" },
        _ if !row.has_keys() => Mark { kind: "warn", icon: "key", words: "нужны ключи" },
        ConnectionStatus::Connected => {
            Mark { kind: "ok", icon: "plug-connected", words: "подключён" }
        }
        ConnectionStatus::Error => Mark { kind: "bad", icon: "plug-connected-x", words: "ошибка" },
        ConnectionStatus::Unknown => Mark { kind: "", icon: "clock", words: "не проверен" },
    }
}

fn proxy_mark(status: ProxyStatus) -> Mark {
    match status {
        ProxyStatus::Works => Mark { kind: "ok", icon: "circle-check", words: "работает" },
        ProxyStatus::Error => Mark { kind: "bad", icon: "circle-x", words: "не работает" },
        ProxyStatus::Unknown => Mark { kind: "", icon: "clock", words: "не проверен" },
    }
}
