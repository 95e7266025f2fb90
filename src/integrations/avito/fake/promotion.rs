//! Bids of ads (docs/avito-api.md 9): `promotions` of an account is `{"AD": {"bidPenny", "limitPenny", "recBidPenny",
//! "minBidPenny", "maxBidPenny", "minLimitPenny", "maxLimitPenny", "bids"}}`.

use serde_json::{Value, json};

use super::question::{Answer, Question};
use super::stage::{Stage, lock};

/// The action one pays for: a message.
const ACTION: i64 = 7;

fn refused(status: u16, message: &str) -> Answer {
    (status, json!({ "message": message }))
}

pub fn answer(stage: &Stage, question: &Question<'_>) -> Result<Answer, Answer> {
    let we = question.user_id;
    let mut accounts = lock(&stage.accounts);
    let ledger = accounts.get_mut(&we).ok_or_else(|| refused(403, "Forbidden"))?;
    let promotions = ledger.told.entry("promotions".to_owned()).or_insert_with(|| json!({}));
    match (question.method, &question.path[..]) {
        ("POST", ["cpxpromo", "1", "getPromotionsByItemIds"]) => {
            let ads = question.body["itemIDs"].as_array().cloned().unwrap_or_default();
            if ads.is_empty() || ads.len() > 200 || ads.iter().any(|ad| !ad.is_i64()) {
                return Err(refused(400, "itemIDs: from 1 to 200 numbers"));
            }
            let items: Vec<Value> = ads
                .iter()
                .filter_map(|ad| {
                    let known = promotions.get(ad.to_string())?;
                    let manual = if known["bidPenny"].is_null() {
                        Value::Null
                    } else {
                        json!({ "bidPenny": known["bidPenny"], "limitPenny": known["limitPenny"] })
                    };
                    Some(json!({
                        "itemID": ad, "actionTypeID": ACTION, "manualPromotion": manual, "autoPromotion": null,
                    }))
                })
                .collect();
            Ok((200, json!({ "items": items })))
        }
        ("GET", ["cpxpromo", "1", "getBids", ad]) => {
            let known = promotions.get(*ad).ok_or_else(|| refused(400, "item has no promotion"))?;
            Ok((
                200,
                json!({ "actionTypeID": ACTION, "selectedType": "manual", "manual": known, "auto": null }),
            ))
        }
        ("POST", ["cpxpromo", "1", "setManual"]) => {
            let ad = question.body["itemID"].as_i64().ok_or_else(|| refused(400, "itemID is required"))?;
            let known =
                promotions.get_mut(ad.to_string()).ok_or_else(|| refused(400, "item has no promotion"))?;
            if question.body["actionTypeID"] != ACTION {
                return Err(refused(400, "actionTypeID does not fit"));
            }
            let bid = question.body["bidPenny"].as_i64().unwrap_or_default();
            let edge = |name: &str, otherwise: i64| known[name].as_i64().unwrap_or(otherwise);
            if bid < edge("minBidPenny", 1) || bid > edge("maxBidPenny", i64::MAX) {
                return Err(refused(400, "bidPenny is out of range"));
            }
            if let Some(limit) = question.body.get("limitPenny") {
                let limit = limit.as_i64().ok_or_else(|| refused(400, "limitPenny is no number"))?;
                if limit < edge("minLimitPenny", 1) || limit > edge("maxLimitPenny", i64::MAX) {
                    return Err(refused(400, "limitPenny is out of range"));
                }
                known["limitPenny"] = json!(limit);
            }
            known["bidPenny"] = json!(bid);
            Ok((200, Value::Null))
        }
        _ => Err(refused(404, "Not found")),
    }
}
