//! Reads fields of foreign JSON leniently: what is missing, null or of another kind is nothing, never an error.

use serde_json::Value;

use crate::integrations::mend::mended;

/// JSON that may be broken in one odd character; `None` when it is none at all.
pub fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&mended(text))).ok()
}

/// Text; numbers and truths as they are written. Without the character PostgreSQL cannot keep.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.replace('\0', "\u{fffd}")),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A whole number; also one written as text or with a fraction.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => text.trim().parse().ok().or_else(|| whole(text.trim().parse().ok()?)),
        _ => None,
    }
}

fn whole(float: f64) -> Option<i64> {
    // Beyond 2^53 a float does not say which number it is.
    (float.is_finite() && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64)
}

/// A number with a fraction; also one written as text.
pub(super) fn float(value: &Value) -> Option<f64> {
    let float = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    float.filter(|float| float.is_finite())
}

/// A truth; also 0 and 1, and as text.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        Value::String(text) => match text.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The members of a list; nothing of anything else.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Text that is not empty.
pub(super) fn said(value: &Value) -> Option<String> {
    text(value).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_keep_all_their_digits_however_they_are_written() {
        assert_eq!(number(&json!(3_364_551_629_i64)), Some(3_364_551_629));
        assert_eq!(number(&json!("3364551629")), Some(3_364_551_629));
        assert_eq!(number(&json!(9_007_199_254_740_993_i64)), Some(9_007_199_254_740_993));
        assert_eq!(number(&json!(17.0)), Some(17));
        assert_eq!(number(&json!(1e300)), None);
        assert_eq!(number(&json!({})), None);
    }

    #[test]
    fn half_a_letter_does_not_lose_the_message() {
        let value = parse(r#"{"text":"до \ud83d после"}"#).expect("mended");
        assert_eq!(text(&value["text"]).as_deref(), Some("до \u{fffd} после"));
        assert_eq!(parse("<html>"), None);
    }
}
