-- The second factor of a sign-in: codes of an application (RFC 6238). secret is sealed by the application key. is_on
-- tells a factor in force from one that is only offered until its first code has been typed. last_step: the thirty
-- seconds whose code was used last, for a code works once.
CREATE TABLE second_factors (
    account_id BIGINT PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    secret TEXT NOT NULL,
    is_on BOOLEAN NOT NULL DEFAULT FALSE,
    last_step BIGINT NOT NULL DEFAULT 0,
    at TIMESTAMP NOT NULL
);
-- Codes on paper for a lost telephone; each works once. hash: SHA-256 of the code and the account.
CREATE TABLE recovery_codes (
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    used_at TIMESTAMP,
    PRIMARY KEY (account_id, hash)
);
