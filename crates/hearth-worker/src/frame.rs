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

/// Length of the next frame in bytes, or `None` at the end of the stream; `UnexpectedEof` if the length is cut.
pub(crate) fn read_length(input: &mut impl Read) -> io::Result<Option<u64>> {
    let mut bytes = Vec::with_capacity(8);
    input.take(8).read_to_end(&mut bytes)?;
    match <[u8; 8]>::try_from(bytes.as_slice()) {
        Ok(length) => Ok(Some(u64::from_le_bytes(length))),
        Err(_) if bytes.is_empty() => Ok(None),
        Err(_) => Err(io::ErrorKind::UnexpectedEof.into()),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Reader that returns one byte per call, as a pipe may.
    struct SlowPipe<'a>(&'a [u8]);

    impl Read for SlowPipe<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = buffer.len().min(1);
            self.0.read(&mut buffer[..length])
        }
    }

    #[test]
    fn a_frame_is_its_length_and_its_bytes() {
        let mut out = Vec::new();
        write(&mut out, b"abc").unwrap();
        write(&mut out, b"").unwrap();
        assert_eq!(out, b"\x03\0\0\0\0\0\0\0abc\0\0\0\0\0\0\0\0");
        let mut pipe = SlowPipe(&out);
        assert_eq!(read(&mut pipe, 3).unwrap(), b"abc");
        assert_eq!(read(&mut pipe, 3).unwrap(), b"");
        assert_eq!(read_length(&mut pipe).unwrap(), None);
    }

    #[test]
    fn a_frame_above_the_limit_is_refused_before_it_is_read() {
        let mut frame = Vec::new();
        write(&mut frame, b"abcd").unwrap();
        let mut input = frame.as_slice();
        assert_eq!(read(&mut input, 3).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(input, b"abcd");
    }

    #[test]
    fn a_frame_that_is_cut_anywhere_is_an_error() {
        let mut frame = Vec::new();
        write(&mut frame, b"abc").unwrap();
        for length in 0..frame.len() {
            let error = read(&mut &frame[..length], 100).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length} bytes");
        }
        // The end between two frames is the end of the stream, the end inside of a length is none.
        assert_eq!(read_length(&mut &b""[..]).unwrap(), None);
        assert_eq!(read_length(&mut &frame[..7]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_false_length_costs_no_memory() {
        // A petabyte is more than any machine could allocate.
        let error = read_bytes(&mut &b"abc"[..], 1 << 50, u64::MAX).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
