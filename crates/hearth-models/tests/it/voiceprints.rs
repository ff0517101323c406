//! Voice encoder against voiceprints of 3D-Speaker's PyTorch code, from features of torchaudio.

use std::f64::consts::TAU;
use std::path::Path;

use hearth_host::Directories;
use hearth_models::{Catalogue, LocalVoiceEncoder, ModelCache, VOICEPRINT_WINDOW_SAMPLES};

const VOICEPRINT_VALUES: usize = 192;

/// Three seconds of a synthetic voice (16 kHz): harmonics of a tone with vibrato, and noise.
fn synthetic_voice() -> Vec<f32> {
    let mut state = 7_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 23) - 1.0
    };
    let mut sample = |at: u32| {
        let time = f64::from(at) / 16_000.0;
        let turns = 120.0 * time + 3.0 * (TAU * 0.8 * time).sin();
        let voice: f64 =
            (1..=20).map(|harmonic| (TAU * f64::from(harmonic) * turns).sin() / f64::from(harmonic)).sum();
        (0.1 * voice * (0.6 + 0.4 * (TAU * 3.0 * time).sin()) + 0.01 * noise()) as f32
    };
    (0..48_000).map(&mut sample).collect()
}

#[test]
fn voiceprints_are_those_of_the_reference() {
    let cache = ModelCache::new(Directories::from_environment(None).unwrap().models);
    let catalogue = Catalogue::load_built_in().unwrap();
    let entry = catalogue.models_for_task(hearth_domain::ModelTask::Speakers).next().unwrap();
    let files = cache.find_files(entry).expect("`cargo xtask test` downloads the voice encoder");
    let encoder = LocalVoiceEncoder::load(&files.path(&entry.files[0].path), 2).unwrap();
    let windows = [0..VOICEPRINT_WINDOW_SAMPLES, 10_000..10_000 + VOICEPRINT_WINDOW_SAMPLES, 5_000..15_000];
    let voiceprints = encoder.compute_voiceprints(&synthetic_voice(), &windows);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/voice_reference.f32");
    let reference = std::fs::read(fixture).unwrap();
    let reference: Vec<f32> =
        reference.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    assert_eq!((voiceprints.len(), reference.len()), (3, 3 * VOICEPRINT_VALUES));
    for (actual, expected) in voiceprints.iter().zip(reference.chunks_exact(VOICEPRINT_VALUES)) {
        let worst = actual.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("largest difference {worst:.1e}");
        assert!(worst < 1e-4, "off by {worst}");
    }
}

#[test]
fn another_file_is_no_voice_encoder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.pt");
    std::fs::write(&file, b"no archive at all").unwrap();
    let message = LocalVoiceEncoder::load(&file, 1).err().unwrap().to_string();
    assert!(message.contains("download it again"), "{message}");
}
