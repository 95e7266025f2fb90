//! Figures of single ads: read a period a minute, kept with their time, ranked by what they bring.

use callcentre::admin::avito::work::{Round, Work};
use callcentre::chats::queries::put;
use callcentre::domain::id::{AdId, AvitoId};
use callcentre::domain::person::Role;
use callcentre::integrations::avito::fake::{Break, Fake};
use callcentre::platform::db::schema::{avito_ad_days, avito_ad_periods, chat_orders, chats};
use chrono::{Duration, TimeDelta};
use chrono_tz::Europe::Moscow;
use diesel::prelude::*;
use serde_json::json;

use super::desk;
use crate::support::until::until;
use crate::support::{TestApp, orders, world};

const WASHERS: i64 = 4_417_230_951;
const FRIDGES: i64 = 4_417_230_952;

/// Two ads: one that is looked at, one that brings.
fn furnish(app: &TestApp, fake: &Fake) {
    let today = callcentre::domain::zone::local(app.app.clock.now(), Moscow).date();
    fake.set(
        7,
        "items",
        json!([
            { "id": WASHERS, "title": "Ремонт <b>стиральных</b> машин", "status": "active", "address": "Саратов",
              "url": "https://www.avito.ru/1" },
            { "id": FRIDGES, "title": "Ремонт холодильников", "status": "active", "url": "javascript:alert(1)" },
        ]),
    );
    let days: Vec<_> = (0..10)
        .flat_map(|back| {
            let day = (today - TimeDelta::days(back)).to_string();
            [
                json!({ "day": day, "ad": WASHERS, "views": 90, "contacts": 1, "spending": 10_000 }),
                json!({ "day": day, "ad": FRIDGES, "views": 30, "contacts": 3, "spending": 20_000 }),
            ]
        })
        .collect();
    fake.set(7, "days", json!(days));
}

/// A round over the account, and a minute later.
async fn read(app: &TestApp, id: AvitoId) {
    assert!(Work::of(&app.app).start(Round::Ads, vec![id]));
    until("the round", || app.app.avito.rounds.progress(Round::Ads.name()).is_none().then_some(())).await;
    app.app.clock.stop_at(app.app.clock.now() + Duration::seconds(61));
}

fn order_from_chat(app: &TestApp, id: AvitoId, ad: i64) {
    let (now, vera) = (app.app.clock.now(), app.create_account(Role::Operator, "Вера"));
    let order = orders::make(app, vera, |new| new.created_at = now);
    app.write(|tx| {
        let chat = put::ensure(tx, id, "u2i-x", "u2i", now)?;
        diesel::update(chats::table.find(chat)).set(chats::item_id.eq(Some(AdId(ad)))).execute(tx.db)?;
        let row = (chat_orders::chat_id.eq(chat), chat_orders::order_id.eq(order));
        diesel::insert_into(chat_orders::table).values(row).execute(tx.db)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn ads_are_ranked_by_what_they_bring_and_a_failed_call_leaves_the_figures() {
    let fake = desk::fake(&[7]);
    let app = desk::app(&fake, &[]).await;
    world::found(&app);
    app.app.clock.stop_at(app.app.clock.now());
    let (admin, id) = (app.admin("Игорь").await, desk::account(&app, 7));
    furnish(&app, &fake);
    assert!(admin.get("/admin/avito/top").await.text().contains("Статистики пока нет"));
    for _ in 0..3 {
        read(&app, id).await;
    }
    let periods: Vec<i64> = app.read(|db| {
        avito_ad_periods::table
            .select(avito_ad_periods::days)
            .distinct()
            .order(avito_ad_periods::days)
            .load(db)
    });
    assert_eq!(periods, [1, 7, 30], "one a round, the oldest first");
    let days: i64 = app.read(|db| avito_ad_days::table.count().get_result(db));
    assert_eq!(days, 20, "asked for once");
    assert_eq!(fake.count("/stats/v1/"), 1);

    let titles = async |query: &str| -> Vec<String> {
        let page = admin.get(&format!("/admin/avito/top{query}")).await;
        page.texts("#avito-top tbody th a").into_iter().map(|title| title.trim().to_owned()).collect()
    };
    let (washers, fridges) = ("Ремонт <b>стиральных</b> машин", "Ремонт холодильников");
    assert_eq!(titles("?by=views").await, [washers, fridges]);
    assert_eq!(titles("?by=contacts").await, [fridges, washers]);
    assert_eq!(titles("?by=conversion").await, [fridges, washers]);
    assert_eq!(titles("?by=spending&order=worst").await, [washers, fridges]);
    order_from_chat(&app, id, WASHERS);
    assert_eq!(titles("").await, [washers, fridges], "by orders");
    let page = admin.get("/admin/avito/top?days=7").await;
    let words = page.text().replace('\u{a0}', " ");
    for figure in ["630", "210", "10,0 %", "700 ₽", "1 400 ₽", "2 100 ₽ за заказ"] {
        assert!(words.contains(figure), "{figure}: {words}");
    }
    assert!(
        page.has("svg.chart") && page.count("#avito-top details tbody tr") == 14,
        "the curve and its table"
    );
    assert!(!page.body.contains("javascript:alert") && !page.body.contains("<b>стиральных"));
    let one = admin.get(&format!("/admin/avito/top?ad={FRIDGES}")).await;
    assert!(one.text_of("#top-curve").contains(fridges), "{}", one.text_of("#top-curve"));

    fake.break_next("/stats/v2/", Break::Status(503, "upstream connect error".to_owned()), 5);
    read(&app, id).await;
    let page = admin.get("/admin/avito/top?days=1").await.text().replace('\u{a0}', " ");
    assert!(page.contains("Показаны прежние цифры") && page.contains("120"), "{page}");
}
