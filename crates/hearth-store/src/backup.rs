//! A whole library in one file, and back: a zip archive with the database, the originals, and a
//! list of what is in it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::{Store, StoreError};

const DATABASE: &str = "library.db";
const MANIFEST: &str = "manifest.json";
/// Where a backup is unpacked until the next start, and the file that says that it is whole.
const RESTORING: &str = "restoring";
const READY: &str = "restore-ready";

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupContents {
    /// Of the archive's layout.
    pub version: u32,
    pub database_sha256: String,
    pub notebooks: u32,
    pub sources: u32,
    pub originals: u32,
}

fn damaged(reason: impl std::fmt::Display) -> StoreError {
    StoreError::BadBackup(reason.to_string())
}

fn in_archive(error: zip::result::ZipError) -> StoreError {
    match error {
        zip::result::ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => error.into(),
        other => damaged(other),
    }
}

impl Store {
    /// Writes the library to a file, as it is at this moment; work goes on meanwhile.
    pub async fn write_backup(&self, target: &Path) -> Result<BackupContents, StoreError> {
        let partial = target.with_extension("incomplete");
        let snapshot = target.with_extension("snapshot");
        let outcome = self.backup_by(&snapshot, &partial).await;
        // Nobody needs it any more; a leftover is overwritten the next time.
        let _ = fs::remove_file(&snapshot);
        match outcome {
            Ok(contents) => {
                fs::rename(&partial, target)?;
                Ok(contents)
            }
            Err(error) => {
                let _ = fs::remove_file(&partial);
                Err(error)
            }
        }
    }

    async fn backup_by(&self, snapshot: &Path, partial: &Path) -> Result<BackupContents, StoreError> {
        let _ = fs::remove_file(snapshot);
        // No original that the snapshot names is removed before it is packed.
        let _entering = self.blobs().entering().await;
        // A connection of its own: neither readers nor the writer wait.
        let mut own = SqliteConnectOptions::new().filename(self.folder().join(DATABASE)).connect().await?;
        sqlx::query("VACUUM INTO ?1").bind(snapshot.to_string_lossy().into_owned()).execute(&mut own).await?;
        own.close().await?;
        let (notebooks, sources, sums) = counted(snapshot).await?;
        let mut originals = Vec::new();
        for sum in sums {
            originals.push((sum.clone(), self.blobs().file(&sum)?));
        }
        let (snapshot, partial) = (snapshot.to_owned(), partial.to_owned());
        let packing = tokio::task::spawn_blocking(move || {
            let contents = BackupContents {
                version: 1,
                database_sha256: sha256_of(File::open(&snapshot)?)?,
                notebooks,
                sources,
                originals: originals.len() as u32,
            };
            pack(&snapshot, &originals, &contents, &partial)?;
            Ok(contents)
        });
        packing.await.map_err(damaged)?
    }
}

/// Notebooks, sources and the sums of all originals of a database.
async fn counted(database: &Path) -> Result<(u32, u32, Vec<String>), StoreError> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    let mut own = options.connect().await?;
    let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut own).await?;
    if check != "ok" {
        return Err(damaged(check));
    }
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM notebooks WHERE deleted_at IS NULL) AS n,
                (SELECT count(*) FROM sources WHERE deleted_at IS NULL) AS s",
    )
    .fetch_one(&mut own)
    .await?;
    let sums = sqlx::query_scalar("SELECT DISTINCT sha256 FROM sources").fetch_all(&mut own).await?;
    own.close().await?;
    Ok((row.try_get("n")?, row.try_get("s")?, sums))
}

fn pack(
    snapshot: &Path,
    originals: &[(String, PathBuf)],
    contents: &BackupContents,
    target: &Path,
) -> Result<(), StoreError> {
    let mut archive = ZipWriter::new(File::create(target)?);
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    archive.start_file(MANIFEST, plain).map_err(in_archive)?;
    archive.write_all(&serde_json::to_vec_pretty(contents)?)?;
    let squeezed = plain.compression_method(CompressionMethod::Deflated);
    archive.start_file(DATABASE, squeezed).map_err(in_archive)?;
    io::copy(&mut File::open(snapshot)?, &mut archive)?;
    for (sum, path) in originals {
        // Documents are compressed already, nearly all of them.
        archive.start_file(format!("blobs/{sum}"), plain).map_err(in_archive)?;
        io::copy(&mut File::open(path)?, &mut archive)?;
    }
    let file = archive.finish().map_err(in_archive)?;
    file.sync_all()?;
    Ok(())
}

