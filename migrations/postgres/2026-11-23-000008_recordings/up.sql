-- What is known of a recording besides that it exists. hash names its content in the storage: the content is there
-- while the state is ready (it has its call) or unmatched (it has none yet); of a removed recording the hash stays,
-- so that the same mail sent again is known.
-- extension: whose voice. recorded_at: when the conversation began. client_number: canonical digits, when the
-- sender told them. peaks: the loudness of equal parts, two digits each. error: why it is not there, in words.
-- next_try_at: when fetching is tried (again); NULL when nobody will try.
ALTER TABLE recordings ADD COLUMN hash TEXT
    CHECK (length(hash) = 64 OR hash IS NULL AND state NOT IN ('ready', 'unmatched'));
ALTER TABLE recordings ADD COLUMN media_type TEXT
    CHECK (media_type IN ('audio/mpeg', 'audio/wav', 'audio/mp4', 'audio/aac'));
ALTER TABLE recordings ADD COLUMN byte_size BIGINT CHECK (byte_size > 0);
ALTER TABLE recordings ADD COLUMN duration_ms BIGINT CHECK (duration_ms >= 0);
ALTER TABLE recordings ADD COLUMN peaks TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN extension TEXT;
ALTER TABLE recordings ADD COLUMN original_name TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN recorded_at TIMESTAMP;
ALTER TABLE recordings ADD COLUMN client_number TEXT;
ALTER TABLE recordings ADD COLUMN error TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recordings ADD COLUMN next_try_at TIMESTAMP;

-- One content belongs once to a call, and once to the pile of those without one.
CREATE UNIQUE INDEX recordings_content ON recordings (hash, call_id) WHERE hash IS NOT NULL;
CREATE UNIQUE INDEX recordings_unmatched ON recordings (hash) WHERE hash IS NOT NULL AND call_id IS NULL;
CREATE INDEX recordings_due ON recordings (next_try_at) WHERE next_try_at IS NOT NULL;

-- An operator listens to everything, but takes away only what an admin allows.
ALTER TABLE callcentre_operator ADD COLUMN may_download_recordings BOOLEAN NOT NULL DEFAULT FALSE;

-- Whether a listen was noted already.
CREATE INDEX audit_log_account ON audit_log (account_id, action, at);
