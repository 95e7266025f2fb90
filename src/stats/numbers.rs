//! What is counted. Every report is a sum of these; the list is also the columns of `stat_days`.

use std::ops::AddAssign;

/// Says every measure once: its variant, its column, what it is.
macro_rules! each_measure {
    ($then:ident) => {
        $then! {
            (Calls, calls, "Inbound calls that are over."),
            (Accepted, accepted, "Of these answered."),
            (Soon, soon, "Answered within [`super::GOOD_WAIT`] seconds."),
            (Missed, missed, "Nobody talked to the client."),
            (HungUp, hung_up, "Missed ones who gave up within [`super::SHORT_WAIT`] seconds."),
            (WaitSeconds, wait_seconds, "How long those who were answered had waited, together."),
            (TalkSeconds, talk_seconds, "How long was talked in answered inbound calls."),
            (Outgoing, outgoing, "Conversations we began."),
            (Repeats, repeats, "Answered inbound calls of a number we had talked to within seven days before."),
            (Ordered, ordered, "Answered inbound calls that an order is linked with."),
            (Orders, orders, "Orders made."),
            (Refused, refused, "Of the orders made: refused since."),
            (Edited, edited, "Of the orders made: changed within ten minutes."),
            (Closed, closed, "Orders closed."),
            (Done, done, "Orders closed as done."),
            (Paid, paid, "Of the done ones: with money."),
            (Turnover, turnover, "What clients paid for done ones, kopecks."),
            (Expenses, expenses, "Parts for done ones, kopecks."),
            (Clean, clean, "What is left of done ones, kopecks."),
            (Debts, debts, "Missed calls of numbers that were owed a call."),
            (DebtsOpen, debts_open, "Of these: owed still."),
            (CalledBack, called_back, "Of these: we called back."),
            (CallbackSeconds, callback_seconds, "How long they had waited for that, together."),
            (Chats, chats, "Chats begun by clients."),
            (ChatsOrdered, chats_ordered, "Of these: with an order."),
            (ChatsAnswered, chats_answered, "Of these: answered."),
            (AnswerSeconds, answer_seconds, "How long they had waited for the first answer, together."),
        }
    };
}
pub(super) use each_measure;

macro_rules! declare {
    ($(($variant:ident, $column:ident, $words:literal)),+ $(,)?) => {
        /// Something that is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Measure { $(#[doc = $words] $variant),+ }

        impl Measure {
            /// Every measure, in the order of the columns.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its column, and its name in addresses.
            pub fn column(self) -> &'static str {
                match self { $(Self::$variant => stringify!($column)),+ }
            }

            /// The measure of a name, if it is one.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|measure| measure.column() == text)
            }
        }
    };
}
each_measure!(declare);

/// How many measures there are.
pub const COUNT: usize = Measure::ALL.len();

/// A number for every measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers(pub [i64; COUNT]);

impl Default for Numbers {
    fn default() -> Self {
        Self([0; COUNT])
    }
}

impl Numbers {
    /// The number of a measure.
    pub fn get(&self, measure: Measure) -> i64 {
        self.0[measure as usize]
    }

    /// Sets the number of a measure.
    pub fn set(&mut self, measure: Measure, value: i64) {
        self.0[measure as usize] = value;
    }

    /// These, with one more measure set to 1 when it is so.
    #[must_use]
    pub fn when(mut self, measure: Measure, is_so: bool) -> Self {
        self.set(measure, i64::from(is_so));
        self
    }

    /// These, with a measure set.
    #[must_use]
    pub fn with(mut self, measure: Measure, value: i64) -> Self {
        self.set(measure, value);
        self
    }

    /// True when nothing was counted.
    pub fn is_nothing(&self) -> bool {
        self.0.iter().all(|number| *number == 0)
    }
}

impl AddAssign<&Numbers> for Numbers {
    fn add_assign(&mut self, other: &Numbers) {
        for (own, more) in self.0.iter_mut().zip(other.0) {
            *own += more;
        }
    }
}

impl<'a> std::iter::Sum<&'a Numbers> for Numbers {
    fn sum<I: Iterator<Item = &'a Numbers>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}
