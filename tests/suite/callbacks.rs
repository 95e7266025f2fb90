//! «Перезвоню в 15:00»: promises, their alarms, and what keeps them.

use callcentre::auth::queries as accounts;
use callcentre::callbacks::{CallbackState, KeptHow, look_after};
use callcentre::domain::id::{AccountId, CallId, CallbackId};
use callcentre::domain::person::WorkStatus;
use callcentre::platform::db::schema::{accounts as people, audit_log, callbacks, calls};
use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use crate::mango::{finished_call, set_up};
use crate::support::orders::fields;
use crate::support::{Client, Page, TestApp};

const CLIENT: &str = "79000001110";

/// Tells of a finished call of the client that began `seconds` from now.
async fn call(app: &TestApp, entry: &str, seconds: i64, talk: i64, is_ours: bool) {
    finished_call(app, CLIENT, entry, app.app.clock.unix() + seconds, talk, is_ours).await;
}

fn call_id(app: &TestApp, entry: &str) -> i64 {
    app.read(|db| calls::table.filter(calls::entry_id.eq(entry)).select(calls::id).first(db))
}

fn id_of(app: &TestApp, name: &str) -> AccountId {
    app.read(|db| people::table.filter(people::name.eq(name)).select(people::id).first(db))
}

fn put(app: &TestApp, name: &str, status: WorkStatus) {
    let (id, now) = (id_of(app, name), app.app.clock.now());
    app.write(|tx| accounts::set_work_status(tx, id, status, None, now));
}

type Row = (CallbackState, Option<KeptHow>, Option<AccountId>);

fn all(app: &TestApp) -> Vec<Row> {
    app.read(|db| {
        callbacks::table
            .order(callbacks::id)
            .select((callbacks::state, callbacks::kept_how, callbacks::owner_id))
            .load(db)
    })
}

