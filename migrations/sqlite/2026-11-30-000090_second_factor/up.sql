-- The second factor of a sign-in: codes of an application (RFC 6238). secret is sealed by the application key. is_on
-- tells a factor in force from one that is only offered until its first code has been typed. last_step: the thirty
-- seconds whose code was used last, for a code works once.
CREATE TABLE second_factors (
    account_id INTEGER PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    is_on INTEGER NOT NULL DEFAULT 0,
    last_step INTEGER NOT NULL DEFAULT 0,
    at TEXT NOT NULL
) STRICT;
-- Codes on paper for a lost telephone; each works once. hash: SHA-256 of the code and the account.
CREATE TABLE recovery_codes (
    account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    used_at TEXT,
    PRIMARY KEY (account_id, hash)
) STRICT;
