//! Whisper, in the process that is confined for it.

use hearth_domain::{SPEECH_RATE, Segment, TranscribeOptions, Transcript, Word};
use hearth_worker::Stopped;
use whisper_rs::{
    FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperError, WhisperSegment,
    WhisperState, get_lang_id, get_lang_str, get_lang_str_full,
};

/// The encoder looks at so many steps of 20 ms: thirty seconds.
const WHOLE_CONTEXT: usize = 1500;
/// Steps beyond the end of a clip that it needs to end well.
const CONTEXT_MARGIN: usize = 128;
/// Shorter clips are filled up with silence: the model was trained on none so short.
const SHORTEST: usize = SPEECH_RATE as usize * 5 / 4;
/// Samples of a clip at most.
pub(crate) const LONGEST: usize = SPEECH_RATE as usize * 29;
/// A segment in which likely nobody spoke, and whose words are unlikely, was invented.
const NO_SPEECH: f32 = 0.6;
const UNLIKELY: f32 = -1.0;

/// A model in memory.
pub(crate) struct Recogniser {
    state: WhisperState,
    context: WhisperContext,
    threads: usize,
}

impl Recogniser {
    /// Of a model file's bytes.
    pub(crate) fn load(model: &[u8], threads: usize, gpu: bool) -> Result<Self, WhisperError> {
        whisper_rs::install_logging_hooks();
        let mut parameters = WhisperContextParameters::default();
        // Measured: on processors flash attention makes the encoder 1.3 to 1.6 times slower.
        parameters.use_gpu(gpu).flash_attn(gpu);
        let context = WhisperContext::new_from_buffer_with_params(model, parameters)?;
        let state = context.create_state()?;
        Ok(Self { state, context, threads })
    }

    /// What is said in a clip of [`LONGEST`] samples at most.
    pub(crate) fn hear(
        &mut self,
        samples: &[f32],
        options: &TranscribeOptions,
        stopped: &Stopped,
    ) -> Result<Transcript, WhisperError> {
        let mut clip = samples.to_vec();
        clip.truncate(LONGEST);
        clip.resize(clip.len().max(SHORTEST), 0.0);
        let steps = clip.len() * WHOLE_CONTEXT / (30 * SPEECH_RATE as usize);
        let fitting = (steps + CONTEXT_MARGIN).min(WHOLE_CONTEXT);
        let mut heard = self.run(&clip, options, fitting, stopped)?;
        // Too small a context makes it unstable now and then: it says the same again and again.
        if fitting < WHOLE_CONTEXT && loops(&text_of(&heard)) {
            heard = self.run(&clip, options, WHOLE_CONTEXT, stopped)?;
        }
        heard.segments.retain(|segment| !is_invented(segment));
        if loops(&text_of(&heard)) {
            heard.segments.clear();
        }
        if heard.segments.is_empty() {
            // A cough is in no language.
            heard.language = None;
        }
        Ok(heard)
    }

    fn run(
        &mut self,
        clip: &[f32],
        options: &TranscribeOptions,
        context: usize,
        stopped: &Stopped,
    ) -> Result<Transcript, WhisperError> {
        let mut parameters = FullParams::new(SamplingStrategy::Greedy { best_of: 1 });
        let is_multilingual = self.context.is_multilingual();
        let known = |code: &&str| is_multilingual && language_name(code).is_some();
        let language = options.language.as_deref().filter(known);
        parameters.set_language(Some(language.unwrap_or(if is_multilingual { "auto" } else { "en" })));
        parameters.set_n_threads(self.threads as i32);
        parameters.set_no_context(true);
        parameters.set_single_segment(false);
        parameters.set_temperature(options.temperature);
        parameters.set_audio_ctx(context as i32);
        parameters.set_token_timestamps(options.words);
        parameters.set_suppress_blank(true);
        parameters.set_suppress_nst(true);
        // Names as the notebook has them; a zero byte would end the text.
        let prompt = options.prompt.replace('\0', " ");
        if !prompt.is_empty() {
            parameters.set_initial_prompt(&prompt);
        }
        parameters.set_print_progress(false);
        parameters.set_print_realtime(false);
        parameters.set_print_special(false);
        parameters.set_print_timestamps(false);
        let stopped = stopped.clone();
        // It must be of this very type: the crate takes whatever it is given for a box of any closure (0.16). It never frees
        // it, either: some sixty bytes a clip, in a process that ends when it was idle for minutes.
        let look_out: Box<dyn FnMut() -> bool> = Box::new(move || stopped.is_so());
        parameters.set_abort_callback_safe::<_, Box<dyn FnMut() -> bool>>(look_out);
        self.state.full(parameters, clip)?;
        let language = get_lang_str(self.state.full_lang_id_from_state()).map(str::to_owned);
        let end = (clip.len() as u64 * 1000) / u64::from(SPEECH_RATE);
        let first_special = self.context.token_eot();
        let segments = self.state.as_iter().map(|segment| segment_of(&segment, first_special, end));
        Ok(Transcript { language, segments: segments.collect() })
    }
}

