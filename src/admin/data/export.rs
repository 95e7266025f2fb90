//! What is known of a client, as one archive: a text to be read, the same for programs, recordings and documents.

use std::io::Write;

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Data, Path};
use serde_json::json;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::queries;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::chats::queries::{self as chats, thread};
use crate::clients::canary;
use crate::clients::queries as clients;
use crate::clients::queries::personal;
use crate::domain::id::{ClientId, OrderId};
use crate::domain::now::Now;
use crate::domain::phone::pretty;
use crate::domain::russian;
use crate::files::DocumentOwner;
use crate::files::queries as files;
use crate::orders::sheet;
use crate::platform::audit::{self, Entry};
use crate::platform::content_disposition::disposition;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::sheet::chunks;
use crate::platform::storage::ContentHash;

/// Messages of a chat at most.
const MESSAGES: i64 = 20_000;

/// What goes into the archive: texts by name, and contents of the storage by name.
struct Package {
    texts: Vec<(String, String)>,
    contents: Vec<(String, ContentHash)>,
}

/// The archive.
pub async fn export(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<ClientId>,
) -> Result<HttpResponse, AppError> {
    let (id, by) = (id.into_inner(), admin.id);
    let now = app.now();
    canary::touched(&app, &admin, id, "выгрузил данные").await?;
    let package = app.db.read(move |db| gather(db, id, now)).await?;
    let failed = |error: zip::result::ZipError| AppError::internal("write an archive", error);
    let said = |error: std::io::Error| AppError::internal("write an archive", error);
    let file = tempfile::tempfile().map_err(said)?;
    let mut zip = ZipWriter::new(file);
    let options = SimpleFileOptions::default();
    for (name, text) in &package.texts {
        zip.start_file(name, options.compression_method(zip::CompressionMethod::Deflated)).map_err(failed)?;
        zip.write_all(text.as_bytes()).map_err(said)?;
    }
    for (name, hash) in &package.contents {
        // What the storage has lost is told in the text by its name and missing here.
        let Some(content) = app.storage.get(hash).await? else { continue };
        let bytes = content.into_bytes().await?;
        zip.start_file(name, options.compression_method(zip::CompressionMethod::Stored)).map_err(failed)?;
        zip.write_all(&bytes).map_err(said)?;
    }
    let mut file = zip.finish().map_err(failed)?;
    let length = std::io::Seek::stream_position(&mut file).map_err(said)?;
    std::io::Seek::rewind(&mut file).map_err(said)?;
    let files = package.contents.len();
    app.db
        .write(move |tx| {
            let (subject, detail) = (format!("Клиент № {id}"), format!("файлов {files}"));
            let entry = Entry { by, action: "client.export", subject: &subject, detail: &detail };
            Ok(audit::record(tx, &entry, now.utc)?)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("application/zip")
        .insert_header((CONTENT_DISPOSITION, disposition(true, &format!("Клиент {id}.zip"))))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .body(SizedStream::new(length, chunks(file))))
}

fn gather(db: &mut Db, id: ClientId, now: Now) -> Result<Package, AppError> {
    let client = clients::client(db, id)?.ok_or(AppError::NotFound)?;
    let stamp = |utc| sheet::stamp(utc, now.zone);
    let mut contents = Vec::new();
    let mut lines = vec![
        format!("Данные клиента № {id}"),
        format!("Выгружены {} (часовой пояс {})", stamp(now.utc), now.zone.name()),
        String::new(),
        format!("Имя: {}", if client.name.is_empty() { "—" } else { &client.name }),
        format!("Впервые обратился: {}", stamp(client.created_at)),
        format!("Что отметили сотрудники: {}", if client.warning.is_empty() { "—" } else { &client.warning }),
    ];
    let numbers: Vec<String> =
        clients::numbers(db, &[id])?.into_iter().map(|number| pretty(&number.digits)).collect();
    lines.push(format!("Телефоны: {}", numbers.join(", ")));
    let consents = personal::consents(db, id)?;
    lines.extend([String::new(), format!("== Согласия ({}) ==", consents.len())]);
    lines.extend(consents.iter().map(|consent| {
        format!("{} | {} | {} | {}", stamp(consent.at), consent.state.label(), consent.purpose, consent.how)
    }));
    let calls = queries::calls_of(db, id)?;
    lines.extend([String::new(), format!("== Звонки ({}) ==", calls.len())]);
    for (call, at, direction, status, number, talk) in &calls {
        lines.push(format!(
            "{} | № {call} | {} | {} | {} | разговор {}",
            stamp(*at),
            if direction == "outbound" { "исходящий" } else { "входящий" },
            status.as_deref().unwrap_or("идёт"),
            number.as_deref().map(pretty).unwrap_or_default(),
            russian::duration(*talk)
        ));
    }
    for sound in queries::sounds(db, id)? {
        if let (Some(call), Some(hash), Some(media)) =
            (sound.call, sound.hash.as_deref().and_then(ContentHash::parse), sound.media_type)
        {
            contents.push((format!("Записи/Звонок {call}-{}.{}", contents.len() + 1, media.ending()), hash));
        }
    }
    let mut texts = Vec::new();
    let orders: Vec<OrderId> = queries::orders_of(db, id)?;
    lines.extend([String::new(), format!("== Заказы ({}) ==", orders.len())]);
    for order in &orders {
        let name = format!("Заказы/Заказ {order}.txt");
        lines.push(format!("№ {order}: {name}"));
        texts.push((name, sheet::text(db, *order, now)?));
        for owner in [DocumentOwner::Bso(*order), DocumentOwner::Expenditure(*order)] {
            for file in files::list(db, owner)? {
                if let Some(hash) = ContentHash::parse(&file.hash) {
                    contents
                        .push((format!("Документы/Заказ {order} {}-{}", file.id, file.original_name), hash));
                }
            }
        }
    }
    let mut written = Vec::new();
    for chat in chats::of_client(db, id, 100)? {
        let messages = thread::before(db, chat.id, None, MESSAGES)?;
        lines.extend([String::new(), format!("== Чат № {} ({}) ==", chat.id, messages.len())]);
        for message in messages {
            let who = if message.is_out { "мы" } else { "клиент" };
            lines.push(format!(
                "{} | {who} | {}",
                stamp(message.sent_at),
                message.text.replace('\n', "\n    ")
            ));
            if let Some(hash) = message.picture_hash.as_deref().and_then(ContentHash::parse) {
                contents.push((format!("Картинки/Сообщение {}", message.id), hash));
            }
            written.push(json!({ "chat": chat.id.0, "at": message.sent_at, "from_us": message.is_out, "text": message.text }));
        }
    }
    lines.extend([String::new(), format!("Файлов рядом: {}", contents.len()), String::new()]);
    let machine = json!({
        "client": id.0, "name": client.name, "since": client.created_at, "warning": client.warning,
        "phones": numbers,
        "consents": consents.iter().map(|c| json!({
            "state": c.state.as_str(), "purpose": c.purpose, "how": c.how, "at": c.at,
        })).collect::<Vec<_>>(),
        "calls": calls.iter().map(|(call, at, direction, status, number, talk)| json!({
            "id": call.0, "at": at, "direction": direction, "status": status, "number": number, "talk_seconds": talk,
        })).collect::<Vec<_>>(),
        "orders": orders.iter().map(|order| order.0).collect::<Vec<_>>(),
        "messages": written,
    });
    texts.insert(0, ("Клиент.txt".to_owned(), lines.join("\n")));
    texts.insert(1, ("Клиент.json".to_owned(), machine.to_string()));
    Ok(Package { texts, contents })
}
