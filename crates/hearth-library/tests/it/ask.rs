//! Questions from their beginning to each of their ends.

use std::pin::pin;

use futures::StreamExt;
use hearth_domain::{
    ChatError, ChatEvent, CitationMethod, ErrorCode, NotebookId, RefusalReason, Role, TurnEvent, TurnMode,
    TurnState,
};
use hearth_library::AskRequest;
use hearth_testkit::{SCRIPTED_MODEL, ScriptedReply, TestLibrary};

use crate::{HANDBOOK, question};

/// A library with a notebook that has the handbook.
pub(crate) async fn start_with_handbook() -> (TestLibrary, NotebookId) {
    let test = TestLibrary::start(&[]).await;
    let notebook = test.create_notebook("House").await;
    test.read_file(notebook, "handbook.md", HANDBOOK).await;
    (test, notebook)
}

#[tokio::test]
async fn an_answer_is_streamed_and_each_claim_is_cited() {
    let (test, notebook) = start_with_handbook().await;
    test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned ", "once a year [1]", "."]));
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    assert_eq!((turn.state, turn.mode), (TurnState::Done, TurnMode::Chat));
    assert_eq!(turn.model.as_deref(), Some(SCRIPTED_MODEL));
    assert!(turn.answer.starts_with("The burner is cleaned once a year"), "{turn:#?}");
    assert_eq!(turn.citations.len(), 1);
    assert!(turn.citations[0].quote.contains("cleaned once a year"), "{turn:#?}");
    assert!(turn.unsupported.is_empty());
    // The prompt has the question and the passage.
    let requests = test.chat.requests();
    let prompt: String = requests[0].messages.iter().map(|message| message.text.as_str()).collect();
    assert!(prompt.contains("How often is the burner cleaned?") && prompt.contains("by a technician"));
    assert!(requests[0].schema.is_none());
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_refused_with_its_reason() {
    let (test, notebook) = start_with_handbook().await;
    let empty = test.create_notebook("Empty").await;
    let turn = test.ask(empty, question("How often is the burner cleaned?")).await;
    assert_eq!(turn.refused.unwrap().reason, RefusalReason::NoSources);
    let request = AskRequest { sources: Some(Vec::new()), ..question("How often is the burner cleaned?") };
    let turn = test.ask(notebook, request).await;
    assert_eq!(turn.refused.unwrap().reason, RefusalReason::NoneSelected);
    assert!(test.chat.requests().is_empty());
}

#[tokio::test]
async fn without_a_model_what_the_sources_do_not_say_is_refused() {
    let (test, notebook) = start_with_handbook().await;
    let request =
        AskRequest { mode: Some(TurnMode::Extracts), ..question("Who won the football championship?") };
    let turn = test.ask(notebook, request).await;
    assert_eq!(turn.refused.unwrap().reason, RefusalReason::NotFound);
    assert!(turn.citations.is_empty() && turn.answer.is_empty());
}

#[tokio::test]
async fn a_model_decides_whether_the_sources_answer() {
    let (test, notebook) = start_with_handbook().await;
    test.chat.add_reply(ScriptedReply::text(&["NOT_IN_", "SOURCES"]));
    let turn = test.ask(notebook, question("Who won the football championship?")).await;
    assert_eq!(turn.refused.unwrap().reason, RefusalReason::NotFound);
    assert_eq!((turn.answer.as_str(), turn.model.as_deref()), ("", Some(SCRIPTED_MODEL)));
}

#[tokio::test]
async fn reasoning_that_is_told_late_is_no_answer() {
    let (test, notebook) = start_with_handbook().await;
    let text = |text: &str| Ok(ChatEvent::Text(text.to_owned()));
    let events = vec![
        text("Hm, passage 1 [1] says so."),
        Ok(ChatEvent::Retracted),
        text("The burner is cleaned once a year [1]."),
        Ok(ChatEvent::Done { truncated: false, usage: None }),
    ];
    test.chat.add_reply(ScriptedReply::events(events));
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    assert_eq!(turn.answer, "The burner is cleaned once a year.");
    assert!(turn.reasoning.unwrap().starts_with("Hm, passage 1"));
    assert_eq!(turn.citations.len(), 1);
}

#[tokio::test]
async fn an_answer_without_text_fails_and_says_why() {
    let (test, notebook) = start_with_handbook().await;
    let check = async |events: Vec<ChatEvent>, reason: &str| {
        test.chat.add_reply(ScriptedReply::events(events.into_iter().map(Ok).collect()));
        let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
        assert_eq!(turn.state, TurnState::Failed);
        let error = turn.error.unwrap();
        assert!(error.message.contains(reason), "{error:?}");
    };
    let done = |truncated| ChatEvent::Done { truncated, usage: None };
    check(vec![done(false)], "empty").await;
    check(vec![ChatEvent::Text(" \n ".into()), done(false)], "empty").await;
    check(vec![ChatEvent::Reasoning("Hm".into()), done(true)], "limit").await;
    check(vec![ChatEvent::ToolCall { name: "search".into() }, done(false)], "the tool search").await;
}

#[tokio::test]
async fn an_answer_that_is_cut_or_repeats_itself_says_so() {
    let (test, notebook) = start_with_handbook().await;
    let cut = vec![
        Ok(ChatEvent::Text("The burner is".into())),
        Ok(ChatEvent::Done { truncated: true, usage: None }),
    ];
    test.chat.add_reply(ScriptedReply::events(cut));
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    assert!(turn.truncated && turn.state == TurnState::Done, "{turn:#?}");
    test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned once a year. "; 200]));
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    assert!(turn.truncated && turn.answer.matches("once a year").count() < 20, "{turn:#?}");
}

#[tokio::test]
async fn an_earlier_citation_is_kept_when_the_conversation_itself_is_asked_about() {
    let (test, notebook) = start_with_handbook().await;
    test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned once a year [1]."]));
    let first = test.ask(notebook, question("How often is the burner cleaned?")).await;
    test.chat.add_reply(ScriptedReply::text(&[""]));
    test.chat.add_reply(ScriptedReply::text(&["Burner cleaned once a year [1]."]));
    let request = AskRequest { conversation: Some(first.conversation_id), ..question("Shorter, please") };
    let turn = test.ask(notebook, request).await;
    assert_eq!(turn.citations.len(), 1, "{turn:#?}");
    assert_eq!(turn.citations[0].quote, first.citations[0].quote);
}

#[tokio::test]
async fn a_claim_without_support_is_marked() {
    let (test, notebook) = start_with_handbook().await;
    let reply = "The burner is cleaned once a year [1]. The chimney was painted green in spring.";
    test.chat.add_reply(ScriptedReply::text(&[reply]));
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    assert_eq!(turn.unsupported.len(), 1, "{turn:#?}");
    assert!(turn.unsupported[0].slice(&turn.answer).unwrap().contains("painted green"));
}

#[tokio::test]
async fn without_a_model_the_sentences_themselves_answer() {
    let (test, notebook) = start_with_handbook().await;
    let request =
        AskRequest { mode: Some(TurnMode::Extracts), ..question("How often is the burner cleaned?") };
    let turn = test.ask(notebook, request).await;
    assert_eq!((turn.state, turn.mode, turn.model.is_none()), (TurnState::Done, TurnMode::Extracts, true));
    assert!(turn.answer.contains("once a year"), "{turn:#?}");
    assert!(turn.citations.iter().all(|citation| citation.found_by == CitationMethod::Alignment));
    assert!(test.chat.requests().is_empty());
}

#[tokio::test]
async fn a_question_that_is_cancelled_keeps_what_was_said() {
    let (test, notebook) = start_with_handbook().await;
    let (reply, _gate) = ScriptedReply::text(&["The burner is cleaned. ", "Once a year."]).wait_before(1);
    test.chat.add_reply(reply);
    let turn = test.library.ask_question(notebook, question("When is the burner cleaned?")).await.unwrap();
    let id = turn.id;
    wait_for_text(&test, id).await;
    test.library.cancel_turn(id).await.unwrap();
    let turn = test.wait_for_turn(id).await;
    assert_eq!(turn.state, TurnState::Cancelled);
    assert!(turn.answer.starts_with("The burner is cleaned."), "{turn:#?}");
}

#[tokio::test]
async fn a_question_that_is_interrupted_by_a_stop_keeps_what_was_said() {
    let (test, notebook) = start_with_handbook().await;
    let (reply, _gate) = ScriptedReply::text(&["The burner is cleaned. ", "Once a year."]).wait_before(1);
    test.chat.add_reply(reply);
    let turn = test.library.ask_question(notebook, question("When is the burner cleaned?")).await.unwrap();
    wait_for_text(&test, turn.id).await;
    let test = test.restart().await;
    let turn = test.library.get_turn(turn.id).await.unwrap();
    assert_eq!(turn.state, TurnState::Interrupted);
    assert!(turn.answer.starts_with("The burner is cleaned."), "{turn:#?}");
}

/// Waits until the answer has its first text.
async fn wait_for_text(test: &TestLibrary, id: hearth_domain::TurnId) {
    let mut events = pin!(test.library.stream_turn_events(id, 0).await.unwrap());
    while let Some(event) = events.next().await {
        if matches!(event.event, TurnEvent::Text { .. }) {
            return;
        }
    }
    panic!("the answer has no text");
}

#[tokio::test]
async fn a_failure_of_the_model_ends_the_turn_with_its_code() {
    let (test, notebook) = start_with_handbook().await;
    let lost = Err(ChatError::Interrupted("it hung up".into()));
    test.chat.add_reply(ScriptedReply::events(vec![Ok(ChatEvent::Text("The burner".into())), lost]));
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    assert_eq!((turn.state, turn.answer.as_str()), (TurnState::Failed, "The burner"));
    assert_eq!(turn.error.unwrap().code, ErrorCode::UpstreamUnavailable);
    let request =
        AskRequest { model: Some("absent:1b".into()), ..question("How often is the burner cleaned?") };
    let turn = test.ask(notebook, request).await;
    assert_eq!(turn.error.unwrap().code, ErrorCode::ModelNotFound);
}

#[tokio::test]
async fn a_prompt_that_is_too_long_is_sent_once_more_with_fewer_passages() {
    let (test, notebook) = start_with_handbook().await;
    let sections: String =
        (0..60).map(|n| format!("## Burner {n}\n\nThe burner {n} is cleaned by hand.\n\n")).collect();
    test.read_file(notebook, "burners.md", sections.as_bytes()).await;
    let too_long = || ScriptedReply::events(vec![Err(ChatError::PromptTooLong("4097 > 4096".into()))]);
    test.chat.add_reply(too_long());
    test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned once a year [1]."]));
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    assert_eq!(turn.state, TurnState::Done, "{turn:#?}");
    let lengths: Vec<usize> =
        test.chat.requests().iter().map(|r| r.messages.last().unwrap().text.len()).collect();
    assert!(lengths[1] * 3 < lengths[0] * 2, "{lengths:?}");
    // A server that refuses everything is not asked for ever.
    test.chat.add_reply(too_long());
    test.chat.add_reply(too_long());
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    assert!(turn.error.unwrap().message.contains("4097 > 4096"));
    assert_eq!(test.chat.requests().len(), 4);
}

#[tokio::test]
async fn a_refusal_of_the_model_is_one_of_the_turn() {
    let (test, notebook) = start_with_handbook().await;
    test.chat.add_reply(ScriptedReply::text(&["I don't find that in your sources."]));
    let turn = test.ask(notebook, question("How often is the burner painted?")).await;
    assert_eq!(turn.refused.unwrap().reason, RefusalReason::NotFound);
}

#[tokio::test]
async fn a_follow_up_is_completed_from_the_conversation() {
    let (test, notebook) = start_with_handbook().await;
    test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned once a year [1]."]));
    let first = test.ask(notebook, question("How often is the burner cleaned?")).await;
    test.chat.add_reply(ScriptedReply::text(&["By which technician is the burner cleaned?"]));
    test.chat.add_reply(ScriptedReply::text(&["It is cleaned by a technician [1]."]));
    let request =
        AskRequest { conversation: Some(first.conversation_id), ..question("And by whom is it done?") };
    let turn = test.ask(notebook, request).await;
    assert!(turn.answer.starts_with("It is cleaned by a technician"), "{turn:#?}");
    let requests = test.chat.requests();
    assert_eq!(requests.len(), 3);
    // The prompt of the answer has the conversation.
    let earlier = requests[2].messages.iter().find(|message| message.role == Role::Assistant).unwrap();
    assert!(earlier.text.starts_with("The burner is cleaned once a year"));
}
