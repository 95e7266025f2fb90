//! Documents and recordings: what rows of the former system name, from the folder they were copied to.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use actix_web::web::Bytes;
use chrono::NaiveDateTime;
use futures_util::{Stream, StreamExt, stream};

use super::former::{Call, Master, Operator, Order};
use super::queries::former::Row;
use super::queries::ours::{self, Kind, NewTaken};
use super::report::Notes;
use super::{Desk, PAGE, reading};
use crate::domain::id::{AccountId, CallId, MasterId, OrderId};
use crate::domain::recording::RecordingSource;
use crate::files::{self, DocumentOwner, FileError};
use crate::recordings::queries::NewRecording;
use crate::recordings::store::{Keep, Kept, keep};

const PAPERS: &str = "Документы";
const RECORDINGS: &str = "Записи";
const NAMED_BY_ORDERS: [&str; 3] = ["bso_doc", "expenditure_doc", "cash_receipt_doc"];
/// Read at once.
const PIECE: usize = 256 * 1024;

/// Something a row names.
struct Paper {
    kind: Kind,
    /// Its key among what was taken: row, column and name.
    key: String,
    named: String,
    belongs: Belongs,
}

/// To whom it belongs here.
enum Belongs {
    Document(DocumentOwner, Option<AccountId>),
    Call { id: CallId, number: Option<String>, at: Option<NaiveDateTime> },
}

/// Takes the papers that rows name, of those rows that are here.
pub(super) async fn take(desk: &mut Desk, folder: Option<&Path>) -> Result<(), String> {
    if let Some(folder) = folder
        && !folder.is_dir()
    {
        return Err(format!("--files: {} is not a folder", folder.display()));
    }
    let somebody = desk.step(|tx, _| ours::somebody(tx.db))?;
    let mut papers = Vec::new();
    let people = desk.operators.clone();
    each(desk, "callcentre_operator", |key, row: &Operator, _| {
        let Some(id) = people.get(&key).copied() else { return };
        let named = [("passport", &row.passport), ("contract", &row.contract)];
        for (column, name) in
            named.into_iter().flat_map(|(column, names)| names.0.iter().map(move |n| (column, n)))
        {
            let belongs = Belongs::Document(DocumentOwner::Employee(id), somebody.or(Some(id)));
            papers.push(document(format!("operator:{key}:{column}:{name}"), name, belongs));
        }
    })?;
    let masters = desk.masters.clone();
    each(desk, "master", |key, row: &Master, _| {
        let Some(id): Option<MasterId> = masters.get(&key).copied() else { return };
        let named = [("passport", &row.passport_doc), ("contract", &row.contract_doc)];
        for (column, name) in
            named.into_iter().flat_map(|(column, names)| names.0.iter().map(move |n| (column, n)))
        {
            let belongs = Belongs::Document(DocumentOwner::Master(id), somebody);
            papers.push(document(format!("master:{key}:{column}:{name}"), name, belongs));
        }
    })?;
    carry(desk, folder, papers).await?;
    of_orders(desk, folder).await?;
    of_calls(desk, folder).await
}

fn document(key: String, name: &str, belongs: Belongs) -> Paper {
    Paper { kind: Kind::Paper, key, named: name.to_owned(), belongs }
}

/// Every readable row of a small table.
fn each<T: serde::de::DeserializeOwned>(
    desk: &mut Desk,
    table: &str,
    mut visit: impl FnMut(i64, &T, &mut Notes),
) -> Result<(), String> {
    let (mut after, mut notes) = (0, Notes::default());
    loop {
        let rows: Vec<Row<T>> = desk.former.page(table, after, PAGE).map_err(|e| e.to_string())?;
        let Some(last) = rows.last() else { break };
        after = last.key;
        for row in &rows {
            if let Ok(said) = &row.said {
                visit(row.key, said, &mut notes);
            }
        }
    }
    desk.report.add(notes);
    Ok(())
}

