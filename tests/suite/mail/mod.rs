//! Recordings by mail, against a real Dovecot over TLS.

pub(crate) mod dovecot;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use callcentre::domain::recording::RecordingState;
use callcentre::integrations::mail::settings::{self, Mailbox, Secure};
use callcentre::platform::db::schema::{audit_log, calls, mail_letters, recordings};
use callcentre::recordings::by_mail::places::join_waiting;
use callcentre::recordings::by_mail::queries::{self, Position};
use callcentre::recordings::by_mail::take::{self, MailboxLook};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use crate::mango::cabinet::VOICE;
use crate::mango::{Sender, set_up};
use crate::support::until::until;
use crate::support::{Client, Page, TestApp};
use dovecot::{Dovecot, PASSWORD, USER, Wire};

/// A workplace that trusts the server's authority; its mailbox is not saved yet.
async fn workplace(server: &Dovecot) -> TestApp {
    let authority = server.authority();
    let app = TestApp::start_with(&[("EXTRA_CA_FILE", &authority.display().to_string())]).await;
    set_up(&app);
    app
}

/// Saves the mailbox, from then on it is watched.
fn watch(app: &TestApp, mailbox: &Mailbox) {
    let (now, cipher) = (app.app.clock.now(), app.app.cipher.clone());
    app.write(|tx| settings::save(tx, &cipher, mailbox, Some(PASSWORD), now));
    app.app.mail.wake();
}

/// Looks into the mailbox once, with a watch that is off.
async fn look(app: &TestApp, mailbox: &Mailbox) -> Result<MailboxLook, String> {
    let (app, mailbox) = (app.app.clone().into_inner(), mailbox.clone());
    let looked = tokio::task::spawn_blocking(move || take::look(&app, &mailbox, &PASSWORD.to_owned().into()));
    looked.await.expect("no panic").map_err(|error| error.words)
}

/// An answered call of `number` a while ago; gives its id and the name the telephony gives its recording's file.
async fn call(app: &TestApp, entry: &str, number: &str, minutes_ago: i64) -> (i64, String) {
    let at = app.app.clock.unix() - minutes_ago * 60;
    let summary = json!({
        "entry_id": entry, "call_direction": 1, "from": { "number": number },
        "to": { "extension": "101", "number": "sip:op101@crmdev.mangosip.ru" }, "line_number": "74950000101",
        "create_time": at, "forward_time": at, "talk_time": at + 7, "end_time": at + 30,
        "entry_result": 1, "disconnect_reason": 1110,
    });
    Sender::to(app).deliver("/events/summary", &summary.to_string()).await;
    callcentre::telephony::intake::worker::drain(&app.app).expect("a drained inbox");
    let entry = entry.to_owned();
    let id = app.read(|db| calls::table.filter(calls::entry_id.eq(entry)).select(calls::id).first(db));
    (id, file_name(at + 7, number, "101"))
}

/// The telephony names files by Moscow's clock.
fn file_name(unix: i64, number: &str, extension: &str) -> String {
    let local = chrono::DateTime::from_timestamp(unix, 0).expect("a moment").naive_utc() + Duration::hours(3);
    format!("{}__{number}__{extension}.mp3", local.format("%Y-%m-%d__%H-%M-%S"))
}

/// A letter with sounds.
fn letter(id: &str, from: &str, names: &[&str]) -> Vec<u8> {
    let mut raw = format!(
        "From: {from}\r\nTo: records@example\r\nSubject: =?utf-8?B?0JfQsNC/0LjRgdGM?=\r\nMessage-ID: <{id}@mango>\r\n\
         Date: Mon, 23 Nov 2026 14:05:00 +0300\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    );
    for (n, name) in names.iter().enumerate() {
        // Every sound differs from the others by what a player passes over.
        let sound = [VOICE, &vec![0; n * 1000 + id.bytes().map(usize::from).sum::<usize>()][..]].concat();
        raw.push_str(&format!(
            "--b\r\nContent-Type: audio/mpeg; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}\r\n",
            base64(&sound)
        ));
    }
    raw.push_str("--b--\r\n");
    raw.into_bytes()
}

fn base64(bytes: &[u8]) -> String {
    let encoded = std::process::Command::new("base64")
        .arg("-w")
        .arg("76")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn();
    let mut encoder = encoded.expect("base64");
    let mut input = encoder.stdin.take().expect("its input");
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut input, &bytes));
    let output = encoder.wait_with_output().expect("its output");
    writer.join().expect("no panic").expect("written");
    String::from_utf8(output.stdout).expect("text").replace('\n', "\r\n")
}

