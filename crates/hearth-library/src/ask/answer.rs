//! A growing answer: text without markers, sentences, and the citation of each.
//!
//! The citations depend on the text and the evidence alone, not on the times at which they come: markers keep their
//! positions until the evidence is there.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use hearth_documents::{detect_language, split_sentences};
use hearth_domain::{
    CharOffset, CharRange, ChatEvent, Citation, CitationId, CitationMethod, Revision, RevisionId, TextIndex,
    TurnEvent, TurnStep,
};
use uuid::Uuid;

use super::answer_sentences::{AnswerSentence, SENTENCE_ENDS, split_answer};
use super::claim::Support;
use super::evidence::Evidence;
use super::markers::{MarkerFilter, StreamPiece};
use super::packing::PackedPassage;
use super::running_turn::RunningTurn;
use crate::{Library, LibraryError};

/// Minimum content words before a list in brackets that is taken for a marker.
const MIN_WORDS_BEFORE_LIST: usize = 4;

/// Words after a sentence that show that it has ended, and characters that do so where no spaces are written.
const SETTLED_WORDS: usize = 3;
const SETTLED_CHARS: usize = 24;

/// A marker and its position in the text without markers.
struct PlacedMarker {
    at: CharOffset,
    passage: usize,
}

/// An answer in progress, with its citations.
pub(crate) struct Answer<'a> {
    library: &'a Library,
    running: &'a RunningTurn,
    packed: &'a [PackedPassage],
    revisions: HashMap<RevisionId, Arc<Revision>>,
    filter: MarkerFilter,
    /// Pieces that wait for the decision on a doubtful marker.
    waiting: VecDeque<StreamPiece>,
    text: String,
    chars: u32,
    markers: Vec<PlacedMarker>,
    cited_ranges: Vec<(RevisionId, CharRange)>,
    /// Number of sentences that are cited.
    cited_sentences: usize,
    /// End of the text whose citations have come, in bytes.
    checked: usize,
    /// True if claims without support are marked.
    marks_unsupported: bool,
    /// True if the model wrote the token of a refusal.
    has_refusal_token: bool,
}

impl<'a> Answer<'a> {
    /// An empty answer from packed passages, whose revisions are loaded.
    pub(crate) async fn new(
        library: &'a Library,
        running: &'a RunningTurn,
        packed: &'a [PackedPassage],
        marks_unsupported: bool,
    ) -> Result<Self, LibraryError> {
        let mut revisions = HashMap::new();
        for passage in packed {
            let revision = library.load_revision(passage.source_id, passage.revision).await?;
            revisions.insert(passage.revision, revision);
        }
        Ok(Self {
            library,
            running,
            packed,
            revisions,
            filter: new_filter(packed),
            waiting: VecDeque::new(),
            text: String::new(),
            chars: 0,
            markers: Vec::new(),
            cited_ranges: Vec::new(),
            cited_sentences: 0,
            checked: 0,
            marks_unsupported,
            has_refusal_token: false,
        })
    }

    /// Takes back all text so far, which was reasoning.
    pub(crate) fn retract(&mut self) {
        self.filter = new_filter(self.packed);
        self.waiting.clear();
        self.text.clear();
        self.chars = 0;
        self.markers.clear();
        self.cited_ranges.clear();
        self.cited_sentences = 0;
        self.checked = 0;
        self.has_refusal_token = false;
        self.running.push_event(TurnEvent::Retracted {}, hearth_domain::Turn::retract_answer);
    }

    /// Appends text of the model; its markers are taken out. Without evidence, text waits behind a doubtful marker.
    pub(crate) async fn push_text(
        &mut self,
        text: &str,
        evidence: Option<&Evidence>,
    ) -> Result<(), LibraryError> {
        let pieces = self.filter.push(text);
        self.waiting.extend(pieces);
        self.append_waiting(evidence).await
    }

    async fn append_waiting(&mut self, evidence: Option<&Evidence>) -> Result<(), LibraryError> {
        while let Some(piece) = self.waiting.pop_front() {
            match piece {
                StreamPiece::Text(text) => self.append_text(&text),
                StreamPiece::Marker(numbers) => self.place_marker(&numbers),
                StreamPiece::NounMarker(numbers) => {
                    let titles = self.passage_titles(&numbers);
                    self.append_text(&titles);
                    self.place_marker(&numbers);
                }
                StreamPiece::Doubtful { written, numbers } => {
                    let Some(evidence) = evidence else {
                        self.waiting.push_front(StreamPiece::Doubtful { written, numbers });
                        return Ok(());
                    };
                    if self.is_marker(&numbers, evidence).await? {
                        self.place_marker(&numbers);
                    } else {
                        self.append_text(&written);
                    }
                }
                StreamPiece::Refusal => self.has_refusal_token = true,
            }
        }
        Ok(())
    }

