//! RIFF/WAVE: what telephone exchanges write when they do not compress (ITU-T G.711 included).

use std::io::{Read, Seek, SeekFrom};

use super::peaks::Peaks;
use super::{AudioType, Sound, SoundError, milliseconds};

/// A file with more parts before its sound is somebody's joke.
const MAX_CHUNKS: usize = 500;
const PCM: u16 = 1;
const FLOAT: u16 = 3;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
const EXTENSIBLE: u16 = 0xfffe;

/// The part `fmt `.
struct Format {
    code: u16,
    channels: usize,
    rate: u32,
    bytes_per_second: u32,
    bits: u16,
}

/// Makes a sample of its bytes, from -1 to 1.
type Reading = fn(&[u8]) -> f32;

impl Format {
    fn parse(chunk: &[u8]) -> Option<Self> {
        let u16_at = |at: usize| chunk.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
        let u32_at = |at: usize| chunk.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let code = match u16_at(0)? {
            EXTENSIBLE => u16_at(24)?,
            code => code,
        };
        let format = Self {
            code,
            channels: usize::from(u16_at(2)?),
            rate: u32_at(4)?,
            bytes_per_second: u32_at(8)?,
            bits: u16_at(14)?,
        };
        ((1..=8).contains(&format.channels) && (1..=384_000).contains(&format.rate)).then_some(format)
    }

    /// How one sample is read; `None` for codecs that are kept without a picture.
    fn sample(&self) -> Option<(usize, Reading)> {
        Some(match (self.code, self.bits) {
            (PCM, 8) => (1, |b| (f32::from(b[0]) - 128.0) / 128.0),
            (PCM, 16) => (2, |b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0),
            (PCM, 24) => (3, |b| i32::from_le_bytes([0, b[0], b[1], b[2]]) as f32 / 2_147_483_648.0),
            (PCM, 32) => (4, |b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]) as f32 / 2_147_483_648.0),
            (FLOAT, 32) => (4, |b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
            (A_LAW, 8) => (1, |b| f32::from(a_law(b[0])) / 32768.0),
            (MU_LAW, 8) => (1, |b| f32::from(mu_law(b[0])) / 32768.0),
            _ => return None,
        })
    }
}

pub(super) fn probe(mut reader: impl Read + Seek, length: u64) -> Result<Sound, SoundError> {
    let (format, bytes) = find_data(&mut reader, length)?;
    let Some((width, read)) = format.sample() else {
        // Compressed by something we do not decode; the declared rate still tells the length.
        let duration_ms = milliseconds(bytes, u64::from(format.bytes_per_second));
        return duration_ms.map(|ms| sound(Some(ms), String::new())).ok_or(SoundError::Damaged);
    };
    let frame = width * format.channels;
    let mut peaks = Peaks::new();
    let mut frames = 0_u64;
    let mut buffer = vec![0; frame * 8192];
    let mut moment = Vec::with_capacity(format.channels);
    let mut left = bytes;
    while left >= frame as u64 {
        let wanted = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let got = fill(&mut reader, &mut buffer[..wanted])?;
        for samples in buffer[..got].chunks_exact(frame) {
            moment.clear();
            moment.extend(samples.chunks_exact(width).map(read));
            peaks.hear(&moment);
            frames += 1;
        }
        if got < wanted {
            break;
        }
        left -= got as u64;
    }
    if frames == 0 {
        return Err(SoundError::Damaged);
    }
    Ok(sound(milliseconds(frames, u64::from(format.rate)), peaks.finish()))
}

fn sound(duration_ms: Option<i64>, peaks: String) -> Sound {
    Sound { media_type: AudioType::Wav, duration_ms, peaks }
}

/// Walks to the sound and gives its format and its bytes.
fn find_data(reader: &mut (impl Read + Seek), length: u64) -> Result<(Format, u64), SoundError> {
    let mut at = reader.seek(SeekFrom::Start(12))?;
    let mut format = None;
    for _ in 0..MAX_CHUNKS {
        let mut head = [0; 8];
        reader.read_exact(&mut head)?;
        at += 8;
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        if &head[..4] == b"data" {
            // Written while it was recorded, the length may never have been filled in.
            let rest = length.saturating_sub(at);
            let bytes = if size == 0 || size == u32::MAX { rest } else { rest.min(u64::from(size)) };
            return format.map(|format| (format, bytes)).ok_or(SoundError::Damaged);
        }
        if &head[..4] == b"fmt " {
            let mut chunk = vec![0; size.min(64) as usize];
            reader.read_exact(&mut chunk)?;
            format = Some(Format::parse(&chunk).ok_or(SoundError::Damaged)?);
        }
        // Parts begin at even places.
        at = reader.seek(SeekFrom::Start(at + u64::from(size) + u64::from(size & 1)))?;
    }
    Err(SoundError::Damaged)
}

/// Reads until `buffer` is full or the file ends.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// ITU-T G.711, μ-law, to 16 bits.
fn mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let magnitude = ((i16::from(byte & 0x0f) << 3) + 0x84) << ((byte & 0x70) >> 4);
    if byte & 0x80 != 0 { 0x84 - magnitude } else { magnitude - 0x84 }
}

/// ITU-T G.711, A-law, to 16 bits.
fn a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let step = i16::from(byte & 0x0f) << 4;
    let magnitude = match (byte & 0x70) >> 4 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    if byte & 0x80 != 0 { magnitude } else { -magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephone_codes_decode_as_the_standard_says() {
        assert_eq!([mu_law(0xff), mu_law(0x7f), mu_law(0x00), mu_law(0x80)], [0, 0, -32124, 32124]);
        assert_eq!([a_law(0xd5), a_law(0x55), a_law(0xaa), a_law(0x2a)], [8, -8, 32256, -32256]);
    }
}
