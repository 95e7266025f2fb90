//! Orders, by pages.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;

use super::former::Order;
use super::names::Names;
use super::queries::former::Row;
use super::queries::ours::{self, Kind, Taken};
use super::queries::write::{self, NewOrder};
use super::report::Notes;
use super::{Desk, PAGE, reading};
use crate::domain::id::{AccountId, CallId, MasterId, OrderId};
use crate::domain::order::{Meeting, StatusOrder, TypeEquipment, TypeOrder};
use crate::domain::russian;
use crate::domain::zone;
use crate::platform::db::bulk;
use crate::platform::live::Event;

const ORDERS: &str = "Заказы";
/// What a former row may say and this program writes below the comment.
const BEFORE: &str = "Из прежней системы:";

/// Takes the orders.
pub(super) fn take(desk: &mut Desk) -> Result<(), String> {
    let all = desk.former.count("orders").map_err(|e| e.to_string())?;
    let last = desk.former.last("orders").map_err(|e| e.to_string())?;
    if !desk.is_dry && last > 0 {
        // What is made here meanwhile comes after every number of there.
        desk.step(|tx, _| bulk::reserve_ids(tx.db, "orders", last))?;
    }
    let (mut after, mut read) = (0, 0);
    loop {
        let rows: Vec<Row<Order>> = desk.former.page("orders", after, PAGE).map_err(|e| e.to_string())?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.key;
        read += rows.len();
        page(desk, &rows)?;
        desk.progress(ORDERS, read, all);
    }
}

/// What a page is read with.
struct Known<'a> {
    desk: &'a Lists,
    /// Calls there that are here, by their ids there.
    calls: HashMap<String, Taken>,
    /// Numbers other orders have here.
    numbers: HashSet<OrderId>,
}

/// What the whole run knows, while a page borrows it.
struct Lists {
    cities: Names,
    zones: HashMap<String, chrono_tz::Tz>,
    campaigns: Names,
    avito: Names,
    operators: HashMap<i64, AccountId>,
    masters: HashMap<i64, MasterId>,
    planned_calls: HashSet<i64>,
    statuses: HashMap<String, StatusOrder>,
    equipment: HashMap<String, TypeEquipment>,
    business_zone: chrono_tz::Tz,
}

impl Lists {
    fn lend(desk: &mut Desk) -> Self {
        Self {
            cities: std::mem::take(&mut desk.cities),
            zones: std::mem::take(&mut desk.zones),
            campaigns: std::mem::take(&mut desk.campaigns),
            avito: std::mem::take(&mut desk.avito),
            operators: std::mem::take(&mut desk.operators),
            masters: std::mem::take(&mut desk.masters),
            planned_calls: std::mem::take(&mut desk.planned_calls),
            statuses: std::mem::take(&mut desk.statuses),
            equipment: std::mem::take(&mut desk.equipment),
            business_zone: desk.app.config.business_zone,
        }
    }

    fn give_back(self, desk: &mut Desk) {
        (desk.cities, desk.zones, desk.campaigns, desk.avito) =
            (self.cities, self.zones, self.campaigns, self.avito);
        (desk.operators, desk.masters, desk.planned_calls) =
            (self.operators, self.masters, self.planned_calls);
        (desk.statuses, desk.equipment) = (self.statuses, self.equipment);
    }
}

