//! What each person wants to hear of.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::domain::id::AccountId;
use crate::domain::notice::NoticeKind;
use crate::platform::db::memory::{Kept, kept};
use crate::platform::db::schema::notification_choices;
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// What a person has chosen; kinds nobody has chosen of ring without a sound.
#[derive(Clone, Debug, Default)]
pub struct Choices(HashMap<NoticeKind, (bool, bool)>);

impl Kept for Choices {
    fn is_touched_by(event: Event) -> bool {
        matches!(event, Event::Person(_))
    }
}

impl Choices {
    /// Whether the bell shows it.
    pub fn rings(&self, kind: NoticeKind) -> bool {
        self.0.get(&kind).is_none_or(|(rings, _)| *rings)
    }

    /// Whether it is heard as well.
    pub fn sounds(&self, kind: NoticeKind) -> bool {
        self.0.get(&kind).is_some_and(|(rings, sounds)| *rings && *sounds)
    }

    /// The kinds the bell shows.
    pub fn rung(&self) -> Vec<NoticeKind> {
        NoticeKind::ALL.iter().copied().filter(|kind| self.rings(*kind)).collect()
    }
}

/// What `account` has chosen.
pub fn of(db: &mut Db, account: AccountId) -> QueryResult<Choices> {
    kept(db, &format!("choices {account}"), |db| {
        let rows: Vec<(String, bool, bool)> = notification_choices::table
            .filter(notification_choices::account_id.eq(account))
            .select((notification_choices::kind, notification_choices::rings, notification_choices::sounds))
            .load(db)?;
        // A kind of another version of the program is none of ours.
        let known = |(kind, rings, sounds): (String, bool, bool)| {
            NoticeKind::parse(&kind).map(|kind| (kind, (rings, sounds)))
        };
        Ok(Choices(rows.into_iter().filter_map(known).collect()))
    })
}

/// Keeps what `account` has chosen of each kind: whether it rings, whether with a sound.
pub fn choose(tx: &mut Tx, account: AccountId, chosen: &[(NoticeKind, bool, bool)]) -> QueryResult<()> {
    use notification_choices::dsl;
    for (kind, rings, sounds) in chosen {
        let row = (
            dsl::account_id.eq(account),
            dsl::kind.eq(*kind),
            dsl::rings.eq(*rings),
            dsl::sounds.eq(*sounds),
        );
        let set = (dsl::rings.eq(*rings), dsl::sounds.eq(*sounds));
        crate::upsert!(tx.db, dsl::notification_choices, row, (dsl::account_id, dsl::kind), set)?;
    }
    tx.announce(Event::Person(account));
    tx.announce(Event::NoticesOf(account));
    Ok(())
}
