//! Bringing a model from the hub or from its own address, going on where an earlier attempt stopped.

use std::path::Path;

use futures::StreamExt;
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Client, StatusCode};
use tokio::fs;
use tokio::io::AsyncWriteExt;

use crate::{CatalogueEntry, ModelCache, ModelFiles};

#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    #[error(
        "{url} could not be reached: {reason}. Check the connection, or copy the files into a folder and import that"
    )]
    Unreachable { url: String, reason: String },
    #[error("{url} answered {status}")]
    Refused { url: String, status: u16 },
    #[error("writing the model failed: {0}")]
    Io(#[from] std::io::Error),
}

/// How far a download is, in bytes; `total` is 0 while unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// Downloads what is missing of a model from `hub` (`https://huggingface.co`, or a mirror), or from its own address.
pub async fn download(
    client: &Client,
    hub: &str,
    cache: &ModelCache,
    entry: &CatalogueEntry,
    mut progress: impl FnMut(Progress) + Send,
) -> Result<ModelFiles, DownloadError> {
    let folder = cache.snapshot(entry);
    fs::create_dir_all(&folder).await?;
    let mut done = 0;
    for file in &entry.files {
        let target = folder.join(&file.path);
        if let Ok(meta) = fs::metadata(&target).await {
            done += meta.len();
            continue;
        }
        let url = entry.url(hub, &file.path);
        let partial = folder.join(format!("{}.incomplete", file.path));
        let base = done;
        fetch(client, &url, &partial, |bytes| {
            progress(Progress { done: base + bytes, total: entry.known_bytes() });
        })
        .await?;
        done += fs::metadata(&partial).await?.len();
        cache.finish(entry, &file.path, &partial)?;
    }
    Ok(ModelFiles { folder })
}

async fn fetch(
    client: &Client,
    url: &str,
    partial: &Path,
    mut progress: impl FnMut(u64) + Send,
) -> Result<(), DownloadError> {
    let unreachable =
        |error: reqwest::Error| DownloadError::Unreachable { url: url.to_owned(), reason: error.to_string() };
    let have = fs::metadata(partial).await.map_or(0, |meta| meta.len());
    let mut request = client.get(url);
    if have > 0 {
        request = request.header(RANGE, format!("bytes={have}-"));
    }
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status();
    if status == StatusCode::RANGE_NOT_SATISFIABLE {
        return Ok(()); // it was complete; the checksum decides
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
    let mut written = if resumed { have } else { 0 };
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(unreachable)?;
        file.write_all(&chunk).await?;
        written += chunk.len() as u64;
        progress(written);
    }
    file.sync_all().await?;
    Ok(())
}
