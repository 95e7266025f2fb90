//! Recordings of a day's conversations. With sounds in the storage the recent ones can be listened to; without
//! them (`callcentre fill`) all have been removed, as after the time for which recordings are kept.

use chrono::Duration;

use super::{History, base64};
use crate::demo::rows::{CallRow, RecordingRow, TapeRow};

/// Older recordings have been removed.
const KEPT: Duration = Duration::days(60);
/// Recordings come so long after their call.
const ON_THE_WAY: Duration = Duration::minutes(25);
/// One of so many was never given out.
const FAILED_OF: i64 = 67;

impl History<'_> {
    /// The recordings of `calls`, which have their ids.
    pub(super) fn recordings(&mut self, calls: &[CallRow]) -> Vec<RecordingRow> {
        let recorded = calls.iter().filter(|call| call.answered_at.is_some() && call.direction != "internal");
        recorded.map(|call| self.recording(call)).collect()
    }

    fn recording(&mut self, call: &CallRow) -> RecordingRow {
        let id = self.next.recording;
        self.next.recording.0 += 1;
        let ended = call.ended_at.unwrap_or(call.started_at);
        let age = self.now - ended;
        let tape = self.tapes.iter().find(|tape| tape.seconds == call.talk_seconds);
        let (state, error) = match tape {
            _ if self.tapes.is_empty() || age > KEPT => ("gone", ""),
            _ if age < ON_THE_WAY => ("awaited", ""),
            Some(_) if id.0 % FAILED_OF != 0 => ("ready", ""),
            _ => ("failed", "телефония не отдала файл за сутки"),
        };
        let content = tape.filter(|_| state == "ready");
        let of = |get: fn(&TapeRow) -> i64| content.map(get);
        RecordingRow {
            id,
            call_id: Some(call.id),
            mango_recording_id: Some(base64(&format!("1:40000001:{}:1", 700_000_000 + id.0))),
            source: "api",
            state,
            created_at: ended + Duration::seconds(20),
            hash: content.map(|tape| tape.hash.clone()),
            media_type: content.map(|tape| tape.media_type),
            byte_size: of(|tape| tape.byte_size),
            duration_ms: of(|tape| tape.duration_ms),
            peaks: content.map(|tape| tape.peaks.clone()).unwrap_or_default(),
            extension: call.operator_extension.clone(),
            original_name: "",
            recorded_at: call.answered_at,
            client_number: call.phone_client.clone(),
            error,
            attempts: match state {
                "awaited" => 0,
                "failed" => 12,
                _ => 1,
            },
            next_try_at: (state == "awaited").then_some(self.now),
        }
    }
}
