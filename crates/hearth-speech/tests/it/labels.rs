//! Voice activity detection against labels made by hand.

use hearth_speech::detect_speech;
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::{decode_samples, recordings_folder};

/// Samples of a frame that is classified as speech or silence: 10 ms.
const FRAME_SAMPLES: usize = 160;
/// Lowest accepted F1: the harmonic mean of precision and recall.
const MIN_F1: f64 = 0.95;
const SILENT_RECORDINGS: [&str; 2] = ["leopard-empty.wav", "pyannote-tests-data-empty.wav"];

#[derive(Deserialize)]
struct Example {
    wav: LabelledRange,
    speech: String,
}

#[derive(Deserialize)]
struct LabelledRange {
    file: String,
    start: usize,
    stop: usize,
}

#[test]
fn speech_is_found_where_people_hear_it() {
    let Some(folder) = recordings_folder() else { return };
    let (mut hits, mut false_alarms, mut misses) = (0.0, 0.0, 0.0);
    for list in ["VAD_train.json", "VAD_dev.json"] {
        let text = std::fs::read(folder.join("vad").join(list)).unwrap();
        let examples: BTreeMap<String, Example> = serde_json::from_slice(&text).unwrap();
        for (name, example) in examples {
            let file = example.wav.file.replace("{data_folder}/", "speechbrain-VAD-");
            let (samples, _) = decode_samples(std::fs::read(folder.join(&file)).unwrap()).unwrap();
            // Detected over the whole recording, scored in the labelled range.
            let spans = detect_speech(&samples);
            let boundaries: Vec<f64> =
                example.speech.split_whitespace().map(|n| n.parse().unwrap()).collect();
            let mut wrong_frames = 0;
            for frame_start in (example.wav.start..example.wav.stop.min(samples.len())).step_by(FRAME_SAMPLES)
            {
                let middle = frame_start + FRAME_SAMPLES / 2;
                let time = (middle - example.wav.start) as f64 / 16_000.0;
                let is_speech = boundaries.chunks(2).any(|pair| (pair[0]..pair[1]).contains(&time));
                let is_found = spans.iter().any(|span| span.contains(&middle));
                match (is_speech, is_found) {
                    (true, true) => hits += 1.0,
                    (false, true) => false_alarms += 1.0,
                    (true, false) => misses += 1.0,
                    (false, false) => {}
                }
                wrong_frames += usize::from(is_speech != is_found);
            }
            println!("{file} {name}: {wrong_frames} frames of 10 ms wrong");
        }
    }
    let f1 = 2.0 * hits / (2.0 * hits + false_alarms + misses);
    println!("F1 {f1:.3}: {hits} hits, {false_alarms} false alarms, {misses} misses");
    assert!(f1 >= MIN_F1, "F1 {f1:.3}: {hits} hits, {false_alarms} false alarms, {misses} misses");
}

#[test]
fn nobody_is_heard_where_nobody_speaks() {
    let Some(folder) = recordings_folder() else { return };
    for name in SILENT_RECORDINGS {
        let (samples, _) = decode_samples(std::fs::read(folder.join(name)).unwrap()).unwrap();
        assert!(detect_speech(&samples).is_empty(), "{name}: {:?}", detect_speech(&samples));
    }
}
