//! The sections of a sheet, read once and written as a page and as a text.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use crate::calls::words::CallWords;
use crate::chats::queries::{self as chats, links, thread};
use crate::domain::chat::MessageKind;
use crate::domain::id::{CallId, ChatId, ClientId, OrderId, RecordingId};
use crate::domain::now::Now;
use crate::domain::{russian, zone};
use crate::files::DocumentOwner;
use crate::files::queries as files;
use crate::orders::edit::Field;
use crate::orders::edit::fields::Target;
use crate::orders::list::rows::Clocks;
use crate::orders::queries::one::LinkedCall;
use crate::orders::queries::sheet::{self, Recorded};
use crate::orders::queries::{history, one};
use crate::orders::show::controls::in_words;
use crate::orders::show::history::StoryChange;
use crate::orders::values::Lists;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::recordings::view;

/// Messages of a chat at most.
const MESSAGES: i64 = 2000;

/// Everything that is sealed.
pub struct Sheet {
    /// «Лист по заказу № 17».
    pub title: String,
    /// Whose clocks tell the times.
    pub clocks: String,
    /// What is said, in order.
    pub sections: Vec<Section>,
    /// Whose order it is.
    pub client: ClientId,
    /// The recordings of its calls.
    pub recordings: Vec<RecordingId>,
}

/// A part of the sheet.
pub struct Section {
    /// Its heading.
    pub title: String,
    /// Headings of columns; none of names with values.
    pub columns: Vec<&'static str>,
    /// Its lines, each with as many cells as there are columns, or two.
    pub rows: Vec<Vec<String>>,
    /// What is said below, or empty.
    pub note: String,
}

