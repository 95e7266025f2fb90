-- Since when the chats of an account cannot be compared; none while they can.
ALTER TABLE chat_sync ADD COLUMN trouble_since TIMESTAMP;

-- A picture that goes with an answer, in the storage.
ALTER TABLE quick_replies ADD COLUMN picture_hash TEXT;
ALTER TABLE quick_replies ADD COLUMN picture_type TEXT;
CREATE INDEX quick_replies_pictures ON quick_replies (picture_hash) WHERE picture_hash IS NOT NULL;
