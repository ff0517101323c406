//! Dictation: what somebody says becomes text while it is said, so that little is left to do when it ends.

mod draft;
mod kept;
mod left;

use std::sync::Arc;
use std::time::Duration;

use hearth_domain::{
    DictationId, NotebookId, SPEECH_RATE, Sound, TranscribeOptions, Transcriber, Transcript,
};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use self::draft::{Draft, Step};
use self::kept::Kept;
use crate::{Engine, EngineError, FindMode, FindRequest, Scope};

pub(crate) use self::kept::recover;

/// Characters of names that a recogniser is told; whisper takes some two hundred tokens.
const TERMS: usize = 400;
/// Nobody dictates for longer; a key that got stuck does.
const LONGEST: usize = SPEECH_RATE as usize * 60 * 10;

/// How somebody dictates.
#[derive(Clone, Debug, Default)]
pub struct Dictation {
    /// Whose names may be said.
    pub notebook: Option<NotebookId>,
    /// Has the microphone stop; what was said until then still comes.
    pub stop: CancellationToken,
    /// What was said is to be gone: the recording goes with the future.
    pub dropped: CancellationToken,
    /// It ends by itself when nobody speaks any more.
    pub hands_free: bool,
}

/// What is known of a dictation while it goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Dictating {
    /// The first samples of this microphone are there.
    Listening { microphone: String },
    /// How loud it is, 0 to 1.
    Level(f32),
    /// What was said: what will stay, and what may still change.
    Partial { committed: String, tentative: String },
    /// It has ended, and the last of it is written down.
    Writing,
}

/// What was said in the end. Its recording is still there, until it is known whether anybody has the text.
#[derive(Debug)]
pub struct Dictated {
    /// Empty where nobody spoke.
    pub text: String,
    /// Why the microphone was lost before it was to end.
    pub lost: Option<String>,
    kept: Kept,
}

impl Dictated {
    /// Whether whoever spoke has the text. The recording of one that nobody has stays, where somebody spoke.
    pub async fn told(self, has_it: bool) {
        if has_it || self.text.is_empty() {
            return self.kept.forget().await;
        }
        self.kept.keep().await;
    }
}

/// It did not become text.
#[derive(Debug)]
pub struct Undictated {
    pub error: EngineError,
    /// The recording, which [`Engine::write_dictation`] takes.
    pub kept: Option<DictationId>,
}

impl From<EngineError> for Undictated {
    fn from(error: EngineError) -> Self {
        Self { error, kept: None }
    }
}

/// Something that is being written down; that ends when it is dropped.
struct Work {
    task: AbortOnDropHandle<Result<(Transcript, Duration), hearth_domain::TranscribeError>>,
    step: Step,
}

impl Engine {
    /// Whether somebody who speaks would be heard: there is a model for it.
    pub fn ears(&self) -> Result<(), EngineError> {
        Ok(self.0.speech.transcriber(None).map(drop)?)
    }

    /// Writes down what comes from a microphone, until it ends. The recording is on the disk until it is text: when that
    /// fails, [`Engine::write_dictation`] goes on with it.
    pub async fn dictate(
        &self,
        mut sounds: mpsc::Receiver<Sound>,
        how: Dictation,
        tell: &(dyn Fn(Dictating) + Send + Sync),
    ) -> Result<Dictated, Undictated> {
        let speech = &self.0.speech;
        let transcriber = speech.transcriber(None).map_err(EngineError::from)?;
        // While somebody speaks, the models come into memory. Whether that failed is seen when they are used.
        let (warm, engine) = (Arc::clone(&transcriber), self.clone());
        tokio::spawn(async move { tokio::join!(warm.load(), engine.warm()) });
        let options = self.dictation_options(how.notebook).await;
        let mut kept = Kept::begin(self.0.store.folder(), how.dropped.clone()).await;
        let (mut draft, mut work, mut lost) = (Draft::default(), None::<Work>, None);
        let (mut all, mut is_ending, mut ahead) = (0, false, None);
        loop {
            tokio::select! {
                sound = sounds.recv() => match sound {
                    None => break,
                    Some(Sound::Lost(why)) => lost = Some(why),
                    Some(Sound::Began { microphone }) => tell(Dictating::Listening { microphone }),
                    Some(Sound::Level(level)) => tell(Dictating::Level(level)),
                    Some(Sound::Samples(samples)) => {
                        all += samples.len();
                        kept.push(&samples).await;
                        draft.push(&samples);
                    }
                },
                // Where it has become quiet, what is still on its way is most likely silence: the last is written down meanwhile.
                () = how.stop.cancelled(), if !is_ending => {
                    is_ending = true;
                    draft.look_again(|samples| speech.spoken(samples));
                    work.take_if(|work| !draft.is_all(&work.step));
                    if work.is_none()
                        && draft.is_quiet()
                        && let Some(step) = draft.last()
                    {
                        work = Some(begin(&transcriber, &options, draft.clip(&step), step));
                    }
                }
                // At the end that waits until it is known that it is all.
                ended = ended(&mut work), if !is_ending => {
                    let (step, heard) = ended;
                    // What fails now may succeed at the end; then it counts.
                    match heard {
                        Ok((text, took)) => {
                            draft.took(took);
                            draft.heard(&step, &text);
                        }
                        Err(error) => {
                            tracing::warn!(%error, "a part of what is said could not be written down");
                            draft.missed();
                        }
                    }
                    tell(Dictating::Partial { committed: draft.committed(), tentative: draft.tentative() });
                    self.search_ahead(how.notebook, draft.text(), &mut ahead);
                }
            }
            if is_ending {
                continue;
            }
            draft.look(|samples| speech.spoken(samples));
            if work.is_none() {
                draft.forget_silence();
            }
            if all >= LONGEST || (how.hands_free && draft.is_over()) {
                how.stop.cancel();
            }
            if work.is_none()
                && let Some(step) = draft.next()
            {
                work = Some(begin(&transcriber, &options, draft.clip(&step), step));
            }
        }
        tell(Dictating::Writing);
        let written =
            finish(&transcriber, &options, &mut draft, work, |samples| speech.spoken(samples)).await;
        match written {
            Ok(text) => Ok(Dictated { text, lost, kept }),
            Err(error) => Err(Undictated { error, kept: kept.keep().await }),
        }
    }

