//! A sound in an Ogg file (RFC 3533): Opus, Vorbis or Speex; measured, not decoded.

use std::io::{Read, Seek, SeekFrom};

use super::{AudioType, Sound, SoundError, milliseconds};

/// The head of a page before its table of segments.
const HEAD: usize = 27;
/// The longest page.
const LONGEST: u64 = 65_307;

/// What the first page tells.
struct FirstPage {
    /// Of the stream with the sound.
    serial: [u8; 4],
    /// Samples of a second, and those before the beginning.
    rate: u32,
    skipped: u64,
}

impl FirstPage {
    fn of(head: &[u8]) -> Option<Self> {
        let page = head.strip_prefix(b"OggS\0")?;
        let serial = page.get(9..13)?.try_into().ok()?;
        let segments = usize::from(*head.get(HEAD - 1)?);
        let packet = head.get(HEAD + segments..)?;
        let u32_at = |at: usize| packet.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let (rate, skipped) = if packet.starts_with(b"OpusHead") {
            // Whatever the rate was before, Opus counts 48,000 a second.
            (48_000, u64::from(u32_at(10)? & 0xffff))
        } else if packet.starts_with(b"\x01vorbis") {
            (u32_at(12)?, 0)
        } else if packet.starts_with(b"Speex   ") {
            (u32_at(36)?, 0)
        } else {
            return None;
        };
        (1..=384_000).contains(&rate).then_some(Self { serial, rate, skipped })
    }
}

/// Whether it begins like one.
pub(super) fn is_one(head: &[u8]) -> bool {
    FirstPage::of(head).is_some()
}

pub(super) fn probe(mut reader: impl Read + Seek, head: &[u8], length: u64) -> Result<Sound, SoundError> {
    let told = FirstPage::of(head).ok_or(SoundError::NotAudio)?;
    // The last page tells how many samples there were up to its end; a cut one leaves the page before.
    let from = length.saturating_sub(2 * LONGEST);
    reader.seek(SeekFrom::Start(from))?;
    let mut end = Vec::new();
    reader.take(2 * LONGEST).read_to_end(&mut end)?;
    let samples = (0..end.len().saturating_sub(HEAD)).rev().find_map(|at| {
        let page = end
            .get(at..at + HEAD)
            .filter(|page| page.starts_with(b"OggS\0") && page[14..18] == told.serial)?;
        let place = u64::from_le_bytes(page[6..14].try_into().ok()?);
        // All ones: no packet ends on that page.
        (place != u64::MAX && place > told.skipped).then(|| place - told.skipped)
    });
    let duration_ms = samples.and_then(|samples| milliseconds(samples, told.rate.into()));
    let duration_ms = Some(duration_ms.ok_or(SoundError::Damaged)?);
    Ok(Sound { media_type: AudioType::Ogg, duration_ms, peaks: String::new() })
}