    fn place_marker(&mut self, numbers: &[u32]) {
        let at = CharOffset(self.chars);
        for number in numbers {
            let passage = self.packed.iter().position(|packed| packed.number == *number);
            self.markers.extend(passage.map(|passage| PlacedMarker { at, passage }));
        }
    }

    /// Titles of the sources of passages, each once.
    fn passage_titles(&self, numbers: &[u32]) -> String {
        let mut titles: Vec<&str> = Vec::new();
        for packed in self.packed.iter().filter(|packed| numbers.contains(&packed.number)) {
            if !titles.contains(&packed.source_title.as_str()) {
                titles.push(&packed.source_title);
            }
        }
        titles.join(", ")
    }

    /// True if a list of numbers in brackets is a marker: the passages support the text of the sentence before it.
    async fn is_marker(&self, numbers: &[u32], evidence: &Evidence) -> Result<bool, LibraryError> {
        let clause = split_sentences(&self.text).pop().map(|range| self.text[range].to_owned());
        let clause = clause.unwrap_or_default();
        let language = self.language();
        let analyser = self.library.0.index.analyser();
        if super::evidence::content_words(analyser, &clause, language).len() < MIN_WORDS_BEFORE_LIST {
            return Ok(false);
        }
        let marked: Vec<usize> = (0..self.packed.len())
            .filter(|passage| numbers.contains(&self.packed[*passage].number))
            .collect();
        let supports = self.library.find_supports(&clause, None, language, evidence, Some(&marked)).await?;
        Ok(!supports.is_empty())
    }

