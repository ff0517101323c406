//! The frames on a worker's pipes: a length (little-endian, 8 bytes), then so many bytes.

use std::io::{self, Read, Write};

/// Writes one frame.
pub(crate) fn write(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(bytes)?;
    out.flush()
}

/// Reads one frame of at most `limit` bytes.
pub(crate) fn read(input: &mut impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let length = read_length(input)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    read_bytes(input, length, limit)
}

/// Length of the next frame in bytes, or `None` at the end of the stream.
pub(crate) fn read_length(input: &mut impl Read) -> io::Result<Option<u64>> {
    let mut length = [0; 8];
    match input.read_exact(&mut length) {
        Ok(()) => Ok(Some(u64::from_le_bytes(length))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads `length` bytes; `InvalidData` if that is over `limit`.
pub(crate) fn read_bytes(input: &mut impl Read, length: u64, limit: u64) -> io::Result<Vec<u8>> {
    if length > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame exceeds the size limit"));
    }
    // The buffer grows as bytes arrive: a false length costs no memory.
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}
