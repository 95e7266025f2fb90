//! What is written here: kept once whatever is pressed, refused in words.

use callcentre::domain::chat::SendState;
use callcentre::domain::clock::Clock;
use callcentre::integrations::avito::accounts::Secret;
use callcentre::integrations::avito::fake::{Break, Fake, NewChat};
use callcentre::messages::intake::reconcile;
use callcentre::platform::db::schema::{avito, chat_sync, messages};
use diesel::prelude::*;
use serde_json::json;

use super::{CHAT, CLIENT, USER, client_says, only_chat, set_up, state};
use crate::support::until::until;
use crate::support::{Client, Page, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_is_one_message() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    client_says(&app, "m1", 60, "Здравствуйте").await;
    let chat = format!("/messages/{}", only_chat(&app));
    let form = [("client_id", "11111111-aaaa-bbbb"), ("text", "Здравствуйте, слушаю")];
    let all = futures_util::future::join_all((0..8).map(|_| anna.submit(&chat, &form))).await;
    assert!(all.iter().all(|answer| answer.status == 303), "the same answer for each");
    let sent: Vec<(String, Option<String>)> = app.read(|db| {
        messages::table
            .filter(messages::is_out.eq(true))
            .select((messages::text, messages::client_key))
            .load(db)
    });
    assert_eq!(sent, [("Здравствуйте, слушаю".to_owned(), Some("11111111-aaaa-bbbb".to_owned()))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_avito_would_not_take_is_refused_before_it_is_sent() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна").await;
    client_says(&app, "m1", 60, "Здравствуйте").await;
    let chat = format!("/messages/{}", only_chat(&app));
    for (key, text) in [
        ("11111111-1", "ы".repeat(1001)),
        ("11111111-2", "   ".to_owned()),
        ("x", "да".to_owned()),
        ("' OR 1=1 --", "да".to_owned()),
    ] {
        let answer = anna.submit(&chat, &[("client_id", key), ("text", &text)]).await;
        assert_eq!(answer.status, 400, "{key}");
    }
    // A thousand signs of four bytes each are a thousand.
    let long = "😀".repeat(1000);
    assert_eq!(anna.submit(&chat, &[("client_id", "11111111-3"), ("text", &long)]).await.status, 303);
    let sent: i64 = app.read(|db| messages::table.filter(messages::is_out.eq(true)).count().get_result(db));
    assert_eq!(sent, 1);
}

/// A workplace whose account speaks with a simulated Avito.
pub(super) async fn connected() -> (TestApp, Fake, Client) {
    let fake = Fake::start().expect("a simulated Avito");
    let (api, media) = (fake.api_url(), fake.media_host());
    let app = TestApp::start_with(&[("AVITO_API_URL", &api), ("AVITO_MEDIA_HOSTS", &media)]).await;
    let id = set_up(&app);
    fake.add_account("client", "secret", USER, "Сергей БТ");
    fake.deliver_to(&app.address());
    app.write(|tx| {
        let sealed = Secret::Client.seal(&app.app.cipher, id, "secret");
        diesel::update(avito::table.find(id))
            .set((avito::client_id.eq("client"), avito::client_secret.eq(sealed)))
            .execute(tx.db)
    });
    let ad =
        (4_417_230_951, "Ремонт стиральных машин".to_owned(), "1 200 ₽".to_owned(), "Саратов".to_owned());
    fake.add_chat(
        USER,
        &NewChat { id: CHAT.into(), client: CLIENT, name: "Надежда П.".into(), ad: Some(ad) },
    );
    reconcile::all(&app.app).await;
    // The application's own turn may have been at it first.
    until("deliveries are asked for", || (fake.subscriptions(USER).len() == 1).then_some(())).await;
    let anna = app.operator("Анна").await;
    (app, fake, anna)
}

fn states(app: &TestApp) -> Vec<(String, Option<SendState>)> {
    app.read(|db| {
        messages::table
            .filter(messages::is_out.eq(true))
            .order((messages::sent_at, messages::id))
            .select((messages::text, messages::state))
            .load(db)
    })
}

pub(super) async fn arrived(app: &TestApp, many: i64) {
    until("the messages", || {
        let count: i64 = app.read(|db| messages::table.count().get_result(db));
        (count >= many).then_some(())
    })
    .await;
}

pub(super) fn texts(fake: &Fake) -> Vec<String> {
    let ours = fake.messages(CHAT).into_iter().filter(|message| message["direction"] == "out");
    ours.map(|message| message["content"]["text"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_reading_and_deliveries_bring_everything_and_answers_go_out_in_order() {
    let (app, fake, anna) = connected().await;
    // The application compares by itself as well, and whoever is first asks.
    until("deliveries are asked for", || (fake.subscriptions(USER).len() == 1).then_some(())).await;
    fake.client_says(CHAT, "Здравствуйте");
    arrived(&app, 1).await;
    let chat = format!("/messages/{}", only_chat(&app));
    for n in 1..=5 {
        let key = format!("11111111-{n}");
        let text = format!("ответ {n}");
        assert_eq!(anna.submit(&chat, &[("client_id", &key), ("text", &text)]).await.status, 303);
    }
    until("all of them", || {
        states(&app).iter().all(|(_, state)| *state == Some(SendState::Sent)).then_some(())
    })
    .await;
    assert_eq!(texts(&fake), ["ответ 1", "ответ 2", "ответ 3", "ответ 4", "ответ 5"]);
    assert_eq!(state(&app).0, None, "answered");
    fake.client_reads(CHAT);
    until("the ticks", || {
        let unread: i64 = app.read(|db| {
            messages::table
                .filter(messages::is_out.eq(true))
                .filter(messages::read_at.is_null())
                .count()
                .get_result(db)
        });
        (unread == 0).then_some(())
    })
    .await;
    assert_eq!(states(&app).len(), 5, "echoes are the same messages");
    assert!(anna.get(&chat).await.has(".bubble__tick[title^='прочитано']"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_arrived_is_looked_for_and_never_sent_again() {
    let (app, fake, anna) = connected().await;
    fake.client_says(CHAT, "Здравствуйте");
    arrived(&app, 1).await;
    let chat = format!("/messages/{}", only_chat(&app));
    fake.lose_deliveries(true);
    fake.break_next(&format!("v1/accounts/{USER}/chats/{CHAT}/messages"), Break::DoneAndCut, 1);
    anna.submit(&chat, &[("client_id", "11111111-1"), ("text", "дошло ли")]).await;
    until("it is found", || (states(&app)[0].1 == Some(SendState::Sent)).then_some(())).await;
    assert_eq!(texts(&fake), ["дошло ли"], "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_avito_refuses_stays_with_the_reason_and_goes_again_by_hand() {
    let (app, fake, anna) = connected().await;
    fake.client_says(CHAT, "Здравствуйте");
    arrived(&app, 1).await;
    let chat = format!("/messages/{}", only_chat(&app));
    fake.break_next(
        &format!("v1/accounts/{USER}/chats/{CHAT}/messages"),
        Break::Status(400, "{\"error\":{\"code\":400,\"message\":\"no\"}}".into()),
        1,
    );
    anna.submit(&chat, &[("client_id", "11111111-1"), ("text", "с ошибкой")]).await;
    until("it failed", || (states(&app)[0].1 == Some(SendState::Failed)).then_some(())).await;
    assert!(state(&app).0.is_some(), "what was not sent is no answer");
    let page = anna.get(&chat).await;
    assert!(page.text_of(".bubble--failed").contains("отклонил"), "{}", page.text_of(".bubble--failed"));
    fake.mend();
    let again = page.attr(".bubble--failed form", "action").expect("«Отправить ещё раз»");
    anna.submit(&again, &[]).await;
    until("it went", || (states(&app)[0].1 == Some(SendState::Sent)).then_some(())).await;
    assert_eq!(texts(&fake), ["с ошибкой"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_deliveries_lost_is_found_by_comparing_and_counted() {
    let (app, fake, _) = connected().await;
    fake.client_says(CHAT, "первое");
    arrived(&app, 1).await;
    fake.lose_deliveries(true);
    let real = app.app.clock.now();
    fake.follow(Clock::set_to(real - chrono::Duration::minutes(5)));
    fake.client_says(CHAT, "потерянное");
    app.write(|tx| {
        diesel::update(chat_sync::table)
            .set(chat_sync::looked_at.eq(None::<chrono::NaiveDateTime>))
            .execute(tx.db)
    });
    reconcile::all(&app.app).await;
    arrived(&app, 2).await;
    let found: i64 = app.read(|db| chat_sync::table.select(chat_sync::found).first(db));
    assert_eq!(found, 1);
    let anna = app.sign_in("Анна").await;
    let page = anna.get(&format!("/messages/{}", only_chat(&app))).await;
    assert!(page.text().contains("потерянное") && page.text().contains("Надежда П."), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_go_and_come_through_our_own_address() {
    let (app, fake, anna) = connected().await;
    let mut png = Vec::new();
    image::RgbImage::new(40, 30)
        .write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png)
        .expect("a picture");
    let url = fake.add_media("one.png", "image/png", png.clone().into());
    fake.client_writes(CHAT, "image", json!({ "image": { "sizes": { "640x480": url } } }));
    arrived(&app, 1).await;
    let evil = json!({ "image": { "sizes": { "640x480": "http://127.0.0.1:9/x.png" } } });
    fake.client_writes(CHAT, "image", evil);
    arrived(&app, 2).await;
    let chat = format!("/messages/{}", only_chat(&app));
    let page = anna.get(&chat).await;
    let media: Vec<String> = (1..=2).map(|n| format!("/messages/media/{n}?size=whole")).collect();
    assert!(page.body.contains("/messages/media/1") && !page.body.contains(&url), "never from elsewhere");
    let answers = [anna.get(&media[0]).await, anna.get(&media[1]).await];
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 404]);
    let before = fake.count("/media/one.png");
    anna.get(&media[0]).await;
    assert_eq!(fake.count("/media/one.png"), before, "kept");
    assert_eq!(app.anon().get(&media[0]).await.status, 303, "not for strangers");

    let send = async |key: &str, bytes: &[u8]| -> u16 {
        let head = b"--edge\r\ncontent-disposition: form-data; name=\"picture\"; filename=\"x.png\"\r\n\r\n";
        let body = [&head[..], bytes, b"\r\n--edge--\r\n"].concat();
        let request = anna.request(reqwest::Method::POST, &format!("{chat}/pictures?key={key}"));
        Page::of(request.header("content-type", "multipart/form-data; boundary=edge").body(body)).await.status
    };
    assert_eq!(send("11111111-7", &png).await, 303);
    until("it went", || (states(&app).first()?.1 == Some(SendState::Sent)).then_some(())).await;
    let last = fake.messages(CHAT).pop().expect("the picture");
    assert_eq!((last["type"].as_str(), last["direction"].as_str()), (Some("image"), Some("out")));
    assert_eq!(send("11111111-8", b"<svg onload=alert(1)>").await, 400);
}
