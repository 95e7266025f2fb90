//! The Avito of a demonstration: every account of the made-up business has keys, money, ads, figures and reviews there.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::admin::avito::work::{Round, Work};
use crate::app::App;
use crate::catalogs;
use crate::domain::id::AvitoId;
use crate::integrations::avito::fake::Fake;
use crate::integrations::avito::queries;
use crate::platform::config::Config;

/// Number of the first account at Avito.
const FIRST: i64 = 318_204_577;
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

/// The number at Avito of the account that is the `n`-th by name.
pub fn number(n: usize) -> i64 {
    FIRST + i64::try_from(n).unwrap_or_default() * 566_513
}

/// Opens an account at the simulated Avito for every account of the business; gives their keys as a setup file.
///
/// # Errors
/// One line that says what could not be done.
pub fn open(app: &App, fake: &Fake) -> Result<String, String> {
    let names = app.db.read_now(|db| Ok(catalogs::queries::avito_names(db)?)).map_err(|e| e.to_string())?;
    let mut given = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let number = number(n);
        let (client_id, client_secret) = (format!("demo-client-{n}"), format!("demo-secret-{n}"));
        fake.add_account(&client_id, &client_secret, number, name);
        furnish(app, fake, number, i64::try_from(n).unwrap_or_default());
        given.push(json!({ "name": name, "client_id": client_id, "client_secret": client_secret }));
    }
    Ok(json!({ "avito": given }).to_string())
}

/// Reads what the accounts have there, as the first turn of the clockwork would.
///
/// # Errors
/// One line that says what could not be done.
pub fn read(app: &App) -> Result<(), String> {
    let working = app.db.read_now(|db| Ok(queries::working(db)?)).map_err(|e| e.to_string())?;
    let ids: Vec<AvitoId> = working.into_iter().map(|(id, _)| id).collect();
    Work::of(app).start(Round::Sync, ids);
    Ok(())
}

fn furnish(app: &App, fake: &Fake, number: i64, n: i64) {
    let today = app.now().today();
    let ads: Vec<Value> = (0..6 + n % 5)
        .map(
            |ad| json!({ "id": 4_417_230_000 + n * 100 + ad, "title": "Ремонт на дому", "status": "active" }),
        )
        .collect();
    let days: Vec<Value> = (0..DAYS)
        .flat_map(|back| {
            let day = (today - TimeDelta::days(back)).to_string();
            ads.iter().enumerate().map(move |(place, ad)| {
                let place = i64::try_from(place).unwrap_or_default();
                let views = 18 + (n * 7 + back * 5 + place * 11) % 37;
                json!({ "day": day, "ad": ad["id"], "views": views, "contacts": views / 9, "spending": views * 900 })
            })
        })
        .collect();
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
                "item": { "id": 4_417_230_000 + n * 100, "title": "Ремонт на дому" },
            })
        })
        .collect();
    let score = 4.5 + (n % 5) as f64 / 10.0;
    fake.set(number, "rating", json!({
        "isEnabled": true, "rating": { "score": score, "reviewsCount": 97 + n * 41, "reviewsWithScoreCount": 90 + n * 40 },
    }));
    fake.set(number, "reviews", json!(reviews));
}
