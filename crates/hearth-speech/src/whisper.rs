//! The whisper model, as it runs in the confined worker process.

use hearth_domain::{SPEECH_SAMPLE_RATE, Segment, TranscribeOptions, Transcript, Word};
use hearth_worker::StopFlag;
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError, WhisperSegment,
    WhisperState, get_lang_id, get_lang_str, get_lang_str_full,
};

/// Full audio context of the encoder, in steps of 20 ms: thirty seconds.
const FULL_CONTEXT_STEPS: usize = 1500;
/// Context steps beyond the end of a clip that whisper needs to end well.
const CONTEXT_MARGIN_STEPS: usize = 128;
/// Shortest clip, in samples; a shorter one is padded with silence, as the model was trained on none so
/// short.
const MIN_CLIP_SAMPLES: usize = SPEECH_SAMPLE_RATE as usize * 5 / 4;
/// Longest clip, in samples: 29 s.
pub(crate) const MAX_CLIP_SAMPLES: usize = SPEECH_SAMPLE_RATE as usize * 29;
/// A segment above this probability of no speech and below this log probability of its words is a
/// hallucination.
const NO_SPEECH_THRESHOLD: f32 = 0.6;
const MIN_LOG_PROBABILITY: f32 = -1.0;

/// A whisper model in memory.
pub(crate) struct WhisperModel {
    state: WhisperState,
    context: WhisperContext,
    threads: usize,
}

impl WhisperModel {
    /// Loads a model from its file's bytes.
    pub(crate) fn load(model: &[u8], threads: usize, gpu: bool) -> Result<Self, WhisperError> {
        whisper_rs::install_logging_hooks();
        let mut parameters = WhisperContextParameters::default();
        // Measured: on processors flash attention makes the encoder 1.3 to 1.6 times slower.
        parameters.use_gpu(gpu).flash_attn(gpu);
        let context = WhisperContext::new_from_buffer_with_params(model, parameters)?;
        let state = context.create_state()?;
        Ok(Self { state, context, threads })
    }

    /// Transcribes a clip of at most [`MAX_CLIP_SAMPLES`] samples; a longer one is truncated.
    pub(crate) fn transcribe(
        &mut self,
        samples: &[f32],
        options: &TranscribeOptions,
        stop: &StopFlag,
    ) -> Result<Transcript, WhisperError> {
        let mut clip = samples.to_vec();
        clip.truncate(MAX_CLIP_SAMPLES);
        clip.resize(clip.len().max(MIN_CLIP_SAMPLES), 0.0);
        let steps = clip.len() * FULL_CONTEXT_STEPS / (30 * SPEECH_SAMPLE_RATE as usize);
        let context_steps = (steps + CONTEXT_MARGIN_STEPS).min(FULL_CONTEXT_STEPS);
        let mut transcript = self.run_whisper(&clip, options, context_steps, stop)?;
        // A reduced context makes whisper unstable now and then: the text repeats itself.
        if context_steps < FULL_CONTEXT_STEPS && has_repetition(&join_text(&transcript)) {
            transcript = self.run_whisper(&clip, options, FULL_CONTEXT_STEPS, stop)?;
        }
        transcript.segments.retain(|segment| !is_hallucinated(segment));
        if has_repetition(&join_text(&transcript)) {
            transcript.segments.clear();
        }
        if transcript.segments.is_empty() {
            // Without text there is no language.
            transcript.language = None;
        }
        Ok(transcript)
    }

