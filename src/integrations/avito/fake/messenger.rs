//! Chats and messages (docs/avito-api.md 4, 5).

use std::sync::Arc;

use actix_web::web::Bytes;
use serde_json::{Value, json};

use super::question::{Answer, Question, refusal};
use super::stage::{Kept, Stage, lock};

/// A message of ours may be deleted for so many seconds.
const DELETABLE: i64 = 3600;

pub fn answer(stage: &Arc<Stage>, question: &Question<'_>) -> Result<Answer, Answer> {
    let we = question.user_id;
    let path: Vec<&str> = question.path.iter().skip(1).copied().collect();
    if let [_, "accounts", account, ..] = path[..]
        && account != we.to_string()
    {
        return Err(refusal(403, "Forbidden"));
    }
    match (question.method, &path[..]) {
        ("GET", ["v2", "accounts", _, "chats"]) => chats(stage, question),
        ("GET", ["v2", "accounts", _, "chats", chat]) => with(stage, we, chat, |kept| Ok((200, shown(kept)))),
        ("GET", ["v3", "accounts", _, "chats", chat, "messages", ""]) => {
            let limit = question.number("limit", Some(100), 1..=100)?;
            let offset = question.number("offset", Some(0), 0..=1000)?;
            with(stage, we, chat, |kept| {
                let newest = kept.messages.iter().rev().skip(at(offset));
                let page: Vec<&Value> = newest.take(at(limit)).collect();
                let has_more = kept.messages.len() > at(offset) + page.len();
                Ok((200, json!({ "messages": page, "meta": { "has_more": has_more } })))
            })
        }
        ("POST", ["v1", "accounts", _, "chats", chat, "messages"]) => {
            let text = question.body["message"]["text"].as_str().unwrap_or_default().to_owned();
            if question.body["type"] != "text" || !(1..=1000).contains(&text.chars().count()) {
                return Err(refusal(400, "Validation error"));
            }
            with(stage, we, chat, |_| Ok(()))?;
            sent(stage, chat, "text", json!({ "text": text }))
        }
        ("POST", ["v1", "accounts", _, "uploadImages"]) => upload(stage, question),
        ("POST", ["v1", "accounts", _, "chats", chat, "messages", "image"]) => {
            let image = question.body["image_id"].as_str().unwrap_or_default().to_owned();
            if !lock(&stage.media).contains_key(&format!("{image}.jpg")) {
                return Err(refusal(400, "Unknown image"));
            }
            with(stage, we, chat, |_| Ok(()))?;
            sent(stage, chat, "image", json!({ "image": { "sizes": sizes(stage, &image) } }))
        }
        ("POST", ["v1", "accounts", _, "chats", chat, "messages", message]) => {
            delete(stage, we, chat, message)
        }
        ("POST", ["v1", "accounts", _, "chats", chat, "read"]) => with(stage, we, chat, |kept| {
            for message in kept.messages.iter_mut().filter(|message| message["direction"] == "in") {
                message["is_read"] = json!(true);
            }
            Ok((200, json!({ "ok": true })))
        }),
        ("GET", ["v1", "accounts", _, "getVoiceFiles"]) => {
            let base = lock(&stage.address).clone();
            let asked = question.query.iter().filter(|(name, _)| name == "voice_ids");
            let known = asked.filter(|(_, id)| lock(&stage.media).contains_key(&format!("{id}.mp4")));
            let urls = known.map(|(_, id)| (id.clone(), json!(format!("{base}/media/{id}.mp4"))));
            let urls: serde_json::Map<String, Value> = urls.collect();
            Ok((200, json!({ "voices_urls": urls })))
        }
        ("POST", ["v2", "accounts", _, "blacklist"]) => Ok((200, Value::Null)),
        ("POST", ["v3", "webhook"]) => hook(stage, question, true),
        ("POST", ["v1", "webhook", "unsubscribe"]) => hook(stage, question, false),
        ("POST", ["v1", "subscriptions"]) => {
            let accounts = lock(&stage.accounts);
            let hooks = accounts.get(&we).map(|ledger| ledger.hooks.as_slice()).unwrap_or_default();
            let hooks: Vec<Value> = hooks.iter().map(|url| json!({ "url": url, "version": "3" })).collect();
            Ok((200, json!({ "subscriptions": hooks })))
        }
        _ => Err(refusal(404, "Not found")),
    }
}

fn at(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}

fn with<T>(
    stage: &Stage,
    we: i64,
    chat: &str,
    f: impl FnOnce(&mut Kept) -> Result<T, Answer>,
) -> Result<T, Answer> {
    let mut chats = lock(&stage.chats);
    let found = chats.iter_mut().find(|kept| kept.user_id == we && kept.value["id"] == chat);
    f(found.ok_or_else(|| refusal(404, "Not found"))?)
}

