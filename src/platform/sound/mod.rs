//! What a sound is, how long it lasts and how loud its parts are, read from its bytes. Names and declared types
//! are whatever the sender likes, so nobody asks them. Reads piece by piece: memory does not grow with the file.

mod aac;
mod amr;
mod mp3;
mod mp4;
mod ogg;
mod peaks;
mod sniff;
#[cfg(test)]
mod tests;
mod wav;

use std::io::{Read, Seek, SeekFrom};

use crate::domain::recording::AudioType;
pub use peaks::BARS;
pub use sniff::{SNIFFED_BYTES, sniff};

/// What was learned of a sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// The format.
    pub media_type: AudioType,
    /// Milliseconds; `None` when the file does not tell.
    pub duration_ms: Option<i64>,
    /// [`BARS`] values of two digits, from `00` (silence) to `99` (the loudest part); empty when the format is not
    /// decoded.
    pub peaks: String,
}

/// Why a sound could not be read.
#[derive(Debug)]
pub enum SoundError {
    /// None of the formats of [`AudioType`].
    NotAudio,
    /// It begins like one of them, but holds no sound.
    Damaged,
    /// It could not be read at all.
    Unreadable(std::io::Error),
}

impl From<std::io::Error> for SoundError {
    fn from(error: std::io::Error) -> Self {
        // A file that ends where it should go on is damaged, not unreadable.
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            Self::Damaged
        } else {
            Self::Unreadable(error)
        }
    }
}

/// Reads a whole sound from its beginning. Blocks.
///
/// # Errors
/// When there is no sound in it.
pub fn probe(mut reader: impl Read + Seek) -> Result<Sound, SoundError> {
    let length = reader.seek(SeekFrom::End(0))?;
    reader.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(SNIFFED_BYTES);
    reader.by_ref().take(SNIFFED_BYTES as u64).read_to_end(&mut head)?;
    reader.seek(SeekFrom::Start(0))?;
    match sniff(&head).ok_or(SoundError::NotAudio)? {
        AudioType::Wav => wav::probe(reader, length),
        AudioType::Mp3 => mp3::probe(reader, length),
        AudioType::M4a => mp4::probe(reader, length),
        AudioType::Aac => aac::probe(reader),
        AudioType::Ogg => ogg::probe(reader, &head, length),
        AudioType::Amr => amr::probe(reader, &head),
    }
}

/// Milliseconds of `units` of which a second has `per_second`; `None` when that is no time at all.
fn milliseconds(units: u64, per_second: u64) -> Option<i64> {
    let ms = (u128::from(units) * 1000).checked_div(u128::from(per_second))?;
    i64::try_from(ms).ok().filter(|ms| *ms > 0)
}
