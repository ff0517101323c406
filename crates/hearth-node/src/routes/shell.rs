//! What the desktop program does for the page in its window.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_engine::LibraryEvent;
use hearth_host::change_settings;
use hearth_wire::{
    ErrorCode, FilesTaken, HotkeyChange, Hotkeys, ListenRequest, MicrophoneList, PickRequest, ReadRequest,
    RevealRequest, SaveRequest, SavedFile, ShowRequest, TakeRequest, VoiceList, WhichListening,
};

use crate::app::App;
use crate::extract::{Answer, Content};
use crate::failure::Failure;
use crate::shell::Attached;
use crate::{reading, voice};

/// The setting that keeps the keys.
const ASK_KEYS: &str = "desktop.ask_keys";

/// The shell; the guard has refused already whom it does not serve.
fn shell(app: &App) -> Answer<&Attached> {
    app.shell.as_ref().ok_or_else(none)
}

pub(crate) fn none() -> Failure {
    Failure::new(ErrorCode::NoShell, "only the window of the desktop program does this")
}

pub(crate) async fn pick(
    State(app): State<App>,
    Content(request): Content<PickRequest>,
) -> Answer<Json<FilesTaken>> {
    app.engine.store().notebook(request.notebook_id).await?;
    Ok(Json(shell(&app)?.shell.pick(request.notebook_id, request.what).await?))
}

pub(crate) async fn take(
    State(app): State<App>,
    Content(request): Content<TakeRequest>,
) -> Answer<Json<FilesTaken>> {
    app.engine.store().notebook(request.notebook_id).await?;
    Ok(Json(shell(&app)?.shell.take(request.notebook_id).await?))
}

pub(crate) async fn save(
    State(app): State<App>,
    Content(request): Content<SaveRequest>,
) -> Answer<Json<SavedFile>> {
    Ok(Json(SavedFile { path: shell(&app)?.shell.save(request).await? }))
}

pub(crate) async fn reveal(
    State(app): State<App>,
    Content(request): Content<RevealRequest>,
) -> Answer<StatusCode> {
    shell(&app)?.shell.reveal(request.folder)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn hotkeys(State(app): State<App>) -> Answer<Json<Hotkeys>> {
    Ok(Json(shell(&app)?.shell.hotkeys()))
}

pub(crate) async fn change_hotkeys(
    State(app): State<App>,
    Content(change): Content<HotkeyChange>,
) -> Answer<Json<Hotkeys>> {
    let hotkeys = shell(&app)?.shell.change_hotkeys(&change)?;
    let kept = BTreeMap::from([(ASK_KEYS.to_owned(), Some(toml::Value::String(hotkeys.ask.clone())))]);
    change_settings(&app.settings_file, &kept).map_err(|error| Failure::invalid(error.to_string()))?;
    app.engine.tell(LibraryEvent::Settings);
    Ok(Json(hotkeys))
}

pub(crate) async fn show(
    State(app): State<App>,
    Content(request): Content<ShowRequest>,
) -> Answer<StatusCode> {
    shell(&app)?.shell.show(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn microphones(State(app): State<App>) -> Answer<Json<MicrophoneList>> {
    let shell = &shell(&app)?.shell;
    let (microphones, trouble) = (shell.microphones().await?, shell.microphone_trouble());
    Ok(Json(MicrophoneList { microphones, chosen: app.effective()?.settings.desktop.microphone, trouble }))
}

pub(crate) async fn listen(
    State(app): State<App>,
    Content(request): Content<ListenRequest>,
) -> Answer<Json<WhichListening>> {
    let number = voice::listen(&app, shell(&app)?, &request).await?;
    Ok(Json(WhichListening { number: Some(number) }))
}

pub(crate) async fn stop_listening(
    State(app): State<App>,
    Content(which): Content<WhichListening>,
) -> Answer<StatusCode> {
    app.listening.stop(which.number);
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn drop_listening(
    State(app): State<App>,
    Content(which): Content<WhichListening>,
) -> Answer<StatusCode> {
    voice::drop_it(&app, shell(&app)?, which.number);
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn voices(State(app): State<App>) -> Answer<Json<VoiceList>> {
    let voices = shell(&app)?.shell.voices().await?;
    let desktop = app.effective()?.settings.desktop;
    Ok(Json(VoiceList { voices, chosen: desktop.voice, rate: desktop.voice_rate }))
}

pub(crate) async fn read(
    State(app): State<App>,
    Content(request): Content<ReadRequest>,
) -> Answer<StatusCode> {
    reading::read(&app, shell(&app)?, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn hush(State(app): State<App>) -> Answer<StatusCode> {
    shell(&app)?;
    app.reading.hush();
    Ok(StatusCode::NO_CONTENT)
}
