DROP INDEX quick_replies_pictures;
ALTER TABLE quick_replies DROP COLUMN picture_type;
ALTER TABLE quick_replies DROP COLUMN picture_hash;
ALTER TABLE chat_sync DROP COLUMN trouble_since;
