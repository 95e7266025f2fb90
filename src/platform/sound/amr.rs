//! AMR, what mobile telephones record (RFC 4867, section 5): measured, not decoded.

use std::io::{BufReader, Read};

use super::{AudioType, Sound, SoundError};

const NARROW: &[u8] = b"#!AMR\n";
const WIDE: &[u8] = b"#!AMR-WB\n";
/// A frame lasts so long.
const FRAME_MS: i64 = 20;

/// Whether it begins like one.
pub(super) fn is_one(head: &[u8]) -> bool {
    head.starts_with(NARROW) || head.starts_with(WIDE)
}

/// Bytes of a frame behind its first one; `None` for a kind there is not.
fn frame(is_wide: bool, kind: u8) -> Option<usize> {
    const NARROW: [usize; 9] = [12, 13, 15, 17, 19, 20, 26, 31, 5];
    const WIDE: [usize; 10] = [17, 23, 32, 36, 40, 46, 50, 58, 60, 5];
    match (is_wide, kind) {
        // Nothing was sent, or it was lost.
        (true, 14) | (_, 15) => Some(0),
        (true, kind) => WIDE.get(usize::from(kind)).copied(),
        (false, kind) => NARROW.get(usize::from(kind)).copied(),
    }
}

pub(super) fn probe(reader: impl Read, head: &[u8]) -> Result<Sound, SoundError> {
    let is_wide = head.starts_with(WIDE);
    let mut reader = BufReader::new(reader);
    let mut content = [0; 60];
    reader.read_exact(&mut content[..if is_wide { WIDE.len() } else { NARROW.len() }])?;
    let mut frames = 0;
    let mut first = [0];
    while reader.read(&mut first)? > 0 {
        let kind = first[0] >> 3 & 0x0f;
        let length = frame(is_wide, kind).filter(|_| first[0] & 0x83 == 0).ok_or(SoundError::Damaged)?;
        // The last frame may have been cut off.
        if reader.read_exact(&mut content[..length]).is_err() {
            break;
        }
        frames += 1;
    }
    if frames == 0 {
        return Err(SoundError::Damaged);
    }
    Ok(Sound { media_type: AudioType::Amr, duration_ms: Some(frames * FRAME_MS), peaks: String::new() })
}
