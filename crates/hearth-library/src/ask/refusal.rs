//! Refusals: answers that say that the sources do not answer the question.

use hearth_domain::{RefusalReason, SourceStatus, Turn, TurnRefusal};

use super::RunningTurn;
use crate::search::SearchScope;
use crate::{Library, LibraryError};

/// Words of statements about the sources themselves, in the languages of the interface and its neighbours.
const SOURCE_WORDS: &[&str] = &[
    "source",
    "sources",
    "passage",
    "passages",
    "document",
    "documents",
    "context",
    "text",
    "information",
    "material",
    "excerpt",
    "excerpts",
    "quelle",
    "quellen",
    "dokument",
    "dokumente",
    "dokumenten",
    "abschnitt",
    "abschnitte",
    "abschnitten",
    "kontext",
    "angaben",
    "informationen",
    "auszüge",
    "auszügen",
    "textstellen",
    "unterlagen",
    "extrait",
    "extraits",
    "contexte",
    "informations",
    "fuente",
    "fuentes",
    "documento",
    "documentos",
    "contexto",
    "información",
    "fonte",
    "fonti",
    "documenti",
    "contesto",
    "informazioni",
    "bron",
    "bronnen",
    "documenten",
    "informatie",
    "fontes",
    "informação",
    "informações",
    "trechos",
    "pasajes",
    "fragmentos",
    "passaggi",
    "passagen",
    "passages",
];
/// Words of denial that such statements have.
const LACK_WORDS: &[&str] = &[
    "not",
    "no",
    "don't",
    "doesn't",
    "cannot",
    "can't",
    "isn't",
    "aren't",
    "nothing",
    "unable",
    "nicht",
    "kein",
    "keine",
    "keinen",
    "keinerlei",
    "nichts",
    "pas",
    "aucun",
    "aucune",
    "no",
    "ningún",
    "ninguna",
    "non",
    "nessun",
    "nessuna",
    "niet",
    "geen",
    "não",
    "nenhum",
    "nenhuma",
    "sin",
    "senza",
    "lack",
    "lacks",
    "fehlen",
    "fehlt",
];
/// Maximum sentences of an answer that only says that the sources do not answer.
const MAX_REFUSAL_WORDS: usize = 60;

/// Ends a turn as refused.
pub(super) fn refuse_turn(running: &RunningTurn, refusal: TurnRefusal) {
    running.update_turn(|turn| turn.refused = Some(refusal));
}

/// Marks a complete turn as refused if the language model said so by its token, or in words of its own, and cited
/// nothing.
pub(super) fn mark_refusal_of_model(turn: &mut Turn, has_token: bool) {
    if turn.refused.is_none() && turn.citations.is_empty() && (has_token || is_refusal(&turn.answer)) {
        turn.refused = Some(TurnRefusal::new(RefusalReason::NotFound));
        turn.unsupported.clear();
    }
}

/// True for a short text that says of the sources that they lack something. A model that was asked for a fixed token
/// sometimes writes this instead.
pub(super) fn is_refusal(text: &str) -> bool {
    let lower = text.to_lowercase().replace('’', "'");
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect();
    words.len() <= MAX_REFUSAL_WORDS
        && words.iter().any(|word| SOURCE_WORDS.contains(word))
        && words.iter().any(|word| LACK_WORDS.contains(word))
}

impl Library {
    /// Reason for which a search in a scope found nothing.
    pub(super) async fn explain_empty_search(
        &self,
        turn: &Turn,
        scope: &SearchScope,
    ) -> Result<RefusalReason, LibraryError> {
        let sources = self.0.store.list_sources(turn.notebook_id).await?;
        if sources.is_empty() {
            return Ok(RefusalReason::NoSources);
        }
        let allowed = self.resolve_scope(scope).await?;
        if allowed.is_some_and(|keys| keys.is_empty()) {
            return Ok(RefusalReason::NoneSelected);
        }
        let is_any_ready = sources.iter().any(|source| source.status == SourceStatus::Ready);
        Ok(if is_any_ready { RefusalReason::NotFound } else { RefusalReason::AllUnready })
    }
}

#[cfg(test)]
mod tests {
    use super::is_refusal;

    #[test]
    fn models_say_in_many_words_that_the_sources_lack_something() {
        assert!(is_refusal("I don't find that in your sources."));
        assert!(is_refusal("The provided passages do not contain information about the boiler's colour."));
        assert!(is_refusal("Das finde ich nicht in Ihren Quellen."));
        assert!(is_refusal("Les documents ne précisent pas la couleur."));
        assert!(is_refusal("Las fuentes no mencionan el precio."));
        assert!(!is_refusal("The boiler must not be opened."));
        assert!(!is_refusal("The sources mention three pumps."));
    }
}
