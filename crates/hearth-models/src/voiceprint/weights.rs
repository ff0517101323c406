//! Weights of the voice encoder from a PyTorch file: a ZIP archive with one member per tensor, and a pickled
//! list of the tensors' names.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

/// Error of loading the voice encoder.
#[derive(Debug, thiserror::Error)]
pub enum VoiceEncoderError {
    #[error(
        "the voice encoder could not be loaded: {0}; if this happens again, delete the model and download it again"
    )]
    Io(#[from] std::io::Error),
    #[error("the voice encoder's file is not valid ({0}); delete the model and download it again")]
    Other(String),
}

/// Maximum bytes of the pickled list, and of all tensors together: four times the size of the encoder.
const MAX_LIST_BYTES: u64 = 1 << 20;
const MAX_TENSOR_BYTES: u64 = 120 << 20;

/// Values of all tensors by name.
pub(super) struct Weights(HashMap<String, Vec<f32>>);

impl Weights {
    /// Reads a PyTorch file of single-precision tensors, within the limits.
    pub(super) fn read(file: &Path) -> Result<Self, VoiceEncoderError> {
        let to_error = |error: zip::result::ZipError| VoiceEncoderError::Other(error.to_string());
        let mut archive = ZipArchive::new(BufReader::new(File::open(file)?)).map_err(to_error)?;
        let mut list = Vec::new();
        archive.by_name("archive/data.pkl").map_err(to_error)?.take(MAX_LIST_BYTES).read_to_end(&mut list)?;
        let mut tensors = HashMap::new();
        let mut remaining_bytes = MAX_TENSOR_BYTES;
        for (name, key) in parse_tensor_names(&list) {
            let mut bytes = Vec::new();
            let file = archive.by_name(&format!("archive/data/{key}")).map_err(to_error)?;
            remaining_bytes =
                remaining_bytes.saturating_sub(file.take(remaining_bytes).read_to_end(&mut bytes)? as u64);
            if remaining_bytes == 0 {
                return Err(VoiceEncoderError::Other("it is too large".into()));
            }
            let numbers = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            tensors.insert(name, numbers.collect());
        }
        Ok(Self(tensors))
    }

    /// Values of a tensor; an error unless it has `count` values.
    pub(super) fn get_tensor(&self, name: &str, count: usize) -> Result<&[f32], VoiceEncoderError> {
        let values =
            self.0.get(name).ok_or_else(|| VoiceEncoderError::Other(format!("{name} is missing")))?;
        if values.len() != count {
            return Err(VoiceEncoderError::Other(format!(
                "{name} has {} values instead of {count}",
                values.len()
            )));
        }
        Ok(values)
    }
}

/// Parses the names of the tensors, each with the number of the archive member that has its values. In the
/// pickled list both are strings, the number follows the name, and no string is repeated (opcodes as in
/// Python's `pickletools`).
fn parse_tensor_names(list: &[u8]) -> Vec<(String, String)> {
    let (mut names, mut name, mut at) = (Vec::new(), None, 0);
    while let Some(&opcode) = list.get(at) {
        let length = |width: usize| {
            let bytes = list.get(at + 1..at + 1 + width)?;
            Some(bytes.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        };
        let line = || list[at..].iter().position(|byte| *byte == b'\n').map(|end| end + 1);
        let size = match opcode {
            b'X' => length(4).map(|length| 5 + length),
            0x8c | 0x8a => length(1).map(|length| 2 + length),
            b'c' => line().and_then(|first| {
                Some(first + 1 + list.get(at + first..)?.iter().position(|byte| *byte == b'\n')?)
            }),
            b'J' | b'r' | b'j' => Some(5),
            b'M' => Some(3),
            b'K' | b'q' | b'h' | 0x80 => Some(2),
            b'.' => None,
            _ => Some(1),
        };
        let Some(size) = size else { break };
        if opcode == b'X'
            && let Some(text) = list.get(at + 5..at + size).and_then(|text| std::str::from_utf8(text).ok())
        {
            if text.contains('.') {
                name = Some(text.to_owned());
            } else if text.bytes().all(|byte| byte.is_ascii_digit())
                && let Some(name) = name.take()
            {
                names.push((name, text.to_owned()));
            }
        }
        at += size;
    }
    names
}
