UPDATE recordings SET media_type = NULL WHERE media_type IN ('audio/ogg', 'audio/amr');
ALTER TABLE recordings DROP CONSTRAINT recordings_media_type_check;
ALTER TABLE recordings ADD CONSTRAINT recordings_media_type_check
    CHECK (media_type IN ('audio/mpeg', 'audio/wav', 'audio/mp4', 'audio/aac')) NOT VALID;
