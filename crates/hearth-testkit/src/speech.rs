//! Speech engines by a script: half a second of samples of the same value is a word, zero is silence.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use hearth_domain::{
    DecodedRecording, ErrorCode, Failure, SPEECH_SAMPLE_RATE, Segment, SpeakerSegment, SpeechEngines,
    TranscribeError, TranscribeOptions, Transcriber, Transcript, Word,
};

/// Samples of a word.
pub const WORD_SAMPLES: usize = SPEECH_SAMPLE_RATE as usize / 2;
/// Bytes before the samples of a WAV file.
const WAV_HEADER_BYTES: usize = 44;
/// Step between the sample values of two words.
const WORD_STEP: f32 = 0.01;

/// Engines that know a list of words.
#[derive(Clone)]
pub struct ScriptedSpeech {
    words: Arc<[&'static str]>,
}

impl ScriptedSpeech {
    /// Engines that know these words.
    pub fn new(words: &[&'static str]) -> Self {
        Self { words: words.into() }
    }

    /// Samples of spoken words; an empty word is silence.
    pub fn speak(&self, words: &[&str]) -> Vec<f32> {
        let value = |word: &&str| {
            let position = self.words.iter().position(|known| known == word);
            position.map_or(0.0, |position| (position + 1) as f32 * WORD_STEP)
        };
        words.iter().flat_map(|word| std::iter::repeat_n(value(word), WORD_SAMPLES)).collect()
    }

    /// Spoken words with their ranges of samples. A part of a word counts from a quarter of its length on.
    fn find_words(&self, samples: &[f32]) -> Vec<(&'static str, Range<usize>)> {
        let position_of = |sample: f32| (sample / WORD_STEP).round() as usize;
        let (mut found, mut start) = (Vec::new(), 0);
        for run in samples.chunk_by(|a, b| position_of(*a) == position_of(*b)) {
            let word = position_of(run[0]).checked_sub(1).and_then(|position| self.words.get(position));
            let count = (run.len() + WORD_SAMPLES * 3 / 4) / WORD_SAMPLES;
            for nth in 0..count {
                let word_start = start + nth * WORD_SAMPLES;
                let word_end = (word_start + WORD_SAMPLES).min(start + run.len());
                found.extend(word.map(|word| (*word, word_start..word_end)));
            }
            start += run.len();
        }
        found
    }
}

fn read_recording(path: &Path) -> Result<Vec<f32>, Failure> {
    let failure = |error: std::io::Error| Failure { code: ErrorCode::Internal, message: error.to_string() };
    let bytes = std::fs::read(path).map_err(failure)?;
    Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

#[async_trait]
impl SpeechEngines for ScriptedSpeech {
    /// A recording is a WAV file of 16-bit samples, or a list of words, separated by spaces, as text.
    async fn decode_recording(
        &self,
        mut recording: File,
        samples: &Path,
    ) -> Result<DecodedRecording, Failure> {
        let failure =
            |error: std::io::Error| Failure { code: ErrorCode::InvalidRequest, message: error.to_string() };
        let mut bytes = Vec::new();
        recording.read_to_end(&mut bytes).map_err(failure)?;
        let spoken = if bytes.get(36..40) == Some(b"data") {
            let values = bytes[WAV_HEADER_BYTES..].chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]]));
            values.map(|value| f32::from(value) / f32::from(i16::MAX)).collect()
        } else {
            self.speak(&String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>())
        };
        let bytes: Vec<u8> = spoken.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(samples, bytes).map_err(failure)?;
        let speech = self.detect_speech(&spoken);
        Ok(DecodedRecording {
            seconds: spoken.len() as f64 / f64::from(SPEECH_SAMPLE_RATE),
            parts: speech.clone(),
            speech_spans: speech,
            loudness: vec![128; 4],
            damaged: 0,
            is_truncated: false,
        })
    }

    async fn read_samples(&self, samples: &Path, part: Range<usize>) -> Result<Vec<f32>, Failure> {
        let path: PathBuf = samples.to_owned();
        Ok(read_recording(&path)?.get(part).unwrap_or_default().to_vec())
    }

    async fn diarise_recording(
        &self,
        _samples: &Path,
        _speech: &[Range<usize>],
        _progress: &(dyn Fn(f32) + Send + Sync),
    ) -> Result<Vec<SpeakerSegment>, Failure> {
        Ok(Vec::new())
    }

    fn detect_speech(&self, samples: &[f32]) -> Vec<Range<usize>> {
        let mut spans: Vec<Range<usize>> = Vec::new();
        for (_, word) in self.find_words(samples) {
            match spans.last_mut() {
                Some(last) if last.end == word.start => last.end = word.end,
                _ => spans.push(word),
            }
        }
        spans
    }

    fn speech_language(&self) -> Option<String> {
        Some("en".into())
    }

    fn transcriber(&self, id: Option<&str>) -> Result<Arc<dyn Transcriber>, TranscribeError> {
        match id {
            None | Some("scripted") => Ok(Arc::new(self.clone())),
            Some(other) => Err(TranscribeError::Unknown(other.to_owned())),
        }
    }
}

#[async_trait]
impl Transcriber for ScriptedSpeech {
    fn id(&self) -> &'static str {
        "scripted"
    }

    async fn load(&self) -> Result<(), TranscribeError> {
        Ok(())
    }

    async fn transcribe(
        &self,
        samples: &[f32],
        _options: &TranscribeOptions,
    ) -> Result<Transcript, TranscribeError> {
        let to_ms = |sample: usize| (sample / (SPEECH_SAMPLE_RATE as usize / 1000)) as u64;
        let words: Vec<Word> = self
            .find_words(samples)
            .into_iter()
            .map(|(word, range)| Word {
                start_ms: to_ms(range.start),
                end_ms: to_ms(range.end),
                text: format!(" {word}"),
                probability: 1.0,
            })
            .collect();
        if words.is_empty() {
            return Ok(Transcript { language: Some("en".into()), segments: Vec::new() });
        }
        let segment = Segment {
            start_ms: words[0].start_ms,
            end_ms: words[words.len() - 1].end_ms,
            text: words.iter().map(|word| word.text.as_str()).collect(),
            words,
            no_speech: 0.0,
            log_probability: 0.0,
        };
        Ok(Transcript { language: Some("en".into()), segments: vec![segment] })
    }
}
