//! What was said so far: parts that are finished, and the words of the part that is still being said.

use std::ops::Range;
use std::time::Duration;

use hearth_domain::SPEECH_RATE;

const fn milliseconds(count: u32) -> usize {
    (SPEECH_RATE / 1000 * count) as usize
}

/// How much more must have been said before the text of it is guessed again.
const STEP: usize = milliseconds(700);
/// In the middle of what is said, guessing may take this part of the time: a guess that is on its way when somebody ends
/// has to be stopped first, and whisper stops between its steps only.
const SHARE: usize = 16;
/// How often it is looked where somebody speaks.
const LOOK: usize = milliseconds(150);
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
/// What comes after a key is let go.
const TAIL: usize = milliseconds(250);
/// What a clip has of the silence around it.
const MARGIN: usize = milliseconds(120);

/// A stretch of the samples that is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    clip: Range<usize>,
    /// Whether it is finished with, or only guessed at.
    is_part: bool,
    /// Nothing more was there to be said when it was begun.
    is_last: bool,
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
    /// Samples that come while a guess is made.
    pace: usize,
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
        // What is known already is not guessed again. At a pause that is as long as a guess takes, one costs nobody anything: if
        // that was the end, it is the text, and if not, it is done before the next word is.
        let is_pause = self.looked >= last.end + MARGIN.max(self.pace);
        let is_due = self.looked >= self.guessed + STEP.max(self.pace * SHARE);
        let is_more = last.end > self.guessed && (is_pause || is_due);
        is_more.then_some(Step { clip: begin..self.looked, is_part: false, is_last: false })
    }

    /// Finds out where somebody speaks in all that is here.
    pub(super) fn look_again(&mut self, spoken: impl Fn(&[f32]) -> Vec<Range<usize>>) {
        self.spoken = spoken(&self.samples);
        self.looked = self.samples.len();
    }

    /// Whether somebody was still speaking when it was last looked, just now: what came since is the end of a word, or of no
    /// account.
    pub(super) fn is_speaking(&self) -> bool {
        let is_fresh = self.samples.len() <= self.looked + TAIL;
        is_fresh && self.spoken.last().is_some_and(|last| last.end + MARGIN > self.looked)
    }

    /// Whether all of the last sound is here, its faint end too.
    pub(super) fn is_quiet(&self) -> bool {
        self.spoken.last().is_none_or(|last| last.end + MARGIN <= self.samples.len())
    }

    /// Whether a step that is being written down need not be done anew if nothing more is said.
    pub(super) fn is_all(&self, step: &Step) -> bool {
        let Some(last) = self.spoken.last() else { return step.is_part };
        if step.is_last {
            last.end <= step.clip.end
        } else {
            step.is_part || last.end + MARGIN <= step.clip.end
        }
    }

    /// What is left when nothing more comes, after [`Self::look_again`] or while [`Self::is_speaking`]; `None` when all of it
    /// is text.
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
        let end = if self.is_speaking() { self.samples.len() } else { last.end + MARGIN };
        Some(Step { is_last: true, ..self.part(begin..end) })
    }

    fn part(&self, clip: Range<usize>) -> Step {
        Step { clip: clip.start..clip.end.min(self.samples.len()), is_part: true, is_last: false }
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

    /// A guess took so long; the machine may be busy with others, so one alone says little.
    pub(super) fn took(&mut self, time: Duration) {
        let samples = (time.as_secs_f32() * SPEECH_RATE as f32) as usize;
        self.pace = if self.pace == 0 { samples } else { usize::midpoint(self.pace, samples) };
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
#[path = "draft_tests.rs"]
mod tests;
