-- Times are milliseconds since 1970, UTC. Ids are UUIDs as text. JSON columns hold domain types.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE notebooks (
    id          TEXT PRIMARY KEY,
    title       TEXT NOT NULL,
    emoji       TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    deleted_at  INTEGER
) STRICT;

CREATE TABLE sources (
    key          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    title        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    media_type   TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    origin       TEXT NOT NULL,
    revision     TEXT,
    pages        INTEGER,
    seconds      REAL,
    words        INTEGER NOT NULL DEFAULT 0,
    language     TEXT,
    guide        TEXT,
    problems     TEXT NOT NULL DEFAULT '[]',
    created_at   INTEGER NOT NULL,
    deleted_at   INTEGER
) STRICT;
-- The same bytes are one source.
CREATE UNIQUE INDEX sources_by_content ON sources (sha256, kind) WHERE deleted_at IS NULL;

CREATE TABLE notebook_sources (
    notebook_id TEXT NOT NULL REFERENCES notebooks (id) ON DELETE CASCADE,
    source_id   TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    selected    INTEGER NOT NULL DEFAULT 1,
    added_at    INTEGER NOT NULL,
    PRIMARY KEY (notebook_id, source_id)
) STRICT;
CREATE INDEX notebook_sources_by_source ON notebook_sources (source_id);

-- Immutable once written.
CREATE TABLE revisions (
    id         TEXT PRIMARY KEY,
    source_id  TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    text       TEXT NOT NULL,
    sections   TEXT NOT NULL,
    layout     BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX revisions_by_source ON revisions (source_id);

-- A cut of a revision; can be made anew at any time.
CREATE TABLE passages (
    key         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    source_id   TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    revision_id TEXT NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,
    start_at    INTEGER NOT NULL,
    end_at      INTEGER NOT NULL,
    section     TEXT NOT NULL,
    text        TEXT NOT NULL
) STRICT;
CREATE INDEX passages_by_source ON passages (source_id, ordinal);

CREATE TABLE vectors (
    embedder    TEXT NOT NULL,
    passage_key INTEGER NOT NULL REFERENCES passages (key) ON DELETE CASCADE,
    vector      BLOB NOT NULL,
    PRIMARY KEY (embedder, passage_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    id         TEXT PRIMARY KEY,
    kind       TEXT NOT NULL,
    source_id  TEXT REFERENCES sources (id) ON DELETE CASCADE,
    state      TEXT NOT NULL,
    step       TEXT NOT NULL,
    progress   REAL NOT NULL DEFAULT 0,
    attempts   INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL,
    error      TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_waiting ON jobs (state, not_before);
CREATE INDEX jobs_by_source ON jobs (source_id, created_at);

CREATE TABLE conversations (
    id          TEXT PRIMARY KEY,
    notebook_id TEXT NOT NULL REFERENCES notebooks (id) ON DELETE CASCADE,
    title       TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_by_notebook ON conversations (notebook_id, updated_at);

CREATE TABLE turns (
    id              TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    state           TEXT NOT NULL,
    turn            TEXT NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX turns_by_conversation ON turns (conversation_id, created_at);

CREATE TABLE turn_events (
    turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    seq     INTEGER NOT NULL,
    event   TEXT NOT NULL,
    PRIMARY KEY (turn_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE notes (
    id          TEXT PRIMARY KEY,
    notebook_id TEXT NOT NULL REFERENCES notebooks (id) ON DELETE CASCADE,
    title       TEXT NOT NULL,
    body        TEXT NOT NULL,
    citations   TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX notes_by_notebook ON notes (notebook_id, updated_at);
