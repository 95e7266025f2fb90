//! Joining two clients and taking it back.

use chrono::Duration;
use diesel::prelude::*;

use super::{Desk, MARINA, OTHER, desk};
use callcentre::domain::id::ClientId;

/// Марина with a call and an order, Мария with two calls, an order and a warning.
async fn two() -> (Desk, ClientId, ClientId) {
    let desk = desk().await;
    let (marina, maria) = (desk.client(MARINA, "Марина"), desk.client(OTHER, "Мария"));
    desk.call(MARINA, "2026-11-20T09:00:00");
    desk.order(MARINA, "ул. Чапаева, 48");
    desk.call(OTHER, "2026-11-21T09:00:00");
    desk.call(OTHER, "2026-11-22T09:00:00");
    desk.order(OTHER, "пр. Мира, 5");
    let warned = [("warning", "Собака"), ("saw", "")];
    assert_eq!(desk.olga.submit(&format!("/clients/{maria}/warning"), &warned).await.status, 303);
    (desk, marina, maria)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_says_what_will_happen_and_changes_nothing() {
    let (desk, marina, maria) = two().await;
    let found = desk.anna.hx_get("found", &format!("/clients/{marina}/merge?q=%D0%BC%D0%B0%D1%80")).await;
    assert!(found.is_fragment());
    assert_eq!(found.count(".client-found li"), 1, "the client itself is not offered: {}", found.body);
    assert!(found.has(&format!("a[href='/clients/{marina}/merge?with={maria}']")));
    let page = desk.anna.get(&format!("/clients/{marina}/merge?with={maria}")).await;
    let after = page.text_of("section[aria-labelledby=after-title]");
    for words in ["Звонков3 из них перейдёт 2", "Заказов2 из них перейдёт 1", "Собака", "Марина", "Мария"]
    {
        assert!(after.contains(words), "no {words} in {after}");
    }
    assert_eq!(page.count("input[name=name][type=radio]"), 2);
    assert!(page.has(&format!("a[href='/clients/{maria}/merge?with={marina}']")), "the other way round");
    assert_eq!(desk.merged_into(maria), None);
    assert_eq!(desk.calls_of(maria).len(), 2);
    for (with, status) in [(marina, 400), (ClientId(999), 404)] {
        let page = desk.anna.get(&format!("/clients/{marina}/merge?with={with}")).await;
        assert_eq!(page.status, status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_moves_everything_and_old_links_lead_to_who_stays() {
    let (desk, marina, maria) = two().await;
    let calls_before = desk.calls_of(maria);
    let with = maria.to_string();
    let to = format!("/clients/{marina}/merge");
    let done = desk.anna.submit(&to, &[("with", &with), ("name", "merged")]).await;
    assert_eq!((done.status, done.header("location")), (303, &*format!("/clients/{marina}")));
    assert_eq!(desk.numbers_of(marina), [MARINA, OTHER]);
    assert_eq!(desk.calls_of(marina).len(), 3);
    assert!(desk.calls_of(maria).is_empty() && desk.numbers_of(maria).is_empty());
    // A telephony worker that has read these calls before must read them again.
    use callcentre::platform::db::schema::calls;
    let versions: Vec<i64> = desk
        .app
        .read(|db| calls::table.filter(calls::id.eq_any(calls_before)).select(calls::version).load(db));
    assert_eq!(versions, [1, 1]);
    let page = desk.anna.get(&format!("/clients/{marina}")).await;
    assert_eq!(page.text_of("h1"), "Мария");
    assert!(page.text_of(".client-warning").contains("Собака Ольга"), "with its author");
    assert!(page.text_of("section[aria-labelledby=merges-title]").contains("1 номер, 2 звонка, 1 заказ"));
    for (method, path) in [("get", format!("/clients/{maria}")), ("get", format!("/clients/{maria}/merge"))] {
        let moved = desk.anna.get(&path).await;
        assert_eq!(moved.status, 303, "{method} {path}");
    }
    let moved = desk.anna.get(&format!("/clients/{maria}")).await;
    assert_eq!(moved.header("location"), format!("/clients/{marina}"));
    for (path, fields) in [
        ("name", vec![("name", "Пётр")]),
        ("warning", vec![("warning", "!"), ("saw", "")]),
        ("phones", vec![("phone", "89005550000")]),
    ] {
        let answer = desk.olga.submit(&format!("/clients/{maria}/{path}"), &fields).await;
        assert_eq!(answer.status, 409, "a card nobody sees any more is not changed: {path}");
    }
    // Found by both names and both numbers, once.
    for q in ["%D0%BC%D0%B0%D1%80%D0%B8%D0%BD%D0%B0", "%D0%BC%D0%B0%D1%80%D0%B8%D1%8F", MARINA, OTHER] {
        let found = desk.anna.get(&format!("/clients?q={q}")).await;
        assert_eq!(found.count(".client-found li"), 1, "{q}");
    }
    // The same form sent twice is done once.
    assert_eq!(desk.anna.submit(&to, &[("with", &with)]).await.status, 303);
    assert_eq!(desk.journal("client.merge").len(), 1);
    // New calls and orders of the number are the survivor's.
    let newer = desk.call(OTHER, "2026-11-23T11:00:00");
    assert!(desk.calls_of(marina).contains(&newer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_merges_leads_to_the_last_survivor() {
    let (desk, marina, maria) = two().await;
    let ivan = desk.client("79005550000", "Иван");
    for (kept, merged) in [(marina, maria), (ivan, marina)] {
        let (to, with) = (format!("/clients/{kept}/merge"), merged.to_string());
        assert_eq!(desk.anna.submit(&to, &[("with", &with)]).await.status, 303);
    }
    let moved = desk.anna.get(&format!("/clients/{maria}")).await;
    assert_eq!(moved.header("location"), format!("/clients/{ivan}"));
    // The inner one can be taken back after the outer one only.
    let merges: Vec<i64> = {
        use callcentre::platform::db::schema::client_merges as m;
        desk.app.read(|db| m::table.order(m::id).select(m::id).load(db))
    };
    let inner = format!("/clients/{marina}/merges/{}/undo", merges[0]);
    let outer = format!("/clients/{ivan}/merges/{}/undo", merges[1]);
    assert_eq!(desk.olga.submit(&inner, &[]).await.status, 409);
    assert_eq!(desk.olga.submit(&outer, &[]).await.status, 303);
    assert_eq!(desk.olga.submit(&inner, &[]).await.status, 303);
    assert_eq!(desk.numbers_of(maria), [OTHER]);
    assert_eq!(desk.numbers_of(marina), [MARINA]);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_moves_exactly_what_was_moved() {
    let (desk, marina, maria) = two().await;
    let (own, theirs) = (desk.calls_of(marina), desk.calls_of(maria));
    let to = format!("/clients/{marina}/merge");
    assert_eq!(desk.anna.submit(&to, &[("with", &maria.to_string()), ("name", "merged")]).await.status, 303);
    let between = desk.call(OTHER, "2026-11-23T11:00:00");
    let order_between = desk.order(OTHER, "пр. Мира, 6");
    let page = desk.anna.get(&format!("/clients/{marina}")).await;
    let undo = page.attr("form[action$='/undo']", "action").expect("who did it may take it back");
    assert_eq!(desk.anna.hx_submit("main", &undo, &[]).await.status, 204);
    assert_eq!(desk.calls_of(maria), theirs);
    assert_eq!(desk.calls_of(marina), [own, vec![between]].concat(), "what came between stays");
    let orders = desk.app.read(|db| callcentre::clients::queries::orders_of(db, marina, 10));
    assert!(orders.iter().any(|order| order.id.0 == order_between) && orders.len() == 2);
    assert_eq!((desk.numbers_of(marina), desk.numbers_of(maria)), (vec![MARINA.into()], vec![OTHER.into()]));
    let (page, back) = (
        desk.anna.get(&format!("/clients/{marina}")).await,
        desk.anna.get(&format!("/clients/{maria}")).await,
    );
    assert_eq!((page.text_of("h1"), back.text_of("h1")), ("Марина".into(), "Мария".into()));
    assert!(!page.has(".client-warning") && back.text_of(".client-warning").contains("Собака"));
    assert!(!page.has("form[action$='/undo']"));
    assert_eq!(desk.olga.submit(&undo, &[]).await.status, 404, "twice");
    assert_eq!(desk.journal("client.unmerge").len(), 1);
    let found = desk.anna.get(&format!("/clients?q={OTHER}")).await;
    assert_eq!(found.attr(".client-found a", "href"), Some(format!("/clients/{maria}")));
    // They may be joined once more.
    assert_eq!(desk.anna.submit(&to, &[("with", &maria.to_string())]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_since_is_not_taken_back() {
    let (desk, marina, maria) = two().await;
    let card = format!("/clients/{marina}");
    let to = format!("{card}/merge");
    assert_eq!(desk.olga.submit(&to, &[("with", &maria.to_string()), ("name", "merged")]).await.status, 303);
    assert_eq!(desk.olga.submit(&format!("{card}/name"), &[("name", "Марианна")]).await.status, 303);
    let warned = [("warning", "Две собаки"), ("saw", "Собака")];
    assert_eq!(desk.olga.submit(&format!("{card}/warning"), &warned).await.status, 303);
    let numbers = desk.app.read(|db| callcentre::clients::queries::numbers(db, &[marina]));
    let removed = numbers.iter().find(|number| number.digits == OTHER).expect("a number").id;
    assert_eq!(desk.olga.submit(&format!("{card}/phones/{removed}/delete"), &[]).await.status, 303);
    let page = desk.olga.get(&card).await;
    let undo = page.attr("form[action$='/undo']", "action").expect("a form");
    assert_eq!(desk.olga.submit(&undo, &[]).await.status, 303);
    let page = desk.olga.get(&card).await;
    assert_eq!(page.text_of("h1"), "Марианна");
    assert!(page.text_of(".client-warning").contains("Две собаки"));
    assert!(desk.numbers_of(maria).is_empty(), "a number that was taken away stays away");
    assert_eq!(desk.calls_of(maria).len(), 2);
    assert_eq!(desk.olga.get(&format!("/clients/{maria}")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_takes_back_only_what_he_did_and_within_a_day() {
    let (desk, marina, maria) = two().await;
    let boris = desk.app.operator("Борис").await;
    let card = format!("/clients/{marina}");
    let merge = desk.anna.submit(&format!("{card}/merge"), &[("with", &maria.to_string())]).await;
    assert_eq!(merge.status, 303);
    let undo = desk.anna.get(&card).await.attr("form[action$='/undo']", "action").expect("a form");
    assert!(!boris.get(&card).await.has("form[action$='/undo']"));
    assert_eq!(boris.submit(&undo, &[]).await.status, 403);
    desk.app.app.clock.stop_at(desk.app.app.clock.now() + Duration::days(1) + Duration::seconds(1));
    // Sessions do not last that long.
    let (anna, olga) = (desk.app.sign_in("Анна Белова").await, desk.app.sign_in("Ольга").await);
    assert!(!anna.get(&card).await.has("form[action$='/undo']"));
    assert_eq!(anna.submit(&undo, &[]).await.status, 403);
    assert_eq!(desk.app.anon().submit(&undo, &[]).await.status, 303);
    assert_eq!(desk.merged_into(maria), Some(marina), "nobody of them has changed anything");
    assert!(olga.get(&card).await.has("form[action$='/undo']"));
    assert_eq!(olga.submit(&undo, &[]).await.status, 303);
    assert_eq!(desk.merged_into(maria), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_joins_nobody() {
    let (desk, marina, maria) = two().await;
    let to = format!("/clients/{marina}/merge");
    for (with, status) in
        [("", 400), ("абв", 400), (&*marina.to_string(), 400), ("999", 404), ("-1", 400), ("1e9", 400)]
    {
        assert_eq!(desk.anna.submit(&to, &[("with", with)]).await.status, status, "{with}");
    }
    let nobody = desk.anna.submit("/clients/999/merge", &[("with", &maria.to_string())]).await;
    assert_eq!(nobody.status, 404);
    assert_eq!(desk.olga.submit(&format!("/clients/{marina}/merges/1/undo"), &[]).await.status, 404);
    assert_eq!(desk.app.anon().submit(&to, &[("with", &maria.to_string())]).await.status, 303);
    assert_eq!(desk.merged_into(maria), None);
}
