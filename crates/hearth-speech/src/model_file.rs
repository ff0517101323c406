//! Whether a file is a whole whisper model, in the format of whisper.cpp ("ggml"): looked at without loading it.
//!
//! The format: a magic number, eleven numbers of shape, the mel filters, the vocabulary, then tensors one after the
//! other, each with its shape, name and kind.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

const MAGIC: u32 = 0x6767_6d6c;
/// Longest name of a tensor, and word of the vocabulary, in bytes.
const LONGEST_NAME: u32 = 256;

/// Why a file is none.
#[derive(Debug, thiserror::Error)]
pub enum NotAModel {
    #[error("it is no whisper model of whisper.cpp (a file like ggml-base.bin)")]
    Other,
    #[error("it is the model of another program in whisper.cpp's format; its numbers are none of whisper's")]
    Shape,
    #[error("it is no whole whisper model: {have} of its {wanted} tensors are there; download it again")]
    Tensors { have: usize, wanted: usize },
    #[error("it ends in the middle; download it again")]
    CutOff,
    #[error("it could not be read: {0}")]
    Io(io::Error),
}

impl From<io::Error> for NotAModel {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::CutOff } else { Self::Io(error) }
    }
}

/// What a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelShape {
    pub is_multilingual: bool,
    pub encoder_layers: u32,
    pub decoder_layers: u32,
}

/// Looks at a model's file from its beginning to its end.
pub fn whisper_shape(path: &Path) -> Result<ModelShape, NotAModel> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut reader = Reader { input: BufReader::new(file), length };
    if reader.number().map_err(|_| NotAModel::Other)? != MAGIC {
        return Err(NotAModel::Other);
    }
    let mut shape = [0; 11];
    for number in &mut shape {
        *number = reader.number()?;
    }
    let [
        words,
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
    let in_range = (50_000..60_000).contains(&words)
        && audio_context == 1500
        && text_context == 448
        && audio_state == text_state
        && (16..=4096).contains(&audio_state)
        && (1..=64).contains(&encoder_layers)
        && (1..=64).contains(&decoder_layers)
        && [80, 128].contains(&mels);
    if !in_range {
        return Err(NotAModel::Shape);
    }
    let (filters, bins) = (reader.number()?, reader.number()?);
    reader.skip(u64::from(filters) * u64::from(bins) * 4)?;
    let known = reader.number()?;
    if known > words {
        return Err(NotAModel::Shape);
    }
    for _ in 0..known {
        let length = reader.number()?;
        if length > LONGEST_NAME {
            return Err(NotAModel::Shape);
        }
        reader.skip(u64::from(length))?;
    }
    // Eleven around the blocks, fifteen an encoder's block, twenty-four a decoder's.
    let wanted = 11 + 15 * encoder_layers as usize + 24 * decoder_layers as usize;
    let have = tensors(&mut reader)?;
    if have != wanted {
        return Err(NotAModel::Tensors { have, wanted });
    }
    Ok(ModelShape { is_multilingual: words >= 51_865, encoder_layers, decoder_layers })
}

/// How many tensors follow, up to the end of the file.
fn tensors(reader: &mut Reader) -> Result<usize, NotAModel> {
    let mut names = HashSet::new();
    while !reader.is_at_end()? {
        let (dimensions, name, kind) = (reader.number()?, reader.number()?, reader.number()?);
        if !(1..=4).contains(&dimensions) || name == 0 || name > LONGEST_NAME {
            return Err(NotAModel::CutOff);
        }
        let mut values = 1_u64;
        for _ in 0..dimensions {
            values = values.saturating_mul(u64::from(reader.number()?));
        }
        let mut bytes = vec![0; name as usize];
        reader.input.read_exact(&mut bytes)?;
        names.insert(bytes);
        let (block, size) = block_of(kind).ok_or(NotAModel::Shape)?;
        reader.skip(values.saturating_mul(size) / block)?;
    }
    Ok(names.len())
}

/// Values of a block, and its bytes, of ggml's kinds of numbers.
fn block_of(kind: u32) -> Option<(u64, u64)> {
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

struct Reader {
    input: BufReader<File>,
    length: u64,
}

impl Reader {
    fn number(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.input.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Fails where the file ends before.
    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let at = self.input.stream_position()?;
        if at.saturating_add(bytes) > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match i64::try_from(bytes) {
            Ok(bytes) => self.input.seek_relative(bytes),
            Err(_) => self.input.seek(SeekFrom::Start(at + bytes)).map(drop),
        }
    }

    fn is_at_end(&mut self) -> io::Result<bool> {
        Ok(self.input.stream_position()? >= self.length)
    }
}
