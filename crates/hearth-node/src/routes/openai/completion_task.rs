//! The task of a chat completion or a response, independent of its form.

use hearth_domain::{ChatMessage, ConversationId, NotebookId, Role, SamplingOptions};
use hearth_library::{AskRequest, Exchange};
use serde_json::Value;

/// Heading of the list of sources at the end of an answer.
pub(super) const SOURCES_HEADING: &str = "\n\nSources:";

/// What answers.
pub(super) enum Answerer {
    Notebook(NotebookId),
    /// A model of the language model server.
    LanguageModel(String),
}

/// An answer to give.
pub(super) struct CompletionTask {
    pub(super) answerer: Answerer,
    pub(super) messages: Vec<ChatMessage>,
    /// Maximum tokens of the answer.
    pub(super) max_answer: Option<u32>,
    pub(super) sampling: SamplingOptions,
    /// JSON schema of the answer; only a language model takes one.
    pub(super) schema: Option<Value>,
    /// True if the call becomes part of a conversation of the notebook.
    pub(super) is_kept: bool,
    /// Conversation that the question continues.
    pub(super) conversation: Option<ConversationId>,
}

impl CompletionTask {
    /// The request to a notebook: the last question, the exchanges before it, and the instructions.
    pub(super) fn to_ask_request(&self) -> AskRequest {
        let (mut history, mut instructions) = (Vec::new(), Vec::new());
        let mut question: Vec<&str> = Vec::new();
        let last_question = self.messages.iter().rposition(|message| message.role == Role::User);
        for (index, message) in self.messages.iter().enumerate() {
            match message.role {
                Role::System => instructions.push(message.text.as_str()),
                Role::User => question.push(&message.text),
                Role::Assistant if Some(index) > last_question => {}
                Role::Assistant => {
                    let question = std::mem::take(&mut question).join("\n\n");
                    history.push(Exchange { question, answer: strip_citations(&message.text) });
                }
            }
        }
        AskRequest {
            question: question.join("\n\n"),
            conversation: self.conversation,
            history,
            instructions: instructions.join("\n\n"),
            max_answer: self.max_answer,
            sampling: self.sampling.clone(),
            ..AskRequest::default()
        }
    }
}

/// An earlier answer without its markers and its list of sources.
fn strip_citations(answer: &str) -> String {
    let answer = match answer.rfind(SOURCES_HEADING) {
        Some(start) if answer[start + SOURCES_HEADING.len()..].trim_start().starts_with('[') => {
            &answer[..start]
        }
        _ => answer,
    };
    let mut text = String::with_capacity(answer.len());
    let mut rest = answer;
    while let Some(start) = rest.find('[') {
        let after = &rest[start + 1..];
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        let is_marker = (1..=3).contains(&digits) && after[digits..].starts_with(']');
        let end = if is_marker { start } else { start + 1 };
        text.push_str(&rest[..end]);
        rest = if is_marker { &after[digits + 1..] } else { after };
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(messages: &[(Role, &str)]) -> CompletionTask {
        let messages =
            messages.iter().map(|(role, text)| ChatMessage { role: *role, text: (*text).to_owned() });
        CompletionTask {
            answerer: Answerer::LanguageModel("m".into()),
            messages: messages.collect(),
            max_answer: None,
            sampling: SamplingOptions::default(),
            schema: None,
            is_kept: false,
            conversation: None,
        }
    }

    #[test]
    fn messages_are_a_question_its_history_and_instructions() {
        let request = task(&[
            (Role::System, "Be brief."),
            (Role::User, "How warm?"),
            (Role::Assistant, "20 degrees.[1][2]\n\nSources:\n[1] a.md: “20”\n[2] b.md: “20”"),
            (Role::System, "In German."),
            (Role::User, "And in winter?"),
        ])
        .to_ask_request();
        assert_eq!(request.question, "And in winter?");
        assert_eq!(request.instructions, "Be brief.\n\nIn German.");
        let exchange = Exchange { question: "How warm?".into(), answer: "20 degrees.".into() };
        assert_eq!(request.history, [exchange]);
    }

    #[test]
    fn no_message_of_the_user_is_lost() {
        let request = task(&[(Role::User, "I have a Vira 120."), (Role::User, "How warm?")]).to_ask_request();
        assert_eq!(request.question, "I have a Vira 120.\n\nHow warm?");
        // The beginning of an answer is not an exchange.
        let request = task(&[(Role::User, "How warm?"), (Role::Assistant, "It is")]).to_ask_request();
        assert_eq!((request.question.as_str(), request.history.len()), ("How warm?", 0));
    }

    #[test]
    fn only_citations_are_taken_out_of_an_answer() {
        for (answer, stripped) in [
            ("Yes.[12]", "Yes."),
            ("See [the manual](a), [x] and [ ] done.[1]", "See [the manual](a), [x] and [ ] done."),
            ("[1987] was warm[", "[1987] was warm["),
            ("Öl[1]: 3 l[2].\n\nSources: my own.", "Öl: 3 l.\n\nSources: my own."),
        ] {
            assert_eq!(strip_citations(answer), stripped);
        }
    }
}