async fn of_orders(desk: &mut Desk, folder: Option<&Path>) -> Result<(), String> {
    let mut after = 0;
    loop {
        let rows: Vec<Row<Order>> =
            desk.former.page_with("orders", &NAMED_BY_ORDERS, after, PAGE).map_err(|e| e.to_string())?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.key;
        let keys: Vec<String> = rows.iter().map(|row| row.key.to_string()).collect();
        let here = desk.step(|tx, _| ours::taken(tx.db, Kind::Order, keys.clone()))?;
        let (mut papers, mut notes) = (Vec::new(), Notes::default());
        for row in &rows {
            let Ok(order) = &row.said else { continue };
            let id = match here.get(&row.key.to_string()) {
                Some(taken) => OrderId(taken.ours),
                None if desk.is_dry => OrderId(row.key),
                None => continue,
            };
            let by =
                order.operator_name_id.whole().and_then(|operator| desk.operators.get(&operator)).copied();
            let named = [
                ("bso", &order.bso_doc, DocumentOwner::Bso(id)),
                ("expenditure", &order.expenditure_doc, DocumentOwner::Expenditure(id)),
            ];
            for (column, names, place) in named {
                for name in &names.0 {
                    let key = format!("order:{}:{column}:{name}", row.key);
                    papers.push(document(key, name, Belongs::Document(place, by)));
                }
            }
            for name in &order.cash_receipt_doc.0 {
                notes.left(PAPERS, format!("order:{}", row.key), "чеку сдачи в кассу здесь нет места", name);
            }
        }
        desk.report.add(notes);
        carry(desk, folder, papers).await?;
    }
}

async fn of_calls(desk: &mut Desk, folder: Option<&Path>) -> Result<(), String> {
    let mut after = 0;
    loop {
        let rows: Vec<Row<Call>> =
            desk.former.page_with("calls", &["recording_path"], after, PAGE).map_err(|e| e.to_string())?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.key;
        let keys: Vec<String> = rows
            .iter()
            .filter(|row| row.said.as_ref().is_ok_and(|call| !call.recording_path.is_empty()))
            .map(|row| row.key.to_string())
            .collect();
        if keys.is_empty() {
            continue;
        }
        let here = desk.step(|tx, _| ours::taken(tx.db, Kind::Call, keys.clone()))?;
        let mut papers = Vec::new();
        for row in &rows {
            let Ok(call) = &row.said else { continue };
            let id = match here.get(&row.key.to_string()) {
                Some(taken) => CallId(taken.ours),
                None if desk.is_dry => CallId(row.key),
                None => continue,
            };
            if call.recording_path.is_empty() {
                continue;
            }
            papers.push(Paper {
                kind: Kind::Recording,
                key: format!("{}:{}", row.key, call.recording_path.0),
                named: call.recording_path.0.clone(),
                belongs: Belongs::Call {
                    id,
                    number: reading::phone(&call.phone_client),
                    at: call.date_create.0.map(reading::called_at),
                },
            });
        }
        carry(desk, folder, papers).await?;
    }
}

/// Takes those papers that were not taken before.
async fn carry(desk: &mut Desk, folder: Option<&Path>, papers: Vec<Paper>) -> Result<(), String> {
    for some in papers.chunks(PAGE) {
        let keys = |kind: Kind| {
            some.iter().filter(|paper| paper.kind == kind).map(|paper| paper.key.clone()).collect::<Vec<_>>()
        };
        let (documents, recordings) = (keys(Kind::Paper), keys(Kind::Recording));
        let there = desk.step(|tx, _| {
            let mut there = ours::taken(tx.db, Kind::Paper, documents.clone())?;
            there.extend(ours::taken(tx.db, Kind::Recording, recordings.clone())?);
            Ok(there)
        })?;
        for paper in some {
            let mut notes = Notes::default();
            if there.contains_key(&paper.key) {
                notes.there(paper.table());
            } else {
                one(desk, folder, paper, &mut notes).await?;
            }
            desk.report.add(notes);
        }
    }
    Ok(())
}

