//! AAC in ADTS frames (ISO/IEC 13818-7): measured, not decoded.

use std::io::{BufReader, ErrorKind, Read, Seek};

use super::{AudioType, Sound, SoundError, milliseconds};

const HEADER: usize = 7;
const FREQUENCIES: [u64; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// What a frame's header says.
struct Frame {
    bytes: usize,
    frequency: u64,
    samples: u64,
}

fn frame(head: &[u8]) -> Option<Frame> {
    let h = head.first_chunk::<HEADER>()?;
    if h[0] != 0xff || h[1] & 0xf6 != 0xf0 {
        return None;
    }
    let bytes = usize::from(h[3] & 3) << 11 | usize::from(h[4]) << 3 | usize::from(h[5] >> 5);
    let frequency = *FREQUENCIES.get(usize::from(h[2] >> 2 & 15))?;
    (bytes > HEADER).then_some(Frame { bytes, frequency, samples: 1024 * (u64::from(h[6] & 3) + 1) })
}

/// True when a frame begins here and another follows it, or nothing at all does.
pub(super) fn has_frames(head: &[u8]) -> bool {
    let Some(first) = frame(head) else { return false };
    match head.get(first.bytes..) {
        Some([]) => true,
        Some(next) => frame(next).is_some_and(|next| next.frequency == first.frequency),
        None => false,
    }
}

pub(super) fn probe(reader: impl Read + Seek) -> Result<Sound, SoundError> {
    let mut reader = BufReader::new(reader);
    // Nanoseconds: frames of one file may have different rates.
    let mut time = 0;
    let mut head = [0; HEADER];
    loop {
        match reader.read_exact(&mut head) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
            read => read?,
        }
        // What is no frame ends the sound: tags come last.
        let Some(frame) = frame(&head) else { break };
        reader.seek_relative((frame.bytes - HEADER) as i64)?;
        time += frame.samples * 1_000_000_000 / frame.frequency;
    }
    let duration_ms = milliseconds(time, 1_000_000_000).ok_or(SoundError::Damaged)?;
    Ok(Sound { media_type: AudioType::Aac, duration_ms: Some(duration_ms), peaks: String::new() })
}
