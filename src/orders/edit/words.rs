//! Who has changed what, in words.

use super::Field;
use crate::domain::id::AccountId;
use crate::domain::russian;

/// «адрес», «РК»: within a sentence.
pub fn label(field: Field) -> String {
    if field == Field::Rk { field.label().to_owned() } else { field.label().to_lowercase() }
}

/// «изменили: Орлов Б. — адрес, мастер; вы в другом окне — статус»; empty when nobody has.
pub fn others_words(rows: &[crate::orders::queries::history::HistoryRow], by: AccountId) -> String {
    let mut people: Vec<(String, Vec<String>)> = Vec::new();
    for row in rows {
        let who = if row.account_id == by {
            "вы в другом окне".to_owned()
        } else {
            russian::short_name(&row.account)
        };
        let what = row.told.field().map_or_else(|| row.told.as_str().to_owned(), label);
        match people.iter_mut().find(|(name, _)| *name == who) {
            Some((_, fields)) if fields.contains(&what) => {}
            Some((_, fields)) => fields.push(what),
            None => people.push((who, vec![what])),
        }
    }
    let said = people.iter().map(|(who, what)| format!("{who} — {}", what.join(", ")));
    let said: Vec<String> = said.collect();
    if said.is_empty() { String::new() } else { format!("изменили: {}", said.join("; ")) }
}
