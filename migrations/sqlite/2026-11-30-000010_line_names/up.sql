-- What the admin calls a line, in a word: shown in the list of calls instead of its last digits. '' for nothing.
ALTER TABLE phones ADD COLUMN name TEXT NOT NULL DEFAULT '';
