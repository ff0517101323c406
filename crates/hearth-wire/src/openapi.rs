//! The OpenAPI description of a node, generated from the operation table.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::ErrorBody;
use crate::openai::{OPENAI_PATH_PREFIX, OpenAiErrorBody};
use crate::operation::{OperationInfo, Scope};
use crate::operations::TABLE;

/// Media type of a form with files.
const FORM_MEDIA: &str = "multipart/form-data";

/// Describes all operations, as OpenAPI 3.1.
pub fn describe_operations(version: &str) -> Value {
    // OpenAPI 3.1 has the schemas of JSON Schema 2020-12; those of OpenAPI 3.0 have another way to allow null.
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = settings.into_generator();
    let error = generator.subschema_for::<ErrorBody>();
    let openai_error = generator.subschema_for::<OpenAiErrorBody>();
    let mut paths = Map::new();
    for row in TABLE {
        let query = (row.query_schema)(&mut generator);
        let request = (row.request_schema)(&mut generator);
        let response = (row.response_schema)(&mut generator);
        let query = resolve_reference(&generator, query.to_value());
        let mut parameters = path_parameters(row);
        parameters.extend(query_parameters(&query));
        let error_schema = if row.path.starts_with(OPENAI_PATH_PREFIX) { &openai_error } else { &error };
        let mut description = json!({
            "operationId": row.name,
            "summary": row.summary.trim(),
            "parameters": parameters,
            "responses": {
                row.status.to_string(): describe_response(row, response.map(schemars::Schema::to_value)),
                "default": {
                    "description": "What went wrong, with a code",
                    "content": {"application/json": {"schema": error_schema.clone()}},
                },
            },
        });
        if let (Some(media), Some(schema)) = (row.request_media, request) {
            description["requestBody"] = json!({"content": describe_request(row, media, &schema.to_value())});
        }
        if row.scope == Scope::Open {
            description["security"] = json!([]);
        }
        let path = paths.entry(row.path).or_insert_with(|| json!({}));
        path[row.method.as_str().to_lowercase()] = description;
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Hearth", "version": version, "license": {"name": "Apache-2.0"}},
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": generator.definitions(),
        },
    })
}

/// The schema that a `$ref` names; a schema without one is returned as it is.
fn resolve_reference(generator: &schemars::SchemaGenerator, schema: Value) -> Value {
    let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) else {
        return schema;
    };
    generator.definitions().get(name).cloned().unwrap_or(Value::Null)
}

fn path_parameters(row: &OperationInfo) -> Vec<Value> {
    row.path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect()
}

fn query_parameters(query: &Value) -> Vec<Value> {
    let required = query["required"].as_array().cloned().unwrap_or_default();
    let Some(properties) = query["properties"].as_object() else {
        return Vec::new();
    };
    properties
        .iter()
        .map(|(name, schema)| {
            json!({
                "name": name,
                "in": "query",
                "required": required.iter().any(|field| field == name.as_str()),
                "schema": schema,
            })
        })
        .collect()
}

/// The contents of a request's body, by media type.
fn describe_request(row: &OperationInfo, media: &str, schema: &Value) -> Value {
    let files = json!({"type": "string", "contentMediaType": "application/octet-stream"});
    match (row.has_files, media) {
        (false, _) => json!({media: {"schema": schema}}),
        (true, FORM_MEDIA) => {
            let form = json!({"type": "object", "properties": {"file": files}, "required": ["file"]});
            json!({media: {"schema": {"allOf": [schema, form]}}})
        }
        (true, _) => {
            let files = json!({"type": "array", "items": files});
            let form = json!({"type": "object", "properties": {"file": files}, "required": ["file"]});
            json!({media: {"schema": schema}, FORM_MEDIA: {"schema": form}})
        }
    }
}

/// The response object of an operation.
fn describe_response(row: &OperationInfo, schema: Option<Value>) -> Value {
    match (row.response_media, schema) {
        (Some(media), Some(schema)) => {
            json!({"description": row.summary.trim(), "content": {media: {"schema": schema}}})
        }
        (Some(media), None) => json!({"description": row.summary.trim(), "content": {media: {}}}),
        (None, _) => json!({"description": row.summary.trim()}),
    }
}

#[cfg(test)]
mod tests;
