//! Embeddings, as in OpenAI's API.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hearth_domain::{Embedder, TextRole};
use hearth_library::LibraryError;
use hearth_models::LocalEmbedder;
use hearth_wire::ErrorCode;
use hearth_wire::openai::{
    Embedding, EmbeddingInput, EmbeddingList, EmbeddingRequest, EmbeddingValue, EncodingFormat, Usage,
};

use super::body::OpenAiBody;
use super::{model_not_found, refuse_param, with_model_used};
use crate::app::App;
use crate::extractors::{ResponseResult, RouteResult};
use crate::route_error::RouteError;

/// Texts embedded in one batch.
const EMBED_BATCH_SIZE: usize = 256;
/// Maximum texts of a request, as OpenAI has it.
const MAX_INPUT_TEXTS: usize = 2048;
/// Maximum bytes of a request's texts together.
const MAX_INPUT_BYTES: usize = 4 << 20;

pub(crate) async fn create_embeddings(
    State(app): State<App>,
    OpenAiBody(request): OpenAiBody<EmbeddingRequest>,
) -> ResponseResult {
    let embedder =
        app.machine.models().get_embedder(&request.model).map_err(|_| model_not_found(&request.model))?;
    let tokenizer = embedder.clone();
    let (input, may_truncate) = (request.input, request.truncate.unwrap_or_default());
    // Loading and tokenizing take time, so they run on a blocking thread.
    let (texts, tokens) = tokio::task::spawn_blocking(move || prepare_texts(&tokenizer, input, may_truncate))
        .await
        .map_err(LibraryError::from)??;
    let mut data = Vec::new();
    for batch in texts.chunks(EMBED_BATCH_SIZE) {
        let vectors = Embedder::embed(&embedder, TextRole::Passage, batch.to_vec())
            .await
            .map_err(LibraryError::from)?;
        for vector in vectors {
            let vector = truncate_vector(vector, request.dimensions)?;
            data.push(Embedding {
                object: "embedding".into(),
                index: data.len() as u32,
                embedding: match request.encoding_format.unwrap_or_default() {
                    EncodingFormat::Float => EmbeddingValue::Numbers(vector),
                    EncodingFormat::Base64 => {
                        let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
                        EmbeddingValue::Base64(STANDARD.encode(bytes))
                    }
                },
            });
        }
    }
    let tokens = u32::try_from(tokens).unwrap_or(u32::MAX);
    let usage = Usage { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens };
    let list = EmbeddingList { object: "list".into(), data, model: request.model.clone(), usage };
    Ok(with_model_used(Json(list).into_response(), &request.model))
}

/// Texts of an input that is within its limits, and the number of tokens that the model reads of them.
fn prepare_texts(
    embedder: &LocalEmbedder,
    input: EmbeddingInput,
    may_truncate: bool,
) -> RouteResult<(Vec<String>, usize)> {
    let texts = match input {
        EmbeddingInput::Text(text) => vec![text],
        EmbeddingInput::Texts(texts) => texts,
        EmbeddingInput::Tokens(tokens) => decode_inputs(embedder, &[tokens])?,
        EmbeddingInput::TokenLists(lists) => decode_inputs(embedder, &lists)?,
    };
    if texts.is_empty() || texts.len() > MAX_INPUT_TEXTS {
        let message = format!("input has {} texts; it must have 1 to {MAX_INPUT_TEXTS}", texts.len());
        return Err(refuse_param("input", message));
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    if bytes > MAX_INPUT_BYTES {
        let message =
            format!("input has {bytes} bytes, at most {MAX_INPUT_BYTES} are allowed; send several requests");
        return Err(RouteError::new(ErrorCode::TooLarge, message).with_param("input"));
    }
    let mut tokens = 0;
    for (index, text) in texts.iter().enumerate() {
        if text.is_empty() {
            return Err(refuse_param("input", format!("the text at index {index} of input is empty")));
        }
        let (length, max) = embedder.measure_text(text).map_err(LibraryError::from)?;
        if length > max && !may_truncate {
            let message = format!(
                "the text at index {index} of input has {length} tokens, this model reads {max}; send shorter texts, or \
                 \"truncate\": true to have them cut"
            );
            return Err(refuse_param("input", message));
        }
        tokens += length.min(max);
    }
    Ok((texts, tokens))
}

fn decode_inputs(embedder: &LocalEmbedder, lists: &[Vec<u32>]) -> RouteResult<Vec<String>> {
    let decode = |tokens: &Vec<u32>| {
        embedder.decode_tokens(tokens).map_err(LibraryError::from)?.ok_or_else(|| {
            let message = "these token ids are not of this model's vocabulary, which puts its special tokens at both \
                           ends; send text instead (LangChain: check_embedding_ctx_length=False)";
            refuse_param("input", message)
        })
    };
    lists.iter().map(decode).collect()
}

/// Truncates a vector to its first `dimensions` values and normalises it again.
fn truncate_vector(mut vector: Vec<f32>, dimensions: Option<u32>) -> RouteResult<Vec<f32>> {
    let Some(dimensions) = dimensions.map(|dimensions| dimensions as usize) else {
        return Ok(vector);
    };
    if dimensions == 0 || dimensions > vector.len() {
        return Err(refuse_param("dimensions", format!("dimensions must be 1 to {}", vector.len())));
    }
    vector.truncate(dimensions);
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
    Ok(vector.into_iter().map(|value| value / norm).collect())
}
