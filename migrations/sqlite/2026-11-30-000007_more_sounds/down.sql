UPDATE recordings SET media_type = NULL WHERE media_type IN ('audio/ogg', 'audio/amr');
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''audio/aac'', ''audio/ogg'', ''audio/amr'')', '''audio/aac'')')
WHERE type = 'table' AND name = 'recordings';
PRAGMA writable_schema = RESET;
CREATE TABLE more_sounds (id INTEGER) STRICT;
DROP TABLE more_sounds;
