//! Transcription of a source: part by part, each stored as soon as it is transcribed.

use std::ops::Range;
use std::path::{Path, PathBuf};

use hearth_documents::detect_language;
use hearth_domain::{
    DecodedRecording, Failure, Job, JobStep, Problem, ProblemCode, SPEECH_SAMPLE_RATE, Source,
    SpeakerSegment, TranscribeOptions, Transcript,
};
use hearth_store::RevisionMetadata;

use super::extractive_guide::extract_guide;
use super::reading::Reading;
use super::transcript_text::build_revision;
use crate::jobs::SharedProgress;
use crate::{Library, LibraryError};

/// Progress of a job after decoding, from 0 to 1.
const DECODED_PROGRESS: f32 = 0.05;
/// Progress of a job after diarisation.
const DIARISED_PROGRESS: f32 = 0.15;
/// Progress of a job after transcription.
pub(super) const TRANSCRIBED_PROGRESS: f32 = 0.8;

/// A temporary file, removed when dropped.
struct TemporaryFile(PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // A file that is left is removed at the next start.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Library {
    /// Makes a revision of a recording's transcript.
    pub(super) async fn transcribe_source(
        &self,
        job: &Job,
        source: &Source,
    ) -> Result<Reading, LibraryError> {
        let shared = &self.0;
        let speech = &shared.speech;
        let transcriber = speech.transcriber(None)?;
        // Without a model no other step is worth its time.
        transcriber.load().await?;
        let samples = TemporaryFile(shared.store.blobs().scratch_path(&format!("{}.samples", source.id)));
        let recording = {
            let _permit = shared.read_permits.acquire().await.expect("the semaphore is never closed");
            if !self.advance_job(job, JobStep::Reading, 0.02).await? {
                return Ok(Reading::Cancelled);
            }
            let original = shared.store.blobs().open_blob(&source.sha256).await?;
            speech
                .decode_recording(original.into_std().await, &samples.0)
                .await
                .map_err(LibraryError::Recording)?
        };
        let Some(segments) = self.diarise_recording(job, &samples.0, &recording).await? else {
            return Ok(Reading::Cancelled);
        };
        // The transcript counts, even without its speakers.
        let (segments, diarisation_failure) =
            segments.map_or_else(|failure| (Vec::new(), Some(failure)), |segments| (segments, None));
        let stored = shared.store.list_transcript_parts(source.id, transcriber.id()).await?;
        let mut options = TranscribeOptions {
            // The title may have names that are spoken in the recording.
            prompt: source.title.rsplit_once('.').map_or(source.title.as_str(), |(stem, _)| stem).to_owned(),
            language: speech.speech_language(),
            words: true,
            is_speech: true,
            ..TranscribeOptions::default()
        };
        let total_samples = recording.parts.iter().map(Range::len).sum::<usize>().max(1);
        let (mut done_samples, mut transcripts) = (0, Vec::new());
        for part in &recording.parts {
            let progress = DIARISED_PROGRESS
                + (TRANSCRIBED_PROGRESS - DIARISED_PROGRESS) * done_samples as f32 / total_samples as f32;
            if !self.advance_job(job, JobStep::Transcribing, progress).await? {
                return Ok(Reading::Cancelled);
            }
            let transcript = match stored.get(part) {
                Some(stored) => stored.clone(),
                None => {
                    self.transcribe_part(&samples.0, part, &options, source, transcriber.as_ref()).await?
                }
            };
            // A file has one language, which is detected once.
            options.language = options.language.or_else(|| transcript.language.clone());
            done_samples += part.len();
            transcripts.push((part.start as u64 * 1000 / u64::from(SPEECH_SAMPLE_RATE), transcript));
        }
        let mut problems = Vec::new();
        let mut add_problem = |code, message: &str| {
            problems.push(Problem { code, message: message.to_owned(), page: None });
        };
        if recording.damaged > 0 {
            add_problem(ProblemCode::Damaged, "parts of the recording are damaged and were left out");
        }
        if recording.is_truncated {
            add_problem(ProblemCode::Truncated, "only the first 24 hours were transcribed");
        }
        if let Some(failure) = diarisation_failure {
            tracing::warn!(error = failure.message, "the speakers of a recording could not be identified");
            add_problem(ProblemCode::PartUnreadable, &failure.message);
        }
        let revision = build_revision(&transcripts, &segments);
        if revision.text.is_empty() {
            add_problem(ProblemCode::NoSpeech, "no speech was found in this recording");
        }
        let language = transcripts.iter().find_map(|(_, transcript)| transcript.language.clone());
        let metadata = RevisionMetadata {
            title: None,
            pages: None,
            seconds: Some(recording.seconds),
            loudness: recording.loudness,
            words: revision.text.split_whitespace().count() as u32,
            language: language.or_else(|| detect_language(&revision.text).map(str::to_owned)),
            problems,
            guide: Some(extract_guide(&revision)),
        };
        let reading = self.store_reading(job, source, &revision, &metadata).await?;
        shared.store.delete_transcript_parts(source.id).await?;
        Ok(reading)
    }

    /// Speaker segments of a recording, or `None` if the job was cancelled.
    async fn diarise_recording(
        &self,
        job: &Job,
        samples: &Path,
        recording: &DecodedRecording,
    ) -> Result<Option<Result<Vec<SpeakerSegment>, Failure>>, LibraryError> {
        let done = SharedProgress::default();
        let on_progress = |share| done.set_progress(share);
        let segments = self.0.speech.diarise_recording(samples, &recording.speech_spans, &on_progress);
        self.run_with_progress(
            job,
            JobStep::Transcribing,
            DECODED_PROGRESS..DIARISED_PROGRESS,
            &done,
            segments,
        )
        .await
    }

    async fn transcribe_part(
        &self,
        samples: &Path,
        part: &Range<usize>,
        options: &TranscribeOptions,
        source: &Source,
        transcriber: &dyn hearth_domain::Transcriber,
    ) -> Result<Transcript, LibraryError> {
        let speech = &self.0.speech;
        let clip = speech.read_samples(samples, part.clone()).await.map_err(LibraryError::Recording)?;
        let transcript = transcriber.transcribe(&clip, options).await?;
        self.0.store.save_transcript_part(source.id, transcriber.id(), part, &transcript).await?;
        Ok(transcript)
    }
}
