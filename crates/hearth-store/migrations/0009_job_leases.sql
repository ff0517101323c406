-- The work of a job as JSON of the job's form (`src/records/job.rs`), which begins with 2.
ALTER TABLE jobs ADD COLUMN payload TEXT;
UPDATE jobs SET format = 2, payload = CASE
    WHEN kind = 'ingest' THEN json_object('kind', kind, 'source_id', source_id)
    WHEN kind = 'reembed' THEN json_object('kind', kind, 'embedder', subject)
    WHEN subject LIKE 'chat:%' THEN json_object('kind', kind, 'model', substr(subject, 6), 'provider', 'chat_server')
    ELSE json_object('kind', kind, 'model', subject, 'provider', 'hub')
END;
ALTER TABLE jobs DROP COLUMN subject;
-- Jobs of one lane share a resource; each lane has a limit of running jobs.
ALTER TABLE jobs ADD COLUMN lane TEXT NOT NULL DEFAULT 'reading';
UPDATE jobs SET lane = CASE
    WHEN EXISTS (SELECT 1 FROM sources s WHERE s.id = jobs.source_id AND s.kind = 'audio') THEN 'graphics'
    WHEN kind = 'reembed' THEN 'processor'
    WHEN kind = 'download' THEN 'network'
    ELSE 'reading'
END;
-- The process that runs a job, until it finishes the job or stops renewing its lease.
ALTER TABLE jobs ADD COLUMN owner TEXT;
ALTER TABLE jobs ADD COLUMN lease_until INTEGER NOT NULL DEFAULT 0;
