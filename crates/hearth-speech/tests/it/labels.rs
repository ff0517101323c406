//! Where somebody speaks, against labels by hand.

use hearth_speech::speech;
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::{recordings, samples};

/// Frames in which speech is told from silence: 10 ms.
const FRAME: usize = 160;
/// Of correct decisions: the harmonic mean of precision and recall.
const LEAST_F1: f64 = 0.95;
const SILENT: [&str; 2] = ["leopard-empty.wav", "pyannote-tests-data-empty.wav"];

#[derive(Deserialize)]
struct Example {
    wav: Piece,
    speech: String,
}

#[derive(Deserialize)]
struct Piece {
    file: String,
    start: usize,
    stop: usize,
}

#[test]
fn speech_is_found_where_people_hear_it() {
    let Some(folder) = recordings() else { return };
    let (mut hits, mut false_alarms, mut misses) = (0.0, 0.0, 0.0);
    for list in ["VAD_train.json", "VAD_dev.json"] {
        let text = std::fs::read(folder.join("vad").join(list)).unwrap();
        let examples: BTreeMap<String, Example> = serde_json::from_slice(&text).unwrap();
        for (name, example) in examples {
            let file = example.wav.file.replace("{data_folder}/", "speechbrain-VAD-");
            let (all, _) = samples(std::fs::read(folder.join(&file)).unwrap()).unwrap();
            // Heard as a whole, judged in the piece that was labelled.
            let found = speech(&all);
            let bounds: Vec<f64> = example.speech.split_whitespace().map(|n| n.parse().unwrap()).collect();
            let mut wrong = 0;
            for at in (example.wav.start..example.wav.stop.min(all.len())).step_by(FRAME) {
                let middle = at + FRAME / 2;
                let time = (middle - example.wav.start) as f64 / 16_000.0;
                let is_speech = bounds.chunks(2).any(|pair| (pair[0]..pair[1]).contains(&time));
                let is_found = found.iter().any(|stretch| stretch.contains(&middle));
                match (is_speech, is_found) {
                    (true, true) => hits += 1.0,
                    (false, true) => false_alarms += 1.0,
                    (true, false) => misses += 1.0,
                    (false, false) => {}
                }
                wrong += usize::from(is_speech != is_found);
            }
            println!("{file} {name}: {wrong} frames of 10 ms wrong");
        }
    }
    let f1 = 2.0 * hits / (2.0 * hits + false_alarms + misses);
    println!("F1 {f1:.3}: {hits} hits, {false_alarms} false alarms, {misses} misses");
    assert!(f1 >= LEAST_F1, "F1 {f1:.3}: {hits} hits, {false_alarms} false alarms, {misses} misses");
}

#[test]
fn nobody_is_heard_where_nobody_speaks() {
    let Some(folder) = recordings() else { return };
    for name in SILENT {
        let (all, _) = samples(std::fs::read(folder.join(name)).unwrap()).unwrap();
        assert!(speech(&all).is_empty(), "{name}: {:?}", speech(&all));
    }
}
