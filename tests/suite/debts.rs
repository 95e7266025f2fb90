//! Missed calls are debts, and conversations without an order want a result.

use callcentre::auth::queries as accounts;
use callcentre::debts::{DebtState, PaidHow, look_after};
use callcentre::domain::id::AccountId;
use callcentre::domain::person::WorkStatus;
use callcentre::platform::db::schema::{accounts as people, audit_log, call_notes, calls, debts};
use chrono::Duration;
use diesel::prelude::*;

use crate::mango::{finished_call, set_up};
use crate::support::orders::fields;
use crate::support::{Client, TestApp};

const CLIENT: &str = "79000001110";

/// Tells of a finished call of the client `minutes` ago.
async fn call(app: &TestApp, entry: &str, minutes: i64, talk: i64, is_ours: bool) {
    finished_call(app, CLIENT, entry, app.app.clock.unix() - minutes * 60, talk, is_ours).await;
}

type Row = (DebtState, Option<PaidHow>, i64);

fn all(app: &TestApp) -> Vec<Row> {
    app.read(|db| {
        debts::table.order(debts::id).select((debts::state, debts::paid_how, debts::missed_count)).load(db)
    })
}

async fn workplace() -> (TestApp, Client, Client) {
    let app = TestApp::start().await;
    set_up(&app);
    let (anna, vera) = (app.operator("Анна Белова").await, app.operator("Вера Гусева").await);
    (app, anna, vera)
}

fn only(app: &TestApp) -> i64 {
    app.read(|db| debts::table.select(debts::id).first(db))
}

