-- Sounds that not every browser plays are kept too, to be downloaded. NOT VALID: what is stored is within the old check,
-- so nobody need read millions of rows to see that it is within the new one.
ALTER TABLE recordings DROP CONSTRAINT recordings_media_type_check;
ALTER TABLE recordings ADD CONSTRAINT recordings_media_type_check
    CHECK (media_type IN ('audio/mpeg', 'audio/wav', 'audio/mp4', 'audio/aac', 'audio/ogg', 'audio/amr')) NOT VALID;
