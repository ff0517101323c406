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

    #[test]
    fn a_level_is_linear_in_decibels_from_silence_to_full_scale() {
        // A square wave has the power of its amplitude: 1 is 0 dB, 0.0316 is -30 dB, 0.001 is -60 dB.
        for (amplitude, level) in
            [(2.0, 1.0), (1.0, 1.0), (0.1, 2.0 / 3.0), (0.031_622_8, 0.5), (0.001, 0.0), (0.0, 0.0)]
        {
            let samples: Vec<f32> =
                (0..533).map(|n| if n % 2 == 0 { amplitude } else { -amplitude }).collect();
            let mut levels = Vec::new();
            LevelMeter::default().push(&samples, |level| levels.push(level));
            assert_eq!(levels.len(), 1);
            assert!((levels[0] - level).abs() < 1e-4, "{amplitude}: {levels:?}");
        }
    }

    #[test]
    fn a_loud_level_does_not_affect_the_next() {
        let mut levels = Vec::new();
        let samples = [vec![1.0; 533], vec![0.0; 532]].concat();
        let mut meter = LevelMeter::default();
        meter.push(&samples, |level| levels.push(level));
        assert_eq!(levels, [1.0]);
        meter.push(&[0.0], |level| levels.push(level));
        assert_eq!(levels, [1.0, 0.0]);
    }
}
