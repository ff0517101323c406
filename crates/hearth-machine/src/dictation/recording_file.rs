//! Recording file: on disk until it is text, so that a failure, or the end of the program, loses no speech.

use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};

use hearth_domain::{DictationId, SPEECH_SAMPLE_RATE};
use tokio::fs::{self, File};
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const RECORDINGS_FOLDER: &str = "recordings";
/// Extension of a complete recording, a pending dictation.
const COMPLETE_EXTENSION: &str = "wav";
/// Extension of a recording in progress.
const PARTIAL_EXTENSION: &str = "part";
/// Bytes before the samples of a WAV file.
pub(super) const WAV_HEADER_BYTES: usize = 44;
/// Maximum saved recordings; the oldest are deleted first.
const MAX_RECORDINGS: usize = 20;

/// A recording in progress.
#[derive(Debug)]
pub(super) struct RecordingFile {
    /// `None` if the file cannot be written: the dictation goes on all the same.
    file: Option<File>,
    id: DictationId,
    /// Path while the recording is in progress.
    path: PathBuf,
    bytes: u32,
    /// True if the recording is text, and needed no more.
    is_transcribed: bool,
    /// Cancelled if nothing of the recording is to be left.
    cancel: CancellationToken,
}

impl RecordingFile {
    /// Creates the file of a recording in a folder.
    pub(super) async fn create_recording(folder: &Path, cancel: CancellationToken) -> Self {
        // Names sort by time.
        let id = DictationId(Uuid::now_v7());
        let path = folder.join(RECORDINGS_FOLDER).join(format!("{id}.{PARTIAL_EXTENSION}"));
        let mut recording = Self { file: None, id, path, bytes: 0, is_transcribed: false, cancel };
        match recording.create_file().await {
            Ok(file) => recording.file = Some(file),
            Err(error) => tracing::warn!(%error, "a dictation is not recorded to disk"),
        }
        recording
    }

    async fn create_file(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).await?;
        }
        let mut file = File::create_new(&self.path).await?;
        file.write_all(&wav_header(0)).await?;
        Ok(file)
    }

    /// Appends samples from -1 to 1.
    pub(super) async fn append_samples(&mut self, samples: &[f32]) {
        let Some(file) = &mut self.file else { return };
        let bytes: Vec<u8> = samples
            .iter()
            .flat_map(|sample| ((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16).to_le_bytes())
            .collect();
        match file.write_all(&bytes).await {
            Ok(()) => self.bytes += bytes.len() as u32,
            Err(error) => {
                tracing::warn!(%error, "a dictation is no longer recorded to disk");
                self.file = None;
            }
        }
    }

    /// Saves a recording that did not become text. Returns its id, or `None` if it is incomplete.
    pub(super) async fn save_recording(mut self) -> Option<DictationId> {
        if self.cancel.is_cancelled() {
            return None;
        }
        let mut complete = None;
        if let Some(mut file) = self.file.take() {
            match complete_file(&mut file, &self.path, self.bytes).await {
                Ok(()) => complete = Some(self.id),
                Err(error) => {
                    tracing::warn!(%error, "a recording could not be completed; the next start tries again");
                }
            }
        }
        if let Some(folder) = self.path.parent() {
            for (old, _) in list_files(folder, COMPLETE_EXTENSION).await.iter().rev().skip(MAX_RECORDINGS) {
                // Tried again with the next recording.
                let _ = fs::remove_file(old).await;
            }
        }
        complete
    }

    /// Deletes a recording that is text.
    pub(super) async fn delete_recording(mut self) {
        if let Some(mut file) = self.file.take() {
            let _ = file.flush().await;
        }
        self.is_transcribed = true;
    }
}

