//! Functions of the desktop program for the page in its window.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_wire::{
    AddPendingFilesRequest, AddedFiles, DictationNumber, ErrorCode, HotkeyChange, Hotkeys, MicrophoneList,
    PickFilesRequest, ReadAloudRequest, RevealFolderRequest, SaveFileRequest, SavedFile, ShowWindowRequest,
    StartDictationRequest, VoiceList,
};

use crate::app::App;
use crate::extractors::{JsonBody, RouteResult};
use crate::route_error::RouteError;
use crate::shell::ShellHandle;
use crate::{dictation, read_aloud};

/// Setting that stores the hotkey of asking.
const ASK_HOTKEY_SETTING: &str = "desktop.ask_keys";

/// Shell of this node; the guard has already refused callers that may not use it.
fn require_shell(app: &App) -> RouteResult<&ShellHandle> {
    app.shell.as_ref().ok_or_else(shell_unavailable)
}

/// Error of a shell operation that no shell serves.
pub(crate) fn shell_unavailable() -> RouteError {
    RouteError::new(ErrorCode::NoShell, "this works only in the window of the desktop program")
}

pub(crate) async fn pick_files(
    State(app): State<App>,
    JsonBody(request): JsonBody<PickFilesRequest>,
) -> RouteResult<Json<AddedFiles>> {
    app.library.get_notebook(request.notebook_id).await?;
    Ok(Json(require_shell(&app)?.shell.pick_files(request.notebook_id, request.what).await?))
}

pub(crate) async fn take_files(
    State(app): State<App>,
    JsonBody(request): JsonBody<AddPendingFilesRequest>,
) -> RouteResult<Json<AddedFiles>> {
    app.library.get_notebook(request.notebook_id).await?;
    Ok(Json(require_shell(&app)?.shell.take_files(request.notebook_id).await?))
}

pub(crate) async fn save_file(
    State(app): State<App>,
    JsonBody(request): JsonBody<SaveFileRequest>,
) -> RouteResult<Json<SavedFile>> {
    Ok(Json(SavedFile { path: require_shell(&app)?.shell.save_file(request).await? }))
}

pub(crate) async fn reveal_folder(
    State(app): State<App>,
    JsonBody(request): JsonBody<RevealFolderRequest>,
) -> RouteResult<StatusCode> {
    require_shell(&app)?.shell.reveal_folder(request.folder)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn get_hotkeys(State(app): State<App>) -> RouteResult<Json<Hotkeys>> {
    Ok(Json(require_shell(&app)?.shell.get_hotkeys()))
}

pub(crate) async fn change_hotkeys(
    State(app): State<App>,
    JsonBody(change): JsonBody<HotkeyChange>,
) -> RouteResult<Json<Hotkeys>> {
    let hotkeys = require_shell(&app)?.shell.change_hotkeys(&change)?;
    app.machine.store_setting(ASK_HOTKEY_SETTING, toml::Value::String(hotkeys.ask.clone()))?;
    Ok(Json(hotkeys))
}

pub(crate) async fn show_window(
    State(app): State<App>,
    JsonBody(request): JsonBody<ShowWindowRequest>,
) -> RouteResult<StatusCode> {
    require_shell(&app)?.shell.show_window(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn list_microphones(State(app): State<App>) -> RouteResult<Json<MicrophoneList>> {
    let shell = &require_shell(&app)?.shell;
    let (microphones, problem) = (shell.list_microphones().await?, shell.microphone_problem());
    Ok(Json(MicrophoneList {
        microphones,
        chosen: app.machine.effective_settings()?.settings.desktop.microphone,
        problem,
    }))
}

pub(crate) async fn start_dictation(
    State(app): State<App>,
    JsonBody(request): JsonBody<StartDictationRequest>,
) -> RouteResult<Json<DictationNumber>> {
    let number = dictation::start_dictation(&app, require_shell(&app)?, &request).await?;
    Ok(Json(DictationNumber { number: Some(number) }))
}

pub(crate) async fn finish_dictation(
    State(app): State<App>,
    JsonBody(request): JsonBody<DictationNumber>,
) -> RouteResult<StatusCode> {
    app.dictation_slot.finish_active(request.number);
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn cancel_dictation(
    State(app): State<App>,
    JsonBody(request): JsonBody<DictationNumber>,
) -> RouteResult<StatusCode> {
    dictation::cancel_dictation(&app, require_shell(&app)?, request.number);
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn list_voices(State(app): State<App>) -> RouteResult<Json<VoiceList>> {
    let voices = require_shell(&app)?.shell.list_voices().await?;
    let desktop = app.machine.effective_settings()?.settings.desktop;
    Ok(Json(VoiceList { voices, chosen: desktop.voice, rate: desktop.voice_rate }))
}

pub(crate) async fn read_aloud(
    State(app): State<App>,
    JsonBody(request): JsonBody<ReadAloudRequest>,
) -> RouteResult<StatusCode> {
    read_aloud::start_reading_aloud(&app, require_shell(&app)?, request).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn stop_reading(State(app): State<App>) -> RouteResult<StatusCode> {
    require_shell(&app)?;
    app.current_reading.stop_reading();
    Ok(StatusCode::NO_CONTENT)
}
