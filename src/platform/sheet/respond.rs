//! The answers that carry a table: streamed, named, never kept by caches.

use std::fs::File;
use std::io::Read;

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, HeaderName};
use actix_web::web::Bytes;
use futures_util::{Stream, stream};
use tokio::task::spawn_blocking;
use tracing::Span;

use super::{Batches, Row, csv, xlsx};
use crate::platform::content_disposition::disposition;
use crate::platform::db::Database;
use crate::platform::error::AppError;

const CSV_TYPE: &str = "text/csv; charset=utf-8";
const XLSX_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// How much of a finished file is read at a time.
const CHUNK: usize = 64 * 1024;

/// What a table leaves as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For any program.
    Csv,
    /// For people.
    Xlsx,
}

impl Format {
    /// The one an address asks for: `csv`, `xlsx`.
    ///
    /// # Errors
    /// When it asks for another one.
    pub fn parse(text: &str) -> Result<Self, AppError> {
        match text {
            "csv" => Ok(Self::Csv),
            "xlsx" => Ok(Self::Xlsx),
            _ => Err(AppError::BadRequest("Выберите CSV или Excel.".to_owned())),
        }
    }

    /// The ending of the file.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// Answers the file `name` with a row of titles and the rows of `batches`.
///
/// # Errors
/// What fails before anything was sent.
pub async fn respond(
    format: Format,
    db: &Database,
    name: &str,
    header: &[&str],
    batches: Batches,
) -> Result<HttpResponse, AppError> {
    match format {
        Format::Csv => respond_csv(db, name, header, batches).await,
        Format::Xlsx => respond_xlsx(db, name, header, batches).await,
    }
}

/// Answers `name`.csv with a line of titles and the rows of `batches`, each batch read while the one before is on
/// its way. What fails before the first row is an ordinary error; what fails later breaks the download off, so
/// that half a table is never taken for the whole.
async fn respond_csv(
    db: &Database,
    name: &str,
    header: &[&str],
    batches: Batches,
) -> Result<HttpResponse, AppError> {
    let titles: Vec<String> = header.iter().map(|title| (*title).to_owned()).collect();
    let (rows, batches) = next(db, batches).await?;
    let batches = (!rows.is_empty()).then_some(batches);
    let mut bytes = csv::MARK.to_vec();
    bytes.extend(csv::header(&titles)?);
    bytes.extend(csv::lines(rows)?);
    let first = Bytes::from(bytes);
    let body = further_lines(db.clone(), first, batches);
    Ok(HttpResponse::Ok()
        .content_type(CSV_TYPE)
        .insert_header(attachment(name, Format::Csv.ending()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(body))
}

/// The next rows, and where the ones after them come from.
async fn next(db: &Database, batches: Batches) -> Result<(Vec<Row>, Batches), AppError> {
    let mut kept = Some(batches);
    db.read_reports(move |db| {
        let rows = kept.as_mut().expect("it is given away only with rows")(db)?;
        Ok((rows, kept.take().expect("it has just given rows")))
    })
    .await
}

fn further_lines(
    db: Database,
    first: Bytes,
    batches: Option<Batches>,
) -> impl Stream<Item = Result<Bytes, AppError>> {
    stream::unfold((Some(first), batches), move |(first, batches)| {
        let db = db.clone();
        async move {
            if let Some(bytes) = first {
                return Some((Ok(bytes), (None, batches)));
            }
            let read = next(&db, batches?).await;
            match read.and_then(|(rows, batches)| Ok((csv::lines(rows)?, batches))) {
                Ok((bytes, _)) if bytes.is_empty() => None,
                Ok((bytes, batches)) => Some((Ok(Bytes::from(bytes)), (None, Some(batches)))),
                Err(error) => {
                    tracing::error!(%error, "an export broke off");
                    Some((Err(error), (None, None)))
                }
            }
        }
    })
}

/// Answers `name`.xlsx with a row of titles and the rows of `batches`: built in a temporary file, then sent with
/// its length. Whatever fails is an ordinary error, since nothing was sent yet.
async fn respond_xlsx(
    db: &Database,
    name: &str,
    header: &[&str],
    mut batches: Batches,
) -> Result<HttpResponse, AppError> {
    let titles: Vec<String> = header.iter().map(|title| (*title).to_owned()).collect();
    let (db, span) = (db.clone(), Span::current());
    let built = spawn_blocking(move || {
        // A connection per batch: a long table must not keep one from everybody else while it is written.
        span.in_scope(|| xlsx::build(&titles, &mut || db.read_reports_now(|db| batches(db))))
    });
    let (file, length) = built.await.unwrap_or_else(|e| Err(AppError::internal("build a workbook", e)))?;
    Ok(HttpResponse::Ok()
        .content_type(XLSX_TYPE)
        .insert_header(attachment(name, Format::Xlsx.ending()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(SizedStream::new(length, chunks(file))))
}

/// What a file holds from here on, piece by piece.
pub fn chunks(file: File) -> impl Stream<Item = Result<Bytes, AppError>> {
    stream::unfold(Some(file), |file| async {
        let mut file = file?;
        let read = spawn_blocking(move || {
            let mut chunk = vec![0; CHUNK];
            let length = file.read(&mut chunk)?;
            chunk.truncate(length);
            Ok((Bytes::from(chunk), file))
        });
        match read.await.unwrap_or_else(|e| Err(std::io::Error::other(e))) {
            Ok((chunk, _)) if chunk.is_empty() => None,
            Ok((chunk, file)) => Some((Ok(chunk), Some(file))),
            Err(error) => Some((Err(AppError::internal("read a workbook", error)), None)),
        }
    })
}

/// `Content-Disposition` with the Russian name; what a path is made of becomes a dash.
fn attachment(name: &str, extension: &str) -> (HeaderName, String) {
    let no_path = |c: char| if c.is_control() || r#"/\:*?"<>|"#.contains(c) { '-' } else { c };
    let name: String = name.chars().map(no_path).collect();
    (CONTENT_DISPOSITION, disposition(true, &format!("{name}.{extension}")))
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;
    use crate::platform::sheet::Cell;

    fn database(folder: &tempfile::TempDir) -> Database {
        Database::open(&format!("sqlite://{}", folder.path().join("x.db").display()), 1).expect("a database")
    }

    fn counting(batches: Vec<Result<Vec<Row>, AppError>>) -> Batches {
        let mut batches = batches.into_iter();
        Box::new(move |_| batches.next().unwrap_or_else(|| Ok(Vec::new())))
    }

    fn row(n: i64) -> Row {
        vec![Cell::Integer(n), Cell::Text("а;б".into())]
    }

    #[actix_web::test]
    async fn csv_streams_every_batch_once_behind_one_header() {
        let folder = tempfile::tempdir().expect("a folder");
        let batches = counting(vec![Ok(vec![row(1), row(2)]), Ok(vec![row(3)])]);
        let answer = respond_csv(&database(&folder), "Заказы 23/11", &["№", "Имя"], batches).await;
        let answer = answer.expect("an answer");
        let name = answer.headers().get(CONTENT_DISPOSITION).expect("a name").to_str().expect("ascii");
        assert_eq!(
            name,
            "attachment; filename=\"______ 23-11.csv\"; \
             filename*=UTF-8''%D0%97%D0%B0%D0%BA%D0%B0%D0%B7%D1%8B%2023-11.csv"
        );
        let body = to_bytes(answer.into_body()).await.expect("a body");
        let text = std::str::from_utf8(&body).expect("UTF-8");
        assert_eq!(text, "\u{feff}№;Имя\r\n1;\"а;б\"\r\n2;\"а;б\"\r\n3;\"а;б\"\r\n");
    }

    #[actix_web::test]
    async fn a_table_that_fails_is_an_error_before_the_first_row_and_breaks_off_after_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let broken = || Err(AppError::internal("read rows", "broken"));
        let at_once = respond_csv(&database(&folder), "x", &["№"], counting(vec![broken()])).await;
        assert!(at_once.is_err());
        let later = counting(vec![Ok(vec![row(1)]), broken()]);
        let later = respond_csv(&database(&folder), "x", &["№"], later).await.expect("an answer");
        assert!(to_bytes(later.into_body()).await.is_err());
    }

    #[actix_web::test]
    async fn a_workbook_is_sent_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let rows = (0..50_000).map(row).collect();
        let answer = respond_xlsx(&database(&folder), "x", &["№", "Имя"], counting(vec![Ok(rows)])).await;
        let body = to_bytes(answer.expect("an answer").into_body()).await.expect("a body");
        assert!(body.starts_with(b"PK") && body.len() > CHUNK, "{} bytes", body.len());
        let mut book: calamine::Xlsx<_> =
            calamine::open_workbook_from_rs(std::io::Cursor::new(body)).expect("a readable workbook");
        let sheet = calamine::Reader::worksheet_range_at(&mut book, 0).expect("a sheet").expect("cells");
        assert_eq!(sheet.height(), 50_001);
    }
}
