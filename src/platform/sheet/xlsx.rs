//! XLSX, written row by row into a temporary file.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::{Cell, Row, Source};
use crate::domain::phone::Phone;
use crate::platform::error::AppError;

/// Rows of a sheet by the format, header included; further rows go to a further sheet.
const SHEET_ROWS: u32 = 1_048_576;
/// Characters of a cell by the format.
const CELL_CHARS: usize = 32_767;
/// Widest column, in characters.
const MAX_WIDTH: usize = 60;

/// A file without a name that holds the workbook, and its length; it is gone when it is closed.
pub(super) fn build(header: &[String], next: Source<'_>) -> Result<(File, u64), AppError> {
    build_in_sheets_of(SHEET_ROWS, header, next)
}

fn build_in_sheets_of(sheet_rows: u32, header: &[String], next: Source<'_>) -> Result<(File, u64), AppError> {
    let mut workbook = Workbook::new();
    let formats = Formats::new();
    let mut rows = next()?;
    let widths = widths(header, &rows);
    let mut sheet = begin(&mut workbook, header, &widths, &formats)?;
    let mut line = 1;
    while !rows.is_empty() {
        for row in rows {
            if line == sheet_rows {
                sheet = begin(&mut workbook, header, &widths, &formats)?;
                line = 1;
            }
            write(sheet, line, row, &formats).map_err(failed)?;
            line += 1;
        }
        rows = next()?;
    }
    let mut file = tempfile::tempfile().map_err(|e| AppError::internal("make a temporary file", e))?;
    workbook.save_to_writer(&mut file).map_err(failed)?;
    let length = file.seek(SeekFrom::End(0)).map_err(|e| AppError::internal("measure a workbook", e))?;
    file.rewind().map_err(|e| AppError::internal("rewind a workbook", e))?;
    Ok((file, length))
}

fn failed(error: XlsxError) -> AppError {
    AppError::internal("write a workbook", error)
}

struct Formats {
    head: Format,
    money: Format,
    moment: Format,
    day: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            head: Format::new().set_bold().set_align(FormatAlign::Left),
            money: Format::new().set_num_format("#,##0.00"),
            moment: Format::new().set_num_format("dd.mm.yyyy hh:mm"),
            day: Format::new().set_num_format("dd.mm.yyyy"),
        }
    }
}

fn begin<'a>(
    workbook: &'a mut Workbook,
    header: &[String],
    widths: &[usize],
    formats: &Formats,
) -> Result<&'a mut Worksheet, AppError> {
    // Constant memory: a row that is written is gone to disk, so rows only ever go downwards.
    let sheet = workbook.add_worksheet_with_constant_memory().map_err(failed)?;
    for (column, width) in (0..).zip(widths) {
        sheet.set_column_width(column, *width as f64).map_err(failed)?;
    }
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    for (column, title) in (0..).zip(header) {
        sheet.write_string_with_format(0, column, title, &formats.head).map_err(failed)?;
    }
    Ok(sheet)
}

/// Wide enough for the header and the first batch: later rows are not known yet when the sheet begins.
fn widths(header: &[String], rows: &[Row]) -> Vec<usize> {
    let mut widths: Vec<usize> = header.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(match cell {
                Cell::Empty => 0,
                Cell::Text(text) => text.chars().count(),
                Cell::Integer(number) => number.to_string().len(),
                Cell::Money(_) | Cell::Day(_) => 12,
                Cell::Moment(_) | Cell::Phone(_) => 16,
            });
        }
    }
    widths.into_iter().map(|width| (width + 2).min(MAX_WIDTH)).collect()
}

