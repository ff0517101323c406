//! The operation table: every operation of a node, once.

use hearth_domain::{Conversation, Job, Note, Notebook, Source, Turn, TurnEvent};

use crate::operation::{
    Accepted, Bytes, Created, EmptyBody, Events, FilesOrJson, Form, Home, Json, Method, Operation,
    OperationInfo, RequestBody, ResponseBody, Scope, Socket, Text,
};
#[allow(clippy::wildcard_imports)] // the table names nearly all of them
use crate::{NodeEvent, openai, requests::*, responses::*, shell::*, speech::*, transcripts::*};

macro_rules! operations {
    ($(
        $(#[doc = $summary:literal])+
        $name:ident: $method:ident $path:literal, $home:ident, $scope:ident,
        ($query:ty, $request:ty) -> $response:ty;
    )*) => {
        $(
            $(#[doc = $summary])+
            pub struct $name;

            impl Operation for $name {
                const INFO: OperationInfo = OperationInfo {
                    name: stringify!($name),
                    summary: concat!($($summary),+),
                    method: Method::$method,
                    path: $path,
                    home: Home::$home,
                    scope: Scope::$scope,
                    status: <$response as ResponseBody>::STATUS,
                    request_media: <$request as RequestBody>::MEDIA_TYPE,
                    has_files: <$request as RequestBody>::HAS_FILES,
                    response_media: <$response as ResponseBody>::MEDIA_TYPE,
                    query_schema: |generator| generator.subschema_for::<$query>(),
                    request_schema: <$request as RequestBody>::schema,
                    response_schema: <$response as ResponseBody>::schema,
                };
                type Query = $query;
                type Request = $request;
                type Response = $response;
            }
        )*

        /// All operations.
        pub const TABLE: &[OperationInfo] = &[$($name::INFO,)*];
    };
}

operations! {
    /// Lists the notebooks, newest first.
    ListNotebooks: Get "/api/notebooks", Library, Read, (PageQuery, EmptyBody) -> Json<NotebookList>;
    /// Creates a notebook.
    CreateNotebook: Post "/api/notebooks", Library, Write, ((), Json<NewNotebook>) -> Created<Notebook>;
    /// Returns a notebook.
    GetNotebook: Get "/api/notebooks/{id}", Library, Read, ((), EmptyBody) -> Json<Notebook>;
    /// Changes a notebook's title, emoji or description.
    ChangeNotebook: Patch "/api/notebooks/{id}", Library, Write, ((), Json<NotebookChange>) -> Json<Notebook>;
    /// Deletes a notebook, with the sources that no other notebook holds.
    DeleteNotebook: Delete "/api/notebooks/{id}", Library, Write, ((), EmptyBody) -> EmptyBody;

    /// Lists the sources of a notebook, oldest first.
    ListSources: Get "/api/notebooks/{id}/sources", Library, Read, (PageQuery, EmptyBody) -> Json<SourceList>;
    /// Adds files, addresses or a text; responds at once with the sources and their jobs.
    AddSources: Post "/api/notebooks/{id}/sources", Library, Write, ((), FilesOrJson<NewSources>) -> Accepted<AddedSources>;
    /// Removes a source from a notebook.
    RemoveSource: Delete "/api/notebooks/{id}/sources/{source}", Library, Write, ((), EmptyBody) -> EmptyBody;
    /// Returns the sources of a notebook that questions use.
    GetSelection: Get "/api/notebooks/{id}/selection", Library, Read, ((), EmptyBody) -> Json<Selection>;
    /// Sets the sources of a notebook that questions use.
    ChangeSelection: Put "/api/notebooks/{id}/selection", Library, Write, ((), Json<Selection>) -> Json<Selection>;
    /// Returns a source.
    GetSource: Get "/api/sources/{id}", Library, Read, ((), EmptyBody) -> Json<Source>;
    /// Renames a source.
    ChangeSource: Patch "/api/sources/{id}", Library, Write, ((), Json<SourceChange>) -> Json<Source>;
    /// Deletes a source from every notebook; searches no longer find it when the call returns.
    DeleteSource: Delete "/api/sources/{id}", Library, Write, ((), EmptyBody) -> EmptyBody;
    /// Reads a source again, for example after an update; it can be asked meanwhile.
    ReadSourceAgain: Post "/api/sources/{id}/read", Library, Write, ((), EmptyBody) -> Accepted<Job>;
    /// Returns the text of a source's revision, with its sections.
    GetSourceText: Get "/api/sources/{id}/text", Library, Read, (RevisionQuery, EmptyBody) -> Json<SourceText>;
    /// Lists the places of a range of the text in the original.
    ListPlaces: Get "/api/sources/{id}/places", Library, Read, (PlacesQuery, EmptyBody) -> Json<PlaceList>;
    /// Returns the sentences of a recording's transcript with their times.
    GetTranscript: Get "/api/sources/{id}/transcript", Library, Read, (RevisionQuery, EmptyBody) -> Json<TranscriptLines>;
    /// Returns the original, byte for byte; range requests are supported.
    GetOriginal: Get "/api/sources/{id}/original", Library, Read, ((), EmptyBody) -> Bytes;
    /// Returns a page of a PDF as a PNG, or a picture, which has one page.
    GetPageImage: Get "/api/sources/{id}/pages/{n}", Library, Read, (PageImageQuery, EmptyBody) -> Bytes;
    /// Lists the passages of a source's current revision.
    ListPassages: Get "/api/sources/{id}/passages", Library, Read, ((), EmptyBody) -> Json<PassageList>;

    /// Lists the notes of a notebook, newest first.
    ListNotes: Get "/api/notebooks/{id}/notes", Library, Read, (PageQuery, EmptyBody) -> Json<NoteList>;
    /// Creates a note, from one's own text or from an answer.
    CreateNote: Post "/api/notebooks/{id}/notes", Library, Write, ((), Json<NewNote>) -> Created<Note>;
    /// Returns a note.
    GetNote: Get "/api/notes/{id}", Library, Read, ((), EmptyBody) -> Json<Note>;
    /// Changes a note.
    ChangeNote: Patch "/api/notes/{id}", Library, Write, ((), Json<NoteChange>) -> Json<Note>;
    /// Deletes a note.
    DeleteNote: Delete "/api/notes/{id}", Library, Write, ((), EmptyBody) -> EmptyBody;

    /// Lists the items deleted in the last 30 days, latest first.
    ListTrash: Get "/api/trash", Library, Read, ((), EmptyBody) -> Json<TrashList>;
    /// Restores an item from the trash; a notebook comes with its sources.
    RestoreFromTrash: Post "/api/trash/{id}/restore", Library, Write, ((), EmptyBody) -> EmptyBody;
    /// Deletes everything in the trash for good.
    EmptyTrash: Delete "/api/trash", Library, Write, ((), EmptyBody) -> EmptyBody;

    /// Searches a notebook, or the whole library; notes are searched too.
    Search: Get "/api/search", Library, Read, (SearchQuery, EmptyBody) -> Json<SearchResult>;

    /// Asks a question; the turn continues whether or not a client listens.
    AskQuestion: Post "/api/notebooks/{id}/turns", Library, Write, ((), Json<NewQuestion>) -> Created<Turn>;
    /// Returns a turn in its present state.
    GetTurn: Get "/api/turns/{id}", Library, Read, ((), EmptyBody) -> Json<Turn>;
    /// Streams the events of a turn, from the start or after `Last-Event-ID`.
    StreamTurnEvents: Get "/api/turns/{id}/events", Library, Read, ((), EmptyBody) -> Events<TurnEvent>;
    /// Cancels a turn.
    CancelTurn: Post "/api/turns/{id}/cancel", Library, Write, ((), EmptyBody) -> Json<Turn>;
    /// Lists the conversations of a notebook, newest first, without their turns' text.
    ListConversations: Get "/api/notebooks/{id}/conversations", Library, Read, (PageQuery, EmptyBody) -> Json<ConversationList>;
    /// Returns a conversation with its turns.
    GetConversation: Get "/api/conversations/{id}", Library, Read, ((), EmptyBody) -> Json<Conversation>;
    /// Renames a conversation.
    ChangeConversation: Patch "/api/conversations/{id}", Library, Write, ((), Json<ConversationChange>) -> Json<Conversation>;
    /// Deletes a conversation.
    DeleteConversation: Delete "/api/conversations/{id}", Library, Write, ((), EmptyBody) -> EmptyBody;

    /// Lists the jobs, newest first.
    ListJobs: Get "/api/jobs", Library, Read, (PageQuery, EmptyBody) -> Json<JobList>;
    /// Returns a job.
    GetJob: Get "/api/jobs/{id}", Library, Read, ((), EmptyBody) -> Json<Job>;
    /// Cancels a job.
    CancelJob: Post "/api/jobs/{id}/cancel", Library, Write, ((), EmptyBody) -> Json<Job>;
    /// Runs a failed or cancelled job again.
    RetryJob: Post "/api/jobs/{id}/retry", Library, Write, ((), EmptyBody) -> Json<Job>;
    /// Streams changes as they happen; after `Last-Event-ID`, the missed ones first.
    StreamNodeEvents: Get "/api/events", Library, Read, ((), EmptyBody) -> Events<NodeEvent>;

    /// Transcribes speech as it is spoken, over a WebSocket: samples are binary messages (16 bits,
    /// little-endian, one channel), commands are text messages; progress comes back as text messages. The
    /// stream ends with the text, or with the reason why there is none.
    StreamDictation: Get "/api/dictate", Library, Write, (StreamDictationQuery, Socket<DictationCommand>) -> Socket<DictationEvent>;
    /// Lists the pending dictations, latest first.
    ListPendingDictations: Get "/api/dictations", Library, Read, ((), EmptyBody) -> Json<PendingDictationList>;
    /// Returns the recording of a pending dictation, a WAV file.
    GetPendingDictation: Get "/api/dictations/{id}", Library, Read, ((), EmptyBody) -> Bytes;
    /// Transcribes a pending dictation; it stays until it is deleted.
    TranscribePendingDictation: Post "/api/dictations/{id}/text", Library, Write, ((), Json<TranscribeDictationRequest>) -> Json<TranscribedDictation>;
    /// Deletes a pending dictation for good.
    DeletePendingDictation: Delete "/api/dictations/{id}", Library, Write, ((), EmptyBody) -> EmptyBody;

    /// Lists the models of the catalogue and of the language model server.
    ListModels: Get "/api/models", Machine, Read, (ModelQuery, EmptyBody) -> Json<ModelList>;
    /// Returns a model.
    GetModel: Get "/api/models/{id}", Machine, Read, ((), EmptyBody) -> Json<Model>;
    /// Adds a model of the catalogue from a folder of this machine.
    AddModel: Post "/api/models", Machine, Models, ((), Json<NewModel>) -> Created<Model>;
    /// Downloads a model of the catalogue, resuming an earlier attempt.
    DownloadModel: Post "/api/models/download", Machine, Models, ((), Json<ModelDownload>) -> Accepted<Job>;
    /// Deletes a model's files from this machine.
    DeleteModel: Delete "/api/models/{id}", Machine, Models, ((), EmptyBody) -> EmptyBody;

    /// Lists all settings: value, origin, default, allowed values.
    ListSettings: Get "/api/settings", Machine, Read, ((), EmptyBody) -> Json<SettingList>;
    /// Changes settings: an object of `section.key` and value; null restores the default.
    ChangeSettings: Patch "/api/settings", Machine, Admin, ((), Json<SettingChanges>) -> Json<SettingList>;
    /// Tests if a section's settings work.
    TestSettings: Post "/api/settings/test", Machine, Admin, ((), Json<SettingsTestRequest>) -> Json<SettingsTestResult>;

    /// Lists the keys of programs, without their secrets.
    ListKeys: Get "/api/keys", Machine, Admin, ((), EmptyBody) -> Json<KeyList>;
    /// Creates a key; its secret is shown only this once.
    CreateKey: Post "/api/keys", Machine, Admin, ((), Json<NewKey>) -> Created<CreatedKey>;
    /// Revokes a key at once.
    RevokeKey: Delete "/api/keys/{id}", Machine, Admin, ((), EmptyBody) -> EmptyBody;

    /// Lists the backups of this library, latest first.
    ListBackups: Get "/api/backups", Library, Read, ((), EmptyBody) -> Json<BackupList>;
    /// Writes the whole library to one file; work continues meanwhile.
    CreateBackup: Post "/api/backups", Library, Admin, ((), EmptyBody) -> Created<Backup>;
    /// Reads a backup from end to end and checks every part.
    VerifyBackup: Post "/api/backups/{id}/verify", Library, Admin, ((), EmptyBody) -> Json<BackupCheck>;
    /// Restores a backup as this node's library at the next start; the present library is kept beside it.
    RestoreBackup: Post "/api/backups/{id}/restore", Library, Admin, ((), EmptyBody) -> Json<BackupCheck>;

    /// Checks everything that Hearth needs, and names a remedy for each problem.
    RunDoctor: Get "/api/doctor", Machine, Read, ((), EmptyBody) -> Json<DoctorReport>;
    /// Returns counters for Prometheus.
    GetMetrics: Get "/metrics", Machine, Read, ((), EmptyBody) -> Text;

    /// Lists the models of the OpenAI-compatible operations.
    ListOpenAiModels: Get "/v1/models", Library, Read, ((), EmptyBody) -> Json<openai::ModelList>;
    /// Returns a model of the OpenAI-compatible operations.
    GetOpenAiModel: Get "/v1/models/{id}", Library, Read, ((), EmptyBody) -> Json<openai::Model>;
    /// Embeds texts, as in OpenAI's API.
    CreateOpenAiEmbeddings: Post "/v1/embeddings", Machine, Read, ((), Json<openai::EmbeddingRequest>) -> Json<openai::EmbeddingList>;
    /// Transcribes a recording, as in OpenAI's API; as JSON, text, SubRip or WebVTT.
    CreateOpenAiTranscription: Post "/v1/audio/transcriptions", Machine, Read, ((), Form<openai::TranscriptionRequest>) -> Json<openai::Transcription>;
    /// Answers as in OpenAI's API: from a notebook if the model is `notebook:ID`, or else by a language model.
    CreateOpenAiChatCompletion: Post "/v1/chat/completions", Library, Write, ((), Json<openai::ChatRequest>) -> Json<openai::ChatCompletion>;
    /// Answers as in OpenAI's API for responses, with text alone.
    CreateOpenAiResponse: Post "/v1/responses", Library, Write, ((), Json<openai::ResponsesRequest>) -> Json<openai::Response>;

    /// Opens the system's dialog for files or a folder, and adds the chosen ones.
    PickFiles: Post "/api/shell/pick", Shell, Write, ((), Json<PickFilesRequest>) -> Json<AddedFiles>;
    /// Adds the files that wait in the shell: dropped on its window, or opened with Hearth.
    AddPendingFiles: Post "/api/shell/take", Shell, Write, ((), Json<AddPendingFilesRequest>) -> Json<AddedFiles>;
    /// Saves a source's original, or a text, in the downloads folder.
    SaveFile: Post "/api/shell/save", Shell, Write, ((), Json<SaveFileRequest>) -> Json<SavedFile>;
    /// Shows a folder in the system's file manager.
    RevealFolder: Post "/api/shell/reveal", Shell, Admin, ((), Json<RevealFolderRequest>) -> EmptyBody;
    /// Returns the hotkeys, which work in every program.
    GetHotkeys: Get "/api/shell/hotkeys", Shell, Read, ((), EmptyBody) -> Json<Hotkeys>;
    /// Changes the hotkeys; keys that another program holds are refused.
    ChangeHotkeys: Patch "/api/shell/hotkeys", Shell, Admin, ((), Json<HotkeyChange>) -> Json<Hotkeys>;
    /// Lists the microphones of this machine.
    ListMicrophones: Get "/api/shell/microphones", Shell, Read, ((), EmptyBody) -> Json<MicrophoneList>;
    /// Starts a dictation with the microphone of this machine; progress and text arrive as events.
    StartDictation: Post "/api/shell/listen", Shell, Write, ((), Json<StartDictationRequest>) -> Json<DictationNumber>;
    /// Finishes a dictation: its recording becomes text.
    FinishDictation: Post "/api/shell/listen/stop", Shell, Write, ((), Json<DictationNumber>) -> EmptyBody;
    /// Cancels a dictation: its recording is discarded.
    CancelDictation: Post "/api/shell/listen/drop", Shell, Write, ((), Json<DictationNumber>) -> EmptyBody;
    /// Lists the voices that can read aloud.
    ListVoices: Get "/api/shell/voices", Shell, Read, ((), EmptyBody) -> Json<VoiceList>;
    /// Reads an answer aloud while it is written, or a short text; stops any earlier reading.
    ReadAloud: Post "/api/shell/read", Shell, Write, ((), Json<ReadAloudRequest>) -> EmptyBody;
    /// Stops reading aloud at once.
    StopReading: Post "/api/shell/read/stop", Shell, Write, ((), EmptyBody) -> EmptyBody;
    /// Brings the window to the front, optionally with files to add.
    ShowWindow: Post "/api/shell/show", Shell, Admin, ((), Json<ShowWindowRequest>) -> EmptyBody;

    /// Creates an address that opens the node in a browser, once, within ten minutes.
    CreateLoginCode: Post "/api/codes", Machine, Admin, ((), EmptyBody) -> Created<LoginAddress>;
    /// Returns the identity and state of this node.
    GetStatus: Get "/api/status", Machine, Read, ((), EmptyBody) -> Json<Status>;
    /// Reports that the process is alive.
    GetHealth: Get "/health", Machine, Open, ((), EmptyBody) -> Json<HealthReport>;
    /// Reports if searching and adding work.
    GetReadiness: Get "/ready", Machine, Open, ((), EmptyBody) -> Json<ReadyReport>;
    /// Returns this description.
    GetOpenApi: Get "/openapi.json", Machine, Open, ((), EmptyBody) -> Json<serde_json::Value>;
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap, HashSet};

    use super::TABLE;
    use crate::operation::{Home, Method, OperationInfo, Scope};

    /// Names of the operations with a property.
    fn names_of(has_property: impl Fn(&OperationInfo) -> bool) -> BTreeSet<&'static str> {
        TABLE.iter().filter(|row| has_property(row)).map(|row| row.name).collect()
    }

    #[test]
    fn no_operation_stands_twice() {
        let mut routes = HashSet::new();
        let mut names = HashSet::new();
        for row in TABLE {
            assert!(names.insert(row.name), "{} stands twice", row.name);
            assert!(
                routes.insert((row.method, row.path)),
                "{} {} stands twice",
                row.method.as_str(),
                row.path
            );
        }
    }

    #[test]
    fn parameters_at_one_place_have_one_name() {
        // A router refuses two names for the same segment.
        let mut names = HashMap::new();
        for row in TABLE {
            for (at, _) in row.path.match_indices('{') {
                let (start, rest) = row.path.split_at(at);
                let name = rest.split('/').next();
                let known = names.entry(start).or_insert(name);
                assert_eq!(*known, name, "{}", row.path);
            }
        }
    }

    #[test]
    fn a_parameter_is_a_segment_of_its_own() {
        for segment in TABLE.iter().flat_map(|row| row.path.split('/').skip(1)) {
            let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(segment);
            assert!(!name.is_empty() && !name.contains(['{', '}', '?', '%']), "{segment}");
        }
    }

    #[test]
    fn without_credentials_a_node_only_says_that_it_lives_and_what_it_offers() {
        let open = names_of(|row| row.scope == Scope::Open);
        assert_eq!(open, BTreeSet::from(["GetHealth", "GetOpenApi", "GetReadiness"]));
    }

    #[test]
    fn a_key_for_reading_changes_nothing() {
        // These compute something and store nothing.
        let computing = BTreeSet::from(["CreateOpenAiEmbeddings", "CreateOpenAiTranscription"]);
        let is_change = |row: &OperationInfo| row.method != Method::Get && row.scope == Scope::Read;
        assert_eq!(names_of(is_change), computing);
    }

    #[test]
    fn keys_and_login_codes_need_the_highest_scope() {
        // A key that could make keys could give itself any scope.
        let guarded = names_of(|row| row.path.starts_with("/api/keys") || row.path == "/api/codes");
        assert_eq!(guarded.len(), 4);
        assert!(guarded.is_subset(&names_of(|row| row.scope == Scope::Admin)), "{guarded:?}");
    }

    #[test]
    fn the_paths_of_the_desktop_program_are_its_own() {
        let by_home = names_of(|row| row.home == Home::Shell);
        assert_eq!(by_home, names_of(|row| row.path.starts_with("/api/shell/")));
    }

    #[test]
    fn reading_and_deleting_have_no_body() {
        let has_body = |row: &OperationInfo| {
            // A WebSocket begins with a GET; its messages are described as bodies.
            matches!(row.method, Method::Get | Method::Delete)
                && row.status != 101
                && row.request_media.is_some()
        };
        assert_eq!(names_of(has_body), BTreeSet::new());
        assert_eq!(
            names_of(|row| row.method == Method::Get && row.response_media.is_none()),
            BTreeSet::new()
        );
    }

    #[test]
    fn only_an_empty_response_has_status_204() {
        for row in TABLE {
            assert_eq!(row.status == 204, row.response_media.is_none(), "{}", row.name);
        }
    }
}
