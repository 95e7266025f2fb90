-- Bids of promoted ads, as they were last read; kopecks. action: what one pays for, Avito's number. least and most: what
-- Avito takes. forecasts: bids to choose from with what Avito expects (JSON). budget: where Avito sets the bids itself.
CREATE TABLE avito_bids (
    avito_id INTEGER NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    ad_id INTEGER NOT NULL,
    action INTEGER NOT NULL,
    bid INTEGER,
    day_limit INTEGER,
    budget INTEGER,
    budget_type TEXT NOT NULL DEFAULT '',
    recommended INTEGER,
    least_bid INTEGER NOT NULL,
    most_bid INTEGER NOT NULL,
    least_limit INTEGER NOT NULL,
    most_limit INTEGER NOT NULL,
    forecasts TEXT NOT NULL DEFAULT '[]',
    read_at TEXT NOT NULL,
    PRIMARY KEY (avito_id, ad_id)
) STRICT;

-- Between what a bid stays, whoever changes it.
CREATE TABLE avito_bid_limits (
    avito_id INTEGER NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    ad_id INTEGER NOT NULL,
    from_bid INTEGER NOT NULL,
    to_bid INTEGER NOT NULL,
    PRIMARY KEY (avito_id, ad_id),
    CHECK (0 < from_bid AND from_bid <= to_bid)
) STRICT;

-- What a day of an account may cost before rules raise nothing any more.
CREATE TABLE avito_bid_accounts (
    avito_id INTEGER PRIMARY KEY NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    day_limit INTEGER NOT NULL CHECK (day_limit > 0)
) STRICT;

-- Every change of a bid, written before it is asked of Avito. account_id: none for a rule. state: open while it is not
-- known whether it was made.
CREATE TABLE avito_bid_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    avito_id INTEGER NOT NULL REFERENCES avito (id) ON DELETE CASCADE,
    ad_id INTEGER NOT NULL,
    account_id INTEGER REFERENCES accounts (id),
    at TEXT NOT NULL,
    old_bid INTEGER,
    new_bid INTEGER NOT NULL,
    old_limit INTEGER,
    new_limit INTEGER,
    why TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL CHECK (state IN ('open', 'done', 'failed')),
    error TEXT NOT NULL DEFAULT '',
    undone_at TEXT
) STRICT;
CREATE INDEX avito_bid_changes_open ON avito_bid_changes (avito_id, ad_id) WHERE state = 'open';
