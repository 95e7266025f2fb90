//! What people are told of: the bell, and messages to people outside by a bot and by letters.

mod bell;
mod mail;
mod telegram;

use callcentre::alerts::queries::outbox;
use callcentre::alerts::send;
use callcentre::domain::id::{AccountId, CallId};
use callcentre::domain::notice::OutState;
use callcentre::integrations::telegram::fake::Fake;
use callcentre::notices::watch;
use callcentre::platform::db::schema::debts;
use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use crate::support::calls::call;
use crate::support::until::until;
use crate::support::{Client, TestApp};

const TOKEN: &str = "123456789:AAF-x_0123456789abcdefghijklmnopqrs";

/// A client whom nobody has answered, just now.
fn miss(app: &TestApp, number: &str) -> i64 {
    let now = app.app.clock.now();
    let id = call(number, &now.format("%Y-%m-%dT%H:%M:%S").to_string()).of("Саратов", "Авито", "Сергей БТ");
    let id = id.status("missed").put(app);
    let number = number.to_owned();
    app.write(move |tx| {
        diesel::insert_into(debts::table)
            .values((
                debts::client_key.eq(number),
                debts::first_call_id.eq(CallId(id)),
                debts::last_call_id.eq(CallId(id)),
                debts::missed_count.eq(1),
                debts::opened_at.eq(now),
                debts::last_missed_at.eq(now),
                debts::state.eq("open"),
            ))
            .execute(tx.db)
    });
    id
}

/// Looks for what has happened, as the clockwork does.
async fn look(app: &TestApp) {
    let here = app.app.clone();
    tokio::task::spawn_blocking(move || watch::look(&here)).await.expect("no panic").expect("a look");
}

/// Moves the clock on and sends what is due.
async fn after(app: &TestApp, seconds: i64) {
    app.app.clock.stop_at(app.app.clock.now() + Duration::seconds(seconds));
    send::turn(&app.app).await.expect("a turn");
    // The application's own turn may have been faster.
    until("nothing is being sent", || {
        let since = chrono::DateTime::UNIX_EPOCH.naive_utc();
        (app.read(|db| outbox::count(db, OutState::Sending, since)) == 0).then_some(())
    })
    .await;
}

/// An application whose bot is known at `fake`, with an admin and with cities for calls.
async fn office(fake: &Fake) -> (TestApp, Client) {
    let url = fake.api_url();
    let settings = [
        ("TELEGRAM_API_URL", url.as_str()),
        ("TELEGRAM_BOT_TOKEN", TOKEN),
        ("PUBLIC_URL", "http://crm.test"),
    ];
    let app = TestApp::start_with(&settings).await;
    crate::support::world::found(&app);
    app.app.clock.stop_at(app.app.clock.now());
    let boss = app.admin("Ольга").await;
    (app, boss)
}

/// Puts somebody on the list of those who are told outside.
async fn add(boss: &Client, name: &str, (channel, address): (&str, &str), kinds: &[&str]) {
    let mut fields = vec![("name", name), ("channel", channel), ("address", address), ("is_active", "on")];
    fields.extend(kinds.iter().map(|kind| ("kinds", *kind)));
    let saved = boss.submit("/admin/notifications/recipients", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
}

fn account(app: &TestApp, login: &str) -> AccountId {
    use callcentre::platform::db::schema::accounts;
    let login = login.to_lowercase();
    app.read(|db| accounts::table.filter(accounts::login.eq(login)).select(accounts::id).first(db))
}

fn at(text: &str) -> NaiveDateTime {
    text.parse().expect("a moment")
}
