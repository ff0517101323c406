-- Which language model made a source's guide; NULL while no model was asked.
ALTER TABLE sources ADD COLUMN guided_by TEXT;
