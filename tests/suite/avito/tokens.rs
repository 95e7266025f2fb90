//! One renewal for many askers and for two processes; what is refused is renewed once.

use callcentre::integrations::avito::ApiError;
use callcentre::integrations::avito::fake::Break;
use callcentre::platform::db::schema::avito_tokens;
use diesel::prelude::*;

use super::desk;

#[tokio::test]
async fn many_askers_of_two_processes_ask_for_one_token() {
    let fake = desk::fake(&[7]);
    let first = desk::app(&fake, &[]).await;
    let second = first.second_process().await;
    let id = desk::account(&first, 7);
    fake.break_next("/token", Break::Slow(std::time::Duration::from_millis(300)), 1);
    let ask = async |app: &crate::support::TestApp| {
        let client = app.app.avito.client(id).await.expect("a client");
        client.profile().await.map(|profile| profile.id.0)
    };
    let asked =
        futures_util::future::join_all((0..16).map(|n| ask(if n % 2 == 0 { &first } else { &second })));
    assert!(asked.await.into_iter().all(|outcome| outcome == Ok(7)));
    assert_eq!(fake.count("/token"), 1);
}

#[tokio::test]
async fn a_stored_token_serves_after_a_restart_and_lies_sealed() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    let id = desk::account(&app, 7);
    app.app.avito.client(id).await.expect("a client").profile().await.expect("a profile");
    let again = app.second_process().await;
    again.app.avito.client(id).await.expect("a client").profile().await.expect("a profile");
    assert_eq!(fake.count("/token"), 1);
    let stored: Option<String> = app.read(|db| avito_tokens::table.select(avito_tokens::token).first(db));
    assert!(stored.is_some_and(|sealed| sealed.len() > 80 && sealed.chars().all(|c| c.is_ascii_hexdigit())));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_wrong_keys_are_said() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    let id = desk::account(&app, 7);
    let client = app.app.avito.client(id).await.expect("a client");
    client.profile().await.expect("a profile");
    fake.revoke_tokens(7);
    client.profile().await.expect("a new token");
    assert_eq!(fake.count("/token"), 2);
    client.forget_complaints();
    let refusal = r#"{"error":{"code":401,"message":"Unauthorized"}}"#;
    fake.break_next("/core/v1/accounts/self", Break::Status(401, refusal.to_owned()), 2);
    assert_eq!(client.profile().await.err(), Some(ApiError::WrongKeys));
    assert_eq!(fake.count("/token"), 3, "renewed once, not for ever");
}

#[tokio::test]
async fn other_keys_do_not_use_the_token_of_the_former_ones() {
    let fake = desk::fake(&[7, 8]);
    let app = desk::app(&fake, &[]).await;
    let id = desk::account(&app, 7);
    app.app.avito.client(id).await.expect("a client").profile().await.expect("a profile");
    let cipher = app.app.cipher.clone();
    app.write(move |tx| {
        use callcentre::integrations::avito::accounts::Secret;
        use callcentre::platform::db::schema::avito;
        let sealed = Secret::Client.seal(&cipher, id, &desk::client_secret(8));
        let keys = (avito::client_id.eq(desk::client_id(8)), avito::client_secret.eq(sealed));
        diesel::update(avito::table.find(id)).set(keys).execute(tx.db)
    });
    let client = app.app.avito.client(id).await.expect("a client");
    assert_eq!(client.profile().await.map(|profile| profile.id.0), Ok(8));
}

#[tokio::test]
async fn a_sending_is_never_repeated_and_says_that_it_may_have_arrived() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    let id = desk::account(&app, 7);
    fake.add_chat(7, &super::peers::chat("u2i-a~b", "Ольга"));
    let client = app.app.avito.client(id).await.expect("a client");
    let sent = client.send_text("u2i-a~b", "Здравствуйте").await.expect("sent");
    assert_eq!(fake.messages("u2i-a~b").len(), 1);
    for broken in [Break::DoneBut(503), Break::DoneAndCut] {
        fake.break_next("/messages", broken, 1);
        let error = client.send_text("u2i-a~b", "Мастер будет в 18:30").await.expect_err("no answer");
        assert!(error.may_be_done(), "{error:?}");
    }
    assert_eq!(fake.messages("u2i-a~b").len(), 3, "each arrived once");
    fake.break_next("/messages/", Break::Status(503, "upstream connect error".to_owned()), 1);
    let page = client.messages("u2i-a~b", 100, 0).await.expect("a question that only reads is asked again");
    assert_eq!(page.messages.last().map(|message| &message.id), Some(&sent.id), "newest first");
    let long = "я".repeat(1001);
    let refused = client.send_text("u2i-a~b", &long).await.expect_err("too long");
    assert!(!refused.may_be_done() && refused.words().contains("1000"), "{refused:?}");
    let picture =
        client.upload_image("foto.jpg", "image/jpeg", b"\xff\xd8\xff picture").await.expect("uploaded");
    let message = client.send_image("u2i-a~b", &picture).await.expect("sent");
    let address = match &message.content {
        callcentre::integrations::avito::wire::Content::Image(image) => {
            image.largest().expect("an address").to_owned()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(client.media(&address).await.expect("fetched").bytes, b"\xff\xd8\xff picture");
    assert!(client.media("http://127.0.0.1:1/foreign.jpg").await.is_err());
}

#[tokio::test]
async fn too_many_requests_silence_the_method_for_as_long_as_avito_says() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    let id = desk::account(&app, 7);
    let client = app.app.avito.client(id).await.expect("a client");
    fake.break_next("/ratings/v1/info", Break::TooMany(37), 1);
    assert_eq!(client.rating().await.err(), Some(ApiError::TooMany(37)));
    assert!(matches!(client.rating().await.err(), Some(ApiError::Waiting(30..=41))));
    assert!(client.profile().await.is_ok(), "other methods go on");
    assert_eq!(fake.count("/ratings/v1/info"), 1);
}
