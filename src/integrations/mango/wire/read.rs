//! From fields to events, one function for each kind.

use super::fields::Fields;
use super::{
    CallEvent, CallState, CommandResult, Location, Party, RecordAdded, RecordingEvent, RecordingState,
    Summary, SummaryDirection, WireError,
};

pub(super) fn call(fields: &Fields) -> Result<CallEvent, WireError> {
    Ok(CallEvent {
        entry_id: fields.required_id("entry_id")?,
        call_id: fields.required_id("call_id")?,
        seq: fields.integer("seq")?.unwrap_or(0),
        timestamp: fields.required_time("timestamp")?,
        state: match fields.text("call_state")?.ok_or(WireError::Missing("call_state"))? {
            s if s.eq_ignore_ascii_case("appeared") => CallState::Appeared,
            s if s.eq_ignore_ascii_case("connected") => CallState::Connected,
            s if s.eq_ignore_ascii_case("onhold") => CallState::OnHold,
            s if s.eq_ignore_ascii_case("disconnected") => CallState::Disconnected,
            unknown => return Err(WireError::UnknownState(unknown)),
        },
        location: fields
            .lenient_text("location")
            .and_then(|text| Location::parse(&text.to_ascii_lowercase())),
        from: party(&fields.party("from")),
        to: party(&fields.party("to")),
        reason: fields.lenient_integer("disconnect_reason"),
        command_id: fields.lenient_id("command_id"),
        callback_initiator: fields.lenient_text("callback_initiator"),
    })
}

pub(super) fn summary(fields: &Fields) -> Result<Summary, WireError> {
    Ok(Summary {
        entry_id: fields.required_id("entry_id")?,
        direction: match fields.lenient_integer("call_direction") {
            Some(0) => Some(SummaryDirection::Internal),
            Some(1) => Some(SummaryDirection::Inbound),
            Some(2) => Some(SummaryDirection::Outbound),
            _ => None,
        },
        from: party(&fields.party("from")),
        to: party(&fields.party("to")),
        line_number: fields.lenient_text("line_number"),
        create_time: fields.time("create_time")?,
        talk_time: fields.time("talk_time")?,
        end_time: fields.time("end_time")?,
        entry_result: fields.integer("entry_result")?,
        reason: fields.lenient_integer("disconnect_reason"),
    })
}

pub(super) fn recording(fields: &Fields) -> Result<RecordingEvent, WireError> {
    let into_cloud = fields
        .lenient_text("recipient")
        .is_some_and(|recipient| recipient.to_ascii_lowercase().contains("cloud"));
    Ok(RecordingEvent {
        entry_id: fields.required_id("entry_id")?,
        recording_id: fields.required_id("recording_id")?,
        call_id: fields.lenient_id("call_id"),
        seq: fields.integer("seq")?.unwrap_or(0),
        timestamp: fields.required_time("timestamp")?,
        extension: fields.lenient_text("extension"),
        state: match fields.text("recording_state")?.ok_or(WireError::Missing("recording_state"))? {
            s if s.eq_ignore_ascii_case("started") || s.eq_ignore_ascii_case("continued") => {
                RecordingState::Running
            }
            s if s.eq_ignore_ascii_case("completed") => match fields.lenient_integer("completion_code") {
                // An unknown code counts as its class (docs/mango-api.md 9).
                Some(1000..=1099) if into_cloud => RecordingState::StoredInCloud,
                _ => RecordingState::NotStored,
            },
            unknown => return Err(WireError::UnknownState(unknown)),
        },
    })
}

pub(super) fn record_added(fields: &Fields) -> Result<RecordAdded, WireError> {
    Ok(RecordAdded {
        entry_id: fields.required_id("entry_id")?,
        recording_id: fields.required_id("recording_id")?,
        timestamp: fields.required_time("timestamp")?,
        // -1 stands for nobody in particular.
        user_id: fields.lenient_integer("user_id").filter(|id| *id > 0),
    })
}

pub(super) fn command_result(fields: &Fields) -> Result<CommandResult, WireError> {
    Ok(CommandResult {
        command_id: fields.required_id("command_id")?,
        code: fields.lenient_integer("result").ok_or(WireError::Missing("result"))?,
    })
}

fn party(fields: &Fields) -> Party {
    Party {
        extension: fields.lenient_text("extension"),
        number: fields.lenient_text("number"),
        line_number: fields.lenient_text("line_number"),
        acd_group: fields.lenient_text("acd_group"),
        taken_from: fields.lenient_id("taken_from_call_id"),
    }
}
