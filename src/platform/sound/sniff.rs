//! Which format a sound is in, told by its first bytes.

use super::AudioType;
use super::{aac, amr, mp3, ogg};

/// How many first bytes are looked at: two of the longest frames.
pub const SNIFFED_BYTES: usize = 16 * 1024;

/// Brands of MPEG-4 files that may hold a sound (ISO/IEC 14496-12; what is inside is looked at later).
const BRANDS: [&[u8; 4]; 10] =
    [b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso5", b"iso6", b"dash", b"3gp5"];

/// Recognises the accepted formats by the first [`SNIFFED_BYTES`] bytes (fewer when the file is shorter); `None`
/// for everything else.
///
/// A signature must stand at the very beginning. Frames of MP3 and AAC begin with a pattern that is common in any
/// data, so a second frame has to follow the first.
pub fn sniff(head: &[u8]) -> Option<AudioType> {
    if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WAVE") {
        return Some(AudioType::Wav);
    }
    if head.get(4..8) == Some(b"ftyp") && head.get(8..12).is_some_and(|b| BRANDS.iter().any(|k| *k == b)) {
        return Some(AudioType::M4a);
    }
    if ogg::is_one(head) {
        return Some(AudioType::Ogg);
    }
    if amr::is_one(head) {
        return Some(AudioType::Amr);
    }
    if head.starts_with(b"ID3") && mp3::tag_bytes(head).is_some() || mp3::has_frames(head) {
        return Some(AudioType::Mp3);
    }
    aac::has_frames(head).then_some(AudioType::Aac)
}
