-- Calls an operator asked the telephony to make («Позвонить»).
-- command_id is what the telephony repeats in every event of the call; extension is the telephone that rings first;
-- number is the client's, canonical digits; line is ours, as the client knows it, or NULL for the telephony's choice.
-- from_call_id is the call the button stood at, call_id the call that came of it.
-- state: asked (the telephony has not answered yet), accepted (it will ring), failed (it will not; error says why in
-- Russian), over (the operator has seen the end and closed it).
CREATE TABLE dials (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    command_id TEXT NOT NULL UNIQUE,
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    extension TEXT NOT NULL,
    number TEXT NOT NULL,
    line TEXT,
    from_call_id INTEGER REFERENCES calls (id),
    call_id INTEGER REFERENCES calls (id),
    state TEXT NOT NULL CHECK (state IN ('asked', 'accepted', 'failed', 'over')),
    error TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX dials_account ON dials (account_id, id);
CREATE INDEX dials_call ON dials (call_id) WHERE call_id IS NOT NULL;
