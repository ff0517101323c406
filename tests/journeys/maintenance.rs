//! Maintenance of a library: the trash, backups, settings, another embedder, the doctor.

use std::collections::BTreeMap;
use std::path::Path;

use hearth_domain::{JobKind, JobPayload, JobState, ModelTask, SourceStatus};
use hearth_tests::documents::{HANDBOOK_TEXT, PAPER_PAGES, build_pdf};
use hearth_tests::node::run_hearth;
use hearth_tests::{NodeProcess, Script, ScriptedOllama, wait_for, wait_until};
use hearth_wire::operations::{
    AddModel, ChangeSettings, CreateBackup, CreateNote, DeleteModel, DeleteNotebook, DeleteSource,
    DownloadModel, EmptyTrash, GetNotebook, GetReadiness, GetSource, GetStatus, ListJobs, ListModels,
    ListSettings, ListTrash, RestoreBackup, RestoreFromTrash, RunDoctor, Search, TestSettings, VerifyBackup,
};
use hearth_wire::{
    ErrorCode, Health, ModelDownload, ModelQuery, ModelState, NewModel, NewNote, PageQuery, SearchHitKind,
    SearchMode, SearchQuery, SettingsTestRequest, TrashedItemKind,
};
use serde_json::json;

/// Search with the default options.
fn search_query(text: &str) -> SearchQuery {
    SearchQuery { q: text.to_owned(), ..SearchQuery::default() }
}

/// Number of hits of a search.
async fn count_hits(node: &NodeProcess, text: &str) -> usize {
    node.client.call::<Search>(&[], &search_query(text), &()).await.unwrap().hits.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_comes_back_and_what_was_emptied_does_not() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    let source = node.wait_until_settled(notebook).await[0].id.to_string();
    let new = NewNote { title: "Plan".into(), body: "Call the chimney sweeper.".into(), from_turn: None };
    node.client.call::<CreateNote>(&[&notebook.to_string()], &(), &new).await.unwrap();
    let hits = node.client.call::<Search>(&[], &search_query("chimney sweeper"), &()).await.unwrap().hits;
    assert_eq!(hits[0].kind, SearchHitKind::Note);
    let note = hits[0].note.as_ref().unwrap();
    assert_eq!(hits[0].matches[0].slice(&note.body), Some("chimney"));

    node.client.call::<DeleteSource>(&[&source], &(), &()).await.unwrap();
    assert_eq!(count_hits(&node, "burner brush").await, 0);
    let trash = node.client.call::<ListTrash>(&[], &(), &()).await.unwrap().things;
    assert_eq!(
        (trash.len(), trash[0].kind, trash[0].title.as_str()),
        (1, TrashedItemKind::Source, "handbook.md")
    );
    node.client.call::<RestoreFromTrash>(&[&source], &(), &()).await.unwrap();
    assert!(count_hits(&node, "burner brush").await > 0, "it is found when the call returns");
    assert_eq!(node.list_sources(notebook).await.len(), 1, "it is in its notebook again");

    // A notebook is deleted and restored with its sources.
    let id = notebook.to_string();
    node.client.call::<DeleteNotebook>(&[&id], &(), &()).await.unwrap();
    assert_eq!(count_hits(&node, "burner brush").await, 0);
    assert_eq!(count_hits(&node, "chimney sweeper").await, 0);
    node.client.call::<RestoreFromTrash>(&[&id], &(), &()).await.unwrap();
    assert!(count_hits(&node, "burner brush").await > 0);
    let restored = node.client.call::<GetNotebook>(&[&id], &(), &()).await.unwrap();
    assert_eq!((restored.source_count, restored.note_count), (1, 1));

    node.client.call::<DeleteSource>(&[&source], &(), &()).await.unwrap();
    node.client.call::<EmptyTrash>(&[], &(), &()).await.unwrap();
    assert!(node.client.call::<ListTrash>(&[], &(), &()).await.unwrap().things.is_empty());
    let gone = node.client.call::<RestoreFromTrash>(&[&source], &(), &()).await.unwrap_err();
    assert_eq!(gone.error_code(), Some(ErrorCode::NotFound));
    let originals = list_files(&data.path().join("blobs"));
    assert!(originals.is_empty(), "the bytes are gone as well: {originals:?}");
}

