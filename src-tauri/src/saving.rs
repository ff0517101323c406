//! Files on their way out of the library: where downloads go, under a name that is free.

use std::io;
use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use hearth_client::Client;
use hearth_node::ShellError;
use hearth_wire::SaveRequest;
use hearth_wire::operations::GetOriginal;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio_util::io::StreamReader;

/// Characters of a name at most.
const LONGEST: usize = 120;
/// Names that are tried.
const TRIES: u32 = 1000;

/// Names of devices on Windows, where no file may be called so.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "COM1", "LPT1"];

/// Saves something; gives its path.
pub(crate) async fn save(client: &Client, what: SaveRequest) -> Result<PathBuf, ShellError> {
    let folder = hearth_host::downloads_folder()
        .ok_or_else(|| ShellError::Failed("this user has no folder for downloads".into()))?;
    let (SaveRequest::Original { name, .. } | SaveRequest::Text { name, .. }) = &what;
    let failed = |error: io::Error| {
        ShellError::Failed(format!("{name} could not be saved in {}: {error}", folder.display()))
    };
    let (path, mut file) = create(&folder, &fitting(name)).await.map_err(failed)?;
    let written = write(client, &what, &mut file).await;
    drop(file);
    if written.is_err() {
        // Half a file is worse than none.
        let _ = tokio::fs::remove_file(&path).await;
    }
    written.map(|()| path).map_err(failed)
}

async fn write(client: &Client, what: &SaveRequest, file: &mut File) -> io::Result<()> {
    match what {
        SaveRequest::Text { text, .. } => file.write_all(text.as_bytes()).await?,
        SaveRequest::Original { source_id, .. } => {
            let bytes = client.stream::<GetOriginal>(&[&source_id.to_string()]).await;
            let bytes = bytes.map_err(io::Error::other)?.map_err(io::Error::other);
            tokio::io::copy(&mut StreamReader::new(std::pin::pin!(bytes)), file).await?;
        }
    }
    file.flush().await
}

/// Makes "paper.pdf", or "paper (2).pdf" where that is taken.
async fn create(folder: &Path, name: &str) -> io::Result<(PathBuf, File)> {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    for number in 1..=TRIES {
        let numbered = format!("{stem} ({number}){extension}");
        let path = folder.join(if number == 1 { name } else { &numbered });
        match OpenOptions::new().write(true).create_new(true).open(&path).await {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|file| (path, file)),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "there are too many files of this name"))
}

/// A name that every system takes, and that leads nowhere else. A title may be anything.
fn fitting(name: &str) -> String {
    let bad = |letter: char| letter.is_control() || r#"\/:*?"<>|"#.contains(letter);
    let fitting: String = name.chars().map(|letter| if bad(letter) { '_' } else { letter }).collect();
    let fitting = fitting.trim_matches(['.', ' ']);
    let stem = fitting.split('.').next().unwrap_or_default();
    if DEVICES.iter().any(|device| device.eq_ignore_ascii_case(stem)) {
        return format!("_{fitting}");
    }
    if fitting.chars().count() <= LONGEST {
        return if fitting.is_empty() { "Hearth".to_owned() } else { fitting.to_owned() };
    }
    // What is cut is in the middle: the extension stays.
    let (stem, extension) =
        fitting.rsplit_once('.').filter(|(_, end)| end.len() <= 5).unwrap_or((fitting, ""));
    let stem: String = stem.chars().take(LONGEST).collect();
    if extension.is_empty() { stem } else { format!("{stem}.{extension}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let mut names = Vec::new();
        for _ in 0..3 {
            let (path, _) = create(folder.path(), "paper.pdf").await.unwrap();
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
        assert_eq!(names, ["paper.pdf", "paper (2).pdf", "paper (3).pdf"]);
    }

    #[test]
    fn a_title_becomes_a_name_that_leads_nowhere() {
        assert_eq!(fitting("../../.bashrc"), "_.._.bashrc");
        assert_eq!(fitting("a/b: \"c\"?.pdf"), "a_b_ _c__.pdf");
        assert_eq!(fitting(" ... "), "Hearth");
        assert_eq!(fitting("con.txt"), "_con.txt");
        let long = fitting(&format!("{}.pdf", "ä".repeat(300)));
        assert_eq!((long.chars().count(), long.rsplit('.').next()), (LONGEST + 4, Some("pdf")));
    }
}
