//! Errors of the store.

use std::io;

/// Result codes of SQLite's C interface (<https://sqlite.org/rescode.html>).
const SQLITE_IOERR: i32 = 10;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_NOTADB: i32 = 26;

/// Error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("the disk that holds the library is full; nothing was lost, free some space and try again")]
    DiskFull,
    #[error("the library's database is damaged ({0}); restore a backup")]
    Damaged(String),
    #[error("the library was written by a newer version of Hearth; update this one")]
    NewerVersion,
    #[error("the backup is damaged or incomplete: {0}")]
    BadBackup(String),
    #[error("a file of the library could not be used: {0}")]
    Io(io::Error),
    #[error("the library's database failed: {0}")]
    Database(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(cause) = &error else {
            return match error {
                sqlx::Error::Io(error) => error.into(),
                other => Self::Database(other.to_string()),
            };
        };
        let code: i32 = cause.code().and_then(|code| code.parse().ok()).unwrap_or(0);
        // The upper bits are the operation.
        match code & 0xff {
            SQLITE_FULL => Self::DiskFull,
            // Writing, growing and syncing fail on a full disk; reading does not.
            SQLITE_IOERR if matches!(code >> 8, 3 | 4 | 6 | 19) => Self::DiskFull,
            SQLITE_IOERR => Self::Io(io::Error::other(cause.message().to_owned())),
            SQLITE_CORRUPT | SQLITE_NOTADB => Self::Damaged(cause.message().to_owned()),
            _ => Self::Database(cause.message().to_owned()),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::DiskFull
            }
            _ => Self::Io(error),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(_) => Self::NewerVersion,
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            other => Self::Database(other.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}
