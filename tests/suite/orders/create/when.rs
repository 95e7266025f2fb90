//! Dates are typed and shown in Russian: the words of a field, what is said of them, what is kept.

use callcentre::domain::order::Meeting;
use callcentre::platform::db::schema::{callbacks, orders};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::support::orders::{at, fields, make, office};

const FIELD: &str = "[name=date_meeting]";

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_a_moment_are_answered_under_the_field() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    for (text, city, state, words) in [
        ("", "Москва", "empty", "Например: завтра 14"),
        ("завтра 14", "Москва", "ok", "завтра, вт 24 ноября, 14:00 · занято 0 из"),
        ("завтра 14", "Екатеринбург", "ok", "14:00 · у вас 12:00"),
        ("14", "Москва", "ok", "сегодня 14:00 уже прошло"),
        ("25.11", "Москва", "ask", "ср 25 ноября · во сколько?"),
        ("вчера 10", "Москва", "past", "это время уже прошло"),
        ("как получится", "Москва", "ask", "Не читается"),
    ] {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("text", text).append_pair("city", city).append_pair("equipment", "БТ");
        let answer = anna.get(&format!("/orders/when?{}", query.finish())).await;
        assert_eq!(answer.status, 200, "{text}");
        assert!(answer.has(&format!(".when__read--{state}")), "{text}: {}", answer.text());
        assert!(answer.text().contains(words), "{text} in {city}: {}", answer.text());
    }
    let day = anna
        .get("/orders/when?text=25.11&city=%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0&equipment=%D0%91%D0%A2")
        .await;
    assert_eq!(day.attr(".when__offers [data-value]", "data-value").as_deref(), Some("2026-11-25T10:00"));
    assert_eq!(app.anon().get("/orders/when?text=14").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_typed_in_words_is_kept_by_the_clock_of_its_city() {
    let (app, id) = office().await;
    // Half past midnight of the 24th in Екатеринбург, still the 23rd in Москва: «завтра» is the 25th there.
    app.app.clock.stop_at(at("2026-11-23T19:30:00"));
    let anna = app.sign_in("Анна Белова").await;
    let typed = [("city", "Екатеринбург"), ("date_meeting", "завтра 14")];
    let saved = anna.submit("/orders", &fields(&typed)).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let kept: NaiveDateTime = app.read(|db| orders::table.select(orders::date_meeting).first(db));
    assert_eq!(kept, at("2026-11-25T09:00:00"));

    let other = make(&app, id, |order| {
        order.meeting = Meeting::local(at("2026-11-26T15:00:00"), chrono_tz::Europe::Moscow);
    });
    let page = anna.get(&format!("/orders/{other}")).await;
    assert_eq!(page.attr(FIELD, "value").as_deref(), Some("26.11.2026 15:00"));
    let change = [("date_meeting", "пт 10:30"), ("was_date_meeting", "26.11.2026 15:00"), ("version", "1")];
    assert_eq!(anna.submit(&format!("/orders/{other}"), &change).await.status, 303);
    let moved: NaiveDateTime =
        app.read(move |db| orders::table.find(other).select(orders::date_meeting).first(db));
    assert_eq!(moved, at("2026-11-27T07:30:00"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_keeps_the_day_its_words_meant() {
    let (app, _) = office().await;
    // Ten minutes before midnight in Москва, and ten minutes after it.
    app.app.clock.stop_at(at("2026-11-23T20:50:00"));
    let anna = app.sign_in("Анна Белова").await;
    let typed = [("city", "Москва"), ("date_meeting", "завтра 14"), ("client_name", "Марина")];
    assert_eq!(anna.submit("/orders/draft/new", &typed).await.status, 204);
    app.app.clock.stop_at(at("2026-11-23T21:10:00"));
    let again = anna.get("/orders/new").await;
    assert_eq!(again.attr(FIELD, "value").as_deref(), Some("24.11.2026 14:00"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_speaks_the_same_words() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let sent = |due: &'static str| [("number", "79001234567"), ("due", due), ("note", "цена")];
    let day = anna.submit("/telephony/callbacks", &sent("завтра")).await;
    assert!(
        day.status == 422 && day.text_of("#callback-due-error").contains("Во сколько?"),
        "{}",
        day.text()
    );
    assert_eq!(anna.submit("/telephony/callbacks", &sent("завтра 14:15")).await.status, 303);
    let due: NaiveDateTime = app.read(|db| callbacks::table.select(callbacks::due_at).first(db));
    assert_eq!(due, at("2026-11-24T11:15:00"));
}

/// Such inputs speak the language of the browser, not of the business.
#[test]
fn no_page_asks_the_browser_for_a_date() {
    fn look(at: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(at).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                look(&path, found);
            } else if let Ok(text) = std::fs::read_to_string(&path)
                && ["datetime-local", "\"date\"", "\"time\""].iter().any(|kind| {
                    text.contains(&format!("type={kind}"))
                        || text.contains(&format!("kind={kind}"))
                        || text.contains("datetime-local")
                })
            {
                found.push(path.display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    look(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut found);
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_shows_the_month_of_the_words_with_what_is_free() {
    let (app, id) = office().await;
    make(&app, id, |_| {});
    let anna = app.sign_in("Анна Белова").await;
    let ask = |pairs: &[(&str, &str)]| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        format!("/orders/calendar?{}", query.finish())
    };
    let slots = [("city", "Москва"), ("equipment", "БТ"), ("kind", "moment")];
    let page = anna.get(&ask(&[&slots[..], &[("text", "завтра 15")]].concat())).await;
    assert_eq!(page.texts(".cal__head b"), ["Ноябрь 2026"]);
    assert_eq!(page.texts(".cal__grid th")[..2], ["пн", "вт"], "Monday is the first");
    assert_eq!((page.count(".cal__day"), page.count("tbody tr")), (42, 6));
    let chosen = page.attr(".cal__day[aria-pressed=true]", "data-text");
    assert_eq!(chosen.as_deref(), Some("24.11.2026 15:00"));
    // 25 half hours of three places, and one visit.
    assert_eq!(
        page.attr("[data-day='2026-11-24']", "aria-label").as_deref(),
        Some("завтра, вт 24 ноября, свободно 74")
    );
    assert_eq!(page.attr("[data-day='2026-11-24'] span", "data-h").as_deref(), Some("1"));
    assert!(
        page.has("[data-day='2026-11-22'][disabled]") && page.has("[data-day='2026-11-23'][aria-current]")
    );
    assert!(page.has(".cal__head [disabled]"), "October is over");
    let time = ".cal__time[aria-pressed=true]";
    assert_eq!(page.attr(time, "aria-label").as_deref(), Some("15:00, свободно 2 из 3"));
    assert_eq!(page.attr(time, "data-text").as_deref(), Some("24.11.2026 15:00"));

    let words = anna.get(&ask(&[("kind", "moment"), ("text", ""), ("month", "2027-01")])).await;
    assert_eq!(words.texts(".cal__head b"), ["Январь 2027"]);
    assert!(!words.has("[data-h]"), "no load without a city");
    assert_eq!(words.attr("[data-day='2027-01-05']", "data-text").as_deref(), Some("05.01.2027"));
    // Of what has been: «05.11» leans back, nothing is over, no times.
    let any = anna.get(&ask(&[("kind", "any"), ("text", "05.12")])).await;
    assert_eq!(any.texts(".cal__head b"), ["Декабрь 2025"]);
    assert!(!any.has(".cal__times") && !any.has("[disabled]"));
    for odd in ["month=999999-01", "month=x&day=y&kind=z", "text=%00&city=%F0%9F%98%80&equipment=?"] {
        assert_eq!(anna.get(&format!("/orders/calendar?{odd}")).await.status, 200, "{odd}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_says_by_which_clock_it_reads() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    for (city, zone) in [("Самара", "Самара, МСК+1"), ("Калининград", "Калининград, МСК−1"), ("Москва", "")]
    {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("text", "завтра 14").append_pair("city", city);
        let answer = anna.get(&format!("/orders/when?{}", query.finish())).await;
        assert_eq!(answer.attr(".when__read", "data-zone").as_deref(), Some(zone));
    }
}
