use serde_json::json;

use super::*;
use crate::domain::id::{AdId, AvitoUserId, ReviewAnswerId};

const WE: AvitoUserId = AvitoUserId(318_204_577);
const CLIENT: AvitoUserId = AvitoUserId(241_877_305);

macro_rules! sample {
    ($path:literal) => {
        parse(include_str!(concat!("../../../../tests/data/avito/", $path))).expect("JSON")
    };
}

#[test]
fn a_chat_says_who_writes_about_what_and_from_where() {
    let chat = Chat::of(&sample!("messenger/chat_one.json")).expect("a chat");
    assert_eq!((chat.id.as_str(), chat.kind()), ("u2i-Kq7mTzX2vR0aYc_9dLhB4w", "u2i"));
    let client = chat.client(WE).expect("the client");
    assert_eq!((client.id, client.name.as_str()), (CLIENT, "Ольга"));
    let ad = chat.ad.as_ref().expect("an ad");
    assert_eq!(ad.id, Some(AdId(4_417_230_951)));
    assert_eq!((ad.city.as_str(), ad.user_id, ad.is_deleted), ("Саратов", Some(WE), false));
    assert!(ad.picture.starts_with("https://30.img.avito.st/"));
    let last = chat.last_message.as_ref().expect("a message");
    assert_eq!((last.direction(WE), last.delivered), (Direction::In, Some(1_795_333_295)));
}

#[test]
fn every_chat_of_both_pages_is_read() {
    for (page, wanted) in [
        (sample!("messenger/chats_page1_limit5_offset0.json"), 5),
        (sample!("messenger/chats_page2_limit5_offset5_last.json"), 4),
        (sample!("messenger/chats_empty.json"), 0),
    ] {
        let given = page["chats"].as_array().map(Vec::len);
        let read = Chats::of(&page);
        assert_eq!(Some(read.chats.len()), given);
        assert!(read.chats.len() >= wanted.min(1) * usize::from(wanted > 0), "{wanted}");
        assert!(read.chats.iter().all(|chat| !chat.id.is_empty() && chat.updated > 0));
    }
}

#[test]
fn messages_of_every_kind_are_read_and_kept_as_they_came() {
    let page = Messages::of(&sample!("messenger/messages_all_types.json"));
    let given = sample!("messenger/messages_all_types.json");
    assert_eq!(page.messages.len(), given["messages"].as_array().expect("a list").len());
    let kinds: std::collections::BTreeSet<&str> = page.messages.iter().map(|m| m.kind.as_str()).collect();
    for kind in [
        "appCall", "call", "deleted", "file", "image", "item", "link", "location", "system", "text", "video",
        "voice",
    ] {
        assert!(kinds.contains(kind), "{kind}");
    }
    for message in &page.messages {
        match (&message.content, message.kind.as_str()) {
            (Content::Text(text), "text") => assert!(!text.is_empty()),
            (Content::Image(picture), "image") => {
                assert!(picture.preview().is_some_and(|url| url.contains("140x105")));
                assert!(picture.largest().is_some_and(|url| url.contains("1280x960")));
            }
            (Content::Link { url, .. }, "link") => assert!(!url.is_empty()),
            (Content::Item { title, url, .. }, "item") => assert!(!title.is_empty() && !url.is_empty()),
            (Content::Location { place, text, .. }, "location") => {
                assert!(place.is_some() && !text.is_empty())
            }
            (Content::Call { status }, "call") => assert_eq!(status, "missed"),
            (Content::Voice { voice_id }, "voice") => assert!(!voice_id.is_empty()),
            (Content::System { flow_id, .. }, "system") => assert!(!flow_id.is_empty()),
            (Content::Deleted, "deleted")
            | (Content::AppCall, "appCall")
            | (Content::File, "file")
            | (Content::Video, "video") => {}
            other => panic!("{other:?}"),
        }
    }
    let quoting = page.messages.iter().find_map(|message| message.quote.as_ref()).expect("a quote");
    assert!(matches!(quoting.content, Content::Image(_)));
}

#[test]
fn both_forms_of_a_page_of_messages_are_read() {
    let bare = Messages::of(&sample!("messenger/messages_bare_array_form.json"));
    assert!(!bare.messages.is_empty() && bare.has_more.is_none());
    let wrapped = Messages::of(&sample!("messenger/messages_page1_has_more.json"));
    assert_eq!(wrapped.has_more, Some(true));
}

