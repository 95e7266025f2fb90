//! The Avito of a demonstration: every account of the made-up business has keys, money, ads, figures and reviews there.

pub mod number;
mod queries;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Europe::Moscow;
use serde_json::{Value, json};

use crate::admin::avito::queries::top::{self, PERIODS, ToldDays, ToldPeriod};
use crate::admin::avito::work::{Round, Work};
use crate::app::App;
use crate::catalogs;
use crate::chats::answers::{Hours, RuleFields};
use crate::chats::queries::{links, put};
use crate::domain::clock::Clock;
use crate::domain::id::{AdId, AvitoId};
use crate::domain::zone;
use crate::integrations::avito::fake::{Fake, NewChat};
use crate::integrations::avito::queries as stored;
use crate::integrations::avito::queries::Reading;
use crate::integrations::avito::wire::{Day, Item, Metrics};
use crate::platform::config::Config;
use crate::platform::error::AppError;

/// Days of figures that are made up.
const DAYS: i64 = 30;

/// What clients say of the work: stars, name, words, how the deal went.
const REVIEWS: [(i64, &str, &str, &str); 6] = [
    (5, "Ольга", "Мастер приехал вовремя, машина снова сливает. Рекомендую!", "done"),
    (2, "Артём", "Договорились на 12, мастер не приехал", "fell_through"),
    (4, "Ирина", "Хорошо, но дороговато", "done"),
    (5, "Павел", "Всё объяснил и показал, цена как по телефону", "done"),
    (3, "Марина", "Перезвонили только на следующий день", "not_agree"),
    (5, "Сергей", "Второй раз обращаюсь, всё чётко", "done"),
];

/// Leads the settings to the simulated Avito.
pub fn lead(config: &mut Config, fake: &Fake) {
    config.avito.api_url = fake.api_url();
    config.avito.media_hosts = Some(fake.media_host());
    config.avito.proxy_check_url = fake.echo_url();
    config.avito.allow_private_proxies = true;
}

/// Opens an account at the simulated Avito for every account of the business; gives their keys as a setup file.
///
/// # Errors
/// One line that says what could not be done.
pub fn open(app: &App, fake: &Fake) -> Result<String, String> {
    let names = app.db.read_now(|db| Ok(catalogs::queries::avito_names(db)?)).map_err(|e| e.to_string())?;
    let mut given = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let number = number::of(n);
        let (client_id, client_secret) = (format!("demo-client-{n}"), format!("demo-secret-{n}"));
        fake.add_account(&client_id, &client_secret, number, name);
        furnish(app, fake, number, i64::try_from(n).unwrap_or_default(), names.len());
        given.push(json!({ "name": name, "client_id": client_id, "client_secret": client_secret }));
    }
    Ok(json!({ "avito": given }).to_string())
}

/// Reads what the accounts have there, as the first turn of the clockwork would.
///
/// # Errors
/// One line that says what could not be done.
pub fn read(app: &App) -> Result<(), String> {
    let working = app.db.read_now(|db| Ok(stored::working(db)?)).map_err(|e| e.to_string())?;
    let ids: Vec<AvitoId> = working.into_iter().map(|(id, _)| id).collect();
    Work::of(app).start(Round::Bids, ids.clone());
    Work::of(app).start(Round::Sync, ids);
    Ok(())
}

/// What is advertised besides the ads that chats are about: title, city, views a day, contacts in a hundred, kopecks
/// for a contact.
const ADS: [(&str, &str, i64, i64, i64); 7] = [
    ("Ремонт стиральных машин", "Саратов", 61, 6, 8_400),
    ("Ремонт холодильников на дому", "Самара", 47, 5, 9_600),
    ("Мастер на час", "Казань", 44, 4, 8_800),
    ("Компьютерная помощь на дому", "Ульяновск", 31, 4, 7_100),
    ("Ремонт ноутбуков, выезд", "Казань", 26, 3, 10_200),
    ("Ремонт посудомоек", "Энгельс", 16, 4, 9_900),
    ("Установка сантехники", "Казань", 15, 2, 15_400),
];

/// An ad as it is made up.
struct MadeUp {
    id: AdId,
    title: String,
    city: String,
    views: i64,
    share: i64,
    cost: i64,
}

/// The ads of the account that is the `n`-th of `of`: those its chats are about, and some more.
fn ads_of(n: i64, of: usize) -> Vec<MadeUp> {
    let of_chats = super::chats::ads(usize::try_from(n).unwrap_or_default(), of).into_iter().enumerate();
    let mut all: Vec<MadeUp> = of_chats
        .map(|(place, (id, title, city))| MadeUp {
            id: AdId(id),
            title: title.to_owned(),
            city: city.to_owned(),
            views: 38 - place as i64 * 7,
            share: 7,
            cost: 8_200,
        })
        .collect();
    for (place, (title, city, views, share, cost)) in ADS.iter().enumerate() {
        if (place as i64 + n) % 3 != 0 {
            let id = AdId(4_417_500_000 + n * 100 + place as i64);
            let (title, city) = ((*title).to_owned(), (*city).to_owned());
            all.push(MadeUp { id, title, city, views: views - n, share: *share, cost: *cost });
        }
    }
    all
}

