//! Turns of other programs: with their own instructions and limits, kept only on request, ended when the caller goes.

use std::pin::pin;

use futures::StreamExt;
use hearth_domain::{
    ChatEvent, NotebookId, SamplingOptions, TokenUsage, Turn, TurnEvent, TurnState, TurnStep,
};
use hearth_library::{AskRequest, AttachedTurn, MarkedText};
use hearth_testkit::{ScriptedReply, TestLibrary};

use crate::ask::start_with_handbook;
use crate::question;

/// Timeout of what must happen at once.
const WAIT_TIMEOUT: std::time::Duration = std::time::Duration::from_mins(1);

async fn ask(test: &TestLibrary, notebook: NotebookId, request: AskRequest, is_kept: bool) -> AttachedTurn {
    test.library.ask_attached(notebook, request, is_kept).await.unwrap()
}

/// Text with markers and the turn at its end.
async fn read_answer(turn: &AttachedTurn) -> (String, Turn) {
    let mut events = pin!(turn.stream_events());
    let mut marked = MarkedText::default();
    let mut text = String::new();
    while let Some(stored) = events.next().await {
        text.push_str(&marked.apply_event(&stored.event));
    }
    (text, turn.current_turn())
}

#[tokio::test]
async fn markers_stand_where_their_sentences_end() {
    let (test, notebook) = start_with_handbook().await;
    let parts =
        ["The burner is clea", "ned once a year [1]", ". The pressure is", " 1.5 bar [1]. ", "That is all."];
    test.chat.add_reply(ScriptedReply::text(&parts));
    let turn = ask(&test, notebook, question("How often is the burner cleaned?"), false).await;
    let (text, turn) = read_answer(&turn).await;
    assert_eq!(text, "The burner is cleaned once a year.[1] The pressure is 1.5 bar.[2] That is all.");
    assert_eq!(turn.state, TurnState::Done);
}

#[tokio::test]
async fn a_sentence_is_released_before_the_next_one_is_written() {
    let (test, notebook) = start_with_handbook().await;
    let parts = ["The burner is cleaned once a year [1].", " The pressure is 1.5 bar [1]."];
    let (reply, _gate) = ScriptedReply::text(&parts).wait_before(1);
    test.chat.add_reply(reply);
    let turn = ask(&test, notebook, question("How often is the burner cleaned?"), false).await;
    let mut events = pin!(turn.stream_events());
    let mut marked = MarkedText::default();
    let mut text = String::new();
    while !text.contains("once a year.") {
        let stored = events.next().await.expect("the first sentence comes while the second is held back");
        text.push_str(&marked.apply_event(&stored.event));
    }
}

