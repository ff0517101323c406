//! Streams of OpenAI-compatible servers: what they send beside the answer, and how they report errors inside it.

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::post;
use futures::StreamExt;
use hearth_chat::OpenAi;
use hearth_domain::{ChatError, ChatEvent, ChatModel, TokenUsage};

use crate::server::{LONG_TIMEOUT, SHORT_TIMEOUT, cut_body, open_body, sample_request, start};

const END: &str = "data: {\"choices\": [{\"index\": 0, \"delta\": {}, \"finish_reason\": \"stop\"}]}\n\n";
const DONE: &str = "data: [DONE]\n\n";

type Events = Vec<Result<ChatEvent, ChatError>>;

/// The events of a chat that is answered with a status and the body that `make_body` makes.
async fn answer_with<F>(status: StatusCode, make_body: F, is_silent: bool) -> Events
where
    F: Fn() -> Body + Clone + Send + Sync + 'static,
{
    let respond = move || async move { (status, make_body()) };
    let address = start(Router::new().route("/v1/chat/completions", post(respond))).await;
    let timeout = if is_silent { SHORT_TIMEOUT } else { LONG_TIMEOUT };
    let server = OpenAi::new(&format!("{address}/v1"), "", timeout).unwrap();
    server.stream_chat(sample_request()).collect().await
}

/// The events of a chat that is answered with this stream.
async fn stream_events(body: &str) -> Events {
    let body = body.to_owned();
    answer_with(StatusCode::OK, move || Body::from(body.clone()), false).await
}

fn text_event(text: &str) -> String {
    format!("data: {{\"choices\": [{{\"index\": 0, \"delta\": {{\"content\": \"{text}\"}}}}]}}\n\n")
}

fn part(text: &str) -> ChatEvent {
    ChatEvent::Text(text.to_owned())
}

const COMPLETE: Result<ChatEvent, ChatError> = Ok(ChatEvent::Done { truncated: false, usage: None });

#[tokio::test]
async fn an_answer_is_the_same_however_its_stream_is_cut() {
    let stream = format!(
        ": ping\r\n\r\nevent: message\r\nid: 7\r\n{}{}{END}{DONE}",
        text_event("Grüße ☕"),
        text_event("日本")
    );
    for piece_bytes in [1, 2, 3, 5, 7, 10_000] {
        let stream = stream.clone();
        let events = answer_with(StatusCode::OK, move || cut_body(&stream, piece_bytes), false).await;
        assert_eq!(events, [Ok(part("Grüße ☕")), Ok(part("日本")), COMPLETE], "{piece_bytes}");
    }
}

#[tokio::test]
async fn carriage_returns_and_a_missing_space_are_allowed() {
    let stream =
        format!("{}{END}{DONE}", text_event("Yes.")).replace("data: ", "data:").replace('\n', "\r\n");
    assert_eq!(stream_events(&stream).await, [Ok(part("Yes.")), COMPLETE]);
}

#[tokio::test]
async fn the_counts_after_an_answer_are_no_part_of_its_text() {
    let counts = "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": 26, \"completion_tokens\": 2}}\n\n";
    let events = stream_events(&format!("{}{END}{counts}{DONE}", text_event("Yes."))).await;
    let usage = Some(TokenUsage { prompt_tokens: 26, answer_tokens: 2 });
    assert_eq!(events, [Ok(part("Yes.")), Ok(ChatEvent::Done { truncated: false, usage })]);
}

#[tokio::test]
async fn an_answer_cut_by_its_limit_stays_cut_after_what_follows() {
    let end = END.replace("stop", "length");
    let usage = "data: {\"choices\": [], \"usage\": null}\n\n";
    let events = stream_events(&format!("{}{end}{usage}{DONE}", text_event("Ye"))).await;
    assert_eq!(events, [Ok(part("Ye")), Ok(ChatEvent::Done { truncated: true, usage: None })]);
}

#[tokio::test]
async fn an_empty_answer_is_complete() {
    let delta = "{\"role\": \"assistant\", \"content\": null}";
    let first = format!("data: {{\"choices\": [{{\"delta\": {delta}, \"finish_reason\": null}}]}}\n\n");
    assert_eq!(stream_events(&format!("{first}{END}{DONE}")).await, [COMPLETE]);
}

