//! A small business to test in: two cities, two sources, one Avito account, one line.

use callcentre::platform::db::schema::{avito, campaigns, cities, phones, refusal_reasons};
use diesel::prelude::*;

use super::TestApp;

/// Our line, as the telephony's samples name it.
pub const LINE: &str = "74950000101";
/// Settings with which the telephony's samples are signed.
pub const MANGO: [(&str, &str); 2] = [
    ("MANGO_API_KEY", "devkey00000000000000000000000001"),
    ("MANGO_API_SALT", "devsalt0000000000000000000000001"),
];

/// Fills the lists and adds the line: РК «Авито», Москва, «Мастер Москва».
pub fn found(app: &TestApp) {
    let now = app.app.clock.now();
    app.write(|tx| {
        for (name, zone) in [("Москва", "Europe/Moscow"), ("Самара", "Europe/Samara")] {
            diesel::insert_into(cities::table)
                .values((cities::name.eq(name), cities::time_zone.eq(zone)))
                .execute(tx.db)?;
        }
        for name in ["Авито", "Листовка"] {
            diesel::insert_into(campaigns::table).values(campaigns::name.eq(name)).execute(tx.db)?;
        }
        diesel::insert_into(avito::table).values(avito::name.eq("Мастер Москва")).execute(tx.db)?;
        diesel::insert_into(refusal_reasons::table)
            .values((refusal_reasons::status_order.eq("Отказ"), refusal_reasons::name.eq("Дорого")))
            .execute(tx.db)?;
        diesel::insert_into(phones::table)
            .values((
                phones::number.eq(LINE),
                phones::rk.eq("Авито"),
                phones::city.eq("Москва"),
                phones::avito_name.eq("Мастер Москва"),
                phones::created_at.eq(now),
            ))
            .execute(tx.db)?;
        Ok(())
    });
}
