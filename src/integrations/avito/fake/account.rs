//! The account, its money, its ads and their figures (docs/avito-api.md 6, 7).

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::question::{Answer, Question, refusal};
use super::stage::{Stage, lock};

/// Figures reach back so many days.
const DEPTH: i64 = 270;

pub fn answer(stage: &Stage, question: &Question<'_>) -> Result<Answer, Answer> {
    let we = question.user_id;
    if let [_, _, "accounts", account, ..] = question.path[..]
        && account != "self"
        && account != we.to_string()
    {
        return Err(refusal(403, "Forbidden"));
    }
    match (question.method, &question.path[..]) {
        ("GET", ["core", "v1", "accounts", "self"]) => {
            let name = lock(&stage.accounts).get(&we).map(|ledger| ledger.name.clone()).unwrap_or_default();
            let url = format!("https://avito.ru/user/{we}/profile");
            Ok((
                200,
                json!({ "id": we, "name": name, "email": "", "phone": "", "phones": [], "profile_url": url }),
            ))
        }
        ("GET", ["core", "v1", "accounts", _, "balance", ""]) => {
            Ok((200, told(stage, we, "balance", json!({ "real": 0, "bonus": 0 }))))
        }
        ("POST", ["cpa", "v3", "balanceInfo"]) => {
            if !question.source {
                return Err(refusal(400, "X-Source is required"));
            }
            match told(stage, we, "advance", Value::Null) {
                Value::Null => Err(refusal(403, "Forbidden")),
                advance => Ok((200, json!({ "balance": advance }))),
            }
        }
        ("GET", ["core", "v1", "items"]) => items(stage, question),
        ("POST", ["stats", "v1", "accounts", _, "items"]) => by_day(stage, question),
        ("POST", ["stats", "v2", "accounts", _, "items"]) => analytics(stage, question),
        _ => Err(refusal(404, "Not found")),
    }
}

fn told(stage: &Stage, we: i64, what: &str, otherwise: Value) -> Value {
    let accounts = lock(&stage.accounts);
    accounts.get(&we).and_then(|ledger| ledger.told.get(what).cloned()).unwrap_or(otherwise)
}

fn items(stage: &Stage, question: &Question<'_>) -> Result<Answer, Answer> {
    let per_page = question.number("per_page", Some(25), 1..=99)?;
    let page = question.number("page", Some(1), 1..=10_000)?;
    let statuses: Vec<&str> = question.query("status").unwrap_or("active").split(',').collect();
    let known = ["active", "removed", "old", "blocked", "rejected"];
    if statuses.iter().any(|status| !known.contains(status)) {
        return Err(refusal(400, "Validation error"));
    }
    let all = told(stage, question.user_id, "items", json!([]));
    let wanted = all.as_array().cloned().unwrap_or_default().into_iter();
    let wanted =
        wanted.filter(|item| item["status"].as_str().is_some_and(|status| statuses.contains(&status)));
    let skip = usize::try_from((page - 1) * per_page).unwrap_or_default();
    let page_of: Vec<Value> = wanted.skip(skip).take(usize::try_from(per_page).unwrap_or_default()).collect();
    Ok((200, json!({ "meta": { "page": page, "per_page": per_page }, "resources": page_of })))
}

/// From and to of a question for figures.
fn period(stage: &Stage, question: &Question<'_>) -> Result<(NaiveDate, NaiveDate), Answer> {
    let day = |name: &str| question.body[name].as_str().and_then(|text| text.parse::<NaiveDate>().ok());
    let (Some(from), Some(to)) = (day("dateFrom"), day("dateTo")) else {
        return Err(refusal(400, "Validation error"));
    };
    let today = lock(&stage.clock).now().date();
    if to < from || (today - from).num_days() > DEPTH {
        return Err(refusal(400, "Validation error"));
    }
    Ok((from, to))
}

/// Figures that were set: `[{"day", "ad", "views", "contacts", "spending"}]`.
fn days(stage: &Stage, question: &Question<'_>) -> Result<Vec<(NaiveDate, Value)>, Answer> {
    let (from, to) = period(stage, question)?;
    let all = told(stage, question.user_id, "days", json!([]));
    let all = all.as_array().cloned().unwrap_or_default().into_iter();
    let dated = all.filter_map(|day| Some((day["day"].as_str()?.parse::<NaiveDate>().ok()?, day)));
    Ok(dated.filter(|(day, _)| (from..=to).contains(day)).collect())
}

fn by_day(stage: &Stage, question: &Question<'_>) -> Result<Answer, Answer> {
    let ads = question.body["itemIds"].as_array().cloned().unwrap_or_default();
    if ads.is_empty() || ads.len() > 200 {
        return Err(refusal(400, "Validation error"));
    }
    let days = days(stage, question)?;
    let items = ads.iter().map(|ad| {
        let of_ad = days.iter().filter(|(_, value)| value["ad"] == *ad);
        let stats: Vec<Value> = of_ad
            .map(|(day, value)| {
                json!({ "date": day.to_string(), "uniqViews": value["views"], "uniqContacts": value["contacts"], "uniqFavorites": 0 })
            })
            .collect();
        json!({ "itemId": ad, "stats": stats })
    });
    let items: Vec<Value> = items.collect();
    Ok((200, json!({ "result": { "items": items } })))
}

fn analytics(stage: &Stage, question: &Question<'_>) -> Result<Answer, Answer> {
    let limit = question.body["limit"].as_i64().unwrap_or_default();
    let (Some(grouping), true) = (question.body["grouping"].as_str(), (0..=1000).contains(&limit)) else {
        return Err(refusal(400, "Validation error"));
    };
    let mut groups: std::collections::BTreeMap<i64, [i64; 3]> = std::collections::BTreeMap::new();
    for (day, value) in days(stage, question)? {
        let id = match grouping {
            "totals" => 0,
            "item" => value["ad"].as_i64().unwrap_or_default(),
            "day" => day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp(),
            _ => return Err(refusal(400, "Validation error")),
        };
        let sums = groups.entry(id).or_default();
        for (sum, name) in sums.iter_mut().zip(["views", "contacts", "spending"]) {
            *sum += value[name].as_i64().unwrap_or_default();
        }
    }
    let groups: Vec<Value> = groups
        .into_iter()
        .map(|(id, [views, contacts, spending])| {
            json!({ "id": id, "type": grouping, "metrics": [
                { "slug": "views", "value": views }, { "slug": "contacts", "value": contacts },
                { "slug": "allSpending", "value": spending },
            ]})
        })
        .collect();
    Ok((
        200,
        json!({ "result": { "dataTotalCount": groups.len(), "groupings": groups, "timestamp": "2026-11-25 15:19:21" } }),
    ))
}