fn page(desk: &mut Desk, rows: &[Row<Order>]) -> Result<(), String> {
    let (is_dry, now) = (desk.is_dry, desk.app.clock.now());
    let lists = Lists::lend(desk);
    let outcome = desk.step(|tx, notes| {
        let there = ours::taken(tx.db, Kind::Order, rows.iter().map(|row| row.key.to_string()).collect())?;
        let said =
            |row: &Row<Order>| row.said.as_ref().map(|o| reading::ids(&o.call_id).0).unwrap_or_default();
        let calls: Vec<String> = rows.iter().flat_map(said).map(|call| call.to_string()).collect();
        let known = Known {
            desk: &lists,
            calls: ours::taken(tx.db, Kind::Call, calls)?,
            numbers: ours::orders_with(tx.db, rows.iter().map(|row| OrderId(row.key)).collect())?,
        };
        let mut new = Vec::new();
        for row in rows {
            if let Some(taken) = there.get(&row.key.to_string()) {
                notes.there(ORDERS);
                if row.said.as_ref().is_ok_and(|order| order.updated_at.0 != taken.told) {
                    notes.look(
                        ORDERS,
                        row.key,
                        "изменён там после переноса, здесь остался прежним",
                        format!("здесь № {}", taken.ours),
                    );
                }
                continue;
            }
            match &row.said {
                Ok(order) => {
                    if let Some(order) = known.order(row.key, order, now, notes) {
                        notes.taken(ORDERS);
                        new.push(order);
                    }
                }
                Err(why) => notes.left(ORDERS, row.key, "строка не читается", why),
            }
        }
        if is_dry || new.is_empty() {
            for order in new.iter().filter(|order| order.number.is_none()) {
                notes.changed(ORDERS, order.former, "номер здесь занят, будет другой", "");
            }
            return Ok(());
        }
        for (former, id) in write::orders(tx.db, &new, now)? {
            notes.changed(ORDERS, former, "номер здесь занят, дан другой", format!("№ {id}"));
        }
        tx.announce(Event::Order(OrderId(0)));
        Ok(())
    });
    lists.give_back(desk);
    outcome
}

