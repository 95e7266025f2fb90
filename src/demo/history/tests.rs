use std::collections::BTreeSet;

use super::*;
use crate::demo::rows::{CallRow, OrderRow};
use crate::domain::id::CallId;
use crate::domain::phone::Phone;
use crate::integrations::mango::fold::Leg;

fn now() -> NaiveDateTime {
    "2026-11-22T09:20:31.250".parse().expect("a moment")
}

/// Three weeks, which show everything and take no time.
const EXTENT: Extent = Extent { orders: 1_200, calls: 3_000, days: 30, ..Extent::DEMO };

fn batches(extent: Extent) -> Vec<Batch> {
    History::new(&World::plan(extent), now()).collect()
}

fn calls(batches: &[Batch]) -> Vec<&CallRow> {
    batches.iter().flat_map(|batch| &batch.calls).collect()
}

fn orders(batches: &[Batch]) -> Vec<&OrderRow> {
    batches.iter().flat_map(|batch| &batch.orders).collect()
}

#[test]
fn a_seed_gives_the_same_history_again() {
    let extent = Extent { orders: 60, calls: 200, days: 5, ..EXTENT };
    assert_eq!(batches(extent), batches(extent));
    assert_ne!(batches(extent), batches(Extent { seed: 2, ..extent }));
}

#[test]
fn as_much_is_told_as_was_asked_for() {
    for extent in [
        EXTENT,
        Extent { orders: 7, calls: 3, days: 90, ..EXTENT },
        Extent { orders: 40, calls: 0, days: 2, ..EXTENT },
        Extent { orders: 0, calls: 50, days: 1, operators: 1, ..EXTENT },
    ] {
        let told = batches(extent);
        assert_eq!(orders(&told).len(), extent.orders as usize);
        assert_eq!(calls(&told).len(), extent.calls as usize);
    }
}

#[test]
fn every_status_and_every_kind_of_call_is_there() {
    let told = batches(EXTENT);
    let statuses: BTreeSet<&str> = orders(&told).iter().map(|order| order.status_order).collect();
    assert_eq!(statuses.len(), 8, "{statuses:?}");
    let types: BTreeSet<&str> = orders(&told).iter().map(|order| order.type_order).collect();
    assert_eq!(types.len(), 3, "{types:?}");
    let kinds: BTreeSet<(&str, &str)> =
        calls(&told).iter().map(|call| (call.direction, call.status.expect("ended"))).collect();
    for kind in [
        ("inbound", "answered"),
        ("inbound", "missed"),
        ("inbound", "busy"),
        ("outbound", "answered"),
        ("outbound", "no_answer"),
        ("outbound", "busy"),
        ("internal", "answered"),
    ] {
        assert!(kinds.contains(&kind), "{kind:?} is missing");
    }
    assert!(calls(&told).iter().any(|call| call.direction == "inbound" && call.phone_client.is_none()));
    assert!(calls(&told).iter().any(|call| call.direction == "inbound" && call.rk.is_none()));
}

#[test]
fn an_order_keeps_the_rules_of_its_table() {
    let world = World::plan(EXTENT);
    let told: Vec<Batch> = History::new(&world, now()).collect();
    for order in orders(&told) {
        let place = world.cities.iter().find(|place| place.name == order.city).expect("a known city");
        let local = zone::local(order.date_meeting, place.zone);
        assert_eq!(order.meeting_day, local.date().to_string());
        assert_eq!(order.meeting_minute as u32, local.hour() * 60 + local.minute());
        assert!((600..=1_290).contains(&order.meeting_minute) && order.meeting_minute % 30 == 0);
        let rank =
            orders::STATUSES.iter().position(|status| *status == order.status_order).expect("a status");
        assert_eq!(order.list_rank as usize, rank + 1);
        let is_closed = rank >= 5;
        assert_eq!(order.closing_data.is_some(), is_closed);
        let moment = order.closing_data.map_or(unix(order.date_meeting), |closed| -unix(closed));
        assert_eq!(order.list_time, moment);
        assert!(order.create_date <= now() && order.date_meeting > order.create_date);
        if let Some(closed) = order.closing_data {
            assert!(order.create_date < closed && closed <= now());
        }
        assert_eq!(order.refusal_reason.is_some(), matches!(order.status_order, "Отказ" | "Незаказ"));
        assert!(order.result.is_some() || order.expenditure.is_none());
        assert!(order.status_order != "Готово" || order.result.is_some());
        assert_eq!(Phone::parse(&order.phone).as_ref().map(Phone::digits), Some(order.phone.as_str()));
    }
}

#[test]
fn open_orders_belong_to_the_present() {
    let told = batches(EXTENT);
    for order in orders(&told) {
        let oldest = match order.status_order {
            "Модерн" => Duration::days(22),
            _ => Duration::days(1),
        };
        assert!(order.closing_data.is_some() || order.date_meeting > now() - oldest, "{order:?}");
        assert!(
            !matches!(order.status_order, "В работе" | "Модерн" | "Готово") || order.date_meeting < now(),
            "nobody works before the visit"
        );
    }
    let ahead = orders(&told).iter().filter(|order| order.date_meeting > now()).count();
    assert!(ahead > 20, "only {ahead} visits ahead");
}

