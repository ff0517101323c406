//! The voice encoder against voiceprints that 3D-Speaker's own code made in PyTorch, of features that torchaudio made.

use std::f64::consts::TAU;
use std::path::Path;

use hearth_host::Directories;
use hearth_models::{Catalogue, ModelCache, VOICE_WINDOW, VoiceEncoder};

const VALUES: usize = 192;

/// Three seconds of something like a voice: harmonics of a tone that goes up and down, and some noise.
fn signal() -> Vec<f32> {
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
    let cache = ModelCache::new(Directories::find(None).unwrap().models);
    let catalogue = Catalogue::embedded().unwrap();
    let entry = catalogue.of("speakers").next().unwrap();
    let files = cache.find(entry).expect("`cargo xtask test` brings the voice encoder");
    let encoder = VoiceEncoder::load(&files.path(&entry.files[0].path), 2).unwrap();
    let windows = [0..VOICE_WINDOW, 10_000..10_000 + VOICE_WINDOW, 5_000..15_000];
    let prints = encoder.voiceprints(&signal(), &windows);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/voice_reference.f32");
    let reference = std::fs::read(fixture).unwrap();
    let reference: Vec<f32> =
        reference.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    assert_eq!((prints.len(), reference.len()), (3, 3 * VALUES));
    for (ours, theirs) in prints.iter().zip(reference.chunks_exact(VALUES)) {
        let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        println!("largest difference {worst:.1e}");
        assert!(worst < 1e-4, "off by {worst}");
    }
}

#[test]
fn another_file_is_no_voice_encoder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.pt");
    std::fs::write(&file, b"no archive at all").unwrap();
    let refused = VoiceEncoder::load(&file, 1).err().unwrap().to_string();
    assert!(refused.contains("get it again"), "{refused}");
}
