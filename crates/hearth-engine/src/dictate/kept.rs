//! A recording on the disk until it is text, so that a failure, or the end of the program, loses nothing that was said.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use hearth_domain::SPEECH_RATE;
use tokio::fs::{self, File};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const FOLDER: &str = "recordings";
/// Bytes before the samples of a WAV file.
const HEADER: usize = 44;
/// Recordings that are kept at most; the oldest go first.
const MOST: usize = 20;

/// A recording that is being made.
pub(super) struct Kept {
    /// None where it cannot be written: whoever speaks is heard all the same.
    file: Option<File>,
    path: PathBuf,
    bytes: u32,
    /// It is text, and needed no more.
    is_text: bool,
    /// Whoever spoke wants nothing of it to be left.
    dropped: CancellationToken,
}

impl Kept {
    pub(super) async fn begin(library: &Path, dropped: CancellationToken) -> Self {
        let folder = library.join(FOLDER);
        // Names are in the order of time.
        let path = folder.join(format!("{}.wav", Uuid::now_v7()));
        let mut kept = Self { file: None, path, bytes: 0, is_text: false, dropped };
        match kept.open(&folder).await {
            Ok(file) => kept.file = Some(file),
            Err(error) => tracing::warn!(%error, "what is said cannot be kept until it is text"),
        }
        kept
    }

    async fn open(&self, folder: &Path) -> io::Result<File> {
        fs::create_dir_all(folder).await?;
        let mut file = File::create_new(&self.path).await?;
        // Until the end is known: as long as it may be. Readers stop where the file does.
        file.write_all(&header(u32::MAX - HEADER as u32)).await?;
        Ok(file)
    }

    pub(super) async fn push(&mut self, samples: &[f32]) {
        let Some(file) = &mut self.file else { return };
        let bytes: Vec<u8> = samples
            .iter()
            .flat_map(|sample| ((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16).to_le_bytes())
            .collect();
        match file.write_all(&bytes).await {
            Ok(()) => self.bytes += bytes.len() as u32,
            Err(error) => {
                tracing::warn!(%error, "what is said cannot be kept any more");
                self.file = None;
            }
        }
    }

    /// It could not be made text: it stays. Its file, where all of it is there.
    pub(super) async fn keep(mut self) -> Option<PathBuf> {
        let mut whole = None;
        if let Some(mut file) = self.file.take() {
            let header = header(self.bytes);
            let end = async {
                file.seek(SeekFrom::Start(0)).await?;
                file.write_all(&header).await?;
                file.flush().await
            };
            match end.await {
                Ok(()) => whole = Some(self.path.clone()),
                Err(error) => tracing::warn!(%error, "a recording is kept without its end"),
            }
        }
        if let Some(folder) = self.path.parent() {
            let all = recordings(folder).await;
            for old in all.iter().rev().skip(MOST) {
                // Another time, then.
                let _ = fs::remove_file(old).await;
            }
        }
        whole
    }

    /// It is text, and needed no more.
    pub(super) async fn forget(mut self) {
        if let Some(mut file) = self.file.take() {
            let _ = file.flush().await;
        }
        self.is_text = true;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // Whatever else ends it, the program itself perhaps, leaves it where it is.
        if self.is_text || self.dropped.is_cancelled() {
            self.file = None;
            // What cannot be removed is found by the next try.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// From the oldest to the latest.
async fn recordings(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(mut inside) = fs::read_dir(folder).await else { return found };
    while let Ok(Some(entry)) = inside.next_entry().await {
        if entry.path().extension().is_some_and(|end| end == "wav") {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// Of a WAV file of one channel with samples of two bytes, so many bytes of them.
fn header(bytes: u32) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let mut at = 0;
    let mut put = |part: &[u8]| {
        header[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    };
    put(b"RIFF");
    put(&bytes.saturating_add(HEADER as u32 - 8).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16_u32.to_le_bytes());
    // PCM, one channel.
    put(&1_u16.to_le_bytes());
    put(&1_u16.to_le_bytes());
    put(&SPEECH_RATE.to_le_bytes());
    put(&(SPEECH_RATE * 2).to_le_bytes());
    put(&2_u16.to_le_bytes());
    put(&16_u16.to_le_bytes());
    put(b"data");
    put(&bytes.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn left(library: &Path) -> Vec<PathBuf> {
        recordings(&library.join(FOLDER)).await
    }

    #[tokio::test]
    async fn what_is_not_text_stays_unless_it_was_dropped() {
        let library = tempfile::tempdir().unwrap();
        let begin = || Kept::begin(library.path(), CancellationToken::new());
        let mut kept = begin().await;
        kept.push(&[0.0, 0.5, -1.0, 2.0]).await;
        kept.forget().await;
        assert!(left(library.path()).await.is_empty());
        // In the middle, as whoever spoke wanted it.
        let dropped = CancellationToken::new();
        let kept = Kept::begin(library.path(), dropped.clone()).await;
        dropped.cancel();
        drop(kept);
        assert!(left(library.path()).await.is_empty());
        // In the middle, as the program ended.
        drop(begin().await);
        assert_eq!(left(library.path()).await.len(), 1);
        let mut kept = begin().await;
        kept.push(&[0.0, 0.5, -1.0, 2.0]).await;
        let bytes = std::fs::read(kept.keep().await.unwrap()).unwrap();
        assert_eq!(bytes.len(), HEADER + 8);
        assert_eq!(bytes[40..44], 8_u32.to_le_bytes());
        assert_eq!(bytes[50..52], i16::MAX.to_le_bytes());
    }

    #[tokio::test]
    async fn no_more_are_kept_than_anyone_will_hear() {
        let library = tempfile::tempdir().unwrap();
        for _ in 0..MOST + 3 {
            Kept::begin(library.path(), CancellationToken::new()).await.keep().await;
        }
        assert_eq!(left(library.path()).await.len(), MOST);
    }

    #[tokio::test]
    async fn where_nothing_can_be_written_speech_is_heard_all_the_same() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut kept = Kept::begin(file.path(), CancellationToken::new()).await;
        kept.push(&[0.1]).await;
        assert_eq!(kept.keep().await, None, "nobody is told that it is there");
    }
}
