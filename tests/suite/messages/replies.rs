//! Quick replies and the pictures that go with them.

use callcentre::chats;
use callcentre::platform::db::schema::quick_replies;
use callcentre::platform::storage::ContentHash;
use diesel::prelude::*;
use reqwest::Method;

use super::{client_says, only_chat, set_up};
use crate::support::{Client, Page, TestApp};

fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    image::RgbImage::new(40, 30)
        .write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png)
        .expect("a picture");
    bytes
}

async fn upload(client: &Client, reply: i64, bytes: &[u8]) -> Page {
    let head = b"--edge\r\ncontent-disposition: form-data; name=\"picture\"; filename=\"x.png\"\r\n\r\n";
    let body = [&head[..], bytes, b"\r\n--edge--\r\n"].concat();
    let request = client.request(Method::POST, &format!("/messages/replies/{reply}/picture"));
    Page::of(request.header("content-type", "multipart/form-data; boundary=edge").body(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quick_reply_carries_its_picture_and_only_its_keeper_changes_it() {
    let app = TestApp::start().await;
    set_up(&app);
    let (admin, anna, vera) =
        (app.admin("Игорь").await, app.operator("Анна").await, app.operator("Вера").await);
    let of = |title: &'static str| -> i64 {
        app.read(|db| {
            quick_replies::table.filter(quick_replies::title.eq(title)).select(quick_replies::id).first(db)
        })
    };
    anna.submit("/messages/replies", &[("title", "Схема"), ("text", "Вот схема проезда")]).await;
    let (own, shared) = (of("Схема"), of("Адрес"));
    assert_eq!(upload(&anna, own, &png()).await.status, 303);
    assert_eq!(upload(&anna, shared, &png()).await.status, 404, "everybody's are the admin's");
    assert_eq!(upload(&vera, own, &png()).await.status, 404);
    assert_eq!(upload(&anna, own, b"<svg onload=alert(1)>").await.status, 400);
    assert_eq!(upload(&admin, shared, &png()).await.status, 303);

    let picture = |reply: i64| format!("/messages/replies/{reply}/picture");
    assert_eq!(anna.get(&picture(own)).await.header("content-type"), "image/png");
    assert_eq!(vera.get(&picture(own)).await.status, 404, "one's own is nobody else's");
    assert_eq!(vera.get(&picture(shared)).await.status, 200);
    client_says(&app, "m1", 60, "Здравствуйте").await;
    let chat = anna.get(&format!("/messages/{}", only_chat(&app))).await;
    for reply in [own, shared] {
        assert!(chat.has(&format!("#all-replies [data-picture='{}']", picture(reply))), "{}", chat.body);
    }

    let hash: Option<String> =
        app.read(|db| quick_replies::table.find(own).select(quick_replies::picture_hash).first(db));
    let hash = ContentHash::parse(&hash.expect("a picture")).expect("a hash");
    let here = app.app.clone().into_inner();
    let asked = hash.clone();
    let needed = tokio::task::spawn_blocking(move || chats::needed(&here, &[asked])).await.expect("no panic");
    assert!(needed.expect("read").contains(&hash), "the sweep leaves it");
    anna.submit(&format!("{}/delete", picture(own)), &[]).await;
    assert_eq!(anna.get(&picture(own)).await.status, 404);
}
