-- Everybody who can sign in. password is an argon2id PHC string; NULL means "cannot sign in yet".
-- stamp changes with the password, role or dismissal: sessions that carry another stamp end at once.
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'operator')),
    login TEXT NOT NULL UNIQUE,
    password TEXT,
    name TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
    stamp TEXT NOT NULL,
    sound_on INTEGER NOT NULL DEFAULT 1,
    volume_percent INTEGER NOT NULL DEFAULT 60 CHECK (volume_percent BETWEEN 0 AND 100),
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE callcentre_admin (
    id INTEGER PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    note TEXT NOT NULL DEFAULT ''
) STRICT;

-- An operator's own data. extension and sip_address are how the telephony names the person; mango_user_id
-- is the employee's id there. last_seen_at is the last sign of life of any of the person's browsers.
-- dismissed_call_id is the finished call whose card the person has closed (the last one is enough).
CREATE TABLE callcentre_operator (
    id INTEGER PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_work TEXT NOT NULL DEFAULT 'offline' CHECK (status_work IN ('online', 'break', 'offline')),
    status_reason TEXT REFERENCES break_reasons (name) ON UPDATE CASCADE,
    status_since TEXT NOT NULL,
    last_seen_at TEXT,
    extension TEXT UNIQUE,
    sip_address TEXT UNIQUE,
    mango_user_id INTEGER UNIQUE,
    dismissed_call_id INTEGER,
    note TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE operator_cities (
    operator_id INTEGER NOT NULL REFERENCES callcentre_operator (id) ON DELETE CASCADE,
    city TEXT NOT NULL REFERENCES cities (name) ON UPDATE CASCADE ON DELETE CASCADE,
    PRIMARY KEY (operator_id, city)
) STRICT;

-- Every interval of a work status; the running one has no end.
CREATE TABLE work_status_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    status_work TEXT NOT NULL CHECK (status_work IN ('online', 'break', 'offline')),
    reason TEXT,
    started_at TEXT NOT NULL,
    ended_at TEXT
) STRICT;
CREATE INDEX work_status_log_account ON work_status_log (account_id, started_at);

-- Signed-in browsers. id is the SHA-256 of the key in the cookie, so a stolen table opens no session.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY NOT NULL,
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    user_agent TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- What a person is typing, kept until it becomes a record. fields is a JSON object of the form's fields.
CREATE TABLE drafts (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    draft_key TEXT NOT NULL,
    fields TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (account_id, draft_key)
) STRICT;
