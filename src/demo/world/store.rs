//! The world's way into a database that may have lists and accounts of its own.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{ADMIN, LEAST_CITIES, World, shifts};
use crate::auth::queries;
use crate::demo::vocabulary::work;
use crate::domain::id::AccountId;
use crate::domain::person::Role;
use crate::platform::db::Db;
use crate::platform::db::schema::{
    accounts, avito, break_reasons, callcentre_operator, campaigns, cities, operator_cities, phones,
    refusal_reasons, work_status_log,
};

impl World {
    /// Writes the world, takes what is there already for its own, and learns the ids. `passwords` are hashes by
    /// login; whoever has none cannot sign in.
    pub fn store(
        &mut self,
        db: &mut Db,
        now: NaiveDateTime,
        passwords: &HashMap<String, String>,
    ) -> QueryResult<()> {
        let since = now - chrono::Duration::days(i64::from(self.extent.days) + 30);
        self.store_lists(db, since)?;
        self.store_accounts(db, since, passwords)?;
        self.store_masters(db, now)?;
        let shifts = shifts::log(self, now);
        crate::bulk_insert!(db, work_status_log::table, &shifts)
    }

    fn store_lists(&self, db: &mut Db, since: NaiveDateTime) -> QueryResult<()> {
        for place in self.cities {
            let row = (cities::name.eq(place.name), cities::time_zone.eq(place.zone.name()));
            crate::insert_new!(db, cities::table, row, cities::name)?;
        }
        for name in work::CAMPAIGNS {
            crate::insert_new!(db, campaigns::table, campaigns::name.eq(name), campaigns::name)?;
        }
        for (name, minutes) in work::BREAKS {
            let row = (break_reasons::name.eq(name), break_reasons::limit_minutes.eq(minutes));
            crate::insert_new!(db, break_reasons::table, row, break_reasons::name)?;
        }
        for (status, reasons) in [("Отказ", work::REFUSALS), ("Незаказ", work::NOT_ORDERS)] {
            for name in reasons {
                let row = (refusal_reasons::status_order.eq(status), refusal_reasons::name.eq(name));
                let key = (refusal_reasons::status_order, refusal_reasons::name);
                crate::insert_new!(db, refusal_reasons::table, row, key)?;
            }
        }
        for line in &self.lines {
            if let Some(name) = &line.avito_name {
                crate::insert_new!(db, avito::table, avito::name.eq(name), avito::name)?;
            }
            let row = (
                phones::number.eq(&line.number),
                phones::rk.eq(line.rk),
                phones::city.eq(line.rk.map(|_| self.cities[line.city].name)),
                phones::avito_name.eq(&line.avito_name),
                phones::is_known.eq(line.rk.is_some()),
                phones::created_at.eq(since),
            );
            crate::insert_new!(db, phones::table, row, phones::number)?;
        }
        Ok(())
    }

    fn store_accounts(
        &mut self,
        db: &mut Db,
        since: NaiveDateTime,
        passwords: &HashMap<String, String>,
    ) -> QueryResult<()> {
        let admin: Option<AccountId> = accounts::table
            .filter(accounts::role.eq(Role::Admin))
            .order(accounts::id)
            .select(accounts::id)
            .first(db)
            .optional()?;
        self.admin_id = match admin {
            Some(id) => id,
            None => account(db, Role::Admin, "admin", ADMIN, since, passwords)?,
        };
        for (index, operator) in self.operators.iter_mut().enumerate() {
            let found = queries::credentials(db, &operator.login)?;
            operator.id = match found {
                Some(found) => found.id,
                None => account(db, Role::Operator, &operator.login, &operator.name, since, passwords)?,
            };
            diesel::update(callcentre_operator::table.find(operator.id))
                .set((
                    callcentre_operator::extension.eq(&operator.extension),
                    callcentre_operator::sip_address.eq(&operator.sip),
                    callcentre_operator::mango_user_id.eq(300_000_101 + index as i64),
                ))
                .execute(db)?;
            // Everybody has several cities, nobody all of them.
            for (city, place) in self.cities.iter().enumerate() {
                if (city + index) % LEAST_CITIES != LEAST_CITIES - 1 {
                    let row =
                        (operator_cities::operator_id.eq(operator.id), operator_cities::city.eq(place.name));
                    let key = (operator_cities::operator_id, operator_cities::city);
                    crate::insert_new!(db, operator_cities::table, row, key)?;
                }
            }
        }
        Ok(())
    }
}

fn account(
    db: &mut Db,
    role: Role,
    login: &str,
    name: &str,
    since: NaiveDateTime,
    passwords: &HashMap<String, String>,
) -> QueryResult<AccountId> {
    let password = passwords.get(login).cloned();
    let new = queries::NewAccount { role, login: login.to_owned(), password, name: name.to_owned() };
    let id = queries::insert(db, &new, since)?;
    // Whoever looks at a demonstration is new here.
    diesel::update(accounts::table.find(id)).set(accounts::shows_tour.eq(true)).execute(db)?;
    Ok(id)
}
