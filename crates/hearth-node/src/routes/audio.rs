//! Transcribing recordings for other programs, compatible with OpenAI's API.

use std::io::Write as _;

use axum::Json;
use axum::body::Body;
use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use hearth_domain::{Segment, TranscribeOptions, Transcript};
use hearth_library::StagedBlob;
use hearth_speech::language_name;
use hearth_wire::openai::{
    Transcription, TranscriptionFormat, TranscriptionRequest, TranscriptionSegment, TranscriptionWord,
};

use super::add::stage_upload;
use crate::app::App;
use crate::extractors::ResponseResult;
use crate::guard::ModelUsed;
use crate::route_error::RouteError;

/// Model name of OpenAI's clients that leave the choice to the server.
const DEFAULT_MODEL_NAME: &str = "whisper-1";
/// Limit of a form field in bytes.
const MAX_FIELD_BYTES: usize = 40_000;

pub(crate) async fn transcribe_recording(State(app): State<App>, request: Request<Body>) -> ResponseResult {
    let (recording, parameters) = read_form(&app, request).await?;
    let options = TranscribeOptions {
        language: parameters.language.clone(),
        prompt: parameters.prompt.clone().unwrap_or_default(),
        temperature: parameters.temperature.unwrap_or(0.0),
        words: parameters.timestamp_granularities.iter().any(|granularity| granularity == "word"),
        ..TranscribeOptions::default()
    };
    let model =
        Some(parameters.model.as_str()).filter(|model| *model != DEFAULT_MODEL_NAME && !model.is_empty());
    let result = app
        .machine
        .transcribe_recording(recording.open_for_reading().await?.into_std().await, model, options.clone())
        .await?;
    let mut response =
        format_transcript(&result.transcript, result.seconds, &parameters, options.temperature);
    response.extensions_mut().insert(ModelUsed(result.model));
    Ok(response)
}

/// Reads the form: the recording, staged on disk, and the options of the request.
async fn read_form(
    app: &App,
    mut request: Request<Body>,
) -> Result<(StagedBlob, TranscriptionRequest), RouteError> {
    // Recordings are streamed to disk and have a limit of their own.
    DefaultBodyLimit::disable().apply(&mut request);
    let form_error =
        |error: axum::extract::multipart::MultipartError| RouteError::invalid_request(error.body_text());
    let mut form = Multipart::from_request(request, app)
        .await
        .map_err(|error| RouteError::invalid_request(error.body_text()))?;
    let (mut recording, mut parameters) = (None, TranscriptionRequest::default());
    while let Some(field) = form.next_field().await.map_err(form_error)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            recording = Some(stage_upload(app, field).await?);
            continue;
        }
        let text = read_field_text(field).await?;
        match name.as_str() {
            "model" => parameters.model = text,
            "language" if text.is_empty() => {}
            "language" if language_name(&text).is_none() => {
                let message =
                    format!("language {text:?} is unknown; use a code such as en or de, or omit it");
                return Err(RouteError::invalid_request(message));
            }
            "language" => parameters.language = Some(text),
            "prompt" => parameters.prompt = Some(text),
            "response_format" => {
                let format = serde_json::from_value(text.clone().into()).map_err(|_| {
                    RouteError::invalid_request(format!(
                        "response_format {text:?} is unknown; use json, text, srt, vtt or verbose_json"
                    ))
                })?;
                parameters.response_format = Some(format);
            }
            "temperature" => {
                let temperature = text
                    .parse()
                    .map_err(|_| RouteError::invalid_request("temperature must be a number from 0 to 1"))?;
                parameters.temperature = Some(temperature);
            }
            "timestamp_granularities[]" | "timestamp_granularities" => {
                parameters.timestamp_granularities.push(text);
            }
            // Clients send many other fields.
            _ => {}
        }
    }
    let recording =
        recording.ok_or_else(|| RouteError::invalid_request("the form has no field named file"))?;
    if recording.is_empty() {
        return Err(RouteError::invalid_request("the recording is empty"));
    }
    Ok((recording, parameters))
}