#[test]
fn a_call_keeps_the_rules_of_its_table() {
    let told = batches(EXTENT);
    let mut entries = BTreeSet::new();
    for call in calls(&told) {
        assert!(entries.insert(&call.entry_id), "two calls of one entry");
        let ended = call.ended_at.expect("all calls of the past have ended");
        assert!(call.started_at <= ended && ended <= now(), "{call:?}");
        assert_eq!(call.answered_at.is_some(), call.status == Some("answered"));
        let talk = call.answered_at.map_or(0, |answered| unix(ended) - unix(answered));
        assert_eq!(call.talk_seconds, talk);
        let until = call.answered_at.unwrap_or(ended);
        assert_eq!(call.wait_seconds, unix(until) - unix(call.started_at));
        match &call.phone_client {
            Some(number) => assert_eq!(&call.group_key, number),
            None => assert_eq!(call.group_key, format!("entry:{}", call.entry_id)),
        }
        assert_eq!(call.client_id.is_some(), call.phone_client.is_some());
        let legs: Vec<Leg> = serde_json::from_str(&call.legs).expect("legs as the fold writes them");
        assert!(!legs.is_empty());
        assert_eq!(legs.iter().map(|leg| leg.appeared_at).min(), Some(unix(call.started_at)));
        assert_eq!(legs.iter().filter_map(|leg| leg.ended_at).max(), Some(unix(ended)));
        let rung: Vec<String> = serde_json::from_str(&call.rung).expect("extensions");
        assert!(call.direction != "outbound" || rung.is_empty());
        if call.direction == "inbound" && call.status != Some("answered") {
            assert_eq!(call.operator_id, None, "a missed call is nobody's");
        }
    }
}

#[test]
fn rows_refer_only_to_what_is_there() {
    let told = batches(EXTENT);
    let (mut clients, mut call_ids, mut order_ids) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut history_ids = BTreeSet::new();
    for batch in &told {
        clients.extend(batch.clients.iter().map(|client| client.id));
        call_ids.extend(batch.calls.iter().map(|call| call.id));
        order_ids.extend(batch.orders.iter().map(|order| order.id));
        assert!(batch.calls.iter().filter_map(|call| call.client_id).all(|id| clients.contains(&id)));
        assert!(batch.orders.iter().all(|order| clients.contains(&order.client_id)));
        for link in &batch.order_calls {
            assert!(order_ids.contains(&link.order_id) && call_ids.contains(&link.call_id));
            let order = batch.orders.iter().find(|order| order.id == link.order_id).expect("of this day");
            let call = batch.calls.iter().find(|call| call.id == link.call_id).expect("of this day");
            assert_eq!((call.client_id, &call.city), (Some(order.client_id), &Some(order.city.clone())));
        }
        assert!(batch.order_history.iter().all(|step| history_ids.insert(step.id)));
        for order in &batch.orders {
            let steps: Vec<_> = batch.order_history.iter().filter(|step| step.order_id == order.id).collect();
            assert_eq!(steps[0].field, "created");
            assert_eq!(steps[0].at, order.create_date);
            assert!(steps.is_sorted_by_key(|step| step.at));
            assert!(steps.iter().all(|step| step.at <= now()));
            let last = steps.iter().rev().find(|step| step.field == "status_order");
            let status = last.and_then(|step| step.new_value.as_deref()).unwrap_or("Ожидает");
            assert_eq!(status, order.status_order);
        }
    }
    assert_eq!(call_ids.len(), EXTENT.calls as usize);
    assert_eq!(call_ids.last().copied(), Some(CallId(i64::from(EXTENT.calls))), "ids without gaps");
}

#[test]
fn people_come_back_and_debts_are_paid() {
    let told = batches(EXTENT);
    let returns = orders(&told).iter().filter(|order| order.type_order != "Впервые").count();
    assert!(returns * 20 > orders(&told).len(), "only {returns} returns");
    let all = calls(&told);
    let missed: Vec<_> = all.iter().filter(|call| call.status == Some("missed")).collect();
    let paid = |missed: &CallRow| {
        all.iter().any(|later| {
            later.group_key == missed.group_key
                && later.started_at > missed.started_at
                && later.status == Some("answered")
        })
    };
    let paid = missed.iter().filter(|call| paid(call)).count();
    assert!(paid * 3 > missed.len() && paid < missed.len(), "{paid} of {} called back", missed.len());
}

#[test]
fn a_slot_fills_up_and_some_overflow() {
    let mut load: HashMap<(&str, &str, &str, i32), usize> = HashMap::new();
    let told = batches(Extent::DEMO);
    for order in orders(&told).into_iter().filter(|order| order.closing_data.is_none()) {
        let key =
            (order.city.as_str(), order.type_equipment, order.meeting_day.as_str(), order.meeting_minute);
        *load.entry(key).or_default() += 1;
    }
    assert!(load.values().any(|count| *count >= 2), "{load:?}");
    assert!(load.len() > 25, "{} slots are taken", load.len());
}
