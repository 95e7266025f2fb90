//! What has happened so far: calls and the orders they led to, one day after the other, up to this moment.
//!
//! A day is the 24 hours that end at a multiple of 24 hours before now, so the last one is always whole and the
//! demonstration looks alive at any hour. Rows keep every rule the features keep (docs: the migrations).

mod calls;
mod clients;
mod orders;
mod recordings;
mod stories;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Duration, NaiveDateTime, SubsecRound, Timelike};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::Extent;
use super::rows::{AddressRow, Batch, OrderAddressRow, TapeRow};
use super::vocabulary::weigh;
use super::world::World;
use crate::domain::id::{AddressId, CallId, ClientId, HistoryId, OrderId, RecordingId};
use crate::domain::zone;
pub(super) use calls::base64;
use clients::Clients;

/// Calls end at least this long before now: what happens next is the simulator's.
const QUIET: Duration = Duration::minutes(4);
/// A story begins so long before now that it has ended by then.
const STORY: Duration = Duration::minutes(16);
/// How many calls come on a weekday, Monday first.
const WEEKDAYS: [u64; 7] = [112, 106, 103, 102, 100, 84, 66];
/// How many calls come in an hour of the client's clock.
const HOURS: [u32; 24] =
    [3, 2, 1, 1, 1, 2, 6, 14, 40, 75, 112, 120, 100, 80, 72, 72, 84, 104, 112, 100, 78, 42, 16, 6];
/// Hours in which somebody answers.
const OPEN: std::ops::Range<u32> = 8..22;

/// Tells the days of a world's history, oldest first.
pub struct History<'w> {
    world: &'w World,
    rng: Xoshiro256PlusPlus,
    now: NaiveDateTime,
    /// Days that are still to come.
    days_left: u32,
    days: Vec<Quota>,
    clients: Clients,
    next: NextIds,
    /// Visits agreed on last, by city and equipment: people of one block call after one another.
    visits: HashMap<(usize, &'static str), NaiveDateTime>,
    today: Today,
    /// Ids of the addresses told so far, by city and key.
    addresses: HashMap<(String, String), AddressId>,
    /// Sounds that recordings may have; conversations are as long as one of them.
    tapes: Vec<TapeRow>,
}

struct Quota {
    orders: usize,
    calls: usize,
}

struct NextIds {
    call: CallId,
    recording: RecordingId,
    entry: i64,
    leg: i64,
    order: OrderId,
    history: HistoryId,
}

/// The day being told.
#[derive(Default)]
struct Today {
    from: NaiveDateTime,
    to: NaiveDateTime,
    call_quota: usize,
    on_shift: Vec<usize>,
    batch: Batch,
    /// For each order of the batch its calls, as places in the batch.
    links: Vec<Vec<usize>>,
    /// For each order of the batch what happened to it after it was made.
    steps: Vec<Vec<orders::Change>>,
}

impl<'w> History<'w> {
    /// The history of `world` up to `now`. Its tables must be empty: ids count from one.
    pub fn new(world: &'w World, now: NaiveDateTime) -> Self {
        let now = now.trunc_subsecs(0);
        Self {
            world,
            rng: Xoshiro256PlusPlus::seed_from_u64(world.extent.seed),
            now,
            days_left: world.extent.days.max(1),
            days: quotas(&world.extent, now),
            clients: Clients::new(world.extent.seed),
            next: NextIds {
                call: CallId(1),
                recording: RecordingId(1),
                entry: 2_000_000_001,
                leg: 310_000_001,
                order: OrderId(1),
                history: HistoryId(1),
            },
            visits: HashMap::new(),
            today: Today::default(),
            addresses: HashMap::new(),
            tapes: Vec::new(),
        }
    }

    /// The same with sounds in the storage: recent recordings can be listened to.
    #[must_use]
    pub fn recorded_on(mut self, tapes: Vec<TapeRow>) -> Self {
        self.tapes = tapes;
        self
    }

    /// Numbers of up to `count` clients with orders, the newest first.
    pub fn known_numbers(&self, count: usize) -> Vec<String> {
        self.clients.named().iter().rev().take(count).map(|id| self.world.client_number(*id)).collect()
    }

    /// Numbers of `count` people who have never called.
    pub fn strangers_numbers(&self, count: usize) -> Vec<String> {
        let after = self.clients.count();
        (1..=count as i64).map(|n| self.world.client_number(ClientId(after + n))).collect()
    }

    fn tell_day(&mut self) -> Batch {
        let days_ago = self.days_left - 1;
        let quota = &self.days[days_ago as usize];
        let to = self.now - Duration::days(i64::from(days_ago));
        let (orders, calls) = (quota.orders, quota.calls);
        self.today = Today {
            from: to - Duration::days(1),
            to: to.min(self.now - STORY),
            call_quota: calls,
            on_shift: (0..self.world.operators.len())
                .filter(|index| self.world.is_on_shift(*index, days_ago))
                .collect(),
            ..Today::default()
        };
        for _ in 0..orders {
            self.order_story();
        }
        while self.room() > 0 {
            self.other_story();
        }
        self.number()
    }

