//! Rewriting of a question by the language model, so that it needs no conversation and can be searched for.

use std::time::Duration;

use hearth_domain::{ChatMessage, ChatRequest, Reasoning, Role, SamplingOptions};

use super::Exchange;
use super::chat_model::{ChosenModel, ReplyTimeouts};
use crate::Library;

/// Timeouts of rewriting a question; after them, it is completed by rule.
const REWRITE_TIMEOUTS: ReplyTimeouts =
    ReplyTimeouts { first_token: Duration::from_secs(2), reply: Duration::from_secs(6) };
/// Maximum tokens of a rewritten question.
const MAX_REWRITE_TOKENS: u32 = 200;
/// Maximum characters of an earlier answer in the prompt.
const MAX_ANSWER_CHARS: usize = 600;

const REWRITE_PROMPT: &str = "Rewrite the user's last message as one question that can be understood without the conversation: \
replace words like it, they, this, there by what they stand for. Keep its language and its meaning, add nothing, \
do not answer it. Reply with the question alone.";

impl Library {
    /// The question in a form that stands on its own, or `None` if the model gives none in time.
    pub(super) async fn rewrite_question(
        &self,
        question: &str,
        history: &[Exchange],
        model: &ChosenModel,
    ) -> Option<String> {
        let mut messages = vec![ChatMessage { role: Role::System, text: REWRITE_PROMPT.to_owned() }];
        for exchange in history {
            messages.push(ChatMessage { role: Role::User, text: exchange.question.clone() });
            let answer = exchange.answer.chars().take(MAX_ANSWER_CHARS).collect();
            messages.push(ChatMessage { role: Role::Assistant, text: answer });
        }
        messages.push(ChatMessage { role: Role::User, text: format!("Rewrite this: {question}") });
        let request = ChatRequest {
            model: model.name.clone(),
            messages,
            // Same context as the answer's: another one would load the model anew.
            context: model.context,
            max_answer: MAX_REWRITE_TOKENS,
            reasoning: Reasoning::Off,
            sampling: SamplingOptions::with_temperature(0.0),
            schema: None,
        };
        let text = self.complete_chat(request, REWRITE_TIMEOUTS).await?;
        let text = text.trim().trim_matches(['"', '“', '”']);
        let sensible =
            !text.is_empty() && !text.contains('\n') && text.chars().count() <= 3 * question.len() + 200;
        sensible.then(|| text.to_owned())
    }
}
