//! Routes, from the operation table.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, any, get, on};
use hearth_wire::ErrorCode;
use hearth_wire::operation::{Method, Operation};
use hearth_wire::operations as op;

use crate::app::App;
use crate::route_error::RouteError;
use crate::{dictation, docs, guard, interface, routes};

/// Limit of a JSON body in bytes: a pasted text may be long.
const MAX_JSON_BYTES: usize = 32 << 20;

/// Router under construction, with the names of the operations that have a route.
pub(crate) struct OperationRoutes {
    app: App,
    router: Router<App>,
}

impl OperationRoutes {
    fn add_operation<O: Operation, T: 'static>(mut self, handler: impl Handler<T, App>) -> Self {
        let method = match O::INFO.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Patch => MethodFilter::PATCH,
            Method::Delete => MethodFilter::DELETE,
        };
        let state = (self.app.clone(), O::INFO.scope, O::INFO.home);
        let route = on(method, handler).layer(from_fn_with_state(state, guard::authorize));
        self.router = self.router.route(O::INFO.path, route);
        self
    }
}

/// All operations with their handlers.
pub(crate) fn operation_routes(app: &App) -> OperationRoutes {
    let routes = OperationRoutes { app: app.clone(), router: Router::new() };
    let routes = routes
        .add_operation::<op::ListNotebooks, _>(routes::notebooks::list_notebooks)
        .add_operation::<op::CreateNotebook, _>(routes::notebooks::create_notebook)
        .add_operation::<op::GetNotebook, _>(routes::notebooks::get_notebook)
        .add_operation::<op::ChangeNotebook, _>(routes::notebooks::change_notebook)
        .add_operation::<op::DeleteNotebook, _>(routes::notebooks::delete_notebook)
        .add_operation::<op::GetSelection, _>(routes::notebooks::get_selection)
        .add_operation::<op::ChangeSelection, _>(routes::notebooks::choose_selection)
        .add_operation::<op::ListNotes, _>(routes::notes::list_notes)
        .add_operation::<op::CreateNote, _>(routes::notes::create_note)
        .add_operation::<op::GetNote, _>(routes::notes::get_note)
        .add_operation::<op::ChangeNote, _>(routes::notes::change_note)
        .add_operation::<op::DeleteNote, _>(routes::notes::delete_note)
        .add_operation::<op::ListSources, _>(routes::sources::list_sources)
        .add_operation::<op::AddSources, _>(routes::add::add_sources)
        .add_operation::<op::RemoveSource, _>(routes::sources::remove_source)
        .add_operation::<op::GetSource, _>(routes::sources::get_source)
        .add_operation::<op::ChangeSource, _>(routes::sources::change_source)
        .add_operation::<op::DeleteSource, _>(routes::sources::delete_source)
        .add_operation::<op::ReadSourceAgain, _>(routes::sources::read_source_again)
        .add_operation::<op::GetSourceText, _>(routes::sources::get_source_text)
        .add_operation::<op::ListPlaces, _>(routes::sources::get_places)
        .add_operation::<op::GetTranscript, _>(routes::sources::get_transcript)
        .add_operation::<op::GetOriginal, _>(routes::sources::get_original)
        .add_operation::<op::GetPageImage, _>(routes::sources::get_page_image)
        .add_operation::<op::ListPassages, _>(routes::sources::list_passages);
    routes
        .add_operation::<op::ListTrash, _>(routes::trash::list_trash)
        .add_operation::<op::RestoreFromTrash, _>(routes::trash::restore_from_trash)
        .add_operation::<op::EmptyTrash, _>(routes::trash::empty_trash)
        .add_operation::<op::Search, _>(routes::search::search_library)
        .add_operation::<op::AskQuestion, _>(routes::turns::ask_question)
        .add_operation::<op::GetTurn, _>(routes::turns::get_turn)
        .add_operation::<op::StreamTurnEvents, _>(routes::turns::stream_turn_events)
        .add_operation::<op::CancelTurn, _>(routes::turns::cancel_turn)
        .add_operation::<op::ListConversations, _>(routes::turns::list_conversations)
        .add_operation::<op::GetConversation, _>(routes::turns::get_conversation)
        .add_operation::<op::ChangeConversation, _>(routes::turns::change_conversation)
        .add_operation::<op::DeleteConversation, _>(routes::turns::delete_conversation)
        .add_operation::<op::ListJobs, _>(routes::jobs::list_jobs)
        .add_operation::<op::GetJob, _>(routes::jobs::get_job)
        .add_operation::<op::CancelJob, _>(routes::jobs::cancel_job)
        .add_operation::<op::RetryJob, _>(routes::jobs::retry_job)
        .add_operation::<op::StreamNodeEvents, _>(routes::jobs::stream_node_events)
        .add_operation::<op::StreamDictation, _>(dictation::stream_dictation)
        .add_operation::<op::ListPendingDictations, _>(routes::pending_dictations::list_pending_dictations)
        .add_operation::<op::GetPendingDictation, _>(routes::pending_dictations::get_pending_dictation)
        .add_operation::<op::TranscribePendingDictation, _>(
            routes::pending_dictations::transcribe_pending_dictation,
        )
        .add_operation::<op::DeletePendingDictation, _>(routes::pending_dictations::delete_pending_dictation)
        .add_operation::<op::ListModels, _>(routes::machine::list_models)
        .add_operation::<op::GetModel, _>(routes::machine::get_model)
        .add_operation::<op::AddModel, _>(routes::machine::add_model)
        .add_operation::<op::DownloadModel, _>(routes::machine::download_model)
        .add_operation::<op::DeleteModel, _>(routes::machine::delete_model)
        .add_operation::<op::ListSettings, _>(routes::settings::get_settings)
        .add_operation::<op::ChangeSettings, _>(routes::settings::update_settings)
        .add_operation::<op::TestSettings, _>(routes::settings::test_settings)
        .add_operation::<op::ListKeys, _>(routes::keys::list_keys)
        .add_operation::<op::CreateKey, _>(routes::keys::create_key)
        .add_operation::<op::RevokeKey, _>(routes::keys::revoke_key)
        .add_operation::<op::ListBackups, _>(routes::backups::list_backups)
        .add_operation::<op::CreateBackup, _>(routes::backups::create_backup)
        .add_operation::<op::VerifyBackup, _>(routes::backups::verify_stored_backup)
        .add_operation::<op::RestoreBackup, _>(routes::backups::restore_backup)
        .add_operation::<op::RunDoctor, _>(routes::doctor::get_doctor_report)
        .add_operation::<op::GetMetrics, _>(routes::machine::get_metrics)
        .add_operation::<op::ListOpenAiModels, _>(routes::openai::models::list_models)
        .add_operation::<op::GetOpenAiModel, _>(routes::openai::models::get_model)
        .add_operation::<op::CreateOpenAiEmbeddings, _>(routes::openai::embeddings::create_embeddings)
        .add_operation::<op::CreateOpenAiTranscription, _>(routes::audio::transcribe_recording)
        .add_operation::<op::CreateOpenAiChatCompletion, _>(routes::openai::chat::complete_chat)
        .add_operation::<op::CreateOpenAiResponse, _>(routes::openai::responses::create_response)
        .add_operation::<op::PickFiles, _>(routes::shell::pick_files)
        .add_operation::<op::AddPendingFiles, _>(routes::shell::take_files)
        .add_operation::<op::SaveFile, _>(routes::shell::save_file)
        .add_operation::<op::RevealFolder, _>(routes::shell::reveal_folder)
        .add_operation::<op::GetHotkeys, _>(routes::shell::get_hotkeys)
        .add_operation::<op::ChangeHotkeys, _>(routes::shell::change_hotkeys)
        .add_operation::<op::ListMicrophones, _>(routes::shell::list_microphones)
        .add_operation::<op::ListVoices, _>(routes::shell::list_voices)
        .add_operation::<op::ReadAloud, _>(routes::shell::read_aloud)
        .add_operation::<op::StopReading, _>(routes::shell::stop_reading)
        .add_operation::<op::StartDictation, _>(routes::shell::start_dictation)
        .add_operation::<op::FinishDictation, _>(routes::shell::finish_dictation)
        .add_operation::<op::CancelDictation, _>(routes::shell::cancel_dictation)
        .add_operation::<op::ShowWindow, _>(routes::shell::show_window)
        .add_operation::<op::CreateLoginCode, _>(routes::keys::create_code)
        .add_operation::<op::GetStatus, _>(routes::machine::get_status)
        .add_operation::<op::GetHealth, _>(routes::machine::get_health)
        .add_operation::<op::GetReadiness, _>(routes::machine::get_readiness)
        .add_operation::<op::GetOpenApi, _>(routes::machine::get_openapi)
}

