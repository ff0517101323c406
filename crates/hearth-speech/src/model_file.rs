//! Validation of a whisper model's file in the format of whisper.cpp ("ggml"), without loading the model.
//!
//! The format: a magic number, eleven hyperparameters, the mel filters, the vocabulary, then tensors one
//! after the other, each with its shape, name and type.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Magic number of a ggml file.
const GGML_MAGIC: u32 = 0x6767_6d6c;
/// Longest name of a tensor, and longest token of the vocabulary, in bytes.
const MAX_NAME_BYTES: u32 = 256;

/// Error of validating a model's file.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    #[error("the file is not a whisper.cpp model (such as ggml-base.bin)")]
    Other,
    #[error(
        "the file has the format of whisper.cpp, but its hyperparameters are not those of a whisper model"
    )]
    Shape,
    #[error("the whisper model is incomplete: {found} of {expected} tensors are present; download it again")]
    Tensors { found: usize, expected: usize },
    #[error("the file is incomplete; download it again")]
    CutOff,
    #[error("the file could not be read: {0}")]
    Io(io::Error),
}

impl From<io::Error> for ModelFileError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::CutOff } else { Self::Io(error) }
    }
}

/// Shape of a whisper model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelShape {
    pub is_multilingual: bool,
    pub encoder_layers: u32,
    pub decoder_layers: u32,
}

/// Reads the shape of a whisper model, and validates its file to the end.
pub fn read_model_shape(path: &Path) -> Result<ModelShape, ModelFileError> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut reader = Reader { input: BufReader::new(file), length };
    if reader.read_u32().map_err(|_| ModelFileError::Other)? != GGML_MAGIC {
        return Err(ModelFileError::Other);
    }
    let mut shape = [0; 11];
    for number in &mut shape {
        *number = reader.read_u32()?;
    }
    let [
        vocabulary_size,
        audio_context,
        audio_state,
        _,
        encoder_layers,
        text_context,
        text_state,
        _,
        decoder_layers,
        mels,
        _,
    ] = shape;
    let in_range = (50_000..60_000).contains(&vocabulary_size)
        && audio_context == 1500
        && text_context == 448
        && audio_state == text_state
        && (16..=4096).contains(&audio_state)
        && (1..=64).contains(&encoder_layers)
        && (1..=64).contains(&decoder_layers)
        && [80, 128].contains(&mels);
    if !in_range {
        return Err(ModelFileError::Shape);
    }
    let (filters, bins) = (reader.read_u32()?, reader.read_u32()?);
    reader.skip_bytes((u64::from(filters) * u64::from(bins)).saturating_mul(4))?;
    let token_count = reader.read_u32()?;
    if token_count > vocabulary_size {
        return Err(ModelFileError::Shape);
    }
    for _ in 0..token_count {
        let length = reader.read_u32()?;
        if length > MAX_NAME_BYTES {
            return Err(ModelFileError::Shape);
        }
        reader.skip_bytes(u64::from(length))?;
    }
    // Eleven tensors around the blocks, fifteen in an encoder's block, twenty-four in a decoder's.
    let expected = 11 + 15 * encoder_layers as usize + 24 * decoder_layers as usize;
    let found = count_tensors(&mut reader)?;
    if found != expected {
        return Err(ModelFileError::Tensors { found, expected });
    }
    Ok(ModelShape { is_multilingual: vocabulary_size >= 51_865, encoder_layers, decoder_layers })
}

/// Counts the tensors (distinct names) from the current position to the end of the file.
fn count_tensors(reader: &mut Reader) -> Result<usize, ModelFileError> {
    let mut names = HashSet::new();
    while !reader.is_at_end()? {
        let (dimensions, name, kind) = (reader.read_u32()?, reader.read_u32()?, reader.read_u32()?);
        if !(1..=4).contains(&dimensions) || name == 0 || name > MAX_NAME_BYTES {
            return Err(ModelFileError::CutOff);
        }
        let mut values = 1_u64;
        for _ in 0..dimensions {
            values = values.saturating_mul(u64::from(reader.read_u32()?));
        }
        let mut bytes = vec![0; name as usize];
        reader.input.read_exact(&mut bytes)?;
        names.insert(bytes);
        let (block, size) = block_layout(kind).ok_or(ModelFileError::Shape)?;
        reader.skip_bytes(values.saturating_mul(size) / block)?;
    }
    Ok(names.len())
}

/// Values in a block, and its bytes, of one of ggml's number types; `None` for an unknown type.
fn block_layout(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (1, 4),      // f32
        1 => (1, 2),      // f16
        2 => (32, 18),    // q4_0
        3 => (32, 20),    // q4_1
        6 => (32, 22),    // q5_0
        7 => (32, 24),    // q5_1
        8 => (32, 34),    // q8_0
        10 => (256, 84),  // q2_k
        11 => (256, 110), // q3_k
        12 => (256, 144), // q4_k
        13 => (256, 176), // q5_k
        14 => (256, 210), // q6_k
        _ => return None,
    })
}

/// Reader of a model's file.
struct Reader {
    input: BufReader<File>,
    length: u64,
}

impl Reader {
    fn read_u32(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.input.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Skips so many bytes; an error if the file ends before.
    fn skip_bytes(&mut self, bytes: u64) -> io::Result<()> {
        let position = self.input.stream_position()?;
        if position.saturating_add(bytes) > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match i64::try_from(bytes) {
            Ok(bytes) => self.input.seek_relative(bytes),
            Err(_) => self.input.seek(SeekFrom::Start(position + bytes)).map(drop),
        }
    }

    fn is_at_end(&mut self) -> io::Result<bool> {
        Ok(self.input.stream_position()? >= self.length)
    }
}

#[cfg(test)]
mod tests;
