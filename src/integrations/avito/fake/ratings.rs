//! Rating, reviews and our answers to them (docs/avito-api.md 8).

use serde_json::{Value, json};

use super::question::{Answer, Question, refusal};
use super::stage::{Stage, lock};

pub fn answer(stage: &Stage, question: &Question<'_>) -> Result<Answer, Answer> {
    let mut accounts = lock(&stage.accounts);
    let Some(ledger) = accounts.get_mut(&question.user_id) else { return Err(refusal(404, "Not found")) };
    let unrated = json!({ "isEnabled": true, "rating": null });
    let reviews = ledger.told.entry("reviews".to_owned()).or_insert_with(|| json!([]));
    let Some(reviews) = reviews.as_array_mut() else { return Err(refusal(500, "Error")) };
    match (question.method, &question.path[..]) {
        ("GET", ["ratings", "v1", "info"]) => {
            Ok((200, ledger.told.get("rating").cloned().unwrap_or(unrated)))
        }
        ("GET", ["ratings", "v1", "reviews"]) => {
            let offset = question.number("offset", None, 0..=100_000)?;
            let limit = question.number("limit", None, 1..=50)?;
            let place = |number: i64| usize::try_from(number).unwrap_or_default();
            let page: Vec<&Value> = reviews.iter().skip(place(offset)).take(place(limit)).collect();
            Ok((200, json!({ "total": reviews.len(), "reviews": page })))
        }
        ("POST", ["ratings", "v1", "answers"]) => {
            let text = question.body["message"].as_str().unwrap_or_default().to_owned();
            let wanted = &question.body["reviewId"];
            if text.trim().is_empty() || !wanted.is_i64() {
                return Err((
                    400,
                    json!({ "error": { "code": "validation", "message": "Field `message` is empty" } }),
                ));
            }
            let found = reviews.iter_mut().find(|review| review["id"] == *wanted);
            let review = found.ok_or_else(|| refusal(404, "Not found"))?;
            if review["canAnswer"] == false {
                return Err(refusal(403, "Forbidden"));
            }
            let (id, now) = (i64::from(rand::random::<u32>()) + 1, stage.now());
            review["answer"] = json!({ "id": id, "text": text, "status": "moderation", "createdAt": now });
            review["canAnswer"] = json!(false);
            Ok((200, json!({ "id": id, "createdAt": now })))
        }
        ("DELETE", ["ratings", "v1", "answers", id]) => {
            let wanted = id.parse::<i64>().ok();
            let found = reviews
                .iter_mut()
                .find(|review| wanted.is_some() && review["answer"]["id"].as_i64() == wanted);
            let review = found.ok_or_else(|| refusal(404, "Not found"))?;
            review["answer"] = Value::Null;
            review["canAnswer"] = json!(true);
            Ok((200, json!({ "success": true })))
        }
        _ => Err(refusal(404, "Not found")),
    }
}
