//! A great many chats for measurements: who wrote what and when, without anybody behind it.

mod queries;

use chrono::{NaiveDateTime, TimeDelta};
use diesel::QueryResult;

use crate::domain::chat::Counts;
use crate::domain::id::{AvitoId, ChatId, MessageId};
use crate::domain::search_words::{number_tails, stored_words};
use crate::platform::db::Db;
use queries::{Batch, ChatRow, ChatSearchRow, MessageRow, MessageSearchRow};

pub use queries::TABLES;

/// Messages of the one chat that never ends.
const LONGEST: u32 = 50_000;
/// Rows written together.
const TOGETHER: usize = 20_000;

const NAMES: [&str; 10] = [
    "Надежда",
    "Ильдар",
    "Светлана Юрьевна",
    "Артём",
    "Галина Ивановна",
    "Рустам",
    "Пётр",
    "Ксения",
    "Виктор",
    "Зоя",
];
const ITEMS: [&str; 5] = [
    "Ремонт стиральных машин на дому",
    "Ремонт ноутбуков, выезд",
    "Ремонт холодильников",
    "Мастер на час",
    "Компьютерная помощь",
];
const CITIES: [&str; 6] = ["Саратов", "Казань", "Пенза", "Энгельс", "Самара", "Тольятти"];
const ASKED: [&str; 8] = [
    "Здравствуйте! Стиральная машина не сливает воду, сколько будет стоить?",
    "А завтра можно? Желательно после обеда",
    "Холодильник гудит сильно последние дни",
    "Сколько стоит диагностика ноутбука?",
    "Можно сегодня вечером?",
    "Адрес ул. Рахова, 131, кв. 5",
    "Спасибо, жду мастера",
    "Нет, это дорого",
];
const ANSWERED: [&str; 5] = [
    "Здравствуйте! Диагностика бесплатна при ремонте, мастер назовёт цену до начала работ",
    "Да, есть свободное время, какой адрес?",
    "Уточните, пожалуйста, модель и сколько лет",
    "Записали вас, мастер позвонит за час",
    "Рады помочь, гарантия шесть месяцев",
];

/// Writes `chats` chats with `messages` messages of `accounts`, newest a moment before `now`.
///
/// # Errors
/// Of the database.
pub fn load(db: &mut Db, chats: u32, messages: u32, now: NaiveDateTime) -> QueryResult<()> {
    let accounts = queries::accounts(db)?;
    if chats == 0 || accounts.is_empty() {
        return Ok(());
    }
    let asked: Vec<String> = ASKED.iter().map(|text| stored_words([*text])).collect();
    let answered: Vec<String> = ANSWERED.iter().map(|text| stored_words([*text])).collect();
    // The first chat is very long where there is enough for it.
    let long = if messages / 4 > LONGEST { LONGEST } else { messages / chats.max(1) };
    let each = messages.saturating_sub(long) / chats.saturating_sub(1).max(1);
    let mut batch = Batch::default();
    let mut id = 0_i64;
    for number in 0..chats {
        let many = if number == 0 { long } else { each.max(1) };
        let chat = ChatId(i64::from(number) + 1);
        // Spread over a year; the last hundred still wait.
        let age = TimeDelta::minutes(i64::from(chats - number) * 500_000 / i64::from(chats));
        let newest = now - age;
        let waits = number + 100 >= chats;
        let phone = format!("79{:09}", 270_000_000 + u64::from(number));
        for position in 0..many {
            id += 1;
            let from_end = many - position - 1;
            let is_out = from_end % 2 == u32::from(waits);
            let pick = (number as usize * 7 + position as usize * 3) % 40;
            let (text, words) = match (is_out, pick) {
                (true, _) => {
                    (ANSWERED[pick % ANSWERED.len()].to_owned(), answered[pick % ANSWERED.len()].clone())
                }
                (false, 0) => (
                    format!("Звоните {phone}"),
                    format!("{} {}", stored_words(["Звоните"]), number_tails(&phone)),
                ),
                (false, _) => (ASKED[pick % ASKED.len()].to_owned(), asked[pick % ASKED.len()].clone()),
            };
            let at = newest - TimeDelta::seconds(i64::from(from_end) * 90);
            batch.messages.push(MessageRow {
                id: MessageId(id),
                chat_id: chat,
                message_key: Some(format!("{id:032x}")),
                is_out,
                kind: "text".to_owned(),
                counts: if is_out { Counts::Answer } else { Counts::Client },
                content: serde_json::json!({ "text": text }).to_string(),
                text,
                sent_at: at,
                told_at: at,
                is_read: is_out || from_end > 0 || !waits,
                read_at: is_out.then_some(at),
            });
            batch.message_search.push(MessageSearchRow { message_id: MessageId(id), words });
        }
        let account: AvitoId = accounts[number as usize % accounts.len()];
        let (name, item) = (NAMES[number as usize % NAMES.len()], ITEMS[number as usize % ITEMS.len()]);
        let city = CITIES[number as usize % CITIES.len()];
        batch.chats.push(ChatRow {
            id: chat,
            avito_id: account,
            chat_key: format!("u2i-Fill{number:018}"),
            kind: "u2i".to_owned(),
            client_name: name.to_owned(),
            item_title: item.to_owned(),
            item_price: "от 500 ₽".to_owned(),
            city: city.to_owned(),
            is_detailed: true,
            created_at: newest - TimeDelta::seconds(i64::from(many) * 90),
            list_time: newest,
            last_message_id: Some(MessageId(id)),
            awaits_since: waits.then_some(newest),
            unread_count: i64::from(waits),
        });
        let words = stored_words([name, item, city]);
        batch.chat_search.push(ChatSearchRow { chat_id: chat, words });
        if batch.messages.len() >= TOGETHER {
            std::mem::take(&mut batch).write(db)?;
        }
    }
    batch.write(db)?;
    queries::continue_ids(db)
}
