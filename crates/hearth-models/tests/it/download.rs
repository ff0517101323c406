//! Downloads from a hub on this computer: whole, resumed, over a damaged file, and refused.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_RANGE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hearth_domain::ModelTask;
use hearth_models::{
    CatalogueEntry, DownloadError, DownloadProgress, FileEntry, ModelCache, ModelFiles, download_model,
};

const WEIGHTS: &[u8] = b"the weights of a small model";
const WEIGHTS_SHA256: &str = "281460c956437276c4ee8558a20754784e02ba0eee1130efc0bbf40006186429";

/// A hub with one file, `weights.bin`, and the ranges that were requested of it.
#[derive(Clone, Default)]
struct Hub {
    requests: Arc<Mutex<Vec<Option<String>>>>,
    behaviour: Arc<Mutex<Behaviour>>,
}

/// What the hub does with a request.
#[derive(Clone, Copy, Default)]
enum Behaviour {
    #[default]
    Complete,
    /// Sends the complete file for any range.
    WithoutRanges,
    /// Breaks off after ten bytes.
    BreaksOff,
}

/// Body that breaks off after ten bytes.
fn broken_body() -> Body {
    Body::from_stream(futures::stream::unfold(true, |is_first| async move {
        if is_first {
            return Some((Ok(&WEIGHTS[..10]), false));
        }
        // The bytes before are sent meanwhile.
        tokio::task::yield_now().await;
        Some((Err(std::io::Error::other("broken off")), false))
    }))
}

async fn send_file(State(hub): State<Hub>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    if !path.ends_with("/weights.bin") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let range = headers.get(RANGE).map(|range| range.to_str().unwrap().to_owned());
    hub.requests.lock().unwrap().push(range.clone());
    match *hub.behaviour.lock().unwrap() {
        Behaviour::Complete => {}
        Behaviour::WithoutRanges => return WEIGHTS.into_response(),
        Behaviour::BreaksOff => return broken_body().into_response(),
    }
    let Some(start) = range.map(|range| range["bytes=".len()..range.len() - 1].parse::<usize>().unwrap())
    else {
        return WEIGHTS.into_response();
    };
    if start >= WEIGHTS.len() {
        return StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    }
    let content_range = format!("bytes {start}-{}/{}", WEIGHTS.len() - 1, WEIGHTS.len());
    (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, content_range)], &WEIGHTS[start..]).into_response()
}

/// A hub, and an empty cache.
struct Fixture {
    hub: Hub,
    address: String,
    cache: ModelCache,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn start() -> Self {
        let hub = Hub::default();
        let router = Router::new().route("/{*path}", get(send_file)).with_state(hub.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let folder = tempfile::tempdir().unwrap();
        Self { hub, address, cache: ModelCache::new(folder.path()), folder }
    }

    /// Writes a file where the model's files are downloaded.
    fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let folder = self.cache.snapshot_folder(&entry("weights.bin"));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), content).unwrap();
        folder.join(name)
    }

    async fn download(&self, entry: &CatalogueEntry) -> Result<ModelFiles, DownloadError> {
        download_model(&reqwest::Client::new(), &self.address, &self.cache, entry, |_| ()).await
    }

    /// Downloads the model, checks its file, and returns the ranges that were requested.
    async fn check_download(&self) -> Vec<Option<String>> {
        let files = self.download(&entry("weights.bin")).await.unwrap();
        assert_eq!(std::fs::read(files.path("weights.bin")).unwrap(), WEIGHTS);
        assert_eq!(self.cache.find_files(&entry("weights.bin")), Some(files));
        std::mem::take(&mut self.hub.requests.lock().unwrap())
    }
}

fn entry(file: &str) -> CatalogueEntry {
    CatalogueEntry {
        id: "small".into(),
        task: ModelTask::Embed,
        name: "Small".into(),
        about: String::new(),
        licence: "MIT".into(),
        hub: "house/small".into(),
        address: None,
        languages: Vec::new(),
        embed: None,
        pypi: None,
        files: vec![FileEntry {
            path: file.into(),
            size: Some(WEIGHTS.len() as u64),
            sha256: Some(WEIGHTS_SHA256.into()),
        }],
    }
}

