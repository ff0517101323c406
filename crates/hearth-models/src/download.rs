//! Download of a model from the hub or from its own address, resuming an earlier attempt.

use std::path::Path;

use futures::StreamExt;
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Client, StatusCode};
use tokio::fs;
use tokio::io::AsyncWriteExt;

use crate::{CatalogueEntry, ModelCache, ModelFiles};

/// Error of a download.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error(
        "{url} could not be reached: {reason}. Check the connection, or copy the model's files into a folder and import the folder"
    )]
    Unreachable { url: String, reason: String },
    #[error("{url} answered {status}")]
    Refused { url: String, status: u16 },
    #[error("writing the model failed: {0}")]
    Io(#[from] std::io::Error),
}

/// Progress of a download, in bytes; `total` is 0 while unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DownloadProgress {
    pub done: u64,
    pub total: u64,
}

/// Downloads a model's missing files from `hub` (`https://huggingface.co`, or a mirror) or from its own
/// address, and verifies their checksums.
pub async fn download_model(
    client: &Client,
    hub: &str,
    cache: &ModelCache,
    entry: &CatalogueEntry,
    mut on_progress: impl FnMut(DownloadProgress) + Send,
) -> Result<ModelFiles, DownloadError> {
    let folder = cache.snapshot_folder(entry);
    fs::create_dir_all(&folder).await?;
    let mut done = 0;
    for file in &entry.files {
        let target = folder.join(&file.path);
        if let Ok(meta) = fs::metadata(&target).await {
            if file.size.is_none_or(|size| size == meta.len()) {
                done += meta.len();
                continue;
            }
            tracing::warn!(path = %target.display(), "the file has another size than the model's; downloading it again");
            fs::remove_file(&target).await?;
        }
        let url = entry.file_url(hub, &file.path);
        let partial = folder.join(format!("{}.incomplete", file.path));
        let completed_before = done;
        fetch_file(client, &url, &partial, |bytes| {
            on_progress(DownloadProgress { done: completed_before + bytes, total: entry.known_bytes() });
        })
        .await?;
        done += fs::metadata(&partial).await?.len();
        cache.install_file(entry, &file.path, &partial)?;
    }
    Ok(ModelFiles { folder })
}

/// Downloads one file to `partial`, appending to what an earlier attempt left there.
async fn fetch_file(
    client: &Client,
    url: &str,
    partial: &Path,
    mut on_progress: impl FnMut(u64) + Send,
) -> Result<(), DownloadError> {
    let unreachable =
        |error: reqwest::Error| DownloadError::Unreachable { url: url.to_owned(), reason: error.to_string() };
    let existing_bytes = fs::metadata(partial).await.map_or(0, |meta| meta.len());
    let mut request = client.get(url);
    if existing_bytes > 0 {
        request = request.header(RANGE, format!("bytes={existing_bytes}-"));
    }
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    if status == StatusCode::RANGE_NOT_SATISFIABLE {
        return Ok(()); // the file is complete; the checksum decides
    }
    if !status.is_success() {
        return Err(DownloadError::Refused { url: url.to_owned(), status: status.as_u16() });
    }
    let resumed = status == StatusCode::PARTIAL_CONTENT && response.headers().contains_key(CONTENT_RANGE);
    let mut file = fs::OpenOptions::new()
        .create(true)
        .write(true)
        .append(resumed)
        .truncate(!resumed)
        .open(partial)
        .await?;
    let mut written = if resumed { existing_bytes } else { 0 };
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(unreachable)?;
        file.write_all(&chunk).await?;
        written += chunk.len() as u64;
        on_progress(written);
    }
    file.sync_all().await?;
    Ok(())
}
