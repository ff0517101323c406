//! Replies of a language model as JSON. Servers that can enforce the schema of a request send nothing else; others
//! may write around it.

use serde::de::DeserializeOwned;

/// Parses the JSON object in a reply, or returns `None` if there is none of this form.
pub(super) fn parse_json_reply<T: DeserializeOwned>(reply: &str) -> Option<T> {
    let (start, end) = (reply.find('{')?, reply.rfind('}')?);
    serde_json::from_str(reply.get(start..=end)?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_object_is_found_in_what_models_write_around_it() {
        for reply in ["{\"a\": 1}", "Sure! Here it is:\n```json\n{\"a\": 1}\n```\nAnything else?"] {
            assert_eq!(parse_json_reply::<Value>(reply), Some(json!({"a": 1})), "{reply}");
        }
        for reply in ["", "I cannot help with that.", "}{", "{\"a\": 1", "{a}"] {
            assert_eq!(parse_json_reply::<Value>(reply), None, "{reply}");
        }
    }
}