#[tokio::test(flavor = "multi_thread")]
async fn debts_of_a_filled_database_are_what_its_calls_would_have_made_one_by_one() {
    let (app, _, _) = workplace().await;
    let now = app.app.clock.unix();
    let told = [
        ("79000001110", 60, 0, false),
        ("79000001110", 50, 0, false),
        ("79000001110", 45, 0, true),
        // Talked to in between: only what came later is owed.
        ("79000002220", 40, 0, false),
        ("79000002220", 30, 60, false),
        ("79000002220", 20, 0, false),
        ("79000002220", 10, 0, false),
        // Nothing is owed to the last two: they were talked to, and talked to in the end.
        ("79000003330", 40, 60, false),
        ("79000004440", 40, 0, false),
        ("79000004440", 30, 60, true),
    ];
    for (place, (number, minutes, talk, is_ours)) in told.into_iter().enumerate() {
        finished_call(&app, number, &format!("call{place}"), now - minutes * 60, talk, is_ours).await;
    }
    let standing = || {
        app.read(|db| {
            debts::table
                .filter(debts::state.ne(DebtState::Paid))
                .order(debts::client_key)
                .select((
                    debts::client_key,
                    debts::first_call_id,
                    debts::last_call_id,
                    debts::missed_count,
                    debts::opened_at,
                    debts::last_missed_at,
                ))
                .load::<(String, i64, i64, i64, chrono::NaiveDateTime, chrono::NaiveDateTime)>(db)
        })
    };
    let one_by_one = standing();
    assert_eq!(one_by_one.len(), 2, "{one_by_one:?}");
    let utc = app.app.clock.now();
    let all = |tx: &mut callcentre::platform::db::Tx| {
        diesel::delete(debts::table).execute(tx.db)?;
        callcentre::debts::queries::owe_all(tx, utc - Duration::days(3), utc - Duration::days(14))?;
        callcentre::debts::queries::owe_all(tx, utc - Duration::days(3), utc - Duration::days(14))
    };
    assert_eq!(app.write(all), 0, "nothing is owed twice");
    assert_eq!(standing(), one_by_one);
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_calls_of_a_client_are_one_debt_that_a_conversation_pays() {
    let (app, anna, _) = workplace().await;
    call(&app, "one", 60, 0, false).await;
    call(&app, "two", 50, 0, false).await;
    assert_eq!(all(&app), [(DebtState::Open, None, 2)]);
    assert_eq!(anna.get("/telephony/missed-count").await.text(), "пропущено 1");
    let page = anna.get("/telephony/debts").await;
    assert!(page.text().contains("2 звонка") && page.text().contains("1 ч 0 мин"), "{}", page.text());
    assert_eq!(page.attr("tr[id^=debt]", "data-late").as_deref(), Some("very-late"));

    call(&app, "back-in-vain", 40, 0, true).await;
    assert_eq!(all(&app)[0].0, DebtState::Open, "nobody talked");
    call(&app, "back", 30, 60, true).await;
    assert_eq!(all(&app), [(DebtState::Paid, Some(PaidHow::Callback), 2)]);
    call(&app, "three", 20, 0, false).await;
    call(&app, "again", 10, 60, false).await;
    assert_eq!(all(&app)[1], (DebtState::Paid, Some(PaidHow::Client), 1));
    assert!(anna.get("/telephony/debts").await.text().contains("Долгов нет"));
    let day = anna.get("/telephony?fold=off").await;
    assert!(day.text().contains("перезвонили в") && day.text().contains("дозвонился в"), "{}", day.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn order_of_events_and_folding_again_change_nothing() {
    let (app, ..) = workplace().await;
    call(&app, "back", 30, 60, true).await;
    call(&app, "late-miss-before", 40, 0, false).await;
    assert!(all(&app).is_empty(), "it was talked about before anybody knew of it");
    call(&app, "miss-after", 20, 0, false).await;
    assert_eq!(all(&app), [(DebtState::Open, None, 1)]);
    let entries: Vec<String> = app.read(|db| calls::table.select(calls::entry_id).load(db));
    callcentre::telephony::intake::worker::refold(&app.app, entries).expect("folded again");
    assert_eq!(all(&app), [(DebtState::Open, None, 1)]);
    // The summary is corrected: it was answered after all, and a minute later than was said at first.
    call(&app, "miss-after", 19, 30, false).await;
    assert!(all(&app).is_empty(), "never a debt: {:?}", all(&app));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_chosen_by_a_slip_of_the_hand_is_taken_back() {
    let (app, anna, vera) = workplace().await;
    call(&app, "one", 10, 0, false).await;
    let id = only(&app);
    let post = async |who: &Client, what: &str, body: &[(&str, &str)]| {
        who.hx_submit("debts", &format!("/telephony/debts/{id}/{what}"), body).await
    };
    let page = anna.get("/telephony/debts").await;
    assert!(
        !page.has("[name=reason][selected], [name=reason][checked], select"),
        "no reason is chosen before"
    );
    post(&anna, "take", &[]).await;
    let closed = post(&anna, "close", &[("reason", "Спам")]).await;
    let told: serde_json::Value = serde_json::from_str(closed.header("hx-trigger")).expect("events");
    assert_eq!(told["toast"]["undo"]["url"], format!("/telephony/debts/{id}/reopen"));

    assert_eq!(post(&vera, "reopen", &[]).await.status, 409, "only one's own");
    let back = post(&anna, "reopen", &[]).await;
    assert_eq!(back.status, 200, "{}", back.text());
    assert!(back.text().contains("у вас"), "it is hers again: {}", back.text());
    assert_eq!(all(&app), [(DebtState::Taken, None, 1)]);
    assert_eq!(post(&anna, "reopen", &[]).await.status, 409, "there is nothing to take back");

    post(&anna, "close", &[("reason", "Спам")]).await;
    call(&app, "two", 5, 0, false).await;
    assert_eq!(post(&anna, "reopen", &[]).await.status, 409, "the client is owed again already");
    assert_eq!(all(&app)[0].0, DebtState::Paid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debt_is_taken_seen_given_back_and_closed() {
    let (app, anna, vera) = workplace().await;
    call(&app, "one", 10, 0, false).await;
    let id = only(&app);
    let post = async |who: &Client, what: &str, body: &[(&str, &str)]| {
        who.hx_submit("debts", &format!("/telephony/debts/{id}/{what}"), body).await
    };
    let taken = post(&anna, "take", &[]).await;
    assert!(taken.text().contains("у вас"), "{}", taken.text());
    assert!(vera.get("/telephony/debts").await.text().contains("Белова А."), "everybody sees whose it is");
    assert!(vera.get("/telephony").await.text().contains("берёт Белова А."));
    post(&vera, "take", &[]).await;
    post(&vera, "give-back", &[]).await;
    post(&vera, "close", &[("reason", "Спам")]).await;
    assert_eq!(all(&app)[0].0, DebtState::Taken, "it is not hers");
    assert_eq!(post(&anna, "close", &[("reason", "просто так")]).await.status, 400);
    post(&anna, "give-back", &[]).await;
    assert_eq!(all(&app)[0].0, DebtState::Open);
    post(&vera, "close", &[("reason", "Спам")]).await;
    assert_eq!(all(&app), [(DebtState::Paid, Some(PaidHow::Reason), 1)]);
    assert!(anna.get("/telephony").await.text().contains("закрыт: спам"));
    call(&app, "two", 5, 0, false).await;
    assert_eq!(all(&app)[1], (DebtState::Open, None, 1), "the next missed call is a debt of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_pays_and_who_leaves_gives_back() {
    let (app, anna, _) = workplace().await;
    call(&app, "one", 10, 0, false).await;
    let account: AccountId =
        app.read(|db| people::table.filter(people::name.eq("Анна Белова")).select(people::id).first(db));
    let now = app.app.clock.now();
    app.write(|tx| accounts::set_work_status(tx, account, WorkStatus::Online, None, now));
    anna.hx_submit("debts", &format!("/telephony/debts/{}/take", only(&app)), &[]).await;
    look_after(&app.app).expect("looked after");
    assert_eq!(all(&app)[0].0, DebtState::Taken);
    app.write(|tx| accounts::set_work_status(tx, account, WorkStatus::Offline, None, now));
    look_after(&app.app).expect("looked after");
    assert_eq!(all(&app)[0].0, DebtState::Open, "she has gone home");
    let made = anna.submit("/orders", &fields(&[("phone", CLIENT), ("rk", "Авито")])).await;
    assert_eq!(made.status, 303, "{}", made.text());
    assert_eq!(all(&app), [(DebtState::Paid, Some(PaidHow::Order), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_calls_from_before_debts_were_kept_are_found() {
    let (app, ..) = workplace().await;
    call(&app, "one", 10, 0, false).await;
    app.write(|tx| diesel::delete(debts::table).execute(tx.db));
    look_after(&app.app).expect("looked after");
    assert_eq!(all(&app), [(DebtState::Open, None, 1)]);
}

/// The operator at 101, signed in and offline, who came to work an hour ago.
async fn at_work(app: &TestApp) -> Client {
    let (id, login): (AccountId, String) = app.read(|db| {
        use callcentre::platform::db::schema::callcentre_operator;
        callcentre_operator::table
            .inner_join(people::table)
            .filter(callcentre_operator::extension.eq("101"))
            .select((people::id, people::login))
            .first(db)
    });
    let hash = callcentre::auth::password::hash("a long enough password").expect("a hash");
    let now = app.app.clock.now();
    app.write(|tx| {
        diesel::update(people::table.find(id)).set(people::password.eq(hash)).execute(tx.db)?;
        accounts::set_work_status(tx, id, WorkStatus::Online, None, now - Duration::hours(2))?;
        accounts::set_work_status(tx, id, WorkStatus::Offline, None, now - Duration::minutes(70))?;
        accounts::set_work_status(tx, id, WorkStatus::Online, None, now - Duration::minutes(60))?;
        accounts::set_work_status(tx, id, WorkStatus::Break, None, now - Duration::minutes(5))
    });
    let client = app.anon();
    assert_eq!(
        client.submit("/login", &[("login", &login), ("password", "a long enough password")]).await.status,
        303
    );
    client
}

async fn go_online(operator: &Client) -> String {
    let answer = operator.submit("/profile/work-status", &[("status_work", "online")]).await;
    assert_eq!(answer.status, 303);
    answer.header("location").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_very_first_shift_of_an_operator_asks_for_results_too() {
    let (app, ..) = workplace().await;
    let operator = at_work(&app).await;
    app.write(|tx| {
        use callcentre::platform::db::schema::work_status_log;
        let off = work_status_log::table.filter(work_status_log::status_work.eq(WorkStatus::Offline));
        diesel::delete(off).execute(tx.db)
    });
    call(&app, "talk", 30, 60, false).await;
    assert_eq!(go_online(&operator).await, "/telephony/results");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_goes_online_before_saying_how_conversations_ended() {
    let (app, ..) = workplace().await;
    let operator = at_work(&app).await;
    call(&app, "yesterdays", 100, 60, false).await;
    assert_ne!(go_online(&operator).await, "/telephony/results", "of the shift before nobody asks");
    operator.submit("/profile/work-status", &[("status_work", "break")]).await;
    call(&app, "talk", 30, 60, false).await;
    call(&app, "other", 20, 60, true).await;
    operator.submit("/profile/work-status", &[("status_work", "offline")]).await;
    let now = app.app.clock.now();
    app.write(|tx| {
        use callcentre::platform::db::schema::work_status_log;
        diesel::update(
            work_status_log::table.filter(work_status_log::started_at.gt(now - Duration::minutes(1))),
        )
        .set((work_status_log::status_work.eq("break"), work_status_log::reason.eq(None::<String>)))
        .execute(tx.db)
    });
    assert_eq!(go_online(&operator).await, "/telephony/results");
    let page = operator.get("/telephony/results").await;
    assert_eq!(page.count("[data-digits]"), 2, "{}", page.text());
    let first = page.text_of("[data-digits] [data-digit=\"1\"]");
    assert!(first.contains("Консультация"), "{first}");
    let id: i64 = app.read(|db| calls::table.filter(calls::entry_id.eq("talk")).select(calls::id).first(db));
    let left =
        operator.hx_submit("results", &format!("/calls/{id}/result"), &[("result", "Консультация")]).await;
    assert_eq!(left.count("[data-digits]"), 1);
    assert_eq!(
        operator.hx_submit("results", &format!("/calls/{id}/result"), &[("result", "Ерунда")]).await.status,
        400
    );
    assert_eq!(go_online(&operator).await, "/telephony/results", "one is left");
    assert_eq!(operator.submit("/telephony/results/skip", &[("reason", "")]).await.status, 400);
    operator.submit("/telephony/results/skip", &[("reason", "завис компьютер")]).await;
    assert_ne!(go_online(&operator).await, "/telephony/results");
    let noted: i64 =
        app.read(|db| audit_log::table.filter(audit_log::action.eq("result.skip")).count().get_result(db));
    assert_eq!(noted, 1);

    let list = operator.get("/telephony?fold=off&result=Консультация").await;
    assert_eq!(list.count("#calls tr"), 1);
    assert!(list.text_of("#calls").contains("Консультация"));
    operator.submit(&format!("/calls/{id}/result"), &[("note", "спрашивал про гарантию")]).await;
    assert_eq!(
        operator.get(&format!("/calls/{id}")).await.attr(&format!("#note-{id}"), "value").as_deref(),
        Some("спрашивал про гарантию")
    );
    let kept: Option<String> = app.read(|db| call_notes::table.find(id).select(call_notes::result).first(db));
    assert_eq!(kept.as_deref(), Some("Консультация"), "a note leaves the result alone");
    let boss = app.admin("Ольга").await;
    let lists = boss.get("/admin/lists").await;
    assert!(lists.text().contains("Итоги разговоров") && lists.text().contains("Почему не перезваниваем"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debt_that_is_paid_stays_where_somebody_works_and_says_so() {
    let (app, anna, vera) = workplace().await;
    call(&app, "one", 60, 0, false).await;
    let id = only(&app);
    let row = format!("#debt-{id}");
    let page = anna.get("/telephony/debts").await;
    assert_eq!(page.attr(&format!("{row} [name=seen]"), "value"), Some(id.to_string()));
    call(&app, "back", 30, 60, true).await;
    let fresh = anna.hx_get("debts", "/telephony/debts").await;
    assert!(!fresh.has(&row) && fresh.text().contains("Долгов нет"), "who does not work there sees what is");
    let kept = vera.hx_get("debts", &format!("/telephony/debts?seen={id}&seen=999&seen=x")).await;
    assert!(
        kept.has(&format!("{row}.is-gone")) && kept.text_of(&row).contains("перезвонили в"),
        "{}",
        kept.text()
    );
    assert!(!kept.has(&format!("{row} button")), "nothing is left to do with it");
    assert!(kept.text_of(".stat__value").starts_with('0'), "and it is counted no more");
}
