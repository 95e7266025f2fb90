-- An answer in a chat of the client pays too.
CREATE TABLE debts_again (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    client_key TEXT NOT NULL,
    first_call_id INTEGER NOT NULL REFERENCES calls (id),
    last_call_id INTEGER NOT NULL REFERENCES calls (id),
    missed_count INTEGER NOT NULL,
    opened_at TEXT NOT NULL,
    last_missed_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'taken', 'paid')),
    taken_by INTEGER REFERENCES accounts (id),
    taken_at TEXT,
    paid_at TEXT,
    paid_how TEXT CHECK (paid_how IN ('callback', 'client', 'order', 'reason', 'chat')),
    paid_call_id INTEGER REFERENCES calls (id),
    paid_order_id INTEGER REFERENCES orders (id) ON DELETE SET NULL,
    paid_by INTEGER REFERENCES accounts (id),
    reason TEXT REFERENCES debt_reasons (name) ON UPDATE CASCADE,
    CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
    CHECK ((state = 'paid') = (paid_how IS NOT NULL)),
    CHECK (state <> 'taken' OR taken_by IS NOT NULL)
) STRICT;
INSERT INTO debts_again SELECT id, client_key, first_call_id, last_call_id, missed_count, opened_at, last_missed_at, state, taken_by, taken_at, paid_at, paid_how, paid_call_id, paid_order_id, paid_by, reason FROM debts;
DROP TABLE debts;
ALTER TABLE debts_again RENAME TO debts;
CREATE UNIQUE INDEX debts_standing ON debts (client_key) WHERE state <> 'paid';
CREATE INDEX debts_open ON debts (opened_at) WHERE state <> 'paid';
CREATE INDEX debts_client ON debts (client_key, opened_at);
CREATE INDEX debts_day ON debts (opened_at);
