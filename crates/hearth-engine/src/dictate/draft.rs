//! What was said so far: parts that are finished, and the words of the part that is still being said.

use std::ops::Range;

use hearth_domain::SPEECH_RATE;

const fn milliseconds(count: u32) -> usize {
    (SPEECH_RATE / 1000 * count) as usize
}

/// How much more must have been said before the text of it is guessed again.
const STEP: usize = milliseconds(700);
/// How often it is looked where somebody speaks.
const LOOK: usize = milliseconds(300);
/// A part ends at a pause that is so long, once it has so much of speech: each part is heard by itself, and what is
/// short lacks what came before it.
const PAUSE: usize = milliseconds(700);
const ENOUGH: usize = milliseconds(4000);
/// Recognisers take half a minute at once; from here on a part ends at its last pause, or in the middle of a word.
const FULL: usize = milliseconds(25_000);
/// Who is silent for so long has ended; and so has who never begins.
const OVER: usize = milliseconds(1500);
const NEVER: usize = milliseconds(8000);
/// What is kept of a silence.
const QUIET: usize = milliseconds(1000);
/// What a clip has of the silence around it.
const MARGIN: usize = milliseconds(120);

/// A stretch of the samples that is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    clip: Range<usize>,
    /// Whether it is finished with, or only guessed at.
    is_part: bool,
}

#[derive(Default)]
pub(super) struct Draft {
    /// Of the part that is being said.
    samples: Vec<f32>,
    /// Where somebody speaks in it, as far as that was looked.
    spoken: Vec<Range<usize>>,
    looked: usize,
    /// Samples in which nobody spoke, and that are gone.
    silent: usize,
    /// Samples that were there when something was tried that failed.
    tried: usize,
    /// Samples that were there when the text was last guessed.
    guessed: usize,
    guess: String,
    /// Words that two guesses agree on.
    agreed: usize,
    parts: Vec<String>,
}

impl Draft {
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.samples.extend_from_slice(samples);
    }

    /// Finds out where somebody speaks, when enough has come since.
    pub(super) fn look(&mut self, spoken: impl Fn(&[f32]) -> Vec<Range<usize>>) {
        // Where much waits to be written down, each look takes longer, and is worth less.
        if self.samples.len() < self.looked + LOOK.max(self.looked / 20) {
            return;
        }
        self.spoken = spoken(&self.samples);
        self.looked = self.samples.len();
    }

    /// Where nobody speaks, only the last may be the beginning of a word. Not while a step is being written down: its clip
    /// counts from the first sample that is here.
    pub(super) fn forget_silence(&mut self) {
        if self.spoken.is_empty() && self.looked > QUIET {
            self.silent += self.looked - QUIET;
            self.forget(self.looked - QUIET);
        }
    }

    /// Whether whoever spoke has ended.
    pub(super) fn is_over(&self) -> bool {
        match self.spoken.last() {
            Some(last) => self.looked - last.end >= OVER,
            None if self.parts.is_empty() => self.silent + self.looked >= NEVER,
            None => self.silent + self.looked >= OVER,
        }
    }

    /// What is to be written down now.
    pub(super) fn next(&self) -> Option<Step> {
        if self.tried > 0 && self.looked < self.tried + STEP {
            return None;
        }
        let (first, last) = (self.spoken.first()?, self.spoken.last()?);
        let begin = first.start.saturating_sub(MARGIN);
        if last.end - first.start >= ENOUGH && self.looked - last.end >= PAUSE {
            return Some(self.part(begin..last.end + MARGIN));
        }
        if self.looked - begin >= FULL {
            let pause = self
                .spoken
                .iter()
                .rev()
                .nth(1)
                .map_or((last.end + MARGIN).min(begin + FULL), |before| before.end + MARGIN);
            return Some(self.part(begin..pause));
        }
        // What is known already is not guessed again.
        let is_more = last.end > self.guessed && self.looked >= self.guessed + STEP;
        is_more.then_some(Step { clip: begin..self.looked, is_part: false })
    }

    /// Finds out where somebody speaks in all that is here.
    pub(super) fn look_again(&mut self, spoken: impl Fn(&[f32]) -> Vec<Range<usize>>) {
        self.spoken = spoken(&self.samples);
        self.looked = self.samples.len();
    }

    /// Whether a step that is being written down need not be done anew if nothing more is said.
    pub(super) fn is_all(&self, step: &Step) -> bool {
        step.is_part || self.spoken.last().is_some_and(|last| last.end + MARGIN <= step.clip.end)
    }

    /// What is left when nothing more comes, after [`Self::look_again`]; `None` when all of it is text.
    pub(super) fn last(&mut self) -> Option<Step> {
        let (first, last) = (self.spoken.first()?, self.spoken.last()?);
        let begin = first.start.saturating_sub(MARGIN);
        if last.end - begin > FULL {
            self.tried = 0;
            return self.next().or_else(|| Some(self.part(begin..begin + FULL)));
        }
        // The faint end of the last sound is in the clip of the guess, too.
        if !self.guess.is_empty() && last.end + MARGIN <= self.guessed {
            return None;
        }
        Some(self.part(begin..last.end + MARGIN))
    }

    fn part(&self, clip: Range<usize>) -> Step {
        Step { clip: clip.start..clip.end.min(self.samples.len()), is_part: true }
    }

    pub(super) fn clip(&self, step: &Step) -> Vec<f32> {
        self.samples[step.clip.clone()].to_vec()
    }

    /// Takes the text of a step.
    pub(super) fn heard(&mut self, step: &Step, text: &str) {
        if !step.is_part {
            let before: Vec<&str> = self.guess.split_whitespace().collect();
            self.agreed =
                before.iter().zip(text.split_whitespace()).take_while(|(one, other)| **one == *other).count();
            text.clone_into(&mut self.guess);
            self.guessed = step.clip.end;
            return;
        }
        if !text.is_empty() {
            self.parts.push(text.to_owned());
        }
        self.forget(step.clip.end);
        self.silent = 0;
        let earlier =
            |stretch: &Range<usize>| stretch.start.saturating_sub(step.clip.end)..stretch.end - step.clip.end;
        self.spoken = self.spoken.iter().filter(|stretch| stretch.end > step.clip.end).map(earlier).collect();
        (self.guessed, self.agreed) = (0, 0);
        self.guess.clear();
    }

    /// Lets go of the first so many samples.
    fn forget(&mut self, count: usize) {
        self.samples.drain(..count);
        self.looked = self.looked.saturating_sub(count);
        self.tried = self.tried.saturating_sub(count);
        self.guessed = self.guessed.saturating_sub(count);
    }

    /// What was begun has failed: it is tried again with more of it.
    pub(super) fn missed(&mut self) {
        self.tried = self.looked;
    }

    pub(super) fn committed(&self) -> String {
        let words = self.guess.split_whitespace().take(self.agreed);
        joined(self.parts.iter().map(String::as_str).chain(words))
    }

    pub(super) fn tentative(&self) -> String {
        joined(self.guess.split_whitespace().skip(self.agreed))
    }

    /// All of it.
    pub(super) fn text(&self) -> String {
        joined(self.parts.iter().map(String::as_str).chain(self.guess.split_whitespace()))
    }
}

fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.collect::<Vec<&str>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: usize = SPEECH_RATE as usize;

    /// Who speaks is loud.
    fn loud(samples: &[f32]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for (at, sample) in samples.iter().enumerate() {
            match found.last_mut() {
                _ if *sample == 0.0 => {}
                Some(last) if last.end == at => last.end = at + 1,
                _ => found.push(at..at + 1),
            }
        }
        found
    }

    fn last(draft: &mut Draft) -> Option<Step> {
        draft.look_again(loud);
        draft.last()
    }

    fn say(draft: &mut Draft, seconds: f32, voice: f32) {
        draft.push(&vec![voice; (seconds * SECOND as f32) as usize]);
        draft.look(loud);
        draft.forget_silence();
    }

    #[test]
    fn words_stay_once_two_guesses_agree_and_the_last_guess_is_not_made_twice() {
        let mut draft = Draft::default();
        say(&mut draft, 0.5, 0.0);
        assert_eq!(draft.next(), None, "nobody speaks yet");
        say(&mut draft, 1.0, 0.5);
        let step = draft.next().unwrap();
        assert_eq!(step, Step { clip: SECOND / 2 - MARGIN..SECOND * 3 / 2, is_part: false });
        draft.heard(&step, "When may I");
        assert_eq!((draft.committed(), draft.tentative()), (String::new(), "When may I".into()));
        say(&mut draft, 0.5, 0.5);
        assert_eq!(draft.next(), None, "too little is new");
        say(&mut draft, 0.5, 0.5);
        let step = draft.next().unwrap();
        draft.heard(&step, "When may eye start");
        assert_eq!((draft.committed(), draft.tentative()), ("When may".into(), "eye start".into()));
        // The last sound may have ended behind the clip: only a guess that was made after it is the text.
        assert!(last(&mut draft).is_some());
        say(&mut draft, 0.5, 0.5);
        say(&mut draft, 0.4, 0.0);
        let step = draft.next().unwrap();
        draft.heard(&step, "When may I start");
        say(&mut draft, 0.3, 0.0);
        assert_eq!(draft.next(), None);
        assert_eq!(last(&mut draft), None);
        assert_eq!(draft.text(), "When may I start");
    }

    #[test]
    fn a_guess_that_lacks_the_end_is_not_waited_for() {
        let mut draft = Draft::default();
        say(&mut draft, 2.0, 0.5);
        let step = draft.next().unwrap();
        assert!(!draft.is_all(&step), "the last sound may go on");
        say(&mut draft, 0.5, 0.0);
        assert!(!draft.is_all(&step));
        let step = draft.next().unwrap();
        assert!(draft.is_all(&step));
        say(&mut draft, 0.5, 0.0);
        assert!(draft.is_all(&step), "only silence came");
        say(&mut draft, 0.5, 0.5);
        assert!(!draft.is_all(&step));
        draft.missed();
        assert_eq!(last(&mut draft).unwrap().clip, 0..SECOND * 7 / 2);
    }

    #[test]
    fn what_failed_is_tried_again_later_and_nothing_of_it_is_lost() {
        let mut draft = Draft::default();
        say(&mut draft, 1.0, 0.5);
        let step = draft.next().unwrap();
        draft.heard(&step, "When may I");
        say(&mut draft, 1.0, 0.5);
        say(&mut draft, 0.5, 0.0);
        assert!(draft.next().is_some());
        draft.missed();
        assert_eq!(draft.next(), None, "not at once");
        // The keys are let go: what the first guess did not hear is not taken for heard.
        let step = last(&mut draft).unwrap();
        assert_eq!(step.clip.end, 2 * SECOND + MARGIN);
        draft.heard(&step, "When may I start?");
        assert_eq!((last(&mut draft), draft.text()), (None, "When may I start?".into()));
    }

    #[test]
    fn a_clip_stays_where_it_is_while_it_is_written_down() {
        let mut draft = Draft::default();
        say(&mut draft, 5.0, 0.5);
        say(&mut draft, 0.8, 0.0);
        let step = draft.next().unwrap();
        // Meanwhile somebody is silent, and what was taken for speech is not any more.
        draft.push(&vec![0.0; 3 * SECOND]);
        draft.look(|_| Vec::new());
        assert_eq!(draft.clip(&step).len(), step.clip.len());
        draft.heard(&step, "The first part.");
        assert_eq!(draft.text(), "The first part.");
    }

    #[test]
    fn silence_is_neither_kept_nor_written_down() {
        let mut draft = Draft::default();
        for _ in 0..100 {
            say(&mut draft, 0.5, 0.0);
        }
        assert!(draft.samples.len() <= 2 * SECOND && draft.next().is_none());
        say(&mut draft, 1.0, 0.5);
        for _ in 0..60 {
            say(&mut draft, 0.5, 0.0);
            if let Some(step) = draft.next() {
                assert!(step.clip.len() <= 3 * SECOND, "{step:?}");
                draft.heard(&step, "word");
            }
        }
        assert_eq!(draft.text(), "word");
    }

    #[test]
    fn a_long_dictation_is_cut_at_its_pauses() {
        let mut draft = Draft::default();
        say(&mut draft, 5.0, 0.5);
        let step = draft.next().unwrap();
        draft.heard(&step, "The first part");
        say(&mut draft, 0.8, 0.0);
        let step = draft.next().unwrap();
        assert_eq!(step, Step { clip: 0..5 * SECOND + MARGIN, is_part: true });
        // Somebody goes on while it is written down.
        say(&mut draft, 1.0, 0.5);
        draft.heard(&step, "The first part.");
        assert_eq!((draft.committed(), draft.tentative()), ("The first part.".into(), String::new()));
        let step = draft.next().unwrap();
        assert_eq!(step.clip.end, draft.samples.len());
        draft.heard(&step, "The second");
        assert_eq!(draft.text(), "The first part. The second");
        say(&mut draft, 0.3, 0.5);
        let step = last(&mut draft).unwrap();
        assert!(step.is_part);
        draft.heard(&step, "The second.");
        assert_eq!((last(&mut draft), draft.text()), (None, "The first part. The second.".into()));
    }

    #[test]
    fn who_does_not_draw_breath_is_cut_before_the_recogniser_is_full() {
        let mut draft = Draft::default();
        for _ in 0..60 {
            say(&mut draft, 1.0, 0.5);
            while let Some(step) = draft.next() {
                assert!(step.clip.len() <= FULL + SECOND, "{step:?}");
                draft.heard(&step, "on");
            }
        }
        let mut left = 0;
        while let Some(step) = last(&mut draft) {
            assert!(step.clip.len() <= FULL + 2 * MARGIN, "{step:?}");
            draft.heard(&step, "end");
            left += 1;
        }
        assert!(left <= 1);
        assert_eq!(draft.text().split(' ').count(), 3);
    }

    #[test]
    fn hands_free_ends_when_nobody_speaks() {
        let mut draft = Draft::default();
        say(&mut draft, 5.0, 0.0);
        assert!(!draft.is_over(), "one may think before one speaks");
        say(&mut draft, 1.0, 0.5);
        say(&mut draft, 1.0, 0.0);
        assert!(!draft.is_over());
        say(&mut draft, 0.6, 0.0);
        assert!(draft.is_over());
        let mut silent = Draft::default();
        say(&mut silent, 8.0, 0.0);
        assert!(silent.is_over() && last(&mut silent).is_none() && silent.text().is_empty());
    }
}
