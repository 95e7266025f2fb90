//! Deleting an order. It is gone with its history, so both go into the journal first; documents cannot go there,
//! so an order that has some is not deleted.

use super::{Field, fields};
use crate::domain::id::OrderId;
use crate::domain::russian;
use crate::orders::edit::fields::Target;
use crate::orders::queries::history::{self, HistoryRow};
use crate::orders::queries::one;
use crate::orders::queries::write::By;
use crate::orders::queries::{drafts, edit};
use crate::platform::audit::{self, Entry};
use crate::platform::db::Tx;
use crate::platform::error::{AppError, Refusable};

/// Deletes the order `id`, or says why it stays.
///
/// # Errors
/// [`AppError::NotFound`] of an order there is not.
pub fn delete(tx: &mut Tx, id: OrderId, by: By) -> Refusable<(), String> {
    let order = one::order(tx.db, id)?.ok_or(AppError::NotFound)?;
    let documents = edit::documents(tx.db, id)?;
    if documents > 0 {
        let number = u64::try_from(documents).unwrap_or_default();
        let noun = russian::plural(number, ["документ", "документа", "документов"]);
        return Ok(Err(format!(
            "Заказ не удалён: в нём {documents} {noun}, они пропали бы вместе с ним. Удалите сначала их или закройте заказ как «Незаказ»."
        )));
    }
    if let Some(warranty) = edit::warranty_of(tx.db, id)? {
        return Ok(Err(format!("Заказ не удалён: по нему есть гарантийный заказ № {warranty}.")));
    }
    let values = Target::of(&order);
    let mut lines: Vec<String> = Field::ALL
        .iter()
        .map(|field| (field, fields::shown(*field, &values.text(*field))))
        .filter(|(_, text)| !text.is_empty())
        .map(|(field, text)| format!("{}: {text}", field.label()))
        .collect();
    lines.push(format!("Создан: {} UTC, {}", order.create_date.format("%Y-%m-%d %H:%M"), order.operator));
    lines.extend(history::since(tx.db, id, None)?.iter().map(line));
    let (subject, detail) = (format!("заказ № {id}"), lines.join("\n"));
    let entry = Entry { by: by.account_id, action: "order.delete", subject: &subject, detail: &detail };
    audit::record(tx, &entry, by.at)?;
    drafts::drop(tx.db, by.account_id, &crate::orders::draft::key_of_order(id))?;
    if !edit::delete(tx, id)? {
        return Err(AppError::NotFound);
    }
    Ok(Ok(()))
}

fn line(row: &HistoryRow) -> String {
    let field = row.told.field().map_or_else(|| row.told.as_str(), Field::label);
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
    let at = row.at.format("%Y-%m-%d %H:%M");
    format!("{at} UTC, {}, {field}: {} → {}", row.account, text(&row.old_value), text(&row.new_value))
}
