-- What a card of a client says beyond a name.
-- warning is shown loudly wherever the client appears («Собака», «Не платит»); empty for none. warning_by and
-- warning_at say who wrote it and when; what it said before is in audit_log.
-- merged_into makes the row a tombstone: the client was joined with another one, which has its numbers, calls and
-- orders now. Nothing but an old link leads here any more.
ALTER TABLE clients ADD COLUMN warning TEXT NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN warning_by INTEGER REFERENCES accounts (id);
ALTER TABLE clients ADD COLUMN warning_at TEXT;
ALTER TABLE clients ADD COLUMN merged_into INTEGER REFERENCES clients (id);
CREATE INDEX clients_merged ON clients (merged_into) WHERE merged_into IS NOT NULL;

-- The number to call the client by; without a mark it is the one that was seen first.
ALTER TABLE client_phones ADD COLUMN is_main INTEGER NOT NULL DEFAULT 0 CHECK (is_main IN (0, 1));
CREATE UNIQUE INDEX client_phones_main ON client_phones (client_id) WHERE is_main;

-- Two clients joined into one. kept_* and merged_* are what the cards said before, joined_* what the kept one says
-- since: undoing gives back only what nobody has changed meanwhile. moved is JSON, the ids of the rows that changed
-- hands: {"phones": [..], "calls": [..], "orders": [..]}, so that undoing moves exactly these.
CREATE TABLE client_merges (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kept_id INTEGER NOT NULL REFERENCES clients (id),
    merged_id INTEGER NOT NULL REFERENCES clients (id),
    merged_by INTEGER NOT NULL REFERENCES accounts (id),
    merged_at TEXT NOT NULL,
    undone_by INTEGER REFERENCES accounts (id),
    undone_at TEXT,
    kept_name TEXT NOT NULL,
    joined_name TEXT NOT NULL,
    kept_warning TEXT NOT NULL,
    kept_warning_by INTEGER REFERENCES accounts (id),
    kept_warning_at TEXT,
    joined_warning TEXT NOT NULL,
    moved TEXT NOT NULL,
    CHECK (kept_id <> merged_id),
    CHECK ((undone_by IS NULL) = (undone_at IS NULL))
) STRICT;
CREATE INDEX client_merges_kept ON client_merges (kept_id, id);
-- Nobody is joined with two others at once.
CREATE UNIQUE INDEX client_merges_standing ON client_merges (merged_id) WHERE undone_at IS NULL;
