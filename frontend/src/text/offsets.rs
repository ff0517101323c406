//! Conversion of the node's character offsets to bytes of a Rust string.

use hearth_domain::CharOffset;

/// Byte positions of ascending character offsets; the text's length for offsets past the end.
pub fn byte_offsets(text: &str, offsets: impl IntoIterator<Item = CharOffset>) -> Vec<usize> {
    let mut chars = text.char_indices().map(|(byte, _)| byte).chain(std::iter::repeat(text.len()));
    let mut at = 0;
    let mut byte = chars.next().unwrap_or(0);
    let mut found = Vec::new();
    for offset in offsets {
        while at < offset.0 && byte < text.len() {
            byte = chars.next().unwrap_or(text.len());
            at += 1;
        }
        found.push(byte);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_several_bytes_count_once() {
        let offsets = [0, 1, 2, 3, 9].map(CharOffset);
        assert_eq!(byte_offsets("aé𝄞b", offsets), [0, 1, 3, 7, 8]);
        assert_eq!(byte_offsets("", [CharOffset(0), CharOffset(4)]), [0, 0]);
    }
}
