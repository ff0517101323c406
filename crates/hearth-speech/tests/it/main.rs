//! Tests of speech, on public recordings if they are there (`HEARTH_EVAL_DIR`).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod labels;
mod recordings;

use std::path::{Path, PathBuf};

use hearth_domain::SPEECH_SAMPLE_RATE;
use hearth_speech::{DecodeError, DecodeSummary, decode_recording};

/// Folder of the evaluation's recordings; `None`, with a message, if there is none.
fn recordings_folder() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/eval");
    let folder = std::env::var_os("HEARTH_EVAL_DIR").map_or(default, PathBuf::from).join("audio");
    if !folder.is_dir() {
        println!("skipped: no recordings found; set HEARTH_EVAL_DIR to the folder of the evaluation data");
        return None;
    }
    Some(folder)
}

/// Decodes a recording into its samples.
fn decode_samples(bytes: Vec<u8>) -> Result<(Vec<f32>, DecodeSummary), DecodeError> {
    let mut samples = Vec::new();
    let summary = decode_recording(bytes, &mut |block| {
        samples.extend_from_slice(block);
        Ok(())
    })?;
    Ok((samples, summary))
}

fn duration_seconds(samples: &[f32]) -> f64 {
    samples.len() as f64 / f64::from(SPEECH_SAMPLE_RATE)
}