/// A chat as the list shows it.
fn shown(kept: &Kept) -> Value {
    let mut value = kept.value.clone();
    if let Some(last) = kept.messages.last() {
        value["last_message"] = last.clone();
    }
    value
}

fn is_unread(kept: &Kept) -> bool {
    kept.messages.iter().any(|message| message["direction"] == "in" && message["is_read"] == false)
}

fn chats(stage: &Stage, question: &Question<'_>) -> Result<Answer, Answer> {
    let limit = question.number("limit", Some(100), 1..=100)?;
    let offset = question.number("offset", Some(0), 0..=1000)?;
    let kinds: Vec<&str> = question.query("chat_types").unwrap_or("u2i").split(',').collect();
    let unread_only = question.query("unread_only") == Some("true");
    let chats = lock(&stage.chats);
    let mut found: Vec<&Kept> = chats
        .iter()
        .filter(|kept| kept.user_id == question.user_id && (!unread_only || is_unread(kept)))
        .filter(|kept| {
            let id = kept.value["id"].as_str().unwrap_or_default();
            kinds.iter().any(|kind| id.starts_with(kind))
        })
        .collect();
    found.sort_by_key(|kept| std::cmp::Reverse(kept.value["updated"].as_i64()));
    let page: Vec<Value> = found.into_iter().skip(at(offset)).take(at(limit)).map(shown).collect();
    Ok((200, json!({ "chats": page })))
}

fn sent(stage: &Arc<Stage>, chat: &str, kind: &str, content: Value) -> Result<Answer, Answer> {
    let id = stage.goes(chat, kind, content);
    let kept = stage.messages(chat).into_iter().find(|message| message["id"] == id.as_str());
    Ok((200, kept.unwrap_or_default()))
}

fn delete(stage: &Arc<Stage>, we: i64, chat: &str, message: &str) -> Result<Answer, Answer> {
    let now = stage.now();
    with(stage, we, chat, |kept| {
        let found = kept.messages.iter().find(|known| known["id"] == message);
        let found = found.ok_or_else(|| refusal(404, "Not found"))?;
        let is_ours = found["direction"] == "out";
        let is_young = now - found["created"].as_i64().unwrap_or_default() <= DELETABLE;
        if is_ours && is_young { Ok(()) } else { Err(refusal(400, "Message can not be deleted")) }
    })?;
    stage.delete(chat, message);
    Ok((200, json!({})))
}

fn hook(stage: &Stage, question: &Question<'_>, wanted: bool) -> Result<Answer, Answer> {
    let url = question.body["url"].as_str().unwrap_or_default().to_owned();
    if !url.starts_with("https://") && !url.starts_with("http://127.0.0.1") {
        return Err(refusal(400, "Validation error"));
    }
    let mut accounts = lock(&stage.accounts);
    let Some(ledger) = accounts.get_mut(&question.user_id) else { return Err(refusal(404, "Not found")) };
    let is_there = ledger.hooks.contains(&url);
    ledger.hooks.retain(|known| *known != url);
    if wanted {
        ledger.hooks.push(url);
        if is_there {
            return Err(refusal(409, "Conflict"));
        }
    }
    Ok((200, json!({ "ok": true })))
}

/// Addresses of a picture; one size is as good as another here.
fn sizes(stage: &Stage, image: &str) -> Value {
    let base = lock(&stage.address).clone();
    let url = format!("{base}/media/{image}.jpg");
    json!({ "1280x960": url, "640x480": url, "140x105": url, "32x32": url })
}

fn upload(stage: &Stage, question: &Question<'_>) -> Result<Answer, Answer> {
    let bytes = question.bytes;
    let find = |what: &[u8], from: usize| {
        bytes[from..].windows(what.len()).position(|window| window == what).map(|place| place + from)
    };
    let named = find(b"name=\"uploadfile[]\"", 0);
    let begin = named.and_then(|named| find(b"\r\n\r\n", named)).map(|place| place + 4);
    let end = begin.and_then(|begin| find(b"\r\n--", begin));
    let (Some(begin), Some(end)) = (begin, end) else { return Err(refusal(400, "Validation error")) };
    let picture = Bytes::copy_from_slice(&bytes[begin..end]);
    if picture.is_empty() {
        return Err(refusal(400, "Empty file"));
    }
    let id = format!("58213.{}", &uuid::Uuid::new_v4().simple().to_string()[..16]);
    lock(&stage.media).insert(format!("{id}.jpg"), ("image/jpeg".to_owned(), picture));
    Ok((200, json!({ (id.clone()): sizes(stage, &id) })))
}
