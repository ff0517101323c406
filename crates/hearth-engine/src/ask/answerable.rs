//! Whether what was found has anything to do with the question: "I don't find that in your
//! sources" is an answer, too.
//!
//! Measured by asking XQuAD's questions of the SciFact collection and the other way round
//! (`hearth eval refusal`): a passage's cosine, the share of the question's content words that it has, by their
//! rarity in the library, and the share that the best passages have together.

use std::collections::HashSet;

use crate::find::Hit;
use crate::{Engine, EngineError};

/// What the words of a passage count beside its cosine, and what those of the best passages together count.
const WORDS: f32 = 0.3;
const WORDS_TOGETHER: f32 = 0.2;
/// The best passages.
const BEST: usize = 3;
/// The sum that at least one passage must reach: where the embedder knows the language of the
/// text, and where it does not.
const NEAR: f32 = 0.612;
const NEAR_IN_FOREIGN_TEXT: f32 = 0.525;

/// Passages from which a library tells how rare a word is: in a small one nearly every word of a question that is put
/// in other words stands nowhere.
const ENOUGH: u64 = 1000;

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
        let analyser = index.analyser();
        let spoken = || languages.iter().map(|language| Some(language.as_str())).chain([None]);
        let says_something = |form: &String| form.len() > 1 || form.parse::<u32>().is_ok();
        let mut words = index.rarities(question, &languages, ENOUGH)?;
        words.retain(|(forms, _)| {
            forms.iter().any(says_something)
                && !forms.iter().any(|form| spoken().any(|language| analyser.is_common(form, language)))
        });
        // "What are these documents about?" is asked of whatever is there.
        if words.iter().all(|(forms, _)| forms.iter().any(|form| OF_THE_WHOLE.contains(&form.as_str()))) {
            return Ok(true);
        }
        let total = words.iter().map(|(_, rarity)| rarity).sum::<f32>().max(1e-6);
        let share = |has: &dyn Fn(usize) -> bool| -> f32 {
            let had = words.iter().enumerate().filter(|(at, _)| has(*at));
            had.map(|(_, (_, rarity))| rarity).sum::<f32>() / total
        };
        let having: Vec<Vec<bool>> = hits.iter().map(|hit| self.having(hit, &words)).collect();
        let together = share(&|word| having.iter().take(BEST).any(|has| has[word]));
        let embedder = self.0.embedder();
        let known = &embedder.info().languages;
        Ok(hits.iter().zip(&having).any(|(hit, has)| {
            let foreign = hit
                .row
                .language
                .as_ref()
                .is_some_and(|language| !known.is_empty() && !known.contains(language));
            let wanted = if foreign { NEAR_IN_FOREIGN_TEXT } else { NEAR };
            let own = hit.cosine.unwrap_or(0.0) + WORDS * share(&|word| has[word]);
            own + WORDS_TOGETHER * together >= wanted
        }))
    }

    /// Which of some words a hit has, in its text, its headings or its title.
    fn having(&self, hit: &Hit, words: &[(Vec<String>, f32)]) -> Vec<bool> {
        let passage = &hit.row.passage;
        let mut text = passage.text.clone();
        for heading in passage.section.iter().chain([&hit.row.source_title]) {
            text.push('\n');
            text.push_str(heading);
        }
        let tokens = self.0.index.analyser().tokens(&text, hit.row.language.as_deref());
        let own: HashSet<String> = tokens.into_iter().map(|token| token.text).collect();
        words.iter().map(|(forms, _)| forms.iter().any(|form| own.contains(form))).collect()
    }
}