const ROBOT: &str = "Mango <auto-mailer@mangotele.com>";

fn rows(app: &TestApp) -> Vec<(RecordingState, Option<i64>, String)> {
    app.read(|db| {
        let columns = (recordings::state, recordings::call_id, recordings::original_name);
        recordings::table.order(recordings::id).select(columns).load(db)
    })
}

async fn probe(boss: &Client, changes: &[(&str, &str)]) -> Page {
    boss.hx_submit("mail-said", "/admin/mail/probe", &form(changes)).await
}

fn form<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("host", "localhost"),
        ("port", "993"),
        ("secure", "tls"),
        ("user", USER),
        ("password", PASSWORD),
        ("mango_email", "mangotele.com"),
        ("check_interval", "10"),
        ("enabled", "1"),
    ];
    for (name, value) in changes {
        all.retain(|(known, _)| known != name);
        all.push((name, value));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connection_is_tried_and_each_failure_has_its_words() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let boss = app.admin("Ольга").await;
    let (tls, plain) = (server.port.to_string(), server.plain_port.to_string());
    let good = probe(&boss, &[("port", &tls)]).await;
    assert!(good.text().contains("вход выполнен") && good.text().contains("0 писем"), "{}", good.text());
    let good = probe(&boss, &[("port", &plain), ("secure", "starttls")]).await;
    assert!(good.text().contains("вход выполнен"), "{}", good.text());
    for (changes, words) in [
        (vec![("port", &*tls), ("password", "another")], "Логин или пароль не подошли"),
        (vec![("port", "1")], "не принимает соединение"),
        (vec![("port", &*tls), ("host", "127.0.0.1")], "на другое имя"),
        (vec![("port", &*tls), ("host", "nowhere.invalid")], "не находится"),
        (vec![("port", &*plain)], "нет TLS"),
        (vec![("port", &*tls), ("host", "169.254.169.254")], "служебный адрес"),
    ] {
        let said = probe(&boss, &changes).await.text();
        assert!(said.contains(words), "{changes:?}: {said}");
    }
    let stranger = TestApp::start().await;
    let said = probe(&stranger.admin("Ольга").await, &[("port", &tls)]).await.text();
    assert!(said.contains("неизвестным центром"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_keeps_what_was_typed_and_never_shows_the_password() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    let wrong = boss
        .submit("/admin/mail", &form(&[("port", "много"), ("mango_email", "mango"), ("password", "")]))
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.attr("#port", "value").as_deref(), Some("много"));
    assert_eq!(wrong.attr("#port", "aria-describedby").as_deref(), Some("port-error"));
    assert!(wrong.has("#password-error") && wrong.has("#mango_email-error"));
    let saved = boss.submit("/admin/mail", &form(&[("enabled", "")])).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/admin/mail"));
    let page = boss.get("/admin/mail").await;
    assert!(!page.body.contains(PASSWORD), "sealed");
    assert_eq!(page.attr("#user", "value").as_deref(), Some(USER));
    assert_eq!(
        boss.submit("/admin/mail", &form(&[("password", ""), ("enabled", "")])).await.status,
        303,
        "it stays"
    );
    let noted: i64 =
        app.read(|db| audit_log::table.filter(audit_log::action.eq("mail.edit")).count().get_result(db));
    assert_eq!(noted, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kept_password_goes_only_where_it_was_entered_for_and_every_probe_is_noted() {
    let app = TestApp::start().await;
    let boss = app.admin("Ольга").await;
    // Nobody listens at this port: whatever connects says so.
    let here = [("port", "1"), ("enabled", "")];
    assert_eq!(boss.submit("/admin/mail", &form(&here)).await.status, 303);
    let noted = |app: &TestApp| -> Vec<String> {
        app.read(|db| {
            audit_log::table.filter(audit_log::action.eq("mail.probe")).select(audit_log::detail).load(db)
        })
    };
    for elsewhere in [("host", "127.0.0.1"), ("port", "2"), ("user", "another")] {
        let changes = [here[0], here[1], ("password", ""), elsewhere];
        let said = probe(&boss, &changes).await.text();
        assert!(said.contains("введите пароль ещё раз"), "{elsewhere:?}: {said}");
        let saved = boss.submit("/admin/mail", &form(&changes)).await;
        assert_eq!(saved.status, 422, "{elsewhere:?}");
        assert!(saved.text_of("#password-error").contains("введите пароль ещё раз"));
    }
    assert!(noted(&app).is_empty(), "nothing was asked");
    let kept = probe(&boss, &[here[0], here[1], ("password", "")]).await.text();
    let typed = probe(&boss, &[("port", "2"), here[1]]).await.text();
    assert!(kept.contains("не принимает") && typed.contains("не принимает"), "{kept} {typed}");
    let noted = noted(&app);
    assert_eq!(noted.len(), 2, "{noted:?}");
    assert!(noted[0].contains("@localhost:1: localhost не принимает соединение"), "{noted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_arrives_is_noticed_and_its_recording_joins_its_call() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let (id, name) = call(&app, "one", "79001234567", 20).await;
    watch(&app, &server.mailbox());
    until("the mailbox is watched", || {
        app.read(callcentre::recordings::by_mail::queries::health).good_at.map(|_| ())
    })
    .await;
    server.deliver(&letter("1", ROBOT, &[&name]));
    until("the recording is there", || (rows(&app).len() == 1).then_some(())).await;
    assert_eq!(rows(&app), [(RecordingState::Ready, Some(id), name)]);

    // A restart of the server is survived, what comes meanwhile is not lost.
    let mut server = server;
    server.stop();
    until("the trouble is said", || {
        (!app.read(callcentre::recordings::by_mail::queries::health).trouble.is_empty()).then_some(())
    })
    .await;
    let boss = app.admin("Ольга").await;
    let state = boss.hx_get("mail-state", "/admin/mail").await;
    assert!(state.text().contains("соединени"), "{}", state.text());
    server.resume().await;
    let (second, name) = call(&app, "two", "79001234568", 10).await;
    server.deliver(&letter("2", ROBOT, &[&name]));
    app.app.mail.wake();
    until("the second is there", || (rows(&app).len() == 2).then_some(())).await;
    assert_eq!(rows(&app)[1].1, Some(second));
    until("all is well again", || {
        app.read(callcentre::recordings::by_mail::queries::health).trouble.is_empty().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_twice_nor_from_strangers_and_the_mailbox_stays_as_it_was() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let mailbox = server.mailbox();
    let (id, name) = call(&app, "one", "79001234567", 20).await;
    server.deliver(&letter("1", ROBOT, &[&name, "что-то.mp3"]));
    server.deliver(&letter("1", ROBOT, &[&name, "что-то.mp3"]));
    server.deliver(&letter("2", "Boss <boss@mangotele.com.evil.example>", &[&name]));
    server.deliver(b"From: auto-mailer@mangotele.com\r\nSubject: news\r\n\r\nhello\r\n");
    let taken = look(&app, &mailbox).await.expect("looked");
    assert_eq!((taken.letters, taken.recordings, taken.failed), (2, 2, 0));
    assert_eq!(rows(&app)[0], (RecordingState::Ready, Some(id), name));
    assert_eq!(rows(&app)[1].0, RecordingState::Unmatched);
    assert_eq!(look(&app, &mailbox).await.expect("looked"), MailboxLook::default());
    let mut session = server.session();
    session.select("INBOX").expect("the folder");
    assert!(session.uid_search("SEEN").expect("a search").is_empty(), "nothing is marked");

    server.renumber();
    let again = look(&app, &mailbox).await.expect("looked");
    assert_eq!((again.letters, again.recordings), (0, 0), "known by their own names");
    assert_eq!(rows(&app).len(), 2);

    let marking = Mailbox { marks_seen: true, ..mailbox };
    server.deliver(&letter("3", ROBOT, &["ещё.mp3"]));
    look(&app, &marking).await.expect("looked");
    session.select("INBOX").expect("the folder");
    assert_eq!(session.uid_search("SEEN").expect("a search").len(), 1, "only what was read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_in_mid_letter_loses_and_doubles_nothing() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    for n in 0..3 {
        server.deliver(&letter(&format!("{n}"), ROBOT, &["a.mp3", "b.mp3"]));
    }
    let size = letter("1", ROBOT, &["a.mp3", "b.mp3"]).len();
    // Enough for signing in and the first letter, not for the second.
    let wire = Wire::to(server.port, size * 3 / 2 + 9_000);
    let mailbox = Mailbox { port: wire.port, ..server.mailbox() };
    let broken = look(&app, &mailbox).await.expect_err("a broken wire");
    assert!(broken.contains("соединение"), "{broken}");
    let before = rows(&app).len();
    assert!(before < 6, "{before} came through");
    wire.mend();
    look(&app, &mailbox).await.expect("looked");
    assert_eq!(rows(&app).len(), 6);
    let letters: i64 = app.read(|db| mail_letters::table.count().get_result(db));
    assert_eq!(letters, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_too_large_to_read_is_noted_and_stands_in_nobodys_way() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let mailbox = server.mailbox();
    server.deliver(&letter("before", ROBOT, &["до.mp3"]));
    let mut huge = letter("huge", ROBOT, &["огромная.mp3"]);
    let line = [&[b'A'; 76][..], b"\r\n"].concat();
    let body = line.repeat(81 * 1024 * 1024 / line.len());
    let end = huge.windows(5).rposition(|at| at == b"--b--").expect("the end of the letter");
    huge.splice(end..end, body);
    server.put(&huge);
    server.deliver(&letter("after", ROBOT, &["после.mp3"]));
    let taken = look(&app, &mailbox).await.expect("looked");
    assert_eq!((taken.letters, taken.recordings, taken.failed), (2, 2, 1));
    let troubles: Vec<String> = app.read(|db| {
        mail_letters::table.filter(mail_letters::words.ne("")).select(mail_letters::words).load(db)
    });
    assert_eq!(troubles, ["письмо больше 80 МБ"]);
    assert_eq!(look(&app, &mailbox).await.expect("looked"), MailboxLook::default(), "it is not read again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_joins_a_call_that_comes_later_or_is_placed_by_hand() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let at = app.app.clock.unix() - 1200;
    let early = file_name(at + 7, "79001234567", "101");
    server.deliver(&letter("1", ROBOT, &[&early, "без-имени.mp3"]));
    look(&app, &server.mailbox()).await.expect("looked");
    assert!(rows(&app).iter().all(|(state, ..)| *state == RecordingState::Unmatched));
    assert_eq!(join_waiting(&app.app).expect("tried"), 0);
    let (id, _) = call(&app, "late", "79001234567", 20).await;
    assert_eq!(join_waiting(&app.app).expect("tried"), 1);
    assert_eq!(rows(&app)[0].1, Some(id));

    let boss = app.admin("Ольга").await;
    let page = boss.get("/admin/mail/unmatched").await;
    assert!(page.text().contains("без-имени.mp3"), "{}", page.text());
    let waiting: i64 = app.read(|db| {
        recordings::table.filter(recordings::state.eq("unmatched")).select(recordings::id).first(db)
    });
    let wrong = boss
        .hx_submit("unmatched", &format!("/admin/mail/unmatched/{waiting}/attach"), &[("call", "999999")])
        .await;
    assert!(wrong.has(&format!("#recording-{waiting}")), "it waits on");
    boss.hx_submit(
        "unmatched",
        &format!("/admin/mail/unmatched/{waiting}/attach"),
        &[("call", &format!("№ {id}"))],
    )
    .await;
    assert_eq!(rows(&app)[1].1, Some(id));
    let detached = boss.submit(&format!("/admin/mail/recordings/{waiting}/detach"), &[]).await;
    assert_eq!((detached.status, detached.header("location")), (303, &*format!("/calls/{id}")));
    assert_eq!(rows(&app)[1].0, RecordingState::Unmatched);
    boss.hx_submit("unmatched", &format!("/admin/mail/unmatched/{waiting}/remove"), &[]).await;
    assert_eq!(rows(&app)[1].0, RecordingState::Gone);
    let noted: Vec<String> = app.read(|db| {
        audit_log::table
            .filter(audit_log::action.like("recording.%"))
            .order(audit_log::id)
            .select(audit_log::action)
            .load(db)
    });
    assert_eq!(noted, ["recording.attach", "recording.detach", "recording.delete"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_cloud_has_told_of_is_filled_and_what_it_has_given_is_no_second_recording() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let (id, name) = call(&app, "one", "79001234567", 20).await;
    let now = app.app.clock.now();
    let told = app.write(|tx| {
        diesel::insert_into(recordings::table)
            .values((
                recordings::call_id.eq(id),
                recordings::mango_recording_id.eq("cloud"),
                recordings::source.eq("api"),
                recordings::state.eq("awaited"),
                recordings::extension.eq("101"),
                recordings::created_at.eq(now),
            ))
            .returning(recordings::id)
            .get_result::<i64>(tx.db)
    });
    server.deliver(&letter("1", ROBOT, &[&name]));
    look(&app, &server.mailbox()).await.expect("looked");
    let (state, source): (RecordingState, String) =
        app.read(|db| recordings::table.find(told).select((recordings::state, recordings::source)).first(db));
    assert_eq!(
        (state, source.as_str()),
        (RecordingState::Ready, "api"),
        "the letter brought what was awaited"
    );
    server.deliver(&letter("2", ROBOT, &[&name]));
    let taken = look(&app, &server.mailbox()).await.expect("looked");
    assert_eq!((taken.letters, taken.recordings), (1, 0));
    assert_eq!(rows(&app).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_are_removed_when_they_were_kept_long_enough() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    server.deliver(&letter("1", ROBOT, &["старая.mp3"]));
    look(&app, &server.mailbox()).await.expect("looked");
    callcentre::recordings::by_mail::places::remove_old(&app.app).expect("nothing to remove");
    assert_eq!(rows(&app)[0].0, RecordingState::Unmatched, "all is kept until somebody says otherwise");
    let (now, cipher) = (app.app.clock.now(), app.app.cipher.clone());
    let mailbox =
        Mailbox { keep_months: 6, enabled: false, secure: Secure::Tls.as_str().into(), ..server.mailbox() };
    app.write(|tx| settings::save(tx, &cipher, &mailbox, Some(PASSWORD), now));
    callcentre::recordings::by_mail::places::remove_old(&app.app).expect("nothing to remove");
    assert_eq!(rows(&app)[0].0, RecordingState::Unmatched, "not younger than said");
    app.app.clock.stop_at(now + Duration::days(190));
    callcentre::recordings::by_mail::places::remove_old(&app.app).expect("removed");
    assert_eq!(rows(&app)[0].0, RecordingState::Gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_letters_under_one_message_id_are_two_letters() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let mailbox = server.mailbox();
    server.deliver(&letter("1", ROBOT, &["первая.mp3"]));
    let other = String::from_utf8(letter("2", ROBOT, &["вторая.mp3"])).expect("text");
    server.deliver(other.replace("<2@mango>", "<1@mango>").as_bytes());
    let taken = look(&app, &mailbox).await.expect("looked");
    assert_eq!((taken.letters, taken.recordings), (2, 2));
    assert_eq!(rows(&app).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_whose_sound_is_not_understood_is_listed_and_not_called_taken() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let raw = format!(
        "From: {ROBOT}\r\nSubject: record\r\nContent-Type: audio/ogg; name=\"talk.ogg\"\r\n\r\nno sound we know\r\n"
    );
    server.deliver(raw.as_bytes());
    let taken = look(&app, &server.mailbox()).await.expect("looked");
    assert_eq!((taken.recordings, taken.failed), (0, 1));
    let (state, words): (String, String) =
        app.read(|db| mail_letters::table.select((mail_letters::state, mail_letters::words)).first(db));
    assert_eq!(state, "failed");
    assert!(words.contains("talk.ogg"), "{words}");
}

/// Opus in an Ogg file: its head, and a last page at two seconds.
fn opus() -> Vec<u8> {
    let page = |samples: u64, content: &[u8]| {
        let mut page = b"OggS\0\0".to_vec();
        page.extend(samples.to_le_bytes());
        page.extend(b"abcd\0\0\0\0\0\0\0\0\x01");
        page.push(u8::try_from(content.len()).expect("a short one"));
        page.extend(content);
        page
    };
    [page(0, b"OpusHead\x01\x01\0\0\x40\x1f\0\0\0\0\0"), page(96_000, b"sound")].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_browsers_may_not_play_is_kept_to_be_downloaded_and_told_of() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let raw = format!(
        "From: {ROBOT}\r\nSubject: record\r\nContent-Type: audio/ogg; name=\"talk.opus\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}",
        base64(&opus())
    );
    server.deliver(raw.as_bytes());
    let taken = look(&app, &server.mailbox()).await.expect("looked");
    assert_eq!((taken.recordings, rows(&app).len()), (1, 1));
    let (id, kind, length): (i64, Option<String>, Option<i64>) = app.read(|db| {
        let columns = (recordings::id, recordings::media_type, recordings::duration_ms);
        recordings::table.select(columns).first(db)
    });
    assert_eq!((kind.as_deref(), length), (Some("audio/ogg"), Some(2000)));
    let boss = app.admin("Ольга").await;
    let file = boss.get(&format!("/recordings/{id}?download=1")).await;
    assert_eq!((file.status, file.header("content-type")), (200, "audio/ogg"));
    assert!(file.header("content-disposition").contains(".ogg"), "{}", file.header("content-disposition"));
    let page = boss.get("/admin/mail").await.text();
    assert!(page.contains("можно скачать: talk.opus"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_for_another_call_are_its_recording_too() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let (first, first_name) = call(&app, "one", "79001234567", 60).await;
    let (second, second_name) = call(&app, "two", "79007654321", 20).await;
    let one = String::from_utf8(letter("1", ROBOT, &[&first_name])).expect("text");
    server.deliver(one.as_bytes());
    server.deliver(one.replace(&first_name, &second_name).as_bytes());
    look(&app, &server.mailbox()).await.expect("looked");
    let calls: Vec<Option<i64>> = rows(&app).into_iter().map(|(_, call, _)| call).collect();
    assert!(calls.contains(&Some(first)) && calls.contains(&Some(second)), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_at_which_the_program_ended_is_set_aside_and_the_others_come_in() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    server.deliver(&letter("1", ROBOT, &["первая.mp3"]));
    server.deliver(&letter("2", ROBOT, &["вторая.mp3"]));
    let mut session = server.session();
    let validity = session.examine("INBOX").expect("the folder").uid_validity.expect("a validity");
    let first = session.uid_search("ALL").expect("a search").into_iter().min().expect("a letter");
    let now = app.app.clock.now();
    // As a process leaves it that did not come back from reading the letter.
    app.write(|tx| queries::begin(tx.db, Some(Position { uid_validity: validity, uid: first }), now));
    let taken = look(&app, &server.mailbox()).await.expect("looked");
    assert_eq!((taken.recordings, taken.failed), (1, 1));
    assert_eq!(rows(&app)[0].2, "вторая.mp3");
    assert_eq!(app.read(queries::begun), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_of_many_pieces_is_put_together_as_it_was() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    // Its end falls into a piece of its own.
    let sound = [VOICE, &vec![0; 3 * 1024 * 1024][..], b"the end"].concat();
    let raw = format!(
        "From: {ROBOT}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: audio/mpeg; name=long.mp3\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        base64(&sound)
    );
    server.deliver(raw.as_bytes());
    let taken = look(&app, &server.mailbox()).await.expect("looked");
    assert_eq!((taken.letters, taken.recordings, taken.failed), (1, 1, 0));
    let id: i64 = app.read(|db| recordings::table.select(recordings::id).first(db));
    let boss = app.admin("Ольга").await;
    let answer = boss.request(reqwest::Method::GET, &format!("/recordings/{id}?download=1")).send().await;
    let file = answer.expect("an answer").bytes().await.expect("a file");
    assert!(file == sound, "{} bytes of {}", file.len(), sound.len());
}

/// A server that greets by `greeting` and answers every command by `answer`, in which `{tag}` is the command's.
fn strange_server(greeting: Vec<u8>, answer: &'static str) -> Mailbox {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut lines = BufReader::new(socket.try_clone().expect("a socket")).lines();
            let mut is_heard = socket.write_all(&greeting).is_ok();
            while is_heard && let Some(Ok(line)) = lines.next() {
                let tag = line.split(' ').next().unwrap_or_default();
                is_heard = socket.write_all(answer.replace("{tag}", tag).as_bytes()).is_ok();
            }
        }
    });
    let secure = Secure::None.as_str().to_owned();
    Mailbox { host: "127.0.0.1".into(), port, secure, user: USER.into(), enabled: true, ..Mailbox::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_what_nobody_expects_costs_a_sentence_and_nothing_else() {
    let app = TestApp::start().await;
    let greeting = b"* OK ready\r\n".to_vec();
    for (mailbox, words) in [
        (strange_server(b"* OK ".repeat(100_000), ""), "слишком длинный"),
        (strange_server(greeting.clone(), "another OK in\r\n"), "Непонятный ответ"),
        (strange_server(greeting, "{tag} NO no\r\n"), "Логин или пароль"),
    ] {
        let said = look(&app, &mailbox).await.expect_err("no mailbox");
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_gives_no_pieces_is_read_all_the_same() {
    let app = TestApp::start().await;
    let raw = letter("1", ROBOT, &["целиком.mp3", &"длинная".repeat(2000)]);
    // Longer than a piece by what is written behind the last boundary.
    let raw = [raw, b"behind\r\n".repeat(200_000)].concat();
    let mailbox = whole_letters(raw, "");
    let taken = look(&app, &mailbox).await.expect("looked");
    assert_eq!((taken.letters, taken.recordings), (1, 2));
    assert_eq!(rows(&app)[0].2, "целиком.mp3");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_tells_unasked_is_no_trouble_wherever_it_stands() {
    for unasked in [
        "* OK still here\r\n",
        "* 1 FETCH (FLAGS (\\Seen))\r\n",
        "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n",
        "* 3 EXISTS\r\n* 1 RECENT\r\n",
        "* 9 EXPUNGE\r\n* FLAGS (\\Seen)\r\n",
    ] {
        let app = TestApp::start().await;
        let mailbox = whole_letters(letter("1", ROBOT, &["одна.mp3"]), unasked);
        let mailbox = Mailbox { marks_seen: true, ..mailbox };
        let taken = look(&app, &mailbox).await.expect("looked");
        assert_eq!((taken.letters, taken.recordings, taken.failed), (1, 1, 0), "{unasked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_promises_to_tell_of_news_and_refuses_is_asked_for_them() {
    use std::io::{BufRead, BufReader, Write};
    let app = TestApp::start().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (heard, idles) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (looks, refused) = (heard.clone(), idles.clone());
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let (looks, refused) = (looks.clone(), refused.clone());
            std::thread::spawn(move || {
                let mut lines = BufReader::new(socket.try_clone().expect("a socket")).lines();
                let mut is_heard = socket.write_all(b"* OK ready\r\n").is_ok();
                while is_heard && let Some(Ok(line)) = lines.next() {
                    let tag = line.split(' ').next().unwrap_or_default();
                    let answer = if line.contains("EXAMINE") || line.contains("SELECT") {
                        format!("* 0 EXISTS\r\n* OK [UIDVALIDITY 7] numbered\r\n{tag} OK done\r\n")
                    } else if line.contains("CAPABILITY") {
                        format!("* CAPABILITY IMAP4rev1 IDLE\r\n{tag} OK done\r\n")
                    } else if line.contains("IDLE") {
                        refused.fetch_add(1, Ordering::Relaxed);
                        // A line nobody asked for, and no «+».
                        format!("* 0 RECENT\r\n{tag} BAD not today\r\n")
                    } else {
                        if line.contains("SEARCH") {
                            looks.fetch_add(1, Ordering::Relaxed);
                        }
                        format!("{tag} OK done\r\n")
                    };
                    is_heard = socket.write_all(answer.as_bytes()).is_ok();
                }
            });
        }
    });
    let secure = Secure::None.as_str().to_owned();
    let mailbox = Mailbox {
        host: "127.0.0.1".into(),
        port,
        secure,
        user: USER.into(),
        enabled: true,
        ..Mailbox::default()
    };
    watch(&app, &mailbox);
    until("looked again after it was refused", || (heard.load(Ordering::Relaxed) >= 2).then_some(())).await;
    for look in 3..6 {
        app.app.mail.wake();
        until("looked when it was asked to", || (heard.load(Ordering::Relaxed) >= look).then_some(())).await;
    }
    assert_eq!(idles.load(Ordering::Relaxed), 1, "it is not asked to wait again");
    let _ = app.app.stop.send(true);
}

/// A server with one letter, which it gives whole whatever is asked; before and behind every answer it tells `unasked`.
fn whole_letters(raw: Vec<u8>, unasked: &'static str) -> Mailbox {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut lines = BufReader::new(socket.try_clone().expect("a socket")).lines();
            let mut say = |what: &[u8]| socket.write_all(what).is_ok();
            let mut is_heard = say(b"* OK ready\r\n");
            while is_heard && let Some(Ok(line)) = lines.next() {
                let tag = line.split(' ').next().unwrap_or_default();
                let head = format!("From: {ROBOT}\r\n\r\n");
                let size = raw.len();
                is_heard = say(unasked.as_bytes());
                is_heard &= if line.contains("EXAMINE") || line.contains("SELECT") {
                    say(b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] numbered\r\n")
                } else if line.contains("SEARCH") {
                    say(b"* SEARCH 1\r\n")
                } else if line.contains("HEADER") {
                    let said = format!(
                        "* 1 FETCH (UID 1 RFC822.SIZE {size} BODY[HEADER.FIELDS (FROM)] {{{}}}\r\n{head})\r\n",
                        head.len()
                    );
                    say(said.as_bytes())
                } else if line.contains("BODY") {
                    say(format!("* 1 FETCH (UID 1 BODY[] {{{size}}}\r\n").as_bytes())
                        && say(&raw)
                        && say(b")\r\n")
                } else {
                    true
                };
                is_heard = is_heard && say(format!("{unasked}{tag} OK done\r\n").as_bytes());
            }
        }
    });
    let secure = Secure::None.as_str().to_owned();
    Mailbox { host: "127.0.0.1".into(), port, secure, user: USER.into(), enabled: true, ..Mailbox::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_could_not_be_read_wait_for_an_admin_for_a_week() {
    let server = Dovecot::start().await;
    let app = workplace(&server).await;
    let boss = app.admin("Ольга").await;
    let said = "1 письмо с записями";
    for path in ["/notices", "/admin"] {
        assert!(!boss.get(path).await.text().contains("письмо"), "{path}: nothing yet");
    }
    let raw =
        format!("From: {ROBOT}\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\nbroken\r\n");
    server.deliver(raw.as_bytes());
    let taken = look(&app, &server.mailbox()).await.expect("looked");
    assert_eq!((taken.recordings, taken.failed), (0, 1));
    for path in ["/notices", "/admin"] {
        let page = boss.get(path).await;
        assert!(page.text().contains(said), "{path}: {}", page.text());
        assert!(page.has("a[href='/admin/mail']"), "{path} leads there");
    }
    assert!(boss.get("/admin/mail").await.text().contains("winmail.dat"));
    assert!(
        !app.operator("Анна").await.get("/notices").await.text().contains(said),
        "it is no operator's matter"
    );
    app.app.clock.stop_at(app.app.clock.now() + Duration::days(8));
    let later = app.admin("Пётр").await;
    for path in ["/notices", "/admin"] {
        assert!(!later.get(path).await.text().contains(said), "{path}: an old story");
    }
}
