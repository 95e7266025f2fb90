//! Conversations nobody has had: two voices that take turns, made of a few tones, so that recordings of the
//! demonstration can be listened to. Telephone quality: 8 kHz, μ-law.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::rows::TapeRow;
use crate::app::App;
use crate::platform::error::AppError;
use crate::platform::sound;

/// Samples of a second.
const RATE: u32 = 8_000;
/// Lengths of the conversations of a history, in seconds; few, because the sounds lie on the disk.
pub const LENGTHS: [i64; 14] = [24, 31, 38, 46, 53, 61, 72, 84, 97, 111, 126, 142, 168, 205];

/// The length among [`LENGTHS`] that is nearest to `seconds`.
pub fn nearest(seconds: i64) -> i64 {
    LENGTHS.into_iter().min_by_key(|length| (length - seconds).abs()).unwrap_or(seconds)
}

/// Makes the conversations of a history and puts them into the storage. Blocks for a second or two; to be called
/// where the application runs.
///
/// # Errors
/// Of the storage.
pub fn store(app: &App) -> Result<Vec<TapeRow>, AppError> {
    let runtime = tokio::runtime::Handle::current();
    // Threads of their own: where blocking is allowed it may still not be on the runtime's own threads.
    std::thread::scope(|scope| {
        let makers = LENGTHS.map(|seconds| {
            let runtime = &runtime;
            scope.spawn(move || make(app, runtime, seconds))
        });
        makers
            .into_iter()
            .map(|maker| maker.join().map_err(|_| AppError::internal("make a recording up", "a panic"))?)
            .collect()
    })
}

fn make(app: &App, runtime: &tokio::runtime::Handle, seconds: i64) -> Result<TapeRow, AppError> {
    let bytes = conversation(seconds.unsigned_abs(), seconds);
    let measured = sound::probe(std::io::Cursor::new(&bytes))
        .map_err(|error| AppError::internal("make a recording up", format!("{error:?}")))?;
    let stored = runtime.block_on(app.storage.put_bytes(bytes.into()))?;
    Ok(TapeRow {
        seconds,
        hash: stored.hash.as_str().to_owned(),
        media_type: measured.media_type.as_str(),
        byte_size: i64::try_from(stored.length).unwrap_or(i64::MAX),
        duration_ms: measured.duration_ms.unwrap_or_default(),
        peaks: measured.peaks,
    })
}

/// A WAV file of so many seconds; the same `seed` talks the same.
pub fn conversation(seed: u64, seconds: i64) -> Vec<u8> {
    let length = usize::try_from(seconds.clamp(1, 600)).unwrap_or(1) * RATE as usize;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x7a9e);
    let mut samples = vec![0.0_f32; length];
    // The operator greets; then they take turns.
    let (mut at, mut speaker) = (RATE as usize / 4, 0);
    while at < length {
        at = phrase(&mut samples, at, speaker, &mut rng);
        at += rng.random_range(RATE / 8..RATE * 2 / 3) as usize;
        if rng.random_bool(0.75) {
            speaker = 1 - speaker;
        }
    }
    let mut file = header(length as u32);
    // Line noise, so that silence is a telephone's silence.
    file.extend(samples.iter().map(|s| mu_law(((s + rng.random_range(-0.0015..0.0015)) * 32_000.0) as i32)));
    file
}

/// One breath of talk from `at` on; gives where it ends.
fn phrase(samples: &mut [f32], mut at: usize, speaker: usize, rng: &mut impl RngExt) -> usize {
    let (pitch, loudness) = [(205.0, 0.30), (118.0, 0.22)][speaker];
    let loudness = loudness * rng.random_range(0.7..1.1);
    let syllables = rng.random_range(4..16);
    for syllable in 0..syllables {
        let length = rng.random_range(RATE / 9..RATE / 4) as usize;
        // The voice falls towards the end of a breath.
        let fall = 1.08 - 0.16 * syllable as f32 / syllables as f32;
        let tone = pitch * fall * rng.random_range(0.94..1.06);
        let vowel = rng.random_range(2..6);
        for step in 0..length.min(samples.len().saturating_sub(at)) {
            let swell = (std::f32::consts::PI * step as f32 / length as f32).sin();
            let angle = std::f32::consts::TAU * tone * step as f32 / RATE as f32;
            let voice = angle.sin() + 0.5 * (2.0 * angle).sin() + 0.35 * (vowel as f32 * angle).sin();
            samples[at + step] += loudness * swell * voice / 1.85;
        }
        at += length + rng.random_range(0..RATE / 25) as usize;
    }
    at
}

/// The head of a WAV file with `length` samples of μ-law.
fn header(length: u32) -> Vec<u8> {
    let mut head = Vec::with_capacity(58 + length as usize);
    head.extend_from_slice(b"RIFF");
    head.extend_from_slice(&(50 + length).to_le_bytes());
    head.extend_from_slice(b"WAVEfmt ");
    head.extend_from_slice(&18_u32.to_le_bytes());
    for field in [7_u16, 1] {
        head.extend_from_slice(&field.to_le_bytes());
    }
    for field in [RATE, RATE] {
        head.extend_from_slice(&field.to_le_bytes());
    }
    for field in [1_u16, 8, 0] {
        head.extend_from_slice(&field.to_le_bytes());
    }
    head.extend_from_slice(b"fact");
    head.extend_from_slice(&4_u32.to_le_bytes());
    head.extend_from_slice(&length.to_le_bytes());
    head.extend_from_slice(b"data");
    head.extend_from_slice(&length.to_le_bytes());
    head
}

/// ITU-T G.711.
fn mu_law(sample: i32) -> u8 {
    const BIAS: i32 = 0x84;
    let magnitude = (sample.abs().min(32_635)) + BIAS;
    let exponent = (magnitude.ilog2() - 7).min(7);
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    let sign = if sample < 0 { 0x80 } else { 0 };
    !((sign | (exponent << 4) as i32 | mantissa) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recording::AudioType;

    #[test]
    fn a_conversation_is_a_sound_of_its_length() {
        let bytes = conversation(1, 24);
        assert_eq!(bytes, conversation(1, 24));
        assert_ne!(bytes, conversation(2, 24));
        let sound = sound::probe(std::io::Cursor::new(&bytes)).expect("a sound");
        assert_eq!((sound.media_type, sound.duration_ms), (AudioType::Wav, Some(24_000)));
        let pauses = sound.peaks.as_bytes().chunks(2).filter(|bar| bar[0] < b'3').count();
        let talk = sound.peaks.as_bytes().chunks(2).filter(|bar| bar[0] > b'5').count();
        assert!(pauses > 5 && talk > 40, "{}", sound.peaks);
    }

    #[test]
    fn a_length_is_the_nearest_there_is() {
        assert_eq!([nearest(0), nearest(50), nearest(9_999)], [24, 53, 205]);
    }
}