/// Paths of all files below a folder.
fn list_files(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            files.extend(list_files(&entry.path()));
        } else {
            files.push(entry.path().display().to_string());
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_brings_everything_back() {
    let data = tempfile::tempdir().unwrap();
    let mut node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("Injuries").await;
    node.add_file(notebook, "pulleys.pdf", &build_pdf(&PAPER_PAGES)).await;
    let source = node.wait_until_settled(notebook).await[0].id.to_string();
    let backup = node.client.call::<CreateBackup>(&[], &(), &()).await.unwrap();
    let check = node.client.call::<VerifyBackup>(&[&backup.id], &(), &()).await.unwrap();
    assert_eq!((check.notebooks, check.sources, check.originals), (1, 1, 1));
    assert!(node.client.call::<VerifyBackup>(&["../../x"], &(), &()).await.is_err());

    node.client.call::<DeleteNotebook>(&[&notebook.to_string()], &(), &()).await.unwrap();
    node.client.call::<EmptyTrash>(&[], &(), &()).await.unwrap();
    let later = node.create_notebook("Made after the backup").await;
    node.client.call::<RestoreBackup>(&[&backup.id], &(), &()).await.unwrap();
    // Until the restart, nothing changes.
    node.client.call::<GetNotebook>(&[&later.to_string()], &(), &()).await.unwrap();
    node.kill();
    let node = NodeProcess::start(data.path(), &[]);
    assert!(node.client.call::<GetNotebook>(&[&later.to_string()], &(), &()).await.is_err());
    let restored = node.client.call::<GetSource>(&[&source], &(), &()).await.unwrap();
    assert_eq!(restored.status, SourceStatus::Ready);
    assert!(count_hits(&node, "tendon and bone").await > 0);
    assert!(data.path().join("before-restore-0/library.db").exists(), "the old library is kept");

    // One flipped bit is detected.
    let mut bytes = std::fs::read(&backup.path).unwrap();
    let index = bytes.len() - bytes.len() / 4;
    bytes[index] ^= 1;
    std::fs::write(&backup.path, bytes).unwrap();
    let refused = node.client.call::<VerifyBackup>(&[&backup.id], &(), &()).await.unwrap_err();
    assert_eq!(refused.error_code(), Some(ErrorCode::InvalidRequest), "{refused}");
    drop(node);
    let listed = run_hearth(data.path(), &["backup", "list"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains(&backup.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_change_what_they_say_at_once_and_are_kept() {
    let ollama = ScriptedOllama::start(Script::answering(&["Fine [1]."])).await;
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let change = async |key: &str, value: serde_json::Value| {
        let changes = BTreeMap::from([(key.to_owned(), value)]);
        node.client.call::<ChangeSettings>(&[], &(), &changes).await
    };
    // The test's environment variable takes precedence over the file, and the error says so.
    let conflict = change("chat.address", json!(ollama.address)).await.unwrap_err();
    assert_eq!(conflict.error_code(), Some(ErrorCode::Conflict), "{conflict}");
    let unknown = change("chat.modle", json!("x")).await.unwrap_err();
    assert!(unknown.to_string().contains("did you mean chat.model?"), "{unknown}");
    assert!(change("chat.context", json!("much")).await.is_err());
    assert!(change("chat.server", json!("clippy")).await.is_err());
    // A value with which the node could not start is not saved.
    assert!(change("node.listen", json!("nowhere")).await.is_err());
    assert!(change("node.allow", json!(["the neighbours"])).await.is_err());
    let saved = std::fs::read_to_string(data.path().join("hearth.toml")).unwrap_or_default();
    assert!(!saved.contains("nowhere") && !saved.contains("neighbours"), "{saved}");
    let list = change("chat.context", json!(2048)).await.unwrap();
    let context = list.settings.iter().find(|setting| setting.key == "chat.context").unwrap().clone();
    assert_eq!((context.value, context.default, context.needs_restart), (json!(2048), json!(8192), false));
    assert!(context.origin.ends_with("hearth.toml"), "{}", context.origin);
    let list = change("ingest.readers", json!(3)).await.unwrap();
    let readers = list.settings.iter().find(|setting| setting.key == "ingest.readers").unwrap();
    assert!(readers.needs_restart && readers.waits_for_restart);
    let list = change("chat.key", json!("secret")).await.unwrap();
    assert!(!serde_json::to_string(&list).unwrap().contains("secret"), "a secret is not in the response");
    let saved = std::fs::read_to_string(data.path().join("hearth.toml")).unwrap();
    assert!(saved.contains("context = 2048") && saved.contains("readers = 3"), "{saved}");
    let list = change("chat.context", json!(null)).await.unwrap();
    assert_eq!(
        list.settings.len(),
        node.client.call::<ListSettings>(&[], &(), &()).await.unwrap().settings.len()
    );
    let test = async |section: &str| {
        let request = SettingsTestRequest { section: section.into() };
        node.client.call::<TestSettings>(&[], &(), &request).await.unwrap()
    };
    let chat = test("chat").await;
    assert!(!chat.reached && chat.message.contains("is it running?"), "{chat:?}");
    assert!(test("embed").await.reached);

    let other_data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(other_data.path(), &[("HEARTH_CHAT__ADDRESS", &ollama.address)]);
    let request = SettingsTestRequest { section: "chat".into() };
    let chat = node.client.call::<TestSettings>(&[], &(), &request).await.unwrap();
    assert_eq!(
        (chat.version.as_deref(), chat.models.as_slice()),
        (Some("0.12.6"), &["scripted:1b".to_owned()][..])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_embedder_is_waited_for_and_a_wrong_one_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let models = tempfile::tempdir().unwrap();
    let home = models.path().display().to_string();
    // A hub that cannot be reached: the error of a download says what to do.
    let settings = [("HF_HOME", home.as_str()), ("HEARTH_MODELS__HUB", "http://127.0.0.1:9")];
    let node = NodeProcess::start(data.path(), &settings);
    assert!(node.client.call::<GetReadiness>(&[], &(), &()).await.is_err(), "not ready without an embedder");
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    let id = "all-MiniLM-L6-v2".to_owned();
    let job = node
        .client
        .call::<DownloadModel>(&[], &(), &ModelDownload { id: id.clone(), task: None })
        .await
        .unwrap();
    let failed = node.wait_for_job("the failure of the download", job.id, |job| job.error.is_some()).await;
    let message = failed.error.unwrap().message;
    assert!(message.contains("could not be reached"), "{message}");
    let get_source_job = async || {
        let jobs = node.client.call::<ListJobs>(&[], &PageQuery::default(), &()).await.unwrap().jobs;
        jobs.into_iter().find(|job| job.payload.source_id().is_some()).unwrap()
    };
    let waiting = wait_for("a job that misses the embedder", get_source_job, |job| job.error.is_some()).await;
    assert_ne!(waiting.state, JobState::Failed, "it waits: {waiting:?}");

    let wrong = tempfile::tempdir().unwrap();
    std::fs::write(wrong.path().join("config.json"), "{}").unwrap();
    let new = |path: &Path| NewModel { id: id.clone(), path: path.display().to_string(), task: None };
    assert!(node.client.call::<AddModel>(&[], &(), &new(wrong.path())).await.is_err());
    let default_cache = hearth_host::Directories::from_environment(None).unwrap().models;
    let embedder = default_cache.join("models--sentence-transformers--all-MiniLM-L6-v2/snapshots/main");
    let added = node.client.call::<AddModel>(&[], &(), &new(&embedder)).await.unwrap();
    // The job that waited for the model may have loaded it already.
    assert!(matches!(added.state, ModelState::Ready | ModelState::Loaded), "{added:?}");
    // The job goes on.
    let sources = node.wait_until_settled(notebook).await;
    assert_eq!(sources[0].status, SourceStatus::Ready, "{sources:?}");
    assert!(node.client.call::<GetReadiness>(&[], &(), &()).await.unwrap().ready);
    let refused = node.client.call::<DeleteModel>(&[&id], &(), &()).await.unwrap_err();
    assert_eq!(refused.error_code(), Some(ErrorCode::Conflict), "the library's vectors were made by it");
    let query = ModelQuery { task: Some(ModelTask::Embed) };
    let listed = node.client.call::<ListModels>(&[], &query, &()).await.unwrap().models;
    let state = |id: &str| listed.iter().find(|model| model.id == id).unwrap().state;
    assert_eq!((state(&id), state("bge-small-en-v1.5")), (ModelState::Loaded, ModelState::Absent));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_what_is_missing_and_how_to_mend_it() {
    let data = tempfile::tempdir().unwrap();
    let node = NodeProcess::start(data.path(), &[]);
    let notebook = node.create_notebook("House").await;
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    let report = node.client.call::<RunDoctor>(&[], &(), &()).await.unwrap();
    let finding = |about: &str| report.findings.iter().find(|finding| finding.about == about).unwrap();
    for about in ["library", "index", "embedder", "PDF", "jobs"] {
        assert_eq!(finding(about).health, Health::Good, "{:?}", finding(about));
    }
    let chat = finding("language model");
    assert_eq!(chat.health, Health::Limited);
    assert!(chat.remedy.contains("ollama pull"), "{chat:?}");
    drop(node);
    let printed = run_hearth(data.path(), &["doctor"]);
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    assert!(String::from_utf8_lossy(&printed.stdout).contains("limited  language model"));
}

/// Copies the default embedder into a cache, under its own name and under another embedder's.
fn copy_two_embedders(cache: &Path) {
    let hub = cache.join("hub");
    let models = hearth_host::Directories::from_environment(None).unwrap().models;
    let embedder = models.join("models--sentence-transformers--all-MiniLM-L6-v2/snapshots/main");
    for name in ["models--sentence-transformers--all-MiniLM-L6-v2", "models--thenlper--gte-small"] {
        let folder = hub.join(name).join("snapshots/main");
        std::fs::create_dir_all(&folder).unwrap();
        for file in ["config.json", "tokenizer.json", "model.safetensors"] {
            std::fs::copy(embedder.join(file), folder.join(file)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_embedder_makes_all_vectors_anew_while_questions_go_on() {
    let data = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    copy_two_embedders(cache.path());
    let home = cache.path().display().to_string();
    let mut node = NodeProcess::start(data.path(), &[("HF_HOME", &home)]);
    let notebook = node.create_notebook("House").await;
    let long: String =
        (0..400).map(|n| format!("# Part {n}\n\nThe valve number {n} is made of brass.\n\n")).collect();
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.add_file(notebook, "long.md", long.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    let changes = BTreeMap::from([("embed.model".to_owned(), json!("gte-small"))]);
    node.client.call::<ChangeSettings>(&[], &(), &changes).await.unwrap();
    let by_meaning = SearchQuery { mode: Some(SearchMode::Vector), ..search_query("heating water pressure") };
    let reembed_job = async |node: &NodeProcess| {
        let jobs = node.client.call::<ListJobs>(&[], &PageQuery::default(), &()).await.unwrap().jobs;
        jobs.into_iter().find(|job| job.payload.kind() == JobKind::Reembed).expect("a job that embeds anew")
    };
    let gte = JobPayload::Reembed { embedder: "gte-small".into() };
    assert_eq!(reembed_job(&node).await.payload, gte);
    // While it runs, searches find, and a crash loses nothing.
    let hits = node.client.call::<Search>(&[], &by_meaning, &()).await.unwrap().hits;
    assert_eq!(hits[0].source_title, "handbook.md");
    node.kill();
    let node = NodeProcess::start(data.path(), &[("HF_HOME", &home)]);
    node.add_file(notebook, "late.md", b"# Late\n\nThe cistern holds four cubic metres.").await;
    wait_until("all vectors are made anew", async || {
        let hits = node.client.call::<Search>(&[], &by_meaning, &()).await.unwrap().hits;
        assert_eq!(hits[0].source_title, "handbook.md", "the search finds while vectors are made");
        reembed_job(&node).await.state == JobState::Done
    })
    .await;
    node.wait_until_settled(notebook).await;
    let status = node.client.call::<GetStatus>(&[], &(), &()).await.unwrap();
    assert_eq!(status.engines[0].chosen.as_deref(), Some("gte-small"));
    let report = node.client.call::<RunDoctor>(&[], &(), &()).await.unwrap();
    let index = report.findings.iter().find(|finding| finding.about == "index").unwrap();
    assert_eq!(index.health, Health::Good, "{index:?}");
    let query =
        SearchQuery { mode: Some(SearchMode::Vector), ..search_query("how much does the cistern hold") };
    let hits = node.client.call::<Search>(&[], &query, &()).await.unwrap().hits;
    let sources = node.list_sources(notebook).await;
    assert_eq!(hits[0].source_title, "late.md", "{index:?} {hits:#?} {sources:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_their_mind_about_the_embedder_keeps_what_they_had() {
    let data = tempfile::tempdir().unwrap();
    let cache = tempfile::tempdir().unwrap();
    copy_two_embedders(cache.path());
    let home = cache.path().display().to_string();
    let node = NodeProcess::start(data.path(), &[("HF_HOME", &home)]);
    let notebook = node.create_notebook("House").await;
    let long: String =
        (0..300).map(|n| format!("# Part {n}\n\nThe valve number {n} is made of brass.\n\n")).collect();
    node.add_file(notebook, "handbook.md", HANDBOOK_TEXT.as_bytes()).await;
    node.add_file(notebook, "long.md", long.as_bytes()).await;
    node.wait_until_settled(notebook).await;
    for model in ["gte-small", "all-MiniLM-L6-v2", "gte-small", "all-MiniLM-L6-v2"] {
        let changes = BTreeMap::from([("embed.model".to_owned(), json!(model))]);
        node.client.call::<ChangeSettings>(&[], &(), &changes).await.unwrap();
    }
    let jobs = node.client.call::<ListJobs>(&[], &PageQuery::default(), &()).await.unwrap().jobs;
    let is_pending = |state| matches!(state, JobState::Queued | JobState::Running);
    assert!(
        jobs.iter().all(|job| job.payload.kind() != JobKind::Reembed || !is_pending(job.state)),
        "{jobs:#?}"
    );
    let status = node.client.call::<GetStatus>(&[], &(), &()).await.unwrap();
    assert_eq!(status.engines[0].chosen.as_deref(), Some("all-MiniLM-L6-v2"));
    let by_meaning = SearchQuery { mode: Some(SearchMode::Vector), ..search_query("heating water pressure") };
    let hits = node.client.call::<Search>(&[], &by_meaning, &()).await.unwrap().hits;
    assert_eq!(hits[0].source_title, "handbook.md");
    let report = node.client.call::<RunDoctor>(&[], &(), &()).await.unwrap();
    let index = report.findings.iter().find(|finding| finding.about == "index").unwrap();
    assert_eq!(index.health, Health::Good, "{index:?}");
}
