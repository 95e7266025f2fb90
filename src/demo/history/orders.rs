//! Orders: when the visit is, how far they have come by now, what they brought.

use chrono::{Duration, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use rand::RngExt;

use super::{History, unix, utc};
use crate::demo::rows::{OrderHistoryRow, OrderRow, OrderSearchRow};
use crate::demo::vocabulary::{pick, weigh, work};
use crate::domain::id::{AccountId, ClientId, HistoryId, MasterId, OrderId};
use crate::domain::{search_words, zone};

/// Statuses in the order of the list (docs: the migrations, `list_rank`).
pub(super) const STATUSES: [&str; 8] =
    ["Ожидает", "Принял", "В пути", "В работе", "Модерн", "Готово", "Отказ", "Незаказ"];
/// The first status that closes an order.
const FIRST_CLOSED: usize = 5;
/// Half hours from 10:00 on and how willingly people take them.
const SLOTS: [u32; 24] = [9, 5, 8, 4, 7, 3, 4, 3, 3, 2, 3, 2, 4, 3, 5, 4, 7, 5, 9, 6, 7, 4, 3, 1];
/// A device is away for no longer than this.
const LONGEST_REPAIR_DAYS: i64 = 21;

/// Something that happened to an order.
pub(super) struct Change {
    account_id: AccountId,
    at: NaiveDateTime,
    field: &'static str,
    old_value: Option<String>,
    new_value: Option<String>,
}

impl Change {
    /// The step as a row of `order_history`.
    pub fn row(&self, id: HistoryId, order_id: OrderId) -> OrderHistoryRow {
        OrderHistoryRow {
            id,
            order_id,
            account_id: self.account_id,
            at: self.at,
            field: self.field,
            old_value: self.old_value.clone(),
            new_value: self.new_value.clone(),
        }
    }
}

/// How far an order has come: its status as a place in [`STATUSES`], and its end.
#[derive(Clone, Copy)]
struct Progress {
    status: usize,
    closed: Option<NaiveDateTime>,
}

impl History<'_> {
    /// Adds an order made at unix second `at` by the `operator`-th operator; `calls` are places in the batch.
    pub(super) fn order(
        &mut self,
        client: ClientId,
        line: usize,
        operator: usize,
        at: i64,
        calls: Vec<usize>,
    ) {
        let created = utc(at);
        let line = &self.world.lines[line];
        let place = &self.world.cities[line.city];
        let type_equipment = line.type_equipment.unwrap_or_else(|| weigh(&mut self.rng, &work::EQUIPMENT));
        let local_visit = self.visit(line.city, type_equipment, created);
        let visit = zone::utc(local_visit, place.zone);
        let fate = self.fate(created, visit);
        let has_returned = self.clients.get(client).has_finished_order;
        let type_order = match has_returned {
            false => "Впервые",
            true if self.rng.random_bool(0.2) => "Гарантия",
            true => "Повтор",
        };
        let status = STATUSES[fate.status];
        let (result, expenditure) = match status {
            "Готово" if type_order == "Гарантия" => (Some(0), None),
            "Готово" => {
                let (result, expenditure) = work::sums(&mut self.rng, type_equipment);
                (Some(result), expenditure)
            }
            // Somebody came and looked.
            "Отказ" if self.rng.random_bool(0.15) => (Some(50_000), None),
            _ => (None, None),
        };
        if status == "Готово" {
            self.clients.finish_order(client);
        }
        let refusal_reason = match status {
            "Отказ" => Some(pick(&mut self.rng, &work::REFUSALS)),
            "Незаказ" => Some(pick(&mut self.rng, &work::NOT_ORDERS)),
            _ => None,
        };
        let needs_master = !matches!(status, "Ожидает" | "Незаказ");
        let master_id = needs_master.then(|| self.master(line.city, type_equipment, local_visit.date()));
        let persona = self.clients.persona(self.world, client);
        let problem = work::problem(&mut self.rng, type_equipment);
        let steps = self.steps(operator, created, visit, fate, master_id);
        let rk = match (calls.is_empty(), line.rk) {
            (true, _) if has_returned => work::CAMPAIGNS[4],
            (_, rk) => rk.unwrap_or(work::CAMPAIGNS[0]),
        };
        let words = search_words::of_order(&persona.name, &persona.address, problem, place.name);
        let order = OrderRow {
            id: OrderId(0),
            rk: rk.to_owned(),
            city: place.name.to_owned(),
            avito_name: line.avito_name.clone(),
            avito_chatid: None,
            phone: self.world.client_number(client),
            client_id: client,
            type_order,
            client_name: persona.name,
            address: persona.address,
            date_meeting: visit,
            meeting_day: local_visit.format("%Y-%m-%d").to_string(),
            meeting_minute: (local_visit.num_seconds_from_midnight() / 60) as i32,
            type_equipment,
            problem,
            status_order: status,
            refusal_reason,
            master_id,
            result,
            expenditure,
            comment: work::comment(&mut self.rng),
            operator_name_id: self.world.operators[operator].id,
            create_date: created,
            closing_data: fate.closed,
            list_rank: fate.status as i32 + 1,
            list_time: fate.closed.map_or(unix(visit), |closed| -unix(closed)),
            version: steps.len() as i64,
        };
        self.today.batch.orders.push(order);
        self.today.batch.order_search.push(OrderSearchRow { order_id: OrderId(0), words });
        self.today.links.push(calls);
        self.today.steps.push(steps);
    }

    /// The visit by the clock of the city: a half hour between 10:00 and 21:30, most often today or tomorrow.
    fn visit(&mut self, city: usize, type_equipment: &'static str, created: NaiveDateTime) -> NaiveDateTime {
        let local = zone::local(created, self.world.cities[city].zone);
        let soonest = local + Duration::minutes(45);
        if let Some(last) = self.visits.get(&(city, type_equipment))
            && *last > soonest
            && self.rng.random_bool(0.3)
        {
            return *last;
        }
        let days = weigh(&mut self.rng, &[(0, 38), (1, 40), (2, 14), (3, 5), (5, 3)]);
        let slots: Vec<(u32, u32)> = (0..24).zip(SLOTS).collect();
        let mut day = local.date() + Duration::days(days);
        for attempt in 0.. {
            let slot = weigh(&mut self.rng, &slots);
            let time = NaiveTime::from_hms_opt(10 + slot / 2, slot % 2 * 30, 0).unwrap_or_default();
            let visit = day.and_time(time);
            if visit > soonest {
                self.visits.insert((city, type_equipment), visit);
                return visit;
            }
            if attempt % 3 == 2 {
                day += Duration::days(1);
            }
        }
        soonest
    }

    fn fate(&mut self, created: NaiveDateTime, visit: NaiveDateTime) -> Progress {
        let now = self.now;
        let minutes =
            |rng: &mut _, range: std::ops::Range<i64>| Duration::minutes(RngExt::random_range(rng, range));
        let open = |status| Progress { status, closed: None };
        let at_once = created + minutes(&mut self.rng, 4..50);
        if at_once < now && self.rng.random_bool(0.09) {
            return Progress { status: 7, closed: Some(at_once) };
        }
        let ahead = (visit - created).num_minutes().max(2);
        let called_off = created + minutes(&mut self.rng, 1..ahead);
        if called_off < now && self.rng.random_bool(0.05) {
            return Progress { status: 6, closed: Some(called_off) };
        }
        let late = (now - visit).num_minutes();
        if late < 0 {
            return open(match -late {
                ..90 => weigh(&mut self.rng, &[(2, 40), (1, 45), (0, 15)]),
                90..1_200 => weigh(&mut self.rng, &[(1, 55), (0, 45)]),
                _ => weigh(&mut self.rng, &[(1, 30), (0, 70)]),
            });
        }
        let done = visit + minutes(&mut self.rng, 40..170);
        if done > now {
            return open(weigh(&mut self.rng, &[(3, 75), (2, if late < 30 { 25 } else { 0 }), (4, 5)]));
        }
        let (in_repair, at_work) = match late {
            ..1_080 => (6, 5),
            _ if late < LONGEST_REPAIR_DAYS * 1_440 => (5, 0),
            _ => (0, 0),
        };
        match weigh(&mut self.rng, &[(5, 80), (6, 14), (4, in_repair), (3, at_work)]) {
            status if status >= FIRST_CLOSED => Progress { status, closed: Some(done) },
            status => open(status),
        }
    }

    fn master(&mut self, city: usize, type_equipment: &str, day: NaiveDate) -> MasterId {
        pick(&mut self.rng, &self.world.masters_for(city, type_equipment, day, self.now))
    }

    /// What the history of an order tells; the first step is its making.
    fn steps(
        &mut self,
        operator: usize,
        created: NaiveDateTime,
        visit: NaiveDateTime,
        fate: Progress,
        master_id: Option<MasterId>,
    ) -> Vec<Change> {
        let operator = self.world.operators[operator].id;
        let made =
            Change { account_id: operator, at: created, field: "created", old_value: None, new_value: None };
        let mut steps = vec![made];
        let end = fate.closed.unwrap_or(self.now);
        let mut path: Vec<(usize, NaiveDateTime)> = Vec::new();
        // Orders that end at once or before the visit skip what lies between.
        let is_visited = end > visit || fate.status < FIRST_CLOSED;
        if self.world.extent.every_step && is_visited {
            let accepted = (created + Duration::minutes(self.rng.random_range(3..40))).min(visit);
            path.push((1, accepted));
            path.push((2, visit - Duration::minutes(30)));
            path.push((3, visit + Duration::minutes(4)));
            path.retain(|(status, _)| *status < fate.status);
        }
        if fate.status > 0 {
            let at = match fate.status {
                1 => created + Duration::minutes(12),
                2 => visit - Duration::minutes(35),
                3 => visit + Duration::minutes(4),
                4 => visit + Duration::minutes(50),
                _ => end,
            };
            path.push((fate.status, at));
        }
        let mut before = (0, created);
        for (status, at) in path {
            let at = at.max(before.1).min(end).min(self.now);
            let account_id = if self.rng.random_bool(0.7) { operator } else { self.world.admin_id };
            if before.0 == 0
                && let Some(master_id) = master_id
            {
                steps.push(Change {
                    account_id,
                    at,
                    field: "master_id",
                    old_value: None,
                    new_value: Some(master_id.to_string()),
                });
            }
            steps.push(Change {
                account_id,
                at,
                field: "status_order",
                old_value: Some(STATUSES[before.0].to_owned()),
                new_value: Some(STATUSES[status].to_owned()),
            });
            before = (status, at);
        }
        steps
    }
}
