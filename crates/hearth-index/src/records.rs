//! Format of the vector index's file `rows`: a header, then one record per row.

/// Version of the file format.
const FORMAT_VERSION: u32 = 1;
/// Size of the header: `HRTHVEC`, version, dimensions, CRC-32 of the embedder's name.
pub(crate) const HEADER_BYTES: usize = 24;
/// Size of a record: passage, source, scale, checksum (CRC-32), little-endian.
pub(crate) const RECORD_BYTES: usize = 24;
/// Passage key of a removed row.
pub(crate) const REMOVED_KEY: i64 = -1;

/// A row: keys of its passage and source, and the value of one step of its codes.
#[derive(Clone, Copy)]
pub(crate) struct Record {
    pub(crate) key: i64,
    pub(crate) source: i64,
    pub(crate) scale: f32,
}

impl Record {
    /// Encodes the record with its checksum.
    pub(crate) fn to_bytes(self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[..8].copy_from_slice(&self.key.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.source.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.scale.to_le_bytes());
        let sum = crc32fast::hash(&bytes[..20]);
        bytes[20..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// A record from its bytes, or `None` if its checksum is wrong.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let sum = u32::from_le_bytes(bytes.get(20..24)?.try_into().ok()?);
        (crc32fast::hash(&bytes[..20]) == sum).then_some(())?;
        Some(Self {
            key: i64::from_le_bytes(bytes[..8].try_into().ok()?),
            source: i64::from_le_bytes(bytes[8..16].try_into().ok()?),
            scale: f32::from_le_bytes(bytes[16..20].try_into().ok()?),
        })
    }
}

/// Header of the file `rows`.
pub(crate) fn encode_header(embedder: &str, dimensions: usize) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(b"HRTHVEC\0");
    header[8..12].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&(dimensions as u32).to_le_bytes());
    header[16..20].copy_from_slice(&crc32fast::hash(embedder.as_bytes()).to_le_bytes());
    header
}
