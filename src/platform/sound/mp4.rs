//! A sound in an MPEG-4 file (ISO/IEC 14496-12): measured, not decoded.

use std::io::{Read, Seek, SeekFrom};

use super::{AudioType, Sound, SoundError, milliseconds};

/// A file with more boxes than that, or with boxes in boxes deeper than that, is somebody's joke.
const MAX_BOXES: usize = 2000;
const MAX_DEPTH: usize = 8;

/// What the boxes say.
#[derive(Default)]
struct Told {
    boxes: usize,
    /// Length of the whole: units, and units of a second.
    whole: Option<(u64, u64)>,
    /// Length of the track being read.
    track: Option<(u64, u64)>,
    /// Length of the track with the sound.
    sound: Option<(u64, u64)>,
    has_sound: bool,
    has_picture: bool,
}

pub(super) fn probe(mut reader: impl Read + Seek, length: u64) -> Result<Sound, SoundError> {
    let mut told = Told::default();
    walk(&mut reader, (0, length), 0, &mut told)?;
    if !told.has_sound || told.has_picture {
        return Err(SoundError::NotAudio);
    }
    let known = |(units, per_second): (u64, u64)| milliseconds(units, per_second);
    let duration_ms = told.sound.and_then(known).or_else(|| told.whole.and_then(known));
    Ok(Sound { media_type: AudioType::M4a, duration_ms, peaks: String::new() })
}

/// Reads the boxes between two places of the file; goes into those that hold others (`moov`, `trak`, `mdia`).
fn walk(
    reader: &mut (impl Read + Seek),
    (from, to): (u64, u64),
    depth: usize,
    told: &mut Told,
) -> Result<(), SoundError> {
    if depth > MAX_DEPTH {
        return Err(SoundError::Damaged);
    }
    let mut at = from;
    while at + 8 <= to {
        told.boxes += 1;
        if told.boxes > MAX_BOXES {
            return Err(SoundError::Damaged);
        }
        reader.seek(SeekFrom::Start(at))?;
        let mut head = [0; 8];
        reader.read_exact(&mut head)?;
        let [s0, s1, s2, s3, kind @ ..] = head;
        let (header, size) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 => (8, to - at),
            1 => {
                let mut long = [0; 8];
                reader.read_exact(&mut long)?;
                (16, u64::from_be_bytes(long))
            }
            size => (8, u64::from(size)),
        };
        // A size past the end of what holds it is a file that was cut off.
        let end =
            at.checked_add(size).filter(|end| *end <= to && size >= header).ok_or(SoundError::Damaged)?;
        match &kind {
            b"moov" | b"mdia" => walk(reader, (at + header, end), depth + 1, told)?,
            b"trak" => {
                told.track = None;
                walk(reader, (at + header, end), depth + 1, told)?;
            }
            b"mvhd" => told.whole = Some(length(reader)?),
            b"mdhd" => told.track = Some(length(reader)?),
            b"hdlr" => {
                let mut body = [0; 12];
                reader.read_exact(&mut body)?;
                match &body[8..] {
                    b"soun" => {
                        told.has_sound = true;
                        told.sound = told.sound.or(told.track);
                    }
                    b"vide" => told.has_picture = true,
                    _ => {}
                }
            }
            _ => {}
        }
        at = end;
    }
    Ok(())
}

/// Duration and units of a second of `mvhd` and `mdhd`, which begin alike.
fn length(reader: &mut impl Read) -> Result<(u64, u64), SoundError> {
    let mut body = [0; 32];
    reader.read_exact(&mut body[..20])?;
    let u32_at = |body: &[u8; 32], at: usize| {
        u64::from(u32::from_be_bytes([body[at], body[at + 1], body[at + 2], body[at + 3]]))
    };
    if body[0] == 0 {
        return Ok((u32_at(&body, 16), u32_at(&body, 12)));
    }
    reader.read_exact(&mut body[20..])?;
    Ok((u32_at(&body, 24) << 32 | u32_at(&body, 28), u32_at(&body, 20)))
}