impl Section {
    fn table(title: String, columns: &[&'static str], rows: Vec<Vec<String>>, nothing: &str) -> Self {
        let note = if rows.is_empty() { nothing.to_owned() } else { String::new() };
        Self { title, columns: columns.to_vec(), rows, note }
    }
}

impl Sheet {
    /// The text whose sum is printed: one line for each row, cells parted by ` | `, further lines of a cell moved in.
    pub fn text(&self) -> String {
        let mut lines = vec![self.title.clone(), self.clocks.clone()];
        for section in &self.sections {
            lines.push(String::new());
            lines.push(format!("== {} ==", section.title));
            if !section.columns.is_empty() && !section.rows.is_empty() {
                lines.push(section.columns.join(" | "));
            }
            let between = if section.columns.is_empty() { ": " } else { " | " };
            lines.extend(section.rows.iter().map(|row| row.join(between).replace('\n', "\n    ")));
            if !section.note.is_empty() {
                lines.push(section.note.clone());
            }
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

/// SHA-256 of a text, as `sha256sum` prints it.
pub fn sum(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// «18.11.2026 14:05:10»: a moment that reads the same in a year.
pub fn stamp(utc: NaiveDateTime, zone: Tz) -> String {
    zone::local(utc, zone).format("%d.%m.%Y %H:%M:%S").to_string()
}

fn or_dash(text: &str) -> String {
    if text.trim().is_empty() { "—".to_owned() } else { text.to_owned() }
}

/// Reads the sheet of the order `id`.
///
/// # Errors
/// [`AppError::NotFound`] when there is none.
pub fn gather(db: &mut Db, id: OrderId, now: Now) -> Result<Sheet, AppError> {
    let order = one::order(db, id)?.ok_or(AppError::NotFound)?;
    let lists = Lists::of_change(db)?;
    let clocks = Clocks { now: now.utc, business: now.zone, cities: &lists.cities };
    let city_zone = clocks.city(&order.city);
    let target = Target::of(&order);
    let calls = one::calls_of(db, id)?;
    let ids: Vec<CallId> = calls.iter().map(|linked| linked.call.id).collect();
    let recorded = sheet::recordings(db, &ids)?;
    let mut sections = vec![about(&order, &target, &lists, now.zone), money(&target, &order, &lists)];
    sections.push(called(db, calls, &recorded, now)?);
    for chat in links::chats_of(db, id)? {
        sections.extend(chatted(db, chat, now.zone)?);
    }
    sections.push(documents(db, id, now.zone)?);
    sections.push(changes(db, id, &lists, now.zone)?);
    Ok(Sheet {
        title: format!("Лист по заказу № {id}"),
        clocks: format!(
            "Время событий: часовой пояс {}. Время встречи: часы города {} ({}).",
            now.zone.name(),
            order.city,
            city_zone.name()
        ),
        sections,
        client: order.client_id,
        recordings: recorded.iter().map(|recording| recording.id).collect(),
    })
}

fn about(order: &one::Order, target: &Target, lists: &Lists, zone: Tz) -> Section {
    let mut rows: Vec<Vec<String>> = Field::ALL
        .iter()
        .filter(|field| !matches!(field, Field::Result | Field::Expenditure))
        .map(|field| vec![field.label().to_owned(), in_words(*field, &target.text(*field), lists)])
        .collect();
    rows.push(vec!["Создан".to_owned(), format!("{}, {}", stamp(order.create_date, zone), order.operator)]);
    rows.push(vec![
        "Закрыт".to_owned(),
        order.closing_data.map_or_else(|| "—".to_owned(), |at| stamp(at, zone)),
    ]);
    if let Some(parent) = order.parent_order_id {
        rows.push(vec!["По заказу".to_owned(), format!("№ {parent}")]);
    }
    Section { title: "Заказ".to_owned(), columns: Vec::new(), rows, note: String::new() }
}

fn money(target: &Target, order: &one::Order, lists: &Lists) -> Section {
    let of = |field: Field| vec![field.label().to_owned(), in_words(field, &target.text(field), lists)];
    let clean = order.clean.map_or_else(|| "—".to_owned(), |sum| format!("{} ₽", russian::roubles(sum)));
    let rows =
        vec![of(Field::Result), of(Field::Expenditure), vec!["Чистыми (итог − расход)".to_owned(), clean]];
    Section { title: "Деньги".to_owned(), columns: Vec::new(), rows, note: String::new() }
}

fn called(
    db: &mut Db,
    mut calls: Vec<LinkedCall>,
    recorded: &[Recorded],
    now: Now,
) -> diesel::QueryResult<Section> {
    calls.reverse();
    let ids: Vec<CallId> = calls.iter().map(|linked| linked.call.id).collect();
    let notes = sheet::notes(db, &ids)?;
    let row = |linked: &LinkedCall| {
        let words = CallWords::of(&linked.call, now);
        let (result, note) = notes.get(&words.id).cloned().unwrap_or_default();
        let noted: Vec<String> =
            [result.unwrap_or_default(), note].into_iter().filter(|text| !text.is_empty()).collect();
        let sounds: Vec<String> =
            recorded.iter().filter(|recording| recording.call_id == Some(words.id)).map(sound).collect();
        vec![
            stamp(linked.call.started_at, now.zone),
            format!("№ {}", words.id),
            words.summary,
            words.number,
            words.line_full,
            if words.operator_full.is_empty() { words.operator } else { words.operator_full },
            or_dash(&noted.join(". ")),
            if sounds.is_empty() { "нет".to_owned() } else { sounds.join("\n") },
        ]
    };
    let rows: Vec<Vec<String>> = calls.iter().map(row).collect();
    let columns =
        ["Начало", "Звонок", "Чем кончился", "Кто", "Наша линия", "Оператор", "Итог и заметка", "Запись"];
    Ok(Section::table(
        format!("Звонки ({})", rows.len()),
        &columns,
        rows,
        "К заказу не привязан ни один звонок.",
    ))
}

fn sound(recording: &Recorded) -> String {
    let length = recording.duration_ms.map(|ms| russian::duration((ms + 500) / 1000)).unwrap_or_default();
    let words = view::sentence(recording.state, &recording.error);
    let mut parts = vec![format!("№ {}", recording.id), words];
    parts.extend((!length.is_empty()).then_some(length));
    parts.extend(recording.hash.as_ref().map(|hash| format!("SHA-256 {hash}")));
    parts.join(", ")
}

fn chatted(db: &mut Db, id: ChatId, zone: Tz) -> diesel::QueryResult<Option<Section>> {
    let Some(chat) = chats::chat(db, id)? else { return Ok(None) };
    let messages = thread::before(db, id, None, MESSAGES)?;
    let authors: Vec<_> = messages.iter().filter_map(|message| message.account_id).collect();
    let names = sheet::names(db, &authors)?;
    let is_cut = i64::try_from(messages.len()).is_ok_and(|read| read == MESSAGES);
    let rows: Vec<Vec<String>> = messages
        .iter()
        .map(|message| {
            let who = match (message.is_out, message.account_id.and_then(|id| names.get(&id))) {
                _ if MessageKind::of(&message.kind) == MessageKind::System => "Авито".to_owned(),
                (false, _) => "Клиент".to_owned(),
                (true, Some(name)) => name.clone(),
                (true, None) if message.is_auto => "АвтоОтвет".to_owned(),
                (true, None) => "Мы (из Авито)".to_owned(),
            };
            let mut text = message.text.clone();
            if let Some(hash) = &message.picture_hash {
                text = format!("{text} (SHA-256 {hash})");
            }
            if let Some(at) = message.deleted_at {
                text = format!("{text}\n(удалено {})", stamp(at, zone));
            }
            vec![stamp(message.sent_at, zone), who, or_dash(&text)]
        })
        .collect();
    let mut section = Section::table(
        format!("Чат № {id} с «{}» ({})", chat.called(), rows.len()),
        &["Когда", "Кто", "Сообщение"],
        rows,
        "В чате нет сообщений.",
    );
    if is_cut {
        section.note =
            format!("Показаны последние {MESSAGES} сообщений, более ранние есть в центре сообщений.");
    }
    Ok(Some(section))
}

fn documents(db: &mut Db, id: OrderId, zone: Tz) -> diesel::QueryResult<Section> {
    let mut rows = Vec::new();
    for (words, owner) in
        [("БСО", DocumentOwner::Bso(id)), ("Документ расходов", DocumentOwner::Expenditure(id))]
    {
        for file in files::list(db, owner)? {
            rows.push(vec![
                stamp(file.created_at, zone),
                words.to_owned(),
                file.original_name,
                file.author,
                file.hash,
            ]);
        }
    }
    let columns = ["Добавлен", "Что это", "Файл", "Кто добавил", "SHA-256"];
    Ok(Section::table(format!("Документы ({})", rows.len()), &columns, rows, "Документов нет."))
}

fn changes(db: &mut Db, id: OrderId, lists: &Lists, zone: Tz) -> diesel::QueryResult<Section> {
    let rows: Vec<Vec<String>> = history::since(db, id, None)?
        .iter()
        .map(|row| {
            let change = StoryChange::new(row, lists);
            vec![
                stamp(row.at, zone),
                row.account.clone(),
                change.what,
                or_dash(&change.old),
                or_dash(&change.new),
            ]
        })
        .collect();
    let columns = ["Когда", "Кто", "Что", "Было", "Стало"];
    Ok(Section::table(format!("История изменений ({})", rows.len()), &columns, rows, "Изменений нет."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_sheet_holds_every_cell_and_its_sum_is_that_of_sha256sum() {
        let sheet = Sheet {
            title: "Лист".into(),
            clocks: "Часы".into(),
            sections: vec![
                Section {
                    title: "Заказ".into(),
                    columns: Vec::new(),
                    rows: vec![vec!["Проблема".into(), "течёт\nсильно".into()]],
                    note: String::new(),
                },
                Section::table("Документы (0)".into(), &["Файл"], Vec::new(), "Документов нет."),
            ],
            client: ClientId(1),
            recordings: Vec::new(),
        };
        let text = sheet.text();
        assert_eq!(
            text,
            "Лист\nЧасы\n\n== Заказ ==\nПроблема: течёт\n    сильно\n\n== Документы (0) ==\nДокументов нет.\n"
        );
        assert_eq!(sum(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
