-- «Перезвоню в 15:00»: what was promised to a number. One promise that waits per number. owner_id: who calls, nobody
-- when it was passed to everybody on the line, passed_from: whose it was. owned_at: since when. rung_at: when its time
-- was announced. kept_how: callback (we called and talked), client (the client called), order, hand (somebody said so).
-- number is calls.group_key. first_due_at stays when a promise is moved.
CREATE TABLE callbacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    number TEXT NOT NULL,
    from_call_id INTEGER REFERENCES calls (id),
    first_due_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    moved_count INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('waiting', 'kept', 'cancelled')),
    owner_id INTEGER REFERENCES accounts (id),
    owned_at TEXT NOT NULL,
    passed_from INTEGER REFERENCES accounts (id),
    rung_at TEXT,
    created_by INTEGER NOT NULL REFERENCES accounts (id),
    created_at TEXT NOT NULL,
    closed_at TEXT,
    closed_by INTEGER REFERENCES accounts (id),
    kept_how TEXT CHECK (kept_how IN ('callback', 'client', 'order', 'hand')),
    kept_call_id INTEGER REFERENCES calls (id),
    kept_order_id INTEGER REFERENCES orders (id) ON DELETE SET NULL,
    reason TEXT NOT NULL DEFAULT '',
    CHECK ((state = 'waiting') = (closed_at IS NULL)),
    CHECK ((state = 'kept') = (kept_how IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX callbacks_waiting ON callbacks (number) WHERE state = 'waiting';
CREATE INDEX callbacks_due ON callbacks (due_at) WHERE state = 'waiting';
CREATE INDEX callbacks_number ON callbacks (number, created_at);
CREATE INDEX callbacks_closed ON callbacks (closed_at) WHERE state <> 'waiting';
CREATE INDEX callbacks_call ON callbacks (from_call_id) WHERE from_call_id IS NOT NULL;
