-- Settings an admin changes on a page; secrets are encrypted with the application key.
CREATE TABLE settings (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- Who did what that others may have to answer for.
CREATE TABLE audit_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts (id),
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX audit_log_time ON audit_log (at, id);

-- Work to be done later. slot makes periodic work unique: whoever inserts (name, slot) first runs it.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    slot TEXT,
    payload TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'done', 'dead')),
    run_at TEXT NOT NULL,
    claimed_at TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    UNIQUE (name, slot)
) STRICT;
CREATE INDEX jobs_ready ON jobs (run_at, id) WHERE state = 'ready';
