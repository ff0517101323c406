//! The weights of the voice encoder, as their file has them: PyTorch's form, a ZIP in which each tensor's numbers are a
//! file of its own, and a list of names as Python pickles it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    #[error("the voice encoder could not be loaded: {0}; if this stays, delete the model and get it again")]
    Io(#[from] std::io::Error),
    #[error(
        "the file of the voice encoder is not what it should be ({0}); delete the model and get it again"
    )]
    Other(String),
}

/// Bytes of the longest list of names, and of all numbers: four times what the encoder has.
const LIST: u64 = 1 << 20;
const NUMBERS: u64 = 120 << 20;

/// All numbers by their tensor's name.
pub(super) struct Weights(HashMap<String, Vec<f32>>);

impl Weights {
    pub(super) fn read(file: &Path) -> Result<Self, VoiceError> {
        let other = |error: zip::result::ZipError| VoiceError::Other(error.to_string());
        let mut archive = ZipArchive::new(BufReader::new(File::open(file)?)).map_err(other)?;
        let mut list = Vec::new();
        archive.by_name("archive/data.pkl").map_err(other)?.take(LIST).read_to_end(&mut list)?;
        let mut tensors = HashMap::new();
        let mut left = NUMBERS;
        for (name, key) in names(&list) {
            let mut bytes = Vec::new();
            let file = archive.by_name(&format!("archive/data/{key}")).map_err(other)?;
            left = left.saturating_sub(file.take(left).read_to_end(&mut bytes)? as u64);
            if left == 0 {
                return Err(VoiceError::Other("it is too large".into()));
            }
            let numbers = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            tensors.insert(name, numbers.collect());
        }
        Ok(Self(tensors))
    }

    /// A tensor of so many numbers.
    pub(super) fn tensor(&self, name: &str, count: usize) -> Result<&[f32], VoiceError> {
        let found = self.0.get(name).ok_or_else(|| VoiceError::Other(format!("{name} is missing")))?;
        if found.len() != count {
            return Err(VoiceError::Other(format!("{name} has {} numbers instead of {count}", found.len())));
        }
        Ok(found)
    }
}

/// The tensors' names, each with the name of the file that has its numbers: in a pickled list both are strings, a name is
/// followed by its file's, which is a number, and nothing is said twice (Python's own `pickletools` names the orders).
fn names(list: &[u8]) -> Vec<(String, String)> {
    let (mut found, mut name, mut at) = (Vec::new(), None, 0);
    while let Some(&order) = list.get(at) {
        let length = |width: usize| {
            let bytes = list.get(at + 1..at + 1 + width)?;
            Some(bytes.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte)))
        };
        let line = || list[at..].iter().position(|byte| *byte == b'\n').map(|end| end + 1);
        let step = match order {
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
        let Some(step) = step else { break };
        if order == b'X'
            && let Some(text) = list.get(at + 5..at + step).and_then(|text| std::str::from_utf8(text).ok())
        {
            if text.contains('.') {
                name = Some(text.to_owned());
            } else if text.bytes().all(|byte| byte.is_ascii_digit())
                && let Some(name) = name.take()
            {
                found.push((name, text.to_owned()));
            }
        }
        at += step;
    }
    found
}