fn sha256_of(mut reader: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&buffer[..read]);
    }
}

/// Reads a backup from end to end and checks every part of it. `scratch` is a folder for the while.
pub async fn verify_backup(file: &Path, scratch: &Path) -> Result<BackupContents, StoreError> {
    let folder = scratch.join("verifying");
    let outcome = unpack(file, &folder).await;
    let _ = fs::remove_dir_all(&folder);
    outcome
}

/// Makes a backup's library the one that the next start opens; the present one is kept beside it.
pub async fn prepare_restore(file: &Path, data: &Path) -> Result<BackupContents, StoreError> {
    let _ = fs::remove_file(data.join(READY));
    let contents = unpack(file, &data.join(RESTORING)).await?;
    File::create(data.join(READY))?.sync_all()?;
    Ok(contents)
}

async fn unpack(file: &Path, folder: &Path) -> Result<BackupContents, StoreError> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("blobs"))?;
    let (file, target) = (file.to_owned(), folder.to_owned());
    let unpacking = tokio::task::spawn_blocking(move || unpack_files(&file, &target));
    let contents = unpacking.await.map_err(damaged)??;
    let (notebooks, sources, sums) = counted(&folder.join(DATABASE)).await?;
    if (notebooks, sources) != (contents.notebooks, contents.sources) {
        return Err(damaged("the database does not hold what the list says"));
    }
    for sum in sums {
        if !folder.join("blobs").join(&sum[..2]).join(&sum).exists() {
            return Err(damaged(format!("the original {sum} is missing")));
        }
    }
    Ok(contents)
}

fn unpack_files(file: &Path, folder: &Path) -> Result<BackupContents, StoreError> {
    let mut archive = ZipArchive::new(File::open(file)?).map_err(in_archive)?;
    let contents: BackupContents = {
        let manifest = archive.by_name(MANIFEST).map_err(in_archive)?;
        serde_json::from_reader(manifest.take(1 << 20)).map_err(damaged)?
    };
    if contents.version != 1 {
        return Err(damaged("it was written by a newer version of Hearth; update this one"));
    }
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(in_archive)?;
        let name = entry.name().map_err(in_archive)?.into_owned();
        let (target, expected) = if name == DATABASE {
            (folder.join(DATABASE), contents.database_sha256.clone())
        } else if let Some(sum) = name.strip_prefix("blobs/").filter(|sum| is_sum(sum)) {
            let place = folder.join("blobs").join(&sum[..2]);
            fs::create_dir_all(&place)?;
            (place.join(sum), sum.to_owned())
        } else if name == MANIFEST {
            continue;
        } else {
            return Err(damaged(format!("{name:?} does not belong into a backup")));
        };
        let mut out = File::create(&target)?;
        io::copy(&mut entry, &mut out).map_err(damaged)?;
        out.sync_all()?;
        if sha256_of(File::open(&target)?)? != expected {
            return Err(damaged(format!("{name} is not what it was")));
        }
    }
    Ok(contents)
}

fn is_sum(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Puts a restored library in its place, when one was prepared, and the present one aside; called
/// before the library is opened. A process that dies meanwhile goes on at its next start.
pub fn apply_restore(data: &Path) -> Result<bool, StoreError> {
    if !data.join(READY).exists() {
        return Ok(false);
    }
    let restoring = data.join(RESTORING);
    // Piece by piece: what stands in its place already is not moved again.
    for (name, with) in [("blobs", &[][..]), (DATABASE, &["library.db-wal", "library.db-shm"])] {
        if !restoring.join(name).exists() {
            continue;
        }
        let aside = (0..).map(|number| data.join(format!("before-restore-{number}")));
        let aside = aside.into_iter().find(|path| !path.join(name).exists()).unwrap_or_default();
        fs::create_dir_all(&aside)?;
        for old in with.iter().chain([&name]).filter(|old| data.join(old).exists()) {
            fs::rename(data.join(old), aside.join(old))?;
        }
        fs::rename(restoring.join(name), data.join(name))?;
    }
    let index = data.join("index");
    if index.exists() {
        fs::remove_dir_all(index)?;
    }
    fs::remove_file(data.join(READY))?;
    let _ = fs::remove_dir_all(restoring);
    tracing::info!("a backup was restored; the library before it was put aside");
    Ok(true)
}
