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

#[cfg(test)]
impl Weights {
    /// Weights with these tensors.
    pub(super) fn from_tensors(tensors: &[(&str, &[f32])]) -> Self {
        Self(tensors.iter().map(|(name, values)| ((*name).to_owned(), values.to_vec())).collect())
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// String of a pickle (BINUNICODE).
    fn text(text: &str) -> Vec<u8> {
        [&b"X"[..], &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
    }

    /// Pickled list of tensors (name, archive member), as PyTorch writes it.
    fn pickle(tensors: &[(&str, &str)]) -> Vec<u8> {
        let mut list = b"\x80\x02}q\0(".to_vec();
        for (name, key) in tensors {
            list.extend(text(name));
            list.extend(b"q\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02((");
            list.extend(text("storage"));
            list.extend(b"q\x03ctorch\nFloatStorage\nq\x04");
            list.extend(text(key));
            list.extend(b"q\x05");
            list.extend(text("cpu"));
            list.extend(b"q\x06M\x00\x02tq\x07QK\0K\x02\x85q\x08K\x01\x85q\x09\x89tq\x0aRq\x0b");
        }
        list.extend(b"u.");
        list
    }

    fn write_archive(members: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut archive = zip::ZipWriter::new(file.reopen().unwrap());
        for (name, bytes) in members {
            archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap();
        file
    }

    #[test]
    fn each_tensor_is_read_from_its_member() {
        let list = pickle(&[("head.weight", "1"), ("head.bias", "0")]);
        let numbers =
            |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
        let file = write_archive(&[
            ("archive/data.pkl", &list),
            ("archive/data/0", &numbers(&[0.5])),
            ("archive/data/1", &numbers(&[1.0, -2.0])),
        ]);
        let weights = Weights::read(file.path()).unwrap();
        assert_eq!(weights.get_tensor("head.weight", 2).unwrap(), [1.0, -2.0]);
        assert_eq!(weights.get_tensor("head.bias", 1).unwrap(), [0.5]);
        let error = weights.get_tensor("head.weight", 3).unwrap_err().to_string();
        assert!(error.contains("head.weight has 2 values instead of 3"), "{error}");
        let error = weights.get_tensor("tail.bias", 1).unwrap_err().to_string();
        assert!(error.contains("tail.bias is missing"), "{error}");
    }

    #[test]
    fn an_archive_without_the_list_or_a_tensor_is_refused() {
        let list = pickle(&[("head.weight", "0")]);
        for members in [&[("archive/data/0", &b"1234"[..])], &[("archive/data.pkl", list.as_slice())]] {
            let result = Weights::read(write_archive(members).path());
            assert!(matches!(result, Err(VoiceEncoderError::Other(_))));
        }
        assert!(matches!(Weights::read(Path::new("/nonexistent.pt")), Err(VoiceEncoderError::Io(_))));
    }

    #[test]
    fn a_list_that_is_cut_or_false_has_the_tensors_before_the_damage() {
        let list = pickle(&[("a.weight", "10"), ("b.weight", "11")]);
        let all = [("a.weight".to_owned(), "10".to_owned()), ("b.weight".to_owned(), "11".to_owned())];
        assert_eq!(parse_tensor_names(&list), all);
        for length in 0..list.len() {
            let found = parse_tensor_names(&list[..length]);
            assert!(all.starts_with(&found), "{length} bytes: {found:?}");
        }
        // A string that claims to be longer than the list.
        assert!(parse_tensor_names(b"X\xff\xff\xff\xff12").is_empty());
    }
}
