//! What a question means by itself: a follow-up is told apart from its conversation, so that it
//! can be searched for.

use std::time::Duration;

use hearth_domain::{ChatMessage, ChatRequest, Role};

use super::Exchange;
use crate::Engine;

/// How long a model may take to say what a follow-up means; after that, words of the question
/// before do.
const PATIENCE: Duration = Duration::from_secs(15);
/// Tokens of a rewritten question, and of the model's thoughts before it.
const LONGEST: u32 = 200;
/// Characters of an answer that the model is told for that.
const ANSWER: usize = 600;

const RULES: &str = "Rewrite the user's last message as one question that can be understood without the conversation: \
replace words like it, they, this, there by what they stand for. Keep its language and its meaning, add nothing, \
do not answer it. Reply with the question alone.";

/// Words that point at what was said before.
const REFERRING: &[&str] = &[
    "it", "its", "they", "them", "their", "that", "this", "those", "these", "he", "she", "him", "her",
    "there", "former", "latter", "es", "er", "sie", "das", "dies", "diese", "dieser", "davon", "dazu",
    "dort", "ihre", "sein", "seine", "il", "elle", "ils", "cela", "leur", "ellos", "esto", "eso",
];

/// Whether a question leans on what was said before.
fn refers(question: &str) -> bool {
    question.split_whitespace().count() < 6
        || question.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| REFERRING.contains(&word))
}

/// The question with the one before it: what works without a model.
fn joined(question: &str, history: &[Exchange]) -> String {
    match history.last() {
        Some(last) => format!("{} {question}", last.question),
        None => question.to_owned(),
    }
}

impl Engine {
    /// The question that a follow-up means, by itself.
    pub(super) async fn standalone(
        &self,
        question: &str,
        history: &[Exchange],
        model: Option<&(String, u32)>,
    ) -> String {
        if history.is_empty() || !refers(question) {
            return question.to_owned();
        }
        let Some((model, context)) = model else {
            return joined(question, history);
        };
        let rewritten = self.rewritten(question, history, model, *context).await;
        rewritten.unwrap_or_else(|| joined(question, history))
    }

    async fn rewritten(
        &self,
        question: &str,
        history: &[Exchange],
        model: &str,
        context: u32,
    ) -> Option<String> {
        let mut messages = vec![ChatMessage { role: Role::System, text: RULES.to_owned() }];
        for exchange in history {
            messages.push(ChatMessage { role: Role::User, text: exchange.question.clone() });
            let answer = exchange.answer.chars().take(ANSWER).collect();
            messages.push(ChatMessage { role: Role::Assistant, text: answer });
        }
        messages.push(ChatMessage { role: Role::User, text: format!("Rewrite this: {question}") });
        let request = ChatRequest {
            model: model.to_owned(),
            messages,
            // The same context as the answer's: another one would load the model anew.
            context,
            max_answer: LONGEST,
            temperature: 0.0,
        };
        let text = self.said(request, PATIENCE).await?;
        let text = text.trim().trim_matches(['"', '“', '”']);
        let sensible =
            !text.is_empty() && !text.contains('\n') && text.chars().count() <= 3 * question.len() + 200;
        sensible.then(|| text.to_owned())
    }
}

/// A question's words as words: its quotation marks and dashes are no search syntax.
pub(crate) fn plain_words(question: &str) -> String {
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
        let check = |question: &str, leans: bool| assert_eq!(refers(question), leans, "{question}");
        check("And in children?", true);
        check("How long does it take until patients are allowed to climb?", true);
        check("Which splint is used after a repair of the flexor tendon pulley?", false);
        check("Wie lange dauert die Behandlung nach einer Verletzung im Durchschnitt?", false);
        check("Was sagen die Autoren dazu, und wie begründen sie ihre Wahl?", true);
    }
}
