//! Who works here: roles, whether they may sign in, whether they take calls.

use chrono::{Duration, NaiveDateTime};

use crate::domain::id::AccountId;

crate::text_enum! {
    /// What a person may do.
    Role {
        /// Runs employees, lines, settings.
        Admin = "admin",
        /// Takes calls and makes orders.
        Operator = "operator",
    }
}

impl Role {
    /// The role in Russian.
    pub fn label(self) -> &'static str {
        match self {
            Self::Admin => "Администратор",
            Self::Operator => "Оператор",
        }
    }
}

crate::text_enum! {
    /// Whether the account may sign in.
    AccountStatus {
        /// Works here.
        Active = "active",
        /// Dismissed.
        Inactive = "inactive",
    }
}

crate::text_enum! {
    /// Whether an operator takes calls now.
    WorkStatus {
        /// Takes calls.
        Online = "online",
        /// Pauses, with a reason.
        Break = "break",
        /// Not at work.
        Offline = "offline",
    }
}

impl WorkStatus {
    /// The status in Russian.
    pub fn label(self) -> &'static str {
        match self {
            Self::Online => "Онлайн",
            Self::Break => "Перерыв",
            Self::Offline => "Оффлайн",
        }
    }

    /// On the line.
    pub fn is_online(self) -> bool {
        self == Self::Online
    }

    /// Pauses.
    pub fn is_break(self) -> bool {
        self == Self::Break
    }

    /// Not at work.
    pub fn is_offline(self) -> bool {
        self == Self::Offline
    }
}

/// Somebody who has signed in, as every request knows them.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub id: AccountId,
    /// Decides what handlers let pass.
    pub role: Role,
    /// Full name.
    pub name: String,
    /// Login.
    pub login: String,
    /// Sounds are wanted.
    pub sound_on: bool,
    /// Loudness of sounds.
    pub volume_percent: i32,
    /// While this person talks or fills a form in, only calls and due promises are heard.
    pub quiet_on: bool,
    /// The hints of the first day have not been put away yet.
    pub shows_tour: bool,
    /// The extension that rings, of an operator who has one.
    pub extension: Option<String>,
    /// Of operators.
    pub work_status: Option<WorkStatusView>,
    /// Has to have a second factor and has none yet: sees nothing but how to get one.
    pub needs_second_factor: bool,
}

impl Person {
    /// True for an operator on the line.
    pub fn is_online(&self) -> bool {
        self.work_status.as_ref().is_some_and(|work| work.status.is_online())
    }

    /// True for admins.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }
}

/// The work status as the header shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkStatusView {
    /// The status.
    pub status: WorkStatus,
    /// «Онлайн», or «Перерыв: обед».
    pub label: String,
    /// «с 14:05».
    pub since_label: String,
    /// From when it is too long, in Unix seconds; 0: never.
    pub amber: i64,
    /// From when it is much too long.
    pub red: i64,
    /// A conversation is being noted.
    pub after_call: Option<AfterCallView>,
    /// Reasons of a break to choose from.
    pub reasons: Vec<String>,
}

/// The time after a conversation as the header shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AfterCallView {
    /// Where it ends by itself, in Unix seconds.
    pub until: i64,
    /// Nobody has lengthened it yet.
    pub may_be_lengthened: bool,
}

/// From when a state is too long, and much too long: at its length, and half of it later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Unix seconds, 0: never.
    pub amber: i64,
    /// Unix seconds, 0: never.
    pub red: i64,
}

impl Limits {
    /// Of what began at `since` and should last `length`; never, when that is nothing.
    pub fn of(since: NaiveDateTime, length: Duration) -> Self {
        if length <= Duration::zero() {
            return Self::default();
        }
        let end = |length: Duration| (since + length).and_utc().timestamp();
        Self { amber: end(length), red: end(length * 3 / 2) }
    }

    /// Whether it is too long at `now`.
    pub fn is_over(self, now: NaiveDateTime) -> bool {
        self.amber > 0 && now.and_utc().timestamp() >= self.amber
    }

    /// Whether it is much too long at `now`.
    pub fn is_far_over(self, now: NaiveDateTime) -> bool {
        self.red > 0 && now.and_utc().timestamp() >= self.red
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_too_long_at_its_length_and_much_too_long_half_of_it_later() {
        let since: NaiveDateTime = "2026-11-23T12:00:00".parse().expect("a moment");
        let limits = Limits::of(since, Duration::minutes(30));
        let after = |minutes| since + Duration::minutes(minutes);
        assert!(!limits.is_over(after(29)) && limits.is_over(after(30)) && !limits.is_far_over(after(44)));
        assert!(limits.is_far_over(after(45)));
        assert!(!Limits::of(since, Duration::zero()).is_over(after(600)), "no length, no limit");
    }
}
