//! Checks of the fields that chat completions and responses share.

use hearth_domain::{ChatMessage, Role, SamplingOptions};
use hearth_wire::openai::{Content, Stop};
use serde_json::Value;

use super::refuse_param;
use crate::extractors::RouteResult;

/// Maximum texts that end an answer, as OpenAI has it.
const MAX_STOP_TEXTS: usize = 4;

/// Refuses the first field that is used and not supported.
pub(super) fn refuse_unsupported(fields: &[(&str, bool)]) -> RouteResult<()> {
    match fields.iter().find(|(_, is_used)| *is_used) {
        Some((field, _)) => Err(refuse_param(field, format!("{field} is not supported; leave it out"))),
        None => Ok(()),
    }
}

/// Converts a message; `param` is its place in the request.
pub(super) fn convert_message(role: &str, content: &Content, param: &str) -> RouteResult<ChatMessage> {
    let role = match role {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" | "function" => {
            return Err(refuse_param(&format!("{param}.role"), "messages of tools are not supported"));
        }
        other => {
            let message = format!("{other:?} is no role; use system, developer, user or assistant");
            return Err(refuse_param(&format!("{param}.role"), message));
        }
    };
    if let Content::Parts(parts) = content {
        for (index, part) in parts.iter().enumerate() {
            if !matches!(part.kind.as_str(), "" | "text" | "input_text" | "output_text" | "refusal") {
                let message = format!("content of the type {} is not supported; send text alone", part.kind);
                return Err(refuse_param(&format!("{param}.content[{index}]"), message));
            }
        }
    }
    Ok(ChatMessage { role, text: content.text() })
}

/// Checks that a number is in its range, if there is one.
pub(super) fn check_range(param: &str, value: Option<f32>, min: f32, max: f32) -> RouteResult<Option<f32>> {
    match value {
        Some(number) if !(min..=max).contains(&number) => {
            Err(refuse_param(param, format!("{param} is {number}; it must be {min} to {max}")))
        }
        value => Ok(value),
    }
}

/// Checks a limit of an answer's tokens, if there is one.
pub(super) fn check_token_limit(param: &str, limit: Option<u32>) -> RouteResult<Option<u32>> {
    match limit {
        Some(0) => Err(refuse_param(param, format!("{param} must be 1 at least"))),
        limit => Ok(limit),
    }
}

/// Checks temperature and top_p.
pub(super) fn check_sampling(temperature: Option<f32>, top_p: Option<f32>) -> RouteResult<SamplingOptions> {
    Ok(SamplingOptions {
        temperature: check_range("temperature", temperature, 0.0, 2.0)?,
        top_p: check_range("top_p", top_p, 0.0, 1.0)?,
        ..SamplingOptions::default()
    })
}

/// Texts that end an answer, without empty ones.
pub(super) fn list_stop_texts(stop: Option<&Stop>) -> RouteResult<Vec<String>> {
    let mut texts = match stop {
        None => Vec::new(),
        Some(Stop::Text(text)) => vec![text.clone()],
        Some(Stop::Texts(texts)) => texts.clone(),
    };
    if texts.len() > MAX_STOP_TEXTS {
        return Err(refuse_param("stop", format!("stop has more than {MAX_STOP_TEXTS} texts")));
    }
    texts.retain(|text| !text.is_empty());
    Ok(texts)
}

/// Schema of an answer by the name of its form; `None` for text. `param` is the form's place in the request.
pub(super) fn choose_schema(kind: &str, schema: Option<&Value>, param: &str) -> RouteResult<Option<Value>> {
    match (kind, schema) {
        ("text", _) => Ok(None),
        ("json_object", _) => Ok(Some(serde_json::json!({"type": "object"}))),
        ("json_schema", Some(schema)) if schema.is_object() => Ok(Some(schema.clone())),
        ("json_schema", _) => Err(refuse_param(param, "the form json_schema needs a schema")),
        (other, _) => {
            let message = format!("{other:?} is no form; use text, json_object or json_schema");
            Err(refuse_param(param, message))
        }
    }
}