/// Reads a form field as text; one that is too long is never held whole.
async fn read_field_text(mut field: Field<'_>) -> Result<String, RouteError> {
    let mut bytes = Vec::new();
    while let Some(chunk) =
        field.chunk().await.map_err(|error| RouteError::invalid_request(error.body_text()))?
    {
        if bytes.len() + chunk.len() > MAX_FIELD_BYTES {
            let name = field.name().unwrap_or_default();
            return Err(RouteError::invalid_request(format!(
                "{name} is longer than {MAX_FIELD_BYTES} bytes"
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| RouteError::invalid_request("form fields must be UTF-8 text"))
}

fn format_transcript(
    transcript: &Transcript,
    seconds: f64,
    parameters: &TranscriptionRequest,
    temperature: f32,
) -> Response {
    let text = transcript.text();
    let plain = |media_type: &'static str, text: String| ([(CONTENT_TYPE, media_type)], text).into_response();
    match parameters.response_format.unwrap_or_default() {
        TranscriptionFormat::Json => Json(Transcription { text, ..Transcription::default() }).into_response(),
        TranscriptionFormat::Text => plain("text/plain; charset=utf-8", text + "\n"),
        TranscriptionFormat::Srt => {
            plain("application/x-subrip; charset=utf-8", format_subtitles(transcript, ','))
        }
        TranscriptionFormat::Vtt => {
            plain("text/vtt; charset=utf-8", format!("WEBVTT\n\n{}", format_subtitles(transcript, '.')))
        }
        TranscriptionFormat::VerboseJson => {
            let has_granularity =
                |name: &str| parameters.timestamp_granularities.iter().any(|granularity| granularity == name);
            let words = has_granularity("word").then(|| {
                let words = transcript.segments.iter().flat_map(|segment| &segment.words);
                words
                    .map(|word| TranscriptionWord {
                        word: word.text.trim().to_owned(),
                        start: to_seconds(word.start_ms),
                        end: to_seconds(word.end_ms),
                    })
                    .collect()
            });
            let all = transcript
                .segments
                .iter()
                .zip(0..)
                .map(|(segment, id)| to_verbose_segment(segment, id, temperature));
            Json(Transcription {
                text,
                task: Some("transcribe".into()),
                language: Some(
                    transcript.language.as_deref().and_then(language_name).unwrap_or("unknown").to_owned(),
                ),
                duration: Some(seconds),
                segments: (has_granularity("segment") || words.is_none()).then(|| all.collect()),
                words,
            })
            .into_response()
        }
    }
}

fn to_seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

fn to_verbose_segment(segment: &Segment, id: u32, temperature: f32) -> TranscriptionSegment {
    TranscriptionSegment {
        id,
        seek: 0,
        start: to_seconds(segment.start_ms),
        end: to_seconds(segment.end_ms),
        text: segment.text.clone(),
        tokens: Vec::new(),
        temperature,
        avg_logprob: segment.log_probability,
        compression_ratio: compression_ratio(&segment.text),
        no_speech_prob: segment.no_speech,
    }
}

/// Ratio of a text's bytes to its zlib-compressed bytes, as whisper's authors compute it.
fn compression_ratio(text: &str) -> f32 {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    let bytes =
        packed.write_all(text.as_bytes()).and_then(|()| packed.finish()).map_or(1, |packed| packed.len());
    text.len() as f32 / bytes.max(1) as f32
}

/// Formats subtitles: with `,` as decimal separator those of SRT, which are numbered; with `.` those of
/// WebVTT. Times always have hours.
fn format_subtitles(transcript: &Transcript, decimal_separator: char) -> String {
    let format_time = |ms: u64| {
        let (seconds, ms) = (ms / 1000, ms % 1000);
        format!(
            "{:02}:{:02}:{:02}{decimal_separator}{ms:03}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    };
    let mut out = String::new();
    for (segment, number) in transcript.segments.iter().zip(1..) {
        if decimal_separator == ',' {
            out.push_str(&format!("{number}\n"));
        }
        // An arrow in a caption would be taken for a line of times.
        let text = segment.text.trim().replace("-->", "→");
        out.push_str(&format!(
            "{} --> {}\n{text}\n\n",
            format_time(segment.start_ms),
            format_time(segment.end_ms)
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_itself_compresses_well() {
        let once = compression_ratio("Clean the burner once a year.");
        let often = compression_ratio(&"Clean the burner. ".repeat(20));
        assert!((0.5..1.1).contains(&once) && often > 5.0, "{once} {often}");
    }

    #[test]
    fn captions_are_numbered_and_timed() {
        let segment = |start_ms, end_ms, text: &str| Segment {
            start_ms,
            end_ms,
            text: text.into(),
            words: Vec::new(),
            no_speech: 0.0,
            log_probability: 0.0,
        };
        let transcript = Transcript {
            language: None,
            segments: vec![segment(0, 1500, " Hello."), segment(3_661_002, 3_662_000, " So --> there.")],
        };
        assert_eq!(
            format_subtitles(&transcript, ','),
            "1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n2\n01:01:01,002 --> 01:01:02,000\nSo → there.\n\n"
        );
        assert!(format_subtitles(&transcript, '.').starts_with("00:00:00.000 --> 00:00:01.500\nHello."));
    }
}
