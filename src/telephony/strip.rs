//! The call strip: everything that happens at this operator's telephone in one line, the most urgent first. Built
//! from what the card knows; pure, so the order of calls and the choice of a person are tested as a table.

use crate::callbacks::view::{Alarms, CallbackView};
use crate::calls::words::CallWords;
use crate::dial::view::DialView;
use crate::dispositions::view::ResultView;
use crate::domain::id::{CallId, OrderId};

/// Entries shown beside the first one; further ones are counted.
const BESIDE: usize = 3;
/// More results than these do not stand in a line.
const RESULTS_IN_LINE: usize = 6;

/// The line.
#[derive(Default)]
pub struct Strip {
    /// The first is wide, the others are one button each.
    pub entries: Vec<StripEntry>,
    /// Entries that found no place.
    pub more: i64,
    /// What the person made first, kept for as long as it holds.
    pub wish: Option<Wish>,
}

/// One call, promise or wanted call.
pub struct StripEntry {
    /// «call-17», «callback-3», «dial-5».
    pub key: String,
    /// `ring`, `talk`, `over`, `due` or `dial`.
    pub state: &'static str,
    /// The state in words.
    pub words: String,
    /// A timer counts from here (unix seconds); 0 without one.
    pub since: i64,
    /// What stands in the timer's place: «3:12», «14:30», or nothing.
    pub time: String,
    /// For people, or «номер скрыт».
    pub number: String,
    /// The client, or that nobody knows him.
    pub name: String,
    /// Whether the name is one: else a narrow entry says the number.
    pub is_known: bool,
    /// City, account, orders; who promised what.
    pub about: String,
    /// The same for a narrow entry.
    pub short: String,
    /// What to beware of.
    pub flag: String,
    /// What can be done about it.
    pub act: Act,
}

/// What an entry offers.
pub enum Act {
    /// An order to make or to open.
    Call {
        /// The call.
        id: CallId,
        /// The order made of it.
        order: Option<OrderId>,
        /// A conversation of ours that can be ended.
        is_talk: bool,
        /// How it ended, when it is over.
        result: Option<ResultView>,
    },
    /// To call back.
    Due(Box<CallbackView>),
    /// To wait, to call again.
    Dial(DialView),
}

/// What the card of a call knows beyond its row.
#[derive(Default)]
pub struct CardFacts {
    /// The order made of it.
    pub order: Option<OrderId>,
    /// «3 заказа», or empty.
    pub order_count: String,
    /// What to beware of, or empty.
    pub flag: String,
    /// How it ended, when it is over.
    pub result: Option<ResultView>,
}

/// Another entry made first: which one, and before which. When another call has come to the front since, it is
/// forgotten: what rings is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The entry that was made first.
    pub first: String,
    /// The one that stood first then.
    pub than: String,
}

impl StripEntry {
    /// Stands beside results in the line, or these stand in a menu.
    pub fn has_line_of_results(&self) -> bool {
        matches!(&self.act, Act::Call { result: Some(view), .. } if view.choices.len() <= RESULTS_IN_LINE)
    }

    /// The digits of its results, «1…6».
    pub fn digits(&self) -> String {
        let Act::Call { result: Some(view), .. } = &self.act else { return String::new() };
        view.choices
            .iter()
            .rfind(|c| !c.digit.is_empty())
            .map_or_else(String::new, |c| format!("1…{}", c.digit))
    }

    /// It is the call with this id.
    pub fn is_call(&self, call: CallId) -> bool {
        matches!(&self.act, Act::Call { id, .. } if *id == call)
    }

    /// A living or finished call in the line.
    pub fn of_call(call: &CallWords, state: &'static str, words: &str) -> Self {
        let is_known = !call.client_name.is_empty();
        let name = match (call.client_id, is_known) {
            (None, _) => "клиент неизвестен",
            (_, false) => "новый клиент",
            (_, true) => call.client_name.as_str(),
        };
        let new = if is_known { "" } else { "новый" };
        Self {
            key: format!("call-{}", call.id),
            state,
            words: words.to_owned(),
            since: call.since,
            time: call.duration.clone(),
            number: call.number.clone(),
            name: name.to_owned(),
            is_known,
            about: joined(&[&call.city, &call.account]),
            short: joined(&[new, &call.city, &call.account]),
            flag: String::new(),
            act: Act::Call { id: call.id, order: None, is_talk: state == "talk", result: None },
        }
    }

    fn of_promise(view: &CallbackView) -> Self {
        let is_known = !view.client_name.is_empty();
        let by = format!("обещание: {}", view.promised_by);
        Self {
            key: format!("callback-{}", view.id),
            state: "due",
            words: "Перезвонить".to_owned(),
            since: 0,
            time: view.time.clone(),
            number: view.number.clone(),
            name: if is_known { view.client_name.clone() } else { "новый клиент".to_owned() },
            is_known,
            about: joined(&[&by, &view.note]),
            short: if view.note.is_empty() { by } else { view.note.clone() },
            flag: String::new(),
            act: Act::Due(Box::new(view.clone())),
        }
    }