    /// Appends text without markers.
    pub(crate) fn append_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        self.chars += text.chars().count() as u32;
        let text = text.to_owned();
        self.running.push_event(TurnEvent::Text { text: text.clone() }, |turn| turn.answer.push_str(&text));
    }

    /// Ends the text: what was held back is text or a marker.
    pub(crate) async fn end_text(&mut self, evidence: &Evidence) -> Result<(), LibraryError> {
        let pieces = self.filter.finish();
        self.waiting.extend(pieces);
        self.append_waiting(Some(evidence)).await
    }

    /// True if a sentence may have ended whose citations have not come.
    pub(crate) fn has_unchecked_end(&self) -> bool {
        self.text[self.checked..].contains(SENTENCE_ENDS)
    }

    /// Cites the sentences that are complete; all of them once the answer has ended.
    pub(crate) async fn cite_finished_sentences(
        &mut self,
        evidence: &Evidence,
        ended: bool,
    ) -> Result<(), LibraryError> {
        self.append_waiting(Some(evidence)).await?;
        let sentences = split_answer(&self.text);
        let complete = if ended { sentences.len() } else { count_complete(&sentences, &self.text) };
        let index = TextIndex::new(&self.text);
        let mut claims = Vec::new();
        for at in self.cited_sentences..complete {
            let sentence = &sentences[at];
            let covers = CharRange {
                start: index.char_offset(sentence.range.start),
                end: index.char_offset(sentence.range.end),
            };
            // A marker belongs to the sentence before it, or to the next one if it stands on that one's line.
            let until = match sentences.get(at + 1) {
                Some(next) => {
                    let gap = &self.text[sentence.range.end..next.range.start];
                    let line = gap.rfind('\n').map_or(next.range.start, |at| sentence.range.end + at);
                    index.char_offset(line)
                }
                None => CharOffset(u32::MAX),
            };
            claims.push((covers, until, sentence.clone()));
        }
        let checked = match complete.checked_sub(1) {
            _ if ended => self.text.len(),
            Some(last) => sentences[last].range.end,
            None => 0,
        };
        let until = index.char_offset(checked);
        self.cited_sentences = complete.max(self.cited_sentences);
        let mut markers = std::mem::take(&mut self.markers);
        for (covers, until, sentence) in claims {
            let (own, rest) = markers.into_iter().partition(|marker| marker.at <= until);
            markers = rest;
            self.cite_sentence(evidence, covers, &sentence, own).await?;
        }
        self.markers = markers;
        if checked > self.checked {
            self.checked = checked;
            self.running.push_event(TurnEvent::Checked { until }, |_| ());
        }
        Ok(())
    }

    async fn cite_sentence(
        &mut self,
        evidence: &Evidence,
        covers: CharRange,
        sentence: &AnswerSentence,
        markers: Vec<PlacedMarker>,
    ) -> Result<(), LibraryError> {
        let claim = covers.slice(&self.text).unwrap_or_default().to_owned();
        let lead_in = sentence.lead_in.clone().and_then(|range| self.text.get(range)).map(str::to_owned);
        let lead_in = lead_in.as_deref();
        let language = self.language();
        let mut marked: Vec<usize> = markers.into_iter().map(|marker| marker.passage).collect();
        marked.sort_unstable();
        marked.dedup();
        if !marked.is_empty() {
            let supports =
                self.library.find_supports(&claim, lead_in, language, evidence, Some(&marked)).await?;
            if !supports.is_empty() {
                for support in supports {
                    self.add_citation(covers, support, CitationMethod::Model);
                }
                return Ok(());
            }
        }
        if !sentence.is_claim {
            return Ok(());
        }
        let mut supports = self.library.find_supports(&claim, lead_in, language, evidence, None).await?;
        if supports.is_empty() {
            supports = self.library.find_clause_supports(&claim, language, evidence).await?;
        }
        if supports.is_empty() && self.marks_unsupported {
            self.running
                .push_event(TurnEvent::Unsupported { range: covers }, |turn| turn.unsupported.push(covers));
        }
        for support in supports {
            self.add_citation(covers, support, CitationMethod::Alignment);
        }
        Ok(())
    }

    /// Language of the answer so far: by its small words if it is short, by the first passage if it has none.
    fn language(&self) -> Option<&'a str> {
        let by_small_words = || self.library.0.index.analyser().guess_language(&self.text);
        let of_passage = || self.packed.first().and_then(|packed| packed.hit.row.language.as_deref());
        detect_language(&self.text).or_else(by_small_words).or_else(of_passage)
    }

    /// Adds the citation of a sentence.
    pub(crate) fn add_citation(&mut self, covers: CharRange, support: Support, found_by: CitationMethod) {
        let packed = &self.packed[support.passage];
        let Some(revision) = self.revisions.get(&packed.revision) else {
            return;
        };
        let Some(quote) = support.range.slice(&revision.text) else {
            return;
        };
        let place = (packed.revision, support.range);
        let number = match self.cited_ranges.iter().position(|known| *known == place) {
            Some(at) => at + 1,
            None => {
                self.cited_ranges.push(place);
                self.cited_ranges.len()
            }
        };
        let citation = Citation {
            id: CitationId(Uuid::now_v7()),
            number: number as u32,
            at: covers.end,
            covers,
            source_id: packed.source_id,
            revision: packed.revision,
            source_title: packed.source_title.clone(),
            range: support.range,
            quote: quote.to_owned(),
            places: revision.layout.places_in_range(support.range),
            found_by,
        };
        self.running.push_event(TurnEvent::Citation { citation: Box::new(citation.clone()) }, |turn| {
            turn.citations.push(citation);
        });
    }

    /// Applies an event of the model's stream that has no text.
    pub(crate) fn apply_event(&mut self, event: ChatEvent, model: &str) {
        match event {
            ChatEvent::Loading => {
                let step = TurnStep::Loading { model: model.to_owned() };
                self.running.push_event(TurnEvent::Progress { step }, |_| ());
            }
            ChatEvent::Reasoning(text) => {
                self.running.push_event(TurnEvent::Reasoning { text: text.clone() }, |turn| {
                    turn.reasoning.get_or_insert_default().push_str(&text);
                });
            }
            ChatEvent::Retracted => self.retract(),
            ChatEvent::Text(_) | ChatEvent::ToolCall { .. } | ChatEvent::Done { .. } => {}
        }
    }

    /// Records the time until the first text of the answer.
    pub(crate) fn note_first_token(&self, started: Instant) {
        let ms = started.elapsed().as_millis() as u32;
        self.running.update_turn(|turn| {
            turn.timings.first_token_ms.get_or_insert(ms);
        });
    }

    /// The text so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Length of the answer in characters.
    pub(crate) fn len(&self) -> u32 {
        self.chars
    }

    /// True if the model wrote the token of a refusal.
    pub(crate) fn has_refusal_token(&self) -> bool {
        self.has_refusal_token
    }
}

/// Number of sentences that cannot change any more: the last one may go on, and its marker may still come; that the one
/// before it has ended is sure once the words after it are there ("on 1. April" is one sentence).
fn count_complete(sentences: &[AnswerSentence], text: &str) -> usize {
    let Some((last, before)) = sentences.split_last() else {
        return 0;
    };
    let rest = &text[last.range.start..];
    let is_settled = rest.split_whitespace().count() > SETTLED_WORDS || rest.chars().count() > SETTLED_CHARS;
    if is_settled { before.len() } else { before.len().saturating_sub(1) }
}

fn new_filter(packed: &[PackedPassage]) -> MarkerFilter {
    let titles = packed.iter().map(|packed| packed.source_title.clone()).collect();
    MarkerFilter::new(packed.len() as u32, titles)
}
