//! Bids and budgets of ads (docs/avito-api.md 9). All money is kopecks.

use serde_json::Value;

use super::fields::{list, number, said};
use crate::domain::id::AdId;

/// What is set for an ad.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promotion {
    /// The ad.
    pub ad: i64,
    /// For which action one pays; Avito's number.
    pub action: i64,
    /// Kopecks for one action, when it is set by hand.
    pub bid: Option<i64>,
    /// Kopecks a day at most.
    pub limit: Option<i64>,
    /// Kopecks of a period, when Avito sets the bids.
    pub budget: Option<i64>,
    /// `1d`, `7d`, `30d`.
    pub budget_type: String,
}

/// A bid one may choose, and what Avito expects of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Forecast {
    /// Kopecks.
    pub bid: i64,
    /// Contacts at least.
    pub least: i64,
    /// Contacts at most.
    pub most: i64,
    /// Per cent, by comparison with others; not a place in the search, which nobody tells.
    pub compare: Option<i64>,
}

/// What may be set for an ad.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bids {
    /// For which action one pays.
    pub action: i64,
    /// `manual`, `auto`, or another word.
    pub selected: String,
    /// By hand, when that is possible.
    pub manual: Option<Manual>,
    /// By Avito, when that is possible.
    pub auto: Option<Auto>,
}

/// A bid by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manual {
    /// What is set.
    pub bid: Option<i64>,
    /// A day at most.
    pub limit: Option<i64>,
    /// What Avito recommends.
    pub recommended: Option<i64>,
    /// The least and the most it may be.
    pub range: (i64, i64),
    /// The least and the most a day's limit may be.
    pub limits: (i64, i64),
    /// Bids to choose from.
    pub forecasts: Vec<Forecast>,
}

/// A budget Avito spends by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Auto {
    /// What is set.
    pub budget: Option<i64>,
    /// `1d`, `7d`, `30d`.
    pub budget_type: String,
    /// The least and the most it may be.
    pub range: (i64, i64),
    /// What Avito recommends for a day.
    pub recommended: Option<i64>,
}

impl Promotion {
    /// Reads what is set for ads; `None` when the answer has no list.
    pub fn all(value: &Value) -> Option<Vec<Self>> {
        let items = value["items"].as_array()?;
        Some(items.iter().filter_map(Self::of).collect())
    }

    fn of(value: &Value) -> Option<Self> {
        let (manual, auto) = (&value["manualPromotion"], &value["autoPromotion"]);
        Some(Self {
            ad: number(&value["itemID"])?,
            action: number(&value["actionTypeID"]).unwrap_or_default(),
            bid: number(&manual["bidPenny"]),
            limit: number(&manual["limitPenny"]),
            budget: number(&auto["budgetPenny"]),
            budget_type: said(&auto["budgetType"]).unwrap_or_default(),
        })
    }

    /// The ad.
    pub fn ad(&self) -> AdId {
        AdId(self.ad)
    }
}

impl Bids {
    /// Reads what may be set; `None` when the answer says neither.
    pub fn of(value: &Value) -> Option<Self> {
        let bids = Self {
            action: number(&value["actionTypeID"])?,
            selected: said(&value["selectedType"]).unwrap_or_default(),
            manual: Manual::of(&value["manual"]),
            auto: Auto::of(&value["auto"]),
        };
        (bids.manual.is_some() || bids.auto.is_some()).then_some(bids)
    }
}

fn range(value: &Value, least: &str, most: &str) -> (i64, i64) {
    let most = number(&value[most]).unwrap_or(i64::MAX / 4);
    (number(&value[least]).unwrap_or_default().min(most), most)
}

impl Manual {
    fn of(value: &Value) -> Option<Self> {
        value.as_object()?;
        let forecast = |value: &Value| {
            Some(Forecast {
                bid: number(&value["valuePenny"])?,
                least: number(&value["minForecast"]).unwrap_or_default(),
                most: number(&value["maxForecast"]).unwrap_or_default(),
                compare: number(&value["compare"]),
            })
        };
        let mut forecasts: Vec<Forecast> = list(&value["bids"]).iter().filter_map(forecast).collect();
        forecasts.sort_by_key(|forecast| forecast.bid);
        Some(Self {
            bid: number(&value["bidPenny"]),
            limit: number(&value["limitPenny"]),
            recommended: number(&value["recBidPenny"]),
            range: range(value, "minBidPenny", "maxBidPenny"),
            limits: range(value, "minLimitPenny", "maxLimitPenny"),
            forecasts,
        })
    }
}

impl Auto {
    fn of(value: &Value) -> Option<Self> {
        value.as_object()?;
        Some(Self {
            budget: number(&value["budgetPenny"]),
            budget_type: said(&value["budgetType"]).unwrap_or_default(),
            range: range(value, "minBudgetPenny", "maxBudgetPenny"),
            recommended: number(&value["dailyBudget"]["recBudgetPenny"]),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bids_are_read_as_far_as_they_are_told() {
        let told = json!({
            "actionTypeID": 7, "selectedType": "manual", "auto": null,
            "manual": { "bidPenny": 9200, "limitPenny": null, "recBidPenny": 11_000, "minBidPenny": 4000,
                "maxBidPenny": 50_000, "minLimitPenny": 10_000, "maxLimitPenny": 900_000,
                "bids": [{ "valuePenny": 11_000, "minForecast": 4, "maxForecast": 9, "compare": 60 },
                         { "valuePenny": 6000, "minForecast": 1, "maxForecast": 3, "compare": null }] },
        });
        let bids = Bids::of(&told).expect("bids");
        let manual = bids.manual.expect("by hand");
        assert_eq!((manual.bid, manual.limit, manual.range), (Some(9200), None, (4000, 50_000)));
        assert_eq!(manual.forecasts.iter().map(|one| one.bid).collect::<Vec<_>>(), [6000, 11_000]);
        assert!(bids.auto.is_none());
        assert_eq!(Bids::of(&json!({ "actionTypeID": 1, "manual": null, "auto": null })), None);
        let set = json!({ "items": [{ "itemID": 3_364_551_629_i64, "actionTypeID": 7,
            "manualPromotion": { "bidPenny": 9200, "limitPenny": null }, "autoPromotion": null }, { "x": 1 }] });
        let set = Promotion::all(&set).expect("a list");
        assert_eq!((set.len(), set[0].ad, set[0].bid, set[0].budget), (1, 3_364_551_629, Some(9200), None));
    }
}