    /// Runs whisper once over a clip, with an audio context of so many steps.
    fn run_whisper(
        &mut self,
        clip: &[f32],
        options: &TranscribeOptions,
        context_steps: usize,
        stop: &StopFlag,
    ) -> Result<Transcript, WhisperError> {
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        let is_multilingual = self.context.is_multilingual();
        let is_known = |code: &&str| is_multilingual && language_name(code).is_some();
        let language = options.language.as_deref().filter(is_known);
        parameters.set_language(Some(language.unwrap_or(if is_multilingual { "auto" } else { "en" })));
        parameters.set_n_threads(self.threads as i32);
        parameters.set_no_context(true);
        parameters.set_single_segment(false);
        parameters.set_temperature(options.temperature);
        parameters.set_audio_ctx(context_steps as i32);
        parameters.set_token_timestamps(options.words);
        parameters.set_suppress_blank(true);
        parameters.set_suppress_nst(true);
        // The prompt has names as the notebook spells them; a zero byte would end the text.
        let prompt = options.prompt.replace('\0', " ");
        if !prompt.is_empty() {
            parameters.set_initial_prompt(&prompt);
        }
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_special(false);
        parameters.set_print_timestamps(false);
        let stop = stop.clone();
        // The closure must be of this very type: the crate casts its argument to a box of any closure (0.16).
        // The crate never frees the box, either: some sixty bytes a clip, in a process that ends after idle
        // minutes.
        let is_stopped: Box<dyn FnMut() -> bool> = Box::new(move || stop.is_set());
        parameters.set_abort_callback_safe::<_, Box<dyn FnMut() -> bool>>(is_stopped);
        self.state.full(parameters, clip)?;
        let language = get_lang_str(self.state.full_lang_id_from_state()).map(str::to_owned);
        let end = (clip.len() as u64 * 1000) / u64::from(SPEECH_SAMPLE_RATE);
        let first_special = self.context.token_eot();
        let segments = self.state.as_iter().map(|segment| convert_segment(&segment, first_special, end));
        Ok(Transcript { language, segments: segments.collect() })
    }
}

/// English name of a language in lower case, by its ISO 639-1 code; `None` if whisper does not know the code.
pub fn language_name(code: &str) -> Option<&'static str> {
    // A zero byte would end the code early.
    Some(code)
        .filter(|code| code.chars().all(|letter| letter.is_ascii_lowercase()))
        .and_then(get_lang_id)
        .and_then(get_lang_str_full)
}

/// The text of all segments.
fn join_text(transcript: &Transcript) -> String {
    transcript.segments.iter().map(|segment| segment.text.as_str()).collect()
}

/// Converts hundredths of a second to milliseconds, within a clip of so many milliseconds.
fn ms_from_hundredths(hundredths: i64, clip: u64) -> u64 {
    (hundredths.max(0) as u64 * 10).min(clip)
}

/// Converts a segment of whisper, with the times and probabilities of its words.
fn convert_segment(segment: &WhisperSegment<'_>, first_special: i32, clip: u64) -> Segment {
    let start_ms = ms_from_hundredths(segment.start_timestamp(), clip);
    let end_ms = ms_from_hundredths(segment.end_timestamp(), clip).max(start_ms);
    let mut words: Vec<(Vec<u8>, Word)> = Vec::new();
    let (mut sum, mut count) = (0.0, 0);
    for index in 0..segment.n_tokens() {
        let Some(token) = segment.get_token(index) else { continue };
        let data = token.token_data();
        let Some(bytes) = token.to_bytes().ok().filter(|_| data.id < first_special) else { continue };
        sum += data.plog;
        count += 1;
        let probability = finite_or_zero(data.p);
        let from = ms_from_hundredths(data.t0, clip).max(start_ms);
        let to = ms_from_hundredths(data.t1, clip).max(from).min(end_ms.max(from));
        match words.last_mut() {
            Some((text, word)) if !bytes.starts_with(b" ") => {
                text.extend_from_slice(bytes);
                word.end_ms = word.end_ms.max(to);
                word.probability = word.probability.min(probability);
            }
            previous => {
                let from = previous.map_or(from, |(_, word)| from.max(word.end_ms));
                let word = Word { start_ms: from, end_ms: to.max(from), text: String::new(), probability };
                words.push((bytes.to_vec(), word));
            }
        }
    }
    // A character may be spread over tokens: bytes become text only when a word is complete.
    let mut words: Vec<Word> = words
        .into_iter()
        .map(|(bytes, word)| Word { text: String::from_utf8_lossy(&bytes).into_owned(), ..word })
        .collect();
    if segment.end_timestamp() > clip as i64 / 10 {
        // Without a detected end, whisper uses the window's, which lies behind the clip's, and so do the
        // words' times.
        distribute_times(&mut words, start_ms, end_ms);
    }
    let text = words.iter().map(|word| word.text.as_str()).collect();
    Segment {
        start_ms,
        end_ms,
        text,
        words,
        no_speech: finite_or_zero(segment.no_speech_probability()),
        log_probability: if count == 0 { 0.0 } else { finite_or_zero(sum / count as f32) },
    }
}

