//! A sound in an MPEG-4 file (ISO/IEC 14496-12): measured, not decoded. One that was written while it was recorded comes
//! in fragments and tells its length nowhere: it is the sum of theirs.

use std::io::{Read, Seek, SeekFrom};

use super::{AudioType, Sound, SoundError, milliseconds};

/// A file with more boxes than that, or with boxes in boxes deeper than that, is somebody's joke. Three hours in
/// fragments of a second have seventy thousand.
const MAX_BOXES: usize = 200_000;
const MAX_DEPTH: usize = 8;

/// What the boxes say.
#[derive(Default)]
struct BoxFacts {
    boxes: usize,
    /// Length of the whole: units, and units of a second.
    whole: Option<(u64, u64)>,
    /// Length of the track being read.
    track: Option<(u64, u64)>,
    /// The track being read, and whether it is the one with the sound.
    track_id: u32,
    is_sound: bool,
    /// Length of the track with the sound.
    sound: Option<(u64, u64)>,
    sound_id: u32,
    /// Units of its samples outside fragments.
    samples: u64,
    /// Units of its samples in fragments.
    fragments: u64,
    /// Units of a sample that does not tell its own: of the track, of the fragment being read.
    usual: u32,
    usual_here: u32,
    /// The fragment being read is of the track with the sound.
    is_sound_here: bool,
    has_sound: bool,
    has_picture: bool,
}

pub(super) fn probe(mut reader: impl Read + Seek, length: u64) -> Result<Sound, SoundError> {
    let mut told = BoxFacts::default();
    walk(&mut reader, (0, length), 0, &mut told)?;
    if !told.has_sound || told.has_picture {
        return Err(SoundError::NotAudio);
    }
    let known = |(units, per_second): (u64, u64)| milliseconds(units, per_second);
    // Some write the whole length into the track although it comes in fragments, some nothing: these are counted.
    let counted = told.sound.filter(|_| told.fragments > 0);
    let counted = counted.map(|(_, per_second)| (told.samples.saturating_add(told.fragments), per_second));
    let duration_ms =
        counted.and_then(known).or_else(|| told.sound.and_then(known)).or_else(|| told.whole.and_then(known));
    Ok(Sound { media_type: AudioType::M4a, duration_ms, peaks: String::new() })
}

/// Reads the boxes between two places of the file; goes into those that hold others.
fn walk(
    reader: &mut (impl Read + Seek),
    (from, to): (u64, u64),
    depth: usize,
    told: &mut BoxFacts,
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
            b"moov" | b"mdia" | b"minf" | b"stbl" | b"mvex" | b"moof" => {
                walk(reader, (at + header, end), depth + 1, told)?;
            }
            b"trak" => {
                (told.track, told.is_sound) = (None, false);
                walk(reader, (at + header, end), depth + 1, told)?;
            }
            b"traf" => {
                told.is_sound_here = false;
                walk(reader, (at + header, end), depth + 1, told)?;
            }
            b"tkhd" => told.track_id = track_id(reader)?,
            b"stts" if told.is_sound => told.samples = samples(reader, end - at - header)?,
            b"trex" => {
                let body = words::<4>(reader)?;
                if body[1] == told.sound_id {
                    told.usual = body[3];
                }
            }
            b"tfhd" => fragment(reader, told)?,
            b"trun" if told.is_sound_here => {
                let run = run(reader, end - at - header, told.usual_here)?;
                told.fragments = told.fragments.saturating_add(run);
            }
            b"mvhd" => told.whole = Some(length(reader)?),
            b"mdhd" => told.track = Some(length(reader)?),
            b"hdlr" => {
                let mut body = [0; 12];
                reader.read_exact(&mut body)?;
                match &body[8..] {
                    b"soun" => {
                        told.has_sound = true;
                        told.is_sound = told.sound.is_none();
                        if told.is_sound {
                            (told.sound, told.sound_id) = (told.track, told.track_id);
                        }
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

/// So many numbers of four bytes.
fn words<const N: usize>(reader: &mut impl Read) -> Result<[u32; N], SoundError> {
    let mut all = [0; N];
    for word in &mut all {
        let mut bytes = [0; 4];
        reader.read_exact(&mut bytes)?;
        *word = u32::from_be_bytes(bytes);
    }
    Ok(all)
}

/// Which track a `tkhd` begins.
fn track_id(reader: &mut impl Read) -> Result<u32, SoundError> {
    let [version, ..] = words::<1>(reader)?[0].to_be_bytes();
    Ok(if version == 0 { words::<3>(reader)?[2] } else { words::<5>(reader)?[4] })
}

/// Units of all samples that an `stts` of `length` bytes counts.
fn samples(reader: &mut impl Read, length: u64) -> Result<u64, SoundError> {
    let [_, entries] = words(reader)?;
    let entries = u64::from(entries).min(length.saturating_sub(8) / 8);
    let mut units = 0_u64;
    let mut rest = std::io::BufReader::new(reader.take(entries * 8));
    for _ in 0..entries {
        let [count, each] = words(&mut rest)?;
        units = units.saturating_add(u64::from(count) * u64::from(each));
    }
    Ok(units)
}

/// What a `tfhd` says of its fragment: whose it is, and how long a sample usually lasts in it.
fn fragment(reader: &mut impl Read, told: &mut BoxFacts) -> Result<(), SoundError> {
    let [flags, track] = words(reader)?;
    told.is_sound_here = told.has_sound && track == told.sound_id;
    told.usual_here = told.usual;
    // Before it may stand a place in the file (eight bytes) and a description (four).
    let before = usize::from(flags & 1 != 0) * 8 + usize::from(flags & 2 != 0) * 4;
    if flags & 8 != 0 {
        let mut skipped = [0; 12];
        reader.read_exact(&mut skipped[..before])?;
        let [usual] = words(reader)?;
        told.usual_here = usual;
    }
    Ok(())
}

/// Units of the samples of a `trun` of `length` bytes, of which each lasts `usual` unless it tells otherwise.
fn run(reader: &mut impl Read, length: u64, usual: u32) -> Result<u64, SoundError> {
    const OWN_LENGTH: u32 = 0x100;
    let [flags, count] = words(reader)?;
    if flags & OWN_LENGTH == 0 {
        return Ok(u64::from(count) * u64::from(usual));
    }
    let before = u64::from((flags & 0x005).count_ones()) * 4;
    let each = usize::try_from((flags & 0xf00).count_ones() * 4).unwrap_or(4);
    let room = length.saturating_sub(8 + before) / each as u64;
    let count = u64::from(count).min(room);
    let mut rest = std::io::BufReader::new(reader.take(before + count * each as u64));
    rest.read_exact(&mut [0; 8][..usize::try_from(before).unwrap_or_default()])?;
    let mut units = 0_u64;
    let mut sample = [0; 16];
    for _ in 0..count {
        rest.read_exact(&mut sample[..each])?;
        units += u64::from(u32::from_be_bytes([sample[0], sample[1], sample[2], sample[3]]));
    }
    Ok(units)
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
