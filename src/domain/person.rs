//! Who works here: roles, whether they may sign in, whether they take calls.

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
    /// Reasons of a break to choose from.
    pub reasons: Vec<String>,
}
