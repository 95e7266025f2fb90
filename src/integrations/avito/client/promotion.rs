//! Bids and budgets of ads (docs/avito-api.md 9). Nothing that changes a bid is ever asked twice.

use serde_json::json;

use super::{Again, Client};
use crate::domain::id::AdId;
use crate::integrations::avito::error::ApiError;
use crate::integrations::avito::pace::Group;
use crate::integrations::avito::wire::{Bids, Promotion};

/// Ads of one question for what is set.
pub const PROMOTIONS_AT_ONCE: usize = 200;

impl Client {
    /// What is set for at most two hundred ads; those without a promotion are left out.
    ///
    /// # Errors
    /// In words.
    pub async fn promotions(&self, ads: &[AdId]) -> Result<Vec<Promotion>, ApiError> {
        let url = self.url("/cpxpromo/1/getPromotionsByItemIds");
        let asked = json!({ "itemIDs": &ads[..ads.len().min(PROMOTIONS_AT_ONCE)] });
        let answer = self.ask(Group::Promotions, Again::Yes, |http| http.post(&url).json(&asked)).await?;
        Promotion::all(&answer).ok_or_else(|| ApiError::Strange("нет списка продвижений".to_owned()))
    }

    /// What may be set for an ad, and what Avito expects of it.
    ///
    /// # Errors
    /// In words.
    pub async fn bids(&self, ad: AdId) -> Result<Bids, ApiError> {
        let url = self.url(&format!("/cpxpromo/1/getBids/{ad}"));
        let answer = self.ask(Group::Bids, Again::Yes, |http| http.get(&url)).await?;
        Bids::of(&answer).ok_or_else(|| ApiError::Strange("нет ставок в ответе".to_owned()))
    }

    /// Sets the bid for one action, and the limit of a day where one is wanted; kopecks.
    ///
    /// # Errors
    /// In words; after some of them it may be done all the same.
    pub async fn set_bid(&self, ad: AdId, action: i64, bid: i64, limit: Option<i64>) -> Result<(), ApiError> {
        let url = self.url("/cpxpromo/1/setManual");
        let mut wanted = json!({ "itemID": ad, "actionTypeID": action, "bidPenny": bid });
        if let Some(limit) = limit {
            wanted["limitPenny"] = json!(limit);
        }
        self.ask(Group::SetBid, Again::Never, |http| http.post(&url).json(&wanted)).await.map(|_| ())
    }
}
