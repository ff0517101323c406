-- Every search asks which languages there are: an index answers without touching the rows.
CREATE INDEX sources_by_language ON sources (language) WHERE deleted_at IS NULL;
-- Which passages have a vector is asked at each start, and when passages are deleted: an index
-- answers without reading the vectors.
CREATE INDEX vectors_by_passage ON vectors (passage_key, embedder);
