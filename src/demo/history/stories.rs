//! Why people call, and what comes of it: an order, an answer, a debt.

use rand::RngExt;

use super::calls::{Cast, Plot};
use super::{History, QUIET, unix, utc};
use crate::demo::vocabulary::{pick, weigh};
use crate::domain::id::ClientId;

/// A reason for a call without an order.
#[derive(Clone, Copy)]
enum Story {
    Question,
    CalledBack,
    Forgotten,
    CameAgain,
    Busy,
    Menu,
    Confirmation,
    InVain,
    OutBusy,
    Hidden,
    Colleagues,
    UnknownLine,
}

const STORIES: [(Story, u32); 12] = [
    (Story::Question, 350),
    (Story::CalledBack, 120),
    (Story::Forgotten, 80),
    (Story::CameAgain, 70),
    (Story::Busy, 30),
    (Story::Menu, 40),
    (Story::Confirmation, 140),
    (Story::InVain, 70),
    (Story::OutBusy, 25),
    (Story::Hidden, 25),
    (Story::Colleagues, 12),
    (Story::UnknownLine, 6),
];

impl History<'_> {
    /// A call or two, and the order they lead to. Now and then somebody orders without a call.
    pub(super) fn order_story(&mut self) {
        let returns = !self.clients.named().is_empty() && self.rng.random_bool(0.2);
        let (line, known) = if returns { self.somebody() } else { (self.some_line(), None) };
        let at = self.moment(self.world.lines[line].city, true);
        let client = match known {
            Some(id) => id,
            None => self.new_client(line, true, unix(at)),
        };
        let cast = Cast { client: Some(client), line, operator: self.some_operator() };
        let at = unix(at);
        let how = weigh(&mut self.rng, &[(0, 80), (1, 14), (2, 6)]);
        match (how, self.room()) {
            (_, 0) | (2, _) => self.order(client, line, cast.operator, at, Vec::new()),
            (1, 2..) => {
                let missed = self.call(Plot::Missed, cast, at);
                let back = at + self.rng.random_range(120..=420);
                let call = self.call(Plot::Out, cast, back);
                self.order_in_call(cast, vec![missed, call]);
            }
            _ => {
                let call = self.call(Plot::Answered, cast, at);
                self.order_in_call(cast, vec![call]);
            }
        }
    }

    /// The order is saved while the last of `calls` goes on.
    fn order_in_call(&mut self, cast: Cast, calls: Vec<usize>) {
        let last = calls.last().map(|index| &self.today.batch.calls[*index]);
        let (Some(client), Some(last)) = (cast.client, last) else { return };
        let saved = last.answered_at.map_or(0, |answer| unix(answer) + last.talk_seconds * 4 / 5);
        self.order(client, cast.line, cast.operator, saved, calls);
    }

    /// A call or two without an order.
    pub(super) fn other_story(&mut self) {
        let story = weigh(&mut self.rng, &STORIES);
        let plot = match story {
            Story::Question | Story::Colleagues | Story::Confirmation | Story::UnknownLine => Plot::Answered,
            Story::CalledBack | Story::Forgotten | Story::CameAgain => Plot::Missed,
            Story::Busy => Plot::Busy,
            Story::Menu => Plot::Menu,
            Story::InVain => Plot::OutSilent,
            Story::OutBusy => Plot::OutBusy,
            Story::Hidden if self.rng.random_bool(0.5) => Plot::Missed,
            Story::Hidden => Plot::Answered,
        };
        // We call only those whom we know; a third of the others has called before.
        let ours = matches!(story, Story::Confirmation | Story::InVain | Story::OutBusy);
        let knows = !self.clients.named().is_empty() && (ours || self.rng.random_bool(0.35));
        let (line, known) = if knows { self.somebody() } else { (self.some_line(), None) };
        let line = if matches!(story, Story::UnknownLine) { self.world.unknown_line() } else { line };
        let is_at_work = ours || plot == Plot::Answered || plot == Plot::Busy;
        let moment = self.moment(self.world.lines[line].city, is_at_work);
        let at = unix(moment);
        let client = match story {
            Story::Hidden | Story::Colleagues => None,
            _ => Some(known.unwrap_or_else(|| self.new_client(line, false, at))),
        };
        let cast = Cast { client, line, operator: self.some_operator() };
        match story {
            Story::Confirmation => self.call(Plot::Out, cast, at),
            Story::Colleagues => self.call(Plot::Internal, cast, at),
            _ => self.call(plot, cast, at),
        };
        let later = match story {
            Story::CalledBack => Some((Plot::Out, at + self.rng.random_range(120..=5_400))),
            Story::CameAgain => Some((Plot::Answered, at + self.rng.random_range(60..=900))),
            _ => None,
        };
        if let Some((plot, later)) = later
            && self.room() > 0
            // Long enough before now for the longest talk.
            && utc(later + 600) < self.now - QUIET
        {
            self.call(plot, cast, later);
        }
    }

    fn new_client(&mut self, line: usize, orders: bool, at: i64) -> ClientId {
        self.clients.add(self.world, &mut self.today.batch, line, orders, utc(at))
    }

    /// A client who has ordered before, and the line they call.
    fn somebody(&mut self) -> (usize, Option<ClientId>) {
        let id = pick(&mut self.rng, self.clients.named());
        (self.clients.get(id).line, Some(id))
    }

    /// A line by the size of its city; advertisements on Avito ring most.
    fn some_line(&mut self) -> usize {
        let per_city = self.world.known_lines().len() / self.world.cities.len();
        let total: u32 = self.world.cities.iter().map(|place| place.weight).sum();
        let mut left = self.rng.random_range(0..total);
        let mut city = 0;
        while left >= self.world.cities[city].weight {
            left -= self.world.cities[city].weight;
            city += 1;
        }
        let of_city = weigh(&mut self.rng, &[(0, 26), (1, 38), (2, 16), (3, 12), (4, 8)]);
        city * per_city + of_city % per_city
    }

    fn some_operator(&mut self) -> usize {
        pick(&mut self.rng, &self.today.on_shift)
    }
}