    fn of_dial(view: &DialView) -> Self {
        Self {
            key: format!("dial-{}", view.id),
            state: "dial",
            words: view.words.clone(),
            since: 0,
            time: String::new(),
            number: view.number.clone(),
            name: String::new(),
            is_known: false,
            about: String::new(),
            short: view.words.clone(),
            flag: String::new(),
            act: Act::Dial(view.clone()),
        }
    }
}

impl Strip {
    /// Lines up what happens: living calls as they come in `calls`, a wanted call, a finished one, promises.
    pub fn of(calls: Vec<StripEntry>, dial: Option<&DialView>, alarms: &Alarms, wish: Option<&Wish>) -> Self {
        let (living, over): (Vec<StripEntry>, Vec<StripEntry>) =
            calls.into_iter().partition(|c| c.state != "over");
        let dial = dial.map(StripEntry::of_dial);
        let due = alarms.shown.iter().map(StripEntry::of_promise);
        let all = living.into_iter().chain(dial).chain(over).chain(due).collect();
        let mut strip = Self { entries: all, more: alarms.more.max(0), wish: None };
        if let Some(wish) = wish {
            strip.put_first(wish);
        }
        if strip.entries.len() > BESIDE + 1 {
            strip.more += (strip.entries.len() - BESIDE - 1) as i64;
            strip.entries.truncate(BESIDE + 1);
        }
        strip
    }

    /// Says of a call what its card knows.
    pub fn tell(&mut self, call: CallId, known: CardFacts) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.is_call(call)) else { return };
        entry.about = joined(&[&entry.about, &known.order_count]);
        entry.flag = known.flag;
        if let Act::Call { order, result, .. } = &mut entry.act {
            (*order, *result) = (known.order, known.result);
        }
    }

    fn put_first(&mut self, wish: &Wish) {
        let holds = self.entries.first().is_some_and(|natural| natural.key == wish.than);
        let wanted = self.entries.iter().position(|entry| entry.key == wish.first);
        if let (true, Some(at @ 1..)) = (holds, wanted) {
            let chosen = self.entries.remove(at);
            self.entries.insert(0, chosen);
            self.wish = Some(wish.clone());
        }
    }

    /// Before which entry another one is put by a press.
    pub fn natural(&self) -> &str {
        match (&self.wish, self.entries.first()) {
            (Some(wish), _) => &wish.than,
            (None, Some(first)) => &first.key,
            (None, None) => "",
        }
    }

    /// This call stands first.
    pub fn is_led_by(&self, call: &CallId) -> bool {
        self.entries.first().is_some_and(|entry| entry.is_call(*call))
    }

    /// A promise stands first.
    pub fn is_led_by_promise(&self) -> bool {
        self.entries.first().is_some_and(|entry| entry.state == "due")
    }
}

/// «Саратов · Сервис Север · 3 заказа», without what is not known.
fn joined(parts: &[&str]) -> String {
    let known: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty() && *part != "—").collect();
    known.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, state: &'static str) -> StripEntry {
        StripEntry {
            key: key.to_owned(),
            state,
            words: String::new(),
            since: 0,
            time: String::new(),
            number: String::new(),
            name: String::new(),
            is_known: false,
            about: String::new(),
            short: String::new(),
            flag: String::new(),
            act: Act::Call { id: CallId(1), order: None, is_talk: false, result: None },
        }
    }

    fn keys(calls: &[(&str, &'static str)], wish: Option<(&str, &str)>) -> (Vec<String>, i64) {
        let calls = calls.iter().map(|(key, state)| entry(key, state)).collect();
        let wish = wish.map(|(first, than)| Wish { first: first.to_owned(), than: than.to_owned() });
        let strip = Strip::of(calls, None, &Alarms::default(), wish.as_ref());
        (strip.entries.into_iter().map(|entry| entry.key).collect(), strip.more)
    }

    #[test]
    fn a_chosen_entry_stays_first_until_another_call_comes_to_the_front() {
        let two = [("call-1", "talk"), ("call-2", "over")];
        assert_eq!(keys(&two, None).0, ["call-1", "call-2"]);
        assert_eq!(keys(&two, Some(("call-2", "call-1"))).0, ["call-2", "call-1"]);
        let ringing = [("call-3", "ring"), ("call-1", "talk"), ("call-2", "over")];
        assert_eq!(keys(&ringing, Some(("call-2", "call-1"))).0, ["call-3", "call-1", "call-2"]);
        assert_eq!(keys(&two, Some(("call-9", "call-1"))).0, ["call-1", "call-2"], "it is gone");
    }

    #[test]
    fn what_finds_no_place_is_counted() {
        let many = [("a", "ring"), ("b", "talk"), ("c", "talk"), ("d", "talk"), ("e", "talk"), ("f", "over")];
        assert_eq!(keys(&many, None), (["a", "b", "c", "d"].map(str::to_owned).to_vec(), 2));
        assert_eq!(keys(&many, Some(("f", "a"))).0, ["f", "a", "b", "c"], "what was chosen is there");
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        assert_eq!(joined(&["Саратов", "—", "", "3 заказа"]), "Саратов · 3 заказа");
    }
}
