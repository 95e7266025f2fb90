-- Sounds that not every browser plays are kept too, to be downloaded. A check cannot be altered, and nothing stored
-- changes with it: its words are changed where the schema keeps them, as SQLite's documentation of ALTER TABLE says,
-- without copying millions of rows.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''audio/aac'')', '''audio/aac'', ''audio/ogg'', ''audio/amr'')')
WHERE type = 'table' AND name = 'recordings';
PRAGMA writable_schema = RESET;
-- Other connections read the schema anew when a table has come or gone.
CREATE TABLE more_sounds (id INTEGER) STRICT;
DROP TABLE more_sounds;
