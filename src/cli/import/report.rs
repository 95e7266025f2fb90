//! What became of the rows: counted for the terminal, one by one for a file.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::platform::private;

/// How many rows of a kind are named on the terminal.
const NAMED: usize = 5;

/// What is told of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// It is not taken.
    Left,
    /// It is taken, and something of it is another than it was.
    Changed,
    /// Somebody should look.
    Look,
}

impl What {
    fn words(self) -> &'static str {
        match self {
            Self::Left => "Не взято",
            Self::Changed => "Взято с исправлением",
            Self::Look => "Проверьте",
        }
    }
}

/// Something told of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Line {
    pub table: &'static str,
    pub row: String,
    pub what: What,
    pub why: &'static str,
    pub detail: String,
}

/// Rows of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    /// Taken now.
    pub taken: usize,
    /// Taken by an earlier run.
    pub there: usize,
    /// Not taken.
    pub left: usize,
}

/// The whole report.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    pub is_dry_run: bool,
    pub tables: BTreeMap<&'static str, Counts>,
    pub lines: Vec<Line>,
}

/// What a step tells: joined to the report once the step is written.
#[derive(Debug, Default)]
pub(super) struct Notes {
    counts: BTreeMap<&'static str, Counts>,
    lines: Vec<Line>,
}

impl Notes {
    pub fn taken(&mut self, table: &'static str) {
        self.counts.entry(table).or_default().taken += 1;
    }

    pub fn there(&mut self, table: &'static str) {
        self.counts.entry(table).or_default().there += 1;
    }

    pub fn left(
        &mut self,
        table: &'static str,
        row: impl ToString,
        why: &'static str,
        detail: impl ToString,
    ) {
        self.counts.entry(table).or_default().left += 1;
        self.line(table, row, What::Left, why, detail);
    }

    pub fn changed(
        &mut self,
        table: &'static str,
        row: impl ToString,
        why: &'static str,
        detail: impl ToString,
    ) {
        self.line(table, row, What::Changed, why, detail);
    }

    pub fn look(
        &mut self,
        table: &'static str,
        row: impl ToString,
        why: &'static str,
        detail: impl ToString,
    ) {
        self.line(table, row, What::Look, why, detail);
    }

    fn line(
        &mut self,
        table: &'static str,
        row: impl ToString,
        what: What,
        why: &'static str,
        detail: impl ToString,
    ) {
        let detail = detail.to_string();
        self.lines.push(Line { table, row: row.to_string(), what, why, detail });
    }
}

impl Report {
    /// Takes in what a step tells.
    pub fn add(&mut self, notes: Notes) {
        for (table, counts) in notes.counts {
            let all = self.tables.entry(table).or_default();
            all.taken += counts.taken;
            all.there += counts.there;
            all.left += counts.left;
        }
        self.lines.extend(notes.lines);
    }

    /// Whether anything was not taken.
    pub fn has_left(&self) -> bool {
        self.tables.values().any(|counts| counts.left > 0)
    }

    /// The report for a terminal.
    pub fn words(&self) -> String {
        let mut text = String::new();
        let taken = if self.is_dry_run { "будет взято" } else { "взято" };
        let _ = writeln!(text, "{:<22}{taken:>12}{:>12}{:>12}", "", "было раньше", "не взято");
        for (table, counts) in &self.tables {
            let _ = writeln!(text, "{table:<22}{:>12}{:>12}{:>12}", counts.taken, counts.there, counts.left);
        }
        let mut kinds: BTreeMap<(What, &str, &str), Vec<&Line>> = BTreeMap::new();
        for line in &self.lines {
            kinds.entry((line.what, line.table, line.why)).or_default().push(line);
        }
        let mut last = None;
        for ((what, table, why), lines) in kinds {
            if last.replace(what) != Some(what) {
                let _ = writeln!(text, "\n{}:", what.words());
            }
            let named: Vec<String> = lines.iter().take(NAMED).map(|line| line.short()).collect();
            let more = if lines.len() > NAMED { ", …" } else { "" };
            let _ = writeln!(text, "  {table}, {why}: {} ({}{more})", lines.len(), named.join(", "));
        }
        text
    }

    /// Writes every line into `path`: CSV when its name ends so, else JSON. Nobody else may read it.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let failed = |e: &dyn std::fmt::Display| format!("--report: cannot write {}: {e}", path.display());
        let is_csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        let bytes = if is_csv {
            let mut table = csv::Writer::from_writer(Vec::new());
            for line in &self.lines {
                table.serialize(line).map_err(|e| failed(&e))?;
            }
            table.into_inner().map_err(|e| failed(&e))?
        } else {
            serde_json::to_vec_pretty(self).map_err(|e| failed(&e))?
        };
        let mut file = private::file(path).map_err(|e| failed(&e))?;
        file.set_len(0)
            .and_then(|()| file.write_all(&bytes))
            .and_then(|()| file.sync_all())
            .map_err(|e| failed(&e))
    }
}

impl Line {
    fn short(&self) -> String {
        match (self.row.is_empty(), self.detail.is_empty()) {
            (_, true) => self.row.clone(),
            (true, _) => self.detail.clone(),
            _ => format!("{}: {}", self.row, self.detail),
        }
    }
}
