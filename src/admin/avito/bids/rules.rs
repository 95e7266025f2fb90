//! What a bid should be: within an admin's limits, by what contacts and orders cost. Pure. Avito tells no place in the
//! search; it is steered by its comparison, its forecasts and our own figures (docs/avito-api.md 9).

use crate::domain::id::AdId;
use crate::domain::russian::roubles;
use crate::integrations::avito::wire::Forecast;

/// How rules steer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Steering {
    /// Rules change bids by themselves, once an hour.
    pub is_on: bool,
    /// A contact may cost so many kopecks.
    pub contact_cost: i64,
    /// An order may cost so many kopecks.
    pub order_cost: i64,
    /// With fewer contacts in a week nothing is decided.
    pub least_contacts: i64,
    /// By how many per cent a bid changes at once.
    pub step: i64,
    /// The comparison, in per cent, that is aimed at.
    pub compare: i64,
}

impl Default for Steering {
    fn default() -> Self {
        Self {
            is_on: false,
            contact_cost: 15_000,
            order_cost: 40_000,
            least_contacts: 5,
            step: 10,
            compare: 50,
        }
    }
}

/// An ad as rules see it; money in kopecks, figures of a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdState {
    /// The ad.
    pub ad: AdId,
    /// What is set.
    pub bid: Option<i64>,
    /// From and to, as an admin wants it.
    pub limits: Option<(i64, i64)>,
    /// From and to, as Avito takes it.
    pub range: (i64, i64),
    /// Bids to choose from.
    pub forecasts: Vec<Forecast>,
    /// Contacts of a week.
    pub contacts: i64,
    /// Spent in a week; none where Avito tells none.
    pub spending: Option<i64>,
    /// Orders of a week.
    pub orders: i64,
}

/// What a rule would do with an ad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The ad.
    pub ad: AdId,
    /// The bid to set; none to leave it.
    pub bid: Option<i64>,
    /// Why, in words.
    pub why: String,
}

fn money(kopecks: i64) -> String {
    format!("{}\u{a0}₽", roubles(kopecks))
}

impl AdState {
    /// Within what the bid may be, if anything.
    pub fn room(&self) -> Option<(i64, i64)> {
        let (from, to) = self.limits?;
        let (low, high) = (from.max(self.range.0), to.min(self.range.1));
        (low <= high).then_some((low, high))
    }

    /// The comparison Avito gives for a bid.
    pub fn compare(&self, bid: i64) -> Option<i64> {
        self.forecasts.iter().rev().find(|forecast| forecast.bid <= bid)?.compare
    }

    /// Contacts Avito expects for a bid.
    pub fn forecast(&self, bid: i64) -> Option<(i64, i64)> {
        let found = self.forecasts.iter().rev().find(|forecast| forecast.bid <= bid)?;
        Some((found.least, found.most))
    }

    /// What a contact costs.
    pub fn contact_cost(&self) -> Option<i64> {
        self.spending.filter(|_| self.contacts > 0).map(|spending| spending / self.contacts)
    }

    /// What an order costs.
    pub fn order_cost(&self) -> Option<i64> {
        self.spending.filter(|_| self.orders > 0).map(|spending| spending / self.orders)
    }

    /// What is to be done with it, whatever the day may cost.
    pub fn step(&self, steering: &Steering) -> Step {
        let (bid, why) = self.next(steering);
        Step { ad: self.ad, bid, why }
    }

    fn next(&self, steering: &Steering) -> (Option<i64>, String) {
        let stay = |why: &str| (None, why.to_owned());
        let Some(bid) = self.bid else { return stay("ставка не задана") };
        if self.limits.is_none() {
            return stay("задайте «от» и «до»");
        }
        let Some((low, high)) = self.room() else {
            return stay("пределы не сходятся с тем, что принимает Авито");
        };
        if bid < low {
            return (Some(low), "ниже «от»".to_owned());
        }
        if bid > high {
            return (Some(high), "выше «до»".to_owned());
        }
        if self.contacts < steering.least_contacts {
            return (
                None,
                format!("мало данных, ждёт: контактов {} из {}", self.contacts, steering.least_contacts),
            );
        }
        let Some(spending) = self.spending else {
            return stay("Авито не говорит, сколько потрачено");
        };
        let expensive = match (self.order_cost(), self.contact_cost()) {
            (Some(cost), _) if cost > steering.order_cost => {
                Some(format!("заказ обходится в {}", money(cost)))
            }
            (None, _) if spending > steering.order_cost => {
                Some(format!("потрачено {} без заказов из чатов", money(spending)))
            }
            (_, Some(cost)) if cost > steering.contact_cost => {
                Some(format!("контакт обходится в {}", money(cost)))
            }
            _ => None,
        };
        if let Some(why) = expensive {
            let lower = whole(bid - bid * steering.step / 100).clamp(low, high);
            return if lower < bid {
                (Some(lower), why)
            } else {
                (None, format!("{why}, но ниже «от» нельзя"))
            };
        }
        let Some(compare) = self.compare(bid) else { return stay("не меняет") };
        if compare >= steering.compare {
            return (None, format!("не меняет: сравнение {compare}\u{a0}%"));
        }
        let enough = self.forecasts.iter().find(|one| one.compare.is_some_and(|c| c >= steering.compare));
        let step = bid + (bid * steering.step / 100).max(100);
        let higher = whole(enough.map_or(step, |one| one.bid.min(step))).clamp(low, high);
        let why = format!("сравнение {compare}\u{a0}%, нужно {}\u{a0}%", steering.compare);
        if higher > bid {
            (Some(higher), why)
        } else {
            (None, format!("{why}, но выше «до» нельзя"))
        }
    }
}

