//! The description is complete: every operation, parameter, body and schema can be found in it.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;

use super::*;

/// Calls back with each object of a JSON value.
fn visit_objects(value: &Value, visit: &mut impl FnMut(&Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            visit(fields);
            fields.values().for_each(|field| visit_objects(field, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| visit_objects(item, visit)),
        _ => {}
    }
}

fn describe_operation<'a>(described: &'a Value, row: &OperationInfo) -> &'a Value {
    &described["paths"][row.path][row.method.as_str().to_lowercase()]
}

#[test]
fn every_operation_is_described() {
    let described = describe_operations("0");
    for row in TABLE {
        assert_eq!(describe_operation(&described, row)["operationId"], row.name);
    }
    assert!(described["components"]["schemas"]["Turn"]["properties"]["answer"].is_object());
    let search = &described["paths"]["/api/search"]["get"]["parameters"];
    assert_eq!(search[0]["name"], "q");
    assert_eq!(search[0]["required"], true);
}

#[test]
fn every_reference_leads_to_a_schema() {
    let described = describe_operations("0");
    let mut references = HashSet::new();
    visit_objects(&described, &mut |fields| {
        references.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
    });
    assert!(references.contains("#/components/schemas/ErrorBody"), "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(described.pointer(pointer).is_some_and(Value::is_object), "{reference}");
    }
}

#[test]
fn schemas_have_no_keyword_that_openapi_3_1_dropped() {
    // `nullable` is without effect there: a reader would take null for an error.
    let described = describe_operations("0");
    visit_objects(&described["components"]["schemas"], &mut |fields| {
        assert_ne!(fields.get("nullable"), Some(&Value::Bool(true)), "{fields:?}");
    });
    let timings = &described["components"]["schemas"]["TurnTimings"]["properties"];
    assert_eq!(timings["first_token_ms"]["type"], json!(["integer", "null"]));
}

#[test]
fn every_parameter_of_a_path_is_described_as_required() {
    let described = describe_operations("0");
    for row in TABLE {
        let parameters = describe_operation(&described, row)["parameters"].as_array().unwrap();
        let names: Vec<_> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path" && parameter["required"] == true)
            .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
            .collect();
        let expected: Vec<_> = row.path.split('/').filter(|part| part.starts_with('{')).collect();
        assert_eq!(names, expected, "{}", row.name);
    }
}

#[test]
fn what_pages_a_list_is_optional_and_typed() {
    let described = describe_operations("0");
    let parameters = &described["paths"]["/api/notebooks"]["get"]["parameters"];
    let describe = |parameter: &Value| {
        let is_required = parameter["required"] == true;
        format!("{} in {}, {is_required}", parameter["name"], parameter["in"])
    };
    let summary: Vec<_> = parameters.as_array().unwrap().iter().map(describe).collect();
    assert_eq!(summary, [r#""limit" in "query", false"#, r#""cursor" in "query", false"#]);
    assert!(parameters[0]["schema"]["type"].to_string().contains("integer"), "{parameters}");
}

#[test]
fn every_body_is_described() {
    let described = describe_operations("0");
    for row in TABLE {
        let operation = describe_operation(&described, row);
        if let Some(media) = row.request_media {
            let schema = &operation["requestBody"]["content"][media]["schema"];
            assert!(schema.as_object().is_some_and(|schema| !schema.is_empty()), "{}", row.name);
        } else {
            assert!(operation.get("requestBody").is_none(), "{}", row.name);
        }
        let response = &operation["responses"][row.status.to_string()];
        assert!(response["description"].is_string(), "{}", row.name);
        if let Some(media) = row.response_media {
            assert!(response["content"][media].is_object(), "{}", row.name);
        }
        let failed = &operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"];
        let body = if row.path.starts_with("/v1/") { "OpenAiErrorBody" } else { "ErrorBody" };
        assert_eq!(*failed, format!("#/components/schemas/{body}"), "{}", row.name);
    }
}

#[test]
fn files_can_be_sent_wherever_the_description_says_so() {
    let described = describe_operations("0");
    let content = &described["paths"]["/api/notebooks/{id}/sources"]["post"]["requestBody"]["content"];
    assert!(content["application/json"]["schema"].is_object(), "{content}");
    let form = &content["multipart/form-data"]["schema"];
    assert_eq!(form["properties"]["file"]["type"], "array", "{content}");
    let content = &described["paths"]["/v1/audio/transcriptions"]["post"]["requestBody"]["content"];
    let parts = &content["multipart/form-data"]["schema"]["allOf"];
    assert_eq!(parts[0]["$ref"], "#/components/schemas/TranscriptionRequest", "{content}");
    assert_eq!(parts[1]["required"], json!(["file"]), "{content}");
}

#[test]
fn credentials_are_demanded_of_all_but_the_open_operations() {
    let described = describe_operations("0");
    assert_eq!(described["security"], json!([{"key": []}]));
    for row in TABLE {
        let is_open = describe_operation(&described, row)["security"] == json!([]);
        assert_eq!(is_open, row.scope == Scope::Open, "{}", row.name);
    }
}

#[test]
fn a_typing_error_in_a_request_is_refused() {
    // Programs written for OpenAI's API send fields that Hearth does not know; settings are a map.
    let is_strict = |row: &&OperationInfo| {
        row.request_media.is_some() && !row.path.starts_with("/v1/") && row.name != "ChangeSettings"
    };
    let described = describe_operations("0");
    for row in TABLE.iter().filter(is_strict) {
        let schema =
            &describe_operation(&described, row)["requestBody"]["content"]["application/json"]["schema"];
        let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')).unwrap();
        let schema = described.pointer(reference).unwrap();
        let variants = ["oneOf", "anyOf"].into_iter().find_map(|name| schema[name].as_array());
        for variant in variants.map_or(std::slice::from_ref(schema), Vec::as_slice) {
            assert_eq!(variant["additionalProperties"], false, "{}: {variant}", row.name);
        }
    }
}
