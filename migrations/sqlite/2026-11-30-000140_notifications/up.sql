-- What has happened and somebody may want to know. kind: domain/notice.rs. audience: everybody, admins, one person
-- (account_id), or that person and the admins. by_id: who did it and need not be told. title, text: for the bell. count:
-- how many happenings are folded into it; at: the last of them. state_key: of what lasts (a source is silent) until
-- over_at; empty for what has merely happened.
CREATE TABLE notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind TEXT NOT NULL,
    audience TEXT NOT NULL CHECK (audience IN ('all', 'admins', 'person', 'person_and_admins')),
    account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    by_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL DEFAULT '',
    href TEXT NOT NULL DEFAULT '',
    count INTEGER NOT NULL DEFAULT 1,
    first_at TEXT NOT NULL,
    at TEXT NOT NULL,
    state_key TEXT NOT NULL DEFAULT '',
    over_at TEXT
) STRICT;
CREATE INDEX notifications_at ON notifications (at, id);
CREATE UNIQUE INDEX notifications_state ON notifications (state_key) WHERE state_key <> '' AND over_at IS NULL;

-- Each happening once, whoever looks first: «missed:812».
CREATE TABLE notification_keys (
    key TEXT PRIMARY KEY NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX notification_keys_at ON notification_keys (at);

-- Who has read what, and how much of it: more that is folded in later is news again.
CREATE TABLE notification_reads (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    notification_id INTEGER NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    count INTEGER NOT NULL,
    PRIMARY KEY (account_id, notification_id)
) STRICT;

-- What a person wants to hear of; a kind that is not here is as the program has it.
CREATE TABLE notification_choices (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    rings INTEGER NOT NULL,
    sounds INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind)
) STRICT;

-- Who is told outside of the program. address: a chat of Telegram or an e-mail address. kinds: JSON list.
CREATE TABLE notification_recipients (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    channel TEXT NOT NULL CHECK (channel IN ('telegram', 'mail')),
    address TEXT NOT NULL,
    kinds TEXT NOT NULL DEFAULT '[]',
    is_active INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    UNIQUE (channel, address)
) STRICT;

-- Messages on their way out. key: each message once, and its Message-ID. title: empty for that of its kind. items: JSON
-- lines that are written into one message, of total. is_again: it was begun before and nobody knows whether it arrived. error: in words.
CREATE TABLE notification_outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    recipient_id INTEGER NOT NULL REFERENCES notification_recipients (id) ON DELETE CASCADE,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    items TEXT NOT NULL,
    total INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed')),
    attempts INTEGER NOT NULL DEFAULT 0,
    is_again INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    next_at TEXT NOT NULL,
    claimed_at TEXT,
    settled_at TEXT
) STRICT;
CREATE INDEX notification_outbox_due ON notification_outbox (next_at) WHERE state = 'queued';
CREATE INDEX notification_outbox_sending ON notification_outbox (claimed_at) WHERE state = 'sending';
CREATE INDEX notification_outbox_of ON notification_outbox (recipient_id, kind, created_at);
CREATE INDEX notification_outbox_at ON notification_outbox (created_at);
