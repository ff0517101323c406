//! Follow-ups: three next questions that the model suggests and the sources can answer. They come after the
//! answer, which does not wait for them.

use std::time::Duration;

use hearth_domain::{ChatMessage, ChatRequest, Reasoning, Role, SamplingOptions, Turn};
use serde::Deserialize;
use serde_json::{Value, json};

use super::chat_model::ReplyTimeouts;
use super::strip_search_syntax;
use super::structured_reply::parse_json_reply;
use crate::search::{RetrievalMode, RetrievalRequest, SearchScope};
use crate::{Library, LibraryError, LibraryEvent};

/// Timeout of the model's suggestions.
const FOLLOW_UP_TIMEOUT: Duration = Duration::from_secs(30);
/// Maximum tokens of the model's suggestions.
const MAX_FOLLOW_UP_TOKENS: u32 = 160;
/// Maximum follow-ups of a turn.
const MAX_FOLLOW_UPS: usize = 3;
/// Characters of a follow-up.
const FOLLOW_UP_CHARS: std::ops::RangeInclusive<usize> = 8..=160;
/// Passages that are searched to check that the sources answer a follow-up.
const CHECKED_PASSAGES: usize = 10;

const FOLLOW_UP_PROMPT: &str = "Suggest three short questions that I could ask next and that the passages above answer, in the \
language of my question. Reply with JSON alone: {\"questions\": [\"…\", \"…\", \"…\"]}";

/// A model's suggestions.
#[derive(Deserialize)]
struct FollowUpReply {
    questions: Vec<String>,
}

/// Schema of [`FollowUpReply`].
fn follow_up_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"questions": questions_schema()},
        "required": ["questions"],
        "additionalProperties": false,
    })
}

/// Schema of a list of questions.
pub(super) fn questions_schema() -> Value {
    json!({"type": "array", "items": {"type": "string"}, "maxItems": MAX_FOLLOW_UPS})
}

/// Prompt of an answered question, as the model has it in its memory.
pub(super) struct AnsweredPrompt {
    pub(super) model: String,
    pub(super) context: u32,
    pub(super) messages: Vec<ChatMessage>,
}

impl Library {
    /// Adds follow-ups to a finished turn.
    pub(super) async fn add_follow_ups(
        &self,
        mut turn: Turn,
        prompt: AnsweredPrompt,
        scope: SearchScope,
    ) -> Result<(), LibraryError> {
        let Some(reply) = self.generate_follow_ups(&turn, prompt).await else {
            return Ok(());
        };
        for question in select_questions(reply.questions, &turn.question) {
            let query = strip_search_syntax(&question);
            let request = RetrievalRequest {
                query,
                mode: RetrievalMode::Hybrid,
                scope: scope.clone(),
                limit: CHECKED_PASSAGES,
            };
            let hits = self.search_passages(&request).await?;
            if self.is_answerable(&question, &hits, &scope).await? {
                turn.follow_ups.push(question);
            }
        }
        if !turn.follow_ups.is_empty() {
            self.0.store.save_turn(&turn, &[]).await?;
            self.0.publish(LibraryEvent::Turn(turn.id));
        }
        Ok(())
    }

    async fn generate_follow_ups(&self, turn: &Turn, prompt: AnsweredPrompt) -> Option<FollowUpReply> {
        // Same prefix as the answer's prompt: a server that caches it need not read it again.
        let mut messages = prompt.messages;
        messages.push(ChatMessage { role: Role::Assistant, text: turn.answer.clone() });
        messages.push(ChatMessage { role: Role::User, text: FOLLOW_UP_PROMPT.to_owned() });
        let request = ChatRequest {
            model: prompt.model,
            messages,
            context: prompt.context,
            max_answer: MAX_FOLLOW_UP_TOKENS,
            reasoning: Reasoning::Off,
            sampling: SamplingOptions::with_temperature(0.3),
            schema: Some(follow_up_schema()),
        };
        parse_json_reply(&self.complete_chat(request, ReplyTimeouts::after(FOLLOW_UP_TIMEOUT)).await?)
    }
}

/// The questions of a model's list, each once, without numbers, quotation marks and what is no question. `question`
/// was asked already.
pub(super) fn select_questions(listed: Vec<String>, question: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for entry in listed {
        let entry = entry.trim().trim_start_matches(|c: char| {
            c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ')' | '-' | '*' | '•' | '"' | '“')
        });
        let entry = entry.trim_end_matches(['*', '"', '”', ' ']);
        let is_question =
            entry.ends_with(['?', '？', '؟']) && FOLLOW_UP_CHARS.contains(&entry.chars().count());
        let is_same = |known: &str| known.eq_ignore_ascii_case(entry);
        if is_question && !is_same(question) && !found.iter().any(|known| is_same(known)) {
            found.push(entry.to_owned());
        }
    }
    found.truncate(MAX_FOLLOW_UPS);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_is_taken_once_and_nothing_else() {
        let listed = [
            "1. **What is the pressure?**",
            "- What is the pressure?",
            "2) \"Wie oft wird gereinigt?\"",
            "Sure!",
            "* Who wrote it?",
            "What else is said about winter?",
        ];
        assert_eq!(
            select_questions(listed.map(str::to_owned).to_vec(), "who wrote IT?"),
            ["What is the pressure?", "Wie oft wird gereinigt?", "What else is said about winter?"]
        );
        assert!(select_questions(vec!["No idea.".into()], "x").is_empty());
    }
}