/// The promise there is.
fn only(app: &TestApp) -> CallbackId {
    app.read(|db| callbacks::table.filter(callbacks::state.eq("waiting")).select(callbacks::id).first(db))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_client_is_promised_a_call_at_the_number_that_is_stored() {
    let app = TestApp::start().await;
    let anna = app.operator("Анна Белова").await;
    for stored in ["84912345678", "4790123456"] {
        let form = anna.get(&format!("/telephony/callbacks/new?number={stored}")).await;
        assert_eq!(form.attr("[name=number]", "value").as_deref(), Some(stored));
        assert!(form.text().contains(&format!("+{stored}")), "{}", form.text());
        let sent = [("number", stored), ("in", "15")];
        assert_eq!(anna.hx_submit("dialog", "/telephony/callbacks", &sent).await.status, 204);
    }
    let promised: Vec<String> =
        app.read(|db| callbacks::table.order(callbacks::id).select(callbacks::number).load(db));
    assert_eq!(promised, ["84912345678", "4790123456"]);
}

/// Anna and Vera on the line; Anna has promised to call in a quarter of an hour.
async fn promised() -> (TestApp, Client, Client) {
    let app = TestApp::start().await;
    set_up(&app);
    let (anna, vera) = (app.operator("Анна Белова").await, app.operator("Вера Гусева").await);
    put(&app, "Анна Белова", WorkStatus::Online);
    put(&app, "Вера Гусева", WorkStatus::Online);
    call(&app, "first", -600, 60, false).await;
    let call = call_id(&app, "first").to_string();
    let said = anna
        .hx_submit(
            "dialog",
            "/telephony/callbacks",
            &[
                ("call", &call),
                ("in", "15"),
                ("note", "сказать цену"),
                ("owner", &id_of(&app, "Анна Белова").to_string()),
            ],
        )
        .await;
    assert_eq!(said.status, 204, "{}", said.text());
    (app, anna, vera)
}

/// As if the promise had been for `minutes` ago, and made before.
fn came_due(app: &TestApp, minutes: i64) {
    let due = app.app.clock.now() - Duration::minutes(minutes);
    let before = due - Duration::minutes(5);
    app.write(|tx| {
        diesel::update(callbacks::table.filter(callbacks::state.eq("waiting")))
            .set((
                callbacks::due_at.eq(due),
                callbacks::owned_at.eq(before),
                callbacks::created_at.eq(before),
                callbacks::rung_at.eq(None::<NaiveDateTime>),
            ))
            .execute(tx.db)
    });
}

async fn column(person: &Client) -> Page {
    person.get("/telephony/incoming?column=1").await
}

async fn act(person: &Client, id: CallbackId, what: &str, fields: &[(&str, &str)]) -> Page {
    person.hx_submit("callbacks", &format!("/telephony/callbacks/{id}/{what}"), fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_rings_at_whose_it_is_when_its_time_comes_and_not_before() {
    let (app, anna, vera) = promised().await;
    let list = anna.get("/telephony/callbacks").await;
    // The minute may turn between the promise and the look.
    let is_ahead = ["через 15 мин", "через 14 мин"].iter().any(|words| list.text().contains(words));
    assert!(list.text().contains("сказать цену") && is_ahead, "{}", list.text());
    assert!(!column(&anna).await.has("[data-alarm]"), "its time has not come");
    look_after(&app.app).expect("looked after");
    assert!(!column(&anna).await.has("[data-alarm]"));

    came_due(&app, 1);
    let rings = column(&anna).await;
    assert!(rings.has("[data-alarm]") && rings.text().contains("сказать цену"), "{}", rings.text());
    let strip = rings.text_of(".strip__call--due");
    for words in ["Перезвонить", "сказать цену", "Позвонить", "+15 мин"] {
        assert!(strip.contains(words), "no {words} in {strip}");
    }
    assert!(!column(&vera).await.has("[data-alarm]"), "it is Anna's, and Anna is here");
    look_after(&app.app).expect("looked after");
    assert_eq!(all(&app)[0].2, Some(id_of(&app, "Анна Белова")));
    put(&app, "Анна Белова", WorkStatus::Break);
    assert!(!column(&anna).await.has("[data-alarm]"), "nothing rings in a break");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_a_promise_is_told_once_by_two_processes() {
    let (app, ..) = promised().await;
    came_due(&app, 1);
    let second = app.second_process().await;
    let (one, two) = (app.app.clone(), second.app.clone());
    let both = [std::thread::spawn(move || look_after(&one)), std::thread::spawn(move || look_after(&two))];
    for process in both {
        process.join().expect("no panic").expect("looked after");
    }
    let rung =
        || -> Option<NaiveDateTime> { app.read(|db| callbacks::table.select(callbacks::rung_at).first(db)) };
    let first = rung();
    assert!(first.is_some());
    look_after(&second.app).expect("looked after");
    assert_eq!(rung(), first, "told once, also after a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_or_does_nothing_passes_it_to_everybody_on_the_line() {
    let (app, anna, vera) = promised().await;
    put(&app, "Анна Белова", WorkStatus::Offline);
    look_after(&app.app).expect("looked after");
    assert!(all(&app)[0].2.is_some(), "before its time it stays hers");
    came_due(&app, 0);
    look_after(&app.app).expect("looked after");
    assert_eq!(all(&app)[0].2, None);
    let rings = column(&vera).await;
    assert!(
        rings.text().contains("звонок для всех") && rings.text().contains("Белова А."),
        "{}",
        rings.text()
    );
    act(&vera, only(&app), "take", &[]).await;
    assert_eq!(all(&app)[0].2, Some(id_of(&app, "Вера Гусева")));
    look_after(&app.app).expect("looked after");
    assert_eq!(all(&app)[0].2, Some(id_of(&app, "Вера Гусева")), "she has only just taken it");
    act(&anna, only(&app), "take", &[]).await;
    assert_eq!(all(&app)[0].2, Some(id_of(&app, "Вера Гусева")), "it is taken");

    put(&app, "Анна Белова", WorkStatus::Online);
    came_due(&app, 6);
    look_after(&app.app).expect("looked after");
    assert_eq!(all(&app)[0].2, None, "Vera is here and has not called for six minutes");
    assert!(column(&anna).await.has("[data-alarm]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_conversation_keeps_a_promise_whoever_calls() {
    let (app, anna, _) = promised().await;
    call(&app, "first", -600, 60, false).await;
    assert_eq!(all(&app)[0].0, CallbackState::Waiting, "the conversation it was made in keeps nothing");
    came_due(&app, 1);
    call(&app, "in-vain", -30, 0, true).await;
    assert_eq!(all(&app)[0].0, CallbackState::Waiting, "nobody talked");
    let list = anna.get("/telephony/callbacks").await;
    assert!(list.text().contains("звонили 1 раз, не ответили"), "{}", list.text());
    call(&app, "back", -20, 60, true).await;
    assert_eq!(all(&app)[0].1, Some(KeptHow::Callback));
    assert!(!column(&anna).await.has("[data-alarm]"));
    let closed = anna.get("/telephony/callbacks?show=closed").await;
    assert!(closed.text().contains("перезвонили в"), "{}", closed.text());
    // Told anew, it was no conversation after all; and then the client called.
    call(&app, "back", -20, 0, true).await;
    assert_eq!(all(&app)[0].0, CallbackState::Waiting);
    call(&app, "client", -10, 60, false).await;
    assert_eq!(all(&app)[0].1, Some(KeptHow::Client));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_keeps_a_promise_and_a_promise_answers_for_its_conversation() {
    let (app, anna, _) = promised().await;
    let said = anna.get(&format!("/calls/{}", call_id(&app, "first"))).await;
    assert!(said.text().contains("Перезвоним"), "{}", said.text());
    let client = said.attr("dl.kv a[href^='/clients/']", "href").expect("the client");
    assert!(anna.get(&client).await.has("[data-callback]"), "the client's card says what was promised");
    let made = anna.submit("/orders", &fields(&[("phone", CLIENT), ("rk", "Авито")])).await;
    assert_eq!(made.status, 303, "{}", made.text());
    assert_eq!(all(&app)[0].1, Some(KeptHow::Order));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_promise_per_number_which_is_moved_given_and_put_off() {
    let (app, anna, vera) = promised().await;
    let (id, vera_id) = (only(&app), id_of(&app, "Вера Гусева").to_string());
    let form = vera.hx_get("dialog", &format!("/telephony/callbacks/new?number={CLIENT}")).await;
    assert!(form.text().contains("Уже обещано"), "{}", form.text());
    let twice = vera
        .hx_submit("dialog", "/telephony/callbacks", &[("number", CLIENT), ("in", "60"), ("note", "другое")])
        .await;
    assert_eq!(twice.status, 422);
    assert!(twice.text().contains("уже обещали"), "{}", twice.text());
    assert_eq!(twice.attr("#callback-note", "value").as_deref(), Some("другое"), "nothing typed is lost");
    assert_eq!(all(&app).len(), 1);

    let address = format!("/telephony/callbacks/{id}");
    let past = anna.hx_submit("dialog", &address, &[("due", "2020-01-01T10:00"), ("note", "цена")]).await;
    assert_eq!(past.status, 422);
    assert!(past.text().contains("уже прошло"), "{}", past.text());
    let given =
        anna.hx_submit("dialog", &address, &[("in", "60"), ("note", "цена"), ("owner", &vera_id)]).await;
    assert_eq!(given.status, 204, "{}", given.text());
    assert_eq!(all(&app)[0].2, vera_id.parse().ok());
    let list = anna.get("/telephony/callbacks?show=all").await;
    assert!(list.text().contains("перенесено 1 раз") && list.text().contains("Гусева В."), "{}", list.text());
    let journal: String = app.read(|db| {
        audit_log::table.filter(audit_log::action.eq("callback.move")).select(audit_log::detail).first(db)
    });
    assert!(journal.contains("Белова А. →") && journal.ends_with("Гусева В."), "{journal}");

    act(&anna, id, "later", &[]).await;
    act(&anna, id, "done", &[]).await;
    act(&anna, id, "cancel", &[("reason", "передумал")]).await;
    assert_eq!(all(&app)[0].0, CallbackState::Waiting, "it is Vera's now");
    came_due(&app, 10);
    let stands = vera.hx_get("dialog", &address).await;
    assert!(stands.has("form[action$='/cancel']"));
    assert!(
        !anna.hx_get("dialog", &address).await.has("form[action$='/cancel']"),
        "it is not hers to cancel"
    );
    let due = stands.attr("#callback-due", "value").expect("when");
    let note = [("due", due.as_str()), ("note", "цена и срок"), ("owner", &vera_id)];
    assert_eq!(
        vera.hx_submit("dialog", &address, &note).await.status,
        204,
        "its time is past and was left alone"
    );
    act(&vera, id, "later", &[]).await;
    assert!(!column(&vera).await.has("[data-alarm]"), "in a quarter of an hour");
    assert_eq!(act(&vera, id, "cancel", &[("reason", " ")]).await.status, 400);
    let cancelled =
        vera.hx_submit("dialog", &format!("{address}/cancel"), &[("reason", "клиент передумал")]).await;
    assert!(cancelled.header("hx-trigger").contains("dialog:close"), "{}", cancelled.text());
    assert_eq!(all(&app)[0].0, CallbackState::Cancelled);
    let late = anna.hx_submit("dialog", &address, &[("in", "60"), ("owner", "")]).await;
    assert_eq!(late.status, 422);
    assert!(late.text().contains("клиент передумал"), "{}", late.text());
    let closed = vera.get("/telephony/callbacks?show=closed").await;
    assert!(
        closed.text().contains("отменено в") && closed.text().contains("Гусева В.: клиент передумал"),
        "{}",
        closed.text()
    );
    let again =
        vera.hx_submit("dialog", "/telephony/callbacks", &[("number", CLIENT), ("in", "morning")]).await;
    assert_eq!(again.status, 204, "a new one may be made");
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_numbers_and_strangers_get_no_promise() {
    let (app, anna, _) = promised().await;
    assert_eq!(anna.get("/telephony/callbacks/new?number=").await.status, 400);
    assert_eq!(anna.get("/telephony/callbacks/999999").await.status, 404);
    let stranger = anna
        .hx_submit(
            "dialog",
            "/telephony/callbacks",
            &[("number", "79001112233"), ("in", "15"), ("owner", "999999")],
        )
        .await;
    assert_eq!(stranger.status, 422);
    let of_no_call = [("call", "999999"), ("number", "79001112233"), ("in", "15")];
    assert_eq!(anna.hx_submit("dialog", "/telephony/callbacks", &of_no_call).await.status, 204);
    app.write(|tx| {
        diesel::delete(callbacks::table.filter(callbacks::number.eq("79001112233"))).execute(tx.db)
    });
    assert_eq!(all(&app).len(), 1);
    let boss = app.admin("Ольга Волкова").await;
    let list = boss.get("/telephony/callbacks").await;
    assert!(list.text().contains("сказать цену") && !list.has("form[action$='/take']"), "{}", list.text());
    came_due(&app, 90);
    let bell = boss.get("/notices").await;
    assert!(bell.text().contains("Пора перезвонить: 1 клиент"), "{}", bell.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_is_what_came_of_its_conversation() {
    let (app, anna, _) = promised().await;
    let id = id_of(&app, "Анна Белова");
    let now = app.app.clock.now();
    let unsaid = || app.read(|db| callcentre::dispositions::queries::unsaid(db, id, now));
    app.write(|tx| {
        diesel::update(calls::table.filter(calls::entry_id.eq("first")))
            .set(calls::last_operator_id.eq(id))
            .execute(tx.db)?;
        use callcentre::platform::db::schema::work_status_log;
        diesel::insert_into(work_status_log::table)
            .values((
                work_status_log::account_id.eq(id),
                work_status_log::status_work.eq(WorkStatus::Offline),
                work_status_log::started_at.eq(now - Duration::hours(3)),
                work_status_log::ended_at.eq(now - Duration::hours(2)),
            ))
            .execute(tx.db)
    });
    assert_eq!(unsaid(), []);
    app.write(|tx| diesel::delete(callbacks::table).execute(tx.db));
    assert_eq!(unsaid(), [CallId(call_id(&app, "first"))]);
    drop(anna);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_that_is_kept_stays_where_somebody_works_and_says_so() {
    let app = TestApp::start().await;
    set_up(&app);
    let anna = app.operator("Анна Белова").await;
    call(&app, "one", -600, 0, false).await;
    let due = [("number", CLIENT), ("in", "60")];
    assert_eq!(anna.submit("/telephony/callbacks", &due).await.status, 303);
    let id = only(&app);
    let row = format!("#promise-{id}");
    let page = anna.get("/telephony/callbacks").await;
    assert_eq!(page.attr(&format!("{row} [name=seen]"), "value"), Some(id.to_string()));
    anna.submit(&format!("/telephony/callbacks/{id}/done"), &[]).await;
    assert!(!anna.hx_get("callbacks", "/telephony/callbacks").await.has(&row));
    let kept = anna.hx_get("callbacks", &format!("/telephony/callbacks?seen={id}")).await;
    assert!(kept.has(&format!("{row}.is-gone")), "{}", kept.text());
    assert!(kept.text_of(&row).contains("отмечено сделанным"), "{}", kept.text_of(&row));
}
