//! Standalone questions: a question is rewritten so that it needs no conversation and can be searched for.

use std::time::Duration;

use hearth_domain::{ChatMessage, ChatRequest, Role};

use super::Exchange;
use crate::Library;

/// Timeout of rewriting a question; after that, the question before it is put in front.
const REWRITE_TIMEOUT: Duration = Duration::from_secs(15);
/// Maximum tokens of a rewritten question, and of the reasoning before it.
const MAX_REWRITE_TOKENS: u32 = 200;
/// Maximum characters of an earlier answer in the prompt.
const MAX_ANSWER_CHARS: usize = 600;

const REWRITE_PROMPT: &str = "Rewrite the user's last message as one question that can be understood without the conversation: \
replace words like it, they, this, there by what they stand for. Keep its language and its meaning, add nothing, \
do not answer it. Reply with the question alone.";

/// Words that refer to an earlier question or answer.
const REFERRING_WORDS: &[&str] = &[
    "it", "its", "they", "them", "their", "that", "this", "those", "these", "he", "she", "him", "her",
    "there", "former", "latter", "es", "er", "sie", "das", "dies", "diese", "dieser", "davon", "dazu",
    "dort", "ihre", "sein", "seine", "il", "elle", "ils", "cela", "leur", "ellos", "esto", "eso",
];

/// True if a question depends on its conversation.
fn is_context_dependent(question: &str) -> bool {
    question.split_whitespace().count() < 6
        || question
            .to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| REFERRING_WORDS.contains(&word))
}

/// The question after the previous one: works without a model.
fn join_previous_question(question: &str, history: &[Exchange]) -> String {
    match history.last() {
        Some(last) => format!("{} {question}", last.question),
        None => question.to_owned(),
    }
}

impl Library {
    /// Standalone form of a question.
    pub(super) async fn standalone_question(
        &self,
        question: &str,
        history: &[Exchange],
        model: Option<&(String, u32)>,
    ) -> String {
        if history.is_empty() || !is_context_dependent(question) {
            return question.to_owned();
        }
        let Some((model, context)) = model else {
            return join_previous_question(question, history);
        };
        let rewritten = self.rewrite_question(question, history, model, *context).await;
        rewritten.unwrap_or_else(|| join_previous_question(question, history))
    }

    async fn rewrite_question(
        &self,
        question: &str,
        history: &[Exchange],
        model: &str,
        context: u32,
    ) -> Option<String> {
        let mut messages = vec![ChatMessage { role: Role::System, text: REWRITE_PROMPT.to_owned() }];
        for exchange in history {
            messages.push(ChatMessage { role: Role::User, text: exchange.question.clone() });
            let answer = exchange.answer.chars().take(MAX_ANSWER_CHARS).collect();
            messages.push(ChatMessage { role: Role::Assistant, text: answer });
        }
        messages.push(ChatMessage { role: Role::User, text: format!("Rewrite this: {question}") });
        let request = ChatRequest {
            model: model.to_owned(),
            messages,
            // Same context as the answer's: another one would load the model anew.
            context,
            max_answer: MAX_REWRITE_TOKENS,
            temperature: 0.0,
            schema: None,
        };
        let text = self.complete_chat(request, REWRITE_TIMEOUT).await?;
        let text = text.trim().trim_matches(['"', '“', '”']);
        let sensible =
            !text.is_empty() && !text.contains('\n') && text.chars().count() <= 3 * question.len() + 200;
        sensible.then(|| text.to_owned())
    }
}

/// A question without search syntax: its quotation marks and dashes are removed.
pub(crate) fn strip_search_syntax(question: &str) -> String {
    question
        .split_whitespace()
        .map(|word| word.trim_start_matches('-').replace(['"', '“', '”', '„'], ""))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_leans_on_the_conversation_is_completed() {
        let check =
            |question: &str, leans: bool| assert_eq!(is_context_dependent(question), leans, "{question}");
        check("And in children?", true);
        check("How long does it take until patients are allowed to climb?", true);
        check("Which splint is used after a repair of the flexor tendon pulley?", false);
        check("Wie lange dauert die Behandlung nach einer Verletzung im Durchschnitt?", false);
        check("Was sagen die Autoren dazu, und wie begründen sie ihre Wahl?", true);
    }
}
