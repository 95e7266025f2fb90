-- What somebody leaves behind at the end of a shift. to_id: the colleague who is asked, NULL for everybody. offered:
-- nobody has taken it and the colleague still may until accept_until; pooled: everybody's, what cannot be nobody's
-- (drafts) waits to be taken; taken: somebody has. Until then everything is still from_id's.
CREATE TABLE handovers (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    from_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    to_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('offered', 'pooled', 'taken')),
    created_at TEXT NOT NULL,
    accept_until TEXT NOT NULL,
    taken_by INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
    taken_at TEXT
) STRICT;
CREATE INDEX handovers_open ON handovers (created_at) WHERE state <> 'taken';

-- What belongs to it: subject is the id of a promise, a chat or a held time, or the key of a draft.
CREATE TABLE handover_items (
    handover_id INTEGER NOT NULL REFERENCES handovers (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('promise', 'chat', 'draft', 'hold')),
    subject TEXT NOT NULL,
    PRIMARY KEY (handover_id, kind, subject)
) STRICT;