    /// Searches for what was said so far, unless it is doing so: what that needs of the library, which may not fit into
    /// memory, is there by the time the question is whole.
    fn search_ahead(
        &self,
        notebook: Option<NotebookId>,
        query: String,
        running: &mut Option<AbortOnDropHandle<()>>,
    ) {
        let Some(notebook) = notebook.filter(|_| !query.is_empty()) else { return };
        if running.as_ref().is_some_and(|running| !running.is_finished()) {
            return;
        }
        let (scope, engine) = (Scope::Selection(notebook), self.clone());
        let request = FindRequest { query, mode: FindMode::Hybrid, scope, limit: 1 };
        *running = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            if let Err(error) = engine.find(&request).await {
                tracing::debug!(%error, "nothing was found ahead of the question");
            }
        })));
    }

    /// The names that a notebook knows are written as it has them.
    async fn dictation_options(&self, notebook: Option<NotebookId>) -> TranscribeOptions {
        let mut terms: Vec<String> = Vec::new();
        if let Some(id) = notebook {
            terms.extend(self.0.store.notebook(id).await.map(|notebook| notebook.title));
            for source in self.0.store.sources_of(id).await.unwrap_or_default() {
                let stem = source.title.rsplit_once('.').map_or(source.title.as_str(), |(stem, _)| stem);
                terms.push(stem.replace(['_', '-'], " "));
                terms.extend(source.guide.map(|guide| guide.topics).unwrap_or_default());
            }
        }
        let mut prompt = String::new();
        for term in terms {
            let term = term.trim();
            if term.is_empty() || prompt.contains(term) || prompt.len() + term.len() > TERMS {
                continue;
            }
            prompt.push_str(if prompt.is_empty() { "" } else { ", " });
            prompt.push_str(term);
        }
        TranscribeOptions {
            language: self.0.speech.language(),
            prompt,
            is_speech: true,
            ..TranscribeOptions::default()
        }
    }
}

fn begin(
    transcriber: &Arc<dyn Transcriber>,
    options: &TranscribeOptions,
    clip: Vec<f32>,
    step: Step,
) -> Work {
    let (transcriber, options) = (Arc::clone(transcriber), options.clone());
    let task = tokio::spawn(async move {
        // How long that takes says nothing of how long hearing does.
        transcriber.load().await?;
        let begun = Instant::now();
        let heard = transcriber.transcribe(&clip, &options).await?;
        Ok((heard, begun.elapsed()))
    });
    Work { task: AbortOnDropHandle::new(task), step }
}

/// Waits for what is being written down, and how long that took; for ever where nothing is.
async fn ended(work: &mut Option<Work>) -> (Step, Result<(String, Duration), EngineError>) {
    let Some(running) = work else { return std::future::pending().await };
    let heard = (&mut running.task).await;
    let step = running.step.clone();
    *work = None;
    let heard = heard.map_err(EngineError::from).and_then(|heard| Ok(heard?));
    (step, heard.map(|(heard, took)| (heard.text(), took)))
}

/// What is left to be written down once nothing more comes.
async fn finish(
    transcriber: &Arc<dyn Transcriber>,
    options: &TranscribeOptions,
    draft: &mut Draft,
    mut work: Option<Work>,
    spoken: impl Fn(&[f32]) -> Vec<std::ops::Range<usize>>,
) -> Result<String, EngineError> {
    // Looking takes a moment that somebody waits for.
    if !draft.is_speaking() {
        draft.look_again(&spoken);
    }
    work.take_if(|work| !draft.is_all(&work.step));
    if work.is_some() {
        let (step, heard) = ended(&mut work).await;
        match heard {
            Ok((text, _)) => draft.heard(&step, &text),
            Err(_) => draft.missed(),
        }
    }
    while let Some(step) = draft.last() {
        let heard = transcriber.transcribe(&draft.clip(&step), options).await?;
        draft.heard(&step, &heard.text());
        draft.look_again(&spoken);
    }
    Ok(draft.text())
}
