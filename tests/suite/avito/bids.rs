//! Bids: read with their time, changed after a look, within limits, written down, taken back, never asked twice.

use callcentre::admin::avito::work::{Round, Work};
use callcentre::domain::id::{AdId, AvitoId};
use callcentre::integrations::avito::fake::{Break, Fake};
use callcentre::platform::db::schema::{avito_ad_periods, avito_ads, avito_bid_changes, avito_bids};
use diesel::prelude::*;
use serde_json::json;

use super::desk;
use crate::support::until::until;
use crate::support::{Client, TestApp};

const AD: i64 = 4_417_230_951;

fn promotion(bid: i64) -> serde_json::Value {
    json!({
        "bidPenny": bid, "limitPenny": 50_000, "recBidPenny": 11_000, "minBidPenny": 4_000, "maxBidPenny": 50_000,
        "minLimitPenny": 10_000, "maxLimitPenny": 900_000,
        "bids": [
            { "valuePenny": 6_000, "minForecast": 1, "maxForecast": 3, "compare": 20 },
            { "valuePenny": 9_000, "minForecast": 3, "maxForecast": 6, "compare": 40 },
            { "valuePenny": 11_500, "minForecast": 4, "maxForecast": 9, "compare": 60 },
        ],
    })
}

/// An account with one promoted ad at 92 ₽ and a week's figures, whose bids were read.
async fn promoted() -> (TestApp, Fake, Client, AvitoId) {
    let fake = desk::fake(&[7]);
    fake.set(7, "items", json!([{ "id": AD, "title": "Ремонт стиральных машин", "status": "active" }]));
    fake.set(7, "promotions", json!({ AD.to_string(): promotion(9_200) }));
    let app = desk::app(&fake, &[]).await;
    let (admin, id) = (app.admin("Игорь").await, desk::account(&app, 7));
    app.write(|tx| {
        let row = (
            avito_ad_periods::avito_id.eq(id),
            avito_ad_periods::ad_id.eq(AdId(AD)),
            avito_ad_periods::days.eq(7),
            avito_ad_periods::views.eq(500),
            avito_ad_periods::contacts.eq(24),
            avito_ad_periods::spending.eq(Some(20_000)),
        );
        diesel::insert_into(avito_ad_periods::table).values(row).execute(tx.db)?;
        let listed = (
            avito_ads::avito_id.eq(id),
            avito_ads::ad_id.eq(AdId(AD)),
            avito_ads::title.eq("Ремонт стиральных машин"),
            avito_ads::status.eq("active"),
            avito_ads::seen_at.eq(app.app.clock.now()),
        );
        diesel::insert_into(avito_ads::table).values(listed).execute(tx.db)
    });
    read(&app, id, Round::Bids).await;
    (app, fake, admin, id)
}

async fn read(app: &TestApp, id: AvitoId, round: Round) {
    assert!(Work::of(&app.app).start(round, vec![id]));
    until("the round", || app.app.avito.rounds.progress(round.name()).is_none().then_some(())).await;
}

fn kept(app: &TestApp) -> Option<i64> {
    app.read(|db| avito_bids::table.select(avito_bids::bid).first(db))
}

/// State, before, after, whether a person did it.
fn journal(app: &TestApp) -> Vec<(String, Option<i64>, i64, bool)> {
    let rows: Vec<(String, Option<i64>, i64, Option<i64>)> = app.read(|db| {
        avito_bid_changes::table
            .order(avito_bid_changes::id)
            .select((
                avito_bid_changes::state,
                avito_bid_changes::old_bid,
                avito_bid_changes::new_bid,
                avito_bid_changes::account_id,
            ))
            .load(db)
    });
    rows.into_iter().map(|(state, old, new, by)| (state, old, new, by.is_some())).collect()
}

