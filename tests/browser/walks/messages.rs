//! A chat that comes by itself: in two tabs at once, answered, ticked, made into an order; a draft outlives a crash.

use callcentre::integrations::avito::accounts::Secret;
use callcentre::integrations::avito::fake::{Fake, NewChat};
use callcentre::messages::intake::reconcile;
use callcentre::platform::db::schema::avito;
use diesel::prelude::*;

use crate::chromium::{Chromium, Window};
use crate::support::TestApp;
use crate::support::until::until;
use crate::support::world;

const USER: i64 = 318_204_577;
const CHAT: &str = "u2i-Kq7mTzX2vR0aYc_9dLhB4w";

/// A workplace whose only account speaks with a simulated Avito that delivers here.
async fn workplace() -> (TestApp, Fake) {
    let fake = Fake::start().expect("a simulated Avito");
    let (api, media) = (fake.api_url(), fake.media_host());
    let app = TestApp::start_with(&[("AVITO_API_URL", &api), ("AVITO_MEDIA_HOSTS", &media)]).await;
    world::found(&app);
    fake.add_account("client", "secret", USER, "Мастер Москва");
    fake.deliver_to(&app.address());
    app.write(|tx| {
        let id = avito::table.select(avito::id).first(tx.db)?;
        let sealed = Secret::Client.seal(&app.app.cipher, callcentre::domain::id::AvitoId(id), "secret");
        diesel::update(avito::table.find(id))
            .set((avito::client_id.eq("client"), avito::client_secret.eq(sealed)))
            .execute(tx.db)
    });
    reconcile::all(&app.app).await;
    // The application's own turn may have been at it first.
    until("deliveries are asked for", || (fake.subscriptions(USER).len() == 1).then_some(())).await;
    let ad = (4_417_230_951, "Ремонт стиральных машин".to_owned(), "1 200 ₽".to_owned(), "Москва".to_owned());
    fake.add_chat(
        USER,
        &NewChat { id: CHAT.into(), client: 241_877_305, name: "Надежда П.".into(), ad: Some(ad) },
    );
    (app, fake)
}

