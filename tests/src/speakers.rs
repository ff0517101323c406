//! Diarisation of recordings, and its errors against labels.

use hearth_domain::{ModelTask, SpeakerSegment};
use hearth_host::Directories;
use hearth_models::{Catalogue, LocalVoiceEncoder, ModelCache, VOICEPRINT_WINDOW_SAMPLES};
use hearth_speech::{Diariser, decode_recording, detect_speech, select_voiceprint_windows};

/// Frames a second in which labels and speaker segments are compared.
const FRAMES_PER_SECOND: f64 = 100.0;

/// Labelled speaker segment: its start and end in seconds, and the speaker's name.
pub type SpeakerLabel = (f64, f64, String);

/// Loads the voice encoder of the catalogue, for a number of threads.
///
/// # Panics
/// When it is not on this machine; `cargo xtask test` downloads it.
pub fn load_voice_encoder(threads: usize) -> LocalVoiceEncoder {
    let catalogue = Catalogue::load_built_in().unwrap();
    let entry = catalogue.models_for_task(ModelTask::Speakers).next().unwrap();
    let files =
        ModelCache::new(Directories::from_environment(None).unwrap().models).find_files(entry).unwrap();
    LocalVoiceEncoder::load(&files.path(&entry.files[0].path), threads).unwrap()
}

/// Samples of a recording.
///
/// # Panics
/// When it cannot be decoded.
pub fn decode_samples(recording: Vec<u8>) -> Vec<f32> {
    let mut samples = Vec::new();
    let mut append = |piece: &[f32]| {
        samples.extend_from_slice(piece);
        Ok(())
    };
    decode_recording(recording, &mut append).unwrap();
    samples
}

/// Speaker segments of a recording, and the number of windows of which voiceprints were made.
pub fn find_speaker_segments(encoder: &LocalVoiceEncoder, samples: &[f32]) -> (Vec<SpeakerSegment>, usize) {
    let windows: Vec<_> = select_voiceprint_windows(&detect_speech(samples), VOICEPRINT_WINDOW_SAMPLES)
        .into_iter()
        .flatten()
        .collect();
    let mut diariser = Diariser::default();
    for (window, voiceprint) in windows.iter().zip(encoder.compute_voiceprints(samples, &windows)) {
        diariser.push(window.clone(), &voiceprint);
    }
    (diariser.finish(), windows.len())
}

/// Errors as shares of all speech, from 0; their sum is the diarisation error rate.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiarisationErrors {
    /// Missed speech: no speaker was found, or fewer than spoke at once.
    pub missed: f64,
    /// False alarm: a speaker was found where no one spoke.
    pub false_alarm: f64,
    /// Speaker confusion: another speaker was found.
    pub confused: f64,
}

impl DiarisationErrors {
    /// Diarisation error rate, from 0.
    pub fn error_rate(self) -> f64 {
        self.missed + self.false_alarm + self.confused
    }
}

/// Errors of speaker segments against labels, without a collar; speakers who speak at once are counted each. Without
/// any segment, all speech counts as one speaker's.
pub fn measure_errors(labels: &[SpeakerLabel], segments: &[SpeakerSegment]) -> DiarisationErrors {
    let mut names: Vec<&str> = labels.iter().map(|(.., name)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let end = labels.iter().map(|(_, end, _)| *end).fold(0.0, f64::max);
    let frames: Vec<(Vec<usize>, Option<u32>)> = (0..(end * FRAMES_PER_SECOND) as usize)
        .map(|frame| {
            let time = (frame as f64 + 0.5) / FRAMES_PER_SECOND;
            let labelled = labels.iter().filter(|(start, end, _)| (*start..*end).contains(&time));
            let labelled: Vec<usize> =
                labelled.map(|(.., name)| names.binary_search(&name.as_str()).unwrap()).collect();
            let ms = (time * 1000.0) as u64;
            let found = segments.iter().find(|segment| (segment.start_ms..segment.end_ms).contains(&ms));
            let only_speaker = (segments.is_empty() && !labelled.is_empty()).then_some(1);
            (labelled, found.map(|segment| segment.speaker).or(only_speaker))
        })
        .collect();
    // Each name is matched to the speaker with whom it shares most frames; pairs with more frames are matched first.
    let speakers = segments.iter().map(|segment| segment.speaker).max().unwrap_or(1);
    let mut pairs: Vec<(usize, usize, u32)> = Vec::new();
    for name in 0..names.len() {
        for speaker in 1..=speakers {
            let shared =
                frames.iter().filter(|(labelled, found)| labelled.contains(&name) && *found == Some(speaker));
            pairs.push((shared.count(), name, speaker));
        }
    }
    pairs.sort_unstable_by(|a, b| b.cmp(a));
    let (mut matched, mut correct) = (Vec::new(), 0);
    for (count, name, speaker) in pairs {
        if matched.iter().all(|pair: &(usize, u32)| pair.0 != name && pair.1 != speaker) {
            matched.push((name, speaker));
            correct += count;
        }
    }
    // Sum of a function of the numbers of labelled and of found speakers in each frame.
    let sum = |value: &dyn Fn(usize, usize) -> usize| {
        let values =
            frames.iter().map(|(labelled, found)| value(labelled.len(), usize::from(found.is_some())));
        values.sum::<usize>()
    };
    let speech = sum(&|labelled, _| labelled).max(1) as f64;
    DiarisationErrors {
        missed: sum(&usize::saturating_sub) as f64 / speech,
        false_alarm: sum(&|labelled, found| found.saturating_sub(labelled)) as f64 / speech,
        confused: (sum(&|labelled, found| labelled.min(found)) - correct) as f64 / speech,
    }
}
