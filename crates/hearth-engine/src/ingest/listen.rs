//! Writing a recording down: part by part, each kept as soon as it was heard.

use std::ops::Range;
use std::path::Path;

use hearth_documents::detect_language;
use hearth_domain::{
    Failure, Job, JobStep, Problem, ProblemCode, RevisionId, SPEECH_RATE, Source, SpeakerTurn,
    TranscribeOptions, Transcript,
};
use hearth_store::RevisionFacts;
use uuid::Uuid;

use super::guide::guide;
use super::written::written;
use crate::running_jobs::Share;
use crate::speech::{Recording, Scratch};
use crate::{Engine, EngineError};

/// Where hearing stands on a job's way from 0 to 1.
const DECODED: f32 = 0.05;
const TOLD_APART: f32 = 0.15;
pub(super) const HEARD: f32 = 0.8;

impl Engine {
    /// Makes a revision of what is said in a recording; false when the job was cancelled.
    pub(super) async fn listen(&self, job: &Job, source: &Source) -> Result<bool, EngineError> {
        let shared = &self.0;
        let speech = &shared.speech;
        let transcriber = speech.transcriber(None)?;
        // Without a model nothing else is worth its while.
        transcriber.load().await?;
        let samples = Scratch(shared.store.blobs().scratch(&format!("{}.samples", source.id)));
        let recording = {
            let _reading = shared.reading.acquire().await.expect("nobody closes it");
            if !self.advance(job, JobStep::Reading, 0.02).await? {
                return Ok(false);
            }
            let original = shared.store.blobs().open_blob(&source.sha256).await?;
            speech.read(original, &samples.0).await.map_err(EngineError::Recording)?
        };
        let Some(turns) = self.turns(job, &samples.0, &recording).await? else { return Ok(false) };
        // What is said counts, also where nobody can tell who says it.
        let (turns, untold) = turns.map_or_else(|failure| (Vec::new(), Some(failure)), |turns| (turns, None));
        let known = shared.store.heard(source.id, transcriber.id()).await?;
        let mut options = TranscribeOptions {
            // Its name may have the names that are said in it.
            prompt: source.title.rsplit_once('.').map_or(source.title.as_str(), |(stem, _)| stem).to_owned(),
            language: speech.language(),
            words: true,
            is_speech: true,
            ..TranscribeOptions::default()
        };
        let all = recording.parts.iter().map(Range::len).sum::<usize>().max(1);
        let (mut done, mut heard) = (0, Vec::new());
        for part in &recording.parts {
            let progress = TOLD_APART + (HEARD - TOLD_APART) * done as f32 / all as f32;
            if !self.advance(job, JobStep::Transcribing, progress).await? {
                return Ok(false);
            }
            let transcript = match known.get(part) {
                Some(known) => known.clone(),
                None => self.hear(&samples.0, part, &options, source, transcriber.as_ref()).await?,
            };
            // A file is in one language: it is heard once.
            options.language = options.language.or_else(|| transcript.language.clone());
            done += part.len();
            heard.push((part.start as u64 * 1000 / u64::from(SPEECH_RATE), transcript));
        }
        let mut problems = Vec::new();
        let mut note = |code, message: &str| {
            problems.push(Problem { code, message: message.to_owned(), page: None });
        };
        if recording.damaged > 0 {
            note(ProblemCode::Damaged, "parts of the recording are damaged and were left out");
        }
        if recording.is_cut {
            note(ProblemCode::Truncated, "only the first 24 hours were written down");
        }
        if let Some(failure) = untold {
            tracing::warn!(error = failure.message, "voices were not told apart");
            note(ProblemCode::PartUnreadable, &failure.message);
        }
        let revision = written(&heard, &turns);
        if revision.text.is_empty() {
            note(ProblemCode::NoSpeech, "nobody was heard to speak in this recording");
        }
        let language = heard.iter().find_map(|(_, transcript)| transcript.language.clone());
        let facts = RevisionFacts {
            title: None,
            pages: None,
            seconds: Some(recording.seconds),
            loudness: &recording.loudness,
            words: revision.text.split_whitespace().count() as u32,
            language: language.as_deref().or_else(|| detect_language(&revision.text)),
            problems: &problems,
            guide: Some(&guide(&revision)),
        };
        shared.store.put_revision(source.id, RevisionId(Uuid::now_v7()), &revision, &facts).await?;
        shared.store.forget_heard(source.id).await?;
        Ok(true)
    }

    /// Who speaks when; nothing when the job was cancelled.
    async fn turns(
        &self,
        job: &Job,
        samples: &Path,
        recording: &Recording,
    ) -> Result<Option<Result<Vec<SpeakerTurn>, Failure>>, EngineError> {
        let done = Share::default();
        let note = |share| done.note(share);
        let turns = self.0.speech.turns(samples, &recording.speech, &note);
        self.watched(job, JobStep::Transcribing, DECODED..TOLD_APART, &done, turns).await
    }

    async fn hear(
        &self,
        samples: &Path,
        part: &Range<usize>,
        options: &TranscribeOptions,
        source: &Source,
        transcriber: &dyn hearth_domain::Transcriber,
    ) -> Result<Transcript, EngineError> {
        let speech = &self.0.speech;
        let clip = speech.part(samples, part.clone()).await.map_err(EngineError::Recording)?;
        let transcript = transcriber.transcribe(&clip, options).await?;
        self.0.store.put_heard(source.id, transcriber.id(), part, &transcript).await?;
        Ok(transcript)
    }
}
