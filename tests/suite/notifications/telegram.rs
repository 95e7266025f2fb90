//! Messages of the bot, against a strict fake of its API.

use std::process::{Command, Stdio};

use callcentre::alerts::queries::outbox;
use callcentre::domain::notice::OutState;
use callcentre::integrations::telegram::fake::{Fake, Turn};
use callcentre::platform::db::schema::{notification_outbox, notification_recipients, settings};
use callcentre::schedule;
use chrono::Duration;
use diesel::prelude::*;

use super::{TOKEN, add, after, at, look, miss, office};
use crate::program::Program;
use crate::support::TestApp;
use crate::support::app::on_postgres;
use crate::support::until::until;

const PAGE: &str = "/admin/notifications";

fn states(app: &TestApp) -> Vec<(String, i64)> {
    app.read(|db| {
        notification_outbox::table
            .order(notification_outbox::id)
            .select((notification_outbox::state, notification_outbox::total))
            .load(db)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_is_one_message_though_two_processes_send() {
    let fake = Fake::start(TOKEN).expect("a simulated Telegram");
    fake.begin(815, "Ольга");
    let (app, boss) = office(&fake).await;
    add(&boss, "Ольга", ("telegram", "815"), &["missed"]).await;
    look(&app).await;
    let other = app.second_process().await;
    for number in ["79053334411", "79053334422", "79053334433"] {
        miss(&app, number);
        look(&app).await;
    }
    after(&app, 30).await;
    assert_eq!(fake.taken(), [], "others may follow");
    other.app.clock.stop_at(app.app.clock.now() + Duration::seconds(31));
    tokio::join!(after(&app, 31), async {
        callcentre::alerts::send::turn(&other.app).await.expect("a turn");
    });
    let taken = fake.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(taken[0].chat, "815");
    let text = &taken[0].text;
    assert!(text.starts_with("Пропущенные звонки: 3\n"), "{text}");
    assert!(text.contains("+7 905 •••-••-11, Саратов") && !text.contains("333"), "{text}");
    assert!(text.ends_with("http://crm.test/telephony/debts"), "{text}");

    // What comes soon after waits longer, so that a bad hour is no flood.
    miss(&app, "79053334455");
    look(&app).await;
    after(&app, 120).await;
    assert_eq!(fake.taken().len(), 1);
    after(&app, 600).await;
    assert_eq!(fake.taken().len(), 2);
    assert_eq!(states(&app), [("sent".to_owned(), 3), ("sent".to_owned(), 1)]);
    let page = boss.get(PAGE).await.text();
    assert!(page.contains("Пропущенные звонки: 3") && page.contains("отправлено"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_heeded_and_said_in_words() {
    let fake = Fake::start(TOKEN).expect("a simulated Telegram");
    fake.begin(815, "Ольга");
    fake.begin(-4001, "Офис");
    let (app, boss) = office(&fake).await;
    add(&boss, "Ольга", ("telegram", "815"), &["missed"]).await;
    add(&boss, "Офис", ("telegram", "-4001"), &["trouble"]).await;
    look(&app).await;

    // It is asked to wait, and waits with everything.
    fake.then(Turn::Throttle(90));
    miss(&app, "79053334411");
    look(&app).await;
    after(&app, 61).await;
    let asked = fake.asked().len();
    after(&app, 60).await;
    assert_eq!(fake.asked().len(), asked, "it was asked to be silent for longer");
    let page = boss.get(PAGE).await.text_of("#notifications");
    assert!(page.contains("Telegram просит подождать 90 с"), "{page}");
    // A page instead of an answer: later, and later than that.
    fake.then(Turn::Break);
    after(&app, 31).await;
    assert!(boss.get(PAGE).await.text().contains("Telegram не справляется (код 502)"));
    assert_eq!(fake.taken(), []);
    fake.block(815, true);
    after(&app, 11).await;
    let page = boss.get(PAGE).await;
    assert!(page.text().contains("Получатель заблокировал бота"), "{}", page.text());
    assert_eq!(states(&app), [("failed".to_owned(), 1)]);
    assert!(boss.get("/notices").await.text().contains("Не отправлено за сутки: 1 сообщение"));
    after(&app, 3600).await;
    assert_eq!(fake.taken(), [], "a refusal is not repeated by itself");

    // «Отправить ещё раз», when it may be taken.
    fake.block(815, false);
    let again = page.attr("form[action$='/again']", "action").expect("a button");
    assert_eq!(boss.submit(&again, &[]).await.status, 303);
    after(&app, 1).await;
    assert_eq!(fake.taken().len(), 1);

    // A group that became a supergroup is followed.
    fake.then(Turn::Move(-100_4001));
    app.write(|tx| {
        use callcentre::platform::db::schema::jobs;
        let row = (jobs::name.eq("chats"), jobs::state.eq("dead"), jobs::run_at.eq(app.app.clock.now()));
        diesel::insert_into(jobs::table).values(row).execute(tx.db)
    });
    schedule::run_now(&app.app, "states").expect("a look at what lasts");
    after(&app, 31).await;
    after(&app, 1).await;
    let taken = fake.taken();
    assert_eq!(taken.last().map(|taken| taken.chat.as_str()), Some("-1004001"), "{taken:?}");
    assert!(taken[1].text.contains("Не удаётся: возврат чатов без ответа"), "{}", taken[1].text);
    // And it is over.
    app.app.clock.stop_at(app.app.clock.now() + Duration::minutes(31));
    schedule::run_now(&app.app, "states").expect("a look at what lasts");
    after(&app, 31).await;
    assert!(fake.taken()[2].text.contains("Уже в порядке: Не удаётся"), "{:?}", fake.taken());

    // A token nobody knows: nothing is lost, and the page says why it waits.
    let other = format!("{TOKEN}x");
    let saved = boss.submit(PAGE, &[("token", &other), ("report_at", "09:00")]).await;
    assert_eq!(saved.status, 303);
    miss(&app, "79053334477");
    look(&app).await;
    after(&app, 61).await;
    let page = boss.get(PAGE).await;
    assert!(page.text().contains("проверьте токен"), "{}", page.text());
    assert!(!page.body.contains("AAF-x_"), "the token is a secret");
    let kept: String = app.read(|db| {
        settings::table.filter(settings::name.eq("telegram.token")).select(settings::value).first(db)
    });
    assert!(!kept.contains("AAF"), "{kept}");
    assert_eq!(boss.submit(&format!("{PAGE}/token/forget"), &[]).await.status, 303);
    after(&app, 30).await;
    assert_eq!(fake.taken().len(), 4, "the preset one is in force again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_keeps_the_list_and_hears_at_once_whether_it_works() {
    let fake = Fake::start(TOKEN).expect("a simulated Telegram");
    fake.begin(815, "Ольга Волкова");
    let (app, boss) = office(&fake).await;
    let form = boss.get(&format!("{PAGE}/new")).await;
    assert!(
        form.text().contains("Ольга Волкова") && form.text().contains("815"),
        "who has written to the bot"
    );
    let wrong = [("name", "Ольга"), ("channel", "telegram"), ("address", "Ольга"), ("kinds", "missed")];
    let refused = boss.submit(&format!("{PAGE}/recipients"), &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.has("#address-error") && refused.attr("#name", "value").as_deref() == Some("Ольга"));
    let mail = [("name", "Ольга"), ("channel", "mail"), ("address", "ольга"), ("kinds", "report")];
    assert!(boss.submit(&format!("{PAGE}/recipients"), &mail).await.has("#address-error"));
    add(&boss, "Ольга", ("telegram", "815"), &["missed", "report"]).await;
    let twice = [("name", "Она же"), ("channel", "telegram"), ("address", "815"), ("kinds", "missed")];
    assert!(boss.submit(&format!("{PAGE}/recipients"), &twice).await.text().contains("уже есть"));

    let page = boss.get(PAGE).await;
    let test = page.attr("form[action$='/test']", "action").expect("a button");
    assert_eq!(boss.hx_submit("notifications", &test, &[]).await.status, 200);
    assert!(fake.taken()[0].text.starts_with("Проверочное сообщение"));
    let probed = boss.hx_submit("notify-said", &format!("{PAGE}/probe"), &[("channel", "telegram")]).await;
    assert!(probed.text().contains("@callcentre_bot на связи"), "{}", probed.text());
    let other = format!("{TOKEN}x");
    let fields = [("channel", "telegram"), ("token", other.as_str())];
    let probed = boss.hx_submit("notify-said", &format!("{PAGE}/probe"), &fields).await;
    assert!(probed.text().contains("не узнал бота"), "{}", probed.text());
    let bad = boss.submit(PAGE, &[("token", "секрет"), ("report_at", "девять")]).await;
    assert_eq!(bad.status, 422);
    assert!(bad.has("#token-error") && bad.has("#report_at-error") && !bad.body.contains("секрет"));

    // Yesterday's numbers at nine by the clock of the business, once.
    assert_eq!(boss.submit(PAGE, &[("report_at", "9:00")]).await.status, 303);
    app.write(|tx| {
        let since = notification_recipients::created_at.eq(at("2026-11-01T00:00:00"));
        diesel::update(notification_recipients::table).set(since).execute(tx.db)
    });
    let report = || schedule::run_now(&app.app, "daily-report").expect("a look at the clock");
    app.app.clock.stop_at(at("2026-12-10T05:59:00"));
    report();
    after(&app, 0).await;
    assert_eq!(fake.taken().len(), 1, "too early");
    app.app.clock.stop_at(at("2026-12-10T06:00:30"));
    report();
    report();
    after(&app, 0).await;
    after(&app, 60).await;
    report();
    after(&app, 0).await;
    let taken = fake.taken();
    assert_eq!(taken.len(), 2, "{taken:?}");
    assert!(taken[1].text.starts_with("Отчёт за 9 декабря, среда\n"), "{}", taken[1].text);

    let boss = app.sign_in("Ольга").await;
    assert_eq!(boss.submit(&test.replace("/test", "/delete"), &[]).await.status, 303);
    assert!(boss.get(PAGE).await.text().contains("Получателей пока нет"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_it_sends_loses_nothing_and_says_what_may_come_twice() {
    let fake = Fake::start(TOKEN).expect("a simulated Telegram");
    fake.begin(815, "Ольга");
    let folder = tempfile::tempdir().expect("a folder");
    let own = format!("sqlite://{}", folder.path().join("alerts.db").display());
    let app = match on_postgres() {
        true => TestApp::start().await,
        false => TestApp::start_with(&[("DATABASE_URL", &own)]).await,
    };
    let url = app.database_url();
    let boss = app.admin("Ольга").await;
    add(&boss, "Ольга", ("telegram", "815"), &["trouble"]).await;
    app.stop().await;
    let database = callcentre::platform::db::Database::open(&url, 2).expect("the database");
    let queue = |key: &str| {
        let now = chrono::Utc::now().naive_utc();
        let item = callcentre::alerts::Item { text: key.to_owned(), href: String::new() };
        let queued = database.write_now(|tx| {
            let id = notification_recipients::table.select(notification_recipients::id).first(tx.db)?;
            let kind = callcentre::domain::notice::NoticeKind::Trouble;
            Ok(outbox::put(tx, id, kind, (key, ""), std::slice::from_ref(&item), (now, now))?)
        });
        assert!(queued.expect("queued"));
    };
    let program = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callcentre"));
        command.env("TELEGRAM_API_URL", fake.api_url()).env("TELEGRAM_BOT_TOKEN", TOKEN);
        command.env("APP_SECRET", "an application secret only for tests").stderr(Stdio::piped());
        command.env("RUST_LOG", "debug");
        Program::start_by(command, &url, folder.path())
    };
    // Telegram takes the first and says so to nobody.
    fake.then(Turn::Swallow);
    queue("первое");
    let first = program();
    until("it is being sent", || (fake.taken().len() == 1).then_some(())).await;
    queue("второе");
    drop(first);
    let count = |state: OutState| {
        let since = chrono::DateTime::UNIX_EPOCH.naive_utc();
        database.read_now(|db| Ok(outbox::count(db, state, since)?)).expect("read")
    };
    assert_eq!((count(OutState::Sending), count(OutState::Queued)), (1, 1));
    // Long after.
    database
        .write_now(|tx| {
            let long_ago =
                notification_outbox::claimed_at.eq(chrono::Utc::now().naive_utc() - Duration::hours(1));
            let sending = notification_outbox::table.filter(notification_outbox::state.eq("sending"));
            Ok(diesel::update(sending).set(long_ago).execute(tx.db)?)
        })
        .expect("written");
    let mut second = program();
    until("all is sent", || (count(OutState::Sent) == 2).then_some(())).await;
    let texts: Vec<String> = fake.taken().into_iter().map(|taken| taken.text).collect();
    let of = |word: &str| texts.iter().filter(|text| text.contains(word)).collect::<Vec<_>>();
    assert_eq!(of("второе").len(), 1, "{texts:?}");
    assert_eq!(of("первое").len(), 2, "{texts:?}");
    assert!(of("первое")[1].contains("Повтор: неизвестно, дошло ли"), "{texts:?}");
    let (status, log) = second.terminate().await;
    assert!(status.success() && !log.contains("AAF-x_"), "the token is nobody's to read: {log}");
}