async fn says(window: &Window, words: &str) {
    window.until(&format!("document.querySelector('#messages')?.innerText.includes('{words}')")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_by_itself_in_both_tabs_and_the_answer_is_ticked() {
    let (app, fake) = workplace().await;
    app.operator("Анна").await;
    app.operator("Вера").await;
    let chromium = Chromium::start().await;
    let (anna, vera) = (chromium.window(1440, 900).await, chromium.window(1440, 900).await);
    anna.sign_in(&app, "Анна").await;
    vera.sign_in(&app, "Вера").await;
    anna.open(&app, "/messages").await;
    vera.open(&app, "/orders").await;
    fake.client_says(CHAT, "Здравствуйте, не сливает воду");
    anna.until("document.querySelector('#chats [id^=chat-]')").await;
    anna.until("document.querySelector('#chats').innerText.includes('Надежда П.')").await;
    vera.until("document.querySelector('#nav-chats').innerText.includes('1')").await;
    anna.find("#chats a").await.click().await.expect("a click");
    says(&anna, "не сливает воду").await;
    let first = anna.this_tab().await;
    let address = anna.url().await;
    anna.tab().await;
    anna.driver.goto(&address).await.expect("the same chat in another tab");
    says(&anna, "не сливает воду").await;

    fake.client_says(CHAT, "Телефон 8 927 555-82-23");
    says(&anna, "555-82-23").await;
    anna.look_at(&first).await;
    says(&anna, "555-82-23").await;

    anna.find("#composer-text").await.send_keys("Здравствуйте! Когда вам удобно?").await.expect("typing");
    anna.press_with_control(thirtyfour::Key::Enter).await;
    says(&anna, "Когда вам удобно").await;
    anna.until("document.querySelector('#composer-text').value === ''").await;
    anna.until("document.querySelector('[data-direction=out] .bubble__tick')?.title === 'доставлено'").await;
    fake.client_reads(CHAT);
    anna.until("document.querySelector('[data-direction=out] .bubble__tick').title.startsWith('прочитано')")
        .await;
    assert_eq!(fake.messages(CHAT).iter().filter(|message| message["direction"] == "out").count(), 1);
    vera.until("!document.querySelector('#nav-chats').innerText.includes('1')").await;
    anna.picture("chat").await;

    // An order is made from it, and both lead to each other.
    anna.find("[data-new]").await.click().await.expect("a click");
    anna.find("#order-dialog").await;
    anna.until("document.querySelector('#n-phone').value === '+7 927 555-82-23'").await;
    assert_eq!(anna.script("return document.querySelector('#n-chat').value", vec![]).await, CHAT);
    anna.picture("order-from-chat").await;
    anna.close_without_complaints(&app).await;
    vera.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_in_a_chat_is_there_after_a_crash() {
    let (app, fake) = workplace().await;
    app.operator("Анна").await;
    fake.client_says(CHAT, "Здравствуйте");
    let chromium = Chromium::start().await;
    let anna = chromium.window(390, 844).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/messages").await;
    anna.until("document.querySelector('#chats [id^=chat-]')").await;
    anna.find("#chats a").await.click().await.expect("a click");
    says(&anna, "Здравствуйте").await;
    anna.find("#composer-text").await.send_keys("Мастер приедет завтра").await.expect("typing");
    anna.until("document.querySelector('[data-draft-state]').innerText.includes('сохранён')").await;
    anna.picture("chat-phone").await;
    anna.driver.refresh().await.expect("a reload");
    anna.until("document.querySelector('#composer-text')?.value === 'Мастер приедет завтра'").await;
    anna.open(&app, "/messages").await;
    anna.until("document.querySelector('#chats').innerText.includes('Черновик')").await;
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_message_is_heard_once_by_who_wants_to_hear_it() {
    use callcentre::domain::person::WorkStatus;
    use callcentre::platform::db::schema::accounts;
    let (app, fake) = workplace().await;
    app.operator("Анна").await;
    app.operator("Вера").await;
    let now = app.app.clock.now();
    app.write(|tx| {
        let ids: Vec<callcentre::domain::id::AccountId> = accounts::table
            .filter(accounts::name.eq_any(["Анна", "Вера"]))
            .select(accounts::id)
            .load(tx.db)?;
        for id in ids {
            callcentre::auth::queries::set_work_status(tx, id, WorkStatus::Online, None, now)?;
        }
        let vera = accounts::table.filter(accounts::name.eq("Вера"));
        diesel::update(vera).set(accounts::sound_on.eq(false)).execute(tx.db)
    });
    let chromium = Chromium::start().await;
    let (anna, vera) = (chromium.window(1440, 900).await, chromium.window(1440, 900).await);
    let count = "window.tones = 0; const make = BaseAudioContext.prototype.createOscillator; \
                 BaseAudioContext.prototype.createOscillator = function () { window.tones += 1; return make.call(this); };";
    for (window, name) in [(&anna, "Анна"), (&vera, "Вера")] {
        window.before_every_page(count).await;
        window.sign_in(&app, name).await;
        window.open(&app, "/orders").await;
    }
    // What has been waiting when one comes is no news.
    fake.client_says(CHAT, "Здравствуйте");
    for window in [&anna, &vera] {
        window.until("document.querySelector('#nav-chats [data-newest-chat]')").await;
        // A page nobody has touched makes no sound.
        window.press(thirtyfour::Key::Tab + "").await;
    }
    assert_eq!(anna.script("return window.tones", vec![]).await, 0);
    let newest = "document.querySelector('#nav-chats [data-newest-chat]').dataset.newestChat";
    let before = vera.script(&format!("return {newest}"), vec![]).await;
    fake.client_says(CHAT, "Вы тут?");
    anna.until("window.tones === 2").await;
    vera.until(&format!("{newest} !== '{}'", before.as_str().unwrap_or_default())).await;
    fake.client_says(CHAT, "Алло");
    anna.until("window.tones === 4").await;
    assert_eq!(vera.script("return window.tones", vec![]).await, 0, "she has switched the sound off");
    anna.close_without_complaints(&app).await;
    vera.close_without_complaints(&app).await;
}
