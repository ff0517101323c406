//! Whether what was found has anything to do with the question: "I don't find that in your
//! sources" is an answer, too.
//!
//! Measured by asking XQuAD's questions of the SciFact collection and the other way round
//! (`hearth eval refusal`): a passage's cosine, and the share of the question's content words that
//! it has, by their rarity in the library.

use std::collections::HashSet;

use super::align::content_words;
use crate::find::Hit;
use crate::{Engine, EngineError};

/// What the words count beside the cosine.
const WORDS: f32 = 0.3;
/// The sum that at least one passage must reach: where the embedder knows the language of the
/// text, and where it does not.
const NEAR: f32 = 0.494;
const NEAR_IN_FOREIGN_TEXT: f32 = 0.426;

/// Words, stemmed and not, of questions about the sources themselves.
const OF_THE_WHOLE: &[&str] = &[
    "summary",
    "summari",
    "summaris",
    "summariz",
    "summarise",
    "summarize",
    "overview",
    "outline",
    "outlin",
    "document",
    "documents",
    "source",
    "sources",
    "file",
    "files",
    "paper",
    "papers",
    "text",
    "content",
    "contents",
    "notebook",
    "topic",
    "topics",
    "main",
    "key",
    "point",
    "points",
    "idea",
    "ideas",
    "explain",
    "tell",
    "give",
    "short",
    "brief",
    "zusammenfass",
    "zusammenfassung",
    "fasse",
    "fass",
    "zusammen",
    "überblick",
    "uberblick",
    "dokument",
    "dokumente",
    "inhalt",
    "thema",
    "themen",
    "quelle",
    "quellen",
    "handelt",
    "geht",
];

impl Engine {
    /// Whether one of these passages may answer the question.
    pub(crate) async fn answerable(&self, question: &str, hits: &[Hit]) -> Result<bool, EngineError> {
        if hits.is_empty() {
            return Ok(false);
        }
        // Without an embedder, words alone brought these up, and they are all there is.
        if hits.iter().all(|hit| hit.cosine.is_none()) {
            return Ok(true);
        }
        let index = &self.0.index;
        let languages = self.0.store.languages().await?;
        let asked: HashSet<String> = languages
            .iter()
            .map(|language| Some(language.as_str()))
            .chain([None])
            .flat_map(|language| content_words(index.analyser(), question, language))
            .collect();
        let mut words = index.rarities(question, &languages)?;
        words.retain(|(forms, _)| forms.iter().any(|form| asked.contains(form)));
        // "What are these documents about?" is asked of whatever is there.
        if words.iter().all(|(forms, _)| forms.iter().any(|form| OF_THE_WHOLE.contains(&form.as_str()))) {
            return Ok(true);
        }
        let total: f32 = words.iter().map(|(_, rarity)| rarity).sum();
        let embedder = self.0.embedder();
        let known = &embedder.info().languages;
        Ok(hits.iter().any(|hit| {
            let language = hit.row.language.as_deref();
            let mut text = hit.row.passage.text.clone();
            for heading in hit.row.passage.section.iter().chain([&hit.row.source_title]) {
                text.push('\n');
                text.push_str(heading);
            }
            let own: HashSet<String> =
                index.analyser().tokens(&text, language).into_iter().map(|token| token.text).collect();
            let has = |forms: &[String]| forms.iter().any(|form| own.contains(form));
            let covered: f32 = words.iter().filter(|(forms, _)| has(forms)).map(|(_, rarity)| rarity).sum();
            let foreign = language
                .is_some_and(|language| !known.is_empty() && !known.iter().any(|known| known == language));
            let wanted = if foreign { NEAR_IN_FOREIGN_TEXT } else { NEAR };
            hit.cosine.unwrap_or(0.0) + WORDS * covered / total.max(1e-6) >= wanted
        }))
    }
}