#[tokio::test]
async fn a_stream_of_nothing_is_no_answer() {
    for stream in ["", ": ping\n\n", "event: done\n\n"] {
        let events = stream_events(stream).await;
        assert!(matches!(events[..], [Err(ChatError::Interrupted(_))]), "{stream:?}: {events:?}");
    }
}

#[tokio::test]
async fn reasoning_is_read_under_both_of_its_names_and_once() {
    let make_event = |fields: &str| format!("data: {{\"choices\": [{{\"delta\": {{{fields}}}}}]}}\n\n");
    let streams = [
        make_event("\"reasoning_content\": \"hm\", \"content\": null"),
        make_event("\"reasoning\": \"hm\", \"content\": \"\""),
        make_event("\"reasoning_content\": \"hm\", \"reasoning\": \"hm\""),
    ];
    for stream in streams {
        let events = stream_events(&format!("{stream}{}{END}{DONE}", text_event("Yes."))).await;
        assert_eq!(events, [Ok(ChatEvent::Reasoning("hm".into())), Ok(part("Yes.")), COMPLETE], "{stream}");
    }
}

#[tokio::test]
async fn an_error_inside_an_answer_is_never_its_end() {
    // LM Studio and vLLM; text-generation-inference; older vLLM; llama.cpp. `[DONE]` follows in some of them.
    let errors = [
        "data: {\"error\": {\"message\": \"the slot was taken\", \"code\": 500}}",
        "event: error\ndata: {\"error\": \"the slot was taken\", \"error_type\": \"generation\"}",
        "data: {\"object\": \"error\", \"message\": \"the slot was taken\", \"code\": 400}",
        "error: {\"code\": 500, \"message\": \"the slot was taken\", \"type\": \"server_error\"}",
    ];
    for error in errors {
        let events = stream_events(&format!("{}{error}\n\n{DONE}", text_event("The "))).await;
        let expected = ChatError::Refused("the slot was taken".into());
        assert_eq!(events, [Ok(part("The ")), Err(expected)], "{error}");
    }
}

#[tokio::test]
async fn an_error_field_that_is_null_is_no_error() {
    let event = "data: {\"error\": null, \"choices\": [{\"delta\": {\"content\": \"Yes.\"}}]}\n\n";
    assert_eq!(stream_events(&format!("{event}{END}{DONE}")).await, [Ok(part("Yes.")), COMPLETE]);
}

#[tokio::test]
async fn memory_that_runs_out_inside_an_answer_is_told_from_a_refusal() {
    let error = "data: {\"error\": {\"message\": \"CUDA error: out of memory\"}}\n\n";
    let events = stream_events(&format!("{}{error}", text_event("The "))).await;
    assert!(matches!(events[..], [Ok(_), Err(ChatError::OutOfMemory(_))]), "{events:?}");
}

#[tokio::test]
async fn nothing_is_waited_for_after_the_end() {
    let stream = format!("{}{END}{DONE}", text_event("Yes."));
    let events = answer_with(StatusCode::OK, move || open_body(stream.clone()), false).await;
    assert_eq!(events, [Ok(part("Yes.")), COMPLETE]);
}

#[tokio::test]
async fn a_prompt_that_is_read_for_long_is_no_silence() {
    let pieces = futures::stream::once(async {
        tokio::time::sleep(SHORT_TIMEOUT * 5).await;
        Ok::<_, std::convert::Infallible>(format!("{}{END}{DONE}", text_event("Yes.")))
    });
    let body = std::sync::Mutex::new(Some(Body::from_stream(pieces)));
    let body = std::sync::Arc::new(body);
    let events = answer_with(StatusCode::OK, move || body.lock().unwrap().take().unwrap(), true).await;
    assert_eq!(events, [Ok(part("Yes.")), COMPLETE]);
}

#[tokio::test]
async fn a_server_that_falls_silent_in_an_answer_is_given_up() {
    let stream = text_event("The ");
    let events = answer_with(StatusCode::OK, move || open_body(stream.clone()), true).await;
    assert_eq!(events, [Ok(part("The ")), Err(ChatError::Stalled { seconds: 0 })]);
}

#[tokio::test]
async fn an_error_whose_body_never_ends_is_given_up() {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    let events = answer_with(status, || open_body("{\"error\": ".into()), true).await;
    assert!(
        matches!(&events[..], [Err(ChatError::Refused(message))] if message.contains("500")),
        "{events:?}"
    );
}
