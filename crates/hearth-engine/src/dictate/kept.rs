//! A recording on the disk until it is text, so that a failure, or the end of the program, loses nothing that was said.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use hearth_domain::{DictationId, SPEECH_RATE};
use tokio::fs::{self, File};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const FOLDER: &str = "recordings";
/// The end of the name of one that is there to be tried again, and of one that somebody speaks into.
const WHOLE: &str = "wav";
const PART: &str = "part";
/// Bytes before the samples of a WAV file.
pub(super) const HEADER: usize = 44;
/// Recordings that are kept at most; the oldest go first.
const MOST: usize = 20;

/// A recording that is being made.
#[derive(Debug)]
pub(super) struct Kept {
    /// None where it cannot be written: whoever speaks is heard all the same.
    file: Option<File>,
    id: DictationId,
    /// Where it stands while somebody speaks.
    path: PathBuf,
    bytes: u32,
    /// It is text, and needed no more.
    is_text: bool,
    /// Whoever spoke wants nothing of it to be left.
    dropped: CancellationToken,
}

impl Kept {
    pub(super) async fn begin(library: &Path, dropped: CancellationToken) -> Self {
        // Names are in the order of time.
        let id = DictationId(Uuid::now_v7());
        let path = library.join(FOLDER).join(format!("{id}.{PART}"));
        let mut kept = Self { file: None, id, path, bytes: 0, is_text: false, dropped };
        match kept.open().await {
            Ok(file) => kept.file = Some(file),
            Err(error) => tracing::warn!(%error, "what is said cannot be kept until it is text"),
        }
        kept
    }

    async fn open(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).await?;
        }
        let mut file = File::create_new(&self.path).await?;
        file.write_all(&header(0)).await?;
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

    /// It did not become text: it stays. Its name, where all of it is there.
    pub(super) async fn keep(mut self) -> Option<DictationId> {
        if self.dropped.is_cancelled() {
            return None;
        }
        let mut whole = None;
        if let Some(mut file) = self.file.take() {
            match finish(&mut file, &self.path, self.bytes).await {
                Ok(()) => whole = Some(self.id),
                Err(error) => tracing::warn!(%error, "a recording is kept without its end"),
            }
        }
        if let Some(folder) = self.path.parent() {
            for (old, _) in found(folder, WHOLE).await.iter().rev().skip(MOST) {
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
        // Whatever else ends it, the program itself perhaps, leaves it where it is, for the next start.
        if self.is_text || self.dropped.is_cancelled() {
            self.file = None;
            // What cannot be removed is found by the next try.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Writes down how much it is, and gives it its name.
async fn finish(file: &mut File, path: &Path, bytes: u32) -> io::Result<()> {
    file.seek(SeekFrom::Start(0)).await?;
    file.write_all(&header(bytes)).await?;
    file.flush().await?;
    fs::rename(path, path.with_extension(WHOLE)).await
}

/// What a process before this one left in the middle is there to be tried again.
pub(crate) async fn recover(library: &Path) {
    for (path, _) in found(&library.join(FOLDER), PART).await {
        let end = async {
            let mut file = File::options().write(true).open(&path).await?;
            let bytes = file.metadata().await?.len().saturating_sub(HEADER as u64);
            if bytes == 0 {
                return fs::remove_file(&path).await;
            }
            finish(&mut file, &path, u32::try_from(bytes).unwrap_or(u32::MAX)).await
        };
        if let Err(error) = end.await {
            tracing::warn!(%error, "what was said before could not be recovered");
        }
    }
}

/// Where one that was kept stands.
pub(super) fn place(library: &Path, id: DictationId) -> PathBuf {
    library.join(FOLDER).join(format!("{id}.{WHOLE}"))
}

/// Those that are kept, from the oldest to the latest.
pub(super) async fn kept(library: &Path) -> Vec<(PathBuf, DictationId)> {
    found(&library.join(FOLDER), WHOLE).await
}

async fn found(folder: &Path, end: &str) -> Vec<(PathBuf, DictationId)> {
    let mut found = Vec::new();
    let Ok(mut inside) = fs::read_dir(folder).await else { return found };
    while let Ok(Some(entry)) = inside.next_entry().await {
        let path = entry.path();
        let id = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        if let (true, Some(id)) = (path.extension().is_some_and(|its| its == end), id) {
            found.push((path, id));
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

    async fn left(library: &Path) -> usize {
        kept(library).await.len()
    }

    #[tokio::test]
    async fn what_is_not_text_stays_unless_it_was_dropped() {
        let library = tempfile::tempdir().unwrap();
        let begin = || Kept::begin(library.path(), CancellationToken::new());
        let folder = library.path().join(FOLDER);
        let mut text = begin().await;
        text.push(&[0.0, 0.5, -1.0, 2.0]).await;
        text.forget().await;
        // In the middle, as whoever spoke wanted it.
        let dropped = CancellationToken::new();
        let gone = Kept::begin(library.path(), dropped.clone()).await;
        dropped.cancel();
        drop(gone);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        let mut failed = begin().await;
        failed.push(&[0.0, 0.5, -1.0, 2.0]).await;
        let id = failed.keep().await.unwrap();
        let bytes = std::fs::read(place(library.path(), id)).unwrap();
        assert_eq!(bytes.len(), HEADER + 8);
        assert_eq!(bytes[40..44], 8_u32.to_le_bytes());
        assert_eq!(bytes[50..52], i16::MAX.to_le_bytes());
        // In the middle, as the program ended: it is there after the next start, and whole.
        let mut broken_off = begin().await;
        broken_off.push(&[0.5; 3]).await;
        if let Some(file) = &mut broken_off.file {
            file.flush().await.unwrap();
        }
        drop(broken_off);
        assert_eq!(left(library.path()).await, 1);
        recover(library.path()).await;
        let all = kept(library.path()).await;
        assert_eq!(all.len(), 2);
        let bytes = std::fs::read(&all[1].0).unwrap();
        assert_eq!((bytes.len(), &bytes[40..44]), (HEADER + 6, &6_u32.to_le_bytes()[..]));
    }

    #[tokio::test]
    async fn no_more_are_kept_than_anyone_will_hear() {
        let library = tempfile::tempdir().unwrap();
        for _ in 0..MOST + 3 {
            Kept::begin(library.path(), CancellationToken::new()).await.keep().await;
        }
        assert_eq!(left(library.path()).await, MOST);
    }

    #[tokio::test]
    async fn where_nothing_can_be_written_speech_is_heard_all_the_same() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut kept = Kept::begin(file.path(), CancellationToken::new()).await;
        kept.push(&[0.1]).await;
        assert_eq!(kept.keep().await, None, "nobody is told that it is there");
    }
}
