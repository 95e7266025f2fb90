//! kill -9 in the middle of taking and of sending, and two processes at the same chats: nothing is lost, nothing goes
//! twice.

use std::collections::HashSet;
use std::process::Command;
use std::time::Duration;

use callcentre::chats::queries::outbox::{self, New};
use callcentre::chats::queries::put;
use callcentre::domain::chat::SendState;
use callcentre::domain::id::{AccountId, AvitoId, ChatId};
use callcentre::domain::person::Role;
use callcentre::integrations::avito::accounts::Secret;
use callcentre::integrations::avito::fake::{Break, Fake, NewChat};
use callcentre::platform::db::Database;
use callcentre::platform::db::schema::{accounts, avito, messages};
use diesel::prelude::*;
use serde_json::json;
use tempfile::TempDir;

use super::outbox::{arrived, connected, texts};
use super::{CHAT, CLIENT, USER, delivery, only_chat, set_up};
use crate::program::Program;
use crate::support::TestApp;
use crate::support::app::on_postgres;
use crate::support::until::until;

const SECRET: &str = "an application secret only for tests";

/// A database with an account that speaks with `fake`, which belongs to nobody yet.
struct Place {
    folder: TempDir,
    url: String,
    fake: Fake,
    account: AvitoId,
    by: AccountId,
}