/// Day, ad, views, contacts, kopecks.
fn figures(app: &App, n: i64, ads: &[MadeUp]) -> Vec<(NaiveDate, AdId, i64, i64, i64)> {
    let today = zone::local(app.clock.now(), Moscow).date();
    (0..DAYS)
        .flat_map(|back| {
            ads.iter().enumerate().map(move |(place, ad)| {
                let wave = (n * 7 + back * 5 + place as i64 * 11) % 23 - 11;
                let views = (ad.views + ad.views * wave / 30).max(1);
                let contacts = (views * ad.share + wave.abs() * 4) / 100;
                (today - TimeDelta::days(back), ad.id, views, contacts, contacts * ad.cost)
            })
        })
        .collect()
}

fn furnish(app: &App, fake: &Fake, number: i64, n: i64, of: usize) {
    let made_up = ads_of(n, of);
    let ads: Vec<Value> = made_up
        .iter()
        .map(|ad| {
            json!({
                "id": ad.id, "title": ad.title, "status": "active", "address": ad.city,
                "url": format!("https://www.avito.ru/items/{}", ad.id),
            })
        })
        .collect();
    let days: Vec<Value> = figures(app, n, &made_up)
        .into_iter()
        .map(|(day, ad, views, contacts, spending)| {
            json!({ "day": day.to_string(), "ad": ad, "views": views, "contacts": contacts, "spending": spending })
        })
        .collect();
    let promotions: serde_json::Map<String, Value> = made_up
        .iter()
        .take(4)
        .enumerate()
        .map(|(place, ad)| {
            let bid = (ad.cost + 1200 - (place as i64 + n) % 5 * 700) / 100 * 100;
            let step = |percent: i64, compare: i64| {
                let value = ad.cost * percent / 100 / 100 * 100;
                json!({ "valuePenny": value, "minForecast": compare / 20, "maxForecast": compare / 9, "compare": compare })
            };
            let told = json!({
                "bidPenny": bid, "limitPenny": 90_000, "recBidPenny": ad.cost * 12 / 10 / 100 * 100,
                "minBidPenny": 2_000, "maxBidPenny": 60_000, "minLimitPenny": 10_000, "maxLimitPenny": 5_000_000,
                "bids": [step(60, 20), step(85, 40), step(110, 60), step(140, 80)],
            });
            (ad.id.to_string(), told)
        })
        .collect();
    fake.set(number, "promotions", Value::Object(promotions));
    fake.set(number, "items", json!(ads));
    fake.set(number, "days", json!(days));
    fake.set(number, "balance", json!({ "real": 1234.5 + (n * 713 % 5000) as f64, "bonus": (n % 3) * 150 }));
    if n % 2 == 0 {
        fake.set(number, "advance", json!(523_450 + n * 10_000));
    }
    let now = app.clock.unix();
    let reviews = REVIEWS.iter().enumerate().filter(|(place, _)| (place + n as usize).is_multiple_of(2));
    let reviews: Vec<Value> = reviews
        .map(|(place, (score, name, text, stage))| {
            let id = 92_300_000 + n * 100 + place as i64;
            json!({
                "id": id, "score": score, "stage": stage, "text": text, "createdAt": now - 86_400 * (place as i64 + 1),
                "canAnswer": true, "usedInScore": true, "sender": { "name": name }, "answer": null,
                "item": { "id": made_up[0].id, "title": made_up[0].title },
            })
        })
        .collect();
    let score = 4.5 + (n % 5) as f64 / 10.0;
    fake.set(number, "rating", json!({
        "isEnabled": true, "rating": { "score": score, "reviewsCount": 97 + n * 41, "reviewsWithScoreCount": 90 + n * 40 },
    }));
    fake.set(number, "reviews", json!(reviews));
}

/// Fills what would take Avito's limits half an hour to tell, and what an admin has arranged: figures of ads, rules of
/// answers, orders that came from chats. Blocks.
///
/// # Errors
/// Of the database.
pub fn arrange(app: &App, fake: &Fake) -> Result<(), AppError> {
    let now = app.clock.now();
    let (names, accounts) =
        app.db.read_now(|db| Ok((catalogs::queries::avito_names(db)?, queries::accounts_by_name(db)?)))?;
    for (n, name) in names.iter().enumerate() {
        let Some((id, _)) = accounts.iter().find(|(_, known)| known == name) else { continue };
        let made_up = ads_of(i64::try_from(n).unwrap_or_default(), names.len());
        tell_figures(app, *id, n, &made_up)?;
        old_chats(app, fake, (*id, name), number::of(n), &made_up)?;
    }
    fake.follow(app.clock.clone());
    app.db.write_now(|tx| Ok(queries::put_rules(tx, &rules(), now)?))
}

/// What an admin has arranged of bids, once these were read. Blocks.
///
/// # Errors
/// Of the database.
pub fn arrange_bids(app: &App) -> Result<bool, AppError> {
    let now = app.clock.now();
    app.db.write_now(|tx| Ok(queries::put_bids(tx, now)? > 0))
}