#[tokio::test]
async fn only_what_is_to_be_kept_becomes_a_conversation() {
    let (test, notebook) = start_with_handbook().await;
    for (is_kept, count) in [(false, 0), (true, 1)] {
        test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned once a year [1]."]));
        let turn = ask(&test, notebook, question("How often is the burner cleaned?"), is_kept).await;
        let (_, turn) = read_answer(&turn).await;
        assert_eq!(turn.citations.len(), 1, "{turn:#?}");
        let conversations = test.library.list_conversations(notebook).await.unwrap();
        assert_eq!(conversations.len(), count);
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_stops_the_model() {
    let (test, notebook) = start_with_handbook().await;
    let (reply, gate) = ScriptedReply::text(&["The burner is cleaned. ", "Once a year."]).wait_before(1);
    test.chat.add_reply(reply);
    let turn = ask(&test, notebook, question("How often is the burner cleaned?"), true).await;
    let mut events = Box::pin(turn.stream_events());
    while !matches!(events.next().await.unwrap().event, TurnEvent::Text { .. }) {}
    let id = turn.current_turn().id;
    drop(turn);
    let last = events.collect::<Vec<_>>().await.pop().unwrap();
    assert!(matches!(last.event, TurnEvent::Cancelled {}), "{last:?}");
    // The stream of the model was dropped, with its hold on the gate.
    let turn = test.wait_for_turn(id).await;
    assert_eq!(turn.state, TurnState::Cancelled);
    let stopped = async {
        while std::sync::Arc::strong_count(&gate) > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(WAIT_TIMEOUT, stopped).await.expect("the model is stopped");
}

#[tokio::test]
async fn instructions_limits_and_sampling_are_the_callers() {
    let (test, notebook) = start_with_handbook().await;
    test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned once a year [1]."]));
    let sampling = SamplingOptions { seed: Some(7), ..SamplingOptions::with_temperature(0.25) };
    let request = AskRequest {
        instructions: "Answer like a plumber.".into(),
        max_answer: Some(77),
        sampling: sampling.clone(),
        ..question("How often is the burner cleaned?")
    };
    let turn = ask(&test, notebook, request, false).await;
    let (_, turn) = read_answer(&turn).await;
    let sent = test.chat.requests().remove(0);
    assert!(sent.messages[0].text.contains("Answer like a plumber."));
    assert_eq!((sent.max_answer, sent.sampling), (77, sampling));
    // The scripted server does not count.
    let usage = turn.usage.unwrap();
    assert!(usage.prompt_tokens > 200 && (5..30).contains(&usage.answer_tokens), "{usage:?}");
}

#[tokio::test]
async fn the_servers_count_of_tokens_is_kept() {
    let (test, notebook) = start_with_handbook().await;
    let usage = Some(TokenUsage { prompt_tokens: 321, answer_tokens: 45 });
    let text = ChatEvent::Text("The burner is cleaned once a year [1].".into());
    let events = vec![Ok(text), Ok(ChatEvent::Done { truncated: false, usage })];
    test.chat.add_reply(ScriptedReply::events(events));
    let turn = test.ask(notebook, question("How often is the burner cleaned?")).await;
    assert_eq!(test.library.get_turn(turn.id).await.unwrap().usage, usage);
}

#[tokio::test]
async fn texts_without_end_are_refused_at_the_door() {
    let (test, notebook) = start_with_handbook().await;
    let long = "ü".repeat(20_001);
    for request in [question(&long), AskRequest { instructions: long.clone(), ..question("Why?") }] {
        let error = test.library.ask_attached(notebook, request, false).await.map(drop).unwrap_err();
        assert!(error.to_string().contains("20001") && error.to_string().contains("20000"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_loading_its_model_is_waited_for() {
    let (test, notebook) = start_with_handbook().await;
    test.chat.refuse_while_loading(1);
    test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned once a year [1]."]));
    let turn = ask(&test, notebook, question("How often is the burner cleaned?"), false).await;
    let events: Vec<_> = turn.stream_events().map(|stored| stored.event).collect().await;
    let is_loading =
        |event: &TurnEvent| matches!(event, TurnEvent::Progress { step: TurnStep::Loading { .. } });
    assert!(events.iter().any(is_loading), "{events:#?}");
    let turn = turn.current_turn();
    assert!(turn.answer.starts_with("The burner is cleaned") && turn.fallback.is_none(), "{turn:#?}");
}

#[tokio::test]
async fn a_model_that_is_slow_to_rewrite_a_question_is_not_waited_for() {
    let (test, notebook) = start_with_handbook().await;
    test.chat.add_reply(ScriptedReply::text(&["The burner is cleaned once a year [1]."]));
    let first = test.ask(notebook, question("How often is the burner cleaned?")).await;
    // The gate of the rewriting stays shut.
    let (rewriting, _gate) = ScriptedReply::text(&["How is the burner cleaned?"]).wait_before(0);
    test.chat.add_reply(rewriting);
    test.chat.add_reply(ScriptedReply::text(&["A technician cleans the burner [1]."]));
    let request = AskRequest { conversation: Some(first.conversation_id), ..question("And by whom?") };
    let turn = test.ask(notebook, request).await;
    assert!(turn.answer.starts_with("A technician"), "{turn:#?}");
    assert!(turn.searched_for.unwrap().contains("burner"));
}
