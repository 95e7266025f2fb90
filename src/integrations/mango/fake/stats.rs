//! Basic statistics: a report is ordered, is not ready at first, and is then handed out as CSV (docs/mango-api.md 6).

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::{Stage, lock};

/// A leg as statistics know it.
#[derive(Clone, Debug, Default)]
pub struct Leg {
    /// The call.
    pub entry_id: String,
    /// Unix seconds.
    pub start: i64,
    /// Unix seconds; 0 when nobody answered.
    pub answer: i64,
    /// Unix seconds.
    pub finish: i64,
    /// Of an employee, or empty.
    pub from_extension: String,
    /// Number or device.
    pub from_number: String,
    /// Of an employee, or empty.
    pub to_extension: String,
    /// Number or device.
    pub to_number: String,
    /// Our line.
    pub line_number: String,
    /// `ivr`, `queue` or `abonent`.
    pub location: String,
    /// Result code.
    pub disconnect_reason: i64,
    /// Ids of recordings.
    pub records: Vec<String>,
}

/// An ordered report.
pub struct Report {
    text: String,
    was_asked: bool,
}

impl Leg {
    /// A line of the report; `None` when a field is unknown.
    pub fn line(&self, fields: &[&str]) -> Option<String> {
        let values: Option<Vec<String>> = fields.iter().map(|field| self.field(field.trim())).collect();
        Some(values?.join(";"))
    }

    fn field(&self, name: &str) -> Option<String> {
        Some(match name {
            "records" => format!("[{}]", self.records.join(",")),
            "start" | "create" => self.start.to_string(),
            "finish" => self.finish.to_string(),
            "answer" => self.answer.to_string(),
            "from_extension" => self.from_extension.clone(),
            "from_number" => self.from_number.clone(),
            "to_extension" => self.to_extension.clone(),
            "to_number" => self.to_number.clone(),
            "disconnect_reason" => self.disconnect_reason.to_string(),
            "line_number" => self.line_number.clone(),
            "location" => self.location.clone(),
            "entry_id" => self.entry_id.clone(),
            _ => return None,
        })
    }
}

pub fn order(stage: &Stage, question: &Value) -> Result<HttpResponse, i64> {
    let moment = |name: &str| question.get(name).and_then(Value::as_i64).ok_or(3103);
    let (from, to) = (moment("date_from")?, moment("date_to")?);
    if to < from || to - from > 31 * 24 * 3600 {
        return Err(3111);
    }
    let fields: Vec<&str> = question.get("fields").and_then(Value::as_str).ok_or(3103)?.split(',').collect();
    let mut text = String::new();
    for leg in lock(&stage.legs).iter().filter(|leg| (from..=to).contains(&leg.start)) {
        text.push_str(&leg.line(&fields).ok_or(3104)?);
        text.push('\n');
    }
    let key = uuid::Uuid::new_v4().simple().to_string();
    lock(&stage.reports).insert(key.clone(), Report { text, was_asked: false });
    Ok(HttpResponse::Ok().json(json!({ "key": key })))
}

/// 204 at the first time, the report at the second, then it is gone.
pub fn hand_out(stage: &Stage, key: &str) -> Result<HttpResponse, i64> {
    let mut reports = lock(&stage.reports);
    let Some(report) = reports.get_mut(key) else { return Ok(HttpResponse::NotFound().finish()) };
    if !report.was_asked {
        report.was_asked = true;
        return Ok(HttpResponse::NoContent().finish());
    }
    let text = std::mem::take(&mut report.text);
    reports.remove(key);
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").body(text))
}
