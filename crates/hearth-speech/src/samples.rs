//! Recordings as files of samples: 16 bits each, little-endian, one channel of [`hearth_domain::SPEECH_RATE`].

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use crate::activity::{Listener, parts};
use crate::meter::Meter;
use crate::whisper::LONGEST;

/// Samples that are read at once.
const PIECE: usize = 16_384;

/// Pieces of the same length that a recording's loudness is told of, at most.
const LOUDNESS: usize = 800;

/// What a recording is like, before anything of it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// The stretches in which somebody speaks, in samples.
    pub speech: Vec<Range<usize>>,
    /// The same with what is around them, put together into parts that are short enough to be heard as one.
    pub parts: Vec<Range<usize>>,
    /// How loud it is, piece by piece: 0 for silence (60 dB below full scale), 255 for full scale.
    pub loudness: Vec<u8>,
}

/// Looks through a recording's samples.
pub fn look_over(samples: &Path) -> io::Result<Overview> {
    let mut input = BufReader::new(File::open(samples)?);
    let (mut listener, mut meter) = (Listener::default(), Meter::default());
    let (mut length, mut levels) = (0, Vec::new());
    loop {
        let mut bytes = Vec::new();
        input.by_ref().take(2 * PIECE as u64).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            break;
        }
        length += bytes.len() / 2;
        let samples = floats(&bytes);
        listener.push(&samples);
        meter.push(&samples, |level| levels.push((level * 255.0).round() as u8));
    }
    let speech = listener.finish();
    let parts = parts(&speech, length, LONGEST);
    Ok(Overview { speech, parts, loudness: loudest(&levels, LOUDNESS) })
}

/// The loudest of each piece, where they are cut into so many of the same length; as they are where they are fewer.
fn loudest(levels: &[u8], most: usize) -> Vec<u8> {
    let count = levels.len().min(most);
    let at = |piece: usize| piece * levels.len() / count.max(1);
    (0..count).map(|piece| levels[at(piece)..at(piece + 1)].iter().copied().max().unwrap_or(0)).collect()
}

/// The samples of a part.
pub fn read_part(samples: &Path, part: Range<usize>) -> io::Result<Vec<f32>> {
    let mut file = File::open(samples)?;
    file.seek(SeekFrom::Start(2 * part.start as u64))?;
    let mut bytes = Vec::new();
    file.take(2 * part.len() as u64).read_to_end(&mut bytes)?;
    Ok(floats(&bytes))
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(2).map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32768.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_of_each_piece_is_told() {
        assert_eq!(loudest(&[1, 9, 2, 3, 8, 4, 5], 3), [9, 3, 8]);
        assert_eq!(loudest(&[1, 9], 3), [1, 9]);
        assert!(loudest(&[], 3).is_empty());
    }
}
