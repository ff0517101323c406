//! The answer as it grows: text without markers, sentences, and the citation of each.

use hearth_documents::sentences;
use hearth_domain::{
    CharOffset, CharRange, Citation, CitationId, FoundBy, Revision, RevisionId, TextIndex, TurnEvent,
};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

use super::align::{Evidence, Support};
use super::markers::{MarkerFilter, Piece};
use super::pack::Packed;
use super::running::RunningTurn;
use crate::{Engine, EngineError};

/// Sentences shorter than this in words claim nothing that could be supported.
const CLAIM_WORDS: usize = 4;

/// A marker and where it stood in the text without markers.
struct Placed {
    at: CharOffset,
    passage: usize,
}

pub(crate) struct Answer<'a> {
    engine: &'a Engine,
    running: &'a RunningTurn,
    packed: &'a [Packed],
    revisions: HashMap<RevisionId, Arc<Revision>>,
    filter: MarkerFilter,
    text: String,
    chars: u32,
    placed: Vec<Placed>,
    numbers: Vec<(RevisionId, CharRange)>,
    /// Up to here sentences have been cited.
    settled: usize,
}

impl<'a> Answer<'a> {
    pub(crate) async fn new(
        engine: &'a Engine,
        running: &'a RunningTurn,
        packed: &'a [Packed],
    ) -> Result<Self, EngineError> {
        let mut revisions = HashMap::new();
        for passage in packed {
            let revision = engine.revision(passage.source_id, passage.revision).await?;
            revisions.insert(passage.revision, revision);
        }
        Ok(Self {
            engine,
            running,
            packed,
            revisions,
            filter: MarkerFilter::default(),
            text: String::new(),
            chars: 0,
            placed: Vec::new(),
            numbers: Vec::new(),
            settled: 0,
        })
    }

    /// Takes some of the model's text.
    pub(crate) fn push(&mut self, text: &str) {
        let pieces = self.filter.push(text);
        self.put(pieces);
    }

    fn put(&mut self, pieces: Vec<Piece>) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.append(&text),
                Piece::Marker(numbers) => {
                    for number in numbers {
                        // A number that names no passage supports nothing: dropped.
                        let passage = self.packed.iter().position(|packed| packed.number == number);
                        self.placed
                            .extend(passage.map(|passage| Placed { at: CharOffset(self.chars), passage }));
                    }
                }
            }
        }
    }

    /// Appends text that holds no markers.
    pub(crate) fn append(&mut self, text: &str) {
        self.text.push_str(text);
        self.chars += text.chars().count() as u32;
        let text = text.to_owned();
        self.running.push(TurnEvent::Text { text: text.clone() }, |turn| turn.answer.push_str(&text));
    }

    /// Cites the sentences that are complete; all of them when the answer has ended.
    pub(crate) async fn settle(&mut self, evidence: &Evidence, ended: bool) -> Result<(), EngineError> {
        if ended {
            let rest = self.filter.finish();
            self.put(rest);
        }
        let tail = &self.text[self.settled..];
        let mut found = sentences(tail);
        if !ended {
            // The last one may go on, and its marker may still come.
            found.pop();
        }
        let index = TextIndex::new(&self.text);
        let base = self.settled;
        let mut claims = Vec::new();
        for (at, bytes) in found.iter().enumerate() {
            let end = found.get(at + 1).map_or(bytes.end, |next| next.start);
            claims.push((
                CharRange { start: index.offset(base + bytes.start), end: index.offset(base + bytes.end) },
                // A marker after the full stop belongs to the sentence before it.
                index.offset(base + end),
                self.text[base + bytes.start..base + bytes.end].to_owned(),
            ));
        }
        if let Some(last) = found.last() {
            self.settled = base + last.end;
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
    ) -> Result<(), EngineError> {
        if is_refusal(claim) {
            self.placed.retain(|placed| placed.at > until);
            return Ok(());
        }
        let mut named: Vec<usize> = Vec::new();
        let mut rest = Vec::new();
        for placed in self.placed.drain(..) {
            let own = placed.at > covers.start && (placed.at < until || placed.at <= covers.end || ended);
            if own {
                if !named.contains(&placed.passage) {
                    named.push(placed.passage);
                }
            } else {
                rest.push(placed);
            }
        }
        self.placed = rest;
        let mut cited = false;
        for passage in named {
            if let Some(support) = self.engine.support(claim, evidence, Some(passage)).await? {
                self.cite(covers, support, FoundBy::Model);
                cited = true;
            }
        }
        if cited || !is_claim(claim) {
            return Ok(());
        }
        match self.engine.support(claim, evidence, None).await? {
            Some(support) => self.cite(covers, support, FoundBy::Alignment),
            None => self
                .running
                .push(TurnEvent::Unsupported { range: covers }, |turn| turn.unsupported.push(covers)),
        }
        Ok(())
    }

    /// Makes the citation of a sentence.
    pub(crate) fn cite(&mut self, covers: CharRange, support: Support, found_by: FoundBy) {
        let packed = &self.packed[support.passage];
        let Some(revision) = self.revisions.get(&packed.revision) else {
            return;
        };
        let Some(quote) = support.range.slice(&revision.text) else {
            return;
        };
        let place = (packed.revision, support.range);
        let number = match self.numbers.iter().position(|known| *known == place) {
            Some(at) => at + 1,
            None => {
                self.numbers.push(place);
                self.numbers.len()
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
            places: revision.layout.places(support.range),
            found_by,
        };
        self.running.push(TurnEvent::Citation { citation: Box::new(citation.clone()) }, |turn| {
            turn.citations.push(citation);
        });
    }

    /// How many characters the answer has.
    pub(crate) fn len(&self) -> u32 {
        self.chars
    }

    /// What a range of a passage's revision says.
    pub(crate) fn revision_text(&self, passage: usize) -> &str {
        self.revisions.get(&self.packed[passage].revision).map_or("", |revision| revision.text.as_str())
    }
}

/// Whether a sentence says something that a source could support.
fn is_claim(sentence: &str) -> bool {
    let words = sentence.split_whitespace().count();
    let furniture = sentence.starts_with('#') || sentence.ends_with(':') || sentence.ends_with('?');
    words >= CLAIM_WORDS && !furniture && !is_refusal(sentence)
}

/// "I don't find that in your sources" cites nothing.
pub(crate) fn is_refusal(sentence: &str) -> bool {
    sentence.to_lowercase().replace('’', "'").contains("don't find that in your sources")
}
