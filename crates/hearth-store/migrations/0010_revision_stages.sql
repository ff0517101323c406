-- How far the work on a revision has come: 'read', 'cut', 'embedded', 'indexed'; the last one is the whole.
CREATE TABLE revision_stages (
    revision_id TEXT PRIMARY KEY REFERENCES revisions (id) ON DELETE CASCADE,
    source_id   TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    stage       TEXT NOT NULL,
    -- The job that makes the revision; NULL in libraries of 0.1.0.
    job_id      TEXT,
    -- What the source takes over once a later reading becomes its current revision; NULL when it has.
    facts       TEXT,
    loudness    BLOB,
    format      INTEGER NOT NULL
) STRICT;
CREATE INDEX revision_stages_by_source ON revision_stages (source_id);
-- A source was searchable once its newest job was done.
INSERT INTO revision_stages (revision_id, source_id, stage, format)
    SELECT r.id, r.source_id, CASE
        WHEN s.revision IS NOT r.id THEN 'indexed'
        WHEN coalesce((SELECT state FROM jobs j WHERE j.source_id = s.id ORDER BY created_at DESC, id DESC LIMIT 1), 'done')
             = 'done' THEN 'indexed'
        WHEN EXISTS (SELECT 1 FROM passages p WHERE p.revision_id = r.id) THEN 'cut'
        ELSE 'read'
    END, 1
    FROM revisions r JOIN sources s ON s.id = r.source_id;