/// Replaces NaN and infinity by 0: a broken model computes them now and then, and JSON cannot hold them.
fn finite_or_zero(value: f32) -> f32 {
    if value.is_finite() { value } else { 0.0 }
}

/// Distributes a time range over words, in proportion to their letters.
fn distribute_times(words: &mut [Word], start_ms: u64, end_ms: u64) {
    let letter_count = |word: &Word| word.text.chars().count() as u64;
    let total = words.iter().map(letter_count).sum::<u64>().max(1);
    let mut letters_before = 0;
    for word in words {
        let at = |letters: u64| start_ms + (end_ms - start_ms) * letters / total;
        word.start_ms = at(letters_before);
        letters_before += letter_count(word);
        word.end_ms = at(letters_before);
    }
}

/// True for an empty or hallucinated segment.
fn is_hallucinated(segment: &Segment) -> bool {
    segment.text.trim().is_empty()
        || segment.no_speech > NO_SPEECH_THRESHOLD && segment.log_probability < MIN_LOG_PROBABILITY
}

/// True if a text repeats itself, as whisper's does where there is no speech.
fn has_repetition(text: &str) -> bool {
    /// Longest repeated phrase in words, fewest repetitions, and fewest words of all repetitions.
    const MAX_PERIOD_WORDS: usize = 16;
    const MIN_REPETITIONS: usize = 4;
    const MIN_REPEATED_WORDS: usize = 10;
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    (1..=MAX_PERIOD_WORDS).any(|period| {
        let mut run = 0;
        (period..words.len()).any(|index| {
            run = if words[index] == words[index - period] { run + 1 } else { 0 };
            run >= period * (MIN_REPETITIONS - 1) && run + period >= MIN_REPEATED_WORDS
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_without_times_have_those_of_their_letters() {
        let word = |text: &str| Word { start_ms: 0, end_ms: 0, text: text.into(), probability: 1.0 };
        let mut words = [word(" So"), word(" it"), word(" goes.")];
        distribute_times(&mut words, 1000, 2200);
        let times: Vec<(u64, u64)> = words.iter().map(|word| (word.start_ms, word.end_ms)).collect();
        assert_eq!(times, [(1000, 1300), (1300, 1600), (1600, 2200)]);
        distribute_times(&mut [], 0, 0);
    }

    #[test]
    fn what_is_said_again_and_again_is_no_speech() {
        assert!(has_repetition(&"Thank you. ".repeat(6)));
        assert!(has_repetition(&format!("So we begin. {}", "and then it went on ".repeat(5))));
        assert!(!has_repetition(
            "ask not what your country can do for you, ask what you can do for your country"
        ));
        assert!(!has_repetition("no no no, I said no"));
        assert!(!has_repetition(""));
    }

    #[test]
    fn a_segment_without_text_or_of_improbable_words_in_silence_is_left_out() {
        let segment = |text: &str, no_speech: f32, log_probability: f32| Segment {
            start_ms: 0,
            end_ms: 1000,
            text: text.into(),
            words: Vec::new(),
            no_speech,
            log_probability,
        };
        assert!(is_hallucinated(&segment("  ", 0.0, 0.0)));
        assert!(is_hallucinated(&segment("Thank you.", 0.7, -1.2)));
        // Either sign alone is not enough.
        assert!(!is_hallucinated(&segment("Thank you.", 0.9, -0.5)));
        assert!(!is_hallucinated(&segment("Mumbled.", 0.3, -1.5)));
    }

    #[test]
    fn the_name_of_a_language_is_found_by_its_code_alone() {
        assert_eq!(language_name("de"), Some("german"));
        // Names, other cases and codes with a zero byte are no codes.
        for code in ["", "xx", "DE", "de\0x", "d e"] {
            assert_eq!(language_name(code), None, "{code:?}");
        }
    }
}
