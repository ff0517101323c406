//! What to ask next: three questions that the model suggests and the sources can answer. They come
//! after the answer, which does not wait for them.

use std::time::Duration;

use hearth_domain::{ChatMessage, ChatRequest, Role, Turn};

use super::plain_words;
use crate::find::{FindMode, FindRequest, Scope};
use crate::{Engine, EngineError, LibraryEvent};

/// How long a model may take for its suggestions.
const PATIENCE: Duration = Duration::from_secs(30);
/// Tokens that it may write.
const LONGEST: u32 = 160;
const SUGGESTED: usize = 3;
/// Characters of a suggestion.
const CHARS: std::ops::RangeInclusive<usize> = 8..=160;
/// Passages that are looked at to see whether the sources answer it.
const RETRIEVED: usize = 10;

const WISH: &str = "Suggest three short questions that I could ask next and that the passages above answer. Reply with \
the three questions alone, one a line, in the language of my question.";

/// An answered conversation, as the model has it in its memory.
pub(super) struct Asked {
    pub(super) model: String,
    pub(super) context: u32,
    pub(super) messages: Vec<ChatMessage>,
}

impl Engine {
    /// Adds follow-up questions to a turn that is done.
    pub(super) async fn suggest(
        &self,
        mut turn: Turn,
        asked: Asked,
        scope: Scope,
    ) -> Result<(), EngineError> {
        let Some(text) = self.suggested(&turn, asked).await else {
            return Ok(());
        };
        for question in questions(&text, &turn.question) {
            let query = plain_words(&question);
            let find = FindRequest { query, mode: FindMode::Hybrid, scope: scope.clone(), limit: RETRIEVED };
            let hits = self.find(&find).await?;
            if self.answerable(&question, &hits).await? {
                turn.follow_ups.push(question);
            }
        }
        if !turn.follow_ups.is_empty() {
            self.0.store.put_turn(&turn, &[]).await?;
            self.0.tell(LibraryEvent::Turn(turn.id));
        }
        Ok(())
    }

    async fn suggested(&self, turn: &Turn, asked: Asked) -> Option<String> {
        // The same beginning as the answer's: a server that keeps it need not read it again.
        let mut messages = asked.messages;
        messages.push(ChatMessage { role: Role::Assistant, text: turn.answer.clone() });
        messages.push(ChatMessage { role: Role::User, text: WISH.to_owned() });
        let request = ChatRequest {
            model: asked.model,
            messages,
            context: asked.context,
            max_answer: LONGEST,
            temperature: 0.3,
        };
        self.said(request, PATIENCE).await
    }
}

/// The questions among a model's lines, without numbers and bullets.
pub(super) fn questions(text: &str, asked: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim().trim_start_matches(|c: char| {
            c.is_ascii_digit() || c.is_whitespace() || matches!(c, '.' | ')' | '-' | '*' | '•' | '"' | '“')
        });
        let line = line.trim_end_matches(['*', '"', '”', ' ']);
        let is_question = line.ends_with(['?', '？', '؟']) && CHARS.contains(&line.chars().count());
        let same = |other: &str| other.eq_ignore_ascii_case(line);
        if is_question && !same(asked) && !found.iter().any(|other| same(other)) {
            found.push(line.to_owned());
        }
    }
    found.truncate(SUGGESTED);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_taken_out_of_what_models_write_around_them() {
        let text = "Here are three questions:\n1. **What is the pressure?**\n- What is the pressure?\n\
            2) \"Wie oft wird gereinigt?\"\nSure!\n* Who wrote it?\nWhat else is said about winter?";
        assert_eq!(
            questions(text, "who wrote IT?"),
            ["What is the pressure?", "Wie oft wird gereinigt?", "What else is said about winter?"]
        );
        assert!(questions("No idea.", "x").is_empty());
    }
}
