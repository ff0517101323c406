//! Speech, on recordings that nobody here made where they are there (`HEARTH_EVAL_DIR`).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod labels;
mod recordings;

use std::path::{Path, PathBuf};

use hearth_domain::SPEECH_RATE;
use hearth_speech::{DecodeError, Decoded, decode};

/// The evaluation's recordings; a test that has none says so and ends.
fn recordings() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/eval");
    let folder = std::env::var_os("HEARTH_EVAL_DIR").map_or(default, PathBuf::from).join("audio");
    if !folder.is_dir() {
        println!("no recordings: HEARTH_EVAL_DIR names the folder of the evaluation");
        return None;
    }
    Some(folder)
}

/// The samples of a recording.
fn samples(bytes: Vec<u8>) -> Result<(Vec<f32>, Decoded), DecodeError> {
    let mut all = Vec::new();
    let decoded = decode(bytes, &mut |piece| {
        all.extend_from_slice(piece);
        Ok(())
    })?;
    Ok((all, decoded))
}

fn seconds(samples: &[f32]) -> f64 {
    samples.len() as f64 / f64::from(SPEECH_RATE)
}