impl Known<'_> {
    /// What a row becomes; `None` when it is left.
    fn order(&self, key: i64, row: &Order, now: NaiveDateTime, notes: &mut Notes) -> Option<NewOrder> {
        let lists = self.desk;
        let mut asides = Vec::new();
        let Some(status) =
            reading::status(&row.status_order).or_else(|| lists.statuses.get(&row.status_order.0).copied())
        else {
            notes.left(ORDERS, key, "статус не известен (--status БЫЛО=СТАЛО)", &row.status_order.0);
            return None;
        };
        let equipment = reading::equipment(&row.type_equipment);
        let Some(type_equipment) = equipment.or_else(|| lists.equipment.get(&row.type_equipment.0).copied())
        else {
            notes.left(
                ORDERS,
                key,
                "тип техники не известен (--equipment БЫЛО=СТАЛО)",
                &row.type_equipment.0,
            );
            return None;
        };
        let Some(operator_id) = row.operator_name_id.whole().and_then(|id| lists.operators.get(&id)).copied()
        else {
            notes.left(ORDERS, key, "нет оператора", format!("{:?}", row.operator_name_id.0));
            return None;
        };
        let type_order = reading::type_order(&row.type_order).unwrap_or_else(|| {
            notes.changed(ORDERS, key, "тип заявки не известен, взят «Впервые»", &row.type_order.0);
            TypeOrder::First
        });
        let city = lists.cities.of_needed(&row.city);
        let created_at = row.create_date.0.unwrap_or_else(|| {
            notes.changed(ORDERS, key, "время создания не читается, взято время переноса", "");
            now
        });
        let zone = lists.zones.get(&city).copied().unwrap_or(lists.business_zone);
        let meeting = Meeting::local(
            row.date_meeting.0.unwrap_or_else(|| {
                notes.changed(ORDERS, key, "время встречи не читается, взято время создания", "");
                zone::local(created_at, zone)
            }),
            zone,
        );
        let phone = reading::phone(&row.phone);
        if phone.is_none() {
            notes.changed(ORDERS, key, "телефон не читается, заказ без номера", &row.phone.0);
            asides.push(format!("телефон «{}»", row.phone.0));
        }
        self.asides(key, row, &mut asides, notes);
        let comment = match (row.comment.is_empty(), asides.is_empty()) {
            (_, true) => row.comment.0.clone(),
            (true, false) => format!("{BEFORE} {}", asides.join("; ")),
            (false, false) => format!("{}\n{BEFORE} {}", row.comment.0, asides.join("; ")),
        };
        let number = OrderId(key);
        Some(NewOrder {
            former: key,
            told: row.updated_at.0.clone(),
            number: Some(number).filter(|number| !self.numbers.contains(number)),
            rk: lists.campaigns.of_needed(&row.rk),
            avito_name: lists.avito.of(&row.avito_name),
            avito_chatid: Some(row.avito_chatid.0.clone()).filter(|chat| !chat.is_empty()),
            phone,
            phone_raw: row.phone.0.clone(),
            type_order,
            client_name: row.client_name.0.clone(),
            address: row.address.0.clone(),
            closed_at: self.closed_at(key, row, status, &meeting, notes),
            meeting,
            type_equipment,
            problem: row.problem.0.clone(),
            status,
            master_id: self.master(key, row, notes),
            result: self.sum(key, row.result.kopecks(), "итог", notes),
            expenditure: self.sum(key, row.expenditure.kopecks(), "расход", notes),
            comment,
            operator_id,
            created_at,
            calls: self.calls(key, row, notes),
            city,
        })
    }

    /// When it was closed: open ones are not, closed ones always.
    fn closed_at(
        &self,
        key: i64,
        row: &Order,
        status: StatusOrder,
        meeting: &Meeting,
        notes: &mut Notes,
    ) -> Option<NaiveDateTime> {
        match (status.is_open(), row.closing_data.0) {
            (true, Some(_)) => {
                notes.changed(ORDERS, key, "открыт, но с датой закрытия: дата не взята", status);
                None
            }
            (true, None) => None,
            (false, Some(at)) => Some(at),
            (false, None) => {
                notes.changed(ORDERS, key, "закрыт без даты закрытия: взято время встречи", status);
                Some(meeting.at)
            }
        }
    }

    fn master(&self, key: i64, row: &Order, notes: &mut Notes) -> Option<MasterId> {
        let former = row.master_id.whole()?;
        let found = self.desk.masters.get(&former).copied();
        if found.is_none() {
            notes.changed(ORDERS, key, "мастера нет, заказ без мастера", former);
        }
        found
    }

    fn sum(&self, key: i64, kopecks: Option<i64>, what: &'static str, notes: &mut Notes) -> Option<i64> {
        let is_possible = |kopecks: &i64| (0..=crate::domain::money::MAX_KOPECKS).contains(kopecks);
        match kopecks {
            Some(kopecks) if !is_possible(&kopecks) => {
                notes.changed(
                    ORDERS,
                    key,
                    "сумма невозможна, не взята",
                    format!("{what} {}", roubles(kopecks)),
                );
                None
            }
            sum => sum,
        }
    }

    fn calls(&self, key: i64, row: &Order, notes: &mut Notes) -> Vec<CallId> {
        let (ids, strange) = reading::ids(&row.call_id);
        for word in strange {
            notes.changed(ORDERS, key, "в списке звонков не номер", word);
        }
        let mut found = Vec::new();
        for id in ids {
            match self.calls.get(&id.to_string()) {
                Some(taken) => found.push(CallId(taken.ours)),
                None if self.desk.planned_calls.contains(&id) => {}
                None => notes.changed(ORDERS, key, "звонка нет, не связан", id),
            }
        }
        found
    }

    /// What has no place of its own here is written below the comment.
    fn asides(&self, key: i64, row: &Order, asides: &mut Vec<String>, notes: &mut Notes) {
        let mut sum = |what: &str, kopecks: Option<i64>| {
            if let Some(kopecks) = kopecks.filter(|kopecks| *kopecks != 0) {
                asides.push(format!("{what} {}", roubles(kopecks)));
            }
        };
        sum("сдача мастера", row.master_change.kopecks());
        sum("предоплата", row.prepayment.kopecks());
        sum("сдано в кассу", row.cash_submission_amount.kopecks());
        if let Some(at) = row.cash_submission_date.0 {
            asides.push(format!("касса {}", at.format("%d.%m.%Y")));
        }
        if let Some(at) = row.date_closmod.0 {
            asides.push(format!("закрыть модерн {}", at.format("%d.%m.%Y")));
        }
        if row.partner.0 {
            let percent = row.partner_percent.0.map(|percent| format!(" {percent} %")).unwrap_or_default();
            asides.push(format!("партнёр{percent}"));
        }
        for (what, text) in [("касса:", &row.cash_submission_status), ("запись", &row.call_record)]
        {
            if !text.is_empty() {
                asides.push(format!("{what} {}", text.0));
            }
        }
        if !asides.is_empty() {
            notes.changed(ORDERS, key, "дописано в комментарий", asides.join("; "));
        }
        let (result, spent) = (row.result.kopecks(), row.expenditure.kopecks().unwrap_or(0));
        if let (Some(result), Some(clean)) = (result, row.clean.kopecks())
            && clean != result - spent
        {
            let told = format!("было {}, стало {}", roubles(clean), roubles(result - spent));
            notes.changed(ORDERS, key, "«чистыми» посчитано заново", told);
        }
    }
}

fn roubles(kopecks: i64) -> String {
    russian::roubles(kopecks)
}
