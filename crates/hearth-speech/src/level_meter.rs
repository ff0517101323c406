//! Level meter: the loudness of samples, for a display.

use hearth_domain::SPEECH_SAMPLE_RATE;

/// Samples of one level: a thirtieth of a second.
const LEVEL_SAMPLES: usize = (SPEECH_SAMPLE_RATE / 30) as usize;
/// Loudness of level 0, in decibels relative to full scale.
const SILENCE_DECIBELS: f32 = -60.0;

/// Level meter for samples of [`SPEECH_SAMPLE_RATE`]: thirty levels a second.
#[derive(Default)]
pub struct LevelMeter {
    power: f32,
    count: usize,
}

impl LevelMeter {
    /// Takes samples; calls `on_level` with each complete level, from 0 (silence) to 1 (full scale).
    pub fn push(&mut self, samples: &[f32], mut on_level: impl FnMut(f32)) {
        for sample in samples {
            self.power += sample * sample;
            self.count += 1;
            if self.count == LEVEL_SAMPLES {
                let decibels = 10.0 * (self.power / LEVEL_SAMPLES as f32).max(1e-12).log10();
                on_level((1.0 - decibels / SILENCE_DECIBELS).clamp(0.0, 1.0));
                *self = Self::default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_thirty_times_a_second_and_follow_the_voice() {
        let levels = |samples: &[f32]| {
            let (mut meter, mut levels) = (LevelMeter::default(), Vec::new());
            samples.chunks(100).for_each(|block| meter.push(block, |level| levels.push(level)));
            levels
        };
        let step = std::f32::consts::TAU * 440.0 / SPEECH_SAMPLE_RATE as f32;
        let tone: Vec<f32> = (0..SPEECH_SAMPLE_RATE).map(|n| 0.5 * (step * n as f32).sin()).collect();
        let loud = levels(&tone);
        assert_eq!(loud.len(), 30);
        assert!(loud.iter().all(|level| *level > 0.8), "{loud:?}");
        assert!(levels(&vec![0.0; SPEECH_SAMPLE_RATE as usize]).iter().all(|level| *level == 0.0));
    }
}
