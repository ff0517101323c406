//! Recordings as files of samples: 16 bits each, little-endian, one channel of [`hearth_domain::SPEECH_RATE`].

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use crate::activity::{Listener, parts};
use crate::whisper::LONGEST;

/// Samples that are read at once.
const PIECE: usize = 16_384;

/// The parts of a recording in which somebody speaks, in samples, each short enough to be heard as one.
pub fn spoken_parts(samples: &Path) -> io::Result<Vec<Range<usize>>> {
    let mut input = BufReader::new(File::open(samples)?);
    let mut listener = Listener::default();
    let mut length = 0;
    loop {
        let mut bytes = Vec::new();
        input.by_ref().take(2 * PIECE as u64).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            break;
        }
        length += bytes.len() / 2;
        listener.push(&floats(&bytes));
    }
    Ok(parts(&listener.finish(), length, LONGEST))
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
