-- What was heard of a recording so far, until its text is whole: a job that was interrupted goes on behind it.
CREATE TABLE transcript_parts (
    source_id  TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    model      TEXT NOT NULL,
    -- In samples.
    start_at   INTEGER NOT NULL,
    end_at     INTEGER NOT NULL,
    transcript TEXT NOT NULL,
    PRIMARY KEY (source_id, model, start_at)
) STRICT;
