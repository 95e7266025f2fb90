-- A break of this reason should be no longer, in minutes; 0: as long as it takes.
ALTER TABLE break_reasons ADD COLUMN limit_minutes INTEGER NOT NULL DEFAULT 0;

-- Time for noting a conversation after it: at most one for each call. planned_at is where the ordinary time ends,
-- until_at where it ends by itself (later when the person has lengthened it), ended_at where it did.
CREATE TABLE after_calls (
    call_id BIGINT PRIMARY KEY NOT NULL REFERENCES calls (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    started_at TIMESTAMP NOT NULL,
    planned_at TIMESTAMP NOT NULL,
    until_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
);
CREATE INDEX after_calls_running ON after_calls (account_id) WHERE ended_at IS NULL;