/// Router of the whole node, with its middleware.
pub(crate) fn build_router(app: App) -> Router {
    let info = op::GetOpenAiModel::INFO;
    let access = from_fn_with_state((app.clone(), info.scope, info.home), guard::authorize);
    let model_at_path = get(routes::openai::models::get_model_at_path).layer(access);
    operation_routes(&app)
        .router
        .route("/", get(interface::open_interface))
        .route("/docs", get(docs::serve_docs_page))
        .route("/docs.css", get(docs::serve_docs_style))
        .route("/v1/models/{id}/{*rest}", model_at_path)
        .route("/v1/{*rest}", any(routes::openai::refuse_endpoint))
        .fallback(interface::serve_interface_file)
        .route_layer(axum::middleware::from_fn(guard::store_matched_route))
        .layer(map_response(convert_axum_errors))
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .layer(from_fn_with_state(app.clone(), guard::request_layer))
        .with_state(app)
}

/// Converts refusals that axum makes by itself to the wire's form.
async fn convert_axum_errors(response: Response) -> Response {
    match response.status().as_u16() {
        405 => RouteError::invalid_request("this address does not support this HTTP method; see /docs")
            .into_response(),
        413 if response.extensions().get::<hearth_wire::ErrorBody>().is_none() => {
            RouteError::new(ErrorCode::TooLarge, "the request is larger than this node accepts")
                .into_response()
        }
        _ => response,
    }
}
