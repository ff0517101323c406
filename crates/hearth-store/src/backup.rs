//! Backup and restore of a library: a zip archive with the database, the originals and a manifest.

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

const DATABASE_FILE: &str = "library.db";
const MANIFEST_FILE: &str = "manifest.json";
/// Folder into which a backup is unpacked until the next start.
const RESTORE_FOLDER: &str = "restoring";
/// File that marks the unpacked backup as complete.
const RESTORE_READY_FILE: &str = "restore-ready";

/// Manifest of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// Version of the archive's layout.
    pub version: u32,
    pub database_sha256: String,
    pub notebooks: u32,
    pub sources: u32,
    pub originals: u32,
}

fn bad_backup(reason: impl std::fmt::Display) -> StoreError {
    StoreError::BadBackup(reason.to_string())
}

fn map_archive_error(error: zip::result::ZipError) -> StoreError {
    match error {
        zip::result::ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => error.into(),
        other => bad_backup(other),
    }
}

impl Store {
    /// Writes a snapshot of the library to a file; work goes on meanwhile.
    pub async fn write_backup(&self, target: &Path) -> Result<BackupManifest, StoreError> {
        let partial = target.with_extension("incomplete");
        let snapshot = target.with_extension("snapshot");
        let outcome = self.pack_snapshot(&snapshot, &partial).await;
        // Not needed any more; a leftover is overwritten by the next backup.
        let _ = fs::remove_file(&snapshot);
        match outcome {
            Ok(manifest) => {
                fs::rename(&partial, target)?;
                Ok(manifest)
            }
            Err(error) => {
                let _ = fs::remove_file(&partial);
                Err(error)
            }
        }
    }

    async fn pack_snapshot(&self, snapshot: &Path, partial: &Path) -> Result<BackupManifest, StoreError> {
        let _ = fs::remove_file(snapshot);
        // No original that the snapshot names is removed before it is packed.
        let _cleanup_guard = self.blobs().defer_cleanup().await;
        // A separate connection, so that neither readers nor the writer wait.
        let mut connection =
            SqliteConnectOptions::new().filename(self.folder().join(DATABASE_FILE)).connect().await?;
        sqlx::query("VACUUM INTO ?1")
            .bind(snapshot.to_string_lossy().into_owned())
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        let (notebooks, sources, sums) = inspect_database(snapshot).await?;
        let mut originals = Vec::new();
        for sum in sums {
            originals.push((sum.clone(), self.blobs().find_blob_path(&sum)?));
        }
        let (snapshot, partial) = (snapshot.to_owned(), partial.to_owned());
        let packing = tokio::task::spawn_blocking(move || {
            let manifest = BackupManifest {
                version: 1,
                database_sha256: compute_sha256(File::open(&snapshot)?)?,
                notebooks,
                sources,
                originals: originals.len() as u32,
            };
            write_archive(&snapshot, &originals, &manifest, &partial)?;
            Ok(manifest)
        });
        packing.await.map_err(bad_backup)?
    }
}

/// Numbers of notebooks and sources and SHA-256 sums of all originals, after an integrity check.
async fn inspect_database(database: &Path) -> Result<(u32, u32, Vec<String>), StoreError> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    let mut connection = options.connect().await?;
    let check: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await?;
    if check != "ok" {
        return Err(bad_backup(check));
    }
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM notebooks WHERE deleted_at IS NULL) AS n,
                (SELECT count(*) FROM sources WHERE deleted_at IS NULL) AS s",
    )
    .fetch_one(&mut connection)
    .await?;
    let sums = sqlx::query_scalar("SELECT DISTINCT sha256 FROM sources").fetch_all(&mut connection).await?;
    connection.close().await?;
    Ok((row.try_get("n")?, row.try_get("s")?, sums))
}

fn write_archive(
    snapshot: &Path,
    originals: &[(String, PathBuf)],
    manifest: &BackupManifest,
    target: &Path,
) -> Result<(), StoreError> {
    let mut archive = ZipWriter::new(File::create(target)?);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    archive.start_file(MANIFEST_FILE, stored).map_err(map_archive_error)?;
    archive.write_all(&serde_json::to_vec_pretty(manifest)?)?;
    let deflated = stored.compression_method(CompressionMethod::Deflated);
    archive.start_file(DATABASE_FILE, deflated).map_err(map_archive_error)?;
    io::copy(&mut File::open(snapshot)?, &mut archive)?;
    for (sum, path) in originals {
        // Documents are compressed already, nearly all of them.
        archive.start_file(format!("blobs/{sum}"), stored).map_err(map_archive_error)?;
        io::copy(&mut File::open(path)?, &mut archive)?;
    }
    let file = archive.finish().map_err(map_archive_error)?;
    file.sync_all()?;
    Ok(())
}

