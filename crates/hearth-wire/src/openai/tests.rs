//! Requests as OpenAI's reference allows them, and responses as its clients read them.
#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::*;

fn parse_chat(message: &Value) -> Message {
    let request = json!({"model": "notebook:1", "messages": [message]});
    serde_json::from_value::<ChatRequest>(request).unwrap().messages.remove(0)
}

fn parse_input(input: &Value) -> EmbeddingInput {
    serde_json::from_value::<EmbeddingRequest>(json!({"model": "m", "input": input})).unwrap().input
}

#[test]
fn all_four_kinds_of_input_can_be_embedded() {
    assert_eq!(parse_input(&json!("a")), EmbeddingInput::Text("a".into()));
    assert_eq!(parse_input(&json!(["a", "b"])), EmbeddingInput::Texts(vec!["a".into(), "b".into()]));
    assert_eq!(parse_input(&json!([1, 2])), EmbeddingInput::Tokens(vec![1, 2]));
    assert_eq!(parse_input(&json!([[1], [2, 3]])), EmbeddingInput::TokenLists(vec![vec![1], vec![2, 3]]));
}

#[test]
fn input_of_mixed_kinds_is_refused() {
    for input in [json!(["a", 1]), json!([1.5]), json!([-1]), json!({"text": "a"}), Value::Null] {
        let request = json!({"model": "m", "input": input});
        assert!(serde_json::from_value::<EmbeddingRequest>(request).is_err(), "{input}");
    }
}

#[test]
fn optional_fields_of_an_embedding_may_be_null_and_others_unknown() {
    let request = json!({
        "model": "m", "input": "a", "encoding_format": null, "dimensions": null, "user": "u",
    });
    let request: EmbeddingRequest = serde_json::from_value(request).unwrap();
    assert_eq!((request.encoding_format, request.dimensions), (None, None));
    let request = json!({"model": "m", "input": "a", "encoding_format": "base64", "dimensions": 64});
    let request: EmbeddingRequest = serde_json::from_value(request).unwrap();
    assert_eq!((request.encoding_format, request.dimensions), (Some(EncodingFormat::Base64), Some(64)));
}

#[test]
fn content_is_text_or_the_texts_of_its_parts() {
    let text = json!({"role": "user", "content": "Is it warm?"});
    assert_eq!(parse_chat(&text).content.text(), "Is it warm?");
    let parts = json!({"role": "user", "content": [
        {"type": "text", "text": "Is it"},
        {"type": "text", "text": "warm?"},
    ]});
    assert_eq!(parse_chat(&parts).content.text(), "Is it\nwarm?");
}

#[test]
fn a_part_without_text_does_not_refuse_the_others() {
    let parts = json!({"role": "user", "content": [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
    ]});
    assert_eq!(parse_chat(&parts).content.text().trim(), "What is this?");
}

#[test]
fn a_message_that_calls_tools_has_no_content() {
    let calls = json!([{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]);
    for message in [
        json!({"role": "assistant", "content": null, "tool_calls": calls}),
        json!({"role": "assistant", "tool_calls": calls}),
    ] {
        assert_eq!(parse_chat(&message).content.text(), "", "{message}");
    }
}

#[test]
fn stream_may_be_absent_or_null() {
    let parse = |request: Value| serde_json::from_value::<ChatRequest>(request).unwrap().stream;
    assert!(!parse(json!({"model": "m", "messages": []})));
    assert!(!parse(json!({"model": "m", "messages": [], "stream": null})));
    assert!(parse(
        json!({"model": "m", "messages": [], "stream": true, "stream_options": {"include_usage": true}})
    ));
}

#[test]
fn a_part_of_an_answer_names_its_end_only_at_the_end() {
    let choice = |content: Option<&str>, finish_reason: Option<&str>| {
        let delta = Delta { content: content.map(str::to_owned), ..Delta::default() };
        let finish_reason = finish_reason.map(str::to_owned);
        serde_json::to_value(Choice { index: 0, message: None, delta: Some(delta), finish_reason }).unwrap()
    };
    // `finish_reason` is required, and null until the last part; `delta` is then empty.
    let first = json!({"index": 0, "delta": {"content": "Yes"}, "finish_reason": null});
    assert_eq!(choice(Some("Yes"), None), first);
    assert_eq!(choice(None, Some("stop")), json!({"index": 0, "delta": {}, "finish_reason": "stop"}));
}

#[test]
fn a_complete_answer_has_a_message_whose_content_is_a_string() {
    let message =
        Message { role: "assistant".into(), content: Content::Text("Yes.".into()), reasoning_content: None };
    let completion = ChatCompletion {
        id: "c".into(),
        object: "chat.completion".into(),
        created: 1,
        model: "notebook:1".into(),
        choices: vec![Choice {
            index: 0,
            message: Some(message),
            delta: None,
            finish_reason: Some("stop".into()),
        }],
        usage: None,
    };
    let expected = json!({
        "id": "c", "object": "chat.completion", "created": 1, "model": "notebook:1",
        "choices": [{
            "index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop",
        }],
    });
    assert_eq!(serde_json::to_value(completion).unwrap(), expected);
}

#[test]
fn the_formats_of_a_transcription_have_openais_names() {
    let parse = |name: &str| serde_json::from_value::<TranscriptionFormat>(json!(name)).ok();
    assert_eq!(parse("json"), Some(TranscriptionFormat::Json));
    assert_eq!(parse("text"), Some(TranscriptionFormat::Text));
    assert_eq!(parse("srt"), Some(TranscriptionFormat::Srt));
    assert_eq!(parse("verbose_json"), Some(TranscriptionFormat::VerboseJson));
    assert_eq!(parse("vtt"), Some(TranscriptionFormat::Vtt));
    assert_eq!(parse("xml"), None);
}

#[test]
fn a_plain_transcription_is_its_text_alone() {
    let transcription = Transcription { text: "Hello.".into(), ..Transcription::default() };
    assert_eq!(serde_json::to_value(transcription).unwrap(), json!({"text": "Hello."}));
}
