//! Note search: notes are few and short enough to be read through.

use std::collections::HashSet;

use hearth_domain::{CharRange, Note, NotebookId, TextIndex};
use hearth_index::ParsedQuery;

use crate::{Library, LibraryError};

/// Minimum share of a query's words in a note.
const MIN_WORD_RATIO: f32 = 0.6;

/// A note that has the words of a query.
#[derive(Clone, Debug)]
pub struct NoteHit {
    pub note: Note,
    /// Share of the query's words, from 0 to 1.
    pub score: f32,
    /// Ranges of those words in the body.
    pub matches: Vec<CharRange>,
}

impl Library {
    /// Searches notes for the words of a query, best first.
    pub async fn search_notes(
        &self,
        query: &str,
        notebook: Option<NotebookId>,
        limit: usize,
    ) -> Result<Vec<NoteHit>, LibraryError> {
        let parsed = ParsedQuery::parse(query);
        let analyser = self.0.index.analyser();
        let languages = self.0.store.list_languages().await?;
        let known: Vec<Option<&str>> =
            languages.iter().map(|language| Some(language.as_str())).chain([Some("en"), None]).collect();
        // The language of a note is unknown: each word counts in any of its stems.
        let stems = |text: &str| -> Vec<(HashSet<String>, usize, usize)> {
            let mut words: Vec<(HashSet<String>, usize, usize)> = Vec::new();
            for language in &known {
                for (at, token) in analyser.tokenise_text(text, *language).into_iter().enumerate() {
                    if words.len() <= at {
                        words.push((HashSet::new(), token.start, token.end));
                    }
                    words[at].0.insert(token.text);
                }
            }
            words
        };
        let query_words = stems(&parsed.text);
        let excluded_words = stems(&parsed.excluded.join(" "));
        let mut hits = Vec::new();
        for note in self.0.store.list_searchable_notes(notebook).await? {
            let note_text = format!("{}\n{}", note.body, note.title);
            let words = stems(&note_text);
            let has =
                |word_forms: &HashSet<String>| words.iter().any(|(forms, ..)| !forms.is_disjoint(word_forms));
            let lowercase_text = note_text.to_lowercase();
            let is_excluded = excluded_words.iter().any(|(word, ..)| has(word))
                || parsed.phrases.iter().any(|phrase| !lowercase_text.contains(&phrase.to_lowercase()));
            let match_count = query_words.iter().filter(|(word, ..)| has(word)).count();
            let score = match_count as f32 / query_words.len().max(1) as f32;
            if is_excluded || query_words.is_empty() || score < MIN_WORD_RATIO {
                continue;
            }
            let index = TextIndex::new(&note.body);
            let matches = words
                .iter()
                .filter(|(forms, _, end)| {
                    *end <= note.body.len() && query_words.iter().any(|(word, ..)| !forms.is_disjoint(word))
                })
                .map(|(_, start, end)| CharRange {
                    start: index.char_offset(*start),
                    end: index.char_offset(*end),
                })
                .collect();
            hits.push(NoteHit { note, score, matches });
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.note.updated_at.cmp(&a.note.updated_at)));
        hits.truncate(limit);
        Ok(hits)
    }
}
