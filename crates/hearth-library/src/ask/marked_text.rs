//! Text of an answer with its markers in place, released as it is written.
//!
//! The sentence that is being written flows; what follows it waits until it was checked, as its markers stand at its
//! end.

use hearth_domain::{Citation, TurnEvent};

use super::answer_sentences::SENTENCE_ENDS;

/// Answer of a turn's events as plain text with markers such as `[1]`.
#[derive(Default)]
pub struct MarkedText {
    text: Vec<char>,
    /// Characters that were released.
    released: usize,
    /// Offset before which all markers are known.
    checked: usize,
}

impl MarkedText {
    /// Applies the next event of a turn; returns the text that it releases.
    pub fn apply_event(&mut self, event: &TurnEvent) -> String {
        match event {
            TurnEvent::Text { text } => {
                self.text.extend(text.chars());
                self.release_until(self.find_open_end())
            }
            TurnEvent::Citation { citation } => self.place_marker(citation),
            TurnEvent::Checked { until } => {
                self.checked = self.checked.max(until.0 as usize);
                self.release_until(self.find_open_end())
            }
            TurnEvent::Retracted {} => {
                let separator = if self.released > 0 { "\n\n" } else { "" };
                *self = Self::default();
                separator.to_owned()
            }
            event if event.is_last() => self.release_until(self.text.len()),
            _ => String::new(),
        }
    }

    fn place_marker(&mut self, citation: &Citation) -> String {
        let before = self.release_until(citation.at.0 as usize);
        format!("{before}[{}]", citation.number)
    }

    fn release_until(&mut self, end: usize) -> String {
        let end = end.min(self.text.len());
        let start = self.released.min(end);
        self.released = self.released.max(end);
        self.text[start..end].iter().collect()
    }

    /// End of the first sentence that was not checked, as far as it is written.
    fn find_open_end(&self) -> usize {
        let start = self.checked.min(self.text.len());
        let unchecked = &self.text[start..];
        let has_content = |at: usize| unchecked[..at].iter().any(|c| c.is_alphanumeric());
        let is_end = |at: usize| {
            let next = unchecked.get(at + 1);
            match unchecked[at] {
                '\n' | '|' => true,
                // "1.5" has no end; a stop of Chinese or Japanese needs no space.
                end if SENTENCE_ENDS.contains(&end) => {
                    next.is_some_and(|c| c.is_whitespace() || !end.is_ascii())
                }
                _ => false,
            }
        };
        let end = (0..unchecked.len()).find(|at| is_end(*at) && has_content(*at));
        match end {
            // A line break stays before the next sentence.
            Some(at) if unchecked[at] == '\n' => start + at,
            Some(at) => start + at + 1,
            None => self.text.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use hearth_domain::CharOffset;

    use super::*;

    fn text(text: &str) -> TurnEvent {
        TurnEvent::Text { text: text.to_owned() }
    }

    fn checked(until: usize) -> TurnEvent {
        TurnEvent::Checked { until: CharOffset(until as u32) }
    }

    #[test]
    fn the_first_sentence_flows_and_the_next_waits_for_its_markers() {
        let mut marked = MarkedText::default();
        assert_eq!(marked.apply_event(&text("It is")), "It is");
        assert_eq!(marked.apply_event(&text(" 1.")), " 1.");
        assert_eq!(marked.apply_event(&text("5 bar.")), "5 bar.");
        assert_eq!(marked.apply_event(&text(" Refill")), "");
        assert_eq!(marked.apply_event(&text(" it. Then")), "");
        assert_eq!(marked.apply_event(&checked(13)), " Refill it.");
        assert_eq!(marked.apply_event(&TurnEvent::Cancelled {}), " Then");
    }

    #[test]
    fn lines_wait_like_sentences() {
        let mut marked = MarkedText::default();
        assert_eq!(marked.apply_event(&text("# Boiler\n\n- Refill\n")), "# Boiler");
        assert_eq!(marked.apply_event(&checked(8)), "\n\n- Refill");
        assert_eq!(marked.apply_event(&checked(18)), "\n");
    }

    #[test]
    fn reasoning_that_was_sent_as_text_is_set_apart() {
        let mut marked = MarkedText::default();
        assert_eq!(marked.apply_event(&TurnEvent::Retracted {}), "");
        assert_eq!(marked.apply_event(&text("Hm.")), "Hm.");
        assert_eq!(marked.apply_event(&TurnEvent::Retracted {}), "\n\n");
        assert_eq!(marked.apply_event(&text("Yes.")), "Yes.");
    }
}