/// Whole roubles.
fn whole(kopecks: i64) -> i64 {
    kopecks / 100 * 100
}

/// What a day would cost if contacts came as in the last week, each at its bid's new share.
pub fn day_cost(ads: &[AdState], steps: &[Step]) -> i64 {
    ads.iter()
        .zip(steps)
        .map(|(ad, step)| {
            let day = ad.spending.unwrap_or_default() / 7;
            match (ad.bid, step.bid) {
                (Some(bid), Some(next)) if bid > 0 => day * next / bid,
                _ => day,
            }
        })
        .sum()
}

/// What is to be done with the ads of one account, so that a day does not cost more than `day_limit`: higher bids are
/// given up, the largest leap first.
pub fn plan(ads: &[AdState], steering: &Steering, day_limit: Option<i64>) -> Vec<Step> {
    let mut steps: Vec<Step> = ads.iter().map(|ad| ad.step(steering)).collect();
    let Some(limit) = day_limit else { return steps };
    while day_cost(ads, &steps) > limit {
        let leap = |(ad, step): (&AdState, &Step)| step.bid.zip(ad.bid).map_or(0, |(next, bid)| next - bid);
        let largest = (0..steps.len()).max_by_key(|place| leap((&ads[*place], &steps[*place])));
        let Some(place) = largest.filter(|place| leap((&ads[*place], &steps[*place])) > 0) else { break };
        steps[place] =
            Step {
                ad: ads[place].ad, bid: None, why: format!("день вышел бы за предел {}", money(limit))
            };
    }
    steps
}

/// Why a bid may not be set, in words; `None` when it may.
pub fn refusal(state: &AdState, bid: i64) -> Option<String> {
    let (least, most) = state.range;
    if bid < least || bid > most {
        return Some(format!("Авито принимает от {} до {}", money(least), money(most)));
    }
    match state.limits {
        Some((from, to)) if bid < from || bid > to => {
            Some(format!("Пределы объявления от {} до {}: измените сначала их", money(from), money(to)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ad() -> AdState {
        let forecast = |bid, compare| Forecast { bid, least: 1, most: 5, compare: Some(compare) };
        AdState {
            ad: AdId(1),
            bid: Some(9200),
            limits: Some((6000, 12_000)),
            range: (4000, 50_000),
            forecasts: vec![forecast(6000, 20), forecast(9000, 40), forecast(11_500, 60)],
            contacts: 24,
            spending: Some(201_600),
            orders: 10,
        }
    }

    fn next(ad: &AdState) -> (Option<i64>, String) {
        let step = ad.step(&Steering::default());
        (step.bid, step.why.replace('\u{a0}', " "))
    }

    #[test]
    fn a_bid_goes_up_for_the_comparison_and_down_for_the_cost() {
        assert_eq!(next(&ad()), (Some(10_100), "сравнение 40 %, нужно 50 %".to_owned()));
        let dear = AdState { orders: 4, ..ad() };
        assert_eq!(next(&dear), (Some(8200), "заказ обходится в 504 ₽".to_owned()));
        let barren = AdState { orders: 0, ..ad() };
        assert_eq!(next(&barren).0, Some(8200));
        let good = AdState { bid: Some(11_800), ..ad() };
        assert_eq!(next(&good), (None, "не меняет: сравнение 60 %".to_owned()));
        let young = AdState { contacts: 2, ..ad() };
        assert_eq!(next(&young), (None, "мало данных, ждёт: контактов 2 из 5".to_owned()));
    }

    #[test]
    fn nothing_is_done_without_limits_and_what_is_outside_comes_back() {
        assert_eq!(next(&AdState { limits: None, ..ad() }).0, None);
        assert_eq!(next(&AdState { bid: None, ..ad() }).0, None);
        assert_eq!(next(&AdState { limits: Some((1000, 3000)), ..ad() }).0, None, "Avito takes no such bid");
        assert_eq!(next(&AdState { bid: Some(30_000), ..ad() }).0, Some(12_000));
        assert_eq!(next(&AdState { bid: Some(5000), ..ad() }).0, Some(6000));
        assert!(refusal(&ad(), 13_000).is_some() && refusal(&ad(), 3000).is_some());
        assert_eq!(refusal(&ad(), 10_000), None);
    }

    #[test]
    fn higher_bids_are_given_up_when_the_day_would_cost_too_much() {
        let ads = [ad(), AdState { ad: AdId(2), bid: Some(6000), ..ad() }];
        let free = plan(&ads, &Steering::default(), None);
        assert!(free.iter().all(|step| step.bid.is_some()));
        let now = day_cost(&ads, &[]);
        assert_eq!(now, 0, "nothing planned, nothing reckoned");
        let bound = plan(&ads, &Steering::default(), Some(61_000));
        assert_eq!(bound.iter().filter(|step| step.bid.is_some()).count(), 1);
        assert!(bound.iter().any(|step| step.why.contains("предел")));
    }

    proptest! {
        #[test]
        fn whatever_the_figures_no_rule_leaves_the_limits(
            bid in 1_i64..100_000, from in 1_i64..50_000, width in 0_i64..50_000, contacts in 0_i64..100,
            spending in 0_i64..1_000_000, orders in 0_i64..50, step in 1_i64..50, compare in 0_i64..100,
        ) {
            let state = AdState {
                bid: Some(bid), limits: Some((from, from + width)), contacts, spending: Some(spending), orders, ..ad()
            };
            let steering = Steering { step, compare, ..Steering::default() };
            if let Some(next) = state.step(&steering).bid {
                let (low, high) = state.room().expect("there is room");
                prop_assert!((low..=high).contains(&next) && next != bid);
                prop_assert_eq!(refusal(&state, next), None);
            }
        }
    }
}
