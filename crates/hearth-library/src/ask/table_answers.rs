//! Answers that are computed over the rows of a table, with the rows cited.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use hearth_domain::{CharRange, CitationMethod, Revision, RevisionId, TurnMode};
use hearth_index::Analyser;

use super::RunningTurn;
use super::answer::Answer;
use super::claim::Support;
use super::evidence::label_cells;
use super::packing::{PackedContext, PackedPassage, pack_hit};
use super::tables::{IndexedTable, Table, TableQuery, TableRequest, TableResult, compute_query};
use crate::search::PassageHit;
use crate::{Library, LibraryError};

/// Maximum sources whose tables are looked at, those of the best passages first.
const MAX_TABLE_SOURCES: usize = 8;
/// Maximum rows that an answer cites.
const MAX_CITED_ROWS: usize = 40;

/// An answer that was computed.
pub(super) struct TableAnswer {
    /// The table as a passage.
    packed: PackedPassage,
    table: Table,
    result: TableResult,
}

impl Library {
    /// Computes a question over the rows of a table of the sources that were found; `None` if it asks for something
    /// else, or if none of the tables has all that it names.
    pub(super) async fn compute_from_tables(
        &self,
        question: &str,
        hits: &[PassageHit],
    ) -> Result<Option<TableAnswer>, LibraryError> {
        let analyser = self.0.index.analyser();
        let language = analyser.guess_language(question);
        let is_stop_word = |word: &str| analyser.has_only_stop_words(word, language);
        let Some(request) = TableRequest::from_question(question, &is_stop_word) else {
            return Ok(None);
        };
        let mut seen: HashSet<RevisionId> = HashSet::new();
        let tabular = hits.iter().filter(|hit| has_table_rows(hit));
        let first_hits = tabular.filter(|hit| seen.insert(hit.row.passage.revision)).take(MAX_TABLE_SOURCES);
        let mut candidates: Vec<(PassageHit, Arc<Revision>)> = Vec::new();
        for hit in first_hits {
            let revision = self.load_revision(hit.row.passage.source_id, hit.row.passage.revision).await?;
            candidates.push((hit.clone(), revision));
        }
        let library = self.clone();
        let computed = self.0.tasks.spawn_blocking(move || {
            let analyser = library.0.index.analyser();
            compute_best(&request, &candidates, analyser, language)
        });
        Ok(computed.await?)
    }

    /// Answers with what was computed: the number, and the rows that it rests on.
    pub(super) async fn answer_with_table(
        &self,
        running: &RunningTurn,
        computed: TableAnswer,
        started: Instant,
    ) -> Result<(), LibraryError> {
        running.update_turn(|turn| turn.mode = TurnMode::Extracts);
        let package = PackedContext { passages: vec![computed.packed], left_out: 0 };
        self.publish_retrieved(running, &package, started.elapsed().as_millis() as u32).await?;
        let mut answer = Answer::new(self, running, &package.passages, false).await?;
        answer.note_first_token(started);
        if let Some(number) = &computed.result.number {
            answer.append_text(number);
        }
        for row in computed.result.rows.iter().take(MAX_CITED_ROWS) {
            if answer.len() > 0 {
                answer.append_text("\n\n");
            }
            let row = &computed.table.rows[*row];
            let start = answer.len();
            answer.append_text(&label_cells(&computed.table.header, &row.cells));
            let support = Support { passage: 0, range: row.range };
            answer.add_citation(CharRange::new(start, answer.len()), support, CitationMethod::Alignment);
        }
        let count = computed.result.rows.len();
        if count > MAX_CITED_ROWS {
            answer.append_text(&format!("\n\n… ({MAX_CITED_ROWS}/{count})"));
        }
        Ok(())
    }
}

/// The answer of the table in which most words of a request have a place.
fn compute_best(
    request: &TableRequest,
    candidates: &[(PassageHit, Arc<Revision>)],
    analyser: &Analyser,
    language: Option<&str>,
) -> Option<TableAnswer> {
    let mut best: Option<(usize, TableAnswer)> = None;
    for (hit, revision) in candidates {
        let languages = [hit.row.language.as_deref(), language, None];
        let forms = |word: &str| -> HashSet<String> {
            let stems = languages.iter().flat_map(|language| analyser.tokenise_text(word, *language));
            stems.map(|token| token.text).collect()
        };
        for table in Table::parse_all(&revision.text) {
            let indexed = IndexedTable::new(&table, &forms);
            let query = TableQuery::link_request(request, &indexed, &hit.row.source_title)
                .filter(|query| best.as_ref().is_none_or(|(linked, _)| query.linked_words > *linked));
            let Some(query) = query else { continue };
            if let Some(result) = compute_query(&query, &indexed) {
                let packed = pack_table(hit, &table, &revision.text);
                best = Some((query.linked_words, TableAnswer { packed, table, result }));
            }
        }
    }
    best.map(|(_, answer)| answer)
}

/// True for a passage with rows of a table, or below the header of one.
fn has_table_rows(hit: &PassageHit) -> bool {
    let passage = &hit.row.passage;
    passage.text.starts_with('|') || passage.text.contains("\n|")
}

/// A table as one passage.
fn pack_table(hit: &PassageHit, table: &Table, text: &str) -> PackedPassage {
    let mut packed = pack_hit(hit.clone());
    if let (Some(first), Some(last)) = (table.rows.first(), table.rows.last()) {
        packed.range = CharRange { start: first.range.start, end: last.range.end };
        packed.range.slice(text).unwrap_or_default().clone_into(&mut packed.text);
    }
    packed.number = 1;
    packed
}
