//! Words for what the domain enumerates. Each match names all values: a new one does not compile without its text.

use hearth_domain::{
    ErrorCode, GraphicsProblem, JobPayload, JobState, JobStep, ProblemCode, RefusalReason, SourceStatus,
    TurnRefusal, TurnStep,
};

use crate::Strings;

impl Strings {
    /// What happened, by the code of an error.
    pub fn describe_error(&self, code: ErrorCode) -> &'static str {
        match code {
            ErrorCode::InvalidRequest => self.error_invalid_request,
            ErrorCode::Unauthorized => self.error_unauthorized,
            ErrorCode::Forbidden => self.error_forbidden,
            ErrorCode::NotFound => self.error_not_found,
            ErrorCode::ModelNotFound => self.error_model_not_found,
            ErrorCode::NoShell => self.error_no_shell,
            ErrorCode::Conflict => self.error_conflict,
            ErrorCode::TooLarge => self.error_too_large,
            ErrorCode::UnsupportedMedia => self.error_unsupported_media,
            ErrorCode::RateLimitExceeded => self.error_rate_limit_exceeded,
            ErrorCode::InferenceFailed => self.error_inference_failed,
            ErrorCode::Internal => self.error_internal,
            ErrorCode::UpstreamUnavailable => self.error_upstream_unavailable,
            ErrorCode::ModelNotLoaded => self.error_model_not_loaded,
            ErrorCode::ModelLoadFailed => self.error_model_load_failed,
            ErrorCode::MicrophoneUnavailable => self.microphone_failed,
            ErrorCode::ResourceExhausted => self.error_resource_exhausted,
            ErrorCode::Overloaded => self.error_overloaded,
        }
    }

    /// What is wrong with a part of a source.
    pub fn describe_problem(&self, code: ProblemCode) -> &'static str {
        match code {
            ProblemCode::PageWithoutText => self.problem_page_without_text,
            ProblemCode::PartUnreadable => self.problem_part_unreadable,
            ProblemCode::Truncated => self.problem_truncated,
            ProblemCode::Encoding => self.problem_encoding,
            ProblemCode::Damaged => self.problem_damaged,
            ProblemCode::NoSpeech => self.problem_no_speech,
            ProblemCode::RereadFailed => self.problem_reread_failed,
        }
    }

    /// What answering a question is doing.
    pub fn describe_turn_step(&self, step: &TurnStep) -> String {
        match step {
            TurnStep::Searching => self.step_searching.to_owned(),
            TurnStep::Asking { model } => self.step_asking(model),
            TurnStep::Loading { model } => self.step_loading(model),
            TurnStep::Truncated => self.step_truncated.to_owned(),
        }
    }

    /// Why a question was not answered.
    pub fn describe_refusal(&self, refusal: &TurnRefusal) -> String {
        match refusal.reason {
            RefusalReason::NotFound if refusal.missing.is_empty() => self.not_in_sources.to_owned(),
            RefusalReason::NotFound => self.missing_in_sources(&refusal.missing.join(", ")),
            RefusalReason::NoSources => self.refused_no_sources.to_owned(),
            RefusalReason::NoneSelected => self.refused_none_selected.to_owned(),
            RefusalReason::AllUnready => self.refused_all_unready.to_owned(),
        }
    }

    /// What a job is for, and the model that it works with.
    pub fn describe_job(&self, payload: &JobPayload) -> String {
        match payload {
            JobPayload::Ingest { .. } => self.job_ingest.to_owned(),
            JobPayload::Reread { .. } => self.job_reread.to_owned(),
            JobPayload::Reembed { embedder } => self.job_reembed(embedder),
            JobPayload::Download { model, .. } => self.job_download(model),
        }
    }

    /// What a job is doing.
    pub fn describe_job_step(&self, step: JobStep) -> &'static str {
        match step {
            JobStep::Waiting => self.status_queued,
            JobStep::Reading => self.status_reading,
            JobStep::Transcribing => self.status_transcribing,
            JobStep::Embedding => self.status_embedding,
            JobStep::Indexing | JobStep::Finished => self.status_indexing,
            JobStep::Downloading => self.status_downloading,
        }
    }

    /// The state of a job.
    pub fn describe_job_state(&self, state: JobState) -> &'static str {
        match state {
            JobState::Queued => self.status_queued,
            JobState::Running => self.job_running,
            JobState::Done => self.job_done,
            JobState::Failed => self.job_failed,
            JobState::Cancelled => self.stopped,
        }
    }

    /// The status of a source.
    pub fn describe_source_status(&self, status: SourceStatus) -> &'static str {
        match status {
            SourceStatus::Queued => self.status_queued,
            SourceStatus::Reading => self.status_reading,
            SourceStatus::Transcribing => self.status_transcribing,
            SourceStatus::Embedding => self.status_embedding,
            SourceStatus::Indexing => self.status_indexing,
            SourceStatus::Ready => self.status_ready,
            SourceStatus::Failed => self.status_failed,
        }
    }

    /// Why speech recognition does not run on the graphics card.
    pub fn describe_graphics_problem(&self, problem: GraphicsProblem) -> &'static str {
        match problem {
            GraphicsProblem::Missing => self.graphics_card_missing,
            GraphicsProblem::Failed => self.graphics_card_failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{LANGUAGES, english_strings, find_strings};

    #[test]
    fn every_error_has_a_text_of_its_own() {
        for strings in &LANGUAGES {
            let mut texts: Vec<&str> =
                ErrorCode::ALL.iter().map(|code| strings.describe_error(*code)).collect();
            texts.sort_unstable();
            texts.dedup();
            assert_eq!(texts.len(), ErrorCode::ALL.len(), "{}", strings.language_tag);
        }
    }

    #[test]
    fn a_step_names_its_model() {
        let step = TurnStep::Asking { model: "llama3".to_owned() };
        assert_eq!(english_strings().describe_turn_step(&step), "Asking llama3");
        assert_eq!(find_strings(["de"]).describe_turn_step(&step), "llama3 wird gefragt");
    }

    /// Checks that texts are not empty, and none is there twice.
    fn assert_distinct(texts: &[&str], language_tag: &str) {
        let distinct: BTreeSet<&&str> = texts.iter().collect();
        assert_eq!(distinct.len(), texts.len(), "{language_tag}: {texts:?}");
        assert!(texts.iter().all(|text| !text.trim().is_empty()), "{language_tag}: {texts:?}");
    }

    #[test]
    fn each_problem_of_a_source_can_be_told_from_the_others() {
        let codes = [
            ProblemCode::PageWithoutText,
            ProblemCode::PartUnreadable,
            ProblemCode::Truncated,
            ProblemCode::Encoding,
            ProblemCode::Damaged,
            ProblemCode::NoSpeech,
            ProblemCode::RereadFailed,
        ];
        for strings in &LANGUAGES {
            assert_distinct(&codes.map(|code| strings.describe_problem(code)), strings.language_tag);
        }
    }

    #[test]
    fn each_state_of_a_job_and_of_a_source_can_be_told_from_the_others() {
        let states =
            [JobState::Queued, JobState::Running, JobState::Done, JobState::Failed, JobState::Cancelled];
        let statuses = [
            SourceStatus::Queued,
            SourceStatus::Reading,
            SourceStatus::Transcribing,
            SourceStatus::Embedding,
            SourceStatus::Indexing,
            SourceStatus::Ready,
            SourceStatus::Failed,
        ];
        for strings in &LANGUAGES {
            assert_distinct(&states.map(|state| strings.describe_job_state(state)), strings.language_tag);
            assert_distinct(
                &statuses.map(|status| strings.describe_source_status(status)),
                strings.language_tag,
            );
        }
    }
}