impl Paper {
    fn table(&self) -> &'static str {
        match self.belongs {
            Belongs::Document(..) => PAPERS,
            Belongs::Call { .. } => RECORDINGS,
        }
    }

    fn largest(&self) -> u64 {
        match self.belongs {
            Belongs::Document(..) => files::MAX_BYTES,
            Belongs::Call { .. } => crate::recordings::MAX_BYTES,
        }
    }
}

/// Takes one, or notes why not.
///
/// # Errors
/// What stops everything: the storage or the database does not take more.
async fn one(desk: &mut Desk, folder: Option<&Path>, paper: &Paper, notes: &mut Notes) -> Result<(), String> {
    let table = paper.table();
    let Some(folder) = folder else {
        notes.left(table, &paper.key, "файлы не переданы (--files ПАПКА)", "");
        return Ok(());
    };
    let Some(path) = reading::below(folder, &paper.named) else {
        notes.left(table, &paper.key, "файла нет в папке", "");
        return Ok(());
    };
    match std::fs::metadata(&path) {
        Ok(data) if data.len() > paper.largest() => {
            notes.left(table, &paper.key, "файл слишком большой", format!("{} байт", data.len()));
            return Ok(());
        }
        Err(error) => {
            notes.left(table, &paper.key, "файл не читается", error);
            return Ok(());
        }
        Ok(_) => {}
    }
    if desk.is_dry {
        notes.taken(table);
        return Ok(());
    }
    let Some(ours) = keep_it(desk, paper, &path, notes).await? else { return Ok(()) };
    notes.taken(table);
    let (kind, key, now) = (paper.kind, paper.key.clone(), desk.app.clock.now());
    desk.step(|tx, _| {
        let new =
            NewTaken { kind, former_key: key.clone(), our_key: ours, told: String::new(), taken_at: now };
        ours::remember(tx.db, &[new])
    })
}

async fn keep_it(desk: &Desk, paper: &Paper, path: &Path, notes: &mut Notes) -> Result<Option<i64>, String> {
    let table = paper.table();
    let stop = |words: &str| format!("{}: {words}", path.display());
    match &paper.belongs {
        Belongs::Document(place, by) => {
            let Some(by) = by else {
                notes.left(table, &paper.key, "никого, от чьего имени его взять", "");
                return Ok(None);
            };
            match files::store(&desk.app, *by, *place, &paper.named, pieces(path)).await {
                Ok(id) => Ok(Some(id.0)),
                Err(error @ (FileError::StorageFull | FileError::Internal(_))) => Err(stop(&error.words())),
                Err(error) => {
                    notes.left(table, &paper.key, "файл не принят", error.words());
                    Ok(None)
                }
            }
        }
        Belongs::Call { id, number, at } => {
            let new = NewRecording {
                source: RecordingSource::Manual,
                call_id: Some(*id),
                extension: None,
                client_number: number.clone(),
                recorded_at: *at,
                original_name: paper.named.clone(),
            };
            match keep(&desk.app, Keep::New(new), pieces(path)).await {
                Ok(Kept::New(id) | Kept::Same(id)) => Ok(Some(id.0)),
                Err(error) if error.is_passing() => Err(stop(error.words())),
                Err(error) => {
                    notes.left(table, &paper.key, "файл не принят", error.words());
                    Ok(None)
                }
            }
        }
    }
}

/// A file, piece by piece.
fn pieces(path: &Path) -> impl Stream<Item = Result<Bytes, std::io::Error>> + use<> {
    enum At {
        Before(PathBuf),
        In(File),
        After,
    }
    stream::unfold(At::Before(path.to_owned()), |at| async move {
        let opened = match at {
            At::Before(path) => File::open(path),
            At::In(file) => Ok(file),
            At::After => return None,
        };
        let read = opened.and_then(|mut file| {
            let mut piece = vec![0; PIECE];
            let length = file.read(&mut piece)?;
            piece.truncate(length);
            Ok((piece, file))
        });
        match read {
            Ok((piece, _)) if piece.is_empty() => None,
            Ok((piece, file)) => Some((Ok(Bytes::from(piece)), At::In(file))),
            Err(error) => Some((Err(error), At::After)),
        }
    })
    // Whoever looks at the beginning first asks once more at the end.
    .fuse()
}
