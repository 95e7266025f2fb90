//! The account, its money, its ads and their figures (docs/avito-api.md 6, 7).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value;

use super::fields::{float, list, number, said, text};
use crate::domain::id::{AdId, AvitoUserId};

/// Who the account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its number at Avito.
    pub id: AvitoUserId,
    /// As shown.
    pub name: String,
    /// Address of the profile.
    pub url: String,
}

/// The wallet, in kopecks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Money.
    pub real: i64,
    /// Bonuses.
    pub bonus: i64,
}

/// An ad of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub id: AdId,
    /// Its title.
    pub title: String,
    /// `active`, `removed`, `old`, `blocked`, `rejected`, or another word.
    pub status: String,
    /// Its page.
    pub url: String,
    /// Where.
    pub address: String,
    /// Roubles, when there is a price.
    pub price: Option<i64>,
}

/// Figures of one ad or of one period, by Avito's names of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    /// The ad, or unix seconds of the period's first day.
    pub of: i64,
    /// `views`, `contacts`, `spending` (kopecks), …
    pub values: BTreeMap<String, f64>,
}

/// One day of one ad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The ad.
    pub ad: AdId,
    /// The day, in Moscow.
    pub day: NaiveDate,
    /// Who looked.
    pub views: i64,
    /// Who wrote or called.
    pub contacts: i64,
    /// Who kept it.
    pub favorites: i64,
}

impl Profile {
    /// Reads the answer of `accounts/self`; `None` without a number.
    pub fn of(value: &Value) -> Option<Self> {
        Some(Self {
            id: AvitoUserId(number(&value["id"])?),
            name: text(&value["name"]).unwrap_or_default(),
            url: text(&value["profile_url"]).unwrap_or_default(),
        })
    }
}

/// Kopecks of roubles.
fn kopecks(value: &Value) -> Option<i64> {
    float(value).map(|roubles| (roubles * 100.0).round() as i64)
}

impl Balance {
    /// Reads the wallet; `None` when it says no money.
    pub fn of(value: &Value) -> Option<Self> {
        Some(Self { real: kopecks(&value["real"])?, bonus: kopecks(&value["bonus"]).unwrap_or_default() })
    }

    /// Reads the advance in kopecks; `None` when it says none.
    pub fn advance_of(value: &Value) -> Option<i64> {
        number(&value["balance"])
    }
}

impl Item {
    /// Reads a page of ads.
    pub fn page(value: &Value) -> Vec<Self> {
        list(&value["resources"]).iter().filter_map(Self::of).collect()
    }

    fn of(value: &Value) -> Option<Self> {
        Some(Self {
            id: AdId(number(&value["id"])?),
            title: text(&value["title"]).unwrap_or_default(),
            status: text(&value["status"]).unwrap_or_default(),
            url: text(&value["url"]).unwrap_or_default(),
            address: text(&value["address"]).unwrap_or_default(),
            price: number(&value["price"]),
        })
    }
}

impl Metrics {
    /// Reads profile analytics; `None` when the answer has no groups.
    pub fn all(value: &Value) -> Option<Vec<Self>> {
        let groups = value["result"]["groupings"].as_array()?;
        Some(groups.iter().map(Self::of).collect())
    }

    fn of(value: &Value) -> Self {
        let metrics = list(&value["metrics"]).iter();
        Self {
            of: number(&value["id"]).unwrap_or_default(),
            values: metrics
                .filter_map(|metric| Some((said(&metric["slug"])?, float(&metric["value"])?)))
                .collect(),
        }
    }

    /// A figure as a whole number, when Avito told it.
    pub fn get(&self, name: &str) -> Option<i64> {
        self.values.get(name).map(|value| value.round() as i64)
    }
}

impl Day {
    /// Reads daily figures of ads; `None` when the answer has no ads.
    pub fn all(value: &Value) -> Option<Vec<Self>> {
        let items = value["result"]["items"].as_array()?;
        Some(items.iter().flat_map(Self::of_item).collect())
    }

    fn of_item(item: &Value) -> Vec<Self> {
        let Some(ad) = number(&item["itemId"]).map(AdId) else { return Vec::new() };
        let day = |value: &Value| {
            let figure = |name: &str| number(&value[name]).unwrap_or_default();
            Some(Self {
                ad,
                day: text(&value["date"])?.get(..10)?.parse().ok()?,
                views: figure("uniqViews"),
                contacts: figure("uniqContacts"),
                favorites: figure("uniqFavorites"),
            })
        };
        list(&item["stats"]).iter().filter_map(day).collect()
    }
}