fn form(id: AvitoId) -> String {
    format!("/admin/avito/{id}/bids/{AD}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bid_is_looked_at_then_changed_then_taken_back() {
    let (app, fake, admin, id) = promoted().await;
    let page = admin.get("/admin/avito/bids").await.text().replace('\u{a0}', " ");
    for words in ["Ремонт стиральных машин", "92 ₽", "Авито советует 110 ₽", "40 %", "задайте «от» и «до»"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let look = admin.submit(&form(id), &[("bid", "115"), ("limit", "500")]).await;
    assert_eq!(look.status, 200);
    let words = look.text().replace('\u{a0}', " ");
    assert!(words.contains("Ставка 92 ₽ → 115 ₽") && words.contains("Сравнение 40 % → 60 %"), "{words}");
    assert_eq!((fake.count("setManual"), journal(&app).len()), (0, 0), "looking changes nothing");
    let seen = look.attr("[name=seen]", "value").expect("what was looked at");
    // Other sums than those that were looked at are looked at again.
    let other = admin.submit(&form(id), &[("bid", "119"), ("limit", "500"), ("seen", &seen)]).await;
    assert!(other.status == 200 && fake.count("setManual") == 0);
    let done = admin.submit(&form(id), &[("bid", "115"), ("limit", "500"), ("seen", &seen)]).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert_eq!((kept(&app), fake.count("setManual")), (Some(11_500), 1));
    assert_eq!(journal(&app), [("done".to_owned(), Some(9_200), 11_500, true)]);
    let asked = fake.asked().into_iter().find(|asked| asked.path.contains("setManual")).expect("asked");
    assert_eq!(asked.body, json!({ "itemID": AD, "actionTypeID": 7, "bidPenny": 11_500 }), "the limit stays");

    let page = admin.get("/admin/avito/bids").await;
    let undo = page.attr("form[action$='/undo']", "action").expect("«Вернуть»");
    admin.submit(&undo, &[]).await;
    assert_eq!(kept(&app), Some(9_200));
    admin.submit(&undo, &[]).await;
    assert_eq!(fake.count("setManual"), 2, "once");
    assert!(admin.get("/admin/avito/bids").await.text().contains("возвращено"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_leaves_an_admins_limits_or_avitos() {
    let (_app, fake, admin, id) = promoted().await;
    for (from, to) in [("120", "60"), ("60", ""), ("x", "90"), ("0", "90")] {
        let refused = admin.submit(&format!("{}/limits", form(id)), &[("from", from), ("to", to)]).await;
        assert_eq!(refused.status, 400, "{from} {to}");
    }
    admin.submit(&format!("{}/limits", form(id)), &[("from", "60"), ("to", "100")]).await;
    for (bid, why) in [("110", "Пределы объявления"), ("30", "Авито принимает"), ("x", "цифрами")]
    {
        let refused = admin.submit(&form(id), &[("bid", bid)]).await;
        assert!(refused.status == 422 && refused.text().contains(why), "{bid}: {}", refused.text());
    }
    let refused = admin.submit(&form(id), &[("bid", "90"), ("limit", "50")]).await;
    assert_eq!(refused.status, 422, "a day of 50 ₽ is not taken");
    assert_eq!(fake.count("setManual"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_tried_first_and_do_what_they_said() {
    let (app, fake, admin, id) = promoted().await;
    let rules = [("order", "400"), ("contact", "150"), ("contacts", "5"), ("step", "10"), ("compare", "50")];
    admin.submit("/admin/avito/bids/rules", &rules).await;
    admin.submit(&format!("{}/limits", form(id)), &[("from", "60"), ("to", "120")]).await;
    // The rules are off: an hour later they have read and changed nothing.
    read(&app, id, Round::BidRules).await;
    assert_eq!(fake.count("setManual"), 0);
    let page = admin.get("/admin/avito/bids").await;
    let words = page.text().replace('\u{a0}', " ");
    assert!(words.contains("→ 101 ₽") && words.contains("сравнение 40 %, нужно 50 %"), "{words}");
    assert!(words.contains("поменяются ставки: 1 из 1"), "{words}");
    let plan = page.attr("[name=plan]", "value").expect("a plan");
    // A day that would cost too much is not raised.
    admin.submit(&format!("/admin/avito/{id}/bids/day"), &[("limit", "29")]).await;
    let words = admin.get("/admin/avito/bids").await.text().replace('\u{a0}', " ");
    assert!(words.contains("день вышел бы за предел 29 ₽"), "{words}");
    admin.submit("/admin/avito/bids/apply", &[("plan", &plan)]).await;
    assert_eq!(fake.count("setManual"), 0, "the plan is another one by now");
    admin.submit(&format!("/admin/avito/{id}/bids/day"), &[("limit", "")]).await;
    admin.submit("/admin/avito/bids/apply", &[("plan", &plan)]).await;
    assert_eq!(kept(&app), Some(10_100));

    let on = [&rules[..], &[("is_on", "1")]].concat();
    admin.submit("/admin/avito/bids/rules", &on).await;
    read(&app, id, Round::BidRules).await;
    assert_eq!(kept(&app), Some(11_100), "a step at a time");
    assert_eq!(journal(&app).last().map(|line| line.3), Some(false), "nobody but a rule");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_an_answer_is_looked_for_and_never_asked_twice() {
    let (app, fake, admin, id) = promoted().await;
    let set = async |bid: &str| {
        let look = admin.submit(&form(id), &[("bid", bid)]).await;
        let seen = look.attr("[name=seen]", "value").expect("what was looked at");
        admin.submit(&form(id), &[("bid", bid), ("seen", &seen)]).await
    };
    fake.break_next("setManual", Break::DoneAndCut, 1);
    assert_eq!(set("100").await.status, 303, "it was done all the same");
    assert_eq!((kept(&app), fake.count("setManual")), (Some(10_000), 1));
    fake.break_next("setManual", Break::Status(503, "upstream connect error".to_owned()), 1);
    let failed = set("110").await;
    assert!(failed.status == 422 && failed.text().contains("осталась прежней"), "{}", failed.text());
    assert_eq!((kept(&app), fake.count("setManual")), (Some(10_000), 2));
    // Not even that can be looked at: what is set says it at the next reading.
    fake.break_next("setManual", Break::DoneBut(502), 1);
    fake.break_next("getBids", Break::Status(503, "upstream connect error".to_owned()), 3);
    assert_eq!(set("105").await.status, 422);
    assert_eq!(journal(&app).last().map(|line| line.0.clone()), Some("open".to_owned()));
    fake.mend();
    app.app.avito.client(id).await.expect("a client").forget_complaints();
    read(&app, id, Round::Bids).await;
    assert_eq!((kept(&app), fake.count("setManual")), (Some(10_500), 3));
    assert_eq!(journal(&app).last().map(|line| line.0.clone()), Some("done".to_owned()));
    fake.break_next("getPromotions", Break::Status(503, "upstream connect error".to_owned()), 3);
    read(&app, id, Round::Bids).await;
    let page = admin.get("/admin/avito/bids").await.text().replace('\u{a0}', " ");
    assert!(page.contains("Показаны прежние ставки") && page.contains("105 ₽"), "{page}");
}
