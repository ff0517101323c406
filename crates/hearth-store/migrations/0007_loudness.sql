-- How loud a recording is, in pieces of the same length: a byte each.
ALTER TABLE sources ADD COLUMN loudness BLOB;
