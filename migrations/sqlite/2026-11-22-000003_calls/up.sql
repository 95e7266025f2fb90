-- People who call or write. name may be empty: a client known only by telephone is complete.
CREATE TABLE clients (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL
) STRICT;

-- number is canonical digits, raw is how it was first given.
CREATE TABLE client_phones (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    client_id INTEGER NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    number TEXT NOT NULL UNIQUE,
    raw TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX client_phones_client ON client_phones (client_id);

-- The words by which a client is found: folded names and every tail of every number of three digits or
-- more, so that a prefix search over words finds any part of a number.
CREATE TABLE client_search (
    client_id INTEGER PRIMARY KEY NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
    words TEXT NOT NULL
) STRICT;
-- The words themselves are indexed apart; the triggers keep the index in step with its table.
CREATE VIRTUAL TABLE client_search_fts USING fts5 (
    words, content = 'client_search', content_rowid = 'client_id', tokenize = 'unicode61 remove_diacritics 0',
    detail = 'none', columnsize = 0, prefix = '3'
);
CREATE TRIGGER client_search_insert AFTER INSERT ON client_search BEGIN
    INSERT INTO client_search_fts (rowid, words) VALUES (new.client_id, new.words);
END;
CREATE TRIGGER client_search_delete AFTER DELETE ON client_search BEGIN
    INSERT INTO client_search_fts (client_search_fts, rowid, words) VALUES ('delete', old.client_id, old.words);
END;
CREATE TRIGGER client_search_update AFTER UPDATE ON client_search BEGIN
    INSERT INTO client_search_fts (client_search_fts, rowid, words) VALUES ('delete', old.client_id, old.words);
    INSERT INTO client_search_fts (rowid, words) VALUES (new.client_id, new.words);
END;

-- The durable inbox of telephony events: stored before anything is understood. event_key is the SHA-256
-- of path and body; entry_id is filled when the body has been read.
CREATE TABLE mango (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    event_key TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    entry_id TEXT,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'ignored', 'failed')),
    error TEXT,
    received_at TEXT NOT NULL,
    processed_at TEXT
) STRICT;
CREATE INDEX mango_entry ON mango (entry_id, id);
CREATE INDEX mango_pending ON mango (id) WHERE state = 'pending';
CREATE INDEX mango_failed ON mango (id) WHERE state = 'failed';

-- One row per telephone call (entry_id of the telephony), folded from all its events.
-- state is what happens now, status is the result and NULL while the call lives. group_key joins the calls
-- of one client: the number, or the call itself when the number is hidden. rung, present and legs are JSON:
-- extensions that were rung; who rings or talks right now; every leg. check_at is the moment at which a
-- call without a summary has to be looked at again. version guards against two processes folding at once.
CREATE TABLE calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    entry_id TEXT NOT NULL UNIQUE,
    direction TEXT NOT NULL CHECK (direction IN ('inbound', 'outbound', 'internal')),
    state TEXT NOT NULL CHECK (state IN ('ringing', 'talking', 'on_hold', 'ended')),
    status TEXT CHECK (status IN ('answered', 'missed', 'busy', 'no_answer')),
    rk TEXT REFERENCES campaigns (name) ON UPDATE CASCADE,
    city TEXT REFERENCES cities (name) ON UPDATE CASCADE,
    avito_name TEXT REFERENCES avito (name) ON UPDATE CASCADE,
    phone_client TEXT,
    phone_client_raw TEXT,
    phone_ats TEXT,
    client_id INTEGER REFERENCES clients (id),
    group_key TEXT NOT NULL,
    operator_id INTEGER REFERENCES accounts (id),
    operator_extension TEXT,
    last_operator_id INTEGER REFERENCES accounts (id),
    last_operator_extension TEXT,
    rung TEXT NOT NULL DEFAULT '[]',
    present TEXT NOT NULL DEFAULT '[]',
    legs TEXT NOT NULL DEFAULT '[]',
    started_at TEXT NOT NULL,
    answered_at TEXT,
    ended_at TEXT,
    talk_seconds INTEGER NOT NULL DEFAULT 0,
    wait_seconds INTEGER NOT NULL DEFAULT 0,
    closed_by TEXT CHECK (closed_by IN ('summary', 'timeout')),
    check_at TEXT,
    version INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX calls_time ON calls (started_at, id);
CREATE INDEX calls_group ON calls (group_key, started_at, id);
CREATE INDEX calls_status ON calls (status, started_at, id);
CREATE INDEX calls_city ON calls (city, started_at, id);
CREATE INDEX calls_rk ON calls (rk, started_at, id);
CREATE INDEX calls_avito ON calls (avito_name, started_at, id);
CREATE INDEX calls_operator ON calls (operator_id, started_at, id);
CREATE INDEX calls_last_operator ON calls (last_operator_id, started_at, id);
CREATE INDEX calls_client ON calls (client_id, started_at, id);
CREATE INDEX calls_line ON calls (phone_ats, started_at, id);
CREATE INDEX calls_talk ON calls (talk_seconds, id);
CREATE INDEX calls_live ON calls (id) WHERE state <> 'ended';
CREATE INDEX calls_check ON calls (check_at) WHERE check_at IS NOT NULL;

-- Recordings the telephony has told about; the audio joins when it is fetched.
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    call_id INTEGER REFERENCES calls (id),
    mango_recording_id TEXT UNIQUE,
    source TEXT NOT NULL CHECK (source IN ('mail', 'api', 'manual')),
    state TEXT NOT NULL CHECK (state IN ('awaited', 'ready', 'unmatched', 'failed', 'gone')),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX recordings_call ON recordings (call_id);
