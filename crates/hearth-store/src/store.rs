//! The store of a library: opening, metadata, integrity check, counts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hearth_domain::Clock;
use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use uuid::Uuid;

use crate::{BlobStore, StoreError};

/// All migrations; tests apply them one by one.
pub static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// An open library. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) reader: SqlitePool,
    pub(crate) writer: SqlitePool,
    pub(crate) blobs: BlobStore,
    pub(crate) clock: Clock,
    /// Id of this opening: the owner of the jobs that it runs.
    pub(crate) owner: String,
    folder: PathBuf,
}

/// Counts of a library's contents; `bytes` is the size of its originals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LibraryCounts {
    pub notebooks: u32,
    pub sources: u32,
    pub passages: u32,
    pub bytes: u64,
    pub jobs_queued: u32,
    pub jobs_running: u32,
    pub jobs_failed: u32,
}

impl Store {
    /// Opens the library in a folder, making or migrating it as needed.
    pub async fn open(folder: &Path, clock: Clock) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join("library.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // In WAL mode a crash of the process loses nothing, a power cut nothing that was synced.
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-8192");
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(Duration::from_mins(1))
                .idle_timeout(None)
                .max_lifetime(None)
                // After an error SQLite may have rolled back by itself; such a connection is not reused.
                .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        };
        let writer = pool(1).connect_with(options.clone()).await?;
        MIGRATOR.run(&writer).await?;
        let reader = pool(4).connect_with(options.read_only(true)).await?;
        Ok(Self {
            reader,
            writer,
            blobs: BlobStore::open(folder.join("blobs"))?,
            clock,
            owner: Uuid::now_v7().to_string(),
            folder: folder.to_owned(),
        })
    }

    /// Folder of the library.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Originals of the library.
    pub fn blobs(&self) -> &BlobStore {
        &self.blobs
    }

    /// Current time in milliseconds since 1970, as the columns have it.
    pub(crate) fn now_milliseconds(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    /// Flushes and closes the database; what was reported as done is on disk already.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Value stored with the library by name, such as the embedder of its vectors, or `None` if unset.
    pub async fn get_metadata(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT value FROM meta WHERE name = ?1")
            .bind(name)
            .fetch_optional(&self.reader)
            .await?)
    }

    /// Stores a value with the library by name.
    pub async fn set_metadata(&self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        )
        .bind(name)
        .bind(value)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Reads the database through with SQLite's `quick_check`; [`StoreError::Damaged`] if it fails.
    pub async fn check_integrity(&self) -> Result<(), StoreError> {
        let result: String = sqlx::query_scalar("PRAGMA quick_check").fetch_one(&self.reader).await?;
        if result == "ok" { Ok(()) } else { Err(StoreError::Damaged(result)) }
    }

    /// Counts of the library; notebooks and sources in the trash are left out.
    pub async fn get_counts(&self) -> Result<LibraryCounts, StoreError> {
        let row: (u32, u32, u32, i64, u32, u32, u32) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM notebooks WHERE deleted_at IS NULL),
                    (SELECT count(*) FROM sources WHERE deleted_at IS NULL),
                    (SELECT count(*) FROM passages),
                    (SELECT coalesce(sum(bytes), 0) FROM sources WHERE deleted_at IS NULL),
                    (SELECT count(*) FROM jobs WHERE state = 'queued'),
                    (SELECT count(*) FROM jobs WHERE state = 'running'),
                    (SELECT count(*) FROM jobs WHERE state = 'failed')",
        )
        .fetch_one(&self.reader)
        .await?;
        Ok(LibraryCounts {
            notebooks: row.0,
            sources: row.1,
            passages: row.2,
            bytes: row.3 as u64,
            jobs_queued: row.4,
            jobs_running: row.5,
            jobs_failed: row.6,
        })
    }
}
