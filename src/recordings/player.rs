//! What stands in the dock `#player` while a recording is listened to; `static/js/player.js` moves it.

use std::fmt::Write;

use askama::Template;

use super::queries::Recording;
use super::view::{self, RecordingView};
use crate::calls::queries::facts;
use crate::calls::words::CallWords;
use crate::domain::id::RecordingId;
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::phone::pretty;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::sound::BARS;

/// Units of the picture: one bar takes four of its width.
const BAR_WIDTH: usize = 4;
const HEIGHT: f64 = 32.0;

/// The content of the dock.
#[derive(Template)]
#[template(path = "recordings/player.html")]
pub struct Player {
    id: RecordingId,
    /// The call it belongs to.
    call: Option<CallWords>,
    /// Who is heard, or what is known without a call.
    who: String,
    duration: String,
    duration_ms: i64,
    /// The bars as an SVG path.
    picture: String,
    picture_width: usize,
    /// Place among the ready recordings of the call, from 1.
    place: usize,
    /// Ready recordings of the call.
    count: usize,
    /// The next of them, in turn; none when this one is alone.
    next_id: Option<RecordingId>,
    may_download: bool,
}

impl Player {
    /// Reads what the dock says of `recording`.
    pub fn load(db: &mut Db, recording: &Recording, person: &Person, now: Now) -> Result<Self, AppError> {
        let call = recording.call_id.map(|id| facts::call(db, id)).transpose()?.flatten();
        let all = match recording.call_id {
            Some(id) => RecordingView::of_calls(db, &[id])?.remove(&id).unwrap_or_default(),
            None => Vec::new(),
        };
        let ready: Vec<&RecordingView> = all.iter().filter(|r| r.is_ready()).collect();
        let place = ready.iter().position(|r| r.id == recording.id).unwrap_or_default();
        let voice = ready.get(place).map(|r| r.voice.clone()).unwrap_or_default();
        let moment = recording.recorded_at.unwrap_or(recording.created_at);
        let number = recording.client_number.as_deref().map(pretty).unwrap_or_default();
        Ok(Self {
            id: recording.id,
            who: if call.is_some() {
                russian::short_name(&voice)
            } else {
                format!("{number} {}", now.moment_in_words(moment)).trim().to_owned()
            },
            call: call.map(|call| CallWords::of(&call, now)),
            duration: view::duration(recording.duration_ms),
            duration_ms: recording.duration_ms.unwrap_or_default(),
            picture: picture(&recording.peaks),
            picture_width: BARS * BAR_WIDTH,
            place: place + 1,
            count: ready.len(),
            next_id: ready
                .get((place + 1) % ready.len().max(1))
                .filter(|r| r.id != recording.id)
                .map(|r| r.id),
            may_download: super::queries::may_download(db, person)?,
        })
    }
}

/// The bars as one path of upright lines; a flat line when nothing is known of the loudness.
fn picture(peaks: &str) -> String {
    let middle = HEIGHT / 2.0;
    let heights: Vec<f64> = peaks
        .as_bytes()
        .chunks_exact(2)
        .map(|digits| {
            digits.iter().fold(0.0, |n, digit| n * 10.0 + f64::from(digit.saturating_sub(b'0').min(9)))
        })
        .take(BARS)
        .collect();
    if heights.is_empty() {
        return format!("M0 {middle}H{}", BARS * BAR_WIDTH);
    }
    let mut path = String::with_capacity(heights.len() * 16);
    for (bar, height) in heights.iter().enumerate() {
        let half = (height / 99.0 * (middle - 1.0)).max(0.6);
        let _ =
            write!(path, "M{} {:.1}V{:.1}", bar * BAR_WIDTH + BAR_WIDTH / 2, middle - half, middle + half);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_bar_for_each_value() {
        let path = picture(&format!("0099{}", "50".repeat(BARS - 2)));
        assert_eq!(path.matches('M').count(), BARS);
        assert!(path.starts_with("M2 15.4V16.6M6 1.0V31.0M10 8.4V23.6"), "{path}");
        assert_eq!(picture(""), "M0 16H640");
        assert_eq!(picture("0"), "M0 16H640");
    }
}