/// A language's English name in small letters, by its ISO 639-1 code.
pub fn language_name(code: &str) -> Option<&'static str> {
    // A zero byte would end the code in the middle of it.
    Some(code)
        .filter(|code| code.chars().all(|letter| letter.is_ascii_lowercase()))
        .and_then(get_lang_id)
        .and_then(get_lang_str_full)
}

fn text_of(heard: &Transcript) -> String {
    heard.segments.iter().map(|segment| segment.text.as_str()).collect()
}

/// Hundredths of a second as milliseconds of a clip.
fn milliseconds(hundredths: i64, clip: u64) -> u64 {
    (hundredths.max(0) as u64 * 10).min(clip)
}

fn segment_of(segment: &WhisperSegment<'_>, first_special: i32, clip: u64) -> Segment {
    let start_ms = milliseconds(segment.start_timestamp(), clip);
    let end_ms = milliseconds(segment.end_timestamp(), clip).max(start_ms);
    let mut words: Vec<(Vec<u8>, Word)> = Vec::new();
    let (mut sum, mut count) = (0.0, 0);
    for nth in 0..segment.n_tokens() {
        let Some(token) = segment.get_token(nth) else { continue };
        let data = token.token_data();
        let Some(bytes) = token.to_bytes().ok().filter(|_| data.id < first_special) else { continue };
        sum += data.plog;
        count += 1;
        let probability = finite(data.p);
        let from = milliseconds(data.t0, clip).max(start_ms);
        let to = milliseconds(data.t1, clip).max(from).min(end_ms.max(from));
        match words.last_mut() {
            Some((text, word)) if !bytes.starts_with(b" ") => {
                text.extend_from_slice(bytes);
                word.end_ms = word.end_ms.max(to);
                word.probability = word.probability.min(probability);
            }
            before => {
                let from = before.map_or(from, |(_, word)| from.max(word.end_ms));
                let word = Word { start_ms: from, end_ms: to.max(from), text: String::new(), probability };
                words.push((bytes.to_vec(), word));
            }
        }
    }
    // A letter may be spread over tokens: bytes become text only when all of a word are there.
    let mut words: Vec<Word> = words
        .into_iter()
        .map(|(bytes, word)| Word { text: String::from_utf8_lossy(&bytes).into_owned(), ..word })
        .collect();
    if segment.end_timestamp() > clip as i64 / 10 {
        // Where it heard no end, whisper takes the window's, which lies behind the clip's, and so do its words.
        spread(&mut words, start_ms, end_ms);
    }
    let text = words.iter().map(|word| word.text.as_str()).collect();
    Segment {
        start_ms,
        end_ms,
        text,
        words,
        no_speech: finite(segment.no_speech_probability()),
        log_probability: if count == 0 { 0.0 } else { finite(sum / count as f32) },
    }
}

/// What a broken model computes is no number now and then, which no answer can carry.
fn finite(value: f32) -> f32 {
    if value.is_finite() { value } else { 0.0 }
}

/// Gives words the time that their letters take of a stretch.
fn spread(words: &mut [Word], start_ms: u64, end_ms: u64) {
    let letters = |word: &Word| word.text.chars().count() as u64;
    let all = words.iter().map(letters).sum::<u64>().max(1);
    let mut before = 0;
    for word in words {
        let at = |letters: u64| start_ms + (end_ms - start_ms) * letters / all;
        word.start_ms = at(before);
        before += letters(word);
        word.end_ms = at(before);
    }
}

fn is_invented(segment: &Segment) -> bool {
    segment.text.trim().is_empty() || segment.no_speech > NO_SPEECH && segment.log_probability < UNLIKELY
}

/// Whether a text says the same again and again, as whisper does where there is nothing to hear.
fn loops(text: &str) -> bool {
    /// Words that are repeated at most, how often, and how many words of it that makes at least.
    const PERIOD: usize = 16;
    const TIMES: usize = 4;
    const WORDS: usize = 10;
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    (1..=PERIOD).any(|period| {
        let mut run = 0;
        (period..words.len()).any(|at| {
            run = if words[at] == words[at - period] { run + 1 } else { 0 };
            run >= period * (TIMES - 1) && run + period >= WORDS
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
        spread(&mut words, 1000, 2200);
        let times: Vec<(u64, u64)> = words.iter().map(|word| (word.start_ms, word.end_ms)).collect();
        assert_eq!(times, [(1000, 1300), (1300, 1600), (1600, 2200)]);
        spread(&mut [], 0, 0);
    }

    #[test]
    fn what_is_said_again_and_again_is_no_speech() {
        assert!(loops(&"Thank you. ".repeat(6)));
        assert!(loops(&format!("So we begin. {}", "and then it went on ".repeat(5))));
        assert!(!loops("ask not what your country can do for you, ask what you can do for your country"));
        assert!(!loops("no no no, I said no"));
        assert!(!loops(""));
    }
}