#[test]
fn every_delivery_is_read() {
    macro_rules! delivery {
        ($name:literal) => {
            WebhookEvent::parse(include_str!(concat!("../../../../tests/data/avito/webhook_v3/", $name)))
                .expect("an object")
        };
    }
    let message = |event: WebhookEvent| match event {
        WebhookEvent::Message(message) => message,
        other => panic!("{other:?}"),
    };
    let text = message(delivery!("text_in.json"));
    assert_eq!((text.user_id, text.ad), (WE, Some(AdId(4_417_230_951))));
    assert_eq!(text.message.direction(text.user_id), Direction::In);
    assert_eq!(text.message.content, Content::Text("Мастер уже выехал?".to_owned()));
    let echo = message(delivery!("text_out_echo.json"));
    assert_eq!(echo.message.direction(echo.user_id), Direction::Out);
    let read = message(delivery!("text_read_mark.json"));
    assert_eq!((&read.message.id, read.message.read.is_some()), (&echo.message.id, true));
    let deleted = message(delivery!("deleted_by_client.json"));
    assert_eq!((&deleted.message.id, &deleted.message.content), (&text.message.id, &Content::Deleted));
    let bare = message(delivery!("text_in_without_optional_fields.json"));
    assert_eq!(bare.message.direction(bare.user_id), Direction::In);
    assert_eq!(message(delivery!("text_u2u_in.json")).ad, None);
    assert_eq!(message(delivery!("text_a2u_in.json")).chat_type, "a2u");
    for event in [
        delivery!("image_in.json"),
        delivery!("voice_in.json"),
        delivery!("link_in.json"),
        delivery!("location_in.json"),
        delivery!("item_in.json"),
        delivery!("call_missed_in.json"),
        delivery!("system_bot.json"),
        delivery!("app_call_in.json"),
        delivery!("file_in.json"),
        delivery!("video_in.json"),
        delivery!("text_in_new_chat.json"),
    ] {
        assert_ne!(message(event).message.content, Content::Unknown);
    }
    assert_eq!(delivery!("registration_check_empty_object.json"), WebhookEvent::Check);
    let other = WebhookEvent::parse(r#"{"payload":{"type":"chat_closed","value":{}}}"#);
    assert_eq!(other, Some(WebhookEvent::Other("chat_closed".to_owned())));
    assert_eq!(WebhookEvent::parse("[]"), None);
    assert_eq!(WebhookEvent::parse("<html>"), None);
}

#[test]
fn odd_values_are_read_or_left_out_and_never_an_error() {
    let chat = json!({
        "id": "u2i-x", "context": null, "users": [{ "id": "241877305", "name": null }, { "name": "без номера" }, 5],
        "updated": "1795333295", "last_message": { "id": "m", "type": "hologram", "content": [1], "author_id": null },
    });
    let chat = Chat::of(&chat).expect("a chat");
    assert_eq!((chat.ad.is_none(), chat.users.len(), chat.updated), (true, 1, 1_795_333_295));
    let last = chat.last_message.expect("a message");
    assert_eq!((last.kind.as_str(), &last.content), ("hologram", &Content::Unknown));
    assert_eq!(last.raw, json!([1]));
    assert_eq!(Chat::of(&json!({ "users": [] })), None);
    assert_eq!(Message::of(&json!({ "text": "без номера" })), None);
    let gone = json!({ "id": "u2i-x", "context": { "value": { "id": 5, "status_id": 20 } }, "users": [{ "id": 318_204_577 }] });
    let gone = Chat::of(&gone).expect("a chat");
    assert!(gone.ad.as_ref().is_some_and(|ad| ad.is_deleted) && gone.client(WE).is_none());
    let long = Chats::of(&json!({ "chats": [null, 5, {}, { "id": "u2i-y" }] }));
    assert_eq!(long.chats.len(), 1);
}

#[test]
fn money_ads_and_figures_are_read() {
    let balance = Balance::of(&sample!("account/balance_200.json"));
    assert_eq!(balance, Some(Balance { real: 123_450, bonus: 15_000 }));
    assert_eq!(Balance::advance_of(&sample!("account/cpa_balance_v3_200.json")), Some(-5000));
    assert_eq!(Profile::of(&sample!("account/self_200.json")).map(|profile| profile.id), Some(WE));
    let items = Item::page(&sample!("items/items_page1_per_page3.json"));
    assert_eq!(items.iter().filter(|item| item.status == "active").count(), 2);
    let metrics = Metrics::all(&sample!("items/stats_v2_by_item_200.json")).expect("groups");
    assert_eq!((metrics[0].of, metrics[0].get("views")), (4_417_230_951, Some(256)));
    let days = Day::all(&sample!("items/stats_v1_200.json")).expect("days");
    assert_eq!((days.len(), days[0].views), (5, 41));
    assert!(Metrics::all(&sample!("items/stats_v2_by_day_200.json")).is_some());
}

#[test]
fn reviews_are_read_with_our_answers() {
    let page = Reviews::of(&sample!("ratings/reviews_page_200.json")).expect("a page");
    assert_eq!((page.total, page.reviews.len()), (4, 4));
    let rejected = page.reviews[2].answer.as_ref().expect("an answer");
    assert_eq!(
        (rejected.id, rejected.reasons.as_slice()),
        (ReviewAnswerId(1_234_501), &["Нецензурная лексика".to_owned()][..])
    );
    assert_eq!(Rating::of(&sample!("ratings/info_200.json")).and_then(|rating| rating.score), Some(4.8));
    assert_eq!(Rating::of(&sample!("ratings/info_no_rating_200.json")).and_then(|rating| rating.score), None);
    assert_eq!(
        Rating::of(&sample!("ratings/info_disabled_200.json")).map(|rating| rating.is_enabled),
        Some(false)
    );
    assert_eq!(Rating::of(&json!([])), None);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in ".{0,200}", kind in "[a-zA-Z]{0,8}") {
        let value = json!({ "id": text, "type": kind, "content": { (kind.clone()): text }, "users": text, "payload": { "type": "message", "value": text } });
        let _ = (Chat::of(&value), Message::of(&value), WebhookEvent::of(&value), WebhookEvent::parse(&text));
    }
}
