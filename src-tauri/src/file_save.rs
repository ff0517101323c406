//! Saving of originals and texts: in the downloads folder, under a name that is free.

use std::io;
use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use hearth_client::Client;
use hearth_node::ShellError;
use hearth_wire::SaveFileRequest;
use hearth_wire::operations::GetOriginal;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio_util::io::StreamReader;

/// Longest file name without the extension, in characters and in bytes: file systems allow 255 bytes with it.
const MAX_NAME_CHARS: usize = 120;
const MAX_NAME_BYTES: usize = 240;
/// Most numbered names that are tried.
const MAX_NAME_ATTEMPTS: u32 = 1000;

/// True for names of devices on Windows, which no file may have as its name.
fn is_reserved(name: &str) -> bool {
    let name = name.trim_end().to_ascii_uppercase();
    let is_port =
        |kind: &str| name.strip_prefix(kind).is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']));
    ["CON", "PRN", "AUX", "NUL"].contains(&name.as_str()) || is_port("COM") || is_port("LPT")
}

/// Saves an original or a text in the downloads folder; returns the path.
pub(crate) async fn save_to_downloads(
    client: &Client,
    request: SaveFileRequest,
) -> Result<PathBuf, ShellError> {
    let folder = hearth_host::downloads_folder()
        .ok_or_else(|| ShellError::Failed("no downloads folder was found".into()))?;
    let (SaveFileRequest::Original { name, .. } | SaveFileRequest::Text { name, .. }) = &request;
    let save_error = |error: io::Error| {
        ShellError::Failed(format!("{name} could not be saved in {}: {error}", folder.display()))
    };
    let (path, mut file) =
        create_numbered_file(&folder, &sanitise_file_name(name)).await.map_err(save_error)?;
    let result = write_content(client, &request, &mut file).await;
    drop(file);
    if result.is_err() {
        // A partial file must not remain.
        let _ = tokio::fs::remove_file(&path).await;
    }
    result.map(|()| path).map_err(save_error)
}

/// Writes the content to a file.
async fn write_content(client: &Client, request: &SaveFileRequest, file: &mut File) -> io::Result<()> {
    match request {
        SaveFileRequest::Text { text, .. } => file.write_all(text.as_bytes()).await?,
        SaveFileRequest::Original { source_id, .. } => {
            let bytes = client.stream_bytes::<GetOriginal>(&[&source_id.to_string()]).await;
            let bytes = bytes.map_err(io::Error::other)?.map_err(io::Error::other);
            tokio::io::copy(&mut StreamReader::new(std::pin::pin!(bytes)), file).await?;
        }
    }
    file.flush().await
}

/// Creates "paper.pdf", or "paper (2).pdf" if that exists.
async fn create_numbered_file(folder: &Path, name: &str) -> io::Result<(PathBuf, File)> {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    for number in 1..=MAX_NAME_ATTEMPTS {
        let numbered = format!("{stem} ({number}){extension}");
        let path = folder.join(if number == 1 { name } else { &numbered });
        match OpenOptions::new().write(true).create_new(true).open(&path).await {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result.map(|file| (path, file)),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are too many files with this name"))
}

/// Sanitises a file name: valid on every system, and without a path. The input may be any title.
fn sanitise_file_name(name: &str) -> String {
    let is_invalid = |character: char| character.is_control() || r#"\/:*?"<>|"#.contains(character);
    let valid: String =
        name.chars().map(|character| if is_invalid(character) { '_' } else { character }).collect();
    let valid = valid.trim_matches(['.', ' ']);
    if is_reserved(valid.split('.').next().unwrap_or_default()) {
        return format!("_{valid}");
    }
    if valid.chars().count() <= MAX_NAME_CHARS && valid.len() <= MAX_NAME_BYTES {
        return if valid.is_empty() { "Hearth".to_owned() } else { valid.to_owned() };
    }
    // The stem is truncated; the extension stays.
    let (stem, extension) = valid.rsplit_once('.').filter(|(_, end)| end.len() <= 5).unwrap_or((valid, ""));
    let ends = stem.char_indices().map(|(at, letter)| at + letter.len_utf8()).take(MAX_NAME_CHARS);
    let end = ends.take_while(|end| *end <= MAX_NAME_BYTES).last().unwrap_or(0);
    let stem = stem[..end].trim_end();
    if extension.is_empty() { stem.to_owned() } else { format!("{stem}.{extension}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let mut names = Vec::new();
        for _ in 0..3 {
            let (path, _) = create_numbered_file(folder.path(), "paper.pdf").await.unwrap();
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
        assert_eq!(names, ["paper.pdf", "paper (2).pdf", "paper (3).pdf"]);
    }

    #[test]
    fn a_title_becomes_a_name_that_leads_nowhere() {
        assert_eq!(sanitise_file_name("../../.bashrc"), "_.._.bashrc");
        assert_eq!(sanitise_file_name("a/b: \"c\"?.pdf"), "a_b_ _c__.pdf");
        assert_eq!(sanitise_file_name(" ... "), "Hearth");
        assert_eq!(sanitise_file_name("con.txt"), "_con.txt");
        let long = sanitise_file_name(&format!("{}.pdf", "ä".repeat(300)));
        assert_eq!((long.chars().count(), long.rsplit('.').next()), (MAX_NAME_CHARS + 4, Some("pdf")));
    }

    #[test]
    fn no_device_of_windows_is_a_name() {
        for device in ["CON", "nul.txt", "Com1", "COM9.tar.gz", "lpt2.pdf", "AUX .txt"] {
            assert_eq!(sanitise_file_name(device), format!("_{device}"));
        }
        for name in ["CONSOLE.txt", "COM10.txt", "COM0", "LPT.pdf", "my CON.txt"] {
            assert_eq!(sanitise_file_name(name), name);
        }
    }

    /// Linux allows 255 bytes a name (NAME_MAX), which are 85 characters of Chinese.
    #[tokio::test]
    async fn a_long_title_of_any_script_is_a_name_that_the_file_system_takes() {
        let folder = tempfile::tempdir().unwrap();
        for title in ["机".repeat(120), "机".repeat(300), "🔥".repeat(100), "word ".repeat(60)] {
            for extension in ["", ".pdf"] {
                let name = sanitise_file_name(&format!("{title}{extension}"));
                assert!(name.ends_with(extension) && name.len() > 100 && !name.ends_with(' '), "{name}");
                let (path, _) = create_numbered_file(folder.path(), &name).await.unwrap();
                let (second, _) = create_numbered_file(folder.path(), &name).await.unwrap();
                assert!(path.exists() && second.exists() && path != second);
            }
        }
    }
}
