//! The cloud of the simulated exchange: knows how long each recorded conversation was and makes its sound up when it
//! is asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::Bytes;

use super::cast::Recorded;
use crate::demo::tapes;
use crate::integrations::mango::fake;

/// Length of a conversation of the history that nobody has recorded here, in seconds.
const USUAL: i64 = 46;

/// What was recorded, shared with the exchange that tells of it.
#[derive(Clone, Default)]
pub struct Cloud(Arc<Mutex<HashMap<String, i64>>>);

impl Cloud {
    pub(super) fn keep(&self, recorded: &Recorded) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(recorded.recording_id.clone(), recorded.seconds);
    }

    /// Where the simulated API looks for sounds.
    pub fn for_api(&self) -> fake::Cloud {
        let known = self.0.clone();
        Box::new(move |recording_id| {
            let seconds = known.lock().unwrap_or_else(PoisonError::into_inner).get(recording_id).copied();
            let seed = recording_id.bytes().fold(7, |seed: u64, b| seed.wrapping_mul(31) + u64::from(b));
            Some(Bytes::from(tapes::conversation(seed, seconds.unwrap_or(USUAL))))
        })
    }
}
