//! A call in words: what a row of the list, the card and the pages say of it.

use super::queries::facts::Call;
use crate::domain::call::{CallState, CallStatus, Direction, is_missed};
use crate::domain::id::{CallId, ClientId};
use crate::domain::now::Now;
use crate::domain::phone::{country_apart, pretty};
use crate::domain::russian;

/// The icon of a finished call and its kind in words.
pub fn kind(direction: Direction, status: Option<CallStatus>) -> (&'static str, &'static str) {
    match direction {
        _ if is_missed(direction, status) => ("phone-x", "пропущенный"),
        Direction::Outbound => ("phone-outgoing", "исходящий"),
        Direction::Inbound | Direction::Internal => ("phone-incoming", "входящий"),
    }
}

/// How a call looks and what it says everywhere.
#[derive(Clone, Debug)]
pub struct CallWords {
    /// The call.
    pub id: CallId,
    /// `ringing`, `talking`, `on_hold` or `ended`.
    pub state: &'static str,
    /// Name of the icon of its kind.
    pub icon: &'static str,
    /// The kind in words.
    pub kind: &'static str,
    /// «14:05» or «19.11 14:05».
    pub time: String,
    /// «сегодня 14:05».
    pub time_in_words: String,
    /// Shown number, or «номер скрыт».
    pub number: String,
    /// «+7 », which a narrow screen leaves out, or empty.
    pub number_code: &'static str,
    /// The number without it.
    pub number_rest: String,
    /// Digits to copy; empty when hidden.
    pub digits: String,
    /// The client; none when the number is hidden.
    pub client_id: Option<ClientId>,
    /// Empty when it is not known.
    pub client_name: String,
    /// Or «—».
    pub city: String,
    /// Or «—».
    pub rk: String,
    /// Or «—».
    pub account: String,
    /// Where the client comes from: the Avito account, or else the campaign, or «—».
    pub source: String,
    /// Our line, or «—».
    pub line: String,
    /// What the admin calls it, or empty.
    pub line_name: String,
    /// «Листовка, +7 845 200-01-02».
    pub line_full: String,
    /// Its last digits: «01-02».
    pub line_end: String,
    /// Who talked, in short; «доб. 105» for somebody unknown; or «—».
    pub operator: String,
    /// Full name of who talked, for a tooltip.
    pub operator_full: String,
    /// The state of a living call, the result of a finished one.
    pub status: &'static str,
    /// What it was, in a line of history: «Входящий, 3:12», «Пропущен», «Идёт сейчас».
    pub summary: String,
    /// Nobody talked to the client who called.
    pub is_missed: bool,
    /// The call lives.
    pub is_live: bool,
    /// It rings: nobody has answered.
    pub is_ringing: bool,
    /// A timer counts from here (unix seconds); 0 without a timer.
    pub since: i64,
    /// Length of the conversation; empty without one.
    pub duration: String,
    /// How long a client who called has waited for nobody; empty for every other call.
    pub waited: String,
}

impl CallWords {
    /// The words of a call.
    pub fn of(call: &Call, now: Now) -> Self {
        let missed = is_missed(call.direction, call.status);
        let (icon, kind) = kind(call.direction, call.status);
        let status = match (call.state, call.direction, call.status) {
            (CallState::Ringing, Direction::Outbound, _) => "Набираем",
            (CallState::Ringing, ..) => "Звонит",
            (CallState::Talking, ..) => "Разговор",
            (CallState::OnHold, ..) => "На удержании",
            (CallState::Ended, Direction::Outbound, Some(CallStatus::Answered)) => "Дозвонились",
            (CallState::Ended, _, Some(status)) => status.label(),
            (CallState::Ended, _, None) => "Завершён",
        };
        let summary = match call.status {
            None => "Идёт сейчас".to_owned(),
            Some(CallStatus::Answered) => {
                format!("{}, {}", russian::sentence(kind), russian::duration(call.talk_seconds))
            }
            Some(_) if call.direction == Direction::Outbound => "Не дозвонились".to_owned(),
            Some(_) => "Пропущен".to_owned(),
        };
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "—".to_owned());
        let since = call.answered_at.unwrap_or(call.started_at);
        let number = call.phone_client.as_deref().map_or_else(|| "номер скрыт".to_owned(), pretty);
        let line = call.phone_ats.as_deref().map_or_else(|| "—".to_owned(), pretty);
        let (number_code, number_rest) = country_apart(&number);
        Self {
            id: call.id,
            state: call.state.as_str(),
            icon,
            kind,
            time: now.moment(call.started_at),
            time_in_words: now.moment_in_words(call.started_at),
            number_code,
            number_rest,
            number,
            digits: call.phone_client.clone().unwrap_or_default(),
            client_id: call.client_id,
            client_name: call.client_name.clone().unwrap_or_default(),
            city: or_dash(&call.city),
            rk: or_dash(&call.rk),
            account: or_dash(&call.avito_name),
            source: or_dash(call.avito_name.as_ref().map_or(&call.rk, |_| &call.avito_name)),
            line_end: end_of(&line),
            line_full: match call.line_name.as_deref().unwrap_or_default() {
                "" => line.clone(),
                name => format!("{name}, {line}"),
            },
            line_name: call.line_name.clone().unwrap_or_default(),
            line,
            operator: match (&call.operator_name, &call.operator_extension) {
                (Some(name), _) => russian::short_name(name),
                (None, Some(extension)) => format!("доб. {extension}"),
                (None, None) => "—".to_owned(),
            },
            operator_full: call.operator_name.clone().unwrap_or_default(),
            status,
            summary,
            is_missed: missed,
            is_live: call.state.is_live(),
            is_ringing: call.state == CallState::Ringing,
            since: if call.state.is_live() { since.and_utc().timestamp() } else { 0 },
            duration: if call.talk_seconds > 0 {
                russian::duration(call.talk_seconds)
            } else {
                String::new()
            },
            waited: match call.ended_at.filter(|_| missed) {
                Some(end) => russian::duration((end - call.started_at).num_seconds()),
                None => String::new(),
            },
        }
    }
}

impl CallWords {
    /// It is known who talked.
    pub fn has_operator(&self) -> bool {
        self.operator != "—"
    }
}

/// «01-02» of «+7 845 200-01-02»; a short number whole.
fn end_of(line: &str) -> String {
    let digits: Vec<char> = line.chars().filter(char::is_ascii_digit).collect();
    match digits[..] {
        [.., a, b, c, d] if digits.len() > 6 => format!("{a}{b}-{c}{d}"),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_line_tells_lines_apart() {
        for (line, end) in [
            ("+7 845 200-01-02", "01-02"),
            ("+375 29 123-45-67", "45-67"),
            ("0560", "0560"),
            ("—", "—"),
            ("sip:office", "sip:office"),
        ] {
            assert_eq!(end_of(line), end, "{line}");
        }
    }
}
