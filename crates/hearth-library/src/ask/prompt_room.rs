//! Division of a language model's context among the rules, the conversation, the passages and the answer.

use super::Exchange;
use super::token_estimate::estimate_tokens;

/// Tokens of the rules and of the forms around the texts.
const RULES_TOKENS: u32 = 400;

/// Context of a language model, without what a prompt has in any case.
#[derive(Clone, Copy)]
pub(super) struct PromptRoom {
    /// Tokens of prompt and answer together.
    context: u32,
    /// Tokens of the answer, the rules, the instructions and the question.
    taken: u32,
}

impl PromptRoom {
    /// A context in tokens, of which an answer of `max_answer` tokens and the texts take their part.
    pub(super) fn new(context: u32, max_answer: u32, texts: &[&str]) -> Self {
        let texts: u32 = texts.iter().map(|text| estimate_tokens(text)).sum();
        Self { context, taken: max_answer.saturating_add(RULES_TOKENS).saturating_add(texts) }
    }

    /// Maximum tokens of the passages beside a history.
    pub(super) fn passage_budget(self, history: &[Exchange]) -> u32 {
        let history_tokens: u32 = history
            .iter()
            .map(|exchange| estimate_tokens(&exchange.question) + estimate_tokens(&exchange.answer))
            .sum();
        self.context.saturating_sub(self.taken.saturating_add(history_tokens))
    }

    /// Latest part of a history that leaves a third of the context to the passages: a history never crowds out the
    /// passages of the question.
    pub(super) fn trim_history(self, mut history: &[Exchange]) -> &[Exchange] {
        while !history.is_empty() && self.passage_budget(history) < self.context / 3 {
            history = &history[1..];
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(words: usize) -> Exchange {
        Exchange { question: "Why?".into(), answer: "word ".repeat(words) }
    }

    #[test]
    fn what_a_prompt_has_in_any_case_is_not_left_to_the_passages() {
        let question = "x".repeat(300);
        let budget = PromptRoom::new(4096, 1000, &[&question]).passage_budget(&[]);
        assert_eq!(budget, 4096 - 1000 - RULES_TOKENS - estimate_tokens(&question));
        assert_eq!(PromptRoom::new(1024, u32::MAX, &[&question]).passage_budget(&[]), 0);
    }

    #[test]
    fn the_latest_exchanges_stay_as_long_as_the_passages_have_a_third() {
        let history = [exchange(1000), exchange(200), exchange(100)];
        let room = PromptRoom::new(4096, 1000, &["Why?"]);
        let kept = room.trim_history(&history);
        assert_eq!(kept, &history[1..]);
        assert!(room.passage_budget(kept) >= 4096 / 3);
    }
}
