//! Routes, from the operation table.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, get, on};
use hearth_wire::ErrorCode;
use hearth_wire::operation::{Method, Operation};
use hearth_wire::operations as op;

use crate::app::App;
use crate::failure::Failure;
use crate::{docs, guard, interface, routes, voice};

/// Largest JSON body: a pasted text may be long.
const JSON_BYTES: usize = 32 << 20;

/// Routes being collected, with the operations that have one.
pub(crate) struct Routes {
    app: App,
    router: Router<App>,
    pub(crate) served: Vec<&'static str>,
}

impl Routes {
    fn on<O: Operation, T: 'static>(mut self, handler: impl Handler<T, App>) -> Self {
        let method = match O::INFO.method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Patch => MethodFilter::PATCH,
            Method::Delete => MethodFilter::DELETE,
        };
        let state = (self.app.clone(), O::INFO.scope, O::INFO.home);
        let route = on(method, handler).layer(from_fn_with_state(state, guard::allowed));
        self.router = self.router.route(O::INFO.path, route);
        self.served.push(O::INFO.name);
        self
    }
}

/// All operations with their handlers.
pub(crate) fn operations(app: &App) -> Routes {
    let routes = Routes { app: app.clone(), router: Router::new(), served: Vec::new() };
    let routes = routes
        .on::<op::ListNotebooks, _>(routes::notebooks::list)
        .on::<op::CreateNotebook, _>(routes::notebooks::create)
        .on::<op::GetNotebook, _>(routes::notebooks::get)
        .on::<op::ChangeNotebook, _>(routes::notebooks::change)
        .on::<op::DeleteNotebook, _>(routes::notebooks::delete)
        .on::<op::GetSelection, _>(routes::notebooks::selection)
        .on::<op::ChooseSelection, _>(routes::notebooks::select)
        .on::<op::ListNotes, _>(routes::notes::list)
        .on::<op::CreateNote, _>(routes::notes::create)
        .on::<op::GetNote, _>(routes::notes::get)
        .on::<op::ChangeNote, _>(routes::notes::change)
        .on::<op::DeleteNote, _>(routes::notes::delete)
        .on::<op::ListSources, _>(routes::sources::list)
        .on::<op::AddSources, _>(routes::add::add)
        .on::<op::RemoveSource, _>(routes::sources::remove)
        .on::<op::GetSource, _>(routes::sources::get)
        .on::<op::ChangeSource, _>(routes::sources::change)
        .on::<op::DeleteSource, _>(routes::sources::delete)
        .on::<op::GetSourceText, _>(routes::sources::text)
        .on::<op::GetPlaces, _>(routes::sources::places)
        .on::<op::GetTranscript, _>(routes::sources::transcript)
        .on::<op::GetOriginal, _>(routes::sources::original)
        .on::<op::GetPageImage, _>(routes::sources::page_image)
        .on::<op::ListPassages, _>(routes::sources::passages);
    routes
        .on::<op::ListTrash, _>(routes::trash::list)
        .on::<op::RestoreFromTrash, _>(routes::trash::restore)
        .on::<op::EmptyTrash, _>(routes::trash::empty)
        .on::<op::Search, _>(routes::search::search)
        .on::<op::Ask, _>(routes::turns::ask)
        .on::<op::GetTurn, _>(routes::turns::get)
        .on::<op::TurnEvents, _>(routes::turns::events)
        .on::<op::CancelTurn, _>(routes::turns::cancel)
        .on::<op::ListConversations, _>(routes::turns::conversations)
        .on::<op::GetConversation, _>(routes::turns::conversation)
        .on::<op::ChangeConversation, _>(routes::turns::rename)
        .on::<op::DeleteConversation, _>(routes::turns::delete)
        .on::<op::ListJobs, _>(routes::jobs::list)
        .on::<op::GetJob, _>(routes::jobs::get)
        .on::<op::CancelJob, _>(routes::jobs::cancel)
        .on::<op::RetryJob, _>(routes::jobs::retry)
        .on::<op::NodeEvents, _>(routes::jobs::events)
        .on::<op::Dictate, _>(voice::dictate)
        .on::<op::ListDictations, _>(routes::dictations::list)
        .on::<op::GetDictation, _>(routes::dictations::get)
        .on::<op::WriteDictation, _>(routes::dictations::write)
        .on::<op::DeleteDictation, _>(routes::dictations::delete)
        .on::<op::ListModels, _>(routes::machine::models)
        .on::<op::GetModel, _>(routes::machine::model)
        .on::<op::AddModel, _>(routes::machine::add_model)
        .on::<op::DownloadModel, _>(routes::machine::download_model)
        .on::<op::DeleteModel, _>(routes::machine::delete_model)
        .on::<op::GetSettings, _>(routes::settings::get)
        .on::<op::ChangeSettings, _>(routes::settings::change)
        .on::<op::TestSettings, _>(routes::settings::test)
        .on::<op::ListKeys, _>(routes::keys::list)
        .on::<op::CreateKey, _>(routes::keys::create)
        .on::<op::RevokeKey, _>(routes::keys::revoke)
        .on::<op::ListBackups, _>(routes::backups::list)
        .on::<op::CreateBackup, _>(routes::backups::create)
        .on::<op::VerifyBackup, _>(routes::backups::verify)
        .on::<op::RestoreBackup, _>(routes::backups::restore)
        .on::<op::Doctor, _>(routes::doctor::report)
        .on::<op::Metrics, _>(routes::machine::metrics)
        .on::<op::OpenAiModels, _>(routes::openai::models)
        .on::<op::OpenAiEmbeddings, _>(routes::openai::embeddings)
        .on::<op::OpenAiTranscriptions, _>(routes::audio::transcribe)
        .on::<op::OpenAiChat, _>(routes::openai::chat)
        .on::<op::PickFiles, _>(routes::shell::pick)
        .on::<op::TakeFiles, _>(routes::shell::take)
        .on::<op::SaveFile, _>(routes::shell::save)
        .on::<op::Reveal, _>(routes::shell::reveal)
        .on::<op::GetHotkeys, _>(routes::shell::hotkeys)
        .on::<op::ChangeHotkeys, _>(routes::shell::change_hotkeys)
        .on::<op::ListMicrophones, _>(routes::shell::microphones)
        .on::<op::ListVoices, _>(routes::shell::voices)
        .on::<op::ReadAloud, _>(routes::shell::read)
        .on::<op::Hush, _>(routes::shell::hush)
        .on::<op::StartListening, _>(routes::shell::listen)
        .on::<op::StopListening, _>(routes::shell::stop_listening)
        .on::<op::DropListening, _>(routes::shell::drop_listening)
        .on::<op::Show, _>(routes::shell::show)
        .on::<op::CreateCode, _>(routes::keys::code)
        .on::<op::GetStatus, _>(routes::machine::status)
        .on::<op::Health, _>(routes::machine::health)
        .on::<op::Ready, _>(routes::machine::ready)
        .on::<op::OpenApi, _>(routes::machine::openapi)
}

/// The whole service.
pub(crate) fn router(app: App) -> Router {
    operations(&app)
        .router
        .route("/", get(interface::enter))
        .route("/docs", get(docs::page))
        .route("/docs.css", get(docs::style))
        .fallback(interface::file)
        .route_layer(axum::middleware::from_fn(guard::matched))
        .layer(map_response(in_our_form))
        .layer(DefaultBodyLimit::max(JSON_BYTES))
        .layer(from_fn_with_state(app.clone(), guard::outer))
        .with_state(app)
}

/// Refusals that the framework makes by itself, in the wire's form.
async fn in_our_form(response: Response) -> Response {
    match response.status().as_u16() {
        405 => Failure::invalid("this address is not asked in this way; see /docs").into_response(),
        413 if response.extensions().get::<hearth_wire::ErrorBody>().is_none() => {
            Failure::new(ErrorCode::TooLarge, "the request is larger than this node takes").into_response()
        }
        _ => response,
    }
}
