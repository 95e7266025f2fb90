-- Missed calls are debts. One debt per client number and run of missed calls: it opens with the first, takes the next
-- ones in, and is paid by a conversation, an order or a reason. It is computed anew from the calls whenever one of the
-- number's calls is written, so order and repetition of events do not matter. Hidden numbers owe nobody anything.
CREATE TABLE debt_reasons (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    is_active INTEGER NOT NULL DEFAULT 1
) STRICT;
INSERT INTO debt_reasons (name) VALUES ('Не отвечает'), ('Спам'), ('Ошиблись номером'), ('Уже решено');
-- client_key: calls.group_key of the number. taken_by: who said «Беру». paid_how: callback (we called and talked),
-- client (the client called again), order, reason. last_missed_at closes the run the debt covers.
CREATE TABLE debts (
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
    paid_how TEXT CHECK (paid_how IN ('callback', 'client', 'order', 'reason')),
    paid_call_id INTEGER REFERENCES calls (id),
    paid_order_id INTEGER REFERENCES orders (id) ON DELETE SET NULL,
    paid_by INTEGER REFERENCES accounts (id),
    reason TEXT REFERENCES debt_reasons (name) ON UPDATE CASCADE,
    CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
    CHECK ((state = 'paid') = (paid_how IS NOT NULL)),
    CHECK (state <> 'taken' OR taken_by IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX debts_standing ON debts (client_key) WHERE state <> 'paid';
CREATE INDEX debts_open ON debts (opened_at) WHERE state <> 'paid';
CREATE INDEX debts_client ON debts (client_key, opened_at);
CREATE INDEX debts_day ON debts (opened_at);
-- How a conversation ended, when it made no order, and a note. skipped: why an operator went online without saying.
CREATE TABLE call_results (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    is_active INTEGER NOT NULL DEFAULT 1
) STRICT;
INSERT INTO call_results (name) VALUES ('Консультация'), ('Перезвонит сам'), ('Дорого'), ('Не наша работа'), ('По старому заказу'), ('Спам');
CREATE TABLE call_notes (
    call_id INTEGER PRIMARY KEY NOT NULL REFERENCES calls (id),
    result TEXT REFERENCES call_results (name) ON UPDATE CASCADE,
    note TEXT NOT NULL DEFAULT '',
    skipped TEXT NOT NULL DEFAULT '',
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX call_notes_result ON call_notes (result, call_id) WHERE result IS NOT NULL;