    /// How many calls the day still lacks.
    fn room(&self) -> usize {
        self.today.call_quota.saturating_sub(self.today.batch.calls.len())
    }

    /// Gives calls and orders their ids in the order of time, and joins them.
    fn number(&mut self) -> Batch {
        let today = std::mem::take(&mut self.today);
        let mut batch = today.batch;
        let mut by_time: Vec<usize> = (0..batch.calls.len()).collect();
        by_time.sort_by_key(|index| batch.calls[*index].started_at);
        for index in &by_time {
            batch.calls[*index].id = self.next.call;
            self.next.call.0 += 1;
        }
        let mut by_creation: Vec<usize> = (0..batch.orders.len()).collect();
        by_creation.sort_by_key(|index| batch.orders[*index].create_date);
        for index in by_creation {
            let id = self.next.order;
            self.next.order.0 += 1;
            batch.orders[index].id = id;
            batch.order_search[index].order_id = id;
            self.place(&mut batch, index);
            for call in &today.links[index] {
                let call_id = batch.calls[*call].id;
                batch.order_calls.push(super::rows::OrderCallRow { order_id: id, call_id });
            }
            for step in &today.steps[index] {
                batch.order_history.push(step.row(self.next.history, id));
                self.next.history.0 += 1;
            }
        }
        batch.calls.sort_by_key(|call| call.id);
        batch.recordings = self.recordings(&batch.calls);
        batch.orders.sort_by_key(|order| order.id);
        batch.order_search.sort_by_key(|words| words.order_id);
        batch.order_calls.sort_by_key(|link| (link.order_id, link.call_id));
        batch
    }

    /// Writes down where an order of the batch is.
    fn place(&mut self, batch: &mut Batch, index: usize) {
        let order = &batch.orders[index];
        let folded = crate::domain::address::key(&order.address);
        let next = AddressId(self.addresses.len() as i64 + 1);
        let id = *self.addresses.entry((order.city.clone(), folded.clone())).or_insert(next);
        if id == next {
            batch.addresses.push(AddressRow {
                id,
                city: order.city.clone(),
                folded,
                words: crate::domain::address::stored_words(&order.address),
                address: order.address.clone(),
                uses: 1,
                last_used_at: order.create_date,
            });
        }
        batch.order_addresses.push(OrderAddressRow { order_id: order.id, address_id: id });
    }

    /// A moment of the day, more likely when people of the city call; `answered` ones only while somebody works.
    fn moment(&mut self, city: usize, answered: bool) -> NaiveDateTime {
        let (from, to) = (self.today.from, self.today.to);
        let local = zone::local(from, self.world.cities[city].zone);
        let hours: Vec<(i64, u32)> = (0..24)
            .map(|ahead| {
                let hour = (local.hour() + ahead) % 24;
                let weight = if answered && !OPEN.contains(&hour) { 0 } else { HOURS[hour as usize] };
                (i64::from(ahead), weight)
            })
            .collect();
        // From the full hour on, so that a window that begins at half past keeps its clock.
        let start = from - Duration::seconds(i64::from(local.minute() * 60 + local.second()));
        for _ in 0..20 {
            let hour = weigh(&mut self.rng, &hours);
            let second = rand::RngExt::random_range(&mut self.rng, 0..3600);
            let moment = start + Duration::seconds(hour * 3600 + second);
            if (from..to).contains(&moment) {
                return moment;
            }
        }
        // Nearly everything of this day lies behind `to`; any moment before it will do.
        from + Duration::seconds(rand::RngExt::random_range(
            &mut self.rng,
            0..(to - from).num_seconds().max(1),
        ))
    }
}

impl Iterator for History<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        if self.days_left == 0 {
            return None;
        }
        let batch = self.tell_day();
        self.days_left -= 1;
        Some(batch)
    }
}

/// How much happens on each day, by days ago; the sums are exact.
fn quotas(extent: &Extent, now: NaiveDateTime) -> Vec<Quota> {
    let weight = |days_ago: u32| {
        let middle = now - Duration::days(i64::from(days_ago)) - Duration::hours(12);
        WEEKDAYS[middle.weekday().num_days_from_monday() as usize]
    };
    let days = extent.days.max(1);
    let total: u64 = (0..days).map(weight).sum();
    let mut before = 0;
    (0..days)
        .map(|days_ago| {
            let after = before + weight(days_ago);
            let share = |of: u32| {
                let part = |weight: u64| u64::from(of) * weight / total;
                (part(after) - part(before)) as usize
            };
            let quota = Quota { orders: share(extent.orders), calls: share(extent.calls) };
            before = after;
            quota
        })
        .collect()
}

/// The UTC moment of unix `seconds`.
fn utc(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc()
}

/// Unix seconds of a UTC moment.
fn unix(moment: NaiveDateTime) -> i64 {
    moment.and_utc().timestamp()
}
