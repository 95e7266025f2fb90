//! The account itself: who it is, its money, its ads and their figures (docs/avito-api.md 6, 7).

use chrono::NaiveDate;
use serde_json::json;

use super::{Again, Client};
use crate::domain::id::AdId;
use crate::integrations::avito::error::ApiError;
use crate::integrations::avito::pace::Group;
use crate::integrations::avito::wire::{Balance, Day, Item, Metrics, Profile};

/// Ads of one page; the documents say «less than 100».
const ADS_A_PAGE: usize = 99;
/// Ads of one question for figures by day.
pub const ADS_AT_ONCE: usize = 200;
/// Who asks for the advance.
const SOURCE: &str = "callcentre";

/// A page of ads.
pub struct ItemsPage {
    /// The ads.
    pub items: Vec<Item>,
    /// There may be another page.
    pub has_more: bool,
}

/// What analytics are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Analytics {
    /// One sum.
    Totals,
    /// Each ad.
    Item,
    /// Each day.
    Day,
}

impl Analytics {
    fn as_str(self) -> &'static str {
        match self {
            Self::Totals => "totals",
            Self::Item => "item",
            Self::Day => "day",
        }
    }
}

fn strange<T>(value: Option<T>, what: &str) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::Strange(format!("нет поля {what}")))
}

impl Client {
    /// Who the account is.
    ///
    /// # Errors
    /// In words.
    pub async fn profile(&self) -> Result<Profile, ApiError> {
        let url = self.url("/core/v1/accounts/self");
        let answer = self.ask(Group::Account, Again::Yes, |http| http.get(&url)).await?;
        let profile = strange(Profile::of(&answer), "id")?;
        let _ = self.user_id.set(profile.id);
        Ok(profile)
    }

    /// The wallet.
    ///
    /// # Errors
    /// In words.
    pub async fn balance(&self) -> Result<Balance, ApiError> {
        let url = self.url(&format!("/core/v1/accounts/{}/balance/", self.user_id().await?));
        let answer = self.ask(Group::Account, Again::Yes, |http| http.get(&url)).await?;
        strange(Balance::of(&answer), "real")
    }

    /// The advance in kopecks; only accounts that pay per action have one.
    ///
    /// # Errors
    /// In words.
    pub async fn advance(&self) -> Result<i64, ApiError> {
        let url = self.url("/cpa/v3/balanceInfo");
        let asked = self.ask(Group::Advance, Again::Never, |http| {
            http.post(&url).header("X-Source", SOURCE).json(&json!({}))
        });
        strange(Balance::advance_of(&asked.await?), "balance")
    }

    /// A page of the ads in the given statuses (`active`, comma between several), from 1 on.
    ///
    /// # Errors
    /// In words.
    pub async fn items(&self, statuses: &str, page: u32) -> Result<ItemsPage, ApiError> {
        let url = self.url(&format!("/core/v1/items?per_page={ADS_A_PAGE}&page={page}&status={statuses}"));
        let answer = self.ask(Group::Items, Again::Yes, |http| http.get(&url)).await?;
        let came = strange(answer["resources"].as_array(), "resources")?.len();
        Ok(ItemsPage { items: Item::page(&answer), has_more: came >= ADS_A_PAGE })
    }

    /// Figures by day of at most two hundred ads.
    ///
    /// # Errors
    /// In words.
    pub async fn stats_by_day(
        &self,
        ads: &[AdId],
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<Day>, ApiError> {
        let url = self.url(&format!("/stats/v1/accounts/{}/items", self.user_id().await?));
        let question = json!({
            "dateFrom": from.to_string(), "dateTo": to.to_string(), "itemIds": &ads[..ads.len().min(ADS_AT_ONCE)],
            "fields": ["uniqViews", "uniqContacts", "uniqFavorites"], "periodGrouping": "day",
        });
        let asked = self.ask(Group::StatsByDay, Again::Yes, |http| http.post(&url).json(&question));
        strange(Day::all(&asked.await?), "items")
    }

    /// Analytics of the profile: views, contacts, favorites and spending. Once a minute.
    ///
    /// # Errors
    /// In words.
    pub async fn analytics(
        &self,
        by: Analytics,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<Metrics>, ApiError> {
        let url = self.url(&format!("/stats/v2/accounts/{}/items", self.user_id().await?));
        let question = json!({
            "dateFrom": from.to_string(), "dateTo": to.to_string(), "grouping": by.as_str(),
            "metrics": ["impressions", "views", "contacts", "favorites", "allSpending"],
            "limit": 1000, "offset": 0,
        });
        let asked = self.ask(Group::Analytics, Again::Never, |http| http.post(&url).json(&question));
        strange(Metrics::all(&asked.await?), "groupings")
    }
}
