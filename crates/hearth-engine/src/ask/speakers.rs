//! Who says what in a passage of a transcript: told to the model, and known when its answer is held against the passage.

use std::borrow::Cow;

use hearth_domain::{CharOffset, CharRange, Layout, Place};

/// Whoever comes to speak begins a paragraph.
const GAP: &str = "\n\n";
/// What models call those who speak, by the language that they answer in; where it is another word, too, with its capital.
const NAMES: &[&str] = &[
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
/// Between the numbers of several.
const AND: &[&str] = &["and", "und", "et", "y", "e", "en", "&", "/"];

/// The paragraphs of a passage whose speaker is known, as ranges of the revision.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Speakers(Vec<(CharRange, String)>);

impl Speakers {
    /// Of a text that begins there in its revision.
    pub(crate) fn of(text: &str, start: CharOffset, layout: &Layout) -> Self {
        let known =
            paragraphs(text, start).filter_map(|(range, _)| match layout.places(range).into_iter().next() {
                Some(Place::Time { speaker: Some(speaker), .. }) => Some((range, speaker)),
                _ => None,
            });
        Self(known.collect())
    }

    /// The number of who speaks there.
    pub(crate) fn at(&self, at: CharOffset) -> Option<&str> {
        self.0
            .iter()
            .find(|(range, _)| range.start <= at && at < range.end)
            .map(|(_, speaker)| speaker.as_str())
    }

    /// The text with who speaks before each of the paragraphs.
    pub(crate) fn named_in(&self, text: &str, start: CharOffset) -> String {
        let named = paragraphs(text, start).map(|(range, paragraph)| match self.at(range.start) {
            Some(speaker) => Cow::Owned(format!("Speaker {speaker}: {paragraph}")),
            None => Cow::Borrowed(paragraph),
        });
        named.collect::<Vec<_>>().join(GAP)
    }
}

fn paragraphs(text: &str, start: CharOffset) -> impl Iterator<Item = (CharRange, &str)> {
    let mut at = start.0;
    text.split(GAP).map(move |paragraph| {
        let range = CharRange::new(at, at + paragraph.chars().count() as u32);
        at = range.end.0 + GAP.len() as u32;
        (range, paragraph)
    })
}

/// A claim without these speakers' numbers right after the name for them, which their words do not have: "Speaker 2 wants 3 of
/// them" becomes "Speaker wants 3 of them". The number of another speaker stays, and disagrees.
pub(super) fn without_speakers<'a>(claim: &'a str, speakers: &[&str]) -> Cow<'a, str> {
    if speakers.is_empty() {
        return Cow::Borrowed(claim);
    }
    let mut are_next = false;
    let words = claim.split_inclusive(char::is_whitespace).filter(|word| {
        let trimmed = |word: &'a str| word.trim_matches(|letter: char| !letter.is_alphanumeric());
        let bare = trimmed(word);
        let bare = trimmed(bare.strip_suffix("'s").or_else(|| bare.strip_suffix("’s")).unwrap_or(bare));
        let is_speaker = are_next && speakers.contains(&bare);
        let goes_on = is_speaker || AND.contains(&word.trim());
        are_next = NAMES.contains(&bare) || are_next && goes_on;
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
        let named = |text: &str, start| Speakers::of(text, start, &layout).named_in(text, start);
        assert_eq!(named("Aä Bc\n\nde", CharOffset(0)), "Speaker 1: Aä Bc\n\nSpeaker 2: de");
        // From the middle of what somebody says.
        assert_eq!(named("Bc\n\nde", CharOffset(3)), "Speaker 1: Bc\n\nSpeaker 2: de");
        let speakers = Speakers::of("Aä Bc\n\nde", CharOffset(0), &layout);
        assert_eq!([2, 5, 8].map(|at| speakers.at(CharOffset(at))), [Some("1"), None, Some("2")]);
        let unknown = Layout { spans: vec![span(0, 2, None)] };
        assert_eq!(Speakers::of("Aä", CharOffset(0), &unknown), Speakers::default());
    }

    #[test]
    fn numbers_of_speakers_are_no_claim() {
        let besides = |claim| without_speakers(claim, &["1", "2"]).into_owned();
        assert_eq!(besides("Speaker 2 wants 3 of them."), "Speaker wants 3 of them.");
        assert_eq!(besides("Speakers 1 and 2 agree."), "Speakers and agree.");
        assert_eq!(besides("That is **Sprecher 1**'s wish for 2 bar."), "That is **Sprecher wish for 2 bar.");
        assert_eq!(besides("Speaker 1 ordered 2 filters."), "Speaker ordered 2 filters.");
        assert_eq!(besides("Speaker 3 wants 2 of them."), "Speaker 3 wants 2 of them.");
        assert_eq!(besides("Ich stimme 2 Vorschlägen zu."), "Ich stimme 2 Vorschlägen zu.");
        assert_eq!(besides("It needs 2 bar."), "It needs 2 bar.");
        assert_eq!(without_speakers("Speaker 2 is gone.", &[]), "Speaker 2 is gone.");
    }
}