fn write(sheet: &mut Worksheet, line: u32, row: Row, formats: &Formats) -> Result<(), XlsxError> {
    for (column, cell) in (0..).zip(row) {
        match cell {
            Cell::Empty => continue,
            // A string of a workbook is never run as a formula, so it needs no apostrophe.
            Cell::Text(text) => sheet.write_string(line, column, clipped(&text))?,
            Cell::Integer(number) if number.unsigned_abs() < 1 << 53 => {
                sheet.write_number(line, column, number as f64)?
            }
            Cell::Integer(number) => sheet.write_string(line, column, number.to_string())?,
            Cell::Money(kopecks) => {
                sheet.write_number_with_format(line, column, kopecks as f64 / 100.0, &formats.money)?
            }
            Cell::Moment(local) => sheet.write_datetime_with_format(line, column, local, &formats.moment)?,
            Cell::Day(day) => sheet.write_datetime_with_format(line, column, day, &formats.day)?,
            Cell::Phone(digits) => {
                let pretty = Phone::stored(&digits).map_or(digits, |phone| phone.pretty());
                sheet.write_string(line, column, pretty)?
            }
        };
    }
    Ok(())
}

fn clipped(text: &str) -> &str {
    text.char_indices().nth(CELL_CHARS).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use calamine::{Data, DataType, Reader, Xlsx};
    use chrono::{NaiveDate, NaiveDateTime};

    use super::*;

    fn workbook(sheet_rows: u32, batches: Vec<Vec<Row>>) -> Xlsx<File> {
        let mut batches = batches.into_iter();
        let header = ["Клиент".to_owned(), "Итог".to_owned()];
        let (file, length) =
            build_in_sheets_of(sheet_rows, &header, &mut || Ok(batches.next().unwrap_or_default()))
                .expect("a workbook");
        assert_eq!(file.metadata().expect("metadata").len(), length);
        calamine::open_workbook_from_rs(file).expect("a readable workbook")
    }

    fn cells(book: &mut Xlsx<File>, sheet: usize) -> Vec<Vec<Data>> {
        let range = book.worksheet_range_at(sheet).expect("a sheet").expect("its cells");
        range.rows().map(<[Data]>::to_vec).collect()
    }

    #[test]
    fn every_kind_reads_back_with_its_type() {
        let moment: NaiveDateTime = "2026-11-23T14:05:00".parse().expect("a moment");
        let day: NaiveDate = "2026-11-24".parse().expect("a day");
        let rows = [
            (Cell::Text("=1+1".into()), Cell::Money(1_240_050)),
            (Cell::Phone("79001234567".into()), Cell::Integer(-7)),
            (Cell::Moment(moment), Cell::Day(day)),
            (Cell::Empty, Cell::Integer(i64::MAX)),
        ];
        let rows = rows.map(|(a, b)| vec![a, b]).to_vec();
        let read = cells(&mut workbook(SHEET_ROWS, vec![rows]), 0);
        assert_eq!(read[0], [Data::String("Клиент".into()), Data::String("Итог".into())]);
        assert_eq!(read[1], [Data::String("=1+1".into()), Data::Float(12400.5)]);
        assert_eq!(read[2], [Data::String("+7 900 123-45-67".into()), Data::Float(-7.0)]);
        assert_eq!((read[3][0].as_datetime(), read[3][1].as_date()), (Some(moment), Some(day)));
        assert_eq!(read[4], [Data::Empty, Data::String(i64::MAX.to_string())]);
    }

    #[test]
    fn batches_follow_each_other_and_a_full_sheet_is_followed_by_another() {
        let batch = |from: i64| (from..from + 3).map(|n| vec![Cell::Integer(n)]).collect::<Vec<Row>>();
        let mut book = workbook(5, vec![batch(1), batch(4)]);
        let numbers = |rows: Vec<Vec<Data>>| -> Vec<i64> {
            rows.iter().skip(1).filter_map(|row| row[0].as_i64()).collect()
        };
        assert_eq!(numbers(cells(&mut book, 0)), [1, 2, 3, 4]);
        assert_eq!(numbers(cells(&mut book, 1)), [5, 6]);
    }

    #[test]
    fn an_empty_table_is_a_header() {
        assert_eq!(cells(&mut workbook(SHEET_ROWS, vec![]), 0).len(), 1);
    }

    #[test]
    fn a_text_longer_than_a_cell_is_cut_between_letters() {
        let long = "ё".repeat(CELL_CHARS + 5);
        assert_eq!(clipped(&long).chars().count(), CELL_CHARS);
        assert_eq!(clipped("ёж"), "ёж");
    }
}
