-- The passages beside a good one are looked up by the text that they were cut from, and so is what goes when a text
-- goes.
CREATE INDEX passages_by_revision ON passages (revision_id, ordinal);
-- How often the process ended while it worked on a job: one that may be the cause waits for the others.
ALTER TABLE jobs ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
