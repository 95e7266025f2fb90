//! Two people change one order: field by field, what somebody has changed is told from what they merely sent back.

use super::Field;
use super::fields::Target;
use super::submitted::Sent;
use crate::orders::queries::history::HistoryRow;

/// What of a form is a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Changed by the sender alone, with the text to keep.
    pub mine: Vec<(Field, String)>,
    /// Changed by the sender and meanwhile by somebody else, to something different; with the sender's text.
    pub conflicts: Vec<(Field, String)>,
}

/// Compares what was `sent` with the order as it is `now`. What the sender had seen is told by the form itself
/// (`was_…`), else by the changes `since` the version it names, oldest first. A sender who names neither has seen
/// nothing: whatever differs is a conflict.
pub fn merge(sent: &Sent, now: &Target, since: &[HistoryRow]) -> Merged {
    let mut merged = Merged::default();
    for (field, mine) in sent.values() {
        let now = now.text(field);
        if mine == now {
            continue;
        }
        let seen = match sent.was(field) {
            Some(was) => Some(was.to_owned()),
            None if sent.version.is_some() => Some(seen(field, &now, since)),
            None => None,
        };
        match seen {
            Some(seen) if seen == mine => {}
            Some(seen) if seen == now => merged.mine.push((field, mine)),
            Some(_) | None => merged.conflicts.push((field, mine)),
        }
    }
    merged
}

/// What the field was before the first of the changes.
fn seen(field: Field, now: &str, since: &[HistoryRow]) -> String {
    let first = since.iter().find(|row| row.told.field() == Some(field));
    first.map_or_else(|| now.to_owned(), |row| row.old_value.clone().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;
    use crate::domain::id::AccountId;
    use crate::domain::order::{StatusOrder, TypeEquipment, TypeOrder};
    use crate::orders::edit::field::HistoryField;
    use crate::web::form::Fields;

    fn order(address: &str) -> Target {
        Target {
            rk: "Авито".into(),
            city: "Самара".into(),
            avito_name: None,
            phone: "79001234567".into(),
            type_order: TypeOrder::First,
            client_name: String::new(),
            address: address.into(),
            local: NaiveDateTime::default(),
            type_equipment: TypeEquipment::Appliances,
            problem: "Течёт".into(),
            status: StatusOrder::Wait,
            reason: None,
            master_id: None,
            result: None,
            expenditure: None,
            comment: String::new(),
        }
    }

    fn changed(field: &str, old: &str, new: &str) -> HistoryRow {
        HistoryRow {
            at: NaiveDateTime::default(),
            told: HistoryField::Field(Field::parse(field).expect("a field")),
            old_value: Some(old.into()),
            new_value: Some(new.into()),
            version: Some(2),
            account_id: AccountId(1),
            account: "Борис".into(),
        }
    }

    fn outcome(fields: &[(&str, &str)], now: &str, since: &[HistoryRow]) -> (usize, usize) {
        let mut all = Fields::default();
        for (name, value) in fields {
            all.push(name, value);
        }
        let merged = merge(&Sent::of(&all), &order(now), since);
        (merged.mine.len(), merged.conflicts.len())
    }

    #[test]
    fn a_field_belongs_to_whoever_has_changed_it() {
        let address = |mine, was| [("address", mine), ("was_address", was), ("version", "1")];
        assert_eq!(outcome(&address("А", "А"), "А", &[]), (0, 0), "nobody");
        assert_eq!(outcome(&address("Б", "А"), "А", &[]), (1, 0), "the sender");
        assert_eq!(outcome(&address("А", "А"), "В", &[]), (0, 0), "the other one");
        assert_eq!(outcome(&address("Б", "А"), "В", &[]), (0, 1), "both, differently");
        assert_eq!(outcome(&address("В", "А"), "В", &[]), (0, 0), "both, to the same");
    }

    #[test]
    fn without_old_values_the_version_tells_what_was_seen() {
        let since = [changed("address", "А", "Б"), changed("address", "Б", "В")];
        let address = |mine| [("address", mine), ("version", "1")];
        assert_eq!(outcome(&address("А"), "В", &since), (0, 0), "sent back as it was seen");
        assert_eq!(outcome(&address("Г"), "В", &since), (0, 1));
        assert_eq!(outcome(&[("problem", "Гудит"), ("version", "1")], "В", &since), (1, 0));
    }

    #[test]
    fn who_names_no_version_has_seen_nothing() {
        assert_eq!(outcome(&[("address", "Б")], "А", &[]), (0, 1));
        assert_eq!(outcome(&[("address", "А")], "А", &[]), (0, 0));
    }

    #[test]
    fn numbers_and_sums_are_compared_by_what_they_mean() {
        let fields = [("phone", "8 (900) 123-45-67"), ("result", ""), ("version", "1")];
        assert_eq!(outcome(&fields, "А", &[]), (0, 0));
    }
}
