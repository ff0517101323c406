//! Who speaks when, as Hearth hears it, and how wrong that is.

use hearth_domain::SpeakerTurn;
use hearth_host::Directories;
use hearth_models::{Catalogue, ModelCache, VOICE_WINDOW, VoiceEncoder};
use hearth_speech::{Voices, decode, speech, voice_windows};

/// Frames a second in which labels and turns are compared.
const FRAMES: f64 = 100.0;

/// A stretch in which somebody speaks, in seconds, and who.
pub type Label = (f64, f64, String);

/// The voice encoder of the catalogue, on so many threads.
///
/// # Panics
/// When it is not on this machine, where `cargo xtask test` brings it.
pub fn voice_encoder(threads: usize) -> VoiceEncoder {
    let catalogue = Catalogue::embedded().unwrap();
    let entry = catalogue.of("speakers").next().unwrap();
    let files = ModelCache::new(Directories::find(None).unwrap().models).find(entry).unwrap();
    VoiceEncoder::load(&files.path(&entry.files[0].path), threads).unwrap()
}

/// The samples of a recording.
///
/// # Panics
/// When it is none.
pub fn samples_of(recording: Vec<u8>) -> Vec<f32> {
    let mut samples = Vec::new();
    let mut take = |piece: &[f32]| {
        samples.extend_from_slice(piece);
        Ok(())
    };
    decode(recording, &mut take).unwrap();
    samples
}

/// Who speaks when; and of how many windows voiceprints were made for that.
pub fn turns(encoder: &VoiceEncoder, samples: &[f32]) -> (Vec<SpeakerTurn>, usize) {
    let windows: Vec<_> = voice_windows(&speech(samples), VOICE_WINDOW).into_iter().flatten().collect();
    let mut voices = Voices::default();
    for (window, print) in windows.iter().zip(encoder.voiceprints(samples, &windows)) {
        voices.push(window.clone(), &print);
    }
    (voices.finish(), windows.len())
}

/// What of all speech is wrong, from 0; all three together are the diarisation error rate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Errors {
    /// Nobody was heard, or fewer than spoke at once.
    pub missed: f64,
    /// Somebody was heard where nobody spoke.
    pub invented: f64,
    /// Another was heard.
    pub confused: f64,
}

impl Errors {
    pub fn rate(self) -> f64 {
        self.missed + self.invented + self.confused
    }
}

/// How wrong turns are, without a collar, those who speak at once counted each. Where nobody was told apart, all that is
/// said is said by one.
pub fn errors(labels: &[Label], turns: &[SpeakerTurn]) -> Errors {
    let mut names: Vec<&str> = labels.iter().map(|(.., name)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let end = labels.iter().map(|(_, end, _)| *end).fold(0.0, f64::max);
    let frames: Vec<(Vec<usize>, Option<u32>)> = (0..(end * FRAMES) as usize)
        .map(|frame| {
            let time = (frame as f64 + 0.5) / FRAMES;
            let said = labels.iter().filter(|(start, end, _)| (*start..*end).contains(&time));
            let said: Vec<usize> =
                said.map(|(.., name)| names.binary_search(&name.as_str()).unwrap()).collect();
            let ms = (time * 1000.0) as u64;
            let heard = turns.iter().find(|turn| (turn.start_ms..turn.end_ms).contains(&ms));
            let one = (turns.is_empty() && !said.is_empty()).then_some(1);
            (said, heard.map(|turn| turn.speaker).or(one))
        })
        .collect();
    // Whoever was heard the most while somebody spoke is taken for them, the surest first.
    let speakers = turns.iter().map(|turn| turn.speaker).max().unwrap_or(1);
    let mut pairs: Vec<(usize, usize, u32)> = Vec::new();
    for name in 0..names.len() {
        for speaker in 1..=speakers {
            let together =
                frames.iter().filter(|(said, heard)| said.contains(&name) && *heard == Some(speaker));
            pairs.push((together.count(), name, speaker));
        }
    }
    pairs.sort_unstable_by(|a, b| b.cmp(a));
    let (mut taken, mut right) = (Vec::new(), 0);
    for (count, name, speaker) in pairs {
        if taken.iter().all(|(other, who)| *other != name && *who != speaker) {
            taken.push((name, speaker));
            right += count;
        }
    }
    let sum = |of: &dyn Fn(usize, usize) -> usize| {
        let each = frames.iter().map(|(said, heard)| of(said.len(), usize::from(heard.is_some())));
        each.sum::<usize>()
    };
    let all = sum(&|said, _| said).max(1) as f64;
    Errors {
        missed: sum(&usize::saturating_sub) as f64 / all,
        invented: sum(&|said, heard| heard.saturating_sub(said)) as f64 / all,
        confused: (sum(&|said, heard| said.min(heard)) - right) as f64 / all,
    }
}
