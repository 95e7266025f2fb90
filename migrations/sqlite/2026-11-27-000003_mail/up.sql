-- Letters with recordings that were taken from the mailbox, so that none is taken twice: by its own name (Message-ID,
-- or a hash of the letter when it has none), whatever the mailbox calls it. The place in the mailbox is the setting
-- mail.position.
-- state: taken (its recordings are in recordings), failed (words says in Russian why it could not be read).
CREATE TABLE mail_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    message_key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('taken', 'failed')),
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    words TEXT NOT NULL DEFAULT '',
    taken_at TEXT NOT NULL
) STRICT;
CREATE INDEX mail_letters_failed ON mail_letters (id) WHERE state = 'failed';
-- Recordings that wait for their call, newest first.
CREATE INDEX recordings_waiting ON recordings (id) WHERE state = 'unmatched';
