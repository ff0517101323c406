//! The operation table: every operation of a node, once.

use hearth_domain::{Conversation, Job, Note, Notebook, Source, Turn, TurnEvent};

use crate::operation::{
    Accepted, Bytes, Created, Events, FilesOr, Form, Home, Json, Method, Nothing, Operation, OperationInfo,
    RequestBody, ResponseBody, Scope, Socket, Text,
};
#[allow(clippy::wildcard_imports)] // the table names nearly all of them
use crate::{NodeEvent, openai, recordings::*, requests::*, responses::*, shell::*, voice::*};

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
    /// Notebooks, newest first.
    ListNotebooks: Get "/api/notebooks", Library, Read, (PageQuery, Nothing) -> Json<NotebookList>;
    /// Makes a notebook.
    CreateNotebook: Post "/api/notebooks", Library, Write, ((), Json<NewNotebook>) -> Created<Notebook>;
    /// A notebook.
    GetNotebook: Get "/api/notebooks/{id}", Library, Read, ((), Nothing) -> Json<Notebook>;
    /// Renames or describes a notebook.
    ChangeNotebook: Patch "/api/notebooks/{id}", Library, Write, ((), Json<NotebookChange>) -> Json<Notebook>;
    /// Deletes a notebook, with the sources that no other notebook holds.
    DeleteNotebook: Delete "/api/notebooks/{id}", Library, Write, ((), Nothing) -> Nothing;

    /// The sources of a notebook, oldest first.
    ListSources: Get "/api/notebooks/{id}/sources", Library, Read, (PageQuery, Nothing) -> Json<SourceList>;
    /// Adds files, addresses or a text; answers at once with the sources and their jobs.
    AddSources: Post "/api/notebooks/{id}/sources", Library, Write, ((), FilesOr<NewSources>) -> Accepted<AddedSources>;
    /// Takes a source out of a notebook.
    RemoveSource: Delete "/api/notebooks/{id}/sources/{source}", Library, Write, ((), Nothing) -> Nothing;
    /// Which sources of a notebook questions use.
    GetSelection: Get "/api/notebooks/{id}/selection", Library, Read, ((), Nothing) -> Json<Selection>;
    /// Chooses which sources of a notebook questions use.
    ChooseSelection: Put "/api/notebooks/{id}/selection", Library, Write, ((), Json<Selection>) -> Json<Selection>;
    /// A source.
    GetSource: Get "/api/sources/{id}", Library, Read, ((), Nothing) -> Json<Source>;
    /// Renames a source.
    ChangeSource: Patch "/api/sources/{id}", Library, Write, ((), Json<SourceChange>) -> Json<Source>;
    /// Deletes a source out of every notebook; nothing of it is findable when the call returns.
    DeleteSource: Delete "/api/sources/{id}", Library, Write, ((), Nothing) -> Nothing;
    /// The text of a source's revision, with its sections.
    GetSourceText: Get "/api/sources/{id}/text", Library, Read, (RevisionQuery, Nothing) -> Json<SourceText>;
    /// Where a range of the text stands in the original.
    GetPlaces: Get "/api/sources/{id}/places", Library, Read, (PlacesQuery, Nothing) -> Json<PlaceList>;
    /// The sentences of a recording's text with their times.
    GetTranscript: Get "/api/sources/{id}/transcript", Library, Read, (RevisionQuery, Nothing) -> Json<TranscriptLines>;
    /// The bytes as they came; ranges are answered.
    GetOriginal: Get "/api/sources/{id}/original", Library, Read, ((), Nothing) -> Bytes;
    /// A page of a PDF as a PNG, or a picture, which has one.
    GetPageImage: Get "/api/sources/{id}/pages/{n}", Library, Read, (PageImageQuery, Nothing) -> Bytes;
    /// The passages of a source's current revision.
    ListPassages: Get "/api/sources/{id}/passages", Library, Read, ((), Nothing) -> Json<PassageList>;

    /// The notes of a notebook, newest first.
    ListNotes: Get "/api/notebooks/{id}/notes", Library, Read, (PageQuery, Nothing) -> Json<NoteList>;
    /// Writes a note, of one's own or from an answer.
    CreateNote: Post "/api/notebooks/{id}/notes", Library, Write, ((), Json<NewNote>) -> Created<Note>;
    /// A note.
    GetNote: Get "/api/notes/{id}", Library, Read, ((), Nothing) -> Json<Note>;
    /// Changes a note.
    ChangeNote: Patch "/api/notes/{id}", Library, Write, ((), Json<NoteChange>) -> Json<Note>;
    /// Deletes a note.
    DeleteNote: Delete "/api/notes/{id}", Library, Write, ((), Nothing) -> Nothing;

    /// What was deleted in the last 30 days, latest first.
    ListTrash: Get "/api/trash", Library, Read, ((), Nothing) -> Json<TrashList>;
    /// Takes a thing out of the trash; a notebook comes with its sources.
    RestoreFromTrash: Post "/api/trash/{id}/restore", Library, Write, ((), Nothing) -> Nothing;
    /// Deletes all that is in the trash for good.
    EmptyTrash: Delete "/api/trash", Library, Write, ((), Nothing) -> Nothing;

    /// Searches a notebook, or everything; notes are found too.
    Search: Get "/api/search", Library, Read, (SearchQuery, Nothing) -> Json<SearchResult>;

    /// Asks a question; the turn runs on whether anyone listens or not.
    Ask: Post "/api/notebooks/{id}/turns", Library, Write, ((), Json<Question>) -> Created<Turn>;
    /// A turn as it is now.
    GetTurn: Get "/api/turns/{id}", Library, Read, ((), Nothing) -> Json<Turn>;
    /// The events of a turn, from the start or after `Last-Event-ID`.
    TurnEvents: Get "/api/turns/{id}/events", Library, Read, ((), Nothing) -> Events<TurnEvent>;
    /// Stops a turn.
    CancelTurn: Post "/api/turns/{id}/cancel", Library, Write, ((), Nothing) -> Json<Turn>;
    /// The conversations of a notebook, newest first, without their turns' text.
    ListConversations: Get "/api/notebooks/{id}/conversations", Library, Read, (PageQuery, Nothing) -> Json<ConversationList>;
    /// A conversation with its turns.
    GetConversation: Get "/api/conversations/{id}", Library, Read, ((), Nothing) -> Json<Conversation>;
    /// Renames a conversation.
    ChangeConversation: Patch "/api/conversations/{id}", Library, Write, ((), Json<ConversationChange>) -> Json<Conversation>;
    /// Deletes a conversation.
    DeleteConversation: Delete "/api/conversations/{id}", Library, Write, ((), Nothing) -> Nothing;

    /// Jobs, newest first.
    ListJobs: Get "/api/jobs", Library, Read, (PageQuery, Nothing) -> Json<JobList>;
    /// A job.
    GetJob: Get "/api/jobs/{id}", Library, Read, ((), Nothing) -> Json<Job>;
    /// Stops a job.
    CancelJob: Post "/api/jobs/{id}/cancel", Library, Write, ((), Nothing) -> Json<Job>;
    /// Starts a failed or cancelled job again.
    RetryJob: Post "/api/jobs/{id}/retry", Library, Write, ((), Nothing) -> Json<Job>;
    /// What changes, as it changes; after `Last-Event-ID`, what was missed.
    NodeEvents: Get "/api/events", Library, Read, ((), Nothing) -> Events<NodeEvent>;

    /// Writes down what is said while it is said, over a WebSocket: samples come as binary messages (16 bits, little-endian,
    /// one channel), orders as text; what becomes of it is answered as text. It ends with the text, or with why there is none.
    Dictate: Get "/api/dictate", Library, Write, (DictateQuery, Socket<DictateOrder>) -> Socket<Voice>;
    /// What was said and has not become text, the latest first.
    ListDictations: Get "/api/dictations", Library, Read, ((), Nothing) -> Json<DictationList>;
    /// The recording of one, a WAV file.
    GetDictation: Get "/api/dictations/{id}", Library, Read, ((), Nothing) -> Bytes;
    /// Makes text of one; it stays until it is deleted.
    WriteDictation: Post "/api/dictations/{id}/text", Library, Write, ((), Json<WriteRequest>) -> Json<WrittenDictation>;
    /// Deletes one for good.
    DeleteDictation: Delete "/api/dictations/{id}", Library, Write, ((), Nothing) -> Nothing;

    /// Models of the catalogue and of the language model server.
    ListModels: Get "/api/models", Machine, Read, (ModelQuery, Nothing) -> Json<ModelList>;
    /// A model.
    GetModel: Get "/api/models/{id}", Machine, Read, ((), Nothing) -> Json<Model>;
    /// Takes a model of the catalogue from a folder of this machine.
    AddModel: Post "/api/models", Machine, Models, ((), Json<NewModel>) -> Created<Model>;
    /// Downloads a model of the catalogue, going on where an earlier attempt stopped.
    DownloadModel: Post "/api/models/download", Machine, Models, ((), Json<ModelDownload>) -> Accepted<Job>;
    /// Deletes a model's files from this machine.
    DeleteModel: Delete "/api/models/{id}", Machine, Models, ((), Nothing) -> Nothing;

    /// All settings: value, origin, default, allowed values.
    GetSettings: Get "/api/settings", Machine, Read, ((), Nothing) -> Json<SettingList>;
    /// Changes settings: an object of `section.key` and value; null brings the default back.
    ChangeSettings: Patch "/api/settings", Machine, Admin, ((), Json<SettingChanges>) -> Json<SettingList>;
    /// Tries whether a section's settings work.
    TestSettings: Post "/api/settings/test", Machine, Admin, ((), Json<SectionChoice>) -> Json<SettingsTest>;

    /// The keys of programs, without the keys themselves.
    ListKeys: Get "/api/keys", Machine, Admin, ((), Nothing) -> Json<KeyList>;
    /// Makes a key, which is shown this once.
    CreateKey: Post "/api/keys", Machine, Admin, ((), Json<NewKey>) -> Created<CreatedKey>;
    /// Revokes a key at once.
    RevokeKey: Delete "/api/keys/{id}", Machine, Admin, ((), Nothing) -> Nothing;

    /// The backups of this library, latest first.
    ListBackups: Get "/api/backups", Library, Read, ((), Nothing) -> Json<BackupList>;
    /// Writes the whole library to one file; work goes on meanwhile.
    CreateBackup: Post "/api/backups", Library, Admin, ((), Nothing) -> Created<Backup>;
    /// Reads a backup from end to end and checks every part.
    VerifyBackup: Post "/api/backups/{id}/verify", Library, Admin, ((), Nothing) -> Json<BackupCheck>;
    /// Makes a backup's library this node's at its next start; the present one is kept beside it.
    RestoreBackup: Post "/api/backups/{id}/restore", Library, Admin, ((), Nothing) -> Json<BackupCheck>;

    /// Checks all that Hearth needs, and says how to mend what is not well.
    Doctor: Get "/api/doctor", Machine, Read, ((), Nothing) -> Json<DoctorReport>;
    /// Counters for Prometheus.
    Metrics: Get "/metrics", Machine, Read, ((), Nothing) -> Text;

    /// The models that the OpenAI-compatible operations take.
    OpenAiModels: Get "/v1/models", Library, Read, ((), Nothing) -> Json<openai::ModelList>;
    /// Vectors of texts, as OpenAI's API has it.
    OpenAiEmbeddings: Post "/v1/embeddings", Machine, Read, ((), Json<openai::EmbeddingRequest>) -> Json<openai::EmbeddingList>;
    /// Writes down what is said in a recording, as OpenAI's API has it; as JSON, text, SubRip or WebVTT.
    OpenAiTranscriptions: Post "/v1/audio/transcriptions", Machine, Read, ((), Form<openai::TranscriptionRequest>) -> Json<openai::Transcription>;
    /// Answers from a notebook, as OpenAI's API has it: the model is `notebook:ID`.
    OpenAiChat: Post "/v1/chat/completions", Library, Write, ((), Json<openai::ChatRequest>) -> Json<openai::ChatCompletion>;

    /// Opens the system's dialog for files or a folder; adds what is chosen.
    PickFiles: Post "/api/shell/pick", Shell, Write, ((), Json<PickRequest>) -> Json<FilesTaken>;
    /// Adds the files that wait in the shell: those dropped on its window, or opened with Hearth.
    TakeFiles: Post "/api/shell/take", Shell, Write, ((), Json<TakeRequest>) -> Json<FilesTaken>;
    /// Saves a source's original, or a text, where downloads go.
    SaveFile: Post "/api/shell/save", Shell, Write, ((), Json<SaveRequest>) -> Json<SavedFile>;
    /// Shows a folder in the system's file manager.
    Reveal: Post "/api/shell/reveal", Shell, Admin, ((), Json<RevealRequest>) -> Nothing;
    /// The keys that work wherever someone is.
    GetHotkeys: Get "/api/shell/hotkeys", Shell, Read, ((), Nothing) -> Json<Hotkeys>;
    /// Changes them; keys that another program has are refused.
    ChangeHotkeys: Patch "/api/shell/hotkeys", Shell, Admin, ((), Json<HotkeyChange>) -> Json<Hotkeys>;
    /// The microphones of this machine.
    ListMicrophones: Get "/api/shell/microphones", Shell, Read, ((), Nothing) -> Json<MicrophoneList>;
    /// Begins to listen to the microphone; what is said is told as events.
    StartListening: Post "/api/shell/listen", Shell, Write, ((), Json<ListenRequest>) -> Json<WhichListening>;
    /// Ends it: what was said becomes text.
    StopListening: Post "/api/shell/listen/stop", Shell, Write, ((), Json<WhichListening>) -> Nothing;
    /// Ends it: what was said is gone.
    DropListening: Post "/api/shell/listen/drop", Shell, Write, ((), Json<WhichListening>) -> Nothing;
    /// The voices that can read aloud.
    ListVoices: Get "/api/shell/voices", Shell, Read, ((), Nothing) -> Json<VoiceList>;
    /// Reads an answer aloud while it is written, or a few words; what was read before ends.
    ReadAloud: Post "/api/shell/read", Shell, Write, ((), Json<ReadRequest>) -> Nothing;
    /// Ends that at once.
    Hush: Post "/api/shell/read/stop", Shell, Write, ((), Nothing) -> Nothing;
    /// Brings the window to the front, with files to add perhaps.
    Show: Post "/api/shell/show", Shell, Admin, ((), Json<ShowRequest>) -> Nothing;

    /// An address that opens the node in a browser, once, for ten minutes.
    CreateCode: Post "/api/codes", Machine, Admin, ((), Nothing) -> Created<PageAddress>;
    /// What this node is and how it is.
    GetStatus: Get "/api/status", Machine, Read, ((), Nothing) -> Json<Status>;
    /// Whether the process is alive.
    Health: Get "/health", Machine, Open, ((), Nothing) -> Json<HealthReport>;
    /// Whether searching and adding work.
    Ready: Get "/ready", Machine, Open, ((), Nothing) -> Json<ReadyReport>;
    /// This description.
    OpenApi: Get "/openapi.json", Machine, Open, ((), Nothing) -> Json<serde_json::Value>;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::TABLE;

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
}
