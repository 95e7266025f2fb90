//! The picture of a sound: how loud each of its equal parts is, as the player draws it.

/// Parts of the picture.
pub const BARS: usize = 160;

/// Parts kept while the length is not known yet; when they are full, two become one.
const BINS: usize = 4096;
/// Samples of the first parts: at 8 kHz, 16 ms.
const FIRST_BIN: u64 = 128;
/// Below this loudness (of 1) all is silence: line noise is not drawn like talk.
const SILENCE: f64 = 0.002;
/// Loudness is felt by its power; this much of it makes quiet talk visible beside loud talk.
const EXPONENT: f64 = 0.6;

/// Collects samples into a picture in one pass and bounded memory.
pub struct Peaks {
    bins: Vec<f64>,
    per_bin: u64,
    sum: f64,
    filled: u64,
}

impl Peaks {
    /// Nothing heard yet.
    pub fn new() -> Self {
        Self { bins: Vec::with_capacity(BINS), per_bin: FIRST_BIN, sum: 0.0, filled: 0 }
    }

    /// Hears one moment of one or more channels, −1 to 1 each.
    pub fn hear(&mut self, samples: &[f32]) {
        let energy: f32 = samples.iter().map(|s| s * s).sum();
        // A broken float must not make the whole picture one.
        if energy.is_finite() {
            self.sum += f64::from(energy) / samples.len().max(1) as f64;
        }
        self.filled += 1;
        if self.filled == self.per_bin {
            self.close();
        }
    }

    fn close(&mut self) {
        self.bins.push(self.sum / self.filled as f64);
        (self.sum, self.filled) = (0.0, 0);
        if self.bins.len() == BINS {
            for pair in 0..BINS / 2 {
                self.bins[pair] = (self.bins[2 * pair] + self.bins[2 * pair + 1]) / 2.0;
            }
            self.bins.truncate(BINS / 2);
            self.per_bin *= 2;
        }
    }

    /// The picture; empty when nothing was heard.
    pub fn finish(mut self) -> String {
        if self.filled > 0 {
            self.close();
        }
        let count = self.bins.len();
        if count == 0 {
            return String::new();
        }
        let bars: Vec<f64> = (0..BARS)
            .map(|bar| {
                let from = bar * count / BARS;
                let to = ((bar + 1) * count / BARS).max(from + 1);
                let part = &self.bins[from..to];
                (part.iter().sum::<f64>() / part.len() as f64).sqrt()
            })
            .collect();
        let loudest = bars.iter().copied().fold(0.0, f64::max);
        let height = |bar: &f64| {
            if *bar < SILENCE { 0 } else { ((bar / loudest).powf(EXPONENT) * 99.0).round() as u8 }
        };
        bars.iter().map(|bar| format!("{:02}", height(bar).min(99))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(picture: &str) -> Vec<u8> {
        picture.as_bytes().chunks(2).map(|d| (d[0] - b'0') * 10 + (d[1] - b'0')).collect()
    }

    #[test]
    fn a_loud_end_stands_out_however_long_the_sound_is() {
        for length in [FIRST_BIN as usize * BARS, 50_000, 1_000_000, 3_333_333] {
            let mut peaks = Peaks::new();
            for at in 0..length {
                peaks.hear(&[if at >= length * 3 / 4 { 0.8 } else { 0.1 }]);
            }
            let bars = values(&peaks.finish());
            assert_eq!(bars.len(), BARS, "{length}");
            assert_eq!(bars[BARS - 1], 99, "{length}");
            assert!(bars[0] < 40, "{length}: {bars:?}");
        }
    }

    #[test]
    fn silence_and_broken_samples_draw_nothing() {
        let mut peaks = Peaks::new();
        for _ in 0..1000 {
            peaks.hear(&[0.0, f32::NAN]);
            peaks.hear(&[f32::INFINITY]);
        }
        assert_eq!(peaks.finish(), "00".repeat(BARS));
        assert_eq!(Peaks::new().finish(), "");
    }
}
