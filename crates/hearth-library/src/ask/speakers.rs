//! Speakers of a transcript's passage: named in the prompt, and known when a claim is compared with the
//! passage.

use std::borrow::Cow;

use hearth_domain::{CharOffset, CharRange, Layout, Place};

/// Separator of paragraphs; a new speaker begins one.
const PARAGRAPH_BREAK: &str = "\n\n";
/// Words of models for a speaker, by the language of the answer; only capitalised if they are another word,
/// too.
const SPEAKER_WORDS: &[&str] = &[
    "speaker",
    "Speaker",
    "speakers",
    "Speakers",
    "Sprecher",
    "Sprecherin",
    "Sprechern",
    "Stimme",
    "locuteur",
    "Locuteur",
    "locuteurs",
    "intervenant",
    "hablante",
    "Hablante",
    "hablantes",
    "orador",
    "parlante",
    "Parlante",
    "spreker",
    "Spreker",
    "falante",
];
/// Words between the numbers of several speakers.
const CONJUNCTION_WORDS: &[&str] = &["and", "und", "et", "y", "e", "en", "&", "/"];

/// Paragraphs of a passage with a known speaker, as ranges of the revision.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PassageSpeakers(Vec<(CharRange, String)>);

impl PassageSpeakers {
    /// Speakers of a text that begins at `start` of its revision.
    pub(crate) fn from_layout(text: &str, start: CharOffset, layout: &Layout) -> Self {
        let known = split_paragraphs(text, start).filter_map(|(range, _)| {
            match layout.places_in_range(range).into_iter().next() {
                Some(Place::Time { speaker: Some(speaker), .. }) => Some((range, speaker)),
                _ => None,
            }
        });
        Self(known.collect())
    }

    /// Number of the speaker at a position.
    pub(crate) fn speaker_at(&self, at: CharOffset) -> Option<&str> {
        self.0
            .iter()
            .find(|(range, _)| range.start <= at && at < range.end)
            .map(|(_, speaker)| speaker.as_str())
    }

    /// The text with the speaker before each paragraph.
    pub(crate) fn label_speakers(&self, text: &str, start: CharOffset) -> String {
        let named =
            split_paragraphs(text, start).map(|(range, paragraph)| match self.speaker_at(range.start) {
                Some(speaker) => Cow::Owned(format!("Speaker {speaker}: {paragraph}")),
                None => Cow::Borrowed(paragraph),
            });
        named.collect::<Vec<_>>().join(PARAGRAPH_BREAK)
    }
}

fn split_paragraphs(text: &str, start: CharOffset) -> impl Iterator<Item = (CharRange, &str)> {
    let mut at = start.0;
    text.split(PARAGRAPH_BREAK).map(move |paragraph| {
        let range = CharRange::new(at, at + paragraph.chars().count() as u32);
        at = range.end.0 + PARAGRAPH_BREAK.len() as u32;
        (range, paragraph)
    })
}

/// A claim without the numbers of `speakers` right after a word for them, which the passage's words lack:
/// "Speaker 2 wants 3 of them" becomes "Speaker wants 3 of them". The number of another speaker stays, and
/// disagrees.
pub(super) fn strip_speaker_numbers<'a>(claim: &'a str, speakers: &[&str]) -> Cow<'a, str> {
    if speakers.is_empty() {
        return Cow::Borrowed(claim);
    }
    let mut are_next = false;
    let words = claim.split_inclusive(char::is_whitespace).filter(|word| {
        let trimmed = |word: &'a str| word.trim_matches(|letter: char| !letter.is_alphanumeric());
        let bare = trimmed(word);
        let bare = trimmed(bare.strip_suffix("'s").or_else(|| bare.strip_suffix("’s")).unwrap_or(bare));
        let is_speaker = are_next && speakers.contains(&bare);
        let goes_on = is_speaker || CONJUNCTION_WORDS.contains(&word.trim());
        are_next = SPEAKER_WORDS.contains(&bare) || are_next && goes_on;
        !is_speaker
    });
    Cow::Owned(words.collect())
}

#[cfg(test)]
mod tests {
    use hearth_domain::{LayoutSpan, Mark};

    use super::*;

    #[test]
    fn a_model_is_told_who_says_what() {
        let span = |start, end, speaker: Option<&str>| LayoutSpan {
            range: CharRange::new(start, end),
            mark: Mark::Time { start_ms: 0, end_ms: 1, speaker: speaker.map(str::to_owned) },
        };
        let layout =
            Layout { spans: vec![span(0, 2, Some("1")), span(3, 5, Some("1")), span(7, 9, Some("2"))] };
        let named = |text: &str, start| {
            PassageSpeakers::from_layout(text, start, &layout).label_speakers(text, start)
        };
        assert_eq!(named("Aä Bc\n\nde", CharOffset(0)), "Speaker 1: Aä Bc\n\nSpeaker 2: de");
        // From the middle of a speaker's paragraph.
        assert_eq!(named("Bc\n\nde", CharOffset(3)), "Speaker 1: Bc\n\nSpeaker 2: de");
        let speakers = PassageSpeakers::from_layout("Aä Bc\n\nde", CharOffset(0), &layout);
        assert_eq!([2, 5, 8].map(|at| speakers.speaker_at(CharOffset(at))), [Some("1"), None, Some("2")]);
        let unknown = Layout { spans: vec![span(0, 2, None)] };
        assert_eq!(PassageSpeakers::from_layout("Aä", CharOffset(0), &unknown), PassageSpeakers::default());
    }

    #[test]
    fn numbers_of_speakers_are_no_claim() {
        let besides = |claim| strip_speaker_numbers(claim, &["1", "2"]).into_owned();
        assert_eq!(besides("Speaker 2 wants 3 of them."), "Speaker wants 3 of them.");
        assert_eq!(besides("Speakers 1 and 2 agree."), "Speakers and agree.");
        assert_eq!(besides("That is **Sprecher 1**'s wish for 2 bar."), "That is **Sprecher wish for 2 bar.");
        assert_eq!(besides("Speaker 1 ordered 2 filters."), "Speaker ordered 2 filters.");
        assert_eq!(besides("Speaker 3 wants 2 of them."), "Speaker 3 wants 2 of them.");
        assert_eq!(besides("Ich stimme 2 Vorschlägen zu."), "Ich stimme 2 Vorschlägen zu.");
        assert_eq!(besides("It needs 2 bar."), "It needs 2 bar.");
        assert_eq!(strip_speaker_numbers("Speaker 2 is gone.", &[]), "Speaker 2 is gone.");
    }
}