fn tell_figures(app: &App, id: AvitoId, n: usize, made_up: &[MadeUp]) -> Result<(), AppError> {
    let now = app.clock.now();
    let all = figures(app, i64::try_from(n).unwrap_or_default(), made_up);
    let today = zone::local(now, Moscow).date();
    let item = |ad: &MadeUp| Item {
        id: ad.id,
        title: ad.title.clone(),
        status: "active".to_owned(),
        url: format!("https://www.avito.ru/items/{}", ad.id),
        address: ad.city.clone(),
        price: None,
    };
    let days = all.iter().map(|(day, ad, views, contacts, _)| Day {
        ad: *ad,
        day: *day,
        views: *views,
        contacts: *contacts,
        favorites: contacts / 2,
    });
    let told = ToldDays {
        items: made_up.iter().map(item).collect(),
        days: days.collect(),
        from: today - TimeDelta::days(DAYS - 1),
        now,
    };
    app.db.write_now(|tx| {
        top::put_days(tx.db, id, &told)?;
        stored::note_good(tx.db, id, Reading::AdDays, "", now)?;
        for (days, what) in PERIODS {
            let from = today - TimeDelta::days(days - 1);
            let ads = made_up.iter().map(|ad| {
                let of = || all.iter().filter(|(day, id, ..)| *id == ad.id && *day >= from);
                let sum =
                    |value: fn(&(NaiveDate, AdId, i64, i64, i64)) -> i64| of().map(value).sum::<i64>() as f64;
                let values = [
                    ("views", sum(|day| day.2)),
                    ("contacts", sum(|day| day.3)),
                    ("allSpending", sum(|day| day.4)),
                ];
                Metrics {
                    of: ad.id.0,
                    values: values.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
                }
            });
            top::put_period(tx.db, id, &ToldPeriod { days, ads: ads.collect() })?;
            stored::note_good(tx.db, id, what, "", now)?;
        }
        Ok(())
    })
}

/// Chats of clients who have ordered since: the newest orders of the account came from them.
fn old_chats(
    app: &App,
    fake: &Fake,
    (id, name): (AvitoId, &str),
    number: i64,
    made_up: &[MadeUp],
) -> Result<(), AppError> {
    let orders = app.db.read_now(|db| Ok(queries::orders_of(db, name, 9)?))?;
    for (place, (order, client, problem, at)) in orders.into_iter().enumerate() {
        // The first ads bring more.
        let Some(ad) = made_up.get([0, 0, 1, 0, 2, 1, 3, 0, 4][place % 9]) else { continue };
        let key = format!("u2i-DemoOrder{:08}abcd_w", order.0);
        let began = at - TimeDelta::minutes(12);
        fake.follow(Clock::set_to(began));
        let about = (ad.id.0, ad.title.clone(), "от 900 ₽".to_owned(), ad.city.clone());
        fake.add_chat(
            number,
            &NewChat { id: key.clone(), client: 242_000_000 + order.0, name: client, ad: Some(about) },
        );
        fake.client_says(&key, &format!("Здравствуйте! {problem}. Когда сможете приехать?"));
        fake.follow(Clock::set_to(at - TimeDelta::minutes(3)));
        fake.we_say_elsewhere(&key, "Здравствуйте! Записали вас, мастер позвонит за час до приезда.");
        fake.client_reads(&key);
        app.db.write_now(|tx| {
            let chat = put::ensure(tx, id, &key, "u2i", began)?;
            queries::set_ad(tx, chat, ad.id)?;
            links::join(tx, chat, order, None)?;
            Ok(())
        })?;
    }
    Ok(())
}

/// Rules of answers as a firm may have them.
fn rules() -> [(RuleFields, bool); 4] {
    let rule = |title: &str, hours, keywords: &str, delay: i64, text: &str| RuleFields {
        title: title.to_owned(),
        avito_id: None,
        days: 127,
        hours,
        from_minute: 9 * 60,
        to_minute: 22 * 60,
        delay_seconds: delay,
        once_hours: 24,
        only_first: !keywords.is_empty(),
        wants_phone: false,
        keywords: keywords.to_owned(),
        text: text.to_owned(),
    };
    let phone = rule("Присылают номер", Hours::Any, "", 0, "Спасибо, перезвоним в течение 10 минут.");
    [
        (
            rule(
                "Ночью",
                Hours::Outside,
                "",
                0,
                "Здравствуйте! Мы на связи с 9:00 до 22:00 и ответим утром первыми. Выезд и диагностика бесплатны, если делаем ремонт.",
            ),
            true,
        ),
        (
            rule(
                "Спрашивают цену",
                Hours::Within,
                "цен, сколько, стоит, стоимост",
                60,
                "Здравствуйте, {имя}! Цена зависит от поломки. Напишите марку и что случилось, скажем точнее.",
            ),
            true,
        ),
        (
            rule(
                "Ждёт дольше 5 минут",
                Hours::Within,
                "",
                300,
                "Мы видим ваше сообщение, оператор освободится через несколько минут. Оставьте номер, и мы перезвоним.",
            ),
            true,
        ),
        (RuleFields { wants_phone: true, only_first: false, ..phone }, false),
    ]
}
