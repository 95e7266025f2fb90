//! Ids are types: a call's id does not pass where an order's is wanted, in Rust and in SQL alike.

/// Declares ids: numbers that the database gives, each of a type of its own. They are read from addresses, forms and
/// columns, and written as their digits.
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
                 diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[serde(transparent)]
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        pub struct $name(
            /// The number in the database.
            pub i64,
        );

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }

        impl std::str::FromStr for $name {
            type Err = NoId;

            fn from_str(text: &str) -> Result<Self, NoId> {
                text.parse().ok().filter(|id| *id > 0).map(Self).ok_or(NoId)
            }
        }

        impl<DB: diesel::backend::Backend> diesel::serialize::ToSql<diesel::sql_types::BigInt, DB> for $name
        where
            i64: diesel::serialize::ToSql<diesel::sql_types::BigInt, DB>,
        {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, DB>,
            ) -> diesel::serialize::Result {
                self.0.to_sql(out)
            }
        }

        impl<DB: diesel::backend::Backend> diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB> for $name
        where
            i64: diesel::deserialize::FromSql<diesel::sql_types::BigInt, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                i64::from_sql(bytes).map(Self)
            }
        }
    )+ };
}

/// What was typed is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoId;

ids! {
    /// An account: an employee, who signs in.
    AccountId,
    /// A call.
    CallId,
    /// An order.
    OrderId,
    /// A client.
    ClientId,
    /// A number of a client.
    ClientPhoneId,
    /// A joining of two clients.
    MergeId,
    /// A master, who repairs.
    MasterId,
    /// A row of days on which a master does not work.
    DayOffId,
    /// A recording of a call.
    RecordingId,
    /// A promise to call back.
    CallbackId,
    /// What somebody has left behind at the end of a shift.
    HandoverId,
    /// A missed call that is owed.
    DebtId,
    /// A call asked of the telephony.
    DialId,
    /// A document.
    FileId,
    /// A line: a number of ours.
    LineId,
    /// An entry of a catalog, in the table of its kind.
    ItemId,
    /// A rule of places in a slot.
    LimitId,
    /// A place of a slot that is held.
    HoldId,
    /// A saved filter.
    SavedFilterId,
    /// A stored event of the telephony.
    EventId,
    /// An address that is offered again.
    AddressId,
    /// A line of what happened to an order.
    HistoryId,
    /// An Avito account of ours.
    AvitoId,
    /// Somebody at Avito, we ourselves among them; Avito's number.
    AvitoUserId,
    /// An ad; Avito's number.
    AdId,
    /// A review; Avito's number.
    ReviewId,
    /// Our answer to a review; Avito's number.
    ReviewAnswerId,
    /// A chat with a client.
    ChatId,
    /// A message of a chat.
    MessageId,
    /// A label of chats.
    LabelId,
    /// An answer to choose from.
    ReplyId,
    /// A stored delivery of Avito.
    DeliveryId,
    /// A line of what people did in a chat.
    ChatLogId,
    /// A line of the journal.
    AuditId,
    /// An entry of the salary that was made by hand.
    SalaryEntryId,
    /// A rule of automatic answers.
    AutoRuleId,
    /// What was decided on a message by rules.
    AutoAnswerId,
    /// A change of a bid.
    BidChangeId,
    /// A notification.
    NotificationId,
    /// Somebody who is told outside of the program.
    RecipientId,
    /// A message on its way out.
    OutgoingId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_number_above_nothing() {
        assert_eq!("10462".parse(), Ok(OrderId(10_462)));
        assert_eq!(OrderId(10_462).to_string(), "10462");
        assert_eq!(serde_json::to_string(&[OrderId(7)]).expect("JSON"), "[7]");
        for no_id in ["", "0", "-1", "1e3", "№ 1", "9223372036854775808"] {
            assert_eq!(no_id.parse::<OrderId>(), Err(NoId), "{no_id}");
        }
    }
}