#[tokio::test]
async fn a_model_is_downloaded_once() {
    let fixture = Fixture::start().await;
    assert_eq!(fixture.check_download().await, [None]);
    assert!(fixture.check_download().await.is_empty());
}

#[tokio::test]
async fn a_partial_file_is_continued() {
    let fixture = Fixture::start().await;
    fixture.write("weights.bin.incomplete", &WEIGHTS[..10]);
    assert_eq!(fixture.check_download().await, [Some("bytes=10-".to_owned())]);
    let fixture = Fixture::start().await;
    fixture.write("weights.bin.incomplete", WEIGHTS);
    assert_eq!(fixture.check_download().await.len(), 1);
}

#[tokio::test]
async fn a_file_with_another_size_is_downloaded_again() {
    let fixture = Fixture::start().await;
    for content in [&b""[..], &WEIGHTS[..10], b"a file that is longer than the weights of a small model"] {
        fixture.write("weights.bin", content);
        assert_eq!(fixture.cache.find_files(&entry("weights.bin")), None);
        assert_eq!(fixture.check_download().await, [None]);
    }
}

#[tokio::test]
async fn a_file_with_another_checksum_is_refused_and_deleted() {
    let fixture = Fixture::start().await;
    let partial = fixture.write("weights.bin.incomplete", &WEIGHTS.to_ascii_uppercase()[..10]);
    let error = fixture.download(&entry("weights.bin")).await.unwrap_err();
    assert!(matches!(error, DownloadError::Io(_)), "{error}");
    assert!(!partial.exists());
    // The next attempt starts at the beginning.
    assert_eq!(fixture.check_download().await, [Some("bytes=10-".to_owned()), None]);
}

#[tokio::test]
async fn a_missing_file_and_a_dead_hub_are_errors_that_name_the_address() {
    let mut fixture = Fixture::start().await;
    let error = fixture.download(&entry("other.bin")).await.unwrap_err();
    assert!(
        matches!(&error, DownloadError::Refused { status: 404, url } if url.ends_with("other.bin")),
        "{error}"
    );
    fixture.address = "http://127.0.0.1:9".into();
    let error = fixture.download(&entry("weights.bin")).await.unwrap_err();
    assert!(matches!(error, DownloadError::Unreachable { .. }), "{error}");
    assert!(fixture.folder.path().exists());
}

#[tokio::test]
async fn a_hub_without_ranges_sends_the_file_from_the_start() {
    let fixture = Fixture::start().await;
    *fixture.hub.behaviour.lock().unwrap() = Behaviour::WithoutRanges;
    fixture.write("weights.bin.incomplete", &WEIGHTS[..10]);
    assert_eq!(fixture.check_download().await, [Some("bytes=10-".to_owned())]);
}

#[tokio::test]
async fn a_download_that_breaks_off_is_continued_where_it_ended() {
    let fixture = Fixture::start().await;
    *fixture.hub.behaviour.lock().unwrap() = Behaviour::BreaksOff;
    let error = fixture.download(&entry("weights.bin")).await.unwrap_err();
    assert!(matches!(error, DownloadError::Unreachable { .. }), "{error}");
    assert_eq!(fixture.cache.find_files(&entry("weights.bin")), None);
    *fixture.hub.behaviour.lock().unwrap() = Behaviour::Complete;
    assert_eq!(fixture.check_download().await, [None, Some("bytes=10-".to_owned())]);
}

#[tokio::test]
async fn the_progress_counts_all_files_of_the_model() {
    let fixture = Fixture::start().await;
    let mut model = entry("weights.bin");
    model.files.insert(0, FileEntry { path: "config.json".into(), size: Some(2), sha256: None });
    fixture.write("config.json", b"{}");
    let mut progress = Vec::new();
    download_model(&reqwest::Client::new(), &fixture.address, &fixture.cache, &model, |step| {
        progress.push(step);
    })
    .await
    .unwrap();
    // The file that was there already counts as done.
    let total = 2 + WEIGHTS.len() as u64;
    assert_eq!(progress.last(), Some(&DownloadProgress { done: total, total }));
    assert!(progress.is_sorted_by_key(|step| step.done));
}
