-- The passages beside a good one are looked up by the text that they were cut from, and so is what goes when a text
-- goes.
CREATE INDEX passages_by_revision ON passages (revision_id, ordinal);
