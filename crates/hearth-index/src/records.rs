//! What stands in the file `rows` of the vectors: a header, then a record a row.

/// Format of the files.
const VERSION: u32 = 1;
/// `HRTHVEC`, version, dimensions, digest of the embedder's name.
pub(crate) const HEADER: usize = 24;
/// Passage, source, scale, checksum.
pub(crate) const RECORD: usize = 24;
/// The passage number of a row that was removed.
pub(crate) const REMOVED: i64 = -1;

/// A row: its passage, its source, and what one step of its codes is worth.
#[derive(Clone, Copy)]
pub(crate) struct Record {
    pub(crate) key: i64,
    pub(crate) source: i64,
    pub(crate) scale: f32,
}

impl Record {
    pub(crate) fn bytes(self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        bytes[..8].copy_from_slice(&self.key.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.source.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.scale.to_le_bytes());
        let sum = crc32fast::hash(&bytes[..20]);
        bytes[20..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// A record from its bytes, when its checksum is right.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let sum = u32::from_le_bytes(bytes.get(20..24)?.try_into().ok()?);
        (crc32fast::hash(&bytes[..20]) == sum).then_some(())?;
        Some(Self {
            key: i64::from_le_bytes(bytes[..8].try_into().ok()?),
            source: i64::from_le_bytes(bytes[8..16].try_into().ok()?),
            scale: f32::from_le_bytes(bytes[16..20].try_into().ok()?),
        })
    }
}

/// What the file begins with.
pub(crate) fn header(embedder: &str, dimensions: usize) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(b"HRTHVEC\0");
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&(dimensions as u32).to_le_bytes());
    header[16..20].copy_from_slice(&crc32fast::hash(embedder.as_bytes()).to_le_bytes());
    header
}
