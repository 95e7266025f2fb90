//! CSV as a Russian Excel opens it by double click: UTF-8 with a mark, `;` between cells, a comma in numbers.

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::{Cell, Row};
use crate::domain::phone::Phone;
use crate::platform::error::AppError;

/// Tells Excel that the file is UTF-8.
pub(super) const MARK: &[u8] = "\u{feff}".as_bytes();

/// Lines of cells that are plain text, as in a header.
pub(super) fn header(titles: &[String]) -> Result<Vec<u8>, AppError> {
    encode([titles.iter().map(|title| defused(title.clone())).collect()])
}

/// Lines of typed cells.
pub(super) fn lines(rows: Vec<Row>) -> Result<Vec<u8>, AppError> {
    encode(rows.into_iter().map(|row| row.into_iter().map(written).collect()))
}

fn encode(rows: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>, AppError> {
    let mut writer = WriterBuilder::new()
        .delimiter(b';')
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .flexible(true)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(&row).map_err(|e| AppError::internal("write a line of CSV", e))?;
    }
    writer.into_inner().map_err(|e| AppError::internal("write lines of CSV", e.to_string()))
}

fn written(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => defused(text),
        Cell::Integer(number) => number.to_string(),
        Cell::Money(kopecks) => {
            let (whole, rest) = (kopecks.unsigned_abs() / 100, kopecks.unsigned_abs() % 100);
            format!("{}{whole},{rest:02}", if kopecks < 0 { "-" } else { "" })
        }
        Cell::Moment(local) => local.format("%d.%m.%Y %H:%M").to_string(),
        Cell::Day(day) => day.format("%d.%m.%Y").to_string(),
        Cell::Phone(digits) => {
            let pretty = Phone::stored(&digits).map_or(digits, |phone| phone.pretty());
            defused(spaced(pretty.trim_start_matches('+')))
        }
    }
}

/// A number a spreadsheet takes for text, since it has spaces: a row of twelve digits becomes `3,75291E+11` there and
/// loses the last ones. Without its plus, which would begin a formula.
fn spaced(number: &str) -> String {
    /// Digits that a spreadsheet shows as they are.
    const SHOWN: usize = 7;
    if number.len() <= SHOWN || !number.bytes().all(|b| b.is_ascii_digit()) {
        return number.to_owned();
    }
    let groups: Vec<&str> =
        number.as_bytes().chunks(3).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(" ")
}

/// A cell beginning with one of these is run as a formula by spreadsheets (OWASP, "CSV Injection"). What people
/// and clients write must stay text, so it gets an apostrophe in front; a plain number needs none.
fn defused(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_plain_number(&text) {
        format!("'{text}")
    } else {
        text
    }
}

fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, rest) = digits.split_once([',', '.']).unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        let reader = ::csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(bytes);
        let records = reader.into_records().map(|record| record.expect("a record"));
        records.map(|record| record.iter().map(str::to_owned).collect()).collect()
    }

    fn one(cell: Cell) -> String {
        read(&lines(vec![vec![cell, Cell::Integer(1)]]).expect("lines"))[0][0].clone()
    }

    #[test]
    fn every_kind_reads_back_as_a_person_expects_it() {
        let moment = "2026-11-23T14:05:59".parse().expect("a moment");
        let day = "2026-11-23".parse().expect("a day");
        assert_eq!(one(Cell::Money(1_240_050)), "12400,50");
        assert_eq!(one(Cell::Money(-5)), "-0,05");
        assert_eq!(one(Cell::Integer(-7)), "-7");
        assert_eq!(one(Cell::Moment(moment)), "23.11.2026 14:05");
        assert_eq!(one(Cell::Day(day)), "23.11.2026");
        assert_eq!(one(Cell::Phone("79001234567".into())), "7 900 123-45-67");
        assert_eq!(one(Cell::Phone("112".into())), "112");
        assert_eq!(one(Cell::Phone("375291234567".into())), "375 291 234 567", "not 3,75291E+11");
        assert_eq!(one(Cell::Phone("84912345678".into())), "849 123 456 78");
        assert_eq!(one(Cell::Empty), "");
    }

    #[test]
    fn words_with_separators_quotes_and_line_ends_survive() {
        for text in ["а;б", "он сказал \"да\"", "две\r\nстроки", " пробелы ", "Ёлкина, 5"]
        {
            assert_eq!(one(Cell::Text(text.into())), text);
        }
        let bytes = lines(vec![vec![Cell::Integer(1), Cell::Empty], vec![Cell::Empty, Cell::Integer(2)]]);
        assert_eq!(bytes.expect("lines"), b"1;\r\n;2\r\n");
    }

    #[test]
    fn nothing_a_client_wrote_becomes_a_formula() {
        for text in ["=1+1", "+7-5", "-2+3|cmd", "@SUM(A1)", "\t=1", "\r=1", "-", "+", "+7 900", "-1e5"] {
            assert_eq!(one(Cell::Text(text.into())), format!("'{text}"));
        }
        for number in ["-5", "+79001234567", "-12,50", "+0.5"] {
            assert_eq!(one(Cell::Text(number.into())), number);
        }
        let title = header(&["=A".to_owned(), "Город".to_owned()]).expect("a header");
        assert_eq!(read(&title), [["'=A", "Город"]]);
    }
}
