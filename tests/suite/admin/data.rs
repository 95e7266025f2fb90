//! Clients' data: what they said about it, taking it along, removing it, made-up clients, and how long words are kept.

use std::io::Read;

use callcentre::domain::id::CallId;
use callcentre::domain::order::StatusOrder;
use callcentre::platform::db::schema::{
    audit_log, avito, calls, chat_orders, chats, clients, messages, notifications, orders, recordings,
};
use callcentre::schedule;
use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::support::TestApp;
use crate::support::calls::call;
use crate::support::orders::{at, make, office};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Where words of a client may be, by table and column.
const PLACES: [(&str, &str); 22] = [
    ("clients", "name"),
    ("clients", "warning"),
    ("client_phones", "number"),
    ("client_search", "words"),
    ("orders", "phone"),
    ("orders", "client_name"),
    ("orders", "address"),
    ("orders", "comment"),
    ("order_search", "words"),
    ("order_history", "COALESCE(old_value, '') || COALESCE(new_value, '')"),
    ("addresses", "address"),
    ("calls", "COALESCE(phone_client, '') || COALESCE(phone_client_raw, '') || group_key"),
    ("call_notes", "note"),
    ("recordings", "original_name || COALESCE(client_number, '')"),
    ("chats", "client_name"),
    ("messages", "text || content"),
    ("message_search", "words"),
    ("chat_search", "words"),
    ("callbacks", "number || note"),
    ("debts", "client_key"),
    ("notifications", "text"),
    ("drafts", "fields"),
];

fn traces(app: &TestApp, word: &str) -> Vec<&'static str> {
    let holds = |(table, column): &(&str, &str)| {
        let sql = format!("SELECT COUNT(*) AS n FROM {table} WHERE {column} LIKE '%{word}%'");
        app.read(|db| diesel::sql_query(sql).get_result::<Count>(db)).n > 0
    };
    PLACES.iter().filter(|place| holds(place)).map(|(table, _)| *table).collect()
}

