//! MPEG layer III, decoded whole: hours take about a second.

use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use nanomp3_core::{Decoder, MAX_SAMPLES_PER_FRAME};

use super::peaks::Peaks;
use super::{AudioType, Sound, SoundError, milliseconds};

/// What the decoder looks at: several frames, so that it can tell a frame from chance.
const WINDOW: usize = 32 * 1024;
/// The window is filled again when so little is left of it.
const LOW: usize = 16 * 1024;
/// After so many damaged frames that broke the decoder the rest is only measured.
const MAX_STUMBLES: u32 = 8;

/// Kilobits per second of layer III by the index in the header: MPEG 1, then MPEG 2 and 2.5.
const RATES: [[u32; 16]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
];
const FREQUENCIES: [u32; 3] = [44_100, 48_000, 32_000];

/// Bytes of the ID3v2 tag a file begins with, its head included; `None` when it begins with something else.
pub(super) fn tag_bytes(head: &[u8]) -> Option<u64> {
    let tag = head.get(..10).filter(|tag| tag.starts_with(b"ID3"))?;
    // Seven bits of each byte count; version and flags are below their limits.
    let size =
        tag[6..].iter().try_fold(0_u64, |size, byte| (*byte < 0x80).then(|| size << 7 | u64::from(*byte)))?;
    let footer = if tag[5] & 0x10 == 0 { 0 } else { 10 };
    (tag[3] != 0xff && tag[4] != 0xff).then_some(10 + size + footer)
}

/// True when a frame begins here and another of its kind follows it, or nothing at all does.
pub(super) fn has_frames(head: &[u8]) -> bool {
    let Some(first) = frame(head) else { return false };
    match head.get(first.bytes..) {
        Some([]) => true,
        Some(next) => frame(next).is_some_and(|next| next.kind == first.kind),
        None => false,
    }
}

/// What a frame's header says.
struct Frame {
    bytes: usize,
    /// What all frames of a stream share.
    kind: [u8; 2],
    nanoseconds: u64,
}

/// The frame that begins here.
fn frame(bytes: &[u8]) -> Option<Frame> {
    let [first, second, third, _] = *bytes.first_chunk::<4>()?;
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    if first != 0xff || second & 0xe0 != 0xe0 || version == 1 || layer != 1 {
        return None;
    }
    let is_first = version == 3;
    let rate = RATES[usize::from(!is_first)][usize::from(third >> 4)];
    let halved = match version {
        3 => 1,
        2 => 2,
        _ => 4,
    };
    let frequency = FREQUENCIES.get(usize::from(third >> 2 & 3))? / halved;
    let (slots, samples) = if is_first { (144_000, 1152) } else { (72_000, 576) };
    let bytes = slots * rate / frequency + u32::from(third >> 1 & 1);
    (rate > 0).then_some(Frame {
        bytes: bytes as usize,
        kind: [second & 0xfe, third & 0x0c],
        nanoseconds: samples * 1_000_000_000 / u64::from(frequency),
    })
}

pub(super) fn probe(mut reader: impl Read + Seek, length: u64) -> Result<Sound, SoundError> {
    let mut head = [0; 10];
    let start = match reader.read_exact(&mut head) {
        Ok(()) => tag_bytes(&head).unwrap_or(0),
        Err(_) => 0,
    };
    reader.seek(SeekFrom::Start(start.min(length)))?;
    let mut listener = Listener::new();
    let mut window = Vec::with_capacity(WINDOW);
    let (mut at, mut is_end) = (0, false);
    loop {
        if !is_end && window.len() - at < LOW {
            window.drain(..at);
            at = 0;
            let room = (WINDOW - window.len()) as u64;
            is_end = reader.by_ref().take(room).read_to_end(&mut window)? < room as usize;
        }
        if at == window.len() {
            break;
        }
        // What uses nothing up would be asked forever.
        at += listener.hear(&window[at..]).clamp(1, window.len() - at);
    }
    listener.finish().ok_or(SoundError::Damaged)
}

/// Listens to one frame after the other.
struct Listener {
    /// `None` when it has given up.
    decoder: Option<Decoder>,
    stumbles: u32,
    pcm: [f32; MAX_SAMPLES_PER_FRAME],
    peaks: Peaks,
    /// Nanoseconds: frames of one file may have different rates.
    time: u64,
    heard: u64,
}

impl Listener {
    fn new() -> Self {
        Self {
            decoder: Some(Decoder::new()),
            stumbles: 0,
            pcm: [0.0; MAX_SAMPLES_PER_FRAME],
            peaks: Peaks::new(),
            time: 0,
            heard: 0,
        }
    }

    /// Hears what `window` begins with and gives how many bytes that was.
    fn hear(&mut self, window: &[u8]) -> usize {
        let Some(decoder) = &mut self.decoder else { return self.count(window) };
        let pcm = &mut self.pcm;
        // Some damaged frames lead the decoder past its own tables: that is a panic, and no reason to lose a
        // recording that players play. It goes on anew behind the frame.
        let outcome = catch_unwind(AssertUnwindSafe(|| decoder.decode(window, pcm)));
        let Ok((used, decoded)) = outcome else {
            self.stumbles += 1;
            self.decoder = (self.stumbles < MAX_STUMBLES).then(Decoder::new);
            return self.count(window);
        };
        // A frame that cannot be decoded still takes its time.
        let info = match &decoded {
            Ok(info) => Some(*info),
            Err(error) => error.frame_info().copied(),
        };
        let Some(info) = info.filter(|info| info.sample_rate > 0 && info.layer == 3) else { return used };
        let samples = if info.sample_rate >= 32_000 { 1152 } else { 576 };
        self.time += samples * 1_000_000_000 / u64::from(info.sample_rate);
        if decoded.is_ok() {
            self.heard += 1;
            let channels = usize::from(info.channels.num());
            let moments = self.pcm[..info.samples_produced * channels].chunks_exact(channels);
            moments.for_each(|moment| self.peaks.hear(moment));
        }
        used
    }

    /// Counts the next frame without hearing it.
    fn count(&mut self, window: &[u8]) -> usize {
        let found = (0..window.len()).find_map(|at| Some((at, frame(&window[at..])?)));
        let Some((at, frame)) = found else { return window.len() };
        self.time += frame.nanoseconds;
        at + frame.bytes
    }

    /// `None` when there was nothing to hear.
    fn finish(self) -> Option<Sound> {
        let duration_ms = milliseconds(self.time, 1_000_000_000);
        (self.heard > 0).then(|| Sound {
            media_type: AudioType::Mp3,
            duration_ms,
            peaks: self.peaks.finish(),
        })
    }
}