fn compute_sha256(mut reader: impl Read) -> io::Result<String> {
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

/// Reads a backup from end to end and checks every part of it, in a temporary folder under `scratch`.
pub async fn verify_backup(file: &Path, scratch: &Path) -> Result<BackupManifest, StoreError> {
    let folder = scratch.join("verifying");
    let outcome = unpack_backup(file, &folder).await;
    let _ = fs::remove_dir_all(&folder);
    outcome
}

/// Unpacks a backup as the library that the next start opens; the present one is kept beside it.
pub async fn prepare_restore(file: &Path, data: &Path) -> Result<BackupManifest, StoreError> {
    let _ = fs::remove_file(data.join(RESTORE_READY_FILE));
    let manifest = unpack_backup(file, &data.join(RESTORE_FOLDER)).await?;
    File::create(data.join(RESTORE_READY_FILE))?.sync_all()?;
    Ok(manifest)
}

async fn unpack_backup(file: &Path, folder: &Path) -> Result<BackupManifest, StoreError> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("blobs"))?;
    let (file, target) = (file.to_owned(), folder.to_owned());
    let unpacking = tokio::task::spawn_blocking(move || extract_archive(&file, &target));
    let manifest = unpacking.await.map_err(bad_backup)??;
    let (notebooks, sources, sums) = inspect_database(&folder.join(DATABASE_FILE)).await?;
    if (notebooks, sources) != (manifest.notebooks, manifest.sources) {
        return Err(bad_backup("the database does not match the manifest"));
    }
    for sum in sums {
        if !is_sha256(&sum) || !folder.join("blobs").join(&sum[..2]).join(&sum).exists() {
            return Err(bad_backup(format!("the original {sum} is missing")));
        }
    }
    Ok(manifest)
}

fn extract_archive(file: &Path, folder: &Path) -> Result<BackupManifest, StoreError> {
    let mut archive = ZipArchive::new(File::open(file)?).map_err(map_archive_error)?;
    let manifest: BackupManifest = {
        let entry = archive.by_name(MANIFEST_FILE).map_err(map_archive_error)?;
        serde_json::from_reader(entry.take(1 << 20)).map_err(bad_backup)?
    };
    if manifest.version != 1 {
        return Err(bad_backup("it was written by a newer version of Hearth; update this one"));
    }
    for number in 0..archive.len() {
        let mut entry = archive.by_index(number).map_err(map_archive_error)?;
        let name = entry.name().map_err(map_archive_error)?.into_owned();
        let (target, expected) = if name == DATABASE_FILE {
            (folder.join(DATABASE_FILE), manifest.database_sha256.clone())
        } else if let Some(sum) = name.strip_prefix("blobs/").filter(|sum| is_sha256(sum)) {
            let subfolder = folder.join("blobs").join(&sum[..2]);
            fs::create_dir_all(&subfolder)?;
            (subfolder.join(sum), sum.to_owned())
        } else if name == MANIFEST_FILE {
            continue;
        } else {
            return Err(bad_backup(format!("{name:?} does not belong in a backup")));
        };
        let mut out = File::create(&target)?;
        io::copy(&mut entry, &mut out).map_err(bad_backup)?;
        out.sync_all()?;
        if compute_sha256(File::open(&target)?)? != expected {
            return Err(bad_backup(format!("the checksum of {name} is wrong")));
        }
    }
    if !folder.join(DATABASE_FILE).exists() {
        return Err(bad_backup("the database is missing"));
    }
    Ok(manifest)
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Moves a prepared library into place and the present one aside, before the library is opened; `false` if
/// none was prepared. If the process dies meanwhile, the next start goes on.
pub fn apply_restore(data: &Path) -> Result<bool, StoreError> {
    if !data.join(RESTORE_READY_FILE).exists() {
        return Ok(false);
    }
    let restoring = data.join(RESTORE_FOLDER);
    // Piece by piece: a part that is in its place already is not moved again.
    for (name, companions) in [("blobs", &[][..]), (DATABASE_FILE, &["library.db-wal", "library.db-shm"])] {
        if !restoring.join(name).exists() {
            continue;
        }
        let mut candidates = (0..).map(|number| data.join(format!("before-restore-{number}")));
        let previous_folder = candidates.find(|path| !path.join(name).exists()).unwrap_or_default();
        fs::create_dir_all(&previous_folder)?;
        for file in companions.iter().chain([&name]).filter(|file| data.join(file).exists()) {
            fs::rename(data.join(file), previous_folder.join(file))?;
        }
        fs::rename(restoring.join(name), data.join(name))?;
    }
    let index = data.join("index");
    if index.exists() {
        fs::remove_dir_all(index)?;
    }
    fs::remove_file(data.join(RESTORE_READY_FILE))?;
    let _ = fs::remove_dir_all(restoring);
    tracing::info!("a backup was restored; the previous library was moved aside");
    Ok(true)
}