/// A chat with two messages, which the order came from.
fn chat(app: &TestApp, client: i64, order: i64, moment: NaiveDateTime) -> i64 {
    app.write(|tx| {
        let account: i64 = diesel::insert_into(avito::table)
            .values(avito::name.eq("Сергей КП"))
            .returning(avito::id)
            .get_result(tx.db)?;
        let chat: i64 = diesel::insert_into(chats::table)
            .values((
                chats::avito_id.eq(account),
                chats::chat_key.eq("u2i-1"),
                chats::client_name.eq("Марина К."),
                chats::client_id.eq(client),
                chats::created_at.eq(moment),
                chats::list_time.eq(moment),
            ))
            .returning(chats::id)
            .get_result(tx.db)?;
        for (n, text) in [(1, "Мой номер 8 900 123-45-67, Чапаева 48"), (2, "Марина К. ждёт")]
        {
            diesel::insert_into(messages::table)
                .values((
                    messages::chat_id.eq(chat),
                    messages::message_key.eq(format!("m{n}")),
                    messages::is_out.eq(false),
                    messages::kind.eq("text"),
                    messages::counts.eq("client"),
                    messages::text.eq(text),
                    messages::content.eq(format!("{{\"text\":\"{text}\"}}")),
                    messages::sent_at.eq(moment + Duration::seconds(n)),
                    messages::told_at.eq(moment),
                ))
                .execute(tx.db)?;
        }
        diesel::insert_into(chat_orders::table)
            .values((chat_orders::chat_id.eq(chat), chat_orders::order_id.eq(order)))
            .execute(tx.db)?;
        Ok(chat)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_taken_along_whole_and_removed_but_for_what_counts() {
    let (app, anna) = office().await;
    let missed = call("79001234567", "2026-11-23T08:55:00").put(&app);
    schedule::run_now(&app.app, "debts").expect("counted");
    let order = make(&app, anna, |order| {
        order.call_ids = vec![CallId(missed)];
        order.comment = "Марина Ковалёва, домофон 48".into();
        order.status = StatusOrder::Done;
        order.closed_at = Some(at("2026-11-23T10:00:00"));
        order.result = Some(1_240_000);
    });
    let client: i64 = app.read(|db| orders::table.find(order).select(orders::client_id).first(db));
    chat(&app, client, order, at("2026-11-23T08:00:00"));
    app.write(|tx| {
        diesel::insert_into(recordings::table)
            .values((
                recordings::call_id.eq(missed),
                recordings::source.eq("api"),
                recordings::state.eq("failed"),
                recordings::original_name.eq("79001234567.mp3"),
                recordings::client_number.eq("79001234567"),
                recordings::created_at.eq(at("2026-11-23T09:00:00")),
            ))
            .execute(tx.db)
    });
    let operator = app.sign_in("Анна Белова").await;
    let boss = app.admin("Ольга Сергеевна").await;

    // What the client said is written down by whoever talks to them.
    let card = format!("/clients/{client}");
    assert!(operator.get(&card).await.text().contains("Согласие на обработку данных не записано"));
    let said = [("state", "given"), ("purpose", "Ремонт"), ("how", "по телефону")];
    assert_eq!(operator.submit(&format!("{card}/consent"), &said).await.status, 303);
    assert!(
        operator.get(&card).await.text().contains("Согласие на обработку данных дано: Ремонт, по телефону")
    );
    assert_eq!(operator.submit(&format!("{card}/consent"), &[("state", "given")]).await.status, 422);

    // The archive is read by people and programs.
    let home = format!("/admin/data/clients/{client}");
    let request = boss.request(reqwest::Method::GET, &format!("{home}/export"));
    let bytes = request.send().await.expect("an answer").bytes().await.expect("an archive");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    let mut text = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).expect(name).read_to_string(&mut text).expect("words");
        text
    };
    let whole = text("Клиент.txt");
    for words in
        ["Марина", "+7 900 123-45-67", "дано | Ремонт", "Звонки (1)", "Мой номер 8 900", "Заказы (1)"]
    {
        assert!(whole.contains(words), "{words} in {whole}");
    }
    assert!(text("Клиент.json").contains("\"phones\":[\"+7 900 123-45-67\"]"));
    assert!(text(&format!("Заказы/Заказ {order}.txt")).contains("ул. Чапаева, 48"));

    // It is said before what goes and what stays, and why is asked for.
    let page = boss.get(&home).await;
    assert!(page.text().contains("Будет удалено навсегда") && page.text().contains("402-ФЗ"));
    let erase = format!("{home}/erase");
    assert_eq!(boss.submit(&erase, &[("sure", "on")]).await.status, 422, "without a reason");
    assert_eq!(boss.submit(&erase, &[("reason", "запрос клиента")]).await.status, 422, "without a yes");
    assert_eq!(operator.submit(&erase, &[("reason", "запрос клиента"), ("sure", "on")]).await.status, 403);
    assert!(traces(&app, "9001234567").len() >= 5, "{:?}", traces(&app, "9001234567"));
    let open = make(&app, anna, |_| {});
    let wanted = [("reason", "запрос клиента от 23.11"), ("sure", "on")];
    assert_eq!(boss.submit(&erase, &wanted).await.status, 409, "somebody still drives there");
    app.write(|tx| {
        diesel::update(orders::table.find(open))
            .set((orders::status_order.eq("Готово"), orders::closing_data.eq(at("2026-11-23T11:00:00"))))
            .execute(tx.db)
    });
    let done = boss.submit(&erase, &wanted).await;
    assert_eq!(done.status, 303, "{}", done.text());
    for word in ["9001234567", "123-45-67", "Марина", "Чапаева"] {
        assert_eq!(traces(&app, word), Vec::<&str>::new(), "{word}");
    }
    type Left = (Option<i64>, Option<NaiveDateTime>, String);
    let left: Left = app.read(|db| {
        orders::table.find(order).select((orders::result, orders::closing_data, orders::city)).first(db)
    });
    assert_eq!(
        left,
        (Some(1_240_000), Some(at("2026-11-23T10:00:00")), "Москва".into()),
        "the account stays"
    );
    assert_eq!(app.read(|db| calls::table.count().get_result::<i64>(db)), 1, "the call is counted");
    let card_now = operator.get(&card).await;
    assert!(card_now.text().contains("Данные клиента удалены"), "{}", card_now.text());
    for path in [
        "/orders",
        "/telephony",
        "/telephony/debts",
        "/messages",
        &format!("/orders/{order}"),
        &format!("/calls/{missed}"),
    ] {
        assert_eq!(boss.get(path).await.status, 200, "{path}");
    }
    assert_eq!(boss.submit(&erase, &wanted).await.status, 409, "once");
    let told: Vec<String> = app.read(|db| {
        audit_log::table
            .filter(audit_log::action.like("client.%"))
            .order(audit_log::id)
            .select(audit_log::action)
            .load(db)
    });
    assert_eq!(told, ["client.consent", "client.export", "client.erase"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_made_up_client_rings_whoever_touches_it() {
    let (app, anna) = office().await;
    let order = make(&app, anna, |_| {});
    let client: i64 = app.read(|db| orders::table.find(order).select(orders::client_id).first(db));
    let (operator, boss) = (app.sign_in("Анна Белова").await, app.admin("Ольга Сергеевна").await);
    let told = || -> Vec<String> {
        app.read(|db| {
            notifications::table
                .filter(notifications::kind.eq("canary"))
                .order(notifications::id)
                .select(notifications::text)
                .load(db)
        })
    };
    operator.get(&format!("/clients/{client}")).await;
    assert!(told().is_empty(), "an ordinary client");
    boss.submit(&format!("/admin/data/clients/{client}/canary"), &[("canary", "on")]).await;
    assert!(boss.get("/admin/data").await.has(&format!("a[href='/admin/data/clients/{client}']")));
    operator.get(&format!("/clients/{client}")).await;
    operator.get(&format!("/orders/{order}")).await;
    operator.submit("/clients/reveal", &[("number", "79001234567")]).await;
    assert_eq!(told(), ["Белова А. открыл карточку", "Белова А. открыл заказ", "Белова А. показал номер"]);
    assert!(boss.get("/notices").await.text().contains("Тронули подставного клиента"));
    assert!(!operator.get("/notices").await.text().contains("подставного"), "whoever did it is not warned");
    boss.submit(&format!("/admin/data/clients/{client}/canary"), &[]).await;
    operator.get(&format!("/orders/{order}/sheet")).await;
    assert_eq!(told().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_kept_as_long_as_is_set_and_always_until_then() {
    let (app, anna) = office().await;
    let order = make(&app, anna, |_| {});
    let client: i64 = app.read(|db| clients::table.select(clients::id).first(db));
    chat(&app, client, order, at("2026-05-01T08:00:00"));
    let texts = || -> Vec<String> {
        app.read(|db| messages::table.order(messages::id).select(messages::text).load(db))
    };
    schedule::run_now(&app.app, "old-data").expect("looked");
    assert_eq!(texts().iter().filter(|text| !text.is_empty()).count(), 2, "nothing goes by itself");
    let boss = app.admin("Ольга Сергеевна").await;
    assert_eq!(boss.submit("/admin/data", &[("messages", "много")]).await.status, 422);
    assert_eq!(boss.submit("/admin/data", &[("messages", "6"), ("events", "12")]).await.status, 303);
    assert!(boss.get("/admin/data").await.text().contains("6 мес."));
    schedule::run_now(&app.app, "old-data").expect("removed");
    assert_eq!(texts(), ["", ""], "the rows stay for counting");
    let draft = boss.get("/admin/data/incident").await;
    assert!(draft.text().contains("в течение 72 часов") && draft.text().contains("клиентов: 1"));
}
