//! How loud it is, for whoever watches a meter.

use hearth_domain::SPEECH_RATE;

/// Samples that one level is of: a thirtieth of a second.
const LEVEL: usize = (SPEECH_RATE / 30) as usize;
/// As loud as this is nothing, in decibels below full scale.
const SILENT: f32 = -60.0;

/// Makes levels of samples of [`SPEECH_RATE`], thirty a second.
#[derive(Default)]
pub struct Meter {
    power: f32,
    count: usize,
}

impl Meter {
    /// Tells each level that is complete, from 0 (nothing) to 1.
    pub fn push(&mut self, samples: &[f32], mut tell: impl FnMut(f32)) {
        for sample in samples {
            self.power += sample * sample;
            self.count += 1;
            if self.count == LEVEL {
                let decibels = 10.0 * (self.power / LEVEL as f32).max(1e-12).log10();
                tell((1.0 - decibels / SILENT).clamp(0.0, 1.0));
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
        let levels = |sound: &[f32]| {
            let (mut meter, mut levels) = (Meter::default(), Vec::new());
            sound.chunks(100).for_each(|some| meter.push(some, |level| levels.push(level)));
            levels
        };
        let step = std::f32::consts::TAU * 440.0 / SPEECH_RATE as f32;
        let tone: Vec<f32> = (0..SPEECH_RATE).map(|n| 0.5 * (step * n as f32).sin()).collect();
        let loud = levels(&tone);
        assert_eq!(loud.len(), 30);
        assert!(loud.iter().all(|level| *level > 0.8), "{loud:?}");
        assert!(levels(&vec![0.0; SPEECH_RATE as usize]).iter().all(|level| *level == 0.0));
    }
}
