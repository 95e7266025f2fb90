-- What clients have said about their data, newest last: what for, how it was said and who wrote it down. What was said
-- stays also when the data is gone: it tells why.
CREATE TABLE client_consents (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    client_id INTEGER NOT NULL REFERENCES clients (id),
    state TEXT NOT NULL CHECK (state IN ('given', 'withdrawn')),
    purpose TEXT NOT NULL,
    how TEXT NOT NULL DEFAULT '',
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    at TEXT NOT NULL
) STRICT;
CREATE INDEX client_consents_client ON client_consents (client_id, id);
CREATE INDEX client_consents_account ON client_consents (account_id);

-- Made-up clients nobody has a reason to open: whoever does rings the bell.
CREATE TABLE client_canaries (
    client_id INTEGER PRIMARY KEY NOT NULL REFERENCES clients (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    at TEXT NOT NULL
) STRICT;

-- Clients whose data was removed on request: nothing of them is here but this, and what must stay of their orders.
CREATE TABLE client_erasures (
    client_id INTEGER PRIMARY KEY NOT NULL REFERENCES clients (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    at TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- Documents of employees are encrypted before they are stored; sealed_key is the key of the one document, sealed with
-- that of the application. NULL of what is stored as it is.
ALTER TABLE files ADD COLUMN sealed_key TEXT;
