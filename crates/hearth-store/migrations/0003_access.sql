-- Keys of programs: only their digests are kept.
CREATE TABLE keys (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    digest       TEXT NOT NULL UNIQUE,
    scopes       TEXT NOT NULL,
    per_minute   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;

-- Pages that were let in by a one-time code.
CREATE TABLE sessions (
    digest     TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Notes go to the trash as well.
ALTER TABLE notes ADD COLUMN deleted_at INTEGER;

-- What a job works on when it is no source: a model's id.
ALTER TABLE jobs ADD COLUMN subject TEXT;
