//! Sample files of recordings: 16 bits, little-endian, one channel of [`hearth_domain::SPEECH_SAMPLE_RATE`].

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use crate::level_meter::LevelMeter;
use crate::voice_activity::{VoiceActivityDetector, split_at_pauses};
use crate::whisper::MAX_CLIP_SAMPLES;

/// Samples of one read.
const READ_BLOCK_SAMPLES: usize = 16_384;

/// Most loudness values of a recording.
const MAX_LOUDNESS_VALUES: usize = 800;

/// Overview of a recording before its transcription.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordingOverview {
    /// Speech spans, in samples.
    pub speech: Vec<Range<usize>>,
    /// Speech spans with their margins, joined into parts that are short enough to be transcribed as one
    /// clip.
    pub parts: Vec<Range<usize>>,
    /// Loudness over equal intervals: 0 for silence (60 dB below full scale), 255 for full scale.
    pub loudness: Vec<u8>,
}

/// Analyses a recording's sample file: voice activity, parts, loudness.
pub fn analyse_recording(samples: &Path) -> io::Result<RecordingOverview> {
    let mut input = BufReader::new(File::open(samples)?);
    let (mut detector, mut meter) = (VoiceActivityDetector::default(), LevelMeter::default());
    let (mut length, mut levels) = (0, Vec::new());
    loop {
        let mut bytes = Vec::new();
        input.by_ref().take(2 * READ_BLOCK_SAMPLES as u64).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            break;
        }
        length += bytes.len() / 2;
        let samples = floats_from_pcm(&bytes);
        detector.push(&samples);
        meter.push(&samples, |level| levels.push((level * 255.0).round() as u8));
    }
    let speech = detector.finish();
    let parts = split_at_pauses(&speech, length, MAX_CLIP_SAMPLES);
    Ok(RecordingOverview { speech, parts, loudness: reduce_levels(&levels, MAX_LOUDNESS_VALUES) })
}

/// Reduces levels to at most `max_values`, each the maximum of an equal interval.
fn reduce_levels(levels: &[u8], max_values: usize) -> Vec<u8> {
    let count = levels.len().min(max_values);
    let interval_start = |interval: usize| interval * levels.len() / count.max(1);
    (0..count)
        .map(|interval| {
            levels[interval_start(interval)..interval_start(interval + 1)].iter().copied().max().unwrap_or(0)
        })
        .collect()
}

/// Reads the samples of a part (a range in samples) from a sample file.
pub fn read_part(samples: &Path, part: Range<usize>) -> io::Result<Vec<f32>> {
    let mut file = File::open(samples)?;
    file.seek(SeekFrom::Start(2 * part.start as u64))?;
    let mut bytes = Vec::new();
    file.take(2 * part.len() as u64).read_to_end(&mut bytes)?;
    Ok(floats_from_pcm(&bytes))
}

/// Converts 16-bit samples to floats from -1 to 1.
fn floats_from_pcm(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32768.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_of_each_piece_is_told() {
        assert_eq!(reduce_levels(&[1, 9, 2, 3, 8, 4, 5], 3), [9, 3, 8]);
        assert_eq!(reduce_levels(&[1, 9], 3), [1, 9]);
        assert!(reduce_levels(&[], 3).is_empty());
    }

    /// Writes a sample file, and calls `check` with its path.
    fn with_sample_file(name: &str, bytes: &[u8], check: impl FnOnce(&Path)) {
        let path = std::env::temp_dir().join(format!("hearth-samples-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        check(&path);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_part_has_the_samples_of_its_range() {
        let bytes: Vec<u8> = [0_i16, 16_384, -32_768, 8192, 1].iter().flat_map(|n| n.to_le_bytes()).collect();
        with_sample_file("part", &bytes, |path| {
            assert_eq!(read_part(path, 1..4).unwrap(), [0.5, -1.0, 0.25]);
            // A part beyond the end has the samples that there are.
            assert_eq!(read_part(path, 3..100).unwrap(), [0.25, 1.0 / 32_768.0]);
            assert!(read_part(path, 50..60).unwrap().is_empty());
        });
    }

    #[test]
    fn the_overview_has_thirty_loudness_values_a_second() {
        // Two seconds: silence, then a square wave of full scale.
        let rate = hearth_domain::SPEECH_SAMPLE_RATE as i16;
        let wave = (0..rate).map(|n| if n % 2 == 0 { i16::MIN } else { i16::MAX });
        let bytes: Vec<u8> = (0..rate).map(|_| 0).chain(wave).flat_map(i16::to_le_bytes).collect();
        with_sample_file("overview", &bytes, |path| {
            let loudness = analyse_recording(path).unwrap().loudness;
            assert_eq!(loudness.len(), 60);
            assert!(loudness[..30].iter().all(|value| *value == 0), "{loudness:?}");
            assert!(loudness[31..].iter().all(|value| *value == 255), "{loudness:?}");
        });
        with_sample_file("empty", b"", |path| {
            assert_eq!(analyse_recording(path).unwrap(), RecordingOverview::default());
        });
    }
}