impl Drop for RecordingFile {
    fn drop(&mut self) {
        // Any other end, perhaps of the program itself, leaves the file for the next start.
        if self.is_transcribed || self.cancel.is_cancelled() {
            self.file = None;
            // A file that cannot be removed is found by the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Writes the length into the header, and renames the file as complete.
async fn complete_file(file: &mut File, path: &Path, bytes: u32) -> io::Result<()> {
    file.seek(SeekFrom::Start(0)).await?;
    file.write_all(&wav_header(bytes)).await?;
    file.flush().await?;
    fs::rename(path, path.with_extension(COMPLETE_EXTENSION)).await
}

/// Completes the recordings that a previous process left in progress.
pub(crate) async fn recover_recordings(folder: &Path) {
    for (path, _) in list_files(&folder.join(RECORDINGS_FOLDER), PARTIAL_EXTENSION).await {
        let completion = async {
            let mut file = File::options().write(true).open(&path).await?;
            let bytes = file.metadata().await?.len().saturating_sub(WAV_HEADER_BYTES as u64);
            if bytes == 0 {
                return fs::remove_file(&path).await;
            }
            complete_file(&mut file, &path, u32::try_from(bytes).unwrap_or(u32::MAX)).await
        };
        if let Err(error) = completion.await {
            tracing::warn!(%error, "a recording of a previous process could not be completed");
        }
    }
}

/// Path of a saved recording.
pub(super) fn recording_path(folder: &Path, id: DictationId) -> PathBuf {
    folder.join(RECORDINGS_FOLDER).join(format!("{id}.{COMPLETE_EXTENSION}"))
}

/// Saved recordings, oldest first.
pub(super) async fn list_recordings(folder: &Path) -> Vec<(PathBuf, DictationId)> {
    list_files(&folder.join(RECORDINGS_FOLDER), COMPLETE_EXTENSION).await
}

async fn list_files(folder: &Path, extension: &str) -> Vec<(PathBuf, DictationId)> {
    let mut found = Vec::new();
    let Ok(mut entries) = fs::read_dir(folder).await else { return found };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let path = entry.path();
        let id = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        if let (true, Some(id)) = (path.extension().is_some_and(|actual| actual == extension), id) {
            found.push((path, id));
        }
    }
    found.sort();
    found
}

/// Header of a WAV file with one channel, two bytes a sample, and `bytes` bytes of samples.
fn wav_header(bytes: u32) -> [u8; WAV_HEADER_BYTES] {
    let mut header = [0; WAV_HEADER_BYTES];
    let mut at = 0;
    let mut put = |part: &[u8]| {
        header[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    };
    put(b"RIFF");
    put(&bytes.saturating_add(WAV_HEADER_BYTES as u32 - 8).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16_u32.to_le_bytes());
    // PCM, one channel.
    put(&1_u16.to_le_bytes());
    put(&1_u16.to_le_bytes());
    put(&SPEECH_SAMPLE_RATE.to_le_bytes());
    put(&(SPEECH_SAMPLE_RATE * 2).to_le_bytes());
    put(&2_u16.to_le_bytes());
    put(&16_u16.to_le_bytes());
    put(b"data");
    put(&bytes.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn count_recordings(folder: &Path) -> usize {
        list_recordings(folder).await.len()
    }

    #[tokio::test]
    async fn what_is_not_text_stays_unless_it_was_dropped() {
        let library = tempfile::tempdir().unwrap();
        let begin = || RecordingFile::create_recording(library.path(), CancellationToken::new());
        let folder = library.path().join(RECORDINGS_FOLDER);
        let mut text = begin().await;
        text.append_samples(&[0.0, 0.5, -1.0, 2.0]).await;
        text.delete_recording().await;
        // Cancelled in the middle.
        let cancel = CancellationToken::new();
        let cancelled = RecordingFile::create_recording(library.path(), cancel.clone()).await;
        cancel.cancel();
        drop(cancelled);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        let mut failed = begin().await;
        failed.append_samples(&[0.0, 0.5, -1.0, 2.0]).await;
        let id = failed.save_recording().await.unwrap();
        let bytes = std::fs::read(recording_path(library.path(), id)).unwrap();
        assert_eq!(bytes.len(), WAV_HEADER_BYTES + 8);
        assert_eq!(bytes[40..44], 8_u32.to_le_bytes());
        assert_eq!(bytes[50..52], i16::MAX.to_le_bytes());
        // The program ended in the middle: the file is there after the next start, and complete.
        let mut interrupted = begin().await;
        interrupted.append_samples(&[0.5; 3]).await;
        if let Some(file) = &mut interrupted.file {
            file.flush().await.unwrap();
        }
        drop(interrupted);
        assert_eq!(count_recordings(library.path()).await, 1);
        recover_recordings(library.path()).await;
        let all = list_recordings(library.path()).await;
        assert_eq!(all.len(), 2);
        let bytes = std::fs::read(&all[1].0).unwrap();
        assert_eq!((bytes.len(), &bytes[40..44]), (WAV_HEADER_BYTES + 6, &6_u32.to_le_bytes()[..]));
    }

    #[tokio::test]
    async fn no_more_are_kept_than_anyone_will_hear() {
        let library = tempfile::tempdir().unwrap();
        for _ in 0..MAX_RECORDINGS + 3 {
            RecordingFile::create_recording(library.path(), CancellationToken::new())
                .await
                .save_recording()
                .await;
        }
        assert_eq!(count_recordings(library.path()).await, MAX_RECORDINGS);
    }

    #[tokio::test]
    async fn where_nothing_can_be_written_speech_is_heard_all_the_same() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut recording = RecordingFile::create_recording(file.path(), CancellationToken::new()).await;
        recording.append_samples(&[0.1]).await;
        assert_eq!(recording.save_recording().await, None, "no id without a file");
    }
}