impl Place {
    async fn found() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let fake = Fake::start().expect("a simulated Avito");
        fake.add_account("client", "secret", USER, "Сергей БТ");
        fake.add_chat(
            USER,
            &NewChat { id: CHAT.into(), client: CLIENT, name: "Надежда П.".into(), ad: None },
        );
        let own = format!("sqlite://{}", folder.path().join("chats.db").display());
        let app = match on_postgres() {
            true => TestApp::start().await,
            false => TestApp::start_with(&[("DATABASE_URL", &own)]).await,
        };
        let (url, account) = (app.database_url(), set_up(&app));
        app.create_account(Role::Operator, "Анна");
        let by = app.read(|db| accounts::table.select(accounts::id).first(db));
        app.write(|tx| {
            let sealed = Secret::Client.seal(&app.app.cipher, account, "secret");
            diesel::update(avito::table.find(account))
                .set((avito::client_id.eq("client"), avito::client_secret.eq(sealed)))
                .execute(tx.db)
        });
        app.stop().await;
        Self { folder, url, fake, account, by }
    }

    fn program(&self) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callcentre"));
        command.env("AVITO_API_URL", self.fake.api_url()).env("APP_SECRET", SECRET);
        Program::start_by(command, &self.url, self.folder.path())
    }

    fn database(&self) -> Database {
        Database::open(&self.url, 2).expect("the database")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_it_takes_deliveries_loses_none_it_has_answered() {
    let place = Place::found().await;
    let program = place.program();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let now = chrono::Utc::now().timestamp();
    let body = |n: usize| {
        json!({ "id": format!("d{n}"), "version": "v3.0.0", "timestamp": now, "payload": { "type": "message", "value": {
            "id": format!("m{n}"), "chat_id": CHAT, "user_id": USER, "author_id": CLIENT, "created": now - 600,
            "type": "text", "chat_type": "u2i", "content": { "text": format!("слово {n}") },
        }}})
    };
    let url = format!("{}/webhooks/avito/secret", program.address);
    let deliver = async |n: usize| -> Option<String> {
        let answer = client.post(&url).json(&body(n)).send().await.ok()?;
        (answer.status() == 200).then(|| format!("m{n}"))
    };
    let mut taken = HashSet::new();
    let mut program = Some(program);
    for turn in 0..40 {
        let answers = futures_util::future::join_all((0..8).map(|n| deliver(turn * 8 + n))).await;
        taken.extend(answers.into_iter().flatten());
        if turn == 20 {
            // In the middle: what comes afterwards finds nobody.
            program.take();
        }
    }
    assert!(taken.len() >= 160, "{}", taken.len());
    let _again = place.program();
    let database = place.database();
    until("every message has its row", || {
        let known: Vec<Option<String>> = database
            .read_now(|db| Ok(messages::table.select(messages::message_key).load(db)?))
            .expect("messages");
        let known: HashSet<String> = known.into_iter().flatten().collect();
        taken.is_subset(&known).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_it_sends_sends_nothing_twice_and_goes_on() {
    let place = Place::found().await;
    place.fake.client_says(CHAT, "Здравствуйте");
    let database = place.database();
    let (account, by) = (place.account, place.by);
    let words: Vec<String> = (1..=5).map(|n| format!("ответ {n}")).collect();
    let chat: ChatId = database
        .write_now(|tx| {
            let now = chrono::Utc::now().naive_utc();
            let chat = put::ensure(tx, account, CHAT, "u2i", now)?;
            for (n, text) in words.iter().enumerate() {
                outbox::enqueue(tx, chat, &format!("key-{n}-1111"), &New::Text(text.clone()), Some(by), now)?;
            }
            Ok(chat)
        })
        .expect("written");
    // Avito has the first one, and says so to nobody.
    let sending = format!("v1/accounts/{USER}/chats/{CHAT}/messages");
    place.fake.break_next(&sending, Break::DoneSlowly(Duration::from_secs(60)), 1);
    let program = place.program();
    until("the first is there", || (texts(&place.fake).len() == 1).then_some(())).await;
    drop(program);
    let states = || -> Vec<Option<SendState>> {
        database
            .read_now(|db| {
                let ours =
                    messages::table.filter(messages::chat_id.eq(chat)).filter(messages::is_out.eq(true));
                Ok(ours.order(messages::id).select(messages::state).load(db)?)
            })
            .expect("states")
    };
    // Long enough ago for another process to take it for given up.
    database
        .write_now(|tx| {
            let past = chrono::Utc::now().naive_utc() - chrono::Duration::seconds(160);
            let begun = messages::table.filter(messages::state.eq(SendState::Sending));
            Ok(diesel::update(begun).set(messages::attempted_at.eq(past)).execute(tx.db)?)
        })
        .expect("written");
    let _again = place.program();
    until("all of them", || states().iter().all(|state| *state == Some(SendState::Sent)).then_some(())).await;
    assert_eq!(texts(&place.fake), words, "each once, in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_send_each_message_once_and_in_order() {
    let (app, fake, anna) = connected().await;
    let second = app.second_process().await;
    fake.client_says(CHAT, "Здравствуйте");
    arrived(&app, 1).await;
    let vera = second.operator("Вера").await;
    let chat = format!("/messages/{}", only_chat(&app));
    for n in 0..6 {
        let (key, text) = (format!("11111111-{n}"), format!("ответ {n}"));
        let who = if n % 2 == 0 { &anna } else { &vera };
        assert_eq!(who.submit(&chat, &[("client_id", &key), ("text", &text)]).await.status, 303);
    }
    until("all of them", || {
        let open: i64 = app.read(|db| {
            messages::table
                .filter(messages::is_out.eq(true))
                .filter(messages::state.ne(SendState::Sent))
                .count()
                .get_result(db)
        });
        (open == 0).then_some(())
    })
    .await;
    let wanted: Vec<String> = (0..6).map(|n| format!("ответ {n}")).collect();
    assert_eq!(texts(&fake), wanted);
    // A delivery that both processes find is one message.
    let body = delivery(&app, CHAT, "both", CLIENT, 1, "text", json!({ "text": "ещё" }));
    let (here, there) = (super::deliver(&app, &body).await, super::deliver(&second, &body).await);
    assert_eq!((here, there), (200, 200));
    until("it is there", || {
        let same = messages::table.filter(messages::message_key.eq("both"));
        (app.read(|db| same.count().get_result::<i64>(db)) == 1).then_some(())
    })
    .await;
}
