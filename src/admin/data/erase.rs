//! Removing what is known of a client: what goes and what stays is said before, and why is asked for.

use super::queries;
use crate::clients::queries::card::{self, By};
use crate::clients::queries::personal;
use crate::domain::id::ClientId;
use crate::domain::russian;
use crate::platform::audit::{self, Entry};
use crate::platform::db::Tx;
use crate::platform::error::AppError;
use crate::platform::live::Event;

/// What goes, in words.
pub const GOES: [&str; 6] = [
    "имя, предупреждение, все номера телефона",
    "в заказах: имя, телефон, адрес, проблема, комментарий и их прежние значения в истории",
    "записи разговоров, заметки к звонкам, номера в звонках и присланные события телефонии",
    "переписка: тексты, картинки, заметки, имя в чате (у самого Авито она остаётся)",
    "обещания перезвонить, долги, черновики и уведомления с этими номерами",
    "письма почтового ящика с этими номерами",
];

/// What stays, in words, and why.
pub const STAYS: [&str; 5] = [
    "заказы без данных клиента: даты, город, техника, статус, мастер, деньги — учёт и зарплата",
    "звонки без номера: когда, сколько длились, кто говорил — статистика",
    "БСО и чеки: первичные документы хранят пять лет (402-ФЗ). Их можно удалить вместе с данными, отметив это ниже",
    "согласия и их отзыв, журнал действий — доказательства законной обработки",
    "резервные копии: данные уйдут из них, когда копии устареют по своему сроку",
];

/// Removes the data of a client for good.
///
/// # Errors
/// `NotFound`, or `Conflict` of a client who was joined with another one or is gone already.
pub fn erase(
    tx: &mut Tx,
    client: ClientId,
    reason: &str,
    with_documents: bool,
    by: By,
) -> Result<(), AppError> {
    card::lock(tx.db)?;
    card::living(tx.db, client)?;
    if personal::erasure(tx.db, client)?.is_some() {
        return Err(AppError::Conflict("Данные этого клиента уже удалены.".to_owned()));
    }
    let open = queries::open_orders(tx.db, client)?;
    if open > 0 {
        let n = u64::try_from(open).unwrap_or_default();
        let noun = russian::plural(n, ["открытый заказ", "открытых заказа", "открытых заказов"]);
        return Err(AppError::Conflict(format!(
            "У клиента {open} {noun}: мастер приедет по адресу, которого не станет. Сначала закройте их."
        )));
    }
    let gone = queries::erase(tx, client, with_documents, by.account_id, by.at)?;
    personal::note_erasure(tx, client, reason, by.account_id, by.at)?;
    let subject = format!("Клиент № {client}");
    let detail = format!(
        "причина: {}; заказов {}, звонков {}, чатов {}{}",
        reason.replace(';', ","),
        gone.orders.len(),
        gone.calls.len(),
        gone.chats.len(),
        if with_documents { ", вместе с документами" } else { "" }
    );
    let entry = Entry { by: by.account_id, action: "client.erase", subject: &subject, detail: &detail };
    audit::record(tx, &entry, by.at)?;
    tx.announce(Event::Client(client));
    for order in gone.orders {
        tx.announce(Event::Order(order));
    }
    for call in gone.calls {
        tx.announce(Event::Call(call));
    }
    for chat in gone.chats {
        tx.announce(Event::Chat(chat));
    }
    Ok(())
}
