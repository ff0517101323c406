//! A growing answer: text without markers, sentences, and the citation of each.

use hearth_documents::split_sentences;
use hearth_domain::{
    CharOffset, CharRange, Citation, CitationId, CitationMethod, Revision, RevisionId, TextIndex, TurnEvent,
};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

use super::claim_support::{Evidence, Support};
use super::markers::{MarkerFilter, StreamPiece};
use super::packing::PackedPassage;
use super::refusal::is_refusal;
use super::running_turn::RunningTurn;
use crate::{Library, LibraryError};

/// Minimum words of a claim; a shorter sentence states nothing that could be supported.
const MIN_CLAIM_WORDS: usize = 4;

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
    text: String,
    chars: u32,
    markers: Vec<PlacedMarker>,
    cited_ranges: Vec<(RevisionId, CharRange)>,
    /// Bytes of the text whose sentences are cited.
    cited_bytes: usize,
}

impl<'a> Answer<'a> {
    /// An empty answer from packed passages, whose revisions are loaded.
    pub(crate) async fn new(
        library: &'a Library,
        running: &'a RunningTurn,
        packed: &'a [PackedPassage],
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
            filter: MarkerFilter::default(),
            text: String::new(),
            chars: 0,
            markers: Vec::new(),
            cited_ranges: Vec::new(),
            cited_bytes: 0,
        })
    }

    /// Appends text of the model; its markers are taken out.
    pub(crate) fn push_text(&mut self, text: &str) {
        let pieces = self.filter.push(text);
        self.append_pieces(pieces);
    }

    fn append_pieces(&mut self, pieces: Vec<StreamPiece>) {
        for piece in pieces {
            match piece {
                StreamPiece::Text(text) => self.append_text(&text),
                StreamPiece::Marker(numbers) => {
                    for number in numbers {
                        // A number of no passage supports nothing: dropped.
                        let passage = self.packed.iter().position(|packed| packed.number == number);
                        self.markers.extend(
                            passage.map(|passage| PlacedMarker { at: CharOffset(self.chars), passage }),
                        );
                    }
                }
            }
        }
    }

    /// Appends text without markers.
    pub(crate) fn append_text(&mut self, text: &str) {
        self.text.push_str(text);
        self.chars += text.chars().count() as u32;
        let text = text.to_owned();
        self.running.push_event(TurnEvent::Text { text: text.clone() }, |turn| turn.answer.push_str(&text));
    }

    /// Cites the sentences that are complete; all of them once the answer has ended.
    pub(crate) async fn cite_finished_sentences(
        &mut self,
        evidence: &Evidence,
        ended: bool,
    ) -> Result<(), LibraryError> {
        if ended {
            let rest = self.filter.finish();
            self.append_pieces(rest);
        }
        let tail = &self.text[self.cited_bytes..];
        let mut found = split_sentences(tail);
        if !ended {
            // The last sentence may go on, and its marker may still come.
            found.pop();
        }
        let index = TextIndex::new(&self.text);
        let base = self.cited_bytes;
        let mut claims = Vec::new();
        for (at, bytes) in found.iter().enumerate() {
            let end = found.get(at + 1).map_or(bytes.end, |next| next.start);
            claims.push((
                CharRange {
                    start: index.char_offset(base + bytes.start),
                    end: index.char_offset(base + bytes.end),
                },
                // A marker after the full stop belongs to the sentence before it.
                index.char_offset(base + end),
                self.text[base + bytes.start..base + bytes.end].to_owned(),
            ));
        }
        if let Some(last) = found.last() {
            self.cited_bytes = base + last.end;
        }
        for (covers, until, claim) in claims {
            self.cite_sentence(evidence, covers, until, &claim, ended).await?;
        }
        Ok(())
    }

    async fn cite_sentence(
        &mut self,
        evidence: &Evidence,
        covers: CharRange,
        until: CharOffset,
        claim: &str,
        ended: bool,
    ) -> Result<(), LibraryError> {
        if is_refusal(claim) {
            self.markers.retain(|placed| placed.at > until);
            return Ok(());
        }
        let mut marked_passages: Vec<usize> = Vec::new();
        let mut rest = Vec::new();
        for placed in self.markers.drain(..) {
            let is_own = placed.at > covers.start && (placed.at < until || placed.at <= covers.end || ended);
            if is_own {
                if !marked_passages.contains(&placed.passage) {
                    marked_passages.push(placed.passage);
                }
            } else {
                rest.push(placed);
            }
        }
        self.markers = rest;
        let mut cited = false;
        for passage in marked_passages {
            if let Some(support) = self.library.find_support(claim, evidence, Some(passage)).await? {
                self.add_citation(covers, support, CitationMethod::Model);
                cited = true;
            }
        }
        if cited || !is_claim(claim) {
            return Ok(());
        }
        match self.library.find_support(claim, evidence, None).await? {
            Some(support) => self.add_citation(covers, support, CitationMethod::Alignment),
            None => self
                .running
                .push_event(TurnEvent::Unsupported { range: covers }, |turn| turn.unsupported.push(covers)),
        }
        Ok(())
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

    /// Length of the answer in characters.
    pub(crate) fn len(&self) -> u32 {
        self.chars
    }

    /// Text of a passage's revision.
    pub(crate) fn revision_text(&self, passage: usize) -> &str {
        self.revisions.get(&self.packed[passage].revision).map_or("", |revision| revision.text.as_str())
    }
}

/// True if a sentence states something that a source could support.
fn is_claim(sentence: &str) -> bool {
    let words = sentence.split_whitespace().count();
    let is_markup = sentence.starts_with('#') || sentence.ends_with(':') || sentence.ends_with('?');
    words >= MIN_CLAIM_WORDS && !is_markup && !is_refusal(sentence)
}
